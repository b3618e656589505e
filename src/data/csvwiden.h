#ifndef DATA_CSVWIDEN_H
#define DATA_CSVWIDEN_H

#include <stddef.h>

struct buf;
struct csv_dialect;

/* What rows with up to so many cells become: each has this many. */
struct csvwiden {
    const struct csv_dialect *dialect; /* of the rows; what is written has its
                                          line ends */
    size_t from;
    size_t to;
};

/*
 * Adds the rows at p to out, with empty cells at the right, as many at once as
 * are easy. Returns how many of the n bytes these were. What follows there is
 * for the caller to look at: a blank line, a row with more cells than w->from
 * or with a quote where none is meant, the last rows of the text, or any row
 * after very many. It may be none at all.
 */
size_t csvwiden_rows(struct buf *out, const char *p, size_t n,
                     const struct csvwiden *w);
/* The same without what only some processors have. */
size_t csvwiden_rows_anywhere(struct buf *out, const char *p, size_t n,
                              const struct csvwiden *w);

#endif
