#ifndef STORE_VERSION_H
#define STORE_VERSION_H

#include <stddef.h>

struct layout;

/*
 * Which of two rows of one record is the newer one, by a column that says when
 * the provider changed it: table_spec.version. Rows are texts of the file,
 * without line end. Below 0: a is older than b; above: it is newer; 0: they
 * are of one time, or that is not known.
 */
int version_compare(const struct layout *l, const char *a, size_t a_n,
                    const char *b, size_t b_n);

#endif
