#ifndef STORE_VERSIONS_H
#define STORE_VERSIONS_H

#include <stddef.h>

#include "base/text.h"

struct err;
struct table_spec;

/* What is kept of one record: its row in the table, and those that it took
 * the place of, from the history. */

/* A row: its columns that have a value, and the values as JSON text. */
struct version {
    struct list name;
    struct list value;
    char *until;  /* _replaced_at, "" if that is gone; NULL: the present row */
    char *reason; /* _reason, or NULL */
};

struct versions {
    struct version *item; /* newest first */
    size_t n;
};

#define VERSIONS_INIT                                                          \
    {                                                                          \
        .item = NULL                                                           \
    }

/* key: the values of the key columns as they stand in the file. spec has fresh
 * columns. Finding none is no failure. */
int versions_find(struct versions *v, const struct table_spec *spec,
                  const struct list *key, struct err *e);
void versions_free(struct versions *v);

/* The value of a column, or NULL. */
const char *version_value(const struct version *v, const char *name);

#endif
