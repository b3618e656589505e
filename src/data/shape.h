#ifndef DATA_SHAPE_H
#define DATA_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/bits.h"

/*
 * The shape of records as a tree of nodes, one for each key under its parent.
 *
 * Records of a list look alike: from the end of a value to the start of the
 * next one there is the same text as last time, commas, names, brackets and
 * blanks. Each node remembers it, as it came in a page that was correct so
 * far: where the text is there again, the same node is next.
 */
struct shape_node {
    uint32_t parent;
    uint32_t depth; /* objects around its value, the record not counted */
    uint32_t key;   /* offset of the key's text in keys */
    uint32_t key_n;
    int32_t column; /* -1 until a value was seen here */
    uint32_t seen;  /* serial of the record that had it last */

    uint32_t next;   /* SHAPE_ROOT: the end of the record */
    uint32_t text;   /* offset of the text up to it in texts */
    uint16_t text_n; /* 0: nothing is known */
    uint16_t text_room;
    uint16_t enters; /* so many nodes are new there: next and those above it */
};

enum { SHAPE_ROOT = 0, SHAPE_NODES_MAX = 100000 };

struct shape {
    struct shape_node *node; /* node[SHAPE_ROOT] is the record itself */
    size_t n;
    size_t room;
    uint32_t *slot; /* node number by parent and key, 0 = free */
    size_t slots;
    struct buf keys;
    struct buf texts;
};

void shape_init(struct shape *s);
void shape_free(struct shape *s);
/* The node of a key, made if missing; SHAPE_ROOT if there would be more than
 * SHAPE_NODES_MAX. */
uint32_t shape_node(struct shape *s, uint32_t parent, const char *p, size_t n);
/* Adds the name of a node's column: its keys, joined with dots; with a
 * backslash before dots and backslashes in them, unless they are names
 * already. */
void shape_add_path(struct buf *out, const struct shape *s, uint32_t i,
                    bool is_name);
/* Remembers the text from the end of a node's value, or from the start of the
 * record, to the value of the next one, or the end of the record; unless it is
 * very long. */
void shape_link(struct shape *s, uint32_t from, uint32_t to, const char *p,
                size_t n);

/* Does the text that followed last time stand at p? Up to limit it can be
 * read. */
static inline bool
shape_is_next(const struct shape *s, const struct shape_node *node,
              const char *p, const char *end, const char *limit)
{
    size_t n = node->text_n;

    return n > 0 && (size_t)(end - p) >= n &&
           (size_t)(limit - p) >= n + BITS_STEP &&
           bits_same(s->texts.p + node->text, p, n);
}

#endif
