#include "data/shape.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "data/json.h"

enum { FIRST_SLOTS = 128, TEXT_MAX = 1000 };

void
shape_init(struct shape *s)
{
    *s = (struct shape){ .n = 1, .room = FIRST_SLOTS, .slots = FIRST_SLOTS };
    s->node = mem_zalloc(s->room * sizeof(*s->node));
    s->node[SHAPE_ROOT].column = -1;
    s->slot = mem_zalloc(s->slots * sizeof(*s->slot));
    (void)buf_str(&s->keys); /* has an address, also for the key "" */
}

void
shape_free(struct shape *s)
{
    free(s->node);
    free(s->slot);
    buf_free(&s->keys);
    buf_free(&s->texts);
}

static bool
is_node(const struct shape *s, uint32_t i, uint32_t parent, const char *p,
        size_t n)
{
    const struct shape_node *node = &s->node[i];

    return node->parent == parent && node->key_n == n &&
           memcmp(s->keys.p + node->key, p, n) == 0;
}

static size_t
slot_of(const struct shape *s, uint32_t parent, const char *p, size_t n)
{
    size_t at = (size_t)XXH3_64bits_withSeed(p, n, parent) & (s->slots - 1);

    while (s->slot[at] && !is_node(s, s->slot[at], parent, p, n))
        at = (at + 1) & (s->slots - 1);
    return at;
}

static void
grow_slots(struct shape *s)
{
    s->slots *= 2;
    s->slot = mem_resize(s->slot, s->slots, sizeof(*s->slot));
    memset(s->slot, 0, s->slots * sizeof(*s->slot));
    for (size_t i = 1; i < s->n; i++) {
        const struct shape_node *node = &s->node[i];
        size_t at =
            slot_of(s, node->parent, s->keys.p + node->key, node->key_n);

        s->slot[at] = (uint32_t)i;
    }
}

static uint32_t
new_node(struct shape *s, uint32_t parent, const char *p, size_t n)
{
    if (s->n == s->room) {
        s->room *= 2;
        s->node = mem_resize(s->node, s->room, sizeof(*s->node));
    }
    s->node[s->n] = (struct shape_node){
        .parent = parent,
        .depth = parent == SHAPE_ROOT ? 0 : s->node[parent].depth + 1,
        .key = (uint32_t)s->keys.n,
        .key_n = (uint32_t)n,
        .column = -1,
    };
    buf_add(&s->keys, p, n);
    return (uint32_t)s->n++;
}

uint32_t
shape_node(struct shape *s, uint32_t parent, const char *p, size_t n)
{
    size_t at = slot_of(s, parent, p, n);
    uint32_t i = s->slot[at];

    if (i)
        return i;
    if (s->n >= SHAPE_NODES_MAX || s->keys.n + n > UINT32_MAX)
        return SHAPE_ROOT;
    i = s->slot[at] = new_node(s, parent, p, n);
    if (s->n * 2 > s->slots)
        grow_slots(s);
    return i;
}

void
shape_add_path(struct buf *out, const struct shape *s, uint32_t i, bool is_name)
{
    uint32_t path[JSON_DEPTH_MAX + 1];
    size_t depth = 0;

    for (; i != SHAPE_ROOT; i = s->node[i].parent)
        path[depth++] = i;
    while (depth > 0) {
        const struct shape_node *node = &s->node[path[--depth]];
        const char *key = s->keys.p + node->key;

        for (size_t k = 0; k < node->key_n; k++) {
            if (!is_name && (key[k] == '.' || key[k] == '\\'))
                buf_addc(out, '\\');
            buf_addc(out, key[k]);
        }
        if (depth > 0)
            buf_addc(out, '.');
    }
}

void
shape_link(struct shape *s, uint32_t from, uint32_t to, const char *p, size_t n)
{
    struct shape_node *node = &s->node[from];

    node->text_n = 0;
    if (n > TEXT_MAX)
        return;
    if (n > node->text_room) { /* the old place is lost: twice as much */
        size_t room = (2 * n / BITS_STEP + 1) * BITS_STEP;

        memset(buf_room(&s->texts, room), 0, room);
        node->text = (uint32_t)s->texts.n;
        node->text_room = (uint16_t)room;
        s->texts.n += room;
    }
    memcpy(s->texts.p + node->text, p, n);
    node->text_n = (uint16_t)n;
    node->next = to;
}
