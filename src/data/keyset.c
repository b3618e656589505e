#include "data/keyset.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_SLOTS = 1024 };

__extension__ typedef unsigned __int128 wide;

/* Where in the table a hash belongs; works for any number of slots. */
static size_t
home(const struct keyset *k, uint64_t hash)
{
    return (size_t)(((wide)hash * k->slots) >> 64);
}

static size_t
slot_of(const struct keyset *k, uint64_t hash)
{
    size_t at = home(k, hash);

    while (k->slot[at] && k->slot[at] != hash)
        at = at + 1 == k->slots ? 0 : at + 1;
    return at;
}

bool
keyset_has(const struct keyset *k, uint64_t hash)
{
    if (hash == 0)
        return k->has_zero;
    return k->slots > 0 && k->slot[slot_of(k, hash)] == hash;
}

/* Grows by half: on the average three quarters of the slots are in use. */
static void
grow(struct keyset *k)
{
    struct keyset wider = KEYSET_INIT;

    wider.slots = k->slots ? k->slots + k->slots / 2 : FIRST_SLOTS;
    wider.slot = mem_zalloc(wider.slots * sizeof(*wider.slot));
    for (size_t i = 0; i < k->slots; i++)
        if (k->slot[i])
            wider.slot[slot_of(&wider, k->slot[i])] = k->slot[i];
    free(k->slot);
    k->slot = wider.slot;
    k->slots = wider.slots;
}

bool
keyset_add(struct keyset *k, uint64_t hash)
{
    size_t at;

    if (hash == 0) {
        bool is_new = !k->has_zero;

        k->has_zero = true;
        return is_new;
    }
    if (k->n * 8 >= k->slots * 7)
        grow(k);
    at = slot_of(k, hash);
    if (k->slot[at])
        return false;
    k->slot[at] = hash;
    k->n++;
    return true;
}

void
keyset_join(struct keyset *k, const struct keyset *from)
{
    if (from->has_zero)
        k->has_zero = true;
    for (size_t i = 0; i < from->slots; i++)
        if (from->slot[i])
            (void)keyset_add(k, from->slot[i]);
}

void
keyset_free(struct keyset *k)
{
    free(k->slot);
    *k = (struct keyset)KEYSET_INIT;
}
