#include "store/tail.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "data/csvtext.h"
#include "data/json.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/rows.h"
#include "sys/fs.h"

/* If so much, or so many lines, of a piece hold no whole row, the rest does
 * not, either. */
enum { LOOK_AT = 4 << 20, LINES_MAX = 1000, COPY_AT_ONCE = 256 << 10 };

static bool
looks_whole(const struct layout *l, const char *p, const char *stop)
{
    struct line line = { .p = p, .n = (size_t)(stop - p) };
    struct err ignored = ERR_INIT;
    struct buf texts = BUF_INIT;
    struct key k;
    bool has_key;

    if (line.n > 0 && stop[-1] == '\r')
        line.n--;
    if (line.n == 0)
        return false;
    if (l->spec->format != TABLE_CSV)
        return *p == '{' && json_check(p, line.n, &ignored) == 0;
    if (csv_cells(p, line.n, &l->dialect) != l->file_n ||
        csv_unsound(p, line.n, &l->dialect))
        return false;
    has_key = key_of_line(&k, &texts, l, &line, &ignored) == 0 && k.n > 0;
    buf_free(&texts);
    return has_key;
}

/* The first CR or LF, or the end. */
static const char *
line_stop(const char *p, const char *end)
{
    while (p < end && *p != '\n' && *p != '\r')
        p++;
    return p;
}

/* True if a whole row stands behind one of the line ends, whether there are
 * quotes around it or not. */
static bool
holds_row(const struct layout *l, const char *p, const char *end)
{
    for (int lines = 0; lines < LINES_MAX; lines++) {
        p = line_stop(p, end);
        if (end - p > 1 && p[0] == '\r' && p[1] == '\n')
            p++;
        if (end - p <= 1)
            return false;
        p++;
        if (looks_whole(l, p, line_stop(p, end)))
            return true;
    }
    return false;
}

static int
not_ours(const struct layout *l, int fd, int64_t at, const struct buf *piece,
         struct err *e)
{
    bool is_csv = l->spec->format == TABLE_CSV;
    const char *p = piece->p;
    const char *quote = is_csv ? csv_unsound(p, piece->n, &l->dialect) : NULL;

    if (quote) {
        at += quote - p;
        (void)err_set(
            e, ERR_FILE, "%s: a quote at byte %lld (line %lld) is not closed",
            l->spec->path, (long long)at, (long long)rows_line_number(fd, at));
        return err_hint(e, "take the quote out, or close it");
    }
    (void)err_set(e, ERR_FILE,
                  "%s: from byte %lld (line %lld) on its lines end with CR "
                  "alone",
                  l->spec->path, (long long)at,
                  (long long)rows_line_number(fd, at));
    return err_hint(e, "save it again with LF or CR LF at the line ends");
}

int
tail_check(const struct layout *l, int fd, int64_t at, struct err *e)
{
    struct buf piece = BUF_INIT;
    struct line line = { .offset = at };
    int rc;

    rc = fs_pread(fd, l->spec->path, buf_room(&piece, LOOK_AT), LOOK_AT, at,
                  &piece.n, e);
    line.p = piece.p;
    line.n = piece.n;
    if (rc == 0 && holds_row(l, piece.p, piece.p + piece.n))
        rc = not_ours(l, fd, at, &piece, e);
    else if (rc == 0 && l->spec->format == TABLE_CSV &&
             csv_cells(line.p, line.n, &l->dialect) > l->file_n)
        rc = layout_too_wide(l, &line, fd, e);
    buf_free(&piece);
    return rc;
}

/* A name that no file has yet: DIR/LABEL-NAME-OFFSET. */
static int
name_piece(struct buf *name, const struct piece *p, struct err *e)
{
    const char *slash = strrchr(p->path, '/');
    struct stat st;
    size_t n;
    int rc;

    buf_addf(name, "%s/", p->torn_dir);
    for (const char *c = p->label; *c; c++)
        buf_addc(name, (char)(*c == '/' ? '-' : *c));
    buf_addf(name, "-%s-%lld", slash ? slash + 1 : p->path, (long long)p->at);
    n = name->n;
    for (int i = 2; (rc = fs_stat(&st, buf_str(name), e)) == 1; i++) {
        name->n = n;
        buf_addf(name, "-%d", i);
    }
    return rc;
}

static int
copy_piece(int to, const char *name, int fd, const char *path, int64_t at,
           struct err *e)
{
    struct buf b = BUF_INIT;
    size_t got = COPY_AT_ONCE;
    int rc = 0;

    for (; rc == 0 && got == COPY_AT_ONCE; at += (int64_t)got) {
        rc = fs_pread(fd, path, buf_room(&b, COPY_AT_ONCE), COPY_AT_ONCE, at,
                      &got, e);
        if (rc == 0)
            rc = fs_write(to, name, b.p, got, e);
    }
    buf_free(&b);
    return rc < 0 ? -1 : fs_sync(to, name, e);
}

static int
keep_piece(const char *name, int fd, const char *path, int64_t at,
           struct err *e)
{
    struct err ignored = ERR_INIT;
    int to, rc;

    if (fs_open(&to, name, O_WRONLY | O_CREAT | O_EXCL, e) < 0)
        return -1;
    rc = copy_piece(to, name, fd, path, at, e);
    (void)close(to); /* synced */
    if (rc == 0)
        return fs_sync_dir(name, e);
    (void)fs_remove(name, &ignored); /* half of it helps nobody */
    return -1;
}

int
tail_keep(struct buf *name, const struct piece *p, struct err *e)
{
    if (fs_mkdirs(p->torn_dir, e) < 0 || name_piece(name, p, e) < 0)
        return -1;
    return keep_piece(buf_str(name), p->fd, p->path, p->at, e);
}

int
tail_cut(const struct layout *l, int fd, int64_t at, struct err *e)
{
    const struct table_spec *spec = l->spec;
    const struct piece piece = { spec->torn_dir, spec->label, spec->path, fd,
                                 at };
    const char *slash = strrchr(spec->path, '/');
    struct buf name = BUF_INIT;
    int rc = -1;

    if (tail_check(l, fd, at, e) < 0 || tail_keep(&name, &piece, e) < 0 ||
        fs_truncate(fd, spec->path, at, e) < 0 ||
        fs_sync(fd, spec->path, e) < 0)
        goto out;
    log_warn("%s: the last line of %s was incomplete; it was cut off and "
             "kept as %s",
             spec->label, slash ? slash + 1 : spec->path, buf_str(&name));
    rc = 0;
out:
    buf_free(&name);
    return rc;
}
