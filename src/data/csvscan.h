#ifndef DATA_CSVSCAN_H
#define DATA_CSVSCAN_H

#include <stddef.h>
#include <stdint.h>

struct csv_dialect;

/* csvscan_ends() finds up to so many more than it was asked for. */
enum { CSVSCAN_MORE = 64 };

/*
 * What csv_row_end() says of many rows at once: where from p on, the start of
 * a row, the line feeds are that end one. d may be NULL: then rows are lines.
 * Stops soon after max of them: ends has room for max + CSVSCAN_MORE. If there
 * are fewer than max, the rest of the text is no whole row. n is below 4 GiB.
 */
size_t csvscan_ends(uint32_t *ends, size_t max, const char *p, size_t n,
                    const struct csv_dialect *d);
/* The same without what only some processors have. */
size_t csvscan_ends_anywhere(uint32_t *ends, size_t max, const char *p,
                             size_t n, const struct csv_dialect *d);

#endif
