#ifndef DATA_CSVBLOCK_H
#define DATA_CSVBLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/bitswide.h"

/* CSV, 64 bytes at a time, for those who scan it. A scanner is made once for
 * any processor, by bits_64(), and once for those with wider registers: on
 * short rows that is twice as fast. */

#define CSVBLOCK_INLINE static inline __attribute__((always_inline))

enum { CSVBLOCK = BITS_BLOCK };

/* May a quote at p open a cell, if none is open? start: of a row. */
CSVBLOCK_INLINE bool
csvblock_may_open(const char *start, const char *p, char delimiter)
{
    return p == start || p[-1] == delimiter || p[-1] == '\n' || p[-1] == '"';
}

/*
 * Which bytes of a block with quotes are in a quoted cell. inside: all ones if
 * one is open where the block starts, and then where it ends; before: line
 * feeds and delimiters. 0; -1 if there is a quote inside of a cell without
 * quotes, so that nothing follows from their number.
 */
CSVBLOCK_INLINE int
csvblock_quoted(uint64_t *quoted, uint64_t *inside, uint64_t quotes,
                uint64_t before, bool may_open)
{
    *quoted = *inside ^ bits_parity_up_to(quotes);
    before = (before & ~*quoted) | quotes;
    if (quotes & *quoted & ~(before << 1 | (uint64_t)may_open))
        return -1;
    *inside = (uint64_t)0 - (*quoted >> (CSVBLOCK - 1));
    return 0;
}

#endif
