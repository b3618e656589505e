#include "data/flatten.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "data/columns.h"
#include "data/json.h"
#include "data/jsonquick.h"
#include "data/shape.h"

#define INLINE static inline __attribute__((always_inline))

struct flattener {
    struct columns *columns;
    struct shape shape;
    struct buf scratch;
    uint32_t serial;
    bool is_flat; /* keys are the names of columns already */
};

void
row_free(struct row *row)
{
    free(row->cell);
    *row = (struct row)ROW_INIT;
}

void
row_fit(struct row *row, size_t n)
{
    if (n > row->room) {
        row->room = n * 2;
        row->cell = mem_resize(row->cell, row->room, sizeof(*row->cell));
    }
    if (n > row->n) {
        memset(row->cell + row->n, 0, (n - row->n) * sizeof(*row->cell));
        row->n = n;
    }
}

/* The others are CELL_NONE. */
static const uint16_t cell_types[] = {
    [JSON_STRING] = CELL_STRING, [JSON_NUMBER] = CELL_NUMBER,
    [JSON_TRUE] = CELL_TRUE,     [JSON_FALSE] = CELL_FALSE,
    [JSON_ARRAY] = CELL_ARRAY,   [JSON_OBJECT] = CELL_OBJECT,
    [JSON_NULL] = CELL_NONE,
};

INLINE int
set_value(struct row *row, size_t column, const struct json_token *value,
          struct err *e)
{
    if (value->n > UINT32_MAX)
        return err_set(e, ERR_DATA, "a value larger than 4 GiB");
    if (value->flags & JSON_BAD_UTF8)
        row->notes |= ROW_BAD_UTF8;
    row->cell[column] = (struct cell){
        .p = value->p,
        .n = (uint32_t)value->n,
        .type = cell_types[value->type],
        .flags = (uint16_t)value->flags,
    };
    return 0;
}

int
row_set(struct row *row, size_t column, const struct json_token *value,
        struct err *e)
{
    return set_value(row, column, value, e);
}

struct flattener *
flattener_new(struct columns *columns)
{
    struct flattener *f = mem_zalloc(sizeof(*f));

    f->columns = columns;
    shape_init(&f->shape);
    return f;
}

struct flattener *
flattener_new_flat(struct columns *columns)
{
    struct flattener *f = flattener_new(columns);

    f->is_flat = true;
    return f;
}

void
flattener_free(struct flattener *f)
{
    if (!f)
        return;
    shape_free(&f->shape);
    buf_free(&f->scratch);
    free(f);
}

void
flattener_forget(struct flattener *f)
{
    struct shape *s = &f->shape;

    for (size_t i = 0; i < s->n; i++)
        if (s->node[i].column >= (int32_t)columns_n(f->columns))
            s->node[i].column = -1;
}

/* Where the reading of a record stands. */
struct reader {
    struct row *row;
    struct flattener *f;
    struct json *j;
    uint32_t at;      /* the node of the object that is open */
    uint32_t node;    /* of its member that was read last */
    uint32_t last;    /* node of the last value; ROOT: at the start */
    const char *from; /* the end of that value */
    int depth;        /* brackets that are open in the record's own object */
    int entered;      /* nodes that were met since then */
    bool is_same;     /* the text since then may be remembered */
};

static __attribute__((noinline, cold)) int
node_column(struct flattener *f, uint32_t i, struct err *e)
{
    struct shape_node *node = &f->shape.node[i];

    buf_clear(&f->scratch);
    shape_add_path(&f->scratch, &f->shape, i, f->is_flat);
    node->column = columns_add(f->columns, buf_str(&f->scratch), f->scratch.n);
    if (node->column < 0)
        return err_set(e, ERR_DATA, "records with more than %d columns",
                       COLUMNS_MAX);
    return 0;
}

/* Takes back what an earlier duplicate of a key put into the row. */
static void
clear_below(struct row *row, struct shape *s, uint32_t top)
{
    for (uint32_t i = 1; i < s->n; i++) {
        uint32_t up = i;

        while (up != SHAPE_ROOT && up != top)
            up = s->node[up].parent;
        if (up != top)
            continue;
        s->node[i].seen = 0;
        if (s->node[i].column >= 0 && (size_t)s->node[i].column < row->n)
            row->cell[s->node[i].column].type = CELL_NONE;
    }
}

INLINE int
set_cell(struct reader *r, struct shape_node *node, const struct json_token *t,
         struct err *e)
{
    if (t->type == JSON_NULL)
        return 0;
    if (node->column < 0) {
        if (node_column(r->f, (uint32_t)(node - r->f->shape.node), e) < 0)
            return -1;
        row_fit(r->row, columns_n(r->f->columns));
    }
    return set_value(r->row, (size_t)node->column, t, e);
}

static void
start_row(struct row *row, struct flattener *f, const struct json *j)
{
    row->n = 0;
    row->notes = 0;
    row_fit(row, columns_n(f->columns));
    row->raw = j->p - 1;
    if (++f->serial == 0) {
        for (size_t i = 0; i < f->shape.n; i++)
            f->shape.node[i].seen = 0;
        f->serial = 1;
    }
}

/* None of the nodes on the way to the next value was met in this record. */
INLINE bool
are_new(const struct reader *r, const struct shape_node *from)
{
    const struct shape_node *node = r->f->shape.node;
    uint32_t i = from->next;

    for (int n = from->enters; n > 0; n--, i = node[i].parent)
        if (node[i].seen == r->f->serial)
            return false;
    return true;
}

INLINE void
note_seen(struct reader *r, const struct shape_node *from)
{
    struct shape_node *node = r->f->shape.node;
    uint32_t i = from->next;

    for (int n = from->enters; n > 0; n--, i = node[i].parent)
        node[i].seen = r->f->serial;
}

/*
 * Reads values as long as the text between them is as it was last time: 1 at
 * the end of the record, 0 if something else comes, which is left for a reader
 * that goes step by step.
 */
static int
follow(struct reader *r, struct err *e)
{
    struct shape *s = &r->f->shape;
    const char *p = r->j->p, *end = r->j->end, *limit = r->j->limit;
    struct shape_node *node = &s->node[r->last];
    struct json_token t;

    while (shape_is_next(s, node, p, end, limit)) {
        struct shape_node *next = &s->node[node->next];
        const char *value = p + node->text_n, *stop;
        int depth = r->depth + (int)next->depth;

        if (node->next == SHAPE_ROOT) {
            json_go_on(r->j, value, r->depth - 1);
            return 1;
        }
        if (!are_new(r, node) || depth > JSON_DEPTH_MAX || value == end)
            break;
        stop = jsonquick_scalar(&t, value, end, limit);
        if (!stop) {
            if (*value != '[')
                break;
            if (json_value_at(&t, r->j, value, depth, e) < 0)
                return -1;
            stop = r->j->p;
        }
        if (set_cell(r, next, &t, e) < 0)
            return -1;
        note_seen(r, node);
        node = next;
        p = stop;
    }
    if (p > r->from) {
        json_go_on(r->j, p, r->depth + (int)node->depth);
        r->from = p;
        r->last = (uint32_t)(node - s->node);
        r->at = node->parent;
    }
    return 0;
}

/* Its node is entered. */
static void
enter(struct reader *r)
{
    struct shape_node *node = &r->f->shape.node[r->node];

    r->entered++;
    if (node->seen == r->f->serial) {
        r->row->notes |= ROW_DUPLICATE_KEY;
        clear_below(r->row, &r->f->shape, r->node);
    }
    node->seen = r->f->serial;
}

/* The node of a key that was just read. */
static int
enter_key(struct reader *r, const struct json_token *key, struct err *e)
{
    struct buf *text = &r->f->scratch;

    if (key->flags) {
        buf_clear(text);
        json_text(text, key);
        r->node = shape_node(&r->f->shape, r->at, buf_str(text), text->n);
    } else {
        r->node = shape_node(&r->f->shape, r->at, key->p, key->n);
    }
    if (r->node == SHAPE_ROOT)
        return err_set(e, ERR_DATA, "records with more than %d different keys",
                       SHAPE_NODES_MAX);
    enter(r);
    if (key->flags & JSON_BAD_UTF8) {
        r->row->notes |= ROW_BAD_UTF8;
        r->is_same = false; /* this has to be noted each time */
    }
    return 0;
}

/* The first token of the next member's value: 1; 0 if the object ends. */
static int
next_member(struct json_token *t, struct reader *r, struct err *e)
{
    if (json_next(t, r->j, e) < 0)
        return -1;
    if (t->type == JSON_OBJECT_END)
        return 0;
    return enter_key(r, t, e) < 0 || json_next(t, r->j, e) < 0 ? -1 : 1;
}

/* A value at p was read, or the end of the record. */
static void
remember(struct reader *r, uint32_t node, const char *p)
{
    struct shape *s = &r->f->shape;

    if (r->is_same) {
        shape_link(s, r->last, node, r->from, (size_t)(p - r->from));
        s->node[r->last].enters = (uint16_t)r->entered;
    }
    r->last = node;
    r->from = r->j->p;
    r->entered = 0;
    r->is_same = true;
}

/* Reads on to the next value, or the end of the record: then 1. */
static int
read_value(struct reader *r, struct err *e)
{
    static const char empty[] = "{}";
    const char *p = NULL;
    struct json_token t;
    bool is_empty = false;
    int rc;

    for (;;) {
        if ((rc = next_member(&t, r, e)) < 0)
            return -1;
        if (rc == 0 && r->at == SHAPE_ROOT) {
            remember(r, SHAPE_ROOT, r->j->p);
            return 1;
        }
        if (rc == 0) {
            r->node = r->at;
            r->at = r->f->shape.node[r->at].parent;
            if (!is_empty)
                continue;
            t = (struct json_token){ JSON_OBJECT, 0, empty, 2 };
            break;
        }
        p = t.p - (t.type == JSON_STRING); /* with its quote */
        is_empty = t.type == JSON_OBJECT;
        if (!is_empty)
            break;
        r->at = r->node;
    }
    if (t.type == JSON_ARRAY && json_skip(&t, r->j, e) < 0)
        return -1;
    if (set_cell(r, &r->f->shape.node[r->node], &t, e) < 0)
        return -1;
    remember(r, r->node, p);
    return 0;
}

int
flatten(struct row *row, struct flattener *f, struct json *j, struct err *e)
{
    struct reader r = {
        .row = row,
        .f = f,
        .j = j,
        .at = SHAPE_ROOT,
        .last = SHAPE_ROOT,
        .from = j->p,
        .depth = j->depth,
        .is_same = true,
    };
    int rc;

    start_row(row, f, j);
    while ((rc = follow(&r, e)) == 0 && (rc = read_value(&r, e)) == 0)
        ;
    row->raw_n = (size_t)(j->p - row->raw);
    return rc < 0 ? -1 : 0;
}
