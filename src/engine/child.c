#include "engine/child.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "data/columns.h"
#include "data/flatten.h"
#include "data/json.h"
#include "data/samples.h"
#include "engine/items.h"
#include "spec/category.h"

enum { INHERITED_MAX = 16, NONE = -1, NOT_KNOWN = -1 };

/* A column that is copied, by numbers. */
struct copied {
    size_t column;
    size_t from; /* of what it is copied from */
};

struct child {
    const struct child_of *spec;
    struct columns *columns;
    struct flattener *flattener;
    struct items *items; /* instead of the flattener; or NULL */
    struct row row;
    struct copied inherited[INHERITED_MAX];
    size_t inherited_n;
    struct outer *outer;           /* where lists are in lists; or NULL */
    int32_t index, value, time;    /* columns of ours; NONE */
    int32_t list, start, interval; /* columns of the parent; NONE */
    struct buf text;               /* of index and time */
};

/* The items of the outer list. */
struct outer {
    struct columns *columns; /* all that they have */
    struct items *items;
    struct row row;
    struct copied inherited[INHERITED_MAX];
    size_t inherited_n;
    int32_t list;      /* column with the inner list */
    int32_t index;     /* column of ours; NONE */
    struct buf number; /* text of it */
};

/* One list that is being read. */
struct listing {
    const struct row *record;
    const struct cell *list;
    const struct samples *samples;
    const struct child_sink *sink;
    int numbered; /* its items say their own numbers: 1, 0, or NOT_KNOWN */
};

static int32_t
find(const struct columns *columns, const char *name)
{
    return name ? columns_find(columns, name, strlen(name)) : NONE;
}

static struct outer *
outer_new(const struct child_of *spec, const struct columns *columns)
{
    const struct inner_list *inner = spec->inner;
    struct outer *outer = mem_zalloc(sizeof(*outer));
    const struct inherited *i = inner->inherited;

    outer->columns = columns_new();
    outer->list =
        columns_add(outer->columns, inner->list_at, strlen(inner->list_at));
    for (; i && i->column && outer->inherited_n < INHERITED_MAX; i++)
        outer->inherited[outer->inherited_n++] = (struct copied){
            (size_t)find(columns, i->column),
            (size_t)columns_add(outer->columns, i->from, strlen(i->from)),
        };
    outer->items = items_new(outer->columns, spec->index_at, NULL);
    outer->index = find(columns, inner->index_col);
    return outer;
}

static void
outer_free(struct outer *outer)
{
    if (!outer)
        return;
    items_free(outer->items);
    columns_free(outer->columns);
    row_free(&outer->row);
    buf_free(&outer->number);
    free(outer);
}

struct child *
child_new(const struct category *c, struct columns *columns,
          const struct columns *parent)
{
    struct child *made = mem_zalloc(sizeof(*made));
    const struct child_of *spec = c->child;
    const struct inherited *i = spec->inherited;

    made->spec = spec;
    made->columns = columns;
    made->flattener = flattener_new(columns);
    /* All of these are declared: spec/check. */
    for (; i->column && made->inherited_n < INHERITED_MAX; i++) {
        made->inherited[made->inherited_n++] =
            (struct copied){ (size_t)find(columns, i->column),
                             (size_t)find(parent, i->from) };
    }
    if (spec->renamed || spec->index_at)
        made->items = items_new(columns, spec->index_at, spec->renamed);
    if (spec->inner)
        made->outer = outer_new(spec, columns);
    made->index = find(columns, spec->index_col);
    made->value = find(columns, spec->value_col);
    made->time = spec->start_at ? find(columns, c->time_col) : NONE;
    made->list = find(parent, spec->list_at);
    made->start = find(parent, spec->start_at);
    made->interval = find(parent, spec->interval_at);
    return made;
}

void
child_free(struct child *child)
{
    if (!child)
        return;
    flattener_free(child->flattener);
    items_free(child->items);
    outer_free(child->outer);
    row_free(&child->row);
    buf_free(&child->text);
    free(child);
}

void
child_forget(struct child *child)
{
    flattener_forget(child->flattener);
    if (child->items)
        items_forget(child->items);
}

static const struct cell *
cell_of(const struct row *row, int32_t column)
{
    static const struct cell none = { .type = CELL_NONE };

    return column >= 0 && (size_t)column < row->n ? &row->cell[column] : &none;
}

static void
start_row(struct child *child)
{
    child->row.n = 0;
    child->row.notes = 0;
    row_fit(&child->row, columns_n(child->columns));
}

/* What is not there leaves what is. */
static void
copy(struct row *row, const struct row *from, const struct copied *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct cell *cell = cell_of(from, (int32_t)c[i].from);

        if (cell->type != CELL_NONE)
            row->cell[c[i].column] = *cell;
    }
}

static void
inherit(struct child *child, const struct row *record)
{
    copy(&child->row, record, child->inherited, child->inherited_n);
}

/* The text was added to child->text from at on. */
static void
put_text(struct child *child, int32_t column, enum cell_type type, size_t at)
{
    child->row.cell[column] = (struct cell){
        .p = child->text.p + at,
        .n = (uint32_t)(child->text.n - at),
        .type = (uint16_t)type,
    };
}

/* What is known of the outer item. */
static void
fill_outer(struct child *child)
{
    struct outer *outer = child->outer;

    copy(&child->row, &outer->row, outer->inherited, outer->inherited_n);
    if (outer->index >= 0)
        child->row.cell[outer->index] = (struct cell){
            .p = outer->number.p,
            .n = (uint32_t)outer->number.n,
            .type = CELL_NUMBER,
        };
}

/* An item that says its number, and it is not what was counted. */
static bool
says_other(const struct cell *counted, const struct cell *index)
{
    return index->type != CELL_NONE &&
           (index->n != counted->n ||
            memcmp(index->p, counted->p, counted->n) != 0);
}

/* Mostly nobody has to ask: then what they say is what is counted. */
static bool
is_numbered(int *numbered, const struct items *items, const struct cell *list)
{
    if (*numbered == NOT_KNOWN)
        *numbered = items_are_numbered(items, list);
    return *numbered == 1;
}

/* What all rows have: the record's columns, the number, the time. -1: there is
 * no such time. */
static int
fill(struct child *child, struct listing *l, int64_t i,
     const struct cell *index)
{
    size_t at;

    inherit(child, l->record);
    if (child->outer)
        fill_outer(child);
    buf_clear(&child->text);
    (void)buf_room(&child->text, 128); /* what is in it does not move */
    if (child->index >= 0) {
        at = child->text.n;
        buf_addi(&child->text, i);
        put_text(child, child->index, CELL_NUMBER, at);
        if (child->items && says_other(&child->row.cell[child->index], index) &&
            is_numbered(&l->numbered, child->items, l->list))
            child->row.cell[child->index] = *index;
    }
    if (child->time >= 0) {
        at = child->text.n;
        if (samples_time(&child->text, l->samples, i) < 0)
            return -1;
        put_text(child, child->time, CELL_STRING, at);
    }
    return 0;
}

static int
read_object(struct child *child, struct cell *index, struct json *j,
            struct err *e)
{
    int rc;

    if (!child->items)
        return flatten(&child->row, child->flattener, j, e) < 0 ? -1 : 1;
    start_row(child);
    rc = items_read(&child->row, index, child->items, j, e);
    return rc < 0 ? -1 : 1;
}

/* Reads on to the end of an item: 1 it is a row now, 0 it is none, -1. */
static int
read_item(struct child *child, struct cell *index, struct json *j,
          struct json_token *t, struct err *e)
{
    if (t->type == JSON_OBJECT && child->value < 0)
        return read_object(child, index, j, e);
    if (json_skip(t, j, e) < 0)
        return -1;
    if (child->value < 0 || t->type == JSON_OBJECT)
        return 0;
    start_row(child);
    return row_set(&child->row, (size_t)child->value, t, e) < 0 ? -1 : 1;
}

static int
read_list(struct child *child, const struct cell *list, struct listing *l,
          struct err *e)
{
    struct json_token t;
    struct json j;
    int all = 1;

    l->list = list;
    l->numbered = NOT_KNOWN;
    json_start(&j, list->p, list->n);
    if (json_next(&t, &j, e) < 0) /* the bracket */
        return -1;
    for (int64_t i = 0;; i++) {
        struct cell index = { .type = CELL_NONE };
        int rc;

        if (json_next(&t, &j, e) < 0)
            return -1;
        if (t.type == JSON_ARRAY_END)
            return all;
        if (t.type == JSON_NULL)
            continue;
        if ((rc = read_item(child, &index, &j, &t, e)) < 0)
            return -1;
        if (rc == 0 || fill(child, l, i, &index) < 0)
            all = 0;
        else if (l->sink->add(l->sink->user, &child->row, e) < 0)
            return -1;
    }
}

/* The outer item becomes the one that rows are of. */
static int
read_outer(struct outer *outer, struct listing *l, int64_t i, struct json *j,
           struct err *e)
{
    struct cell index, counted;

    outer->row.n = 0;
    outer->row.notes = 0;
    row_fit(&outer->row, columns_n(outer->columns));
    if (items_read(&outer->row, &index, outer->items, j, e) < 0)
        return -1;
    buf_clear(&outer->number);
    buf_addi(&outer->number, i);
    counted =
        (struct cell){ .p = outer->number.p, .n = (uint32_t)outer->number.n };
    if (says_other(&counted, &index) &&
        is_numbered(&l->numbered, outer->items, l->list)) {
        buf_clear(&outer->number);
        buf_add(&outer->number, index.p, index.n);
    }
    return 0;
}

/* 1: all of them were good, 0, -1. */
static int
read_lists(struct child *child, const struct cell *list, struct listing *l,
           struct err *e)
{
    struct outer *outer = child->outer;
    struct listing outside = { .list = list, .numbered = NOT_KNOWN };
    const struct cell *inner;
    struct json_token t;
    struct json j;
    int all = 1, rc = 1;

    json_start(&j, list->p, list->n);
    if (json_next(&t, &j, e) < 0) /* the bracket */
        return -1;
    for (int64_t i = 0; rc >= 0; i++) {
        if (json_next(&t, &j, e) < 0)
            return -1;
        if (t.type == JSON_ARRAY_END)
            return all;
        if (t.type != JSON_OBJECT) {
            all = t.type == JSON_NULL ? all : 0;
            rc = json_skip(&t, &j, e);
            continue;
        }
        if (read_outer(outer, &outside, i, &j, e) < 0)
            return -1;
        inner = cell_of(&outer->row, outer->list);
        if (inner->type == CELL_ARRAY)
            rc = read_list(child, inner, l, e);
        else if (inner->type != CELL_NONE)
            rc = 0;
        all = rc == 0 ? 0 : all;
    }
    return -1;
}

/* True if the list has an item that is not null. */
static bool
has_items(const struct cell *list)
{
    struct err ignored = ERR_INIT; /* it was checked */
    struct json_token t;
    struct json j;

    json_start(&j, list->p, list->n);
    (void)json_next(&t, &j, &ignored);
    while (json_next(&t, &j, &ignored) == 1)
        if (t.type != JSON_NULL)
            return t.type != JSON_ARRAY_END;
    return false;
}

/* When the samples were taken; -1 if the record does not tell. */
static int
read_series(struct samples *s, const struct child *child,
            const struct row *record)
{
    const struct cell *start = cell_of(record, child->start);
    const struct cell *interval = cell_of(record, child->interval);

    if (child->start < 0)
        return 0;
    if (start->type != CELL_STRING || interval->type != CELL_NUMBER)
        return -1;
    return samples_init(s, start->p, start->n, interval->p, interval->n);
}

int
child_read(struct child *child, const struct row *record,
           const struct child_sink *sink, struct err *e)
{
    const struct cell *list = cell_of(record, child->list);
    struct samples s = { 0 };
    struct listing l = { .record = record, .samples = &s, .sink = sink };

    if (list->type != CELL_NONE && list->type != CELL_ARRAY)
        return 0;
    if (list->type == CELL_ARRAY && has_items(list) &&
        read_series(&s, child, record) < 0)
        return 0;
    start_row(child);
    inherit(child, record);
    if (sink->own(sink->user, &child->row, e) < 0)
        return -1;
    if (list->type != CELL_ARRAY)
        return 1;
    return child->outer ? read_lists(child, list, &l, e)
                        : read_list(child, list, &l, e);
}
