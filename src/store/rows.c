#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "sys/fs.h"

enum { READ_AHEAD = 256 << 10, ROW_MAX = 1 << 30 };

void
rows_start(struct rows *r, int fd, const char *path,
           const struct csv_dialect *dialect, int64_t offset)
{
    *r = (struct rows){
        .fd = fd,
        .path = path,
        .dialect = dialect,
        .base = offset,
        .stop = -1,
        .ahead = READ_AHEAD,
    };
}

void
rows_free(struct rows *r)
{
    free(r->p);
    r->p = NULL;
    r->room = 0;
}

/* Reads more behind what is there; moves the unread part to the front. */
static int
refill(struct rows *r, struct err *e)
{
    size_t left = r->n - r->at, want, got;

    r->plain = 0;
    if (r->at > 0) {
        memmove(r->p, r->p + r->at, left);
        r->base += (int64_t)r->at;
        r->at = 0;
        r->n = left;
    }
    if (r->room - left < r->ahead) {
        if (left > ROW_MAX)
            return err_set(e, ERR_FILE, "%s: a row at byte %lld has no end",
                           r->path, (long long)r->base);
        r->room = left * 2 + r->ahead;
        r->p = mem_realloc(r->p, r->room);
    }
    if (r->ahead < READ_AHEAD)
        r->ahead *= 2;
    want = r->room - left;
    if (r->stop >= 0 && r->base + (int64_t)(left + want) > r->stop)
        want = (size_t)(r->stop - r->base) - left;
    if (fs_pread(r->fd, r->path, r->p + left, want, r->base + (int64_t)left,
                 &got, e) < 0)
        return -1;
    r->n += got;
    r->at_end = got < want || want == 0 ||
                (r->stop >= 0 && r->base + (int64_t)r->n >= r->stop);
    return 0;
}

/* Finds out how far there is no quote from here on. */
static void
look_for_quote(struct rows *r)
{
    const char *quote = memchr(r->p + r->at, '"', r->n - r->at);

    r->plain = quote ? (size_t)(quote - r->p) : r->n;
}

static const char *
row_end(struct rows *r)
{
    const char *p, *end = NULL;

    if (r->at == r->n)
        return NULL;
    p = r->p + r->at;
    if (!r->dialect)
        return memchr(p, '\n', r->n - r->at);
    if (r->plain <= r->at)
        look_for_quote(r);
    if (r->plain > r->at)
        end = memchr(p, '\n', r->plain - r->at);
    return end ? end : csv_row_end(p, r->p + r->n, r->dialect);
}

int
rows_next(struct line *line, struct rows *r, struct err *e)
{
    const char *end;

    while (!(end = row_end(r)) && !r->at_end)
        if (refill(r, e) < 0)
            return -1;
    if (!end && r->at == r->n)
        return 0;
    line->p = r->p + r->at;
    line->is_ended = end != NULL;
    line->n = (size_t)((end ? end : r->p + r->n) - line->p);
    line->full = line->n + (end != NULL);
    line->offset = r->base + (int64_t)r->at;
    r->at += line->full;
    if (line->n > 0 && line->p[line->n - 1] == '\r')
        line->n--;
    return 1;
}

void
rows_back(struct rows *r, const struct line *line)
{
    r->at = (size_t)(line->offset - r->base);
    r->plain = 0;
}

int64_t
rows_line_ends(const struct line *line)
{
    const char *p = line->p, *end = line->p + line->n;
    int64_t n = line->is_ended;

    while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
        p++;
        n++;
    }
    return n;
}

int64_t
rows_line_number(int fd, int64_t offset)
{
    struct err ignored = ERR_INIT;
    struct rows rows;
    struct line line;
    int64_t number = 1;
    int rc;

    rows_start(&rows, fd, "", NULL, 0);
    rows.stop = offset;
    while ((rc = rows_next(&line, &rows, &ignored)) == 1)
        number += line.is_ended;
    rows_free(&rows);
    return rc < 0 ? 0 : number;
}
