#include "auth/unfinished.h"

#include <fcntl.h>
#include <unistd.h>

#include "auth/tokens.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "sys/fs.h"

/* Where it is written before it is the store, as fs_replace() has it. */
static int
names(struct buf *store, struct buf *fresh, const struct token_store *s,
      struct err *e)
{
    int rc = fs_real(store, s->path, e);

    buf_addf(fresh, "%s.new", buf_str(store));
    return rc;
}

enum finding { GOOD, BAD, LOCKED };

static bool
is_newer(const char *fresh, const char *store)
{
    struct err ignored = ERR_INIT; /* then it is not there */
    struct stat now = { .st_size = 0 }, was = { .st_size = 0 };

    (void)fs_stat(&now, fresh, &ignored);
    (void)fs_stat(&was, store, &ignored);
    return now.st_mtim.tv_sec > was.st_mtim.tv_sec ||
           (now.st_mtim.tv_sec == was.st_mtim.tv_sec &&
            now.st_mtim.tv_nsec >= was.st_mtim.tv_nsec);
}

/* Good is what is whole, and not from before the store was written the last
 * time. Without its key nobody can tell. */
static enum finding
look(const struct token_store *s, const char *fresh, const char *store)
{
    struct token_store other = { .path = mem_strdup(fresh),
                                 .config = s->config };
    struct tokens all = TOKENS_INIT;
    struct err e = ERR_INIT;
    enum finding found = BAD;

    if (is_newer(fresh, store) && tokens_read(&all, &other, &e) == 0)
        found = GOOD;
    else if (e.kind != ERR_NONE && e.kind != ERR_FILE) /* not damaged */
        found = LOCKED;
    tokens_free(&all);
    token_store_free(&other);
    return found;
}

static int
take(const char *fresh, const char *store, struct err *e)
{
    int fd, rc;

    if (fs_open(&fd, fresh, O_WRONLY | O_NOFOLLOW, e) < 0)
        return -1;
    rc = fs_sync(fd, fresh, e);
    (void)close(fd); /* nothing was written */
    if (rc == 0)
        rc = fs_rename(fresh, store, e);
    return rc == 0 ? fs_sync_dir(store, e) : rc;
}

bool
unfinished_is_there(const struct token_store *s)
{
    struct buf store = BUF_INIT, fresh = BUF_INIT;
    struct err ignored = ERR_INIT; /* who reads the store will tell */
    struct stat st;
    bool is_there = names(&store, &fresh, s, &ignored) == 0 &&
                    fs_stat(&st, buf_str(&fresh), &ignored) > 0;

    buf_free(&store);
    buf_free(&fresh);
    return is_there;
}

void
unfinished_settle(const struct token_store *s)
{
    struct buf store = BUF_INIT, fresh = BUF_INIT;
    struct err e = ERR_INIT;
    enum finding found;
    struct stat st;
    int rc = names(&store, &fresh, s, &e);

    if (rc == 0)
        rc = fs_stat(&st, buf_str(&fresh), &e);
    found = rc > 0 ? look(s, buf_str(&fresh), buf_str(&store)) : LOCKED;
    if (found == GOOD)
        rc = take(buf_str(&fresh), buf_str(&store), &e);
    else if (found == BAD)
        rc = fs_remove(buf_str(&fresh), &e);
    if (rc < 0)
        log_info("%s", e.text);
    buf_free(&store);
    buf_free(&fresh);
}
