#include "engine/archive.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/tm.h"
#include "data/columns.h"
#include "data/flatten.h"
#include "data/json.h"
#include "data/keyset.h"
#include "engine/events.h"
#include "engine/fanout.h"
#include "engine/inject.h"
#include "engine/open.h"
#include "engine/pager.h"
#include "engine/plan.h"
#include "engine/shelf.h"
#include "engine/source.h"
#include "spec/category.h"
#include "spec/provider.h"
#include "store/coverage.h"
#include "store/done.h"
#include "store/state.h"
#include "store/table.h"
#include "store/vanish.h"

enum { CHILDREN_BYTES = 4 << 20 };
/* What is said once, beside notes of rows. */
enum { UNKNOWN_EVENT = 1 << 16, UNEVEN_LISTS = 1 << 17 };

struct archive {
    struct archive_in in;
    struct shelf *shelf; /* its own, those of its children, then that of its
                            feed */
    size_t n;
    size_t records_n; /* without the feed's */

    struct flattener *flattener;
    struct row row;
    struct inject inject; /* by request: what the answer does not say */
    int32_t id_column;    /* of constant_id; -1 = none */
    unsigned warned;      /* of enum row_note, and the above: said once */

    bool is_watched;    /* keys are kept in seen */
    struct keyset seen; /* their hashes */

    struct plan done; /* windows that wait for a flush */
    int64_t page;     /* the list was read up to before it; -1: nothing new */
    int64_t began;    /* when reading it began */
    bool is_broken;   /* a flush failed and rows are gone: nothing counts any
                         more */
    struct open_records open;
    struct events *events; /* of its feed; or NULL */
    bool only_gone;        /* of its page */
    struct archive_counts counts;
};

static int32_t
find_column(const struct archive *a, const char *name)
{
    return name ? columns_find(a->shelf->columns, name, strlen(name)) : -1;
}

/* Children of its records that the source wants to have. */
static bool
is_child(const struct archive *a, const struct category *c)
{
    return c->child && strcmp(c->child->parent, a->in.category->name) == 0 &&
           (!c->child->start_at || a->in.source->series);
}

static int
open_shelf(struct archive *a, const struct category *c, struct err *e)
{
    const struct columns *parent = a->n > 0 ? a->shelf->columns : NULL;

    return shelf_open(&a->shelf[a->n++], &a->in, c, parent, e);
}

static int
open_feed(struct archive *a, const struct category *feed, struct err *e)
{
    struct shelf *s = &a->shelf[a->n];

    if (open_shelf(a, feed, e) < 0)
        return -1;
    a->events = mem_zalloc(sizeof(*a->events));
    events_init(a->events, feed, s->columns);
    return 0;
}

static int
open_shelves(struct archive *a, struct err *e)
{
    const struct provider *p = a->in.source->provider;

    a->shelf = mem_zalloc((p->categories_n + 1) * sizeof(*a->shelf));
    if (open_shelf(a, a->in.category, e) < 0)
        return -1;
    for (size_t i = 0; i < p->categories_n; i++)
        if (is_child(a, &p->categories[i]) &&
            open_shelf(a, &p->categories[i], e) < 0)
            return -1;
    a->records_n = a->n;
    if (!a->in.category->feed)
        return 0;
    return open_feed(a, provider_category(p, a->in.category->feed), e);
}

int
archive_open(struct archive **out, const struct archive_in *in, struct err *e)
{
    struct archive *a = mem_zalloc(sizeof(*a));

    a->in = *in;
    a->page = -1;
    if (open_shelves(a, e) < 0) {
        archive_close(a);
        return -1;
    }
    a->flattener = flattener_new(a->shelf->columns);
    inject_init(&a->inject, in->category, a->shelf->columns);
    open_init(&a->open, in->category, a->shelf->columns, in->now);
    a->id_column =
        find_column(a, in->category->constant_id ? in->category->ids[0] : NULL);
    *out = a;
    return 0;
}

void
archive_close(struct archive *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->n; i++)
        shelf_close(&a->shelf[i]);
    free(a->shelf);
    flattener_free(a->flattener);
    row_free(&a->row);
    inject_free(&a->inject);
    keyset_free(&a->seen);
    open_free(&a->open);
    if (a->events)
        events_free(a->events);
    free(a->events);
    plan_free(&a->done);
    free(a);
}

int
archive_recast(struct archive *a, struct err *e)
{
    int rc = 0;

    for (size_t i = 0; i < a->n; i++) {
        int one = shelf_recast(&a->shelf[i], e);

        if (one < 0)
            return -1;
        rc = one > 0 ? one : rc;
    }
    return rc;
}

bool
archive_was_asked(const struct archive *a, const struct fanout_item *item)
{
    return shelf_was_asked(a->shelf, item);
}

bool
archive_has_done(const struct archive *a, const struct fanout_item *item)
{
    for (size_t i = 0; i < a->n; i++)
        if (!shelf_has_done(&a->shelf[i], item))
            return false;
    return true;
}

const struct done *
archive_done(const struct archive *a)
{
    return shelf_done(a->shelf);
}

int
archive_find_done(struct archive *a, const struct fanout *f, struct err *e)
{
    const struct fanout_in in = { .dir = a->in.dir,
                                  .source = a->in.source,
                                  .category = a->in.category };
    struct done done = DONE_INIT;
    int rc = 0;

    /* After a kill a set may be there in part only. With --full all of it is
     * wanted again. Rows do not show which of several records they are of. */
    if (a->in.was_killed || a->shelf->is_forgotten ||
        !a->in.category->per->print || a->in.category->per->ids->member)
        return 0;
    for (size_t i = 0; i < a->n; i++)
        if (!shelf_lost_done(&a->shelf[i]))
            return 0;
    rc = fanout_rebuild(&done, f, &in, e);
    for (size_t i = 0; i < a->n && rc == 0; i++)
        shelf_take_done(&a->shelf[i], &done);
    done_free(&done);
    return rc;
}

void
archive_coverage(struct coverage *out, const struct archive *a)
{
    bool is_first = true;

    for (size_t i = 0; i < a->n; i++)
        shelf_coverage(out, &is_first, &a->shelf[i]);
}

void
archive_reading(int64_t *page, int64_t *began, const struct archive *a)
{
    *page = *began = INT64_MAX;
    for (size_t i = 0; i < a->records_n; i++)
        shelf_reading(page, began, &a->shelf[i]);
    if (*page == INT64_MAX)
        *page = 0;
}

void
archive_forget(struct archive *a)
{
    for (size_t i = 0; i < a->n; i++)
        shelf_forget(&a->shelf[i]);
    a->shelf->state->open_since = STATE_NO_TIME;
    list_free(&a->shelf->state->open);
    a->shelf->state->listed = -1;
}

static int
open_tables(struct archive *a, struct err *e)
{
    for (size_t i = 0; i < a->n; i++)
        if (shelf_open_tables(&a->shelf[i], e) < 0)
            return -1;
    for (size_t i = 1; i < a->records_n; i++)
        shelf_follow(&a->shelf[i], a->shelf);
    return 0;
}

static void
warn_once(struct archive *a, unsigned note, const char *what)
{
    if (!(a->row.notes & note) || (a->warned & note))
        return;
    a->warned |= note;
    log_warn("%s: %s", a->shelf->label, what);
}

static void
mark(struct archive *a)
{
    for (size_t i = 0; i < a->n; i++)
        shelf_mark(&a->shelf[i]);
}

/* A page whose records have many children is not kept in memory as a whole:
 * good records may be stored before it turns out that another one is not. */
static int
flush_children(struct archive *a, struct err *e)
{
    if (a->n == 1 || a->in.category->newest_first ||
        archive_bytes(a) < CHILDREN_BYTES)
        return 0;
    if (archive_write(a, e) < 0)
        return -1;
    mark(a);
    return 0;
}

/* It has no id of its own. */
static void
name_record(struct archive *a)
{
    const char *id = a->in.category->constant_id;

    a->row.cell[a->id_column] = (struct cell){ .p = id,
                                               .n = (uint32_t)strlen(id),
                                               .type = CELL_STRING };
}

static int
take_record(void *user, struct json *j, struct err *e)
{
    struct archive *a = user;

    if (flatten(&a->row, a->flattener, j, e) < 0)
        return -1;
    if (a->id_column >= 0)
        name_record(a);
    inject_row(&a->inject, &a->row);
    if (a->is_watched)
        (void)keyset_add(&a->seen, shelf_hash(a->shelf, &a->row));
    for (size_t i = 0; i < a->records_n; i++)
        if (shelf_add(&a->shelf[i], &a->row, e) < 0)
            return -1;
    warn_once(a, ROW_DUPLICATE_KEY,
              "a record has a key twice; the last one is kept");
    warn_once(a, ROW_BAD_UTF8,
              "a record has bytes that are not UTF-8; each is kept as U+FFFD");
    open_note(&a->open, &a->row, &a->shelf->state->open);
    return flush_children(a, e);
}

static void
rollback(struct archive *a)
{
    for (size_t i = 0; i < a->n; i++)
        shelf_rollback(&a->shelf[i]);
    flattener_forget(a->flattener);
    if (a->events)
        events_forget(a->events);
}

/* Children are written with their records, and not before. */
static int
spill(struct archive *a, struct err *e)
{
    if (a->n > 1 || a->inject.item || !shelf_is_full(a->shelf))
        return 0;
    if (shelf_spill(a->shelf, a->in.now, e) == 0)
        return 0;
    a->is_broken = true;
    return -1;
}

static void
warn_uneven(struct archive *a)
{
    if (!(a->warned & UNEVEN_LISTS))
        log_warn("%s: %s: its lists are not of one length; cells behind the "
                 "end of one are left empty",
                 a->shelf->label,
                 a->inject.item ? a->inject.item->id : "a record");
    a->warned |= UNEVEN_LISTS;
}

int
archive_item(struct archive *a, const struct fanout_item *item, struct err *e)
{
    if (open_tables(a, e) < 0)
        return -1;
    mark(a);
    inject_start(&a->inject, item);
    return 0;
}

int
archive_own(struct archive *a, struct err *e)
{
    if (!a->in.category->per->is_set)
        return 0;
    inject_owner(&a->inject, &a->row);
    return shelf_own(a->shelf, &a->row, e);
}

int
archive_page(struct archive *a, const char *p, size_t n, bool is_record,
             struct err *e)
{
    struct page_in in = {
        .category = a->in.category,
        .p = p,
        .n = n,
        .is_record = is_record,
        .record = take_record,
        .user = a,
    };
    struct page_out out = { .next = NULL };

    if (open_tables(a, e) < 0)
        return -1;
    if (!a->inject.item) /* else archive_item() did */
        mark(a);
    if (pager_read(&out, &in, e) < 0) {
        rollback(a);
        return -1;
    }
    if (out.is_uneven)
        warn_uneven(a);
    a->counts.fetched += out.records;
    return spill(a, e);
}

/* A row of that shelf that has its first id only. */
static void
name_gone(struct archive *a, const struct shelf *s)
{
    const char *id = s->category->ids[0];

    a->row.n = 0;
    row_fit(&a->row, columns_n(s->columns));
    a->row.cell[columns_find(s->columns, id, strlen(id))] = a->events->id;
}

/* The record, and children of it that came in the same batch: those in the file
 * go with its row. */
static int
delete_record(struct archive *a, struct err *e)
{
    for (size_t i = 1; i < a->records_n; i++) {
        name_gone(a, &a->shelf[i]);
        if (shelf_own(&a->shelf[i], &a->row, e) < 0)
            return -1;
    }
    name_gone(a, a->shelf);
    return shelf_delete(a->shelf, &a->row, e);
}

/* What it tells of the record, and itself as a row. */
static int
apply_event(struct archive *a, int event, struct err *e)
{
    const struct events *ev = a->events;
    struct json_token brace;
    struct json j;

    switch ((enum event)event) {
    case EVENT_OLD:
        return 0;
    case EVENT_OTHER:
        if (!(a->warned & UNKNOWN_EVENT))
            log_warn("%s: an event of a kind that is not known is %s",
                     a->shelf[a->records_n].label,
                     events_has_id(ev) ? "kept as it is"
                                       : "left out, for it names no "
                                         "record");
        a->warned |= UNKNOWN_EVENT;
        return 0;
    case EVENT_GONE:
        a->counts.fetched++;
        return delete_record(a, e);
    case EVENT_RECORD:
        a->counts.fetched++;
        json_start(&j, ev->p, ev->n);
        return json_next(&brace, &j, e) < 0 ? -1 : take_record(a, &j, e);
    }
    return 0;
}

static int
take_event(void *user, struct json *j, struct err *e)
{
    struct archive *a = user;
    int event = events_read(a->events, j, e);

    if (event >= 0 && a->only_gone && event != EVENT_GONE)
        return 0;
    if (event == EVENT_OTHER && !events_has_id(a->events))
        return apply_event(a, event, e); /* which says so */
    if (event < 0 || shelf_add(&a->shelf[a->records_n], &a->events->row, e) < 0)
        return -1;
    return apply_event(a, event, e);
}

int
archive_events(struct archive *a, const struct events_page *page, struct err *e)
{
    struct page_in in = {
        .category = a->events->category,
        .p = page->p,
        .n = page->n,
        .record = take_event,
        .user = a,
    };
    struct page_out out = { .next = NULL };

    if (open_tables(a, e) < 0)
        return -1;
    if (page->is_first)
        events_start(a->events);
    a->only_gone = page->only_gone;
    mark(a);
    if (pager_read(&out, &in, e) == 0)
        return 0;
    rollback(a);
    return -1;
}

void
archive_gone(struct archive *a, const char *id)
{
    open_gone(&a->open, id);
    log_warn("%s: record %s was not final, and the provider does not have it "
             "any more; its row stays",
             a->shelf->label, id);
}

void
archive_window_done(struct archive *a, const struct window *w)
{
    if (a->is_broken)
        return;
    for (size_t i = 0; i < a->n && !w->item; i++)
        shelf_seal(&a->shelf[i]); /* the others are sorted all together */
    a->done.window =
        mem_resize(a->done.window, a->done.n + 1, sizeof(*a->done.window));
    a->done.window[a->done.n++] = *w;
}

void
archive_read(struct archive *a, int64_t page, int64_t began)
{
    a->page = page;
    a->began = began;
}

void
archive_window_failed(struct archive *a)
{
    for (size_t i = 0; i < a->n; i++)
        a->shelf[i].had_holes = true;
}

size_t
archive_bytes(const struct archive *a)
{
    size_t n = 0;

    for (size_t i = 0; i < a->n; i++)
        n += shelf_bytes(&a->shelf[i]);
    return n;
}

size_t
archive_windows(const struct archive *a)
{
    return a->done.n;
}

bool
archive_needs_flush(const struct archive *a)
{
    if (a->is_broken)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (shelf_needs_flush(&a->shelf[i]))
            return true;
    return a->done.n > 0 || a->page >= 0;
}

void
archive_note_open(struct archive *a, bool saw_all)
{
    int64_t *known = &a->shelf->state->open_since;

    if (!a->in.category->end_col && !a->in.category->open_col)
        return;
    if (saw_all || *known == STATE_NO_TIME ||
        (a->open.since != PLAN_NO_TIME && a->open.since < *known))
        *known = a->open.since;
    open_merge(&a->shelf->state->open, &a->open);
}

/* All tables at once, so that a record and its children change together. */
struct together {
    struct output **from;
    struct table **table;
    size_t n;
};

static void
gather(struct together *all, const struct archive *a)
{
    size_t most = a->n * NAMES_FORMATS;

    all->from = mem_alloc(most * sizeof(*all->from));
    all->table = mem_alloc(most * sizeof(*all->table));
    all->n = 0;
    for (size_t i = 0; i < a->n; i++)
        for (int k = 0; k < NAMES_FORMATS; k++)
            if (a->shelf[i].output[k].table) {
                all->from[all->n] = &a->shelf[i].output[k];
                all->table[all->n++] = a->shelf[i].output[k].table;
            }
}

static void
scatter(struct together *all)
{
    free(all->from);
    free(all->table);
}

static int
flush_tables(struct archive *a, struct err *e)
{
    struct together all;
    struct table_counts *counts;
    int rc;

    gather(&all, a);
    counts = mem_zalloc((all.n + 1) * sizeof(*counts));
    rc = table_flush_all(all.table, counts, all.n, a->in.now, e);
    for (size_t i = 0; i < all.n; i++)
        all.from[i]->counts = counts[i];
    free(counts);
    scatter(&all);
    return rc;
}

int
archive_write(struct archive *a, struct err *e)
{
    struct together all;
    int rc;

    gather(&all, a);
    rc = table_write_all(all.table, all.n, a->in.now, e);
    scatter(&all);
    if (rc < 0)
        a->is_broken = true;
    return rc;
}

int
archive_flush(struct archive *a, struct err *e)
{
    if (flush_tables(a, e) < 0) {
        a->is_broken = true;
        return -1;
    }
    for (size_t i = 0; i < a->n; i++)
        shelf_flushed(&a->shelf[i], a->done.window, a->done.n);
    for (size_t i = 0; i < a->records_n && a->page >= 0; i++)
        shelf_read(&a->shelf[i], a->page, a->began);
    a->page = -1;
    a->done.n = 0;
    archive_note_open(a, false);
    return 0;
}

int
archive_tidy(struct archive *a, struct err *e)
{
    if (archive_needs_flush(a) && archive_write(a, e) < 0)
        return -1;
    for (size_t i = 0; i < a->n; i++)
        if (shelf_tidy(&a->shelf[i], a->done.window, a->done.n, e) < 0)
            return -1;
    return 0;
}

void
archive_add_proven(struct coverage *out, const struct archive *a)
{
    for (size_t i = 0; i < a->done.n; i++)
        if (a->done.window[i].span.from < a->done.window[i].span.to)
            coverage_add(out, a->done.window[i].span);
}

void
archive_watch(struct archive *a)
{
    a->is_watched = true;
}

int
archive_vanished(struct vanished *out, struct archive *a, int64_t since,
                 bool is_noted, struct err *e)
{
    const struct vanish_in in = {
        .seen = &a->seen,
        .since = since,
        .is_noted = is_noted,
        .now = a->in.now,
    };

    return shelf_vanished(out, a->shelf, &in, e);
}

struct archive_counts
archive_count(const struct archive *a)
{
    struct archive_counts counts = a->counts;

    counts.added = a->shelf->counts.added;
    counts.changed = a->shelf->counts.changed;
    counts.removed = a->shelf->counts.removed;
    counts.unchanged =
        counts.fetched - counts.added - counts.changed - counts.removed;
    return counts;
}

int64_t
archive_rows(const struct archive *a)
{
    return shelf_rows(a->shelf);
}

const struct category *
archive_child(struct archive_counts *counts, int64_t *rows,
              const struct archive *a, size_t i)
{
    const struct shelf *s;

    if (i + 1 >= a->n)
        return NULL;
    s = &a->shelf[i + 1];
    *counts = (struct archive_counts){
        .fetched = s->counts.added + s->counts.changed + s->counts.unchanged,
        .added = s->counts.added,
        .changed = s->counts.changed,
        .unchanged = s->counts.unchanged,
        .removed = s->counts.removed,
    };
    *rows = shelf_rows(s);
    return s->category;
}

void
archive_stamp(struct archive *a, bool is_good)
{
    for (size_t i = 1; i < a->n; i++) {
        a->shelf[i].state->last_fetch = a->in.now;
        if (is_good)
            a->shelf[i].state->last_success = a->in.now;
    }
}
