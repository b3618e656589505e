#include "store/twice.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "data/keyset.h"
#include "store/batch.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/rows.h"

/* The suspicious rows, in file order. */
struct suspects {
    struct batch keys;
    struct twice_row *row;
    size_t room;
};

static bool
is_suspect(const struct key *k, const struct keyset *hashes)
{
    return k->n > 0 && (keyset_has(hashes, k->hash) ||
                        (k->unique_hash && keyset_has(hashes, k->unique_hash)));
}

/* Puts a key with its texts at the end. */
static void
keep(struct suspects *s, const struct key *k, const struct buf *texts,
     const struct line *line, int64_t number)
{
    struct batch *b = &s->keys;
    uint32_t base = (uint32_t)b->keys.n;
    struct entry *entry;

    if (b->n == s->room) {
        s->room = s->room ? s->room * 2 : 64;
        s->row = mem_resize(s->row, s->room, sizeof(*s->row));
    }
    s->row[b->n] = (struct twice_row){ line->offset, number, 0 };
    entry = batch_new_entry(b);
    entry->key = *k;
    entry->key.at += base;
    entry->key.unique_at += base;
    entry->key.time_at += base;
    buf_add(&b->keys, texts->p, texts->n);
}

static int
collect(struct suspects *s, const struct layout *l, int fd,
        const struct keyset *hashes, struct err *e)
{
    struct rows rows;
    struct line line;
    struct buf texts = BUF_INIT;
    struct err unreadable = ERR_INIT; /* such a row is no one's double */
    int64_t number = 0;
    int rc;

    rows_start(&rows, fd, l->spec->path,
               l->spec->format == TABLE_CSV ? &l->dialect : NULL, 0);
    while ((rc = rows_next(&line, &rows, e)) == 1) {
        struct key k;
        int64_t first = number + 1;

        number += rows_line_ends(&line);
        if (line.offset < l->body || line.n == 0)
            continue;
        buf_clear(&texts);
        if (key_of_line(&k, &texts, l, &line, &unreadable) < 0)
            continue;
        if (is_suspect(&k, hashes))
            keep(s, &k, &texts, &line, first);
    }
    rows_free(&rows);
    buf_free(&texts);
    return rc;
}

/* The later row wins: they go into the index from the end. */
static void
sort_out(struct twice *t, struct suspects *s)
{
    struct batch back = BATCH_INIT;
    size_t n = s->keys.n;

    for (size_t i = n; i-- > 0;)
        batch_copy(&back, &s->keys, i);
    batch_index(&back, true);
    t->row = mem_resize(NULL, n + 1, sizeof(*t->row));
    for (size_t i = 0; i < n; i++) {
        const struct entry *entry = &back.entry[n - 1 - i];
        long by;

        if (entry->state != ENTRY_DEAD)
            continue;
        by = batch_by_key(&back, &entry->key, back.keys.p);
        if (by < 0)
            by = batch_by_unique(&back, &entry->key, back.keys.p);
        t->row[t->n] = s->row[i];
        t->row[t->n++].other = by < 0 ? 0 : s->row[n - 1 - (size_t)by].line;
    }
    batch_free(&back);
}

int
twice_find(struct twice *t, const struct layout *l, int fd,
           const struct keyset *suspects, struct err *e)
{
    struct suspects s = { .keys = BATCH_INIT };
    int rc = collect(&s, l, fd, suspects, e);

    if (rc == 0)
        sort_out(t, &s);
    batch_free(&s.keys);
    free(s.row);
    return rc;
}

void
twice_free(struct twice *t)
{
    free(t->row);
    *t = (struct twice)TWICE_INIT;
}
