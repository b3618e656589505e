#ifndef DATA_COLUMNS_H
#define DATA_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The columns of a category, in the order in which they became known: those
 * it declares, those of the file, then new ones as they are first seen. A
 * column's number never changes.
 *
 * A name is the path of keys joined with dots; a dot or backslash that is
 * part of a key has a backslash before it; keys are in the text form of
 * json_text().
 */
struct columns;
struct buf;

enum { COLUMNS_MAX = 16000 };

struct columns *columns_new(void);
void columns_free(struct columns *c); /* NULL is allowed */

size_t columns_n(const struct columns *c);
/* NUL-terminated; valid until columns_free() or columns_cut() below it. */
const char *columns_name(const struct columns *c, size_t i);
/* The same as the name of a JSON member: with its quotes and a colon. */
const struct buf *columns_member(const struct columns *c, size_t i);
/* The number of the column, made if missing; -1 if there would be more than
 * COLUMNS_MAX. */
int32_t columns_add(struct columns *c, const char *name, size_t n);
/* The number, or -1. */
int32_t columns_find(const struct columns *c, const char *name, size_t n);
/* Forgets all but the first n: they came from a page that was refused. */
void columns_cut(struct columns *c, size_t n);

#endif
