#include "data/csvcheck.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "data/bits.h"
#include "data/csvtext.h"
#include "data/utf8.h"

/* Eight bytes at a time, each with a bit of its own at the top. */
enum { STEP = 8 };
#define ONES UINT64_C(0x0101010101010101)
#define TOPS UINT64_C(0x8080808080808080)

static inline uint64_t
load(const char *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

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
        seen |= odd(load(at));
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

/* What there is in a row. */
struct seen {
    uint64_t quotes, slashes, odd;
};

/* The cells of a row in which no quote counts; stops at the first quote. */
static void
plain_cells(struct csvcheck *c, struct seen *seen, const char *p, size_t n,
            char delimiter)
{
    const char *from = p, *end = p + n;
    char few[BITS_STEP];

    for (size_t at = 0; at < n && !seen->quotes; at += BITS_STEP) {
        const char *block = p + at;
        size_t known = 0; /* so many were in the block before, too */
        uint64_t bits;

        if (n < BITS_STEP) {
            memset(few, 'x', sizeof(few));
            block = memcpy(few, p, n);
        } else if (n - at < BITS_STEP) {
            known = BITS_STEP - (n - at);
            block = end - BITS_STEP;
        }
        seen->odd |= bits_odd_16(block);
        seen->quotes |= bits_16(block, '"');
        seen->slashes |= bits_16(block, '\\');
        for (bits = bits_16(block, delimiter) >> known; bits;
             bits &= bits - 1) {
            const char *to = p + at + __builtin_ctzll(bits);

            add_cell(c, from, to, false);
            from = to + 1;
        }
    }
    add_cell(c, from, end, false);
}

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

static const char *
quoted_row(struct csvcheck *c, const char *p, size_t n, char delimiter)
{
    const char *end = p + n, *at = p, *from, *wrong = NULL;

    for (c->n = 0;; at++) {
        bool quoted = at < end && *at == '"';

        from = at;
        at = quoted ? quoted_cell(at, end, delimiter, &wrong)
                    : plain_cell(at, end, delimiter, &wrong);
        if (!at)
            return wrong;
        add_cell(c, from, at, quoted);
        if (at == end)
            return csvcheck_text(p, n);
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
    struct seen seen = { 0 };

    c->n = 0;
    plain_cells(c, &seen, p, n, d->delimiter);
    c->is_plain =
        !(seen.quotes | seen.odd | seen.slashes) && !may_be_guarded(c);
    if (seen.quotes)
        return quoted_row(c, p, n, d->delimiter);
    if (!seen.odd)
        return NULL;
    if (memchr(p, '\r', n) || memchr(p, '\n', n))
        return "a line end outside quotes";
    return slow_text(p, p + n);
}
