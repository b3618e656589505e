#ifndef DATA_JSONSCAN_H
#define DATA_JSONSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The part of data/json and data/jsonplain that looks at many bytes at once. */

enum { JSONSCAN_BLOCK = 64 };

/* A bit for each of 16 bytes that is odd in a string: a quote, a backslash, a
 * control character or not ASCII. */
#ifdef __SSE2__
static inline uint64_t
jsonscan_odd_16(const char *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    /* Signed: bytes from 0x80 on are below a blank, too. */
    __m128i odd = _mm_cmplt_epi8(v, _mm_set1_epi8(' '));

    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
    return (uint64_t)(unsigned)_mm_movemask_epi8(odd);
}
#else
static inline uint64_t
jsonscan_odd_16(const char *p)
{
    uint64_t bits = 0;

    for (int i = 0; i < 16; i++)
        if ((signed char)p[i] < ' ' || p[i] == '"' || p[i] == '\\')
            bits |= (uint64_t)1 << i;
    return bits;
}
#endif

/* The same of the n bytes at p, fewer than 64; bits behind them are set. */
uint64_t jsonscan_odd_few(const char *p, size_t n);

/* Of the 64 bytes at p. What lies behind end is odd, too; up to limit it can
 * be read. */
static inline uint64_t
jsonscan_odd_bits(const char *p, const char *end, const char *limit)
{
    uint64_t bits;

    if (limit - p < JSONSCAN_BLOCK)
        return jsonscan_odd_few(p, (size_t)(end - p));
    bits = jsonscan_odd_16(p) | jsonscan_odd_16(p + 16) << 16 |
           jsonscan_odd_16(p + 32) << 32 | jsonscan_odd_16(p + 48) << 48;
    return end - p < JSONSCAN_BLOCK ? bits | ~(uint64_t)0 << (end - p) : bits;
}

/* Returned by value, so that the caller's variables stay in registers. */
struct jsonscan_odd {
    const char *p;       /* behind what was read; the wrong byte, or end */
    unsigned flags : 31; /* of enum json_flag */
    unsigned is_wrong : 1;
};

/* Reads the odd bytes of a string at p, and those that follow directly, up to
 * the closing quote. */
struct jsonscan_odd jsonscan_odd(const char *p, const char *end);

/*
 * Long arrays hold plain numbers: from one comma in an array to a later one
 * (or the same), as far as there is nothing but null and correct numbers
 * without an exponent in between. What is wrong or rare is left to the caller.
 */
const char *jsonscan_numbers(const char *comma, const char *end);

/* The first odd byte of a string at or behind p; or, if that is not found, a
 * place behind which there are fewer than 64 bytes up to limit. */
const char *jsonscan_plain(const char *p, const char *limit);
/* The same for the first byte that is no digit. */
const char *jsonscan_digits(const char *p, const char *end);

/* These without what only some processors have. */
const char *jsonscan_numbers_anywhere(const char *comma, const char *end);
const char *jsonscan_plain_anywhere(const char *p, const char *limit);
const char *jsonscan_digits_anywhere(const char *p, const char *end);

#endif
