#ifndef ENGINE_ITEMS_H
#define ENGINE_ITEMS_H

#include <stdbool.h>
#include <stdint.h>

struct cell;
struct columns;
struct err;
struct inherited;
struct json;
struct row;

/*
 * Objects in a list as rows: members become columns, some of them by other
 * names. Pure.
 */
struct items;

/* index_at and renamed as in struct child_of; columns are those of the rows,
 * and grow. All borrowed. */
struct items *items_new(struct columns *columns, const char *index_at,
                        const struct inherited *renamed);
void items_free(struct items *items); /* NULL is allowed */
/* To be called after columns_cut(). */
void items_forget(struct items *items);

/* True if each item of the list (checked JSON text) has a number of its own as
 * index_at. */
bool items_are_numbered(const struct items *items, const struct cell *list);

/* Reads one, with j behind its opening brace, into a row whose columns are all
 * CELL_NONE. index gets the text of index_at, or is CELL_NONE. */
int items_read(struct row *out, struct cell *index, struct items *items,
               struct json *j, struct err *e);

#endif
