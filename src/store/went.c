#include "store/went.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "store/batch.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/owners.h"
#include "store/probe.h"
#include "store/rows.h"

static void
add(struct batch *went, const struct key *k, const char *texts)
{
    struct entry *entry = batch_new_entry(went);

    entry->key = *k;
    entry->key.at = (uint32_t)went->keys.n;
    buf_add(&went->keys, texts + k->at, k->n);
}

/* True if the record of that key has a row of its own, or gets one. */
static bool
has_row(const struct batch *b, const struct key *k, const char *texts)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct entry *entry = &b->entry[i];

        if (entry->state != ENTRY_DEAD && !entry->is_gone && !entry->has_lost &&
            entry->key.hash == k->hash && entry->key.n == k->n &&
            memcmp(b->keys.p + entry->key.at, texts + k->at, k->n) == 0)
            return true;
    }
    return false;
}

void
went_losers(struct batch *went, const struct batch *losers,
            const struct batch *fresh, const struct batch *pending)
{
    for (size_t i = 0; i < losers->n; i++) {
        const struct key *k = &losers->entry[i].key;

        if (!has_row(fresh, k, losers->keys.p) &&
            !has_row(pending, k, losers->keys.p))
            add(went, k, losers->keys.p);
    }
    for (size_t i = 0; i < pending->n; i++)
        if (pending->entry[i].has_lost)
            add(went, &pending->entry[i].key, pending->keys.p);
}

/* The same, of an indexed batch. */
static bool
stays(const struct batch *b, const struct key *k, const char *texts)
{
    long i = batch_by_key(b, k, texts);

    return i >= 0 && !b->entry[i].is_gone && !b->entry[i].has_lost;
}

int
went_edits(struct batch *went, const struct probe *p, const struct layout *l,
           const struct batch *pending, struct err *e)
{
    struct buf texts = BUF_INIT;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < p->n; i++) {
        struct line line = { .p = p->texts.p + p->edit[i].old,
                             .n = p->edit[i].old_n };
        struct key k;

        buf_clear(&texts);
        rc = key_of_line(&k, &texts, l, &line, e);
        if (rc == 0 && !stays(pending, &k, texts.p))
            add(went, &k, texts.p);
    }
    buf_free(&texts);
    return rc;
}

void
went_follow(struct owners *owners, const struct batch *went)
{
    for (size_t i = 0; i < went->n; i++)
        owners_empty(owners, went->keys.p + went->entry[i].key.at,
                     went->entry[i].key.n);
}
