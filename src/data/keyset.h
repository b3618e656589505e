#ifndef DATA_KEYSET_H
#define DATA_KEYSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A set of 64-bit hashes of keys: 9 to 12 bytes each. It can say "surely
 * not there"; a hit has to be confirmed by the key itself.
 */
struct keyset {
    uint64_t *slot; /* 0 = free */
    size_t places;
    size_t more; /* slots behind the last place */
    size_t n;
    bool has_zero;
};

#define KEYSET_INIT                                                            \
    {                                                                          \
        .slot = NULL                                                           \
    }

/* Empties it, which keeps its memory, and makes room for n hashes: twice as
 * many places, which is quick. */
void keyset_begin(struct keyset *k, size_t n);
bool keyset_has(const struct keyset *k, uint64_t hash);
/* True if it was not there before. */
bool keyset_add(struct keyset *k, uint64_t hash);
/* Adds all of from. */
void keyset_join(struct keyset *k, const struct keyset *from);
void keyset_free(struct keyset *k);

#endif
