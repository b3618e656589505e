#include "data/jsonscan.h"

#include <string.h>

#include "data/bitswide.h"
#include "data/json.h"
#include "data/utf8.h"

uint64_t
jsonscan_odd_few(const char *p, size_t n)
{
    char block[JSONSCAN_BLOCK] = { 0 };

    memcpy(block, p, n);
    return jsonscan_odd_bits(block, block + n, block + sizeof(block));
}

static bool
is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

/* One escape, from its backslash. False: *pp is the wrong byte, or end. */
static bool
scan_escape(const char **pp, const char *end)
{
    const char *p = *pp + 1;
    bool ok = false;

    if (p < end && *p == 'u') {
        int digits = 0;

        for (p++; digits < 4 && p < end && is_hex(*p); digits++)
            p++;
        ok = digits == 4;
    } else if (p < end && *p && strchr("\"\\/bfnrt", *p)) {
        p++;
        ok = true;
    }
    *pp = p;
    return ok;
}

struct jsonscan_odd
jsonscan_odd(const char *p, const char *end)
{
    struct jsonscan_odd odd = { .p = p };

    while (odd.p < end && !odd.is_wrong) {
        unsigned char c = (unsigned char)*odd.p;

        if (c == '\\') {
            odd.flags |= JSON_ESCAPED;
            odd.is_wrong = !scan_escape(&odd.p, end);
        } else if (c >= 0x80) {
            size_t n = utf8_len(odd.p, end);

            if (!n)
                odd.flags |= JSON_BAD_UTF8;
            odd.p += n ? n : 1;
        } else {
            odd.is_wrong = c < ' ';
            break;
        }
    }
    return odd;
}

/* Where in a block of 64 bytes these are, a bit for each byte. */
struct marks {
    uint64_t digits, zeros, commas, dots, minuses, n, u, l;
};

/* What cannot stand where it does; the block starts with an item. Each fault
 * has a bit at or before the comma behind the item it is in. */
static inline uint64_t
wrong_marks(const struct marks *m)
{
    uint64_t first = m->commas << 1 | 1; /* of an item */
    uint64_t known =
        m->digits | m->commas | m->dots | m->minuses | m->n | m->u | m->l;

    return ~known | ((m->n | m->minuses) & ~first) |
           /* no digit before */
           (m->commas & ~((m->digits | m->l) << 1)) |
           (m->dots & ~(m->digits << 1)) |
           /* 01 */
           (((first | m->minuses << 1) & m->zeros) << 1 & m->digits) |
           /* 1.2.3: the sum carries on to the second dot */
           (m->dots & ((m->dots << 1) + m->digits)) |
           /* null, and nothing more */
           (m->u ^ m->n << 1) | (m->l ^ (m->u << 1 | m->u << 2)) |
           (m->u << 3 & ~m->commas);
}

BITSWIDE_INLINE const char *
scan_numbers(const char *comma, const char *end, bitswide_fn *bits,
             bitswide_digits_fn *digits)
{
    uint64_t wrong = 0;

    while (!wrong && end - comma > BITS_BLOCK) {
        const char *p = comma + 1;
        struct marks m = {
            .digits = digits(p),
            .zeros = bits(p, '0'),
            .commas = bits(p, ','),
            .dots = bits(p, '.'),
            .minuses = bits(p, '-'),
            .n = bits(p, 'n'),
            .u = bits(p, 'u'),
            .l = bits(p, 'l'),
        };
        uint64_t commas;

        wrong = wrong_marks(&m);
        commas = m.commas & ~wrong & (wrong - 1); /* before the first fault */
        if (!commas)
            break;
        comma += BITS_BLOCK - __builtin_clzll(commas);
    }
    return comma;
}

BITSWIDE_INLINE const char *
scan_plain(const char *p, const char *limit, bitswide_fn *bits,
           bitswide_digits_fn *odd)
{
    for (; limit - p >= BITS_BLOCK; p += BITS_BLOCK) {
        uint64_t found = odd(p) | bits(p, '"') | bits(p, '\\');

        if (found)
            return p + __builtin_ctzll(found);
    }
    return p;
}

BITSWIDE_INLINE const char *
scan_digits(const char *p, const char *end, bitswide_digits_fn *digits)
{
    for (; end - p >= BITS_BLOCK; p += BITS_BLOCK) {
        uint64_t others = ~digits(p);

        if (others)
            return p + __builtin_ctzll(others);
    }
    return p;
}

const char *
jsonscan_numbers_anywhere(const char *comma, const char *end)
{
    return scan_numbers(comma, end, bits_64, bits_digits_64);
}

const char *
jsonscan_plain_anywhere(const char *p, const char *limit)
{
    return scan_plain(p, limit, bits_64, bits_odd_64);
}

const char *
jsonscan_digits_anywhere(const char *p, const char *end)
{
    return scan_digits(p, end, bits_digits_64);
}

#if defined(__x86_64__)
BITSWIDE static const char *
numbers_wide(const char *comma, const char *end)
{
    return scan_numbers(comma, end, bitswide_64, bitswide_digits_64);
}

BITSWIDE static const char *
plain_wide(const char *p, const char *limit)
{
    return scan_plain(p, limit, bitswide_64, bitswide_odd_64);
}

BITSWIDE static const char *
digits_wide(const char *p, const char *end)
{
    return scan_digits(p, end, bitswide_digits_64);
}
#endif

const char *
jsonscan_numbers(const char *comma, const char *end)
{
#if defined(__x86_64__)
    if (bitswide_is_there())
        return numbers_wide(comma, end);
#endif
    return jsonscan_numbers_anywhere(comma, end);
}

const char *
jsonscan_plain(const char *p, const char *limit)
{
#if defined(__x86_64__)
    if (bitswide_is_there())
        return plain_wide(p, limit);
#endif
    return jsonscan_plain_anywhere(p, limit);
}

const char *
jsonscan_digits(const char *p, const char *end)
{
#if defined(__x86_64__)
    if (bitswide_is_there())
        return digits_wide(p, end);
#endif
    return jsonscan_digits_anywhere(p, end);
}
