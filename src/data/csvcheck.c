#include "data/csvcheck.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

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

/* The top bit of each byte that is 0. */
static inline uint64_t
zeros(uint64_t v)
{
    return ~(((v & ~TOPS) + ~TOPS) | v | ~TOPS);
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

/* A row without quotes: all in one pass. */
static const char *
plain_row(size_t *cells, const char *p, size_t n, char delimiter)
{
    const uint64_t wanted = ONES * (unsigned char)delimiter;
    const char *at = p, *end = p + n;
    uint64_t seen = 0;

    *cells = 1;
    for (; end - at >= STEP; at += STEP) {
        uint64_t v = load(at);

        seen |= odd(v);
        *cells += (zeros(v ^ wanted) >> 7) * ONES >> 56;
    }
    for (; at < end; at++) {
        seen |= (unsigned char)*at < ' ' || (unsigned char)*at >= 0x80;
        *cells += *at == delimiter;
    }
    if (!seen)
        return NULL;
    if (memchr(p, '\r', n) || memchr(p, '\n', n))
        return "a line end outside quotes";
    return slow_text(p, end);
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

const char *
csvcheck_row(size_t *cells, const char *p, size_t n,
             const struct csv_dialect *d)
{
    const char *end = p + n, *at = p, *wrong = NULL;

    if (n == 0 || !memchr(p, '"', n))
        return plain_row(cells, p, n, d->delimiter);
    for (*cells = 1;; ++*cells) {
        if (at < end && *at == '"')
            at = quoted_cell(at, end, d->delimiter, &wrong);
        else
            at = plain_cell(at, end, d->delimiter, &wrong);
        if (!at)
            return wrong;
        if (at == end)
            break;
        at++;
    }
    return csvcheck_text(p, n);
}
