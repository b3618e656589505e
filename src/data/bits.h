#ifndef DATA_BITS_H
#define DATA_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/load.h"

/* A bit for each of many bytes at p; the lowest one is that of the first
 * byte. To be inlined. */

enum {
    BITS_STEP = 16,
    BITS_THIRD = 2 * BITS_STEP,
    BITS_FOURTH = 3 * BITS_STEP,
    BITS_BLOCK = 64,
    BITS_ALL_16 = 0xFFFF,
};

#ifdef __SSE2__
static inline __m128i
bits_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}
#endif

/* Of 16 bytes, those that are c; and those that are a control character or not
 * ASCII. */
#ifdef __SSE2__
static inline uint64_t
bits_16(const char *p, char c)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(bits_load(p), _mm_set1_epi8(c)));
}

static inline uint64_t
bits_odd_16(const char *p)
{
    /* Signed: bytes from 0x80 on are below a blank, too. */
    return (uint64_t)(unsigned)_mm_movemask_epi8(
        _mm_cmplt_epi8(bits_load(p), _mm_set1_epi8(' ')));
}
#else
static inline uint64_t
bits_16(const char *p, char c)
{
    uint64_t bits = 0;

    for (int i = 0; i < BITS_STEP; i++)
        bits |= (uint64_t)(p[i] == c) << i;
    return bits;
}

static inline uint64_t
bits_odd_16(const char *p)
{
    uint64_t bits = 0;

    for (int i = 0; i < BITS_STEP; i++)
        bits |= (uint64_t)((signed char)p[i] < ' ') << i;
    return bits;
}
#endif

/* Of 16 bytes, those that are a decimal digit. */
#ifdef __SSE2__
static inline uint64_t
bits_digits_16(const char *p)
{
    __m128i d = _mm_sub_epi8(bits_load(p), _mm_set1_epi8('0'));

    return (uint64_t)(unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(9)), d));
}
#else
static inline uint64_t
bits_digits_16(const char *p)
{
    uint64_t bits = 0;

    for (int i = 0; i < BITS_STEP; i++)
        bits |= (uint64_t)((unsigned char)(p[i] - '0') < 10) << i;
    return bits;
}
#endif

static inline uint64_t
bits_digits_64(const char *p)
{
    return bits_digits_16(p) | bits_digits_16(p + BITS_STEP) << BITS_STEP |
           bits_digits_16(p + BITS_THIRD) << BITS_THIRD |
           bits_digits_16(p + BITS_FOURTH) << BITS_FOURTH;
}

/* Of 64 bytes, those that are c. */
static inline uint64_t
bits_64(const char *p, char c)
{
    return bits_16(p, c) | bits_16(p + BITS_STEP, c) << BITS_STEP |
           bits_16(p + BITS_THIRD, c) << BITS_THIRD |
           bits_16(p + BITS_FOURTH, c) << BITS_FOURTH;
}

static inline uint64_t
bits_odd_64(const char *p)
{
    return bits_odd_16(p) | bits_odd_16(p + BITS_STEP) << BITS_STEP |
           bits_odd_16(p + BITS_THIRD) << BITS_THIRD |
           bits_odd_16(p + BITS_FOURTH) << BITS_FOURTH;
}

/* Of 64 bytes of CSV, the delimiters, and those that are odd, a quote, a
 * backslash or an apostrophe. */
struct bits_csv {
    uint64_t delimiters, special;
};

#ifdef __SSE2__
static inline struct bits_csv
bits_csv_64(const char *p, char delimiter)
{
    struct bits_csv b = { 0, 0 };

    for (int at = 0; at < BITS_BLOCK; at += BITS_STEP) {
        __m128i v = bits_load(p + at), odd;

        odd = _mm_cmplt_epi8(v, _mm_set1_epi8(' '));
        odd = _mm_or_si128(odd, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
        odd = _mm_or_si128(odd, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
        odd = _mm_or_si128(odd, _mm_cmpeq_epi8(v, _mm_set1_epi8('\'')));
        v = _mm_cmpeq_epi8(v, _mm_set1_epi8(delimiter));
        b.special |= (uint64_t)(unsigned)_mm_movemask_epi8(odd) << at;
        b.delimiters |= (uint64_t)(unsigned)_mm_movemask_epi8(v) << at;
    }
    return b;
}
#else
static inline struct bits_csv
bits_csv_64(const char *p, char delimiter)
{
    return (struct bits_csv){
        bits_64(p, delimiter),
        bits_odd_64(p) | bits_64(p, '"') | bits_64(p, '\\') | bits_64(p, '\''),
    };
}
#endif

/* How many of n bytes are c. */
#ifdef __SSE2__
static inline size_t
bits_count(const char *p, size_t n, char c)
{
    const __m128i want = _mm_set1_epi8(c), zero = _mm_setzero_si128();
    size_t count = 0, i = 0;

    while (n - i >= BITS_STEP) {
        size_t stop = n - i > 255 * BITS_STEP ? i + 255 * BITS_STEP : n;
        __m128i sum = zero; /* each of its bytes goes up to 255 */

        for (; stop - i >= BITS_STEP; i += BITS_STEP)
            sum = _mm_sub_epi8(sum, _mm_cmpeq_epi8(bits_load(p + i), want));
        sum = _mm_sad_epu8(sum, zero);
        count +=
            (size_t)_mm_cvtsi128_si32(sum) + (size_t)_mm_extract_epi16(sum, 4);
    }
    for (; i < n; i++)
        count += p[i] == c;
    return count;
}
#else
static inline size_t
bits_count(const char *p, size_t n, char c)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += p[i] == c;
    return count;
}
#endif

/* Each bit becomes the parity of the bits up to it. */
static inline uint64_t
bits_parity_up_to(uint64_t bits)
{
    for (int i = 1; i < BITS_BLOCK; i *= 2)
        bits ^= bits << i;
    return bits;
}

/* Copies n bytes, 16 at a time: to and p have room for the rest. */
static inline char *
bits_copy(char *to, const char *p, size_t n)
{
    memcpy(to, p, BITS_STEP);
    for (size_t i = BITS_STEP; i < n; i += BITS_STEP)
        memcpy(to + i, p + i, BITS_STEP);
    return to + n;
}

/* Copies n bytes, mostly few of them, and no more. Returns where they end. */
static inline char *
bits_copy_few(char *to, const char *p, size_t n)
{
    if (n > BITS_STEP) {
        memcpy(to, p, n);
    } else if (n >= 8) {
        uint64_t low = load_8(p), high = load_8(p + n - 8);

        memcpy(to, &low, sizeof(low));
        memcpy(to + n - 8, &high, sizeof(high));
    } else if (n >= 4) {
        uint32_t low = load_4(p), high = load_4(p + n - 4);

        memcpy(to, &low, sizeof(low));
        memcpy(to + n - 4, &high, sizeof(high));
    } else if (n > 0) {
        char middle = p[n / 2], last = p[n - 1];

        to[0] = p[0];
        to[n / 2] = middle;
        to[n - 1] = last;
    }
    return to + n;
}

/* True if one of the eight bytes of v is c. */
static inline bool
bits_has_8(uint64_t v, char c)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);

    v ^= ones * (unsigned char)c;
    return ((v - ones) & ~v & (ones << 7)) != 0;
}

/* Copies n bytes, unless one of them is c: then false, and what is at to is of
 * no use. */
static inline bool
bits_copy_without(char *to, const char *p, size_t n, char c)
{
    if (n >= BITS_STEP) {
        for (size_t i = 0; i < n - BITS_STEP; i += BITS_STEP) {
            if (bits_16(p + i, c))
                return false;
            memcpy(to + i, p + i, BITS_STEP);
        }
        memcpy(to + n - BITS_STEP, p + n - BITS_STEP, BITS_STEP);
        return !bits_16(p + n - BITS_STEP, c);
    }
    if (n >= 8) {
        uint64_t low = load_8(p), high = load_8(p + n - 8);

        memcpy(to, &low, sizeof(low));
        memcpy(to + n - 8, &high, sizeof(high));
        return !bits_has_8(low, c) && !bits_has_8(high, c);
    }
    if (n >= 4) {
        uint32_t low = load_4(p), high = load_4(p + n - 4);

        memcpy(to, &low, sizeof(low));
        memcpy(to + n - 4, &high, sizeof(high));
        return !bits_has_8(low | (uint64_t)high << 32, c);
    }
    for (size_t i = 0; i < n; i++) {
        if (p[i] == c)
            return false;
        to[i] = p[i];
    }
    return true;
}

/* Writes c n times, 16 at a time: to has room for the rest. */
static inline char *
bits_fill(char *to, char c, size_t n)
{
    for (size_t i = 0; i < n; i += BITS_STEP)
        memset(to + i, c, BITS_STEP);
    return to + n;
}

/* True if n bytes are the same; both can be read to the end of a step. */
#ifdef __SSE2__
static inline bool
bits_same(const char *a, const char *b, size_t n)
{
    size_t i = 0;

    for (; n - i > BITS_STEP; i += BITS_STEP)
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(bits_load(a + i),
                                             bits_load(b + i))) != BITS_ALL_16)
            return false;
    return ((unsigned)_mm_movemask_epi8(
                _mm_cmpeq_epi8(bits_load(a + i), bits_load(b + i))) ^
            BITS_ALL_16)
               << (i + BITS_STEP - n) << (32 - BITS_STEP) ==
           0;
}
#else
static inline bool
bits_same(const char *a, const char *b, size_t n)
{
    return memcmp(a, b, n) == 0;
}
#endif

#endif
