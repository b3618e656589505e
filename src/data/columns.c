#include "data/columns.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/mem.h"
#include "data/json.h"

enum { FIRST_SLOTS = 128 };

struct column {
    char *name;
    size_t n;
    struct buf member; /* see columns_member() */
};

struct columns {
    struct column *column;
    size_t n;
    uint32_t *slot; /* number + 1, 0 = free; a power of two of them */
    size_t slots;
};

struct columns *
columns_new(void)
{
    struct columns *c = mem_zalloc(sizeof(*c));

    c->slots = FIRST_SLOTS;
    c->slot = mem_zalloc(c->slots * sizeof(*c->slot));
    return c;
}

void
columns_free(struct columns *c)
{
    if (!c)
        return;
    columns_cut(c, 0);
    free(c->column);
    free(c->slot);
    free(c);
}

size_t
columns_n(const struct columns *c)
{
    return c->n;
}

const char *
columns_name(const struct columns *c, size_t i)
{
    return c->column[i].name;
}

const struct buf *
columns_member(const struct columns *c, size_t i)
{
    return &c->column[i].member;
}

/* The slot of a name, or the free one where it belongs. */
static size_t
slot_of(const struct columns *c, const char *name, size_t n)
{
    size_t at = (size_t)XXH3_64bits(name, n) & (c->slots - 1);

    while (c->slot[at]) {
        const struct column *column = &c->column[c->slot[at] - 1];

        if (column->n == n && memcmp(column->name, name, n) == 0)
            break;
        at = (at + 1) & (c->slots - 1);
    }
    return at;
}

static void
fill_slots(struct columns *c)
{
    memset(c->slot, 0, c->slots * sizeof(*c->slot));
    for (size_t i = 0; i < c->n; i++)
        c->slot[slot_of(c, c->column[i].name, c->column[i].n)] =
            (uint32_t)i + 1;
}

int32_t
columns_find(const struct columns *c, const char *name, size_t n)
{
    return (int32_t)c->slot[slot_of(c, name, n)] - 1;
}

int32_t
columns_add(struct columns *c, const char *name, size_t n)
{
    size_t at = slot_of(c, name, n);

    if (c->slot[at])
        return (int32_t)c->slot[at] - 1;
    if (c->n == COLUMNS_MAX)
        return -1;
    c->column = mem_resize(c->column, c->n + 1, sizeof(*c->column));
    c->column[c->n] = (struct column){ .name = mem_strndup(name, n), .n = n };
    json_quote(&c->column[c->n].member, name, n);
    buf_addc(&c->column[c->n].member, ':');
    c->slot[at] = (uint32_t)++c->n;
    if (c->n * 2 > c->slots) {
        c->slots *= 2;
        c->slot = mem_resize(c->slot, c->slots, sizeof(*c->slot));
        fill_slots(c);
    }
    return (int32_t)c->n - 1;
}

void
columns_cut(struct columns *c, size_t n)
{
    if (n >= c->n)
        return;
    while (c->n > n) {
        struct column *last = &c->column[--c->n];

        free(last->name);
        buf_free(&last->member);
    }
    fill_slots(c);
}
