#include "data/keyset.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/*
 * The hashes in use stand in their order, each in its place or as near behind
 * it as others let it: a search ends at the first larger one, and a larger
 * table is made in place, so that there is never a second one beside it. None
 * runs over the end to the start: there are some slots more than places, and
 * one that is always free.
 */
enum { FIRST_PLACES = 1024, FIRST_MORE = 64 };

__extension__ typedef unsigned __int128 wide;

/* Numbers are hashes, too, for those who count: spreads them. 0 stays 0. */
static uint64_t
mix(uint64_t hash)
{
    return hash * UINT64_C(0x9E3779B97F4A7C15);
}

/* Works for any number of places, and keeps the order. */
static size_t
place_of(const struct keyset *k, uint64_t mixed)
{
    return (size_t)(((wide)mixed * k->places) >> 64);
}

/* Slots that may be used. */
static size_t
slots(const struct keyset *k)
{
    return k->places + k->more;
}

/* Where it is, or the slot that it should have. */
static size_t
slot_of(const struct keyset *k, uint64_t mixed)
{
    size_t at = place_of(k, mixed);

    while (k->slot[at] && k->slot[at] < mixed)
        at++;
    return at;
}

bool
keyset_has(const struct keyset *k, uint64_t hash)
{
    uint64_t mixed = mix(hash);

    if (mixed == 0)
        return k->has_zero;
    return k->places > 0 && k->slot[slot_of(k, mixed)] == mixed;
}

/* All to the end of the table, in their order; gives where they start. */
static size_t
push_back(struct keyset *k, size_t old_slots)
{
    size_t to = slots(k) + 1;

    k->slot[--to] = 0;
    for (size_t from = old_slots; from-- > 0;)
        if (k->slot[from])
            k->slot[--to] = k->slot[from];
    memset(k->slot, 0, to * sizeof(*k->slot));
    return to;
}

/* Each to its place. False: there is no room for those behind. */
static bool
spread(struct keyset *k, size_t from)
{
    size_t at = 0, end = slots(k);

    for (; from < end; from++) {
        uint64_t mixed = k->slot[from];
        size_t place = place_of(k, mixed);

        if (at < place)
            at = place;
        if (at > from)
            return false;
        k->slot[from] = 0;
        k->slot[at++] = mixed;
    }
    return true;
}

/* Room for all slots; gives how many there were. */
static size_t
resize(struct keyset *k, size_t places, size_t more)
{
    size_t old = slots(k);

    k->places = places;
    k->more = more;
    k->slot = mem_resize(k->slot, slots(k) + 1, sizeof(*k->slot));
    return old;
}

/* Grows by a quarter: four fifths of the places are in use on the average. */
static void
grow(struct keyset *k)
{
    size_t places = k->places ? k->places + k->places / 4 : FIRST_PLACES;
    size_t more = k->more ? k->more : FIRST_MORE;
    size_t old = resize(k, places, more);

    while (!spread(k, push_back(k, old)))
        old = resize(k, places, k->more * 2);
}

void
keyset_begin(struct keyset *k, size_t n)
{
    size_t places = 2 * n > FIRST_PLACES ? 2 * n : FIRST_PLACES;

    if (places > k->places)
        (void)resize(k, places, k->more ? k->more : FIRST_MORE);
    memset(k->slot, 0, (slots(k) + 1) * sizeof(*k->slot));
    k->n = 0;
    k->has_zero = false;
}

/* A free slot at at, those behind moved up. */
static void
make_free(struct keyset *k, size_t at)
{
    size_t end = at;

    while (k->slot[end])
        end++;
    if (end == slots(k)) {
        size_t old = resize(k, k->places, k->more * 2);

        memset(k->slot + old, 0, (slots(k) + 1 - old) * sizeof(*k->slot));
    }
    memmove(k->slot + at + 1, k->slot + at, (end - at) * sizeof(*k->slot));
}

static bool
add_zero(struct keyset *k)
{
    bool is_new = !k->has_zero;

    k->has_zero = true;
    return is_new;
}

static bool
add(struct keyset *k, uint64_t mixed)
{
    size_t at;

    if (k->n * 8 >= k->places * 7)
        grow(k);
    at = slot_of(k, mixed);
    if (k->slot[at] == mixed)
        return false;
    make_free(k, at);
    k->slot[at] = mixed;
    k->n++;
    return true;
}

bool
keyset_add(struct keyset *k, uint64_t hash)
{
    uint64_t mixed = mix(hash);

    return mixed == 0 ? add_zero(k) : add(k, mixed);
}

void
keyset_join(struct keyset *k, const struct keyset *from)
{
    if (from->has_zero)
        k->has_zero = true;
    for (size_t i = 0; i < slots(from); i++)
        if (from->slot[i])
            (void)add(k, from->slot[i]);
}

void
keyset_free(struct keyset *k)
{
    free(k->slot);
    *k = (struct keyset)KEYSET_INIT;
}
