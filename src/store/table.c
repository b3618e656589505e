#include "store/table.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "data/columns.h"
#include "data/flatten.h"
#include "store/batch.h"
#include "store/blocks.h"
#include "store/commit.h"
#include "store/history.h"
#include "store/key.h"
#include "store/known.h"
#include "store/layout.h"
#include "store/met.h"
#include "store/owners.h"
#include "store/probe.h"
#include "store/tablefile.h"
#include "store/tidy.h"
#include "store/times.h"
#include "store/went.h"

/* Offsets in a batch have 32 bits, and a row 1 GB at most. What is pending
 * waits for more: looking it up is a pass over the file. */
enum {
    FULL_BYTES = 2 << 20,
    PENDING_BYTES = 4 << 20,
    ROWS_MAX = 1 << 30,
    LARGE_BYTES = 32 << 20,
};

struct table {
    struct table_spec spec;
    struct tablefile file;
    int64_t rows; /* -1: not looked at yet */

    struct batch fresh;    /* added since the last spill */
    size_t sealed;         /* entries of fresh that are in order */
    struct batch_room had; /* by the one before it: what grows again and again
                              is copied each time */
    struct batch pending;  /* may be in the file: to be looked up */
    struct batch losers;   /* records that another one has no room for */
    struct owners owners;  /* of the entries of fresh and pending */
    struct table *parent;  /* has the owners' own rows; or NULL */
    bool has_children;
    struct batch went; /* keys of records that lost their row in this flush */

    struct known known;
    bool was_scanned;

    struct met met; /* columns that records have */
    struct times times;
    struct blocks blocks; /* what this run wrote, if that is all there is */
    bool is_disordered;   /* a new row is earlier than one before it */
    struct table_counts counts; /* of this flush so far */
};

/* What the file holds has to be looked at. */
static void
forget(struct table *t)
{
    t->rows = -1;
    known_forget(&t->known);
    blocks_lose(&t->blocks);
}

static void
join_batches(struct table *t)
{
    t->fresh.losers = t->pending.losers = &t->losers;
    if (t->spec.version)
        t->fresh.versions = t->pending.versions = &t->file.layout;
    if (t->known.is_by_time && t->spec.instant_id)
        t->pending.glance_n = KEY_SECONDS_N;
}

int
table_open(struct table **out, const struct table_spec *spec, struct err *e)
{
    struct table *t = mem_zalloc(sizeof(*t));

    t->spec = *spec;
    t->known.has_keys = true;
    t->known.has_latest = true;
    if (tablefile_open(&t->file, &t->spec, e) < 0) {
        table_close(t);
        return -1;
    }
    if (t->file.fd >= 0)
        forget(t);
    met_recall(&t->met, spec->columns, spec->sent);
    t->known.is_by_time = !spec->unique && t->file.layout.time_at >= 0 &&
                          t->file.layout.time_at == t->file.layout.id_at[0];
    /* Such a table is mostly written in order: then no set is needed. */
    t->known.has_keys = t->known.has_keys && !t->known.is_by_time;
    join_batches(t);
    *out = t;
    return 0;
}

void
table_close(struct table *t)
{
    if (!t)
        return;
    tablefile_close(&t->file);
    batch_free(&t->fresh);
    batch_free(&t->pending);
    batch_free(&t->losers);
    owners_free(&t->owners);
    batch_free(&t->went);
    known_free(&t->known);
    met_free(&t->met);
    times_free(&t->times);
    blocks_free(&t->blocks);
    free(t);
}

/* The first key column without a value. */
static const char *
missing_id(const struct table *t, const struct row *row)
{
    const struct layout *l = &t->file.layout;
    int i = 0;

    for (; i + 1 < l->ids_n; i++) {
        size_t column = (size_t)l->order[l->id_at[i]];

        if (column >= row->n || row->cell[column].type == CELL_NONE ||
            row->cell[column].n == 0)
            break;
    }
    return t->spec.ids[i];
}

int
table_own(struct table *t, const struct row *row, struct err *e)
{
    if (owners_add(&t->owners, &t->file.layout, row) > 0)
        return 0;
    return err_set(e, ERR_DATA, "a record without %s", missing_id(t, row));
}

void
table_follow(struct table *child, struct table *parent)
{
    child->parent = parent;
    parent->has_children = true;
}

int
table_add(struct table *t, const struct row *row, struct err *e)
{
    struct batch *b = &t->fresh;
    struct entry *entry;

    if (b->rows.n > ROWS_MAX || b->keys.n > ROWS_MAX)
        return err_set(e, ERR_DATA, "more than %d MB of rows at once",
                       ROWS_MAX >> 20);
    batch_reserve(b, &t->had);
    entry = batch_new_entry(b);
    entry->width = (uint32_t)layout_add_row(&b->rows, &t->file.layout, row);
    entry->row_n = (uint32_t)(b->rows.n - entry->row);
    key_of_row(&entry->key, &b->keys, &t->file.layout, row);
    if (entry->key.n == 0) {
        batch_cut(b, b->n - 1);
        return err_set(e, ERR_DATA, "a record without %s", missing_id(t, row));
    }
    if (t->spec.owner_ids > 0)
        entry->owner = (uint32_t)t->owners.b.n; /* the last one */
    if (row->n > t->spec.declared)
        met_note(&t->met, row, t->spec.declared);
    return 0;
}

int
table_delete(struct table *t, const struct row *row, struct err *e)
{
    struct batch *b = &t->fresh;
    struct entry *entry = batch_new_entry(b);

    entry->is_gone = true;
    key_of_row(&entry->key, &b->keys, &t->file.layout, row);
    if (entry->key.n > 0)
        return 0;
    batch_cut(b, b->n - 1);
    return err_set(e, ERR_DATA, "a deletion without %s", missing_id(t, row));
}

struct table_mark
table_mark(const struct table *t)
{
    return (struct table_mark){ t->fresh.n, t->owners.b.n };
}

void
table_rollback(struct table *t, struct table_mark mark)
{
    batch_cut(&t->fresh, mark.rows);
    owners_cut(&t->owners, mark.owners);
    layout_cut(&t->file.layout);
    met_cut(&t->met, columns_n(t->spec.columns));
}

/* Entries of a set that another one of the same owner took the place of. */
static void
bury(struct batch *b, const struct owners *owners)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->entry[i].owner && !owners_lives(owners, b->entry[i].owner))
            b->entry[i].state = ENTRY_DEAD;
}

void
table_seal(struct table *t)
{
    if (t->spec.owner_ids > 0) {
        owners_index(&t->owners, t->spec.newest_first);
        bury(&t->fresh, &t->owners);
    }
    if (t->sealed == t->fresh.n)
        return;
    batch_index(&t->fresh, t->spec.newest_first);
    /* Children without a time stay as their record has them. */
    if (t->spec.time || t->spec.owner_ids == 0)
        batch_sort(&t->fresh, t->sealed);
    t->sealed = t->fresh.n;
}

size_t
table_bytes(const struct table *t)
{
    return batch_bytes(&t->fresh) + batch_bytes(&t->pending);
}

bool
table_is_full(const struct table *t)
{
    return batch_bytes(&t->fresh) > FULL_BYTES;
}

/* In a batch in order of time, those between the first one with a time and the
 * last one tell nothing of the times. */
static size_t
next_time(const struct batch *b, size_t i, size_t n, bool has_time)
{
    return b->is_sorted && has_time && i + 1 < n ? n - 1 : i + 1;
}

/* Rows at the end of the file: the times they have. */
static void
note_times(struct table *t, const struct batch *b, const size_t *added,
           size_t n)
{
    struct time_text latest = known_latest(&t->known);
    struct time_range range = TIME_RANGE_INIT;

    for (size_t i = 0; i < n; i = next_time(b, i, n, range.latest.n > 0)) {
        struct time_text time = times_of(b, &b->entry[added[i]]);

        if (time.n == 0)
            continue;
        if (times_compare(time, latest) >= 0)
            latest = time;
        else
            t->is_disordered = true;
        times_widen(&range, time);
    }
    times_new(&t->times, &range);
    known_time(&t->known, latest);
}

static void
note_new(struct table *t, const struct batch *b, const size_t *added, size_t n)
{
    if (t->known.has_keys)
        for (size_t i = 0; i < n; i++)
            known_add(&t->known, &b->entry[added[i]]);
    note_times(t, b, added, n);
}

/* They stand behind from, or the whole file is staged. */
static void
note_block(struct table *t, const struct addition *a, int64_t from)
{
    const struct tablefile *f = &t->file;
    bool is_staged = f->staged.how != STAGED_NOTHING;
    struct written w = { .batch = a->batch,
                         .entry = a->added,
                         .n = a->n,
                         .layout = &f->layout,
                         .cells =
                             is_staged ? f->staged.width : f->layout.file_n,
                         .from = is_staged ? 0 : from,
                         .to = is_staged ? -1 : f->end };

    if (is_staged && f->fd >= 0)
        blocks_lose(&t->blocks);
    else
        blocks_add(&t->blocks, &w);
}

/* Puts new rows at the end of the file: the live entries in added. */
static int
add_rows(struct table *t, struct commit *c, const struct addition *a,
         struct err *e)
{
    int64_t from = t->file.end;

    if (tablefile_write(&t->file, c, a, e) < 0)
        return -1;
    note_block(t, a, from);
    note_new(t, a->batch, a->added, a->n);
    t->rows += t->rows >= 0 ? (int64_t)a->n : 0;
    t->counts.added += (int64_t)a->n;
    return 0;
}

/* The pass over the file, and what it leaves known about it. */
static int
scan(struct probe *p, struct table *t, struct err *e)
{
    bool learn = t->was_scanned && !t->known.has_keys;
    struct probe_in in = {
        .fd = t->file.fd,
        .layout = &t->file.layout,
        .batch = &t->pending,
        .owners = t->owners.b.n > 0 ? &t->owners : NULL,
        .all = learn ? &t->known.keys : NULL,
        .met = t->met.column,
        .met_n = t->met.n,
        .unended_at = t->file.unended_at,
        .large = LARGE_BYTES,
    };

    if (probe_run(p, &in, e) < 0)
        return -1;
    if (history_settle(&t->file.layout, p, &t->pending, &t->losers, e) < 0)
        return -1;
    if (tablefile_found(&t->file, p, e) < 0)
        return -1;
    t->rows = p->seen.rows;
    t->was_scanned = true;
    t->known.has_keys = t->known.has_keys || learn;
    known_time(&t->known,
               (struct time_text){ p->seen.latest.p, p->seen.latest.n });
    t->known.has_latest = true;
    return 0;
}

static void
count_known(struct table *t, const struct probe *p)
{
    for (size_t i = 0; i < t->pending.n; i++) {
        t->counts.unchanged += t->pending.entry[i].state == ENTRY_SAME &&
                               !t->pending.entry[i].is_gone;
        t->counts.changed += t->pending.entry[i].state == ENTRY_CHANGED;
    }
    for (size_t i = 0; i < p->n; i++) {
        t->rows -= p->edit[i].entry < 0;
        t->counts.removed += p->edit[i].is_gone;
    }
}

/* Looks up what is pending: same, changed or new. */
static int
look_up(struct probe *p, struct table *t, int64_t now, struct err *e)
{
    bury(&t->pending, &t->owners);
    batch_index(&t->pending, t->spec.newest_first);
    if (t->file.fd < 0)
        return 0;
    batch_filter(&t->pending);
    if (tablefile_untouched(&t->file, e) < 0 || scan(p, t, e) < 0)
        return -1;
    if (t->has_children &&
        went_edits(&t->went, p, &t->file.layout, &t->pending, e) < 0)
        return -1;
    return history_add(&t->file.layout, p, "updated", now, e);
}

/* Writes what came of the look, and n entries of fresh that are new. */
static int
write_found(struct table *t, struct commit *c, const struct probe *p,
            const size_t *new, size_t n, struct err *e)
{
    struct batch *b = &t->pending;
    size_t *added, added_n = 0;
    int rc;

    for (size_t i = 0; i < n; i++)
        batch_copy(b, &t->fresh, new[i]);
    added = mem_resize(NULL, b->n, sizeof(*added));
    for (size_t i = 0; i < b->n; i++)
        if (b->entry[i].state == ENTRY_LIVE && !b->entry[i].is_gone)
            added[added_n++] = i;
        else if (b->entry[i].state == ENTRY_CHANGED)
            known_add(&t->known, &b->entry[i]); /* one of its two may be new */
    rc = add_rows(t, c, &(struct addition){ b, p, added, added_n }, e);
    free(added);
    if (rc < 0)
        return -1;
    count_known(t, p);
    return 0;
}

/* What is pending goes first: it stands before the others in time. */
static int
resolve(struct table *t, struct commit *c, const size_t *new, size_t n,
        int64_t now, struct err *e)
{
    struct probe p = PROBE_INIT;
    int rc = look_up(&p, t, now, e);

    if (rc == 0)
        rc = write_found(t, c, &p, new, n, e);
    if (rc == 0 && t->has_children)
        went_losers(&t->went, &t->losers, &t->fresh, &t->pending);
    if (rc == 0)
        batch_cut(&t->pending, 0);
    probe_free(&p);
    return rc;
}

static bool
is_row(const struct entry *entry)
{
    return entry->state != ENTRY_DEAD && !entry->is_gone;
}

/* The times of what was added. */
static void
note_came(struct table *t)
{
    const struct batch *b = &t->fresh;
    struct time_range range = TIME_RANGE_INIT;
    size_t n = b->n;

    while (n > 0 && !is_row(&b->entry[n - 1]))
        n--;
    for (size_t i = 0; i < n; i = next_time(b, i, n, range.latest.n > 0))
        if (is_row(&b->entry[i]))
            times_widen(&range, times_of(b, &b->entry[i]));
    times_came(&t->times, &range);
}

/* Of what was added, finds the entries whose key is surely not in the file;
 * the others go to pending. */
static size_t
split_fresh(struct table *t, size_t *added)
{
    const struct batch *b = &t->fresh;
    bool is_past = false; /* and those behind it are, too */
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        const struct entry *entry = &b->entry[i];

        if (entry->state == ENTRY_DEAD)
            continue;
        is_past =
            b->is_sorted && (is_past || known_is_past(&t->known, b, entry));
        if (!is_past && known_may_have(&t->known, b, entry))
            batch_copy(&t->pending, b, i);
        else if (!entry->is_gone)
            added[n++] = i;
    }
    return n;
}

/* A set came, maybe an empty one, of an owner that has rows in the file. */
static bool
has_known_owner(const struct table *t)
{
    const struct batch *b = &t->owners.b;

    for (size_t i = 0; i < b->n; i++)
        if (b->entry[i].state == ENTRY_LIVE &&
            known_may_have_owner(&t->known, b->entry[i].key.hash))
            return true;
    return false;
}

/* Writes what was added, and what is pending once it is more than that. */
static int
write_fresh(struct table *t, struct commit *c, size_t pending_max, int64_t now,
            struct err *e)
{
    struct batch *b = &t->fresh;
    size_t *new, n;
    int rc = 0;

    if (t->parent)
        went_follow(&t->owners, &t->parent->went);
    table_seal(t);
    note_came(t);
    new = mem_resize(NULL, b->n, sizeof(*new));
    n = split_fresh(t, new);
    if (batch_bytes(&t->pending) > pending_max || has_known_owner(t)) {
        rc = resolve(t, c, new, n, now, e);
    } else if (n > 0) {
        if (t->has_children)
            went_losers(&t->went, &t->losers, &t->fresh, &t->pending);
        rc = tablefile_untouched(&t->file, e);
        if (rc == 0)
            rc = add_rows(t, c, &(struct addition){ b, NULL, new, n }, e);
    }
    free(new);
    batch_cut(b, 0);
    t->sealed = 0;
    return rc;
}

/* The rows in memory, which is given back, too: many tables are open at once.
 */
static void
drop(struct table *t)
{
    if (t->fresh.room > 0)
        t->had = batch_room(&t->fresh);
    batch_free(&t->fresh);
    batch_free(&t->pending);
    batch_free(&t->losers);
    owners_free(&t->owners);
    batch_free(&t->went);
    join_batches(t);
    t->sealed = 0;
}

/* Rows do not count as written if their file lost its name meanwhile: an
 * editor that saves puts another one there. */
static int
make_durable(struct table *t, struct err *e)
{
    if (tablefile_sync(&t->file, e) < 0)
        return -1; /* see give_up() */
    if (t->counts.added == 0 && t->counts.changed == 0 &&
        t->counts.removed == 0)
        return 0;
    return tablefile_untouched(&t->file, e);
}

/* The file as it was, or as a journal will make it; what was added is gone. */
static void
give_up(struct table *t)
{
    if (t->file.is_dirty) {
        tablefile_cut_back(&t->file);
        forget(t);
    }
    if (t->file.staged.how != STAGED_NOTHING) {
        t->file.staged.how = STAGED_NOTHING;
        forget(t);
    }
    drop(t);
    t->counts = (struct table_counts){ .added = 0 };
}

/* After the commit. */
static int
take_staged(struct table *t, struct err *e)
{
    bool is_new = t->file.fd < 0;

    if (tablefile_take_staged(&t->file, e) < 0)
        return -1;
    if (is_new && t->file.fd >= 0)
        blocks_place(&t->blocks, t->file.layout.body, t->file.end);
    return 0;
}

int
table_spill(struct table *t, int64_t now, struct err *e)
{
    struct commit *c;
    int rc;

    /* A version that is in the file would lose to an older one. */
    if (t->spec.newest_first)
        return 0;
    c = commit_open(t->spec.own_dir, t->spec.root);
    rc = write_fresh(t, c, PENDING_BYTES, now, e);
    if (rc == 0)
        rc = commit_run(c, e);
    if (rc == 0)
        rc = take_staged(t, e);
    commit_close(c);
    if (rc < 0)
        give_up(t);
    return rc;
}

/* Everything in memory to the files, of all tables together. */
static int
write_all(struct table *const *t, size_t n, int64_t now, struct err *e)
{
    struct commit *c = commit_open(t[0]->spec.own_dir, t[0]->spec.root);
    int rc = 0;

    for (size_t i = 0; i < n && rc == 0; i++)
        rc = write_fresh(t[i], c, 0, now, e);
    if (rc == 0)
        rc = commit_run(c, e);
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = take_staged(t[i], e);
        if (rc == 0)
            rc = history_add_losers(&t[i]->file.layout, &t[i]->losers, now, e);
        if (rc == 0)
            drop(t[i]);
    }
    commit_close(c);
    return rc;
}

static void
take_counts(struct table_counts *counts, struct table *t)
{
    counts->added += t->counts.added;
    counts->changed += t->counts.changed;
    counts->unchanged += t->counts.unchanged;
    counts->removed += t->counts.removed;
    t->counts = (struct table_counts){ .added = 0 };
}

bool
table_needs_flush(const struct table *t)
{
    const struct table_counts *c = &t->counts;

    return table_bytes(t) > 0 || t->file.is_dirty || c->added > 0 ||
           c->changed > 0 || c->unchanged > 0 || c->removed > 0;
}

bool
table_has_changed(const struct table *t)
{
    return t->counts.changed > 0;
}

int
table_write_all(struct table *const *t, size_t n, int64_t now, struct err *e)
{
    int rc = n > 0 ? write_all(t, n, now, e) : 0;

    for (size_t i = 0; i < n && rc < 0; i++)
        give_up(t[i]);
    return rc;
}

int
table_flush_all(struct table *const *t, struct table_counts *counts, size_t n,
                int64_t now, struct err *e)
{
    int rc = n > 0 ? write_all(t, n, now, e) : 0;

    for (size_t i = 0; i < n && rc == 0; i++)
        rc = make_durable(t[i], e);
    for (size_t i = 0; i < n; i++)
        if (rc == 0)
            take_counts(&counts[i], t[i]);
        else
            give_up(t[i]);
    return rc;
}

void
table_sent(const struct table *t, struct list *names)
{
    met_list(names, &t->met, t->spec.columns, t->spec.declared);
}

int64_t
table_rows(const struct table *t)
{
    return t->file.fd < 0 ? 0 : t->rows;
}

const char *
table_earliest(const struct table *t)
{
    return t->times.earliest;
}

const char *
table_latest(const struct table *t)
{
    return t->times.latest;
}

const char *
table_earliest_new(const struct table *t)
{
    return t->times.earliest_new;
}

bool
table_is_disordered(const struct table *t)
{
    return t->is_disordered;
}

/* A piece that a crash left at the end is no row. */
static int
heal(struct table *t, struct err *e)
{
    struct probe p = PROBE_INIT;
    int rc = t->was_scanned ? 0 : scan(&p, t, e);

    probe_free(&p);
    return rc;
}

static int
sort_file(struct table *t, int64_t *size, bool *moved, struct err *e)
{
    const struct layout *l = &t->file.layout;
    int rc;

    if (!blocks_settle(&t->blocks))
        return heal(t, e) < 0 ? -1 : tidy_run(size, moved, l, t->file.fd, e);
    rc = blocks_tidy(size, moved, &t->blocks, l, t->file.fd, e);
    if (*moved)
        blocks_lose(&t->blocks); /* they stand elsewhere now */
    return rc;
}

int
table_tidy(struct table *t, bool *moved, struct err *e)
{
    int64_t size;

    *moved = false;
    if (t->file.fd < 0 || t->file.layout.time_at < 0)
        return 0;
    if (tablefile_untouched(&t->file, e) < 0 || sort_file(t, &size, moved, e))
        return -1;
    return *moved ? tablefile_reopen(&t->file, t->file.layout.file_n, size, e)
                  : 0;
}
