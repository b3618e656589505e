#include "data/csvwiden.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "data/csvblock.h"
#include "data/csvtext.h"

/* A block, and behind the end of a row in it so much as a block. */
enum { READ_AHEAD = 2 * CSVBLOCK };

/* A text and what becomes of it. The bytes behind the last row that is whole
 * are copied, too, but do not count. */
struct widening {
    const struct csvwiden *w;
    const char *start; /* of the row */
    size_t cells;      /* delimiters in it, up to the block */
    char *out;         /* behind the last row */
    size_t spare;      /* so much longer may the text become */
};

/* The line feed at end ends a row, whose copy ends at to: makes it a row with
 * more cells. False if it is none of the easy ones. */
CSVBLOCK_INLINE bool
end_row(struct widening *g, const char *end, char *to, size_t cells)
{
    const struct csv_dialect *d = g->w->dialect;
    size_t more = g->w->to - cells;

    if (end > g->start && end[-1] == '\r') {
        end--;
        to--;
    }
    if (end == g->start || cells > g->w->from || more + 1 > g->spare)
        return false;
    g->spare -= more + 1;
    to = bits_fill(to, d->delimiter, more);
    if (d->crlf)
        *to++ = '\r';
    *to++ = '\n';
    g->out = to;
    return true;
}

/* The rows that end in the block at p, which stands at to. Returns where what
 * is behind it goes; NULL at a row that is not easy. */
CSVBLOCK_INLINE char *
end_rows(struct widening *g, const char *p, char *to, uint64_t lines,
         uint64_t cells)
{
    size_t at = 0; /* to is where this byte of the block stands */

    for (; lines; lines &= lines - 1) {
        size_t end = (size_t)__builtin_ctzll(lines);
        uint64_t before = cells & (lines ^ (lines - 1));

        g->cells += (size_t)__builtin_popcountll(before);
        if (!end_row(g, p + end, to + (end - at), g->cells + 1))
            return NULL;
        g->start = p + end + 1;
        g->cells = 0;
        cells &= ~before;
        at = end + 1;
        to = g->out;
        memcpy(to, p + at, CSVBLOCK);
    }
    g->cells += (size_t)__builtin_popcountll(cells);
    return to + (CSVBLOCK - at);
}

CSVBLOCK_INLINE void
widen(struct widening *g, const char *p, const char *end, bitswide_fn *bits)
{
    const char delimiter = g->w->dialect->delimiter;
    uint64_t inside = 0; /* a quoted cell: all ones */
    char *to = g->out;

    for (; to && end - p >= READ_AHEAD; p += CSVBLOCK) {
        uint64_t lines = bits(p, '\n'), cells = bits(p, delimiter);
        uint64_t quotes = bits(p, '"'), quoted = inside;

        if (quotes &&
            csvblock_quoted(&quoted, &inside, quotes, lines | cells,
                            csvblock_may_open(g->start, p, delimiter)) < 0)
            break;
        memcpy(to, p, CSVBLOCK);
        to = end_rows(g, p, to, lines & ~quoted, cells & ~quoted);
    }
}

typedef void widen_fn(struct widening *g, const char *p, const char *end);

static size_t
run(struct buf *out, const char *p, size_t n, const struct csvwiden *w,
    widen_fn *widen_by)
{
    size_t spare = n / 2 + 2 * w->to;
    char *to = buf_room(out, n + spare + CSVBLOCK);
    struct widening g = { .w = w, .start = p, .out = to, .spare = spare };

    widen_by(&g, p, p + n);
    out->n += (size_t)(g.out - to);
    return (size_t)(g.start - p);
}

static void
widen_anywhere(struct widening *g, const char *p, const char *end)
{
    widen(g, p, end, bits_64);
}

size_t
csvwiden_rows_anywhere(struct buf *out, const char *p, size_t n,
                       const struct csvwiden *w)
{
    return run(out, p, n, w, widen_anywhere);
}

#if defined(__x86_64__)
BITSWIDE static void
widen_wide(struct widening *g, const char *p, const char *end)
{
    widen(g, p, end, bitswide_64);
}
#endif

size_t
csvwiden_rows(struct buf *out, const char *p, size_t n,
              const struct csvwiden *w)
{
#if defined(__x86_64__)
    if (bitswide_is_there())
        return run(out, p, n, w, widen_wide);
#endif
    return csvwiden_rows_anywhere(out, p, n, w);
}
