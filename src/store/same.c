#include "store/same.h"

#include <string.h>

#include "base/err.h"
#include "data/cell.h"
#include "data/columns.h"
#include "data/csvtext.h"
#include "data/flatten.h"
#include "data/json.h"
#include "store/key.h"
#include "store/layout.h"

static bool
same_text(const struct buf *a, const struct buf *b)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n) == 0);
}

/* Compared as instants: 04:00:00Z and 04:00:00.000+00:00 are the same. */
static bool
same_instant(const struct buf *a, const struct buf *b)
{
    struct buf x = BUF_INIT, y = BUF_INIT;
    bool same;

    key_instant(&x, a->p, a->n);
    key_instant(&y, b->p, b->n);
    same = same_text(&x, &y);
    buf_free(&x);
    buf_free(&y);
    return same;
}

static bool
same_cell(const struct csv_slice *a, const struct csv_slice *b, bool is_instant)
{
    struct buf x = BUF_INIT, y = BUF_INIT;
    bool same = a->n == b->n && memcmp(a->p, b->p, a->n) == 0;

    if (same)
        return true;
    csv_cell_value(&x, a);
    csv_cell_value(&y, b);
    same = same_text(&x, &y) || (is_instant && same_instant(&x, &y));
    buf_free(&x);
    buf_free(&y);
    return same;
}

static struct csv_slice
take(const char **p, const char *end, const struct layout *l)
{
    if (!*p)
        return (struct csv_slice){ .p = "" };
    return csv_take(p, end, &l->dialect);
}

static bool
same_csv(const struct row_pair *pair)
{
    const struct layout *l = pair->layout;
    const char *old = pair->old, *old_end = old + pair->old_n;
    const char *new = pair->new, *new_end = new + pair->new_n;

    for (size_t at = 0; at < l->n && (old || new); at++) {
        struct csv_slice a = take(&old, old_end, l);
        struct csv_slice b = take(&new, new_end, l);
        bool is_instant = l->spec->instant_id && (int)at == l->id_at[0];

        if (layout_is_foreign(l, at, pair->met, pair->met_n))
            continue;
        if (!same_cell(&a, &b, is_instant))
            return false;
    }
    return true;
}

/* A line of JSON as cells, by columns of its own. */
static int
read_line(struct row *row, struct flattener *f, const char *p, size_t n)
{
    struct err not_json = ERR_INIT;
    struct json j;
    struct json_token t;

    json_start(&j, p, n);
    if (json_next(&t, &j, &not_json) != 1 || t.type != JSON_OBJECT)
        return -1;
    if (flatten(row, f, &j, &not_json) < 0)
        return -1;
    return json_next(&t, &j, &not_json);
}

/* A key may come as 5 or as "5" and names the same record. */
static bool
is_key(const struct layout *l, const char *column)
{
    for (int i = 0; i < l->ids_n; i++)
        if (strcmp(l->spec->ids[i], column) == 0)
            return true;
    return false;
}

/* No quotes of a spreadsheet are about: 5 is not "5", nor "" nothing. */
static bool
same_value(const struct cell *a, const struct cell *b, const char *column,
           const struct layout *l)
{
    struct buf x = BUF_INIT, y = BUF_INIT;
    bool same;

    cell_text(&x, a);
    cell_text(&y, b);
    same = same_text(&x, &y) && (a->type == b->type || is_key(l, column));
    if (!same && l->spec->instant_id && strcmp(column, l->spec->ids[0]) == 0)
        same = same_instant(&x, &y);
    buf_free(&x);
    buf_free(&y);
    return same;
}

static bool
same_json(const struct row_pair *pair)
{
    struct columns *columns = columns_new();
    struct flattener *f = flattener_new(columns);
    struct row a = ROW_INIT, b = ROW_INIT;
    bool same = read_line(&a, f, pair->old, pair->old_n) == 0 &&
                read_line(&b, f, pair->new, pair->new_n) == 0;

    if (same) {
        row_fit(&a, columns_n(columns));
        row_fit(&b, columns_n(columns));
    }
    for (size_t i = 0; same && i < columns_n(columns); i++)
        same = same_value(&a.cell[i], &b.cell[i], columns_name(columns, i),
                          pair->layout);
    row_free(&a);
    row_free(&b);
    flattener_free(f);
    columns_free(columns);
    return same;
}

bool
same_rows(const struct row_pair *pair)
{
    if (pair->old_n == pair->new_n &&
        memcmp(pair->old, pair->new, pair->old_n) == 0)
        return true;
    if (pair->layout->spec->format == TABLE_CSV)
        return same_csv(pair);
    return same_json(pair);
}

size_t
same_merge(struct buf *out, const struct row_pair *pair)
{
    const struct layout *l = pair->layout;
    const char *old = pair->old, *old_end = old + pair->old_n;
    const char *new = pair->new, *new_end = new + pair->new_n;
    size_t width = 0, done = 0;

    if (l->spec->format != TABLE_CSV) {
        buf_add(out, pair->new, pair->new_n);
        return pair->new_width;
    }
    for (size_t at = 0; at < l->n && (old || new); at++) {
        struct csv_slice a = take(&old, old_end, l);
        struct csv_slice b = take(&new, new_end, l);

        if (b.n == 0 && layout_is_foreign(l, at, pair->met, pair->met_n))
            b = a;
        if (b.n == 0)
            continue;
        layout_add_pad(out, l, at - done);
        buf_add(out, b.p, b.n);
        done = at;
        width = at + 1;
    }
    return width;
}
