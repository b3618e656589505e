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

/* Whole, and not from before the store was written the last time. */
static bool
is_good(const struct token_store *s, const char *fresh, const char *store)
{
    struct token_store other = { .path = mem_strdup(fresh),
                                 .config = s->config };
    struct tokens all = TOKENS_INIT;
    struct err ignored = ERR_INIT; /* then it is not good */
    struct stat now = { .st_size = 0 }, was = { .st_size = 0 };
    bool is_newer, is_whole;

    (void)fs_stat(&now, fresh, &ignored);
    (void)fs_stat(&was, store, &ignored);
    is_newer = now.st_mtim.tv_sec > was.st_mtim.tv_sec ||
               (now.st_mtim.tv_sec == was.st_mtim.tv_sec &&
                now.st_mtim.tv_nsec >= was.st_mtim.tv_nsec);
    is_whole = tokens_read(&all, &other, &ignored) == 0;
    tokens_free(&all);
    token_store_free(&other);
    return is_newer && is_whole;
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
    struct stat st;
    int rc = names(&store, &fresh, s, &e);

    if (rc == 0)
        rc = fs_stat(&st, buf_str(&fresh), &e);
    if (rc > 0 && is_good(s, buf_str(&fresh), buf_str(&store)))
        rc = take(buf_str(&fresh), buf_str(&store), &e);
    else if (rc > 0)
        rc = fs_remove(buf_str(&fresh), &e);
    if (rc < 0)
        log_info("%s", e.text);
    buf_free(&store);
    buf_free(&fresh);
}
