#include "store/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/journal.h"
#include "sys/fs.h"

enum {
    PAGE = 4096, /* the smallest: what is written as a whole */
    BEGIN_N = 8,
    EDITED_S = 60,
};

int
target_find(struct stat *st, const char *path, struct err *e)
{
    int rc = fs_stat(st, path, e);

    if (rc < 0 && (errno == ENOTDIR || errno == ENAMETOOLONG))
        return 0;
    return rc == 1 && !S_ISREG(st->st_mode) ? 0 : rc;
}

/* 1 if the bytes right before an offset of the file have this hash. */
static int
has_before(const struct target *t, int64_t offset, uint64_t want, struct err *e)
{
    uint64_t hash;

    if (journal_hash_before(&hash, t->fd, t->path, offset, e) < 0)
        return -1;
    return hash == want;
}

int
target_open(struct target *t, const char *root, const struct target_line *line,
            bool do_write, struct err *e)
{
    struct buf path = BUF_INIT;
    struct stat st;
    int rc;

    *t = (struct target){ .fd = -1,
                          .offset = line->offset,
                          .at = line->offset,
                          .old_size = line->size };
    buf_addf(&path, "%s/%s", root, line->path);
    t->path = buf_take(&path);
    rc = target_find(&st, t->path, e);
    if (rc <= 0 || (int64_t)st.st_size < line->offset)
        return rc < 0 ? -1 : 0;
    if (fs_open(&t->fd, t->path, do_write ? O_RDWR : O_RDONLY, e) < 0)
        return -1;
    if ((int64_t)st.st_size == line->size) {
        rc = has_before(t, line->size, line->last, e);
        t->is_old = rc == 1;
    }
    return rc < 0 ? -1 : has_before(t, line->offset, line->before, e);
}

int
target_write(struct target *t, const char *p, size_t n, struct err *e)
{
    if (lseek(t->fd, (off_t)t->at, SEEK_SET) < 0)
        return err_sys(e, "%s", t->path);
    t->at += (int64_t)n;
    return fs_write(t->fd, t->path, p, n, e);
}

int
target_end(struct target *t, struct err *e)
{
    if (fs_truncate(t->fd, t->path, t->at, e) < 0)
        return -1;
    return fs_sync(t->fd, t->path, e);
}

/* True if any page of two pieces at offset is the same. */
static bool
shares_page(const char *a, const char *b, size_t n, int64_t offset)
{
    size_t from = 0, size = PAGE - (size_t)(offset % PAGE);

    for (; from < n; from += size, size = PAGE) {
        if (size > n - from)
            size = n - from;
        if (memcmp(a + from, b + from, size) == 0)
            return true;
    }
    return false;
}

/* What a kill or a power loss leaves of a piece that was being written: its
 * beginning, pages of it, or zeros. The beginning names a record. */
static bool
is_trace(const char *there, const char *p, size_t n, int64_t offset,
         bool is_first)
{
    size_t begin = n < BEGIN_N ? n : BEGIN_N;

    if (n == 0)
        return false;
    return (is_first && memcmp(there, p, begin) == 0) ||
           memchr(there, '\0', n) || shares_page(there, p, n, offset);
}

int
target_look(struct target *t, const char *p, size_t n, struct err *e)
{
    struct buf there = BUF_INIT;
    int rc = 0;

    if (!t->is_begun) {
        char *room = buf_room(&there, n);

        rc = fs_pread(t->fd, t->path, room, n, t->at, &there.n, e);
        t->is_begun =
            rc == 0 && is_trace(there.p, p, there.n, t->at, t->at == t->offset);
    }
    t->at += (int64_t)n;
    buf_free(&there);
    return rc;
}

/* What was written over the old tail has no other size than before until it is
 * cut off; what is longer grows. */
static bool
has_our_size(const struct target *t, int64_t size)
{
    if (t->at <= t->old_size)
        return size == t->at || size == t->old_size;
    return size >= t->old_size && size <= t->at;
}

int
target_is_edited(bool *is, struct target *t, int64_t written_s, struct err *e)
{
    struct stat st;

    if (fstat(t->fd, &st) < 0)
        return err_sys(e, "%s", t->path);
    t->is_begun =
        t->is_begun || (t->at == t->offset && (int64_t)st.st_size == t->offset);
    *is =
        !t->is_old && (!t->is_begun || !has_our_size(t, (int64_t)st.st_size) ||
                       (int64_t)st.st_mtime - written_s >= EDITED_S);
    return 0;
}

void
target_close(struct target *t)
{
    if (t->fd >= 0)
        (void)close(t->fd); /* synced, or the pass failed or only looked */
    free(t->path);
    *t = (struct target)TARGET_INIT;
}
