#ifndef STORE_MET_H
#define STORE_MET_H

#include <stdbool.h>
#include <stddef.h>

struct columns;
struct list;
struct row;

/* Which columns the records of a table have, now or in other runs: what is in
 * neither, nor declared, a person added. */
struct met {
    bool *column; /* by its number */
    size_t n;
};

/* A record, with what it has behind the declared columns. */
void met_note(struct met *m, const struct row *row, size_t declared);
/* Columns of the file that come from the provider, whatever it sends today;
 * sent may be NULL. */
void met_recall(struct met *m, const struct columns *columns,
                const struct list *sent);
/* After columns_cut(): there are only n. */
void met_cut(struct met *m, size_t n);
/* Adds their names behind the declared ones, unless they are in the list. */
void met_list(struct list *names, const struct met *m,
              const struct columns *columns, size_t declared);
void met_free(struct met *m);

#endif
