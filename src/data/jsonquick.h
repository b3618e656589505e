#ifndef DATA_JSONQUICK_H
#define DATA_JSONQUICK_H

#include <string.h>

#include "data/bits.h"
#include "data/json.h"
#include "data/jsonscan.h"

/*
 * For loops that know what comes next: values without a call and without the
 * state of a scanner. To be inlined.
 *
 * Each function gives the place behind a value that starts at p and ends
 * before end, and the token that json_next() makes of it; or NULL if that is
 * not to be said at once, and for json_next() to read, or to refuse. What
 * follows the value is not looked at. limit is as in struct json.
 */

#define JSONQUICK static inline __attribute__((always_inline))

/* Strings longer than that are mostly much longer. */
enum { JSONQUICK_LONG = 3 * BITS_STEP };

/* From behind the opening quote. */
JSONQUICK const char *
jsonquick_string(struct json_token *t, const char *p, const char *end,
                 const char *limit)
{
    *t = (struct json_token){ .type = JSON_STRING, .p = p };
    while (limit - p >= BITS_STEP) {
        uint64_t odd = jsonscan_odd_16(p);
        struct jsonscan_odd found;

        if (!odd) {
            p += BITS_STEP;
            if (p - t->p == JSONQUICK_LONG)
                p = jsonscan_plain(p, limit);
            continue;
        }
        p += __builtin_ctzll(odd);
        if (p >= end)
            return NULL;
        if (*p == '"') {
            t->n = (size_t)(p - t->p);
            return p + 1;
        }
        found = jsonscan_odd(p, end);
        if (found.is_wrong)
            return NULL;
        t->flags |= found.flags;
        p = found.p;
    }
    return NULL;
}

/* Without an exponent, and of less than 16 digits. */
JSONQUICK const char *
jsonquick_number(struct json_token *t, const char *p, const char *end,
                 const char *limit)
{
    const char *first = p + (*p == '-');
    uint64_t others;
    int n;

    if (limit - p <= BITS_STEP)
        return NULL;
    others = ~bits_digits_16(first);
    n = __builtin_ctzll(others);
    if (n == 0 || n == BITS_STEP || (*first == '0' && n > 1))
        return NULL;
    if (first[n] == '.') {
        int fraction = __builtin_ctzll(others >> n >> 1);

        n += 1 + fraction;
        if (fraction == 0 || n == BITS_STEP)
            return NULL;
    }
    if (first + n >= end || (first[n] | 0x20) == 'e')
        return NULL;
    *t = (struct json_token){ JSON_NUMBER, 0, p, (size_t)(first + n - p) };
    return first + n;
}

JSONQUICK const char *
jsonquick_word(struct json_token *t, const char *p, const char *end,
               enum json_type type, const char *word, size_t n)
{
    if ((size_t)(end - p) <= n || memcmp(p, word, n) != 0)
        return NULL;
    *t = (struct json_token){ type, 0, p, n };
    return p + n;
}

/* Any value but an object or an array. */
JSONQUICK const char *
jsonquick_scalar(struct json_token *t, const char *p, const char *end,
                 const char *limit)
{
    switch (*p) {
    case '"':
        return jsonquick_string(t, p + 1, end, limit);
    case 't':
        return jsonquick_word(t, p, end, JSON_TRUE, "true", 4);
    case 'f':
        return jsonquick_word(t, p, end, JSON_FALSE, "false", 5);
    case 'n':
        return jsonquick_word(t, p, end, JSON_NULL, "null", 4);
    default: /* a character, not an enum */
        return jsonquick_number(t, p, end, limit);
    }
}

#endif
