#ifndef ENGINE_INJECT_H
#define ENGINE_INJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/done.h"

struct category;
struct columns;
struct fanout_item;
struct row;

/*
 * What the answer to a request for one record does not say by itself: the id
 * that was asked for, and the number of each record in it (struct per_record
 * in spec/category.h). Pure.
 */
struct inject {
    const struct category *category;
    const struct fanout_item *item; /* NULL: nothing is put in */
    int32_t id_column;              /* -1 = none */
    int32_t index_column;
    int32_t within_column;
    int64_t index;      /* of the next record */
    struct done counts; /* by value of within_column: records so far */
    struct buf text;    /* what the cells point to */
    struct buf raw;
};

/* columns are those of the category. */
void inject_init(struct inject *i, const struct category *c,
                 const struct columns *columns);
/* The records that follow are for that one. */
void inject_start(struct inject *i, const struct fanout_item *item);
/* The row that names it, for a set that begins. Valid until the next call, as
 * below. */
void inject_owner(struct inject *i, struct row *row);
/* A record. */
void inject_row(struct inject *i, struct row *row);
void inject_free(struct inject *i);

#endif
