#include "data/cell.h"

#include "base/buf.h"
#include "data/flatten.h"
#include "data/json.h"

/* As json_skip() would have left it; what is no string is treated alike. */
static struct json_token
token_of(const struct cell *cell)
{
    return (struct json_token){
        .type = cell->type == CELL_STRING ? JSON_STRING : JSON_ARRAY,
        .flags = cell->flags,
        .p = cell->p,
        .n = cell->n,
    };
}

/* Nearly all values are fine as they are. */
static void
add_value(struct buf *out, const struct json_token *t)
{
    if (t->flags & (JSON_SPACED | JSON_BAD_UTF8))
        json_compact(out, t);
    else
        buf_add(out, t->p, t->n);
}

void
cell_token_text(struct buf *out, const struct json_token *value)
{
    if (value->type == JSON_NULL || value->n == 0)
        return;
    if (value->type == JSON_STRING && value->flags)
        json_text(out, value);
    else
        add_value(out, value);
}

void
cell_text(struct buf *out, const struct cell *cell)
{
    struct json_token t = token_of(cell);

    if (cell->type != CELL_NONE)
        cell_token_text(out, &t);
}

void
cell_json(struct buf *out, const struct cell *cell)
{
    struct json_token t = token_of(cell);

    if (t.type == JSON_STRING && !(t.flags & JSON_BAD_UTF8)) {
        buf_addc(out, '"');
        buf_add(out, t.p, t.n);
        buf_addc(out, '"');
    } else {
        add_value(out, &t);
    }
}
