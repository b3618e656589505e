#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "base/tm.h"
#include "store/newfile.h"
#include "store/tail.h"
#include "sys/fs.h"

enum {
    WRITE_AT = 1 << 20,
    BEFORE_MAX = 4096, /* bytes before a tail that have to be the same */
    LINE_N_MAX = 8192,
    HASH_N = 16, /* hexadecimal digits */
    EDITED_S = 60,
};

static const char magic[] = "wearchive journal 1\n";

struct journal {
    const char *dir;
    const char *root;
    char *path; /* PATH.new until it is whole */
    int fd;
    struct buf b; /* data of the open file, not written yet */
    XXH3_state_t *hash;
    bool is_done;
};

static char *
journal_path(const char *dir, const char *suffix)
{
    struct buf path = BUF_INIT;

    buf_addf(&path, "%s/journal%s", dir, suffix);
    return buf_take(&path);
}

/* Hash of the bytes right before offset. */
static int
hash_before(uint64_t *hash, int fd, const char *path, int64_t offset,
            struct err *e)
{
    char bytes[BEFORE_MAX];
    size_t n = offset < BEFORE_MAX ? (size_t)offset : BEFORE_MAX, got;

    if (fs_pread(fd, path, bytes, n, offset - (int64_t)n, &got, e) < 0)
        return -1;
    *hash = XXH3_64bits(bytes, got);
    return 0;
}

/* Writing. */

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
        put(j, magic, sizeof(magic) - 1, e) < 0) {
        journal_close(j);
        return -1;
    }
    *out = j;
    return 0;
}

/* "WORD OFFSET HASH PATH", where HASH is of the bytes before OFFSET of fd. */
static int
put_line(struct journal *j, const char *word, const char *path, int fd,
         int64_t offset, struct err *e)
{
    size_t root_n = strlen(j->root);
    struct buf line = BUF_INIT;
    uint64_t before;
    int rc;

    if (strncmp(path, j->root, root_n) != 0 || path[root_n] != '/')
        return err_set(e, ERR_OTHER, "%s: not in the archive", path);
    if (put_data(j, e) < 0 || hash_before(&before, fd, path, offset, e) < 0)
        return -1;
    buf_addf(&line, "%s %" PRId64 " %016" PRIx64 " %s\n", word, offset, before,
             path + root_n + 1);
    rc = put(j, line.p, line.n, e);
    buf_free(&line);
    return rc;
}

int
journal_file(struct journal *j, const char *path, int fd, int64_t offset,
             struct err *e)
{
    return put_line(j, "file", path, fd, offset, e);
}

int
journal_new(struct journal *j, const char *path, struct newfile *file,
            struct err *e)
{
    int fd, rc;

    /* Its name must be durable, too; and it is open for writing only. */
    if (fs_sync_dir(buf_str(&file->path), e) < 0 ||
        fs_open(&fd, buf_str(&file->path), O_RDONLY, e) < 0)
        return -1;
    rc = put_line(j, "new", path, fd, file->size, e);
    (void)close(fd); /* was only read */
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

/* Reading. */

struct reader {
    const char *root;
    char *path; /* of the journal */
    int fd;
    int64_t at; /* next byte to read */
    struct buf line;
    XXH3_state_t *hash;
    bool do_apply;     /* else only look */
    const char *torn;  /* keep the ends of files that were edited there; or
                          NULL */
    int64_t written_s; /* the journal was */
    bool has_edited;   /* one was written long after it */
    char *target;      /* path of the file whose tail is read */
    int target_fd;     /* -1: none is open */
    int64_t target_at;
};

enum verdict { GOOD, BAD };

/* The line at r->at, without its line end; 0 if there is no whole one. */
static int
read_line(struct reader *r, struct err *e)
{
    char *p, *end;
    size_t got;

    buf_clear(&r->line);
    p = buf_room(&r->line, LINE_N_MAX);
    if (fs_pread(r->fd, r->path, p, LINE_N_MAX, r->at, &got, e) < 0)
        return -1;
    end = memchr(p, '\n', got);
    if (!end)
        return 0;
    r->line.n = (size_t)(end - p);
    *end = '\0';
    return 1;
}

static void
take_line(struct reader *r)
{
    (void)XXH3_64bits_update(r->hash, r->line.p, r->line.n);
    (void)XXH3_64bits_update(r->hash, "\n", 1);
    r->at += (int64_t)r->line.n + 1;
}

static int
parse_hash(uint64_t *hash, const char *p)
{
    *hash = 0;
    for (int i = 0; i < HASH_N; i++) {
        const char *digits = "0123456789abcdef";
        const char *digit = p[i] ? strchr(digits, p[i]) : NULL;

        if (!digit)
            return -1;
        *hash = *hash << 4 | (uint64_t)(digit - digits);
    }
    return 0;
}

/* What follows has to stay inside the archive. */
static bool
is_inside(const char *path)
{
    return *path && *path != '/' && !strstr(path, "../") &&
           !text_ends(path, "/..");
}

/* Ends the file that is being written, if there is one. */
static int
close_target(struct reader *r, struct err *e)
{
    int rc = 0;

    if (r->target_fd >= 0 && r->do_apply &&
        (fs_truncate(r->target_fd, r->target, r->target_at, e) < 0 ||
         fs_sync(r->target_fd, r->target, e) < 0))
        rc = -1;
    if (r->target_fd >= 0)
        (void)close(r->target_fd); /* synced */
    r->target_fd = -1;
    free(r->target);
    r->target = NULL;
    return rc;
}

/* What stands behind the word of a line: "OFFSET HASH PATH". */
struct named {
    int64_t offset;
    uint64_t hash;
    const char *path;
};

static int
parse_named(struct named *out, const char *p)
{
    const char *hash = strchr(p, ' ');

    if (!hash || num_i64(&out->offset, p, (size_t)(hash - p)) < 0 ||
        out->offset < 0 || parse_hash(&out->hash, hash + 1) < 0 ||
        hash[1 + HASH_N] != ' ')
        return -1;
    out->path = hash + HASH_N + 2;
    return is_inside(out->path) ? 0 : -1;
}

/* 1 if there is a file at path, 0 if there is none, or can be none. */
static int
find_file(struct stat *st, const char *path, struct err *e)
{
    int rc = fs_stat(st, path, e);

    if (rc < 0 && (errno == ENOTDIR || errno == ENAMETOOLONG))
        return 0;
    return rc == 1 && !S_ISREG(st->st_mode) ? 0 : rc;
}

/* 1 if the file at path ends with what is named, 0 if not. */
static int
ends_as_named(const char *path, const struct named *named, struct err *e)
{
    struct stat st;
    uint64_t hash;
    int fd, rc = find_file(&st, path, e);

    if (rc <= 0 || (int64_t)st.st_size != named->offset)
        return rc < 0 ? -1 : 0;
    if (fs_open(&fd, path, O_RDONLY, e) < 0)
        return -1;
    rc = hash_before(&hash, fd, path, named->offset, e);
    (void)close(fd); /* was only read */
    return rc < 0 ? -1 : hash == named->hash;
}

/* "new SIZE HASH PATH": PATH.new is there, or has its name already. */
static int
read_new(struct reader *r, enum verdict *v, struct err *e)
{
    struct buf path = BUF_INIT, new = BUF_INIT;
    struct named named;
    int rc;

    *v = BAD;
    if (close_target(r, e) < 0)
        return -1;
    if (parse_named(&named, r->line.p + 4) < 0)
        return 0;
    buf_addf(&path, "%s/%s", r->root, named.path);
    buf_addf(&new, "%s.new", buf_str(&path));
    rc = ends_as_named(buf_str(&new), &named, e);
    if (rc == 1 && r->do_apply &&
        (fs_rename(buf_str(&new), buf_str(&path), e) < 0 ||
         fs_sync_dir(buf_str(&path), e) < 0))
        rc = -1;
    if (rc == 0)
        rc = ends_as_named(buf_str(&path), &named, e);
    if (rc == 1)
        *v = GOOD;
    buf_free(&path);
    buf_free(&new);
    return rc < 0 ? -1 : 0;
}

/* A run that a kill ended was at it within seconds. */
static int
look_at_time(struct reader *r, const struct named *named, struct err *e)
{
    const struct piece piece = { r->torn, named->path, r->target, r->target_fd,
                                 named->offset };
    struct buf name = BUF_INIT;
    struct stat st;
    int rc;

    if (fstat(r->target_fd, &st) < 0)
        return err_sys(e, "%s", r->target);
    if (r->do_apply || (int64_t)st.st_mtime - r->written_s < EDITED_S)
        return 0;
    r->has_edited = true;
    if (!r->torn)
        return 0;
    rc = tail_keep(&name, &piece, e);
    if (rc == 0)
        log_warn("%s was changed after a run that was killed; its end was "
                 "replaced by what that run had to write, and is kept as %s",
                 named->path, buf_str(&name));
    buf_free(&name);
    return rc;
}

/* "file OFFSET BEFORE PATH": is the file there, and as it was? */
static int
open_target(struct reader *r, enum verdict *v, struct err *e)
{
    struct buf path = BUF_INIT;
    struct named named;
    struct stat st;
    uint64_t now;
    int rc;

    *v = BAD;
    if (close_target(r, e) < 0)
        return -1;
    if (parse_named(&named, r->line.p + 5) < 0)
        return 0;
    r->target_at = named.offset;
    buf_addf(&path, "%s/%s", r->root, named.path);
    r->target = buf_take(&path);
    rc = find_file(&st, r->target, e);
    if (rc <= 0 || (int64_t)st.st_size < named.offset)
        return rc < 0 ? -1 : 0;
    if (fs_open(&r->target_fd, r->target, r->do_apply ? O_RDWR : O_RDONLY, e) <
        0)
        return -1;
    if (hash_before(&now, r->target_fd, r->target, r->target_at, e) < 0)
        return -1;
    if (now != named.hash)
        return 0;
    *v = GOOD;
    return look_at_time(r, &named, e);
}

static int
write_at(struct reader *r, const char *p, size_t n, struct err *e)
{
    if (lseek(r->target_fd, (off_t)r->target_at, SEEK_SET) < 0)
        return err_sys(e, "%s", r->target);
    return fs_write(r->target_fd, r->target, p, n, e);
}

/* "data N" and what follows. */
static int
read_data(struct reader *r, enum verdict *v, struct err *e)
{
    struct buf bytes = BUF_INIT;
    int64_t left;
    int rc = 0;

    *v = BAD;
    if (r->target_fd < 0 || num_i64(&left, r->line.p + 5, r->line.n - 5) < 0 ||
        left < 0)
        return 0;
    while (left > 0 && rc == 0) {
        size_t n = left < WRITE_AT ? (size_t)left : WRITE_AT, got = 0;

        buf_clear(&bytes);
        rc = fs_pread(r->fd, r->path, buf_room(&bytes, n), n, r->at, &got, e);
        if (rc < 0 || got < n)
            break;
        (void)XXH3_64bits_update(r->hash, bytes.p, n);
        if (r->do_apply)
            rc = write_at(r, bytes.p, n, e);
        r->at += (int64_t)n;
        r->target_at += (int64_t)n;
        left -= (int64_t)n;
    }
    buf_free(&bytes);
    if (left == 0)
        *v = GOOD;
    return rc;
}

/* "end HASH", and nothing behind it. */
static int
read_end(struct reader *r, enum verdict *v, struct err *e)
{
    uint64_t said;
    char more;
    size_t got;

    *v = BAD;
    if (r->line.n != 4 + HASH_N || parse_hash(&said, r->line.p + 4) < 0 ||
        said != XXH3_64bits_digest(r->hash))
        return 0;
    if (fs_pread(r->fd, r->path, &more, 1, r->at + (int64_t)r->line.n + 1, &got,
                 e) < 0)
        return -1;
    if (got == 0)
        *v = GOOD;
    return close_target(r, e);
}

/* One pass over the journal: to look at it, or to do what it says. */
static int
read_all(struct reader *r, enum verdict *v, struct err *e)
{
    int rc;

    *v = BAD;
    r->at = 0;
    (void)XXH3_64bits_reset(r->hash); /* fails only without a state */
    rc = read_line(r, e);
    if (rc <= 0 || strncmp(r->line.p, magic, r->line.n) != 0 ||
        r->line.n != sizeof(magic) - 2)
        return rc < 0 ? -1 : 0;
    take_line(r);
    for (;;) {
        *v = BAD;
        if ((rc = read_line(r, e)) <= 0)
            return rc;
        if (text_starts(r->line.p, "end "))
            return read_end(r, v, e);
        take_line(r);
        if (text_starts(r->line.p, "file "))
            rc = open_target(r, v, e);
        else if (text_starts(r->line.p, "data "))
            rc = read_data(r, v, e);
        else if (text_starts(r->line.p, "new "))
            rc = read_new(r, v, e);
        if (rc < 0 || *v != GOOD)
            return rc < 0 ? -1 : 0;
    }
}

static int
reader_open(struct reader *r, const char *dir, const char *root, struct err *e)
{
    *r = (struct reader){ .root = root, .fd = -1, .target_fd = -1 };
    r->path = journal_path(dir, "");
    r->hash = XXH3_createState();
    if (!r->hash)
        return err_set(e, ERR_OTHER, "out of memory");
    return fs_open(&r->fd, r->path, O_RDONLY, e);
}

static void
reader_close(struct reader *r)
{
    struct err ignored = ERR_INIT;

    r->do_apply = false;
    (void)close_target(r, &ignored); /* only closes */
    if (r->fd >= 0)
        (void)close(r->fd); /* was only read */
    (void)XXH3_freeState(r->hash);
    buf_free(&r->line);
    free(r->path);
}

/* Does what a whole journal says, then removes it. */
static int
apply(struct reader *r, struct err *e)
{
    enum verdict v;

    r->do_apply = true;
    if (read_all(r, &v, e) < 0)
        return -1;
    if (v != GOOD)
        return err_set(e, ERR_IO, "%s: changed while it was read", r->path);
    if (fs_remove(r->path, e) < 0)
        return -1;
    return fs_sync_dir(r->path, e);
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
    struct reader r;
    int rc;

    if (seal(j, e) < 0)
        return -1;
    rc = reader_open(&r, j->dir, j->root, e);
    if (rc == 0)
        rc = apply(&r, e);
    reader_close(&r);
    return rc;
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

static int
set_aside(const struct reader *r, const char *dir, int64_t now, struct err *e)
{
    struct buf torn = BUF_INIT, to = BUF_INIT;
    char stamp[21];
    int rc;

    tm_utc(stamp, now);
    buf_addf(&torn, "%s/torn", dir);
    buf_addf(&to, "%s/journal-%s", buf_str(&torn), stamp);
    rc = fs_mkdirs(buf_str(&torn), e);
    if (rc == 0)
        rc = fs_rename(r->path, buf_str(&to), e);
    if (rc == 0 &&
        (fs_sync_dir(buf_str(&to), e) < 0 || fs_sync_dir(r->path, e) < 0))
        rc = -1;
    if (rc == 0)
        log_warn("a journal of an earlier run does not fit the tables; it was "
                 "not applied and is kept as %s",
                 buf_str(&to));
    buf_free(&torn);
    buf_free(&to);
    return rc;
}

/* What a person added meanwhile is not to be lost. */
static int
keep_edited(struct reader *r, const char *dir, struct err *e)
{
    struct buf torn = BUF_INIT;
    enum verdict v;
    int rc;

    buf_addf(&torn, "%s/torn", dir);
    r->torn = buf_str(&torn);
    rc = read_all(r, &v, e);
    r->torn = NULL;
    buf_free(&torn);
    return rc;
}

/* Of a kill while a journal was written: it was not committed. */
static int
remove_unfinished(const char *dir, struct err *e)
{
    char *path = journal_path(dir, ".new");
    int rc = fs_remove(path, e);

    free(path);
    return rc;
}

int
journal_replay(const char *dir, const char *root, int64_t now, struct err *e)
{
    char *path = journal_path(dir, "");
    struct reader r;
    enum verdict v = BAD;
    struct stat st;
    int rc = fs_stat(&st, path, e);

    /* A kill may have come before the sync: a journal that power loss takes
     * back must not be applied, nor one that it brings back be done again. */
    if (rc >= 0 && fs_sync_dir(path, e) < 0)
        rc = -1;
    free(path);
    if (rc < 0 || remove_unfinished(dir, e) < 0)
        return -1;
    if (rc == 0)
        return 0;
    rc = reader_open(&r, dir, root, e);
    r.written_s = (int64_t)st.st_mtime;
    if (rc == 0)
        rc = read_all(&r, &v, e);
    if (rc == 0 && v == GOOD && r.has_edited)
        rc = keep_edited(&r, dir, e);
    if (rc == 0)
        rc = v == GOOD ? apply(&r, e) : set_aside(&r, dir, now, e);
    reader_close(&r);
    return rc;
}
