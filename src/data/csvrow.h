#ifndef DATA_CSVROW_H
#define DATA_CSVROW_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct csv_dialect;
struct row;

/*
 * Adds a record's cells as csv_add_cell() writes them, with delimiters between
 * them: at each of n places the one of the column that order has there. Those
 * at the right that are absent are left out. Returns how many were written.
 */
size_t csvrow_add(struct buf *out, const struct row *row, const int32_t *order,
                  size_t n, const struct csv_dialect *d);

#endif
