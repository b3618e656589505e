#include "store/journal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/newfile.h"
#include "store/replay.h"
#include "sys/fs.h"

enum {
    WRITE_AT = 1 << 20,
    BEFORE_MAX = 4096, /* bytes before a tail that have to be the same */
};

struct journal {
    const char *dir;
    const char *root;
    char *path; /* PATH.new until it is whole */
    int fd;
    struct buf b; /* data of the open file, not written yet */
    XXH3_state_t *hash;
    bool is_done;
};

char *
journal_path(const char *dir, const char *suffix)
{
    struct buf path = BUF_INIT;

    buf_addf(&path, "%s/journal%s", dir, suffix);
    return buf_take(&path);
}

int
journal_hash_before(uint64_t *hash, int fd, const char *path, int64_t offset,
                    struct err *e)
{
    char bytes[BEFORE_MAX];
    size_t n = offset < BEFORE_MAX ? (size_t)offset : BEFORE_MAX, got;

    if (fs_pread(fd, path, bytes, n, offset - (int64_t)n, &got, e) < 0)
        return -1;
    *hash = XXH3_64bits(bytes, got);
    return 0;
}

static int
put(struct journal *j, const char *p, size_t n, struct err *e)
{
    (void)XXH3_64bits_update(j->hash, p, n); /* fails only without a state */
    return fs_write(j->fd, j->path, p, n, e);
}

static int
put_data(struct journal *j, struct err *e)
{
    struct buf head = BUF_INIT;
    int rc;

    if (j->b.n == 0)
        return 0;
    buf_addf(&head, "data %zu\n", j->b.n);
    rc = put(j, head.p, head.n, e);
    if (rc == 0)
        rc = put(j, j->b.p, j->b.n, e);
    buf_clear(&j->b);
    buf_free(&head);
    return rc;
}

/* A journal that is there was not done to its end: the files it names need
 * it. */
static int
check_free(const char *dir, struct err *e)
{
    char *path = journal_path(dir, "");
    struct stat st;
    int rc = fs_stat(&st, path, e);

    if (rc == 1) {
        rc = err_set(e, ERR_IO, "%s: its changes are not in the tables yet",
                     path);
        (void)err_hint(e, "the next run finishes them");
    }
    free(path);
    return rc;
}

int
journal_open(struct journal **out, const char *dir, const char *root,
             struct err *e)
{
    struct journal *j = mem_zalloc(sizeof(*j));

    j->dir = dir;
    j->root = root;
    j->path = journal_path(dir, ".new");
    j->fd = -1;
    j->hash = XXH3_createState();
    if (!j->hash || XXH3_64bits_reset(j->hash) == XXH_ERROR) {
        journal_close(j);
        return err_set(e, ERR_OTHER, "out of memory");
    }
    if (fs_mkdirs(dir, e) < 0 || check_free(dir, e) < 0 ||
        fs_open(&j->fd, j->path, O_WRONLY | O_CREAT | O_TRUNC, e) < 0 ||
        put(j, JOURNAL_MAGIC, strlen(JOURNAL_MAGIC), e) < 0) {
        journal_close(j);
        return -1;
    }
    *out = j;
    return 0;
}

/* " OFFSET HASH", where HASH is of the bytes before OFFSET of fd. */
static int
add_named(struct buf *line, int fd, const char *path, int64_t offset,
          struct err *e)
{
    uint64_t hash;

    if (journal_hash_before(&hash, fd, path, offset, e) < 0)
        return -1;
    buf_addf(line, " %" PRId64 " %016" PRIx64, offset, hash);
    return 0;
}

/* Ends the line with the path, and writes it behind the data before. */
static int
put_line(struct journal *j, struct buf *line, const char *path, struct err *e)
{
    size_t root_n = strlen(j->root);

    if (strncmp(path, j->root, root_n) != 0 || path[root_n] != '/')
        return err_set(e, ERR_OTHER, "%s: not in the archive", path);
    buf_addf(line, " %s\n", path + root_n + 1);
    if (put_data(j, e) < 0)
        return -1;
    return put(j, line->p, line->n, e);
}

int
journal_file(struct journal *j, const char *path, int fd, int64_t offset,
             struct err *e)
{
    struct buf line = BUF_INIT;
    struct stat st;
    int rc = -1;

    buf_adds(&line, "file");
    if (fstat(fd, &st) < 0)
        (void)err_sys(e, "%s", path);
    else if (add_named(&line, fd, path, offset, e) == 0 &&
             add_named(&line, fd, path, (int64_t)st.st_size, e) == 0)
        rc = put_line(j, &line, path, e);
    buf_free(&line);
    return rc;
}

/* The same of all that is at path, which may be nothing. */
static int
add_file(struct buf *line, const char *path, struct err *e)
{
    struct stat st;
    int fd, rc = fs_stat(&st, path, e);

    if (rc == 0)
        buf_addf(line, " 0 %016" PRIx64, XXH3_64bits("", 0));
    if (rc <= 0)
        return rc;
    if (fs_open(&fd, path, O_RDONLY, e) < 0)
        return -1;
    rc = add_named(line, fd, path, (int64_t)st.st_size, e);
    (void)close(fd); /* was only read */
    return rc;
}

int
journal_new(struct journal *j, const char *path, struct newfile *file,
            struct err *e)
{
    struct buf line = BUF_INIT;
    int rc = -1;

    buf_adds(&line, "new");
    /* Its name must be durable, too. */
    if (fs_sync_dir(buf_str(&file->path), e) == 0 &&
        add_file(&line, buf_str(&file->path), e) == 0 &&
        add_file(&line, path, e) == 0)
        rc = put_line(j, &line, path, e);
    buf_free(&line);
    return rc;
}

struct buf *
journal_buf(struct journal *j)
{
    return &j->b;
}

int
journal_put(struct journal *j, struct err *e)
{
    return j->b.n < WRITE_AT ? 0 : put_data(j, e);
}

/* The journal whole, durable, and under its name. */
static int
seal(struct journal *j, struct err *e)
{
    char *name = journal_path(j->dir, "");
    struct buf end = BUF_INIT;
    int rc = put_data(j, e);

    buf_addf(&end, "end %016" PRIx64 "\n", XXH3_64bits_digest(j->hash));
    if (rc == 0)
        rc = fs_write(j->fd, j->path, end.p, end.n, e);
    if (rc == 0)
        rc = fs_sync(j->fd, j->path, e);
    if (rc == 0)
        rc = fs_rename(j->path, name, e);
    j->is_done = rc == 0; /* from here on it counts, even if we fail */
    if (rc == 0)
        rc = fs_sync_dir(name, e);
    buf_free(&end);
    free(name);
    return rc;
}

int
journal_commit(struct journal *j, struct err *e)
{
    return seal(j, e) < 0 ? -1 : replay_apply(j->dir, j->root, e);
}

bool
journal_counts(const struct journal *j)
{
    return j->is_done;
}

void
journal_close(struct journal *j)
{
    struct err ignored = ERR_INIT;

    if (!j)
        return;
    if (j->fd >= 0) {
        (void)close(j->fd); /* synced, or of no use */
        if (!j->is_done)
            (void)fs_remove(j->path, &ignored); /* not whole: no harm */
    }
    (void)XXH3_freeState(j->hash);
    buf_free(&j->b);
    free(j->path);
    free(j);
}
