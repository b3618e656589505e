#ifndef STORE_KNOWN_H
#define STORE_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/keyset.h"
#include "store/times.h"

struct batch;
struct entry;
struct key;

/*
 * What is known of the rows of a file without a look at it, so that a long
 * backfill does not scan again and again: hashes of all keys, about 12 bytes a
 * row, or an owner where rows come in sets; or, where the key is the time, the
 * latest time alone.
 */
struct known {
    struct keyset keys; /* of all rows, if has_keys */
    bool has_keys;
    struct buf latest; /* of the rows met so far */
    bool has_latest;   /* of all rows, that is */
    bool is_by_time;   /* the key starts with the time, and nothing else is
                          unique: what is later than all rows is new */
};

/* True if the entry, and what is later, is later than all rows and so new. */
bool known_is_past(const struct known *k, const struct batch *b,
                   const struct entry *entry);
/* False if surely no row has the entry's key or its unique value. */
bool known_may_have(const struct known *k, const struct batch *b,
                    const struct entry *entry);
/* The same for the owner of a set. */
bool known_may_have_owner(const struct known *k, uint64_t hash);
/* What is kept of a row's key. */
void known_learn(struct keyset *keys, const struct key *key);
/* A row of the file. */
void known_add(struct known *k, const struct entry *entry);
/* A time of a row. */
void known_time(struct known *k, struct time_text time);
struct time_text known_latest(const struct known *k);
/* The file is not what it was. */
void known_forget(struct known *k);
void known_free(struct known *k);

#endif
