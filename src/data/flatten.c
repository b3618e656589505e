#include "data/flatten.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "data/columns.h"
#include "data/json.h"

/*
 * The shape of records as a tree of nodes, one for each key under its parent.
 * Records of a list look alike, so each node remembers which one followed it
 * last time: nearly always one comparison finds the next node.
 */
struct node {
    uint32_t parent;
    uint32_t key; /* offset of the key's text in keys: quotes around it, and a
                     colon behind them, as in the page */
    uint32_t key_n;
    bool is_plain;  /* has no escapes in the page */
    int32_t column; /* -1 until a value was seen here */
    uint32_t next;  /* node that followed last time, 0 = none */
    uint32_t seen;  /* serial of the record that had it last */
};

enum { ROOT = 0, FIRST_SLOTS = 128, NODES_MAX = 100000 };

struct flattener {
    struct columns *columns;
    struct node *node; /* node[ROOT] is the record itself */
    size_t n;
    size_t room;
    uint32_t *slot; /* node number by parent and key, 0 = free */
    size_t slots;
    struct buf keys;
    struct buf scratch;
    uint32_t serial;
    uint32_t last; /* node met last */
    bool is_flat;  /* keys are the names of columns already */
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

int
row_set(struct row *row, size_t column, const struct json_token *value,
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

struct flattener *
flattener_new(struct columns *columns)
{
    struct flattener *f = mem_zalloc(sizeof(*f));

    f->columns = columns;
    f->room = FIRST_SLOTS;
    f->node = mem_zalloc(f->room * sizeof(*f->node));
    f->node[ROOT].column = -1;
    f->n = 1;
    f->slots = FIRST_SLOTS;
    f->slot = mem_zalloc(f->slots * sizeof(*f->slot));
    (void)buf_str(&f->keys); /* has an address, also for the key "" */
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
    free(f->node);
    free(f->slot);
    buf_free(&f->keys);
    buf_free(&f->scratch);
    free(f);
}

void
flattener_forget(struct flattener *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->node[i].column >= (int32_t)columns_n(f->columns))
            f->node[i].column = -1;
}

static bool
is_node(const struct flattener *f, uint32_t i, uint32_t parent, const char *p,
        size_t n)
{
    const struct node *node = &f->node[i];

    return node->parent == parent && node->key_n == n &&
           memcmp(f->keys.p + node->key, p, n) == 0;
}

static size_t
slot_of(const struct flattener *f, uint32_t parent, const char *p, size_t n)
{
    size_t at = (size_t)XXH3_64bits_withSeed(p, n, parent) & (f->slots - 1);

    while (f->slot[at] && !is_node(f, f->slot[at], parent, p, n))
        at = (at + 1) & (f->slots - 1);
    return at;
}

static void
grow_slots(struct flattener *f)
{
    f->slots *= 2;
    f->slot = mem_resize(f->slot, f->slots, sizeof(*f->slot));
    memset(f->slot, 0, f->slots * sizeof(*f->slot));
    for (size_t i = 1; i < f->n; i++) {
        const struct node *node = &f->node[i];
        size_t at =
            slot_of(f, node->parent, f->keys.p + node->key, node->key_n);

        f->slot[at] = (uint32_t)i;
    }
}

static uint32_t
new_node(struct flattener *f, uint32_t parent, const char *p, size_t n,
         bool is_plain)
{
    if (f->n == f->room) {
        f->room *= 2;
        f->node = mem_resize(f->node, f->room, sizeof(*f->node));
    }
    f->node[f->n] = (struct node){
        .parent = parent,
        .key = (uint32_t)f->keys.n + 1,
        .key_n = (uint32_t)n,
        .is_plain = is_plain,
        .column = -1,
    };
    buf_addc(&f->keys, '"');
    buf_add(&f->keys, p, n);
    buf_adds(&f->keys, "\":");
    return (uint32_t)f->n++;
}

/* The node of a key; 0 if the records have too many different ones. */
static uint32_t
find_node(struct flattener *f, uint32_t parent, const char *p, size_t n,
          bool is_plain)
{
    size_t at = slot_of(f, parent, p, n);

    if (f->slot[at])
        return f->slot[at];
    if (f->n >= NODES_MAX || f->keys.n + n > UINT32_MAX - 3)
        return ROOT;
    f->slot[at] = new_node(f, parent, p, n, is_plain);
    at = f->slot[at];
    if (f->n * 2 > f->slots)
        grow_slots(f);
    return (uint32_t)at;
}

static uint32_t
key_node(struct flattener *f, uint32_t parent, const struct json_token *key)
{
    uint32_t guess = f->node[f->last].next, node;
    const char *p = key->p;
    size_t n = key->n;

    if (key->flags) {
        buf_clear(&f->scratch);
        json_text(&f->scratch, key);
        p = buf_str(&f->scratch);
        n = f->scratch.n;
    }
    if (guess && is_node(f, guess, parent, p, n))
        node = guess;
    else
        node = find_node(f, parent, p, n, key->flags == 0);
    f->node[f->last].next = node;
    f->last = node;
    return node;
}

/* The name of a node's column: its keys, escaped, joined with dots. */
static void
add_path(struct buf *out, const struct flattener *f, uint32_t i)
{
    uint32_t path[JSON_DEPTH_MAX + 1];
    size_t depth = 0;

    for (; i != ROOT; i = f->node[i].parent)
        path[depth++] = i;
    while (depth > 0) {
        const struct node *node = &f->node[path[--depth]];
        const char *key = f->keys.p + node->key;

        for (size_t k = 0; k < node->key_n; k++) {
            if (!f->is_flat && (key[k] == '.' || key[k] == '\\'))
                buf_addc(out, '\\');
            buf_addc(out, key[k]);
        }
        if (depth > 0)
            buf_addc(out, '.');
    }
}

static __attribute__((noinline, cold)) int
node_column(struct flattener *f, uint32_t i, struct err *e)
{
    buf_clear(&f->scratch);
    add_path(&f->scratch, f, i);
    f->node[i].column =
        columns_add(f->columns, buf_str(&f->scratch), f->scratch.n);
    if (f->node[i].column < 0)
        return err_set(e, ERR_DATA, "records with more than %d columns",
                       COLUMNS_MAX);
    return 0;
}

/* Takes back what an earlier duplicate of a key put into the row. */
static void
clear_below(struct row *row, struct flattener *f, uint32_t top)
{
    for (uint32_t i = 1; i < f->n; i++) {
        uint32_t up = i;

        while (up != ROOT && up != top)
            up = f->node[up].parent;
        if (up != top)
            continue;
        f->node[i].seen = 0;
        if (f->node[i].column >= 0 && (size_t)f->node[i].column < row->n)
            row->cell[f->node[i].column].type = CELL_NONE;
    }
}

static int
set_cell(struct row *row, struct flattener *f, uint32_t i,
         const struct json_token *t, struct err *e)
{
    struct node *node = &f->node[i];

    if (t->type == JSON_NULL)
        return 0;
    if (node->column < 0) {
        if (node_column(f, i, e) < 0)
            return -1;
        row_fit(row, columns_n(f->columns));
    }
    return row_set(row, (size_t)node->column, t, e);
}

static void
start_row(struct row *row, struct flattener *f, const struct json *j)
{
    row->n = 0;
    row->notes = 0;
    row_fit(row, columns_n(f->columns));
    row->raw = j->p - 1;
    f->last = ROOT;
    if (++f->serial == 0) {
        for (size_t i = 0; i < f->n; i++)
            f->node[i].seen = 0;
        f->serial = 1;
    }
}

static void
note_seen(struct row *row, struct flattener *f, uint32_t node)
{
    if (f->node[node].seen == f->serial) {
        row->notes |= ROW_DUPLICATE_KEY;
        clear_below(row, f, node);
    }
    f->node[node].seen = f->serial;
}

/* Where the reading of a record stands. */
struct reader {
    struct row *row;
    struct flattener *f;
    struct json *j;
    uint32_t at;   /* the node of the object that is open */
    uint32_t node; /* of its member that was read last */
};

/* The node of a key that was just read. */
static int
enter_key(struct reader *r, const struct json_token *key, struct err *e)
{
    r->node = key_node(r->f, r->at, key);
    if (r->node == ROOT)
        return err_set(e, ERR_DATA, "records with more than %d different keys",
                       NODES_MAX);
    note_seen(r->row, r->f, r->node);
    if (key->flags & JSON_BAD_UTF8)
        r->row->notes |= ROW_BAD_UTF8;
    return 0;
}

/* If the key is the one that followed last time: 1. */
static int
guess_member(struct json_token *t, struct reader *r, struct err *e)
{
    struct flattener *f = r->f;
    uint32_t i = f->node[f->last].next;
    const struct node *guess = &f->node[i];
    int rc;

    if (i == ROOT || guess->parent != r->at || !guess->is_plain)
        return 0;
    rc = json_guess(t, r->j, f->keys.p + guess->key - 1, guess->key_n + 3, e);
    if (rc <= 0)
        return rc;
    note_seen(r->row, f, i);
    f->last = i;
    r->node = i;
    return 1;
}

/* The first token of the next member's value: 1; 0 if the object ends. */
static int
next_member(struct json_token *t, struct reader *r, struct err *e)
{
    int rc = guess_member(t, r, e);

    if (rc != 0)
        return rc;
    if (json_next(t, r->j, e) < 0)
        return -1;
    if (t->type == JSON_OBJECT_END)
        return 0;
    return enter_key(r, t, e) < 0 || json_next(t, r->j, e) < 0 ? -1 : 1;
}

int
flatten(struct row *row, struct flattener *f, struct json *j, struct err *e)
{
    static const char empty[] = "{}";
    struct reader r = { .row = row, .f = f, .j = j, .at = ROOT };
    struct json_token t;
    int depth = 0, rc;
    bool is_empty = true;

    start_row(row, f, j);
    for (;;) {
        if ((rc = next_member(&t, &r, e)) < 0)
            return -1;
        if (rc == 0) {
            if (depth-- == 0)
                break;
            t = (struct json_token){ JSON_OBJECT, 0, empty, 2 };
            if (is_empty && set_cell(row, f, r.at, &t, e) < 0)
                return -1;
            r.at = f->node[r.at].parent;
            is_empty = false;
            continue;
        }
        is_empty = t.type == JSON_OBJECT;
        if (is_empty) {
            r.at = r.node;
            depth++;
            continue;
        }
        if (t.type == JSON_ARRAY && json_skip(&t, j, e) < 0)
            return -1;
        if (set_cell(row, f, r.node, &t, e) < 0)
            return -1;
    }
    row->raw_n = (size_t)(j->p - row->raw);
    return 0;
}
