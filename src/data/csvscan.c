#include "data/csvscan.h"

#include <string.h>

#include "data/csvblock.h"
#include "data/csvtext.h"

/* A block mostly ends two rows or fewer: how many must be no branch. */
CSVBLOCK_INLINE size_t
note_ends(uint32_t *ends, size_t found, uint32_t at, uint64_t lines)
{
    const uint64_t top = (uint64_t)1 << (CSVBLOCK - 1);

    for (int i = 0; i < 2; i++) {
        ends[found] = at + (uint32_t)__builtin_ctzll(lines | top);
        found += lines != 0;
        lines &= lines - 1;
    }
    for (; lines; lines &= lines - 1)
        ends[found++] = at + (uint32_t)__builtin_ctzll(lines);
    return found;
}

/* Takes those in quotes out: as csvblock_quoted(). */
CSVBLOCK_INLINE int
unquote(uint64_t *lines, uint64_t *inside, const char *block, uint64_t quotes,
        bool may_open, const struct csv_dialect *d)
{
    uint64_t quoted, before = *lines | bits_64(block, d->delimiter);

    if (csvblock_quoted(&quoted, inside, quotes, before, may_open) < 0)
        return -1;
    *lines &= ~quoted;
    return 0;
}

CSVBLOCK_INLINE size_t
scan(uint32_t *ends, size_t max, const char *start, size_t n,
     const struct csv_dialect *d, bitswide_fn *bits)
{
    const char *p = start, *end = p + n;
    char tail[CSVBLOCK];
    uint64_t inside = 0; /* a quoted cell: all ones */
    size_t found = 0;

    while (p < end && found < max) {
        const char *at = p;
        uint64_t lines, quotes;

        if (end - p < CSVBLOCK) {
            memset(tail, 0, sizeof(tail));
            at = memcpy(tail, p, (size_t)(end - p));
        }
        lines = bits(at, '\n');
        quotes = d ? bits(at, '"') : 0;
        if (!quotes) {
            lines &= ~inside;
        } else if (unquote(&lines, &inside, at, quotes,
                           csvblock_may_open(start, p, d->delimiter), d) < 0) {
            p = found ? start + ends[found - 1] + 1 : start;
            p = csv_row_end(p, end, d);
            if (!p)
                break;
            ends[found++] = (uint32_t)(p - start);
            p++;
            inside = 0;
            continue;
        }
        found = note_ends(ends, found, (uint32_t)(p - start), lines);
        p += CSVBLOCK;
    }
    return found;
}

size_t
csvscan_ends_anywhere(uint32_t *ends, size_t max, const char *p, size_t n,
                      const struct csv_dialect *d)
{
    return scan(ends, max, p, n, d, bits_64);
}

#if defined(__x86_64__)
BITSWIDE static size_t
scan_wide(uint32_t *ends, size_t max, const char *p, size_t n,
          const struct csv_dialect *d)
{
    return scan(ends, max, p, n, d, bitswide_64);
}
#endif

size_t
csvscan_ends(uint32_t *ends, size_t max, const char *p, size_t n,
             const struct csv_dialect *d)
{
#if defined(__x86_64__)
    if (bitswide_is_there())
        return scan_wide(ends, max, p, n, d);
#endif
    return csvscan_ends_anywhere(ends, max, p, n, d);
}
