#ifndef ENGINE_TABLES_H
#define ENGINE_TABLES_H

#include <stddef.h>

struct category;
struct columns;
struct table_spec;

/* What a category says of its tables. */

/* Adds its columns: key, then time, then what it declares (DESIGN 2.1).
 * Returns how many there are now. */
size_t tables_declare(struct columns *columns, const struct category *c);

/* Fills in the members of the spec that tell which columns are key and time;
 * files, format and columns are the caller's. */
void tables_describe(struct table_spec *spec, const struct category *c);

#endif
