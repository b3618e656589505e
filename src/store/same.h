#ifndef STORE_SAME_H
#define STORE_SAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct err;
struct layout;

/* Two rows of a table as text without line end. */
struct row_pair {
    const struct layout *layout;
    const char *old;
    size_t old_n;
    const char *new;
    size_t new_n;
    size_t new_width;
    const bool *met; /* see layout_is_foreign() */
    size_t met_n;
};

/*
 * True if both say the same: cells of CSV are compared by value, not by how
 * they are quoted, for a spreadsheet quotes as it likes, and columns that a
 * person added are left out; values of JSON lines by type, too, but for keys.
 * A row of JSON that cannot be read is not the same as anything.
 */
bool same_rows(const struct row_pair *pair);

/* The new row as it goes into the file: with the old row's cells in columns
 * that a person added. Returns its width. */
size_t same_merge(struct buf *out, const struct row_pair *pair);

#endif
