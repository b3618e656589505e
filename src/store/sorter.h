#ifndef STORE_SORTER_H
#define STORE_SORTER_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct sorter;

/*
 * Puts any number of rows in order: by a number, then by text, then by their
 * place in the file. Above a bound of memory sorted pieces are written to two
 * files of a folder, which lose their names as soon as they are open, and
 * merged; the order is the same.
 */
struct sorter_limits {
    size_t bytes;   /* of memory for what is sorted at once */
    size_t at_once; /* so many pieces are merged at a time, at least 2 ... */
    size_t piece;   /* ... with so many bytes to read ahead in each */
};

/* dir: borrowed; NULL: everything stays in memory. */
struct sorter *sorter_new(const char *dir, const struct sorter_limits *limits);
int sorter_add(struct sorter *s, int64_t number, int64_t offset,
               const char *text, size_t n, struct err *e);
/* After the last row, once. */
int sorter_end(struct sorter *s, struct err *e);
/* The offsets in order: 1, 0 at the end, -1. */
int sorter_next(int64_t *offset, struct sorter *s, struct err *e);
void sorter_free(struct sorter *s); /* NULL is allowed */

/* Files whose names a kill left in the folder. */
int sorter_sweep(const char *dir, struct err *e);

#endif
