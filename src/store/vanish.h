#ifndef STORE_VANISH_H
#define STORE_VANISH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct err;
struct keyset;
struct row;
struct table_spec;

/* Rows of a table that a list of all records does not have any more. They stay
 * where they are: absence alone deletes nothing. */

struct vanish_in {
    const struct table_spec *spec;
    const struct keyset *seen; /* hashes of the keys in the list */
    int64_t since; /* rows of before are not looked at; INT64_MIN: all are */
    bool is_noted; /* they go to the history as "vanished", unless they are
                      there as such */
    int64_t now;   /* for _replaced_at */
};

struct vanished {
    int64_t rows;   /* that were looked at */
    int64_t n;      /* of these, that are not in the list */
    struct buf ids; /* their keys, ", " between them, as a text */
};

#define VANISHED_INIT                                                          \
    {                                                                          \
        .rows = 0                                                              \
    }

/* Adds the first keys for a message. */
void vanished_text(struct buf *out, const struct vanished *v);
void vanished_free(struct vanished *v);

/* The hash of a record's key: of the values of its ids, in the order of the
 * spec. */
uint64_t vanish_hash(const struct table_spec *spec, const struct row *row);

/* Nobody else changes the file meanwhile. No file: no rows. out was set up
 * before, and loses what it had. */
int vanish_find(struct vanished *out, const struct vanish_in *in,
                struct err *e);

#endif
