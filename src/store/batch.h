#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/load.h"
#include "store/key.h"

/* Rows in memory, as they go into the file, on their way there. */

enum entry_state {
    ENTRY_LIVE,    /* nothing is known of its key yet, or it is new */
    ENTRY_DEAD,    /* another version of the same record took its place */
    ENTRY_SAME,    /* the file has it */
    ENTRY_CHANGED, /* the file has another version */
};

struct layout;

struct entry {
    struct key key;
    uint32_t row; /* offset of the row's text */
    uint32_t row_n;
    uint32_t width; /* CSV cells it has */
    uint32_t state; /* of enum entry_state */
    uint32_t owner; /* the set it is in, see store/owners; 0 = none */
    bool is_gone;   /* no row: the provider has deleted the record */
    bool has_lost;  /* no row, and ENTRY_SAME: see history_settle() */
};

struct batch {
    const struct layout *versions; /* of two versions of a record the newer one
                                      lives, see store/version.h; or NULL */
    struct buf rows;
    struct buf keys;
    struct entry *entry;
    size_t n;
    size_t room;
    uint32_t *slot; /* the index: entry number + 1 by key and by unique */
    size_t slots;
    bool is_sorted;        /* all of it, by batch_sort() */
    unsigned char *filter; /* see batch_may_have(); NULL: there is none */
    size_t filter_bits;
    size_t glance_n; /* the filter tells keys apart by so many of their bytes;
                        0: by all */
    size_t key_n;    /* length of each key's text; 0: they differ */
    struct batch *losers; /* takes copies of entries that die for the sake of
                             one with another key; borrowed; or NULL */
};

#define BATCH_INIT                                                             \
    {                                                                          \
        .n = 0                                                                 \
    }

enum { BATCH_NONE = -1 };

struct entry *batch_new_entry(struct batch *b); /* zeroed, at the end */
/* A copy of an entry of another batch, at the end. */
void batch_copy(struct batch *b, const struct batch *from, size_t i);
void batch_cut(struct batch *b, size_t n); /* keeps the first n */
size_t batch_bytes(const struct batch *b);
/* Puts entries from..n-1 in order of time, then key. */
void batch_sort(struct batch *b, size_t from);
/* Marks all but one version of each record as ENTRY_DEAD and builds the
 * index: the last version lives, or the first. */
void batch_index(struct batch *b, bool first_wins);
/* The same by key alone; what is unique besides is forgotten. */
void batch_index_keys(struct batch *b);
/* For batch_may_have(), after the index was built. */
void batch_filter(struct batch *b);
/* False if surely no entry has a key of this text: a look at its first and
 * last bytes, cheaper than a hash. Without a filter all may have it. */
static inline bool batch_may_have(const struct batch *b, const char *p,
                                  size_t n);
/* The live entry with this key, or this unique value; BATCH_NONE if there is
 * none. texts holds k's text. */
long batch_by_key(const struct batch *b, const struct key *k,
                  const char *texts);
long batch_by_unique(const struct batch *b, const struct key *k,
                     const char *texts);
/* Compares times, then keys, of keys in their own texts. */
int batch_compare(const struct key *a, const char *a_texts, const struct key *b,
                  const char *b_texts);
void batch_free(struct batch *b);
/* An empty one gets the room that another one has. */
struct batch_room {
    size_t n;
    size_t rows;
    size_t keys;
};
struct batch_room batch_room(const struct batch *b);
void batch_reserve(struct batch *b, const struct batch_room *room);

/* The rest is here to be inlined: it is asked of each row of a file. */

/* Bits a slot, and at least: a look at a row that is none of the batch is dear
 * when there are millions of them. */
enum { BATCH_FILTER = 8, BATCH_FILTER_MIN = 1 << 17 };

/* A number from the first, the middle and the last eight bytes of a key: for
 * a time, that is all of it. */
static inline size_t
batch_glance(const struct batch *b, const char *p, size_t n)
{
    uint64_t first, middle, last;

    if (b->glance_n > 0 && n > b->glance_n)
        n = b->glance_n;
    if (n < 8)
        return 0;
    first = load_8(p);
    middle = load_8(p + (n - 8) / 2);
    last = load_8(p + n - 8);
    middle = (first ^ (middle + last * UINT64_C(0x9e3779b97f4a7c15))) *
             UINT64_C(0xbf58476d1ce4e5b9);
    /* Only the upper bits depend on all of them. */
    return (size_t)__builtin_bswap64(middle) & (b->filter_bits - 1);
}

static inline bool
batch_may_have(const struct batch *b, const char *p, size_t n)
{
    size_t at;

    if (b->n == 0 || !b->filter)
        return b->n > 0;
    at = batch_glance(b, p, n);
    return b->filter[at / 8] >> at % 8 & 1;
}

#endif
