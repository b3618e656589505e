#include "data/keypile.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/keyset.h"

enum { BLOCK_CHUNKS = 2047, PART_BITS = 8, FEWEST_BITS = 10 };

struct keypile_block {
    struct keypile_block *before;
    size_t used;
    struct keypile_chunk chunk[BLOCK_CHUNKS];
};

void
keypile_more(struct keypile *k, size_t part)
{
    struct keypile_block *b = k->block;
    struct keypile_chunk *chunk;

    if (!b || b->used == BLOCK_CHUNKS) {
        b = mem_alloc(sizeof(*b));
        b->before = k->block;
        b->used = 0;
        k->block = b;
    }
    chunk = &b->chunk[b->used++];
    chunk->before = k->last[part];
    k->last[part] = chunk;
    k->used[part] = 0;
}

/* Chunks below a part's last one are full. */
static void
join_part(struct keypile *k, struct keypile *from, size_t part)
{
    struct keypile_chunk *last = from->last[part], *end;

    if (!last)
        return;
    for (size_t i = 0; i < from->used[part]; i++)
        keypile_add(k, last->hash[i]);
    for (end = last->before; end && end->before;)
        end = end->before;
    if (!end)
        return;
    end->before = k->last[part]->before;
    k->last[part]->before = last->before;
}

void
keypile_join(struct keypile *k, struct keypile *from)
{
    struct keypile_block *end = from->block;

    for (size_t part = 0; part < KEYPILE_PARTS; part++)
        join_part(k, from, part);
    while (end && end->before)
        end = end->before;
    if (end && k->block) {
        end->before = k->block->before;
        k->block->before = from->block;
    }
    *from = (struct keypile)KEYPILE_INIT;
}

void
keypile_free(struct keypile *k)
{
    while (k->block) {
        struct keypile_block *before = k->block->before;

        free(k->block);
        k->block = before;
    }
    *k = (struct keypile)KEYPILE_INIT;
}

/* A part's hashes, each once: 0 is a free slot. */
struct table {
    uint64_t *slot;
    size_t room; /* slots that were allocated */
    unsigned bits;
    bool has_zero;
};

static size_t
count(const struct keypile *k, size_t part)
{
    size_t n = k->used[part];

    for (const struct keypile_chunk *c = k->last[part]; c && c->before;
         c = c->before)
        n += KEYPILE_CHUNK;
    return n;
}

/* Empty, and with at least twice as many slots as hashes. */
static void
make_table(struct table *t, size_t hashes)
{
    size_t slots;

    t->bits = FEWEST_BITS;
    while ((slots = (size_t)1 << t->bits) < 2 * hashes)
        t->bits++;
    if (slots > t->room) {
        t->slot = mem_resize(t->slot, slots, sizeof(*t->slot));
        t->room = slots;
    }
    memset(t->slot, 0, slots * sizeof(*t->slot));
    t->has_zero = false;
}

/* False if it was there before. */
static bool
put(struct table *t, uint64_t hash)
{
    size_t mask = ((size_t)1 << t->bits) - 1;
    size_t at = (size_t)(hash << PART_BITS >> (64 - t->bits));
    bool had_zero = t->has_zero;

    if (hash == 0) {
        t->has_zero = true;
        return !had_zero;
    }
    while (t->slot[at] && t->slot[at] != hash)
        at = (at + 1) & mask;
    if (t->slot[at])
        return false;
    t->slot[at] = hash;
    return true;
}

int64_t
keypile_again(struct keyset *again, size_t max, const struct keypile *k)
{
    struct table t = { .slot = NULL };
    int64_t n = 0;

    for (size_t part = 0; part < KEYPILE_PARTS; part++) {
        size_t used = k->used[part];

        make_table(&t, count(k, part));
        for (const struct keypile_chunk *c = k->last[part]; c; c = c->before) {
            for (size_t i = 0; i < used; i++) {
                if (put(&t, c->hash[i]))
                    continue;
                n++;
                if (again->n < max)
                    (void)keyset_add(again, c->hash[i]);
            }
            used = KEYPILE_CHUNK;
        }
    }
    free(t.slot);
    return n;
}
