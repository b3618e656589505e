#ifndef BASE_LOAD_H
#define BASE_LOAD_H

#include <stdint.h>
#include <string.h>

/* Bytes at p, which may stand anywhere, as one number. */

static inline uint64_t
load_8(const char *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint32_t
load_4(const char *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

/* The first byte is the highest: the order of numbers is that of memcmp(). */
static inline uint64_t
load_8_in_order(const char *p)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap64(load_8(p));
#else
    return load_8(p);
#endif
}

#endif
