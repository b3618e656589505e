#include "store/known.h"

#include "store/batch.h"

struct time_text
known_latest(const struct known *k)
{
    return (struct time_text){ k->latest.p, k->latest.n };
}

bool
known_may_have_owner(const struct known *k, uint64_t hash)
{
    return !k->has_keys || keyset_has(&k->keys, hash);
}

bool
known_is_past(const struct known *k, const struct batch *b,
              const struct entry *entry)
{
    return k->is_by_time && k->has_latest &&
           times_compare(times_of(b, entry), known_latest(k)) > 0;
}

bool
known_may_have(const struct known *k, const struct batch *b,
               const struct entry *entry)
{
    if (known_is_past(k, b, entry))
        return false;
    if (entry->key.owner_hash)
        return known_may_have_owner(k, entry->key.owner_hash);
    return !k->has_keys || keyset_has(&k->keys, entry->key.hash) ||
           (entry->key.unique_hash &&
            keyset_has(&k->keys, entry->key.unique_hash));
}

void
known_learn(struct keyset *keys, const struct key *key)
{
    if (key->owner_hash) {
        (void)keyset_add(keys, key->owner_hash);
        return;
    }
    (void)keyset_add(keys, key->hash);
    if (key->unique_hash)
        (void)keyset_add(keys, key->unique_hash);
}

void
known_add(struct known *k, const struct entry *entry)
{
    known_learn(&k->keys, &entry->key);
}

void
known_time(struct known *k, struct time_text time)
{
    if (times_compare(time, known_latest(k)) <= 0)
        return;
    buf_clear(&k->latest);
    buf_add(&k->latest, time.p, time.n);
}

void
known_forget(struct known *k)
{
    k->has_keys = false;
    k->has_latest = false;
}

void
known_free(struct known *k)
{
    keyset_free(&k->keys);
    buf_free(&k->latest);
}
