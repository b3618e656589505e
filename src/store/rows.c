#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "data/csvscan.h"
#include "sys/fs.h"

enum {
    READ_AHEAD = 128 << 10,
    NEAR = 64 << 10,
    ROW_MAX = 1 << 30,
    ENDS = 1024
};

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
        .ends_max = ENDS,
    };
}

void
rows_free(struct rows *r)
{
    free(r->p);
    free(r->ends);
    r->p = NULL;
    r->ends = NULL;
    r->room = r->ends_n = r->next = r->at = r->n = 0;
}

/* What was read already is read again only if it is elsewhere. */
void
rows_seek(struct rows *r, int64_t offset)
{
    r->next = r->ends_n = 0;
    r->is_known = false;
    r->ends_max = 1; /* perhaps this row only */
    if (offset >= r->base && offset < r->base + (int64_t)r->n) {
        r->at = (size_t)(offset - r->base);
        return;
    }
    r->base = offset;
    r->at = r->n = 0;
    r->at_end = false;
}

void
rows_pass(struct rows *r, size_t n)
{
    if (n > 0)
        rows_seek(r, r->base + (int64_t)(r->at + n));
}

/* Reads more behind what is there; moves the unread part to the front. */
static int
refill(struct rows *r, struct err *e)
{
    size_t left = r->n - r->at, want, got;

    r->is_known = false;
    if (r->at > 0) {
        memmove(r->p, r->p + r->at, left);
        r->base += (int64_t)r->at;
        r->at = 0;
        r->n = left;
    }
    want = left > r->ahead ? left : r->ahead; /* a long row: twice as much */
    if (r->room - left < want) {
        if (left > ROW_MAX)
            return err_set(e, ERR_FILE, "%s: a row at byte %lld has no end",
                           r->path, (long long)r->base);
        r->room = left + want;
        r->p = mem_realloc(r->p, r->room + ROWS_MORE);
    }
    if (r->ahead < READ_AHEAD)
        r->ahead *= 2;
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

/* Finds the next row ends in what was read. */
static void
find_ends(struct rows *r)
{
    const char *p = r->p + r->at;

    if (!r->ends)
        r->ends = mem_resize(NULL, ENDS + CSVSCAN_MORE, sizeof(*r->ends));
    r->next = 0;
    r->ends_n = csvscan_ends(r->ends, r->ends_max, p, r->n - r->at, r->dialect);
    r->is_known = r->ends_n < r->ends_max;
    if (r->ends_max < ENDS)
        r->ends_max *= 2;
    for (size_t i = 0; i < r->ends_n; i++)
        r->ends[i] += (uint32_t)r->at;
}

/* No row end is known: looks for more of them. */
int
rows_more(struct line *line, struct rows *r, struct err *e)
{
    for (;;) {
        if (r->at < r->n && !r->is_known)
            find_ends(r);
        if (r->next < r->ends_n) {
            rows_take(line, r, r->ends[r->next++]);
            return 1;
        }
        if (r->at_end)
            break;
        if (refill(r, e) < 0)
            return -1;
    }
    if (r->at == r->n)
        return 0;
    *line = (struct line){
        .p = r->p + r->at,
        .n = r->n - r->at,
        .full = r->n - r->at,
        .offset = r->base + (int64_t)r->at,
    };
    r->at = r->n;
    if (line->p[line->n - 1] == '\r')
        line->n--;
    return 1;
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
rows_near(int fd, const char *path, int64_t offset)
{
    char *p = mem_alloc(NEAR);
    const char *end = NULL;
    struct err ignored = ERR_INIT; /* who reads the rows meets it, too */
    int64_t near;
    size_t got;

    if (fs_pread(fd, path, p, NEAR, offset, &got, &ignored) == 0)
        end = memchr(p, '\n', got);
    near = end ? offset + (end - p) + 1 : -1;
    free(p);
    return near;
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
