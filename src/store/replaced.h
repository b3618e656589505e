#ifndef STORE_REPLACED_H
#define STORE_REPLACED_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct layout;

/* The columns that a history has behind those of its table. */
#define REPLACED_AT "_replaced_at"
#define REPLACED_REASON "_reason"

/* When the row went there, in seconds; INT64_MIN if it does not say so. */
int64_t replaced_at(const struct layout *l, const char *p, size_t n);
/* The part of the row that does not change with that time: for CSV the values
 * of all cells but that one, for JSON all before it. */
void replaced_core(struct buf *out, const struct layout *l, const char *p,
                   size_t n);

#endif
