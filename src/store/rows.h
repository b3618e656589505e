#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/csvtext.h"

struct err;

/* The rows of a file, one after the other, in bounded memory: the longest row
 * and a read-ahead. */
struct rows {
    int fd; /* borrowed */
    const char *path;
    const struct csv_dialect *dialect; /* NULL: rows are lines (JSON) */
    char *p;
    size_t room;
    size_t at;      /* next row starts here in p */
    size_t n;       /* bytes in p */
    uint32_t *ends; /* line feeds in p that end rows, from at on ... */
    size_t next;    /* the next one of them */
    size_t ends_n;
    size_t ends_max; /* so many are looked for at once; doubles */
    bool is_known;   /* behind the last one of them no row ends in p */
    int64_t base;    /* file offset of p[0] */
    int64_t stop;    /* do not read past this offset; -1 = end of the file */
    size_t ahead;    /* bytes to read at once; doubles up to a limit */
    bool at_end;
};

/* So many bytes behind any row can be read, whatever they are. */
enum { ROWS_MORE = 64 };

struct line {
    const char *p;
    size_t n;       /* without line end */
    size_t full;    /* with line end */
    int64_t offset; /* in the file */
    bool is_ended;  /* false: the file ends without a line end here */
};

/* path and dialect are borrowed. */
void rows_start(struct rows *r, int fd, const char *path,
                const struct csv_dialect *dialect, int64_t offset);
/* The same rows from another place of the file on, by another dialect maybe. */
void rows_seek(struct rows *r, int64_t offset);
/* Goes on n bytes behind what was given: these are rows that the caller found
 * by itself in what was read, from p[at] to p[n]. */
void rows_pass(struct rows *r, size_t n);
/* 1 and the row (valid until the next call), 0 at the end, -1. Empty lines
 * count as rows. */
static inline int rows_next(struct line *line, struct rows *r, struct err *e);
void rows_free(struct rows *r);

/* The line ends in a row, its own among them: how far an editor's count of
 * lines goes on. */
int64_t rows_line_ends(const struct line *line);
/* Where a row starts, most likely, not far behind an offset: a line feed stands
 * before it, which may be one in a quoted cell. -1: nowhere there, or it cannot
 * be read. */
int64_t rows_near(int fd, const char *path, int64_t offset);
/* The line at an offset of a file, from 1, as an editor counts; 0 if it
 * cannot be read. For messages. */
int64_t rows_line_number(int fd, int64_t offset);

/* The rest is here to be inlined: rows are short. */
int rows_more(struct line *line, struct rows *r, struct err *e);

/* The row that ends with the line feed at end. */
static inline void
rows_take(struct line *line, struct rows *r, size_t end)
{
    line->p = r->p + r->at;
    line->is_ended = true;
    line->n = end - r->at;
    line->full = line->n + 1;
    line->offset = r->base + (int64_t)r->at;
    r->at = end + 1;
    if (line->n > 0 && line->p[line->n - 1] == '\r')
        line->n--;
}

static inline int
rows_next(struct line *line, struct rows *r, struct err *e)
{
    if (r->next == r->ends_n)
        return rows_more(line, r, e);
    rows_take(line, r, r->ends[r->next++]);
    return 1;
}

#endif
