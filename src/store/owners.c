#include "store/owners.h"

#include "store/key.h"

uint32_t
owners_add(struct owners *o, const struct layout *l, const struct row *row)
{
    struct batch *b = &o->b;
    struct entry *entry = batch_new_entry(b);

    key_of_owner(&entry->key, &b->keys, l, row);
    if (entry->key.n > 0)
        return (uint32_t)b->n;
    batch_cut(b, b->n - 1);
    return 0;
}

void
owners_empty(struct owners *o, const char *p, size_t n)
{
    struct batch *b = &o->b;
    uint64_t hash = key_owner_hash(p, n);
    struct entry *entry;

    for (size_t i = 0; i < b->n; i++)
        if (b->entry[i].key.hash == hash)
            b->entry[i].state = ENTRY_DEAD;
    entry = batch_new_entry(b);
    entry->key = (struct key){ .hash = hash,
                               .at = (uint32_t)b->keys.n,
                               .n = (uint32_t)n };
    buf_add(&b->keys, p, n);
}

void
owners_index(struct owners *o, bool first_wins)
{
    batch_index(&o->b, first_wins);
    batch_filter(&o->b);
}

bool
owners_lives(const struct owners *o, uint32_t number)
{
    return o->b.entry[number - 1].state != ENTRY_DEAD;
}

bool
owners_has(const struct owners *o, const char *p, size_t n)
{
    struct key k = { .n = (uint32_t)n, .hash = key_owner_hash(p, n) };

    return batch_by_key(&o->b, &k, p) != BATCH_NONE;
}

bool
owners_may_have(const struct owners *o, const char *p, size_t n)
{
    return batch_may_have(&o->b, p, n);
}

void
owners_cut(struct owners *o, size_t n)
{
    batch_cut(&o->b, n);
}

void
owners_free(struct owners *o)
{
    batch_free(&o->b);
}
