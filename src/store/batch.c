#include "store/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "store/version.h"

struct entry *
batch_new_entry(struct batch *b)
{
    if (b->n == b->room) {
        b->room = b->room ? b->room + b->room / 2 : 64;
        b->entry = mem_resize(b->entry, b->room, sizeof(*b->entry));
    }
    b->is_sorted = false;
    b->entry[b->n] = (struct entry){ .row = (uint32_t)b->rows.n };
    return &b->entry[b->n++];
}

void
batch_copy(struct batch *b, const struct batch *from, size_t i)
{
    const struct entry *old = &from->entry[i];
    struct entry *new = batch_new_entry(b);
    uint32_t at = (uint32_t)b->keys.n;

    new->key = old->key;
    new->width = old->width;
    new->row_n = old->row_n;
    new->owner = old->owner;
    new->is_gone = old->is_gone;
    buf_add(&b->rows, from->rows.p + old->row, old->row_n);
    new->key.at = at;
    buf_add(&b->keys, from->keys.p + old->key.at, old->key.n);
    new->key.unique_at = (uint32_t)b->keys.n;
    buf_add(&b->keys, from->keys.p + old->key.unique_at, old->key.unique_n);
    new->key.time_at = (uint32_t)b->keys.n;
    buf_add(&b->keys, from->keys.p + old->key.time_at, old->key.time_n);
}

void
batch_cut(struct batch *b, size_t n)
{
    if (n >= b->n)
        return;
    /* Entries before n may be sorted; those from n on stand as they came. */
    b->rows.n = n > 0 ? b->entry[n].row : 0;
    b->keys.n = n > 0 ? b->entry[n].key.at : 0;
    b->n = n;
}

size_t
batch_bytes(const struct batch *b)
{
    return b->rows.n + b->keys.n + b->n * sizeof(*b->entry);
}

int
batch_compare(const struct key *a, const char *a_texts, const struct key *b,
              const char *b_texts)
{
    int order = text_order(a_texts + a->time_at, a->time_n,
                           b_texts + b->time_at, b->time_n);

    if (order)
        return order;
    return text_order(a_texts + a->at, a->n, b_texts + b->at, b->n);
}

/* For qsort, which takes no argument: entries carry the text's address. */
struct sortable {
    struct entry entry;
    const char *texts;
    size_t number;
};

static int
by_time(const void *a, const void *b)
{
    const struct sortable *x = a, *y = b;
    int order = batch_compare(&x->entry.key, x->texts, &y->entry.key, y->texts);

    return order ? order : (x->number > y->number) - (x->number < y->number);
}

/* Takes out of the entries what is earlier than an entry before it; the others
 * move up. Returns how many were late. */
static size_t
take_late(struct sortable **late, struct batch *b, size_t from)
{
    size_t n = 0, room = 0, kept = from + 1;

    for (size_t i = from + 1; i < b->n; i++) {
        if (batch_compare(&b->entry[kept - 1].key, b->keys.p, &b->entry[i].key,
                          b->keys.p) <= 0) {
            if (kept < i)
                b->entry[kept] = b->entry[i];
            kept++;
            continue;
        }
        if (n == room) {
            room = room ? room * 2 : 64;
            *late = mem_resize(*late, room, sizeof(**late));
        }
        (*late)[n++] = (struct sortable){ b->entry[i], b->keys.p, i };
    }
    return n;
}

static bool
is_later(const struct batch *b, size_t i, size_t k)
{
    return batch_compare(&b->entry[i].key, b->keys.p, &b->entry[k].key,
                         b->keys.p) > 0;
}

/* Behind the last entry that is in order with those before it, from at on. */
static size_t
run_end(const struct batch *b, size_t at)
{
    while (++at < b->n && !is_later(b, at - 1, at))
        ;
    return at;
}

/* True if each run of entries in order is earlier than the one before it: a
 * list that comes newest first. end: of the first one. */
static bool
is_reversed(const struct batch *b, size_t from, size_t end)
{
    for (size_t at = from, next; end < b->n; at = end, end = next) {
        next = run_end(b, end);
        if (!is_later(b, at, next - 1))
            return false;
    }
    return true;
}

/* The last run first, each as it is. */
static void
turn(struct batch *b, size_t from)
{
    size_t n = b->n - from, to = n;
    struct entry *turned = mem_alloc(n * sizeof(*turned));

    for (size_t at = from, end; at < b->n; at = end) {
        end = run_end(b, at);
        to -= end - at;
        memcpy(turned + to, b->entry + at, (end - at) * sizeof(*turned));
    }
    memcpy(b->entry + from, turned, n * sizeof(*turned));
    free(turned);
}

/* Only those that are out of order are sorted, and then merged with the others
 * from the end. */
static void
merge_late(struct batch *b, size_t from)
{
    struct sortable *late = NULL;
    size_t n = take_late(&late, b, from), kept = b->n - n;

    if (n > 0)
        qsort(late, n, sizeof(*late), by_time);
    for (size_t to = b->n; n > 0; to--) {
        const struct entry *last = &late[n - 1].entry;

        if (kept > from && batch_compare(&b->entry[kept - 1].key, b->keys.p,
                                         &last->key, b->keys.p) > 0)
            b->entry[to - 1] = b->entry[--kept];
        else
            b->entry[to - 1] = late[--n].entry;
    }
    free(late);
}

/* Records mostly come in order, or the other way round. */
void
batch_sort(struct batch *b, size_t from)
{
    size_t end = run_end(b, from);

    if (end < b->n) {
        if (is_reversed(b, from, end))
            turn(b, from);
        else
            merge_late(b, from);
    }
    b->is_sorted = from == 0;
}

static bool
same_key(const struct batch *b, size_t i, const struct key *k,
         const char *texts)
{
    const struct key *other = &b->entry[i].key;

    return other->hash == k->hash && other->n == k->n &&
           memcmp(b->keys.p + other->at, texts + k->at, k->n) == 0;
}

static bool
same_unique(const struct batch *b, size_t i, const struct key *k,
            const char *texts)
{
    const struct key *other = &b->entry[i].key;

    return other->unique_hash == k->unique_hash &&
           other->unique_n == k->unique_n &&
           memcmp(b->keys.p + other->unique_at, texts + k->unique_at,
                  k->unique_n) == 0;
}

typedef bool same_fn(const struct batch *b, size_t i, const struct key *k,
                     const char *texts);

/* The slot of the live entry that is the same, or the free one behind. */
static size_t
slot_of(const struct batch *b, uint64_t hash, const struct key *k,
        const char *texts, same_fn *same)
{
    size_t at = (size_t)hash & (b->slots - 1);

    while (b->slot[at]) {
        size_t i = b->slot[at] - 1;

        if (b->entry[i].state != ENTRY_DEAD && same(b, i, k, texts))
            break;
        at = (at + 1) & (b->slots - 1);
    }
    return at;
}

long
batch_by_key(const struct batch *b, const struct key *k, const char *texts)
{
    if (b->n == 0)
        return BATCH_NONE;
    return (long)b->slot[slot_of(b, k->hash, k, texts, same_key)] - 1;
}

long
batch_by_unique(const struct batch *b, const struct key *k, const char *texts)
{
    if (b->n == 0 || k->unique_hash == 0)
        return BATCH_NONE;
    return (long)b->slot[slot_of(b, k->unique_hash, k, texts, same_unique)] - 1;
}

/* Entry i dies for the sake of one that has the key. */
static void
lose(struct batch *b, size_t i, const struct key *k)
{
    b->entry[i].state = ENTRY_DEAD;
    if (b->losers && !same_key(b, i, k, b->keys.p))
        batch_copy(b->losers, b, i);
}

/* Which of the two lives: entry a came first. */
static bool
keeps_first(const struct batch *b, size_t first, size_t later, bool first_wins)
{
    const struct entry *x = &b->entry[first], *y = &b->entry[later];
    int order = 0;

    if (b->versions && !x->is_gone && !y->is_gone)
        order = version_compare(b->versions, b->rows.p + x->row, x->row_n,
                                b->rows.p + y->row, y->row_n);
    return order ? order > 0 : first_wins;
}

/* Puts entry i into the index. Whoever holds its place already is dead, or i
 * is. */
static void
put(struct batch *b, size_t i, bool first_wins)
{
    const struct key *k = &b->entry[i].key;
    size_t at = slot_of(b, k->hash, k, b->keys.p, same_key);
    long by_key = (long)b->slot[at] - 1;
    long by_unique = batch_by_unique(b, k, b->keys.p);

    if (by_key >= 0 && b->versions)
        first_wins = keeps_first(b, (size_t)by_key, i, first_wins);
    if (first_wins && (by_key >= 0 || by_unique >= 0)) {
        lose(b, i, &b->entry[by_key >= 0 ? by_key : by_unique].key);
        return;
    }
    if (by_key >= 0)
        lose(b, (size_t)by_key, k);
    if (by_unique >= 0 && by_unique != by_key)
        lose(b, (size_t)by_unique, k);
    b->slot[at] = (uint32_t)i + 1;
    if (k->unique_hash)
        b->slot[slot_of(b, k->unique_hash, k, b->keys.p, same_unique)] =
            (uint32_t)i + 1;
}

void
batch_index(struct batch *b, bool first_wins)
{
    size_t slots = 64;

    while (slots < b->n * 4)
        slots *= 2;
    free(b->slot);
    b->slot = mem_zalloc(slots * sizeof(*b->slot));
    b->slots = slots;
    free(b->filter);
    b->filter = NULL;
    for (size_t i = 0; i < b->n; i++)
        if (b->entry[i].state != ENTRY_DEAD)
            put(b, i, first_wins);
}

void
batch_filter(struct batch *b)
{
    free(b->filter);
    b->filter_bits = b->slots * BATCH_FILTER;
    if (b->filter_bits < BATCH_FILTER_MIN)
        b->filter_bits = BATCH_FILTER_MIN;
    b->filter = mem_zalloc(b->filter_bits / 8);
    b->key_n = b->n > 0 ? b->entry[0].key.n : 0;
    for (size_t i = 0; i < b->n; i++) {
        const struct key *k = &b->entry[i].key;
        size_t at = batch_glance(b, b->keys.p + k->at, k->n);

        b->filter[at / 8] |= (unsigned char)(1U << at % 8);
        if (k->n != b->key_n)
            b->key_n = 0;
    }
}

void
batch_index_keys(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        b->entry[i].key.unique_hash = 0;
    batch_index(b, false);
}

struct batch_room
batch_room(const struct batch *b)
{
    return (struct batch_room){ b->room, b->rows.room, b->keys.room };
}

void
batch_reserve(struct batch *b, const struct batch_room *room)
{
    if (b->room > 0 || room->n == 0)
        return;
    b->room = room->n;
    b->entry = mem_resize(NULL, b->room, sizeof(*b->entry));
    (void)buf_room(&b->rows, room->rows);
    (void)buf_room(&b->keys, room->keys);
}

void
batch_free(struct batch *b)
{
    buf_free(&b->rows);
    buf_free(&b->keys);
    free(b->entry);
    free(b->slot);
    free(b->filter);
    *b = (struct batch)BATCH_INIT;
}
