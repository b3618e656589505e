#ifndef DATA_CSVCHECK_H
#define DATA_CSVCHECK_H

#include <stddef.h>

struct csv_dialect;

/*
 * A second opinion on rows that data/csvtext reads leniently: as strict as
 * libcsv in its strict mode, and several times as fast.
 */

/*
 * Counts the cells of a row (without its line end). Returns NULL, or what is
 * wrong with it: a quote inside a cell without quotes, text behind a closing
 * quote, a cell whose quote is not closed, a line end outside quotes, or what
 * csvcheck_text() says; then cells is not meaningful.
 */
const char *csvcheck_row(size_t *cells, const char *p, size_t n,
                         const struct csv_dialect *d);

/* NULL, or what no text of ours has: a control character other than tab, CR
 * and LF, or a byte that is not UTF-8. */
const char *csvcheck_text(const char *p, size_t n);

#endif
