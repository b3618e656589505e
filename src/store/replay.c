#include "store/replay.h"

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
#include "store/target.h"
#include "sys/fs.h"

enum {
    READ_AT = 1 << 20,
    LINE_N_MAX = 8192,
    HASH_N = 16, /* hexadecimal digits */
};

struct reader {
    struct replay *in;
    char *path; /* of the journal */
    int fd;
    int64_t at; /* next byte to read */
    struct buf line;
    XXH3_state_t *hash;
    struct target target; /* the file whose tail is read */
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

/* "OFFSET HASH " in a line: where a file has which bytes before it. */
struct named {
    int64_t offset;
    uint64_t hash;
};

/* Moves *p behind it. */
static int
parse_named(struct named *out, const char **p)
{
    const char *hash = strchr(*p, ' ');

    if (!hash || num_i64(&out->offset, *p, (size_t)(hash - *p)) < 0 ||
        out->offset < 0 || parse_hash(&out->hash, hash + 1) < 0 ||
        hash[1 + HASH_N] != ' ')
        return -1;
    *p = hash + HASH_N + 2;
    return 0;
}

/* 1 if the file at path ends with what is named, 0 if not. */
static int
ends_as_named(const char *path, const struct named *named, struct err *e)
{
    struct stat st;
    uint64_t hash;
    int fd, rc = target_find(&st, path, e);

    if (rc <= 0 || (int64_t)st.st_size != named->offset)
        return rc < 0 ? -1 : 0;
    if (fs_open(&fd, path, O_RDONLY, e) < 0)
        return -1;
    rc = journal_hash_before(&hash, fd, path, named->offset, e);
    (void)close(fd); /* was only read */
    return rc < 0 ? -1 : hash == named->hash;
}

/* Keeps what somebody else wrote there since: all behind the offset. */
static int
keep_end(struct replay *in, const char *path, int fd, int64_t offset,
         struct err *e)
{
    const char *label = path + strlen(in->root) + 1;
    const struct piece piece = { in->torn, label, path, fd, offset };
    struct buf name = BUF_INIT;
    int rc = tail_keep(&name, &piece, e);

    if (rc == 0)
        log_warn("%s was changed after a run that was killed; its %s was "
                 "replaced by what that run had to write, and is kept as %s",
                 label, offset > 0 ? "end" : "text", buf_str(&name));
    buf_free(&name);
    return rc;
}

/* What the file was found to be. */
static int
judge_target(struct reader *r, struct err *e)
{
    struct target *t = &r->target;
    bool is_edited;

    if (target_is_edited(&is_edited, t, r->in->written_s, e) < 0)
        return -1;
    r->in->has_begun = r->in->has_begun || t->is_begun;
    r->in->has_other = r->in->has_other || (!t->is_old && !t->is_begun);
    r->in->has_edited = r->in->has_edited || is_edited;
    if (!is_edited || !r->in->torn)
        return 0;
    return keep_end(r->in, t->path, t->fd, t->offset, e);
}

/* Ends the file that is being written, if there is one. */
static int
close_target(struct reader *r, struct err *e)
{
    int rc = 0;

    if (r->target.fd >= 0)
        rc = r->in->do_apply ? target_end(&r->target, e) : judge_target(r, e);
    target_close(&r->target);
    return rc;
}

/* The file that a new version waits for: is it the old one? */
static int
judge_old(struct replay *in, const char *path, const struct named *old,
          struct err *e)
{
    struct stat st;
    int fd, rc = ends_as_named(path, old, e);

    if (rc != 0)
        return rc < 0 ? -1 : 0;
    rc = target_find(&st, path, e);
    if (rc < 0 || (rc == 0 && old->offset == 0))
        return rc;
    in->has_other = true;
    in->has_edited = in->has_edited || rc == 1;
    if (rc == 0 || !in->torn)
        return 0;
    if (fs_open(&fd, path, O_RDONLY, e) < 0)
        return -1;
    rc = keep_end(in, path, fd, 0, e);
    (void)close(fd); /* was only read */
    return rc;
}

/* The new version waits: looks at the old one, or gives it the name. */
static int
take_new(struct replay *in, const char *new, const char *path,
         const struct named *old, struct err *e)
{
    if (!in->do_apply)
        return judge_old(in, path, old, e);
    if (fs_rename(new, path, e) < 0)
        return -1;
    return fs_sync_dir(path, e);
}

/* "new SIZE HASH SIZE LAST PATH": PATH.new is there, or has its name. */
static int
read_new(struct reader *r, enum verdict *v, struct err *e)
{
    struct buf path = BUF_INIT, new = BUF_INIT;
    struct named named, old;
    const char *p = r->line.p + 4;
    int rc;

    *v = BAD;
    if (close_target(r, e) < 0)
        return -1;
    if (parse_named(&named, &p) < 0 || parse_named(&old, &p) < 0 ||
        !is_inside(p))
        return 0;
    buf_addf(&path, "%s/%s", r->in->root, p);
    buf_addf(&new, "%s.new", buf_str(&path));
    rc = ends_as_named(buf_str(&new), &named, e);
    if (rc == 1 && take_new(r->in, buf_str(&new), buf_str(&path), &old, e) < 0)
        rc = -1;
    if (rc == 0) {
        rc = ends_as_named(buf_str(&path), &named, e);
        r->in->has_begun = r->in->has_begun || rc == 1;
    }
    if (rc == 1)
        *v = GOOD;
    buf_free(&path);
    buf_free(&new);
    return rc < 0 ? -1 : 0;
}

/* "file OFFSET BEFORE SIZE LAST PATH": is the file there, and as it was? */
static int
open_target(struct reader *r, enum verdict *v, struct err *e)
{
    const char *p = r->line.p + 5;
    struct named tail, old;
    int rc;

    *v = BAD;
    if (close_target(r, e) < 0)
        return -1;
    if (parse_named(&tail, &p) < 0 || parse_named(&old, &p) < 0 ||
        !is_inside(p))
        return 0;
    rc = target_open(&r->target, r->in->root,
                     &(struct target_line){ tail.offset, tail.hash, old.offset,
                                            old.hash, p },
                     r->in->do_apply, e);
    if (rc == 1)
        *v = GOOD;
    return rc < 0 ? -1 : 0;
}

/* "data N" and what follows. */
static int
read_data(struct reader *r, enum verdict *v, struct err *e)
{
    struct buf bytes = BUF_INIT;
    int64_t left;
    int rc = 0;

    *v = BAD;
    if (r->target.fd < 0 || num_i64(&left, r->line.p + 5, r->line.n - 5) < 0 ||
        left < 0)
        return 0;
    while (left > 0 && rc == 0) {
        size_t n = left < READ_AT ? (size_t)left : READ_AT, got = 0;

        buf_clear(&bytes);
        rc = fs_pread(r->fd, r->path, buf_room(&bytes, n), n, r->at, &got, e);
        if (rc < 0 || got < n)
            break;
        (void)XXH3_64bits_update(r->hash, bytes.p, n);
        rc = (r->in->do_apply ? target_write : target_look)(&r->target, bytes.p,
                                                            n, e);
        r->at += (int64_t)n;
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
    *r = (struct reader){ .in = in, .fd = -1, .target = TARGET_INIT };
    r->path = journal_path(in->dir, "");
    r->hash = XXH3_createState();
    if (!r->hash)
        return err_set(e, ERR_OTHER, "out of memory");
    return fs_open(&r->fd, r->path, O_RDONLY, e);
}

static void
reader_close(struct reader *r)
{
    target_close(&r->target);
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
