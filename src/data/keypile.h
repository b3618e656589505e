#ifndef DATA_KEYPILE_H
#define DATA_KEYPILE_H

#include <stddef.h>
#include <stdint.h>

struct keyset;

/*
 * Hashes of keys, of which one asks only when all are there which of them
 * came again: about 8 bytes each, and to add one costs no look at all the
 * others. They lie in parts by their highest bits, so that each part can be
 * looked through within the processor's caches.
 */

enum { KEYPILE_PARTS = 256, KEYPILE_CHUNK = 63 };

struct keypile_chunk {
    struct keypile_chunk *before; /* of the same part */
    uint64_t hash[KEYPILE_CHUNK];
};

struct keypile {
    struct keypile_chunk *last[KEYPILE_PARTS]; /* NULL: none yet */
    size_t used[KEYPILE_PARTS];                /* of the last chunk */
    struct keypile_block *block;               /* where chunks come from */
};

#define KEYPILE_INIT                                                           \
    {                                                                          \
        .block = NULL                                                          \
    }

static inline void keypile_add(struct keypile *k, uint64_t hash);
/* Adds those that came more than once to again, but stops at max of them.
 * Returns how many were added to the pile behind the first one like them. */
int64_t keypile_again(struct keyset *again, size_t max,
                      const struct keypile *k);
/* Moves all of from to k. */
void keypile_join(struct keypile *k, struct keypile *from);
void keypile_free(struct keypile *k);

/* The rest is here to be inlined. */
void keypile_more(struct keypile *k, size_t part); /* a chunk more */

static inline void
keypile_add(struct keypile *k, uint64_t hash)
{
    size_t part = (size_t)(hash >> 56);

    if (!k->last[part] || k->used[part] == KEYPILE_CHUNK)
        keypile_more(k, part);
    k->last[part]->hash[k->used[part]++] = hash;
}

#endif
