#ifndef DATA_BITS_H
#define DATA_BITS_H

#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* A bit for each of many bytes at p; the lowest one is that of the first
 * byte. To be inlined. */

enum { BITS_STEP = 16, BITS_BLOCK = 64 };

/* Of 16 bytes, those that are c; and those that are a control character or not
 * ASCII. */
#ifdef __SSE2__
static inline uint64_t
bits_16(const char *p, char c)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);

    return (uint64_t)(unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
}

static inline uint64_t
bits_odd_16(const char *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);

    /* Signed: bytes from 0x80 on are below a blank, too. */
    return (uint64_t)(unsigned)_mm_movemask_epi8(
        _mm_cmplt_epi8(v, _mm_set1_epi8(' ')));
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

/* Of 64 bytes, those that are c. */
static inline uint64_t
bits_64(const char *p, char c)
{
    return bits_16(p, c) | bits_16(p + BITS_STEP, c) << BITS_STEP |
           bits_16(p + 2 * BITS_STEP, c) << 2 * BITS_STEP |
           bits_16(p + 3 * BITS_STEP, c) << 3 * BITS_STEP;
}

/* Each bit becomes the parity of the bits up to it. */
static inline uint64_t
bits_parity_up_to(uint64_t bits)
{
    for (int i = 1; i < BITS_BLOCK; i *= 2)
        bits ^= bits << i;
    return bits;
}

#endif
