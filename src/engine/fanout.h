#ifndef ENGINE_FANOUT_H
#define ENGINE_FANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct category;
struct done;
struct err;
struct source;

/*
 * Which requests a category is made of that is asked for record by record
 * (struct per_record in spec/category.h): the ids that stand in the tables of
 * other categories, less those that were asked for already and look the same
 * since.
 */

/* What one request is for. */
struct fanout_item {
    const char *id; /* needs no escape in a URL; valid until fanout_free() */
    size_t at;      /* private */
    uint32_t n;
    uint32_t print; /* of the record, see store/done.h; 0: no record has it */
    bool is_text;   /* the id is a string, not a number */
    bool has_none;  /* the list says that there is nothing for it */
    int64_t time;   /* of the record, UTC; INT64_MIN: it has none */
};

struct fanout {
    struct fanout_item *item; /* all that there are, the newest first; ... */
    size_t n;
    struct fanout_item **todo; /* ... those to be asked for */
    size_t todo_n;
    struct buf ids;
};

#define FANOUT_INIT                                                            \
    {                                                                          \
        .n = 0                                                                 \
    }

struct fanout_in {
    const char *dir; /* of the archive */
    const struct source *source;
    const struct category *category;
    int64_t now;
    int64_t since; /* only records of this time, UTC; INT64_MIN where absent */
    int64_t until;
    /* Ids that were asked for and may stand nowhere any more; or NULL. */
    const struct done *known;
    bool rereads; /* it is time for the recent ones, see per_record */
    /* Was it asked for, and looked like that? */
    bool (*has_done)(void *user, const struct fanout_item *item);
    void *user;
};

/* Reads the tables: all ids. f is fresh or freed. */
int fanout_read(struct fanout *f, const struct fanout_in *in, struct err *e);
/* Those that are to be asked for. */
void fanout_choose(struct fanout *f, const struct fanout_in *in);
void fanout_free(struct fanout *f);

/*
 * What a table of the category shows to have been asked for, where the state
 * is gone: an id that has rows there, with its print as those rows have it if
 * they have all of its columns, else with that of f. Added to done.
 */
int fanout_rebuild(struct done *done, const struct fanout *f,
                   const struct fanout_in *in, struct err *e);

#endif
