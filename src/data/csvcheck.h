#ifndef DATA_CSVCHECK_H
#define DATA_CSVCHECK_H

#include <stdbool.h>
#include <stddef.h>

struct csv_dialect;
struct csv_slice;

/*
 * A second opinion on rows that data/csvtext reads leniently: as strict as
 * libcsv in its strict mode, and several times as fast.
 */

enum { CSVCHECK_MORE = 64 };

/* The cells of a row. */
struct csvcheck {
    struct csv_slice *cell; /* as in data/csvtext; room for max of them */
    size_t max;             /* only so many are kept; set by the caller */
    size_t n;               /* all are counted */
    bool is_plain;          /* nothing but ASCII, no quote, no backslash, no
                               control character in the whole row, and no
                               cell that may be guarded (data/profile) */
    bool is_simple;         /* the same but for quotes around cells, and
                             cells that may be guarded */
};

/*
 * Reads a row (without its line end) in one pass; so many bytes behind it can
 * be read, too, whatever they are. Returns NULL, or what is
 * wrong with it: a quote inside a cell without quotes, text behind a closing
 * quote, a cell whose quote is not closed, a line end outside quotes, or what
 * csvcheck_text() says; then the cells are not meaningful.
 */
const char *csvcheck_row(struct csvcheck *c, const char *p, size_t n,
                         const struct csv_dialect *d);

/* NULL, or what no text of ours has: a control character other than tab, CR
 * and LF, or a byte that is not UTF-8. */
const char *csvcheck_text(const char *p, size_t n);

#endif
