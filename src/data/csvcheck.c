#include "data/csvcheck.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/load.h"
#include "data/bits.h"
#include "data/csvtext.h"
#include "data/utf8.h"

/* Eight bytes at a time, each with a bit of its own at the top. */
enum { STEP = 8 };
#define ONES UINT64_C(0x0101010101010101)
#define TOPS UINT64_C(0x8080808080808080)

/* Not 0 if a byte is not ASCII or a control character. */
static inline uint64_t
odd(uint64_t v)
{
    return (v | (v - ONES * ' ')) & TOPS;
}

static const char *
slow_text(const char *p, const char *end)
{
    while (p < end) {
        unsigned char c = (unsigned char)*p;
        size_t n = c < 0x80 ? 1 : utf8_len(p, end);

        if (n == 0)
            return "a byte that is not UTF-8";
        if (c < ' ' && c != '\t' && c != '\n' && c != '\r')
            return "a control character";
        p += n;
    }
    return NULL;
}

const char *
csvcheck_text(const char *p, size_t n)
{
    const char *at = p, *end = p + n;
    uint64_t seen = 0;

    for (; end - at >= STEP; at += STEP)
        seen |= odd(load_8(at));
    for (; at < end; at++)
        seen |= (unsigned char)*at < ' ' || (unsigned char)*at >= 0x80;
    return seen ? slow_text(p, end) : NULL;
}

static inline void
add_cell(struct csvcheck *c, const char *from, const char *to, bool quoted)
{
    if (c->n < c->max)
        c->cell[c->n] = (struct csv_slice){ from, (size_t)(to - from), quoted };
    c->n++;
}

/* Those of the 64 bytes at p + at that belong to the row. */
static inline uint64_t
bits_of_row(size_t at, size_t n)
{
    return n - at < BITS_BLOCK ? ((uint64_t)1 << (n - at)) - 1 : ~(uint64_t)0;
}

/* Adds the cells that end in a block; *from is where the next one starts. */
static inline void
add_cells(struct csvcheck *c, const char **from, const char *block,
          uint64_t delimiters, bool may_be_quoted)
{
    for (; delimiters; delimiters &= delimiters - 1) {
        const char *to = block + __builtin_ctzll(delimiters);

        add_cell(c, *from, to, may_be_quoted && **from == '"');
        *from = to + 1;
    }
}

/* Nearly all rows: true if nothing in it is special. */
static bool
plain_row(struct csvcheck *c, const char *p, size_t n, char delimiter)
{
    const char *from = p;

    for (size_t at = 0; at < n; at += BITS_BLOCK) {
        struct bits_csv b = bits_csv_64(p + at, delimiter);
        uint64_t ours = bits_of_row(at, n);

        if (b.special & ours)
            return false;
        add_cells(c, &from, p + at, b.delimiters & ours, false);
    }
    add_cell(c, from, p + n, false);
    return true;
}

/* What there is in a row; and of the byte before a block. */
struct seen {
    uint64_t quotes, slashes, odd;
    uint64_t pairs;    /* quotes that follow a closing one */
    uint64_t inside;   /* of a quoted cell: all ones */
    uint64_t may_open; /* 1: a quote opens a cell, or is one of a pair */
    uint64_t closed;   /* 1: it was a closing quote */
};

/* Between quotes is what has an odd number of them in front, as long as each
 * stands where it may: else false. */
static bool
careful_block(struct csvcheck *c, struct seen *s, const char **from,
              const char *block, uint64_t ours, char delimiter)
{
    uint64_t quotes = bits_64(block, '"') & ours;
    uint64_t odd = bits_odd_64(block) & ours;
    uint64_t quoted, ends, open, closed;

    s->odd |= odd;
    s->quotes |= quotes;
    if (!quotes && s->inside) { /* lists are long */
        s->may_open = s->closed = 0;
        return true;
    }
    s->slashes |= bits_64(block, '\\') & ours;
    quoted = s->inside ^ bits_parity_up_to(quotes);
    ends = bits_64(block, delimiter) & ours & ~quoted;
    open = quotes & quoted;
    closed = quotes & ~quoted;
    if (open & ~((ends | closed) << 1 | s->may_open))
        return false;
    s->pairs |= open & (closed << 1 | s->closed);
    if ((closed << 1 | s->closed) & ours & ~(ends | open))
        return false;
    if (odd & ~quoted & (bits_64(block, '\n') | bits_64(block, '\r')))
        return false;
    add_cells(c, from, block, ends, true);
    s->inside = (uint64_t)0 - (quoted >> (BITS_BLOCK - 1));
    s->may_open = (ends | closed) >> (BITS_BLOCK - 1);
    s->closed = closed >> (BITS_BLOCK - 1);
    return true;
}

static bool
careful_row(struct csvcheck *c, struct seen *s, const char *p, size_t n,
            char delimiter)
{
    const char *from = p;

    *s = (struct seen){ .may_open = 1 };
    for (size_t at = 0; at < n; at += BITS_BLOCK)
        if (!careful_block(c, s, &from, p + at, bits_of_row(at, n), delimiter))
            return false;
    add_cell(c, from, p + n, from < p + n && *from == '"');
    return !s->inside;
}

/* --- what is wrong ------------------------------------------------------ */

/* Behind the cell at p, or NULL with what is wrong. */
static const char *
quoted_cell(const char *p, const char *end, char delimiter, const char **wrong)
{
    for (;;) {
        p = memchr(p + 1, '"', (size_t)(end - p - 1));
        if (!p) {
            *wrong = "a quoted cell that is not closed";
            return NULL;
        }
        if (++p == end || *p == delimiter)
            return p;
        if (*p != '"') {
            *wrong = "text behind a closing quote";
            return NULL;
        }
    }
}

static const char *
plain_cell(const char *p, const char *end, char delimiter, const char **wrong)
{
    for (; p < end && *p != delimiter; p++) {
        if (*p == '"')
            *wrong = "a quote inside a cell without quotes";
        else if (*p == '\r' || *p == '\n')
            *wrong = "a line end outside quotes";
        if (*wrong)
            return NULL;
    }
    return p;
}

/* The first thing that is wrong with its quotes and line ends. */
static const char *
structure_fault(const char *p, size_t n, char delimiter)
{
    const char *end = p + n, *wrong = NULL;

    for (;; p++) {
        p = p < end && *p == '"' ? quoted_cell(p, end, delimiter, &wrong)
                                 : plain_cell(p, end, delimiter, &wrong);
        if (!p || p == end)
            return wrong;
    }
}

static bool
may_be_guarded(const struct csvcheck *c)
{
    size_t n = c->n < c->max ? c->n : c->max;
    bool has = false;

    for (size_t i = 0; i < n; i++)
        has |= c->cell[i].n > 0 && *c->cell[i].p == '\'';
    return has;
}

const char *
csvcheck_row(struct csvcheck *c, const char *p, size_t n,
             const struct csv_dialect *d)
{
    struct seen seen;

    c->n = 0;
    c->is_plain = c->is_simple = plain_row(c, p, n, d->delimiter);
    if (c->is_plain)
        return NULL;
    c->n = 0;
    if (!careful_row(c, &seen, p, n, d->delimiter))
        return structure_fault(p, n, d->delimiter);
    c->is_simple = !(seen.pairs | seen.odd | seen.slashes);
    c->is_plain = c->is_simple && !seen.quotes && !may_be_guarded(c);
    return seen.odd ? slow_text(p, p + n) : NULL;
}
