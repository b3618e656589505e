#ifndef STORE_PICK_H
#define STORE_PICK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct err;
struct table_spec;

/* The values of a few columns of a table, row by row, in bounded memory: for
 * what is asked for because another table has it. */

struct picked {
    struct buf text; /* as the cell says; the same in every format */
    bool is_there;   /* the row has a value in that column */
    bool is_text;    /* it is a string: no number, true, false, list */
};

enum { PICK_MAX = 48 };

struct pick {
    const struct table_spec *spec; /* fresh columns, which grow */
    const char *const *column;     /* at most PICK_MAX, NULL at the end */
    /* For each row, in the order of the file; value[i] is that of column[i]
     * and valid during the call. */
    int (*row)(void *user, const struct picked *value, struct err *e);
    void *user;
};

/* No file: no rows. A line that is no JSON, or no table: ERR_FILE. */
int pick_rows(const struct pick *in, struct err *e);

#endif
