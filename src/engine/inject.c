#include "engine/inject.h"

#include <inttypes.h>
#include <string.h>

#include "data/columns.h"
#include "data/flatten.h"
#include "data/json.h"
#include "engine/fanout.h"
#include "spec/category.h"

static int32_t
find(const struct columns *columns, const char *name)
{
    return name ? columns_find(columns, name, strlen(name)) : -1;
}

void
inject_init(struct inject *i, const struct category *c,
            const struct columns *columns)
{
    *i = (struct inject){
        .category = c,
        .id_column = -1,
        .index_column = -1,
        .within_column = -1,
    };
    if (!c->per)
        return;
    i->id_column = find(columns, c->per->id_col);
    i->index_column = find(columns, c->per->index_col);
    i->within_column = find(columns, c->per->index_within);
}

void
inject_start(struct inject *i, const struct fanout_item *item)
{
    i->item = item;
    i->index = 0;
    done_free(&i->counts);
}

/* Makes room for a column that the row may be too short for. */
static struct cell *
cell_at(struct row *row, int32_t column)
{
    row_fit(row, (size_t)column + 1);
    return &row->cell[column];
}

static void
put_id(const struct inject *i, struct row *row)
{
    const struct fanout_item *item = i->item;

    *cell_at(row, i->id_column) = (struct cell){
        .p = item->id,
        .n = item->n,
        .type = item->is_text ? CELL_STRING : CELL_NUMBER,
    };
}

/* The number of the record among those with its value. */
static uint32_t
count_within(struct inject *i, const struct row *row)
{
    const struct cell *value = &row->cell[i->within_column];
    uint32_t count = 0;

    if ((size_t)i->within_column >= row->n || value->type == CELL_NONE ||
        value->n == 0)
        return 0; /* it has no key */
    (void)done_find(&count, &i->counts, value->p, value->n);
    done_put(&i->counts, value->p, value->n, count + 1);
    return count;
}

static void
put_index(struct inject *i, struct row *row)
{
    if (i->within_column >= 0)
        i->index = count_within(i, row);
    buf_clear(&i->text);
    buf_addf(&i->text, "%" PRId64, i->index);
    *cell_at(row, i->index_column) = (struct cell){
        .p = i->text.p,
        .n = (uint32_t)i->text.n,
        .type = CELL_NUMBER,
    };
}

static void
add_member(struct buf *raw, const char *name, const struct cell *value)
{
    bool is_text = value->type == CELL_STRING;

    json_quote(raw, name, strlen(name));
    buf_addc(raw, ':');
    if (is_text)
        buf_addc(raw, '"');
    buf_add(raw, value->p, value->n);
    if (is_text)
        buf_addc(raw, '"');
    buf_addc(raw, ',');
}

/* The record's own text would not say what it is of. */
static void
extend_raw(struct inject *i, struct row *row, bool had_id)
{
    const struct per_record *per = i->category->per;
    const char *rest = row->raw + 1;
    size_t n = row->raw_n - 1;

    buf_clear(&i->raw);
    buf_addc(&i->raw, '{');
    if (i->id_column >= 0 && !had_id)
        add_member(&i->raw, per->id_col, &row->cell[i->id_column]);
    if (i->index_column >= 0)
        add_member(&i->raw, per->index_col, &row->cell[i->index_column]);
    while (n > 1 && strchr(" \t\r\n", *rest)) {
        rest++;
        n--;
    }
    if (*rest == '}') /* nothing follows the last comma */
        i->raw.n--;
    buf_add(&i->raw, rest, n);
    row->raw = i->raw.p;
    row->raw_n = i->raw.n;
}

void
inject_owner(struct inject *i, struct row *row)
{
    row->n = 0;
    row->notes = 0;
    if (i->id_column >= 0)
        put_id(i, row);
}

void
inject_row(struct inject *i, struct row *row)
{
    bool had_id = true;

    if (!i->item)
        return;
    if (i->id_column >= 0) {
        had_id = (size_t)i->id_column < row->n &&
                 row->cell[i->id_column].type != CELL_NONE;
        put_id(i, row);
    }
    if (i->index_column >= 0)
        put_index(i, row);
    if (!had_id || i->index_column >= 0)
        extend_raw(i, row, had_id);
    i->index++;
}

void
inject_free(struct inject *i)
{
    done_free(&i->counts);
    buf_free(&i->text);
    buf_free(&i->raw);
}
