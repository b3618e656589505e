#include "data/keypile.h"

#include <stdlib.h>

#include "base/mem.h"
#include "data/keyset.h"

enum { BLOCK_CHUNKS = 2047 };

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

static size_t
count(const struct keypile *k, size_t part)
{
    size_t n = k->used[part];

    for (const struct keypile_chunk *c = k->last[part]; c && c->before;
         c = c->before)
        n += KEYPILE_CHUNK;
    return n;
}

int64_t
keypile_again(struct keyset *again, size_t max, const struct keypile *k)
{
    struct keyset part_set = KEYSET_INIT;
    int64_t n = 0;

    for (size_t part = 0; part < KEYPILE_PARTS; part++) {
        size_t used = k->used[part];

        keyset_begin(&part_set, count(k, part));
        for (const struct keypile_chunk *c = k->last[part]; c; c = c->before) {
            for (size_t i = 0; i < used; i++) {
                if (keyset_add(&part_set, c->hash[i]))
                    continue;
                n++;
                if (again->n < max)
                    (void)keyset_add(again, c->hash[i]);
            }
            used = KEYPILE_CHUNK;
        }
    }
    keyset_free(&part_set);
    return n;
}
