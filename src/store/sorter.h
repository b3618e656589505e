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

struct sorter_item {
    int64_t number;
    int64_t offset;   /* in the file */
    const char *text; /* behind it the row: row_n bytes, which have no say in
                         the order; 0: it is not carried along */
    size_t n;
    size_t row_n;
};

/* dir: borrowed; NULL: everything stays in memory. */
struct sorter *sorter_new(const char *dir, const struct sorter_limits *limits);
/* Takes a copy. The row stands elsewhere than behind the text. */
int sorter_add(struct sorter *s, const struct sorter_item *item,
               const char *row, struct err *e);
/* After the last row, once. */
int sorter_end(struct sorter *s, struct err *e);
/* The rows in order, each valid until the next call: 1, 0 at the end, -1. */
int sorter_next(struct sorter_item *item, struct sorter *s, struct err *e);
void sorter_free(struct sorter *s); /* NULL is allowed */

/* Files whose names a kill left in the folder. */
int sorter_sweep(const char *dir, struct err *e);

#endif
