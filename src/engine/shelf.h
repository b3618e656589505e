#ifndef ENGINE_SHELF_H
#define ENGINE_SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/sheet.h"
#include "store/names.h"
#include "store/table.h"

struct archive_in;
struct buf;
struct category;
struct child;
struct columns;
struct coverage;
struct done;
struct err;
struct fanout_item;
struct row;
struct vanish_in;
struct vanished;
struct window;

/* The tables of one category, one for each format: its own records, or
 * children of another one's. */

struct output {
    bool is_wanted;
    char *path;
    char *history;
    struct table *table; /* NULL until the first record */
    struct table_mark mark;
    struct table_counts counts; /* of the last flush */
    bool is_tidy;               /* rows that are not flushed yet stand in order,
                                   too */
};

struct shelf {
    const struct archive_in *in;
    const struct category *category;
    struct category_state *state;
    struct child
        *child; /* makes the rows of a child table; NULL: they are records */
    char *folder;
    char *own_dir; /* .wearchive */
    char *torn_dir;
    char *label;
    struct output output[NAMES_FORMATS];
    struct columns *columns;
    size_t declared;
    size_t marked;     /* columns, when the page began */
    bool is_forgotten; /* all of it is read again: shelf_forget() */
    bool had_holes; /* rows came after a window that is to be walked again, or
                       in one that is not recent */
    int64_t was_latest; /* latest record before this run */
    bool is_warned;     /* of a list that is none */
    bool is_for_sheet;  /* CSV in the profile excel is written */
    struct sheet sheet;
    struct table_counts counts; /* of all flushes, of the first format */
};

/* parent: the columns of the category that this one is a child of; or NULL. A
 * table that the state says has rows and that is gone makes its coverage void,
 * with a warning. To be closed in every case. */
int shelf_open(struct shelf *s, const struct archive_in *in,
               const struct category *c, const struct columns *parent,
               struct err *e);
void shelf_close(struct shelf *s);

/* Makes out the spans proven in every format, and those that it has: is_first
 * if it has none yet. */
void shelf_coverage(struct coverage *out, bool *is_first,
                    const struct shelf *s);
void shelf_forget(struct shelf *s); /* the coverage: --full */
/* Lowers *page to that up to before which the list was read in every format,
 * and *began to when that began; see struct table_state. */
void shelf_reading(int64_t *page, int64_t *began, const struct shelf *s);
/* Some format has an answer for that record, whatever it looked like then; or
 * that is not known any more. */
bool shelf_was_asked(const struct shelf *s, const struct fanout_item *item);
/* Every format has the answer for that record. */
bool shelf_has_done(const struct shelf *s, const struct fanout_item *item);
/* Those of the first one; NULL: none is wanted. */
const struct done *shelf_done(const struct shelf *s);
/* None has any; and what they have to know of then. */
bool shelf_lost_done(const struct shelf *s);
void shelf_take_done(struct shelf *s, const struct done *done);

/* The hash of a record's key, and rows whose key is not among some: see
 * store/vanish.h. in->spec is not used; all formats are looked at if they are
 * to be noted, else the first. */
uint64_t shelf_hash(const struct shelf *s, const struct row *row);
int shelf_vanished(struct vanished *out, struct shelf *s,
                   const struct vanish_in *in, struct err *e);

/* See archive_recast(). */
int shelf_recast(struct shelf *s, struct err *e);
int shelf_open_tables(struct shelf *s, struct err *e);
/* Rows of children go with those of their records: table_follow(). */
void shelf_follow(struct shelf *child, struct shelf *parent);
/* -1 = not known. */
int64_t shelf_rows(const struct shelf *s);
/* The rows that come next are all that the record has which row names. */
int shelf_own(struct shelf *s, const struct row *row, struct err *e);
/* A record, or the children that it has. */
int shelf_add(struct shelf *s, const struct row *record, struct err *e);
/* The provider has deleted the record whose key the row has. */
int shelf_delete(struct shelf *s, const struct row *row, struct err *e);
/* A page begins; it was refused. */
void shelf_mark(struct shelf *s);
void shelf_rollback(struct shelf *s);
bool shelf_is_full(const struct shelf *s);
int shelf_spill(struct shelf *s, int64_t now, struct err *e);
void shelf_seal(struct shelf *s);
size_t shelf_bytes(const struct shelf *s);
bool shelf_needs_flush(const struct shelf *s);

/* After a flush of its tables: its list was read that far; page 0: to the end,
 * or it is to be read once more. */
void shelf_read(struct shelf *s, int64_t page, int64_t began);
/* After a flush of its tables: the windows are proven. */
void shelf_flushed(struct shelf *s, const struct window *w, size_t n);
/* With the windows that the next flush proves. */
int shelf_tidy(struct shelf *s, const struct window *w, size_t n,
               struct err *e);

#endif
