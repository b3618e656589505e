#include "engine/items.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "data/columns.h"
#include "data/flatten.h"
#include "data/json.h"
#include "data/keyset.h"
#include "spec/category.h"

enum { LEFT_OUT = -1 };

struct items {
    struct columns *columns; /* of the rows */
    const char *index_at;
    const struct inherited *renamed;
    struct columns *members;
    struct flattener *flattener;
    struct row row; /* by member */
    int32_t *to;    /* column of a member, or LEFT_OUT */
    size_t to_n;
};

struct items *
items_new(struct columns *columns, const char *index_at,
          const struct inherited *renamed)
{
    struct items *items = mem_zalloc(sizeof(*items));

    items->columns = columns;
    items->index_at = index_at;
    items->renamed = renamed;
    items->members = columns_new();
    items->flattener = flattener_new(items->members);
    return items;
}

void
items_free(struct items *items)
{
    if (!items)
        return;
    flattener_free(items->flattener);
    columns_free(items->members);
    row_free(&items->row);
    free(items->to);
    free(items);
}

void
items_forget(struct items *items)
{
    items->to_n = 0; /* the columns may be gone */
}

/* Adds the column of a member, unless it has none. */
static int
choose_column(int32_t *to, struct items *items, const char *name, struct err *e)
{
    const struct inherited *r = items->renamed;

    while (r && r->from && strcmp(r->from, name) != 0)
        r++;
    *to = LEFT_OUT;
    if (text_is(items->index_at, name) || (r && r->from && !r->column))
        return 0;
    if (r && r->from)
        name = r->column;
    *to = columns_add(items->columns, name, strlen(name));
    if (*to < 0)
        return err_set(e, ERR_DATA, "more than %d columns", (int)COLUMNS_MAX);
    return 0;
}

static int
choose_columns(struct items *items, struct err *e)
{
    size_t n = columns_n(items->members);

    if (n <= items->to_n)
        return 0;
    items->to = mem_resize(items->to, n, sizeof(*items->to));
    for (; items->to_n < n; items->to_n++)
        if (choose_column(&items->to[items->to_n], items,
                          columns_name(items->members, items->to_n), e) < 0)
            return -1;
    return 0;
}

/* The cell of index_at. */
static void
find_index(struct cell *index, const struct items *items)
{
    int32_t at = items->index_at ? columns_find(items->members, items->index_at,
                                                strlen(items->index_at))
                                 : -1;

    *index = (struct cell){ .type = CELL_NONE };
    if (at >= 0 && (size_t)at < items->row.n)
        *index = items->row.cell[at];
}

int
items_read(struct row *out, struct cell *index, struct items *items,
           struct json *j, struct err *e)
{
    if (flatten(&items->row, items->flattener, j, e) < 0 ||
        choose_columns(items, e) < 0)
        return -1;
    row_fit(out, columns_n(items->columns));
    for (size_t i = 0; i < items->row.n; i++)
        if (items->to[i] != LEFT_OUT && items->row.cell[i].type != CELL_NONE)
            out->cell[items->to[i]] = items->row.cell[i];
    out->notes |= items->row.notes;
    find_index(index, items);
    return 0;
}

/* Adds the number of an item; false if it has none, or another one has it. */
static bool
has_number(struct keyset *seen, const struct items *items,
           const struct json_token *item)
{
    struct err ignored = ERR_INIT; /* the text was checked */
    struct json_token t;
    int64_t number;

    if (item->type != JSON_OBJECT ||
        json_at(&t, item->p, item->n, items->index_at, &ignored) != 1 ||
        t.type != JSON_NUMBER || num_i64(&number, t.p, t.n) < 0 || number < 0)
        return false;
    return keyset_add(seen, (uint64_t)number);
}

bool
items_are_numbered(const struct items *items, const struct cell *list)
{
    struct err ignored = ERR_INIT;
    struct keyset seen = KEYSET_INIT;
    struct json_token t;
    struct json j;
    bool all = items->index_at != NULL;

    json_start(&j, list->p, list->n);
    (void)json_next(&t, &j, &ignored); /* the bracket */
    while (all && json_next(&t, &j, &ignored) == 1 &&
           t.type != JSON_ARRAY_END) {
        if (json_skip(&t, &j, &ignored) < 0)
            break;
        all = t.type == JSON_NULL || has_number(&seen, items, &t);
    }
    keyset_free(&seen);
    return all;
}
