#ifndef DATA_BITS_H
#define DATA_BITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

#endif
