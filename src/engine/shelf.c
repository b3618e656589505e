#include "engine/shelf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/tm.h"
#include "data/columns.h"
#include "engine/archive.h"
#include "engine/child.h"
#include "engine/fanout.h"
#include "engine/plan.h"
#include "engine/source.h"
#include "engine/tables.h"
#include "spec/category.h"
#include "spec/provider.h"
#include "store/coverage.h"
#include "store/recast.h"
#include "store/state.h"
#include "store/vanish.h"
#include "sys/fs.h"

enum { FORMATS = NAMES_FORMATS };

/* The record itself holds its children already, and an event its record; what
 * names these is not in them. */
static bool
is_wanted(const struct shelf *s, int format)
{
    return (s->in->source->formats >> format & 1) != 0 &&
           !(category_parent(s->category) && format == TABLE_RAW);
}

static void
name_files(struct shelf *s)
{
    const char *source = s->in->source->name, *name = s->category->name;
    struct buf b = BUF_INIT;

    buf_addf(&b, "%s/%s", s->in->dir, source);
    s->folder = buf_take(&b);
    buf_addf(&b, "%s/.wearchive", s->in->dir);
    s->own_dir = buf_take(&b);
    buf_addf(&b, "%s/torn", s->own_dir);
    s->torn_dir = buf_take(&b);
    buf_addf(&b, "%s/%s", source, name);
    s->label = buf_take(&b);
    for (int i = 0; i < FORMATS; i++) {
        struct output *o = &s->output[i];

        o->is_wanted = is_wanted(s, i);
        buf_addf(&b, "%s/%s%s", s->folder, name,
                 names_of((enum table_format)i)->suffix);
        o->path = buf_take(&b);
        buf_addf(&b, "%s/%s%s", s->folder, name,
                 names_of((enum table_format)i)->history);
        o->history = buf_take(&b);
    }
    s->is_for_sheet =
        s->output[TABLE_CSV].is_wanted && s->in->source->profile == CSV_EXCEL;
    s->sheet.path = s->output[TABLE_CSV].path;
    s->sheet.label = s->label;
}

static struct table_state *
table_state(const struct shelf *s, int i)
{
    return state_table(s->state, names_of((enum table_format)i)->word);
}

/* A clock that was ahead proved nothing about times that are still to come. If
 * it was far ahead, nobody knows when that run was, but not before the last
 * record. */
static void
cut_coverage(struct shelf *s)
{
    int64_t last = s->state->last_record, now = s->in->now;

    for (int i = 0; i < FORMATS; i++) {
        struct coverage *c;

        if (!s->output[i].is_wanted)
            continue;
        c = &table_state(s, i)->coverage;
        if (coverage_newest(c, now) > now + DAY && last < now)
            coverage_cut(c, last);
        coverage_cut(c, now);
    }
}

/* A kill may have come between rows and state: their order is not known. */
static void
doubt_order(struct shelf *s)
{
    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].is_wanted)
            table_state(s, i)->in_order = false;
}

/* A table that is gone is to be fetched again, and that is worth a line. */
static int
check_tables(struct shelf *s, struct err *e)
{
    for (int i = 0; i < FORMATS; i++) {
        struct table_state *t;
        struct stat st;
        int rc;

        if (!s->output[i].is_wanted)
            continue;
        t = table_state(s, i);
        if (t->rows <= 0)
            continue;
        rc = fs_stat(&st, s->output[i].path, e);
        if (rc < 0)
            return -1;
        if (rc == 1 && st.st_size > 0)
            continue;
        log_warn("%s: %s is gone; all of it will be fetched again", s->label,
                 s->output[i].path);
        coverage_free(&t->coverage);
        done_free(&t->done);
        t->page = 0;
        t->rows = 0;
        t->in_order = true;
    }
    return 0;
}

int
shelf_open(struct shelf *s, const struct archive_in *in,
           const struct category *c, const struct columns *parent,
           struct err *e)
{
    *s = (struct shelf){ .in = in, .category = c };
    s->state = state_category(in->state, in->source->name, c->name);
    s->was_latest = s->state->last_record;
    s->columns = columns_new();
    s->declared = tables_declare(s->columns, c);
    if (c->child)
        s->child = child_new(c, s->columns, parent);
    name_files(s);
    cut_coverage(s);
    if (in->was_killed)
        doubt_order(s);
    return check_tables(s, e);
}

void
shelf_close(struct shelf *s)
{
    for (int i = 0; i < FORMATS; i++) {
        table_close(s->output[i].table);
        free(s->output[i].path);
        free(s->output[i].history);
    }
    child_free(s->child);
    columns_free(s->columns);
    free(s->folder);
    free(s->own_dir);
    free(s->torn_dir);
    free(s->label);
}

void
shelf_coverage(struct coverage *out, bool *is_first, const struct shelf *s)
{
    for (int i = 0; i < FORMATS; i++) {
        struct coverage both = COVERAGE_INIT;

        if (!s->output[i].is_wanted)
            continue;
        if (*is_first) {
            coverage_copy(out, &table_state(s, i)->coverage);
            *is_first = false;
            continue;
        }
        coverage_both(&both, out, &table_state(s, i)->coverage);
        coverage_free(out);
        *out = both;
    }
}

void
shelf_forget(struct shelf *s)
{
    s->is_forgotten = true;
    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].is_wanted) {
            coverage_free(&table_state(s, i)->coverage);
            done_free(&table_state(s, i)->done);
            table_state(s, i)->page = 0;
        }
}

void
shelf_reading(int64_t *page, int64_t *began, const struct shelf *s)
{
    for (int i = 0; i < FORMATS; i++) {
        const struct table_state *t;

        if (!s->output[i].is_wanted)
            continue;
        t = table_state(s, i);
        if (t->page < *page)
            *page = t->page;
        if (t->page > 0 && t->began < *began)
            *began = t->began;
    }
}

void
shelf_read(struct shelf *s, int64_t page, int64_t began)
{
    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].is_wanted) {
            table_state(s, i)->page = page;
            table_state(s, i)->began = began;
        }
}

bool
shelf_was_asked(const struct shelf *s, const struct fanout_item *item)
{
    uint32_t print;

    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].is_wanted &&
            done_find(&print, &table_state(s, i)->done, item->id, item->n))
            return true;
    return s->is_forgotten;
}

bool
shelf_has_done(const struct shelf *s, const struct fanout_item *item)
{
    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].is_wanted &&
            !done_has(&table_state(s, i)->done, item->id, item->n, item->print))
            return false;
    return true;
}

bool
shelf_lost_done(const struct shelf *s)
{
    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].is_wanted && table_state(s, i)->done.n > 0)
            return false;
    return true;
}

void
shelf_take_done(struct shelf *s, const struct done *done)
{
    for (int i = 0; i < FORMATS; i++)
        for (size_t k = 0; s->output[i].is_wanted && k < done->n; k++)
            done_put(&table_state(s, i)->done,
                     done->texts.p + done->entry[k].at, done->entry[k].n,
                     done->entry[k].print);
}

static int
recast(struct recast *r, const struct shelf *s, const char *path, struct err *e)
{
    struct table_spec spec = { .path = path,
                               .format = TABLE_CSV,
                               .profile = s->in->source->profile };
    int rc;

    spec.columns = columns_new();
    spec.declared = tables_declare(spec.columns, s->category);
    tables_describe(&spec, s->category);
    rc = recast_file(r, &spec, e);
    columns_free(spec.columns);
    if (rc == 0 && r->changed)
        log_info("%s: %s is written for %s now", s->label, path,
                 profile_word(spec.profile));
    return rc;
}

int
shelf_recast(struct shelf *s, struct err *e)
{
    const struct output *o = &s->output[TABLE_CSV];
    const char *wanted = profile_word(s->in->source->profile);
    struct table_state *t;
    struct recast table, history;

    if (!o->is_wanted)
        return 0;
    t = table_state(s, TABLE_CSV);
    if (text_is(t->profile ? t->profile : profile_word(CSV_PLAIN), wanted))
        return 0;
    if (recast(&history, s, o->history, e) < 0 ||
        recast(&table, s, o->path, e) < 0)
        return -1;
    state_set_profile(t, wanted);
    if (s->is_for_sheet) {
        s->sheet.longest = table.longest;
        sheet_say(&s->sheet, table.rows);
    }
    return 1;
}

static struct table_spec
make_spec(const struct shelf *s, int i)
{
    const struct output *o = &s->output[i];
    struct table_spec spec = {
        .path = o->path,
        .history = s->in->source->history ? o->history : NULL,
        .root = s->in->dir,
        .own_dir = s->own_dir,
        .torn_dir = s->torn_dir,
        .label = s->label,
        .format = (enum table_format)i,
        .profile = s->in->source->profile,
        .columns = s->columns,
        .declared = s->declared,
        .sent = &s->state->columns,
        .was_killed = s->in->was_killed,
    };

    tables_describe(&spec, s->category);
    return spec;
}

static int
open_table(struct shelf *s, int i, struct err *e)
{
    struct table_spec spec = make_spec(s, i);

    return table_open(&s->output[i].table, &spec, e);
}

uint64_t
shelf_hash(const struct shelf *s, const struct row *row)
{
    struct table_spec spec = make_spec(s, TABLE_CSV);

    return vanish_hash(&spec, row);
}

int
shelf_vanished(struct vanished *out, struct shelf *s,
               const struct vanish_in *in, struct err *e)
{
    for (int i = 0; i < FORMATS; i++) {
        struct table_spec spec = make_spec(s, i);
        struct vanish_in one = *in;

        if (!s->output[i].is_wanted)
            continue;
        one.spec = &spec;
        if (vanish_find(out, &one, e) < 0)
            return -1;
        if (!in->is_noted) /* every format has the same rows */
            return 0;
    }
    return 0;
}

int
shelf_open_tables(struct shelf *s, struct err *e)
{
    for (int i = 0; i < FORMATS; i++) {
        if (!s->output[i].is_wanted || s->output[i].table)
            continue;
        if (fs_mkdirs(s->folder, e) < 0 || open_table(s, i, e) < 0)
            return -1;
    }
    return 0;
}

void
shelf_follow(struct shelf *child, struct shelf *parent)
{
    for (int i = 0; i < FORMATS; i++)
        if (child->output[i].table && parent->output[i].table)
            table_follow(child->output[i].table, parent->output[i].table);
}

static int
own(void *user, const struct row *row, struct err *e)
{
    struct shelf *s = user;

    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].table && table_own(s->output[i].table, row, e) < 0)
            return -1;
    return 0;
}

static int
add(void *user, const struct row *row, struct err *e)
{
    struct shelf *s = user;

    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].table && table_add(s->output[i].table, row, e) < 0)
            return -1;
    if (s->is_for_sheet)
        sheet_note(&s->sheet, row);
    return 0;
}

/* The record still has what its children were to be made of. */
static void
warn_odd(struct shelf *s)
{
    if (!s->is_warned)
        log_warn("%s: \"%s\" of a record is not as declared; rows of it are "
                 "left out",
                 s->label, s->category->child->list_at);
    s->is_warned = true;
}

int
shelf_own(struct shelf *s, const struct row *row, struct err *e)
{
    return own(s, row, e);
}

int
shelf_add(struct shelf *s, const struct row *record, struct err *e)
{
    struct child_sink sink = { own, add, s };
    int rc;

    if (!s->child)
        return add(s, record, e);
    rc = child_read(s->child, record, &sink, e);
    if (rc == 0)
        warn_odd(s);
    return rc < 0 ? -1 : 0;
}

int
shelf_delete(struct shelf *s, const struct row *row, struct err *e)
{
    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].table && table_delete(s->output[i].table, row, e) < 0)
            return -1;
    return 0;
}

void
shelf_mark(struct shelf *s)
{
    s->marked = columns_n(s->columns);
    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].table)
            s->output[i].mark = table_mark(s->output[i].table);
}

void
shelf_rollback(struct shelf *s)
{
    columns_cut(s->columns, s->marked);
    if (s->child)
        child_forget(s->child);
    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].table)
            table_rollback(s->output[i].table, s->output[i].mark);
}

bool
shelf_is_full(const struct shelf *s)
{
    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].table && table_is_full(s->output[i].table))
            return true;
    return false;
}

int
shelf_spill(struct shelf *s, int64_t now, struct err *e)
{
    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].table && table_is_full(s->output[i].table) &&
            table_spill(s->output[i].table, now, e) < 0)
            return -1;
    return 0;
}

void
shelf_seal(struct shelf *s)
{
    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].table)
            table_seal(s->output[i].table);
}

size_t
shelf_bytes(const struct shelf *s)
{
    size_t n = 0;

    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].table)
            n += table_bytes(s->output[i].table);
    return n;
}

bool
shelf_needs_flush(const struct shelf *s)
{
    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].table && table_needs_flush(s->output[i].table))
            return true;
    return false;
}

/* A time of the table as seconds; false if there is none. */
static bool
read_time(int64_t *out, const char *text)
{
    return text && tm_parse(out, text) == 0;
}

/* True if new rows stand behind rows with a later time. */
static bool
is_disordered(const struct shelf *s, const struct table *t)
{
    int64_t first;

    return table_is_disordered(t) ||
           (s->was_latest != STATE_NO_TIME &&
            read_time(&first, table_earliest_new(t)) && first < s->was_latest);
}

/* Rows that went without us: the state takes the table as it is from now on,
 * so this is said now or never. */
static void
warn_missing(struct shelf *s, const struct table_state *state,
             const struct output *o)
{
    int64_t missing = state->rows + o->counts.added - o->counts.removed -
                      table_rows(o->table);

    if (s->in->was_killed || s->is_forgotten || state->rows <= 0 ||
        table_rows(o->table) < 0 || missing <= 0)
        return;
    log_warn("%s: %" PRId64 " row%s went from %s since the last run; what is "
             "not read again comes back with fetch --full",
             s->label, missing, missing == 1 ? "" : "s", o->path);
}

/* A record that was changed stands where it was, whatever its time is now. */
static bool
may_have_moved(const struct shelf *s, const struct output *o)
{
    const struct category *c = s->in->category;

    return (c->per || c->one_sided) &&
           (o->counts.changed > 0 || table_has_changed(o->table));
}

/* New rows may stand in the wrong place: see shelf_tidy(). */
static bool
is_out_of_order(const struct shelf *s, const struct output *o)
{
    return s->category->time_col && o->table && !o->is_tidy &&
           (s->had_holes || is_disordered(s, o->table) || may_have_moved(s, o));
}

static void
note_table(struct shelf *s, struct table_state *state, const struct output *o)
{
    const struct table *t = o->table;
    int64_t time;

    table_sent(t, &s->state->columns);
    if (table_rows(t) >= 0)
        state->rows = table_rows(t);
    if (is_out_of_order(s, o))
        state->in_order = false;
    if (read_time(&time, table_earliest(t)) &&
        (s->state->first_record == STATE_NO_TIME ||
         time < s->state->first_record))
        s->state->first_record = time;
    if (read_time(&time, table_latest(t)) && time > s->state->last_record)
        s->state->last_record = time;
}

/* Every format takes the same rows: those of the first one count. */
static const struct output *
first_output(const struct shelf *s)
{
    for (int i = 0; i < FORMATS; i++)
        if (s->output[i].is_wanted)
            return &s->output[i];
    return NULL;
}

static void
count(struct shelf *s)
{
    const struct output *o = first_output(s);

    if (!o || !o->table)
        return;
    s->counts.added += o->counts.added;
    s->counts.changed += o->counts.changed;
    s->counts.unchanged += o->counts.unchanged;
    s->counts.removed += o->counts.removed;
}

const struct done *
shelf_done(const struct shelf *s)
{
    const struct output *o = first_output(s);

    return o ? &table_state(s, (int)(o - s->output))->done : NULL;
}

int64_t
shelf_rows(const struct shelf *s)
{
    const struct output *o = first_output(s);

    if (o && o->table && table_rows(o->table) >= 0)
        return table_rows(o->table);
    return o ? table_state(s, (int)(o - s->output))->rows : -1;
}

static void
warn_sheet(struct shelf *s, const struct output *o)
{
    if (o->counts.added + o->counts.changed > 0)
        sheet_say(&s->sheet, table_rows(o->table));
}

static void
note_window(struct table_state *state, const struct window *w)
{
    if (w->item)
        done_put(&state->done, w->item->id, w->item->n, w->item->print);
    else if (w->span.from < w->span.to)
        coverage_add(&state->coverage, w->span);
}

static void
note_holes(struct shelf *s, const struct window *w, size_t n)
{
    for (size_t k = 0; k < n; k++)
        s->had_holes = s->had_holes || !w[k].is_recent;
}

void
shelf_flushed(struct shelf *s, const struct window *w, size_t n)
{
    note_holes(s, w, n);
    count(s);
    for (int i = 0; i < FORMATS; i++) {
        struct table_state *state;

        if (!s->output[i].is_wanted)
            continue;
        state = table_state(s, i);
        for (size_t k = 0; k < n; k++)
            note_window(state, &w[k]);
        if (s->output[i].table) {
            warn_missing(s, state, &s->output[i]);
            note_table(s, state, &s->output[i]);
        }
    }
    if (s->is_for_sheet && s->output[TABLE_CSV].table)
        warn_sheet(s, &s->output[TABLE_CSV]);
}

int
shelf_tidy(struct shelf *s, const struct window *w, size_t n, struct err *e)
{
    note_holes(s, w, n);
    for (int i = 0; i < FORMATS; i++) {
        struct output *o = &s->output[i];
        bool moved = false;

        if (!o->is_wanted ||
            (table_state(s, i)->in_order && !is_out_of_order(s, o)))
            continue;
        if (!o->table && open_table(s, i, e) < 0)
            return -1;
        if (table_tidy(o->table, &moved, e) < 0)
            return -1;
        if (moved)
            log_info("%s: put in time order", s->label);
        table_state(s, i)->in_order = o->is_tidy = true;
    }
    return 0;
}
