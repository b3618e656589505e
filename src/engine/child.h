#ifndef ENGINE_CHILD_H
#define ENGINE_CHILD_H

struct category;
struct columns;
struct err;
struct row;

/*
 * The rows that a record has in a child table (struct child_of in
 * spec/category.h). Pure: text in, rows out.
 */
struct child;

/* Where they go: first the set is begun, with a row that names its record,
 * then each of its rows is added. Rows are valid during the call. */
struct child_sink {
    int (*own)(void *user, const struct row *row, struct err *e);
    int (*add)(void *user, const struct row *row, struct err *e);
    void *user;
};

/* c is a child; columns are its own, declared already, and grow; parent is
 * those of the category that it is a child of. All borrowed. */
struct child *child_new(const struct category *c, struct columns *columns,
                        const struct columns *parent);
void child_free(struct child *child); /* NULL is allowed */
/* To be called after columns_cut(). */
void child_forget(struct child *child);

/*
 * 1: the rows were given; 0: the list is not what it is declared to be, and the
 * set was not begun, or not all of the items were usable. -1: the sink, or
 * ERR_DATA.
 */
int child_read(struct child *child, const struct row *record,
               const struct child_sink *sink, struct err *e);

#endif
