#include "engine/events.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/tm.h"
#include "data/columns.h"
#include "data/json.h"
#include "spec/category.h"

#define NO_TIME INT64_MIN

static const struct cell *
cell_of(const struct row *row, const struct columns *columns, const char *name)
{
    static const struct cell none = { .type = CELL_NONE };
    int32_t column = columns_find(columns, name, strlen(name));

    return column >= 0 && (size_t)column < row->n ? &row->cell[column] : &none;
}

void
events_init(struct events *ev, const struct category *c,
            struct columns *columns)
{
    *ev = (struct events){ .category = c, .columns = columns };
    ev->flattener = flattener_new(columns);
}

void
events_free(struct events *ev)
{
    flattener_free(ev->flattener);
    row_free(&ev->row);
    events_start(ev);
}

void
events_forget(struct events *ev)
{
    flattener_forget(ev->flattener);
}

void
events_start(struct events *ev)
{
    done_free(&ev->seen);
    free(ev->newest);
    ev->newest = NULL;
}

/* The columns of the category's filled. */
static void
fill(struct row *row, const struct category *c, const struct columns *columns)
{
    for (const struct filled *f = c->filled; f && f->column; f++) {
        int32_t column = columns_find(columns, f->column, strlen(f->column));

        for (size_t i = 0; f->from[i]; i++) {
            const struct cell *from = cell_of(row, columns, f->from[i]);

            if (from->type == CELL_NONE)
                continue;
            row->cell[column] = *from; /* both are declared: spec/check */
            break;
        }
    }
}

static bool
is_word(const struct cell *cell, const char *word)
{
    return cell->type == CELL_STRING && cell->n == strlen(word) &&
           memcmp(cell->p, word, cell->n) == 0;
}

/* Where the record of the event is: 1, 0 there is none, -1. */
static int
find_record(struct events *ev, struct err *e)
{
    struct json_token t;
    int rc = json_at(&t, ev->row.raw, ev->row.raw_n,
                     ev->category->feed_of->record_at, e);

    if (rc < 1 || t.type != JSON_OBJECT)
        return rc < 0 ? -1 : 0;
    ev->p = t.p;
    ev->n = t.n;
    return 1;
}

/* When the event was; NO_TIME if it does not say. */
static struct instant
time_of(const struct events *ev)
{
    const struct cell *cell =
        cell_of(&ev->row, ev->columns, ev->category->time_col);
    struct instant t;

    if (cell->type != CELL_STRING || tm_instant(&t, cell->p, cell->n) < 0)
        return (struct instant){ .sec = NO_TIME };
    return t;
}

/* False if one about the same record is as new. */
static bool
is_newest(struct events *ev, const struct cell *key)
{
    struct instant t = time_of(ev);
    uint32_t at;

    if (!done_find(&at, &ev->seen, key->p, key->n)) {
        at = (uint32_t)ev->seen.n;
        done_put(&ev->seen, key->p, key->n, at);
        ev->newest = mem_resize(ev->newest, ev->seen.n, sizeof(*ev->newest));
    } else if (t.sec == NO_TIME || ev->newest[at].sec == NO_TIME ||
               tm_compare(&t, &ev->newest[at]) <= 0) {
        return false;
    }
    ev->newest[at] = t;
    return true;
}

bool
events_has_id(const struct events *ev)
{
    return cell_of(&ev->row, ev->columns, ev->category->ids[0])->type !=
           CELL_NONE;
}

int
events_read(struct events *ev, struct json *j, struct err *e)
{
    const struct feed_of *f = ev->category->feed_of;
    const struct cell *key;
    bool is_gone;
    int rc = 0;

    if (flatten(&ev->row, ev->flattener, j, e) < 0)
        return -1;
    fill(&ev->row, ev->category, ev->columns);
    is_gone = is_word(cell_of(&ev->row, ev->columns, f->type_at), f->gone);
    if (!is_gone && (rc = find_record(ev, e)) <= 0)
        return rc < 0 ? -1 : EVENT_OTHER;
    key = cell_of(&ev->row, ev->columns, ev->category->ids[0]);
    if (key->type == CELL_NONE)
        return err_set(e, ERR_DATA, "an event without %s",
                       ev->category->ids[0]);
    if (!is_newest(ev, key))
        return EVENT_OLD;
    if (!is_gone)
        return EVENT_RECORD;
    ev->id = *cell_of(&ev->row, ev->columns, f->gone_id);
    return EVENT_GONE;
}
