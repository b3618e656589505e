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
#include "spec/category.h"

enum { INHERITED_MAX = 16, NONE = -1 };

struct child {
    const struct child_of *spec;
    struct columns *columns;
    struct flattener *flattener;
    struct row row;
    struct {
        size_t column;
        size_t from; /* of the parent */
    } inherited[INHERITED_MAX];
    size_t inherited_n;
    int32_t index, value, time;    /* columns of ours; NONE */
    int32_t list, start, interval; /* columns of the parent; NONE */
    struct buf text;               /* of index and time */
};

static int32_t
find(const struct columns *columns, const char *name)
{
    return name ? columns_find(columns, name, strlen(name)) : NONE;
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
        made->inherited[made->inherited_n].column =
            (size_t)find(columns, i->column);
        made->inherited[made->inherited_n++].from =
            (size_t)find(parent, i->from);
    }
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
    row_free(&child->row);
    buf_free(&child->text);
    free(child);
}

void
child_forget(struct child *child)
{
    flattener_forget(child->flattener);
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

static void
inherit(struct child *child, const struct row *record)
{
    for (size_t i = 0; i < child->inherited_n; i++)
        child->row.cell[child->inherited[i].column] =
            *cell_of(record, (int32_t)child->inherited[i].from);
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

/* What all rows have: the record's columns, the number, the time. -1: there is
 * no such time. */
static int
fill(struct child *child, const struct row *record, const struct samples *s,
     int64_t i)
{
    size_t at;

    inherit(child, record);
    buf_clear(&child->text);
    (void)buf_room(&child->text, 128); /* what is in it does not move */
    if (child->index >= 0) {
        at = child->text.n;
        buf_addf(&child->text, "%lld", (long long)i);
        put_text(child, child->index, CELL_NUMBER, at);
    }
    if (child->time >= 0) {
        at = child->text.n;
        if (samples_time(&child->text, s, i) < 0)
            return -1;
        put_text(child, child->time, CELL_STRING, at);
    }
    return 0;
}

/* Reads on to the end of an item: 1 it is a row now, 0 it is none, -1. */
static int
read_item(struct child *child, struct json *j, struct json_token *t,
          struct err *e)
{
    if (t->type == JSON_OBJECT && child->value < 0)
        return flatten(&child->row, child->flattener, j, e) < 0 ? -1 : 1;
    if (json_skip(t, j, e) < 0)
        return -1;
    if (child->value < 0 || t->type == JSON_OBJECT)
        return 0;
    start_row(child);
    return row_set(&child->row, (size_t)child->value, t, e) < 0 ? -1 : 1;
}

static int
read_list(struct child *child, const struct row *record,
          const struct samples *s, const struct child_sink *sink, struct err *e)
{
    const struct cell *list = cell_of(record, child->list);
    struct json_token t;
    struct json j;
    int all = 1;

    json_start(&j, list->p, list->n);
    if (json_next(&t, &j, e) < 0) /* the bracket */
        return -1;
    for (int64_t i = 0;; i++) {
        int rc;

        if (json_next(&t, &j, e) < 0)
            return -1;
        if (t.type == JSON_ARRAY_END)
            return all;
        if (t.type == JSON_NULL)
            continue;
        if ((rc = read_item(child, &j, &t, e)) < 0)
            return -1;
        if (rc == 0 || fill(child, record, s, i) < 0)
            all = 0;
        else if (sink->add(sink->user, &child->row, e) < 0)
            return -1;
    }
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

    if (list->type != CELL_NONE && list->type != CELL_ARRAY)
        return 0;
    if (list->type == CELL_ARRAY && has_items(list) &&
        read_series(&s, child, record) < 0)
        return 0;
    start_row(child);
    inherit(child, record);
    if (sink->own(sink->user, &child->row, e) < 0)
        return -1;
    return list->type == CELL_ARRAY ? read_list(child, record, &s, sink, e) : 1;
}
