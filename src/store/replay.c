#include "store/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/num.h"
#include "base/text.h"
#include "store/journal.h"
#include "store/tail.h"
#include "sys/fs.h"

enum {
    READ_AT = 1 << 20,
    LINE_N_MAX = 8192,
    HASH_N = 16, /* hexadecimal digits */
    EDITED_S = 60,
};

struct reader {
    struct replay *in;
    char *path; /* of the journal */
    int fd;
    int64_t at; /* next byte to read */
    struct buf line;
    XXH3_state_t *hash;
    char *target;  /* path of the file whose tail is read */
    int target_fd; /* -1: none is open */
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

    if (r->target_fd >= 0 && r->in->do_apply &&
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
    rc = journal_hash_before(&hash, fd, path, named->offset, e);
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
    buf_addf(&path, "%s/%s", r->in->root, named.path);
    buf_addf(&new, "%s.new", buf_str(&path));
    rc = ends_as_named(buf_str(&new), &named, e);
    if (rc == 1 && r->in->do_apply &&
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
    const struct piece piece = { r->in->torn, named->path, r->target,
                                 r->target_fd, named->offset };
    struct buf name = BUF_INIT;
    struct stat st;
    int rc;

    if (fstat(r->target_fd, &st) < 0)
        return err_sys(e, "%s", r->target);
    if (r->in->do_apply || (int64_t)st.st_mtime - r->in->written_s < EDITED_S)
        return 0;
    r->in->has_edited = true;
    if (!r->in->torn)
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
    buf_addf(&path, "%s/%s", r->in->root, named.path);
    r->target = buf_take(&path);
    rc = find_file(&st, r->target, e);
    if (rc <= 0 || (int64_t)st.st_size < named.offset)
        return rc < 0 ? -1 : 0;
    if (fs_open(&r->target_fd, r->target, r->in->do_apply ? O_RDWR : O_RDONLY,
                e) < 0)
        return -1;
    if (journal_hash_before(&now, r->target_fd, r->target, r->target_at, e) < 0)
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
        size_t n = left < READ_AT ? (size_t)left : READ_AT, got = 0;

        buf_clear(&bytes);
        rc = fs_pread(r->fd, r->path, buf_room(&bytes, n), n, r->at, &got, e);
        if (rc < 0 || got < n)
            break;
        (void)XXH3_64bits_update(r->hash, bytes.p, n);
        if (r->in->do_apply)
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
    if (rc <= 0 || r->line.n != strlen(JOURNAL_MAGIC) - 1 ||
        strncmp(r->line.p, JOURNAL_MAGIC, r->line.n) != 0)
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
reader_open(struct reader *r, struct replay *in, struct err *e)
{
    *r = (struct reader){ .in = in, .fd = -1, .target_fd = -1 };
    r->path = journal_path(in->dir, "");
    r->hash = XXH3_createState();
    if (!r->hash)
        return err_set(e, ERR_OTHER, "out of memory");
    return fs_open(&r->fd, r->path, O_RDONLY, e);
}

static void
reader_close(struct reader *r)
{
    if (r->target_fd >= 0)
        (void)close(r->target_fd); /* the pass failed, or only looked */
    free(r->target);
    if (r->fd >= 0)
        (void)close(r->fd); /* was only read */
    (void)XXH3_freeState(r->hash);
    buf_free(&r->line);
    free(r->path);
}

int
replay_run(struct replay *in, struct err *e)
{
    struct reader r;
    enum verdict v = BAD;
    int rc = reader_open(&r, in, e);

    if (rc == 0)
        rc = read_all(&r, &v, e);
    in->is_good = v == GOOD;
    reader_close(&r);
    return rc;
}

int
replay_apply(const char *dir, const char *root, struct err *e)
{
    struct replay in = { .dir = dir, .root = root, .do_apply = true };
    char *path = journal_path(dir, "");
    int rc = replay_run(&in, e);

    if (rc == 0 && !in.is_good)
        rc = err_set(e, ERR_IO, "%s: changed while it was read", path);
    if (rc == 0)
        rc = fs_remove(path, e);
    if (rc == 0)
        rc = fs_sync_dir(path, e);
    free(path);
    return rc;
}
