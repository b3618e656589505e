#ifndef ENGINE_SHEET_H
#define ENGINE_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct row;

/* What a spreadsheet has no room for in a table that is written for one. Each
 * kind is said once. */
struct sheet {
    const char *path;  /* of the table; borrowed */
    const char *label; /* oura/sleep; borrowed */
    size_t longest;    /* characters of the longest cell so far */
    bool said_cell;
    bool said_rows;
};

/* Looks at the cells of a record. */
void sheet_note(struct sheet *s, const struct row *row);
/* Warns if something is too large. To be called when the table has changed.
 * rows: that it has now; -1 = not known. */
void sheet_say(struct sheet *s, int64_t rows);

#endif
