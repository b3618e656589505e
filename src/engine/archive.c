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
#include "engine/pager.h"
#include "engine/plan.h"
#include "engine/source.h"
#include "engine/tables.h"
#include "spec/category.h"
#include "store/coverage.h"
#include "store/names.h"
#include "store/state.h"
#include "store/table.h"
#include "sys/fs.h"

enum { FORMATS = NAMES_FORMATS };

struct output {
    bool is_wanted;
    char *path;
    char *history;
    struct table *table; /* NULL until the first record */
    struct table_mark mark;
};

struct archive {
    struct archive_in in;
    struct category_state *state;
    char *folder;
    char *own_dir; /* .wearchive */
    char *torn_dir;
    char *label;
    struct output output[FORMATS];

    struct columns *columns;
    size_t declared;
    struct flattener *flattener;
    struct row row;
    int32_t end_column; /* of the category's end_col; -1 = none */
    int32_t time_column;
    unsigned warned; /* of enum row_note: said once */

    struct plan done;   /* windows that wait for a flush */
    bool is_broken;     /* a flush failed and rows are gone: nothing counts any
                           more */
    bool had_holes;     /* one of those flushed was no recent window, or came
                           after one that failed */
    int64_t was_latest; /* latest record before this run */
    int64_t open_since;
    int64_t open_from; /* records that began before are given up as open */
    struct archive_counts counts;
};

static void
declare_columns(struct archive *a)
{
    const struct category *c = a->in.category;

    a->columns = columns_new();
    a->declared = tables_declare(a->columns, c);
    a->flattener = flattener_new(a->columns);
    a->end_column =
        c->end_col ? columns_find(a->columns, c->end_col, strlen(c->end_col))
                   : -1;
    a->time_column =
        c->time_col ? columns_find(a->columns, c->time_col, strlen(c->time_col))
                    : -1;
}

static void
name_files(struct archive *a)
{
    const char *source = a->in.source->name, *name = a->in.category->name;
    struct buf b = BUF_INIT;

    buf_addf(&b, "%s/%s", a->in.dir, source);
    a->folder = buf_take(&b);
    buf_addf(&b, "%s/.wearchive", a->in.dir);
    a->own_dir = buf_take(&b);
    buf_addf(&b, "%s/torn", a->own_dir);
    a->torn_dir = buf_take(&b);
    buf_addf(&b, "%s/%s", source, name);
    a->label = buf_take(&b);
    for (int i = 0; i < FORMATS; i++) {
        struct output *o = &a->output[i];

        o->is_wanted = (a->in.source->formats >> i & 1) != 0;
        buf_addf(&b, "%s/%s%s", a->folder, name,
                 names_of((enum table_format)i)->suffix);
        o->path = buf_take(&b);
        buf_addf(&b, "%s/%s%s", a->folder, name,
                 names_of((enum table_format)i)->history);
        o->history = buf_take(&b);
    }
}

static struct table_state *
table_state(const struct archive *a, int i)
{
    return state_table(a->state, names_of((enum table_format)i)->word);
}

/* A clock that was ahead proved nothing about times that are still to come. */
static void
cut_coverage(struct archive *a)
{
    for (int i = 0; i < FORMATS; i++)
        if (a->output[i].is_wanted)
            coverage_cut(&table_state(a, i)->coverage, a->in.now);
}

/* A kill may have come between rows and state: their order is not known. */
static void
doubt_order(struct archive *a)
{
    for (int i = 0; i < FORMATS; i++)
        if (a->output[i].is_wanted && table_state(a, i)->rows > 0)
            table_state(a, i)->in_order = false;
}

/* A table that is gone is to be fetched again, and that is worth a line. */
static int
check_tables(struct archive *a, struct err *e)
{
    for (int i = 0; i < FORMATS; i++) {
        struct table_state *t;
        struct stat st;
        int rc;

        if (!a->output[i].is_wanted)
            continue;
        t = table_state(a, i);
        if (t->rows <= 0)
            continue;
        rc = fs_stat(&st, a->output[i].path, e);
        if (rc < 0)
            return -1;
        if (rc == 1 && st.st_size > 0)
            continue;
        log_warn("%s: %s is gone; all of it will be fetched again", a->label,
                 a->output[i].path);
        coverage_free(&t->coverage);
        t->rows = 0;
        t->in_order = true;
    }
    return 0;
}

int
archive_open(struct archive **out, const struct archive_in *in, struct err *e)
{
    struct archive *a = mem_zalloc(sizeof(*a));

    a->in = *in;
    a->state = state_category(in->state, in->source->name, in->category->name);
    a->was_latest = a->state->last_record;
    a->open_since = PLAN_NO_TIME;
    a->open_from = in->now - (int64_t)in->category->open_days * DAY;
    name_files(a);
    declare_columns(a);
    cut_coverage(a);
    if (in->was_killed)
        doubt_order(a);
    if (check_tables(a, e) < 0) {
        archive_close(a);
        return -1;
    }
    *out = a;
    return 0;
}

void
archive_close(struct archive *a)
{
    if (!a)
        return;
    for (int i = 0; i < FORMATS; i++) {
        table_close(a->output[i].table);
        free(a->output[i].path);
        free(a->output[i].history);
    }
    flattener_free(a->flattener);
    columns_free(a->columns);
    row_free(&a->row);
    plan_free(&a->done);
    free(a->folder);
    free(a->own_dir);
    free(a->torn_dir);
    free(a->label);
    free(a);
}

void
archive_coverage(struct coverage *out, const struct archive *a)
{
    bool is_first = true;

    for (int i = 0; i < FORMATS; i++) {
        struct coverage both = COVERAGE_INIT;

        if (!a->output[i].is_wanted)
            continue;
        if (is_first) {
            coverage_copy(out, &table_state(a, i)->coverage);
            is_first = false;
            continue;
        }
        coverage_both(&both, out, &table_state(a, i)->coverage);
        coverage_free(out);
        *out = both;
    }
}

void
archive_forget(struct archive *a)
{
    for (int i = 0; i < FORMATS; i++)
        if (a->output[i].is_wanted)
            coverage_free(&table_state(a, i)->coverage);
    a->state->open_since = STATE_NO_TIME;
}

static int
open_table(struct archive *a, int i, struct err *e)
{
    struct output *o = &a->output[i];
    struct table_spec spec = {
        .path = o->path,
        .history = a->in.source->history ? o->history : NULL,
        .root = a->in.dir,
        .own_dir = a->own_dir,
        .torn_dir = a->torn_dir,
        .label = a->label,
        .format = (enum table_format)i,
        .columns = a->columns,
        .declared = a->declared,
        .sent = &a->state->columns,
        .was_killed = a->in.was_killed,
    };

    tables_describe(&spec, a->in.category);
    return table_open(&o->table, &spec, e);
}

static int
open_tables(struct archive *a, struct err *e)
{
    for (int i = 0; i < FORMATS; i++) {
        if (!a->output[i].is_wanted || a->output[i].table)
            continue;
        if (fs_mkdirs(a->folder, e) < 0 || open_table(a, i, e) < 0)
            return -1;
    }
    return 0;
}

static void
warn_once(struct archive *a, unsigned note, const char *what)
{
    if (!(a->row.notes & note) || (a->warned & note))
        return;
    a->warned |= note;
    log_warn("%s: %s", a->label, what);
}

/* A record without an end is still going on. */
static void
note_open_record(struct archive *a)
{
    const struct row *row = &a->row;
    const struct cell *time;
    struct instant t;

    if (a->end_column < 0 || a->time_column < 0 ||
        row->cell[a->end_column].type != CELL_NONE)
        return;
    time = &row->cell[a->time_column];
    if (time->type != CELL_STRING || tm_instant(&t, time->p, time->n) < 0)
        return;
    if (t.sec >= a->open_from &&
        (a->open_since == PLAN_NO_TIME || t.sec < a->open_since))
        a->open_since = t.sec;
}

static int
take_record(void *user, struct json *j, struct err *e)
{
    struct archive *a = user;

    if (flatten(&a->row, a->flattener, j, e) < 0)
        return -1;
    for (int i = 0; i < FORMATS; i++)
        if (a->output[i].is_wanted &&
            table_add(a->output[i].table, &a->row, e) < 0)
            return -1;
    warn_once(a, ROW_DUPLICATE_KEY,
              "a record has a key twice; the last one is kept");
    warn_once(a, ROW_BAD_UTF8,
              "a record has bytes that are not UTF-8; each is kept as U+FFFD");
    note_open_record(a);
    return 0;
}

static void
mark(struct archive *a)
{
    for (int i = 0; i < FORMATS; i++)
        if (a->output[i].table)
            a->output[i].mark = table_mark(a->output[i].table);
}

static void
rollback(struct archive *a, size_t columns)
{
    columns_cut(a->columns, columns);
    flattener_forget(a->flattener);
    for (int i = 0; i < FORMATS; i++)
        if (a->output[i].table)
            table_rollback(a->output[i].table, a->output[i].mark);
}

int
archive_page(struct archive *a, struct buf *next, const char *p, size_t n,
             struct err *e)
{
    struct page_in in = {
        .category = a->in.category,
        .p = p,
        .n = n,
        .record = take_record,
        .user = a,
    };
    size_t columns;
    int64_t records;

    if (open_tables(a, e) < 0)
        return -1;
    columns = columns_n(a->columns);
    mark(a);
    if (pager_read(&records, next, &in, e) < 0) {
        rollback(a, columns);
        return -1;
    }
    a->counts.fetched += records;
    for (int i = 0; i < FORMATS; i++)
        if (a->output[i].table && table_is_full(a->output[i].table) &&
            table_spill(a->output[i].table, a->in.now, e) < 0) {
            a->is_broken = true;
            return -1;
        }
    return 0;
}

void
archive_window_done(struct archive *a, const struct window *w)
{
    if (a->is_broken)
        return;
    for (int i = 0; i < FORMATS; i++)
        if (a->output[i].table)
            table_seal(a->output[i].table);
    a->done.window =
        mem_resize(a->done.window, a->done.n + 1, sizeof(*a->done.window));
    a->done.window[a->done.n++] = *w;
}

void
archive_window_failed(struct archive *a)
{
    a->had_holes = true;
}

size_t
archive_bytes(const struct archive *a)
{
    size_t n = 0;

    for (int i = 0; i < FORMATS; i++)
        if (a->output[i].table)
            n += table_bytes(a->output[i].table);
    return n;
}

bool
archive_needs_flush(const struct archive *a)
{
    return !a->is_broken && (a->done.n > 0 || archive_bytes(a) > 0);
}

/* A time of the table as seconds; false if there is none. */
static bool
read_time(int64_t *out, const char *text)
{
    return text && tm_parse(out, text) == 0;
}

/* True if new rows stand behind rows with a later time. */
static bool
is_disordered(const struct archive *a, const struct table *t)
{
    int64_t first;

    return table_is_disordered(t) ||
           (a->was_latest != STATE_NO_TIME &&
            read_time(&first, table_earliest_new(t)) && first < a->was_latest);
}

static void
note_flushed(struct archive *a, int i)
{
    const struct output *o = &a->output[i];
    struct table_state *t = table_state(a, i);
    int64_t time;

    for (size_t k = 0; k < a->done.n; k++)
        if (a->done.window[k].span.from < a->done.window[k].span.to)
            coverage_add(&t->coverage, a->done.window[k].span);
    if (!o->table)
        return;
    table_sent(o->table, &a->state->columns);
    if (table_rows(o->table) >= 0)
        t->rows = table_rows(o->table);
    if (a->had_holes || is_disordered(a, o->table)) /* see archive_tidy() */
        t->in_order = false;
    if (read_time(&time, table_earliest(o->table)) &&
        (a->state->first_record == STATE_NO_TIME ||
         time < a->state->first_record))
        a->state->first_record = time;
    if (read_time(&time, table_latest(o->table)) &&
        time > a->state->last_record)
        a->state->last_record = time;
}

void
archive_note_open(struct archive *a, bool saw_all)
{
    int64_t *known = &a->state->open_since;

    if (a->end_column < 0)
        return;
    if (saw_all || *known == STATE_NO_TIME ||
        (a->open_since != PLAN_NO_TIME && a->open_since < *known))
        *known = a->open_since;
}

int
archive_flush(struct archive *a, struct err *e)
{
    struct table *table[FORMATS];
    struct table_counts counts[FORMATS] = { { 0 } };
    size_t n = 0;

    for (int i = 0; i < FORMATS; i++)
        if (a->output[i].table)
            table[n++] = a->output[i].table;
    if (table_flush_all(table, counts, n, a->in.now, e) < 0) {
        a->is_broken = true;
        return -1;
    }
    for (size_t k = 0; k < a->done.n; k++)
        a->had_holes = a->had_holes || !a->done.window[k].is_recent;
    for (int i = 0; i < FORMATS; i++)
        if (a->output[i].is_wanted)
            note_flushed(a, i);
    a->counts.added += counts[0].added; /* all take the same records */
    a->counts.changed += counts[0].changed;
    a->done.n = 0;
    archive_note_open(a, false);
    return 0;
}

int
archive_tidy(struct archive *a, struct err *e)
{
    for (int i = 0; i < FORMATS; i++) {
        struct output *o = &a->output[i];
        bool moved = false;

        if (!o->is_wanted || table_state(a, i)->in_order)
            continue;
        if (!o->table && open_table(a, i, e) < 0)
            return -1;
        if (table_tidy(o->table, &moved, e) < 0)
            return -1;
        if (moved)
            log_info("%s: put in time order", a->label);
        table_state(a, i)->in_order = true;
    }
    return 0;
}

struct archive_counts
archive_count(const struct archive *a)
{
    struct archive_counts counts = a->counts;

    counts.unchanged = counts.fetched - counts.added - counts.changed;
    return counts;
}
