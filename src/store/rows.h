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
    size_t at;    /* next row starts here in p */
    size_t n;     /* bytes in p */
    size_t plain; /* p[at..plain-1] has no quote: a line feed ends a row */
    int64_t base; /* file offset of p[0] */
    int64_t stop; /* do not read past this offset; -1 = end of the file */
    size_t ahead; /* bytes to read at once; doubles up to a limit */
    bool at_end;
};

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
/* 1 and the row (valid until the next call), 0 at the end, -1. Empty lines
 * count as rows. */
int rows_next(struct line *line, struct rows *r, struct err *e);
/* The row that was read last comes again, by another dialect. */
void rows_back(struct rows *r, const struct line *line);
void rows_free(struct rows *r);

/* The line ends in a row, its own among them: how far an editor's count of
 * lines goes on. */
int64_t rows_line_ends(const struct line *line);
/* The line at an offset of a file, from 1, as an editor counts; 0 if it
 * cannot be read. For messages. */
int64_t rows_line_number(int fd, int64_t offset);

#endif
