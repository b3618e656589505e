#ifndef STORE_OWNERS_H
#define STORE_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/batch.h"

struct layout;
struct row;

/*
 * Rows that come in sets: all that a record of another table, their owner, has
 * of them (the samples of a night). A set takes the place of the one that the
 * file has of the same owner.
 */
struct owners {
    struct batch b; /* an entry for each set that came; without rows */
};

#define OWNERS_INIT                                                            \
    {                                                                          \
        .b = BATCH_INIT                                                        \
    }

/* A set begins; row has the owner's columns. Returns its number, from 1; 0: a
 * column has no value. */
uint32_t owners_add(struct owners *o, const struct layout *l,
                    const struct row *row);
/* An owner lost its own row: it has no rows, whatever sets came. p, n is the
 * text of its key. */
void owners_empty(struct owners *o, const char *p, size_t n);
/* Of two sets of an owner the last one lives, or the first. */
void owners_index(struct owners *o, bool first_wins);
/* After owners_index(). */
bool owners_lives(const struct owners *o, uint32_t number);
/* A set of this owner came; p, n is the front of a row's key. */
bool owners_has(const struct owners *o, const char *p, size_t n);
/* False if surely none did: cheap. */
bool owners_may_have(const struct owners *o, const char *p, size_t n);
void owners_cut(struct owners *o, size_t n); /* keeps the first n */
void owners_free(struct owners *o);

#endif
