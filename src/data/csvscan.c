#include "data/csvscan.h"

#include <stdbool.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "data/bits.h"
#include "data/csvtext.h"

/* The scanner is made once for any processor and once for those with wider
 * registers: on short rows that is twice as fast. */
#define INLINE static inline __attribute__((always_inline))

enum { BLOCK = BITS_BLOCK };

/* What a block of 64 bytes has. */
struct block {
    uint64_t lines;
    bool has_quote;
};

typedef struct block look_fn(const char *p);

INLINE struct block
look(const char *p)
{
    return (struct block){ bits_64(p, '\n'), bits_64(p, '"') != 0 };
}

/* May a quote at p open a cell, if none is open? */
INLINE bool
may_open_at(const char *start, const char *p, const struct csv_dialect *d)
{
    return p == start || p[-1] == d->delimiter || p[-1] == '\n' || p[-1] == '"';
}

/* Takes the quotes of a block into account: 0; -1 if there is one inside of a
 * cell without quotes, so that nothing follows from their number. */
INLINE int
look_at_quotes(uint64_t *lines, uint64_t *inside, const char *block,
               bool may_open, const struct csv_dialect *d)
{
    uint64_t quotes = bits_64(block, '"');
    uint64_t quoted = *inside ^ bits_parity_up_to(quotes);
    uint64_t before = *lines | bits_64(block, d->delimiter);

    before = (before & ~quoted) | quotes;
    if (quotes & quoted & ~(before << 1 | (uint64_t)may_open))
        return -1;
    *lines &= ~quoted;
    *inside = (uint64_t)0 - (quoted >> (BLOCK - 1));
    return 0;
}

/* A block mostly ends two rows or fewer: how many must be no branch. */
INLINE size_t
note_ends(uint32_t *ends, size_t found, uint32_t at, uint64_t lines)
{
    const uint64_t top = (uint64_t)1 << (BLOCK - 1);

    for (int i = 0; i < 2; i++) {
        ends[found] = at + (uint32_t)__builtin_ctzll(lines | top);
        found += lines != 0;
        lines &= lines - 1;
    }
    for (; lines; lines &= lines - 1)
        ends[found++] = at + (uint32_t)__builtin_ctzll(lines);
    return found;
}

INLINE size_t
scan(uint32_t *ends, size_t max, const char *start, size_t n,
     const struct csv_dialect *d, look_fn *look_at)
{
    const char *p = start, *end = p + n;
    char tail[BLOCK];
    uint64_t inside = 0; /* a quoted cell: all ones */
    size_t found = 0;

    while (p < end && found < max) {
        const char *at = p;
        struct block b;

        if (end - p < BLOCK) {
            memset(tail, 0, sizeof(tail));
            at = memcpy(tail, p, (size_t)(end - p));
        }
        b = look_at(at);
        if (!d || !b.has_quote) {
            b.lines &= ~inside;
        } else if (look_at_quotes(&b.lines, &inside, at,
                                  may_open_at(start, p, d), d) < 0) {
            p = found ? start + ends[found - 1] + 1 : start;
            p = csv_row_end(p, end, d);
            if (!p)
                break;
            ends[found++] = (uint32_t)(p - start);
            p++;
            inside = 0;
            continue;
        }
        found = note_ends(ends, found, (uint32_t)(p - start), b.lines);
        p += BLOCK;
    }
    return found;
}

size_t
csvscan_ends_anywhere(uint32_t *ends, size_t max, const char *p, size_t n,
                      const struct csv_dialect *d)
{
    return scan(ends, max, p, n, d, look);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) INLINE struct block
look_wide(const char *p)
{
    const __m256i line = _mm256_set1_epi8('\n'), quote = _mm256_set1_epi8('"');
    __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
    __m256i quotes = _mm256_or_si256(_mm256_cmpeq_epi8(a, quote),
                                     _mm256_cmpeq_epi8(b, quote));
    uint64_t low = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, line));
    uint64_t high = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, line));

    return (struct block){ low | high << 32,
                           !_mm256_testz_si256(quotes, quotes) };
}

__attribute__((target("avx2"))) static size_t
scan_wide(uint32_t *ends, size_t max, const char *p, size_t n,
          const struct csv_dialect *d)
{
    return scan(ends, max, p, n, d, look_wide);
}
#endif

size_t
csvscan_ends(uint32_t *ends, size_t max, const char *p, size_t n,
             const struct csv_dialect *d)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        return scan_wide(ends, max, p, n, d);
#endif
    return csvscan_ends_anywhere(ends, max, p, n, d);
}
