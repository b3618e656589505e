#ifndef DATA_BITSWIDE_H
#define DATA_BITSWIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "data/bits.h"

/*
 * The same as data/bits.h for 64 bytes, by the wider registers that some
 * processors have. A loop that calls one of these is made twice, BITSWIDE and
 * not; its body is inlined in both and gets the functions as arguments.
 */
#define BITSWIDE_INLINE static inline __attribute__((always_inline))

typedef uint64_t bitswide_fn(const char *p, char c);
typedef uint64_t bitswide_digits_fn(const char *p);

#if defined(__x86_64__)
#include <immintrin.h>
#define BITSWIDE __attribute__((target("avx2,bmi,popcnt")))

static inline bool
bitswide_is_there(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("popcnt");
}

BITSWIDE BITSWIDE_INLINE __m256i
bitswide_load(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

BITSWIDE BITSWIDE_INLINE uint64_t
bitswide_of(__m256i low, __m256i high)
{
    return (unsigned)_mm256_movemask_epi8(low) |
           (uint64_t)(unsigned)_mm256_movemask_epi8(high) << 32;
}

BITSWIDE BITSWIDE_INLINE uint64_t
bitswide_64(const char *p, char c)
{
    const __m256i all = _mm256_set1_epi8(c);

    return bitswide_of(_mm256_cmpeq_epi8(bitswide_load(p), all),
                       _mm256_cmpeq_epi8(bitswide_load(p + 32), all));
}

BITSWIDE BITSWIDE_INLINE __m256i
bitswide_digits_32(const char *p)
{
    __m256i d = _mm256_sub_epi8(bitswide_load(p), _mm256_set1_epi8('0'));

    return _mm256_cmpeq_epi8(_mm256_min_epu8(d, _mm256_set1_epi8(9)), d);
}

BITSWIDE BITSWIDE_INLINE uint64_t
bitswide_digits_64(const char *p)
{
    return bitswide_of(bitswide_digits_32(p), bitswide_digits_32(p + 32));
}

/* Of 64 bytes, those that are a control character or not ASCII. */
BITSWIDE BITSWIDE_INLINE uint64_t
bitswide_odd_64(const char *p)
{
    const __m256i blank = _mm256_set1_epi8(' ');

    return bitswide_of(_mm256_cmpgt_epi8(blank, bitswide_load(p)),
                       _mm256_cmpgt_epi8(blank, bitswide_load(p + 32)));
}
#endif

#endif
