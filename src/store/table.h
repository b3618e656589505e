#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/profile.h"

struct columns;
struct err;
struct list;
struct row;

/*
 * A category's file on disk in one format, and the one way to change it: an
 * upsert that never loses a row (DESIGN 2.2 to 2.4).
 *
 *   table_add()        a record into memory
 *   table_seal()       end of a window: its rows are put in time order
 *   table_flush_all()  everything added is durable when it returns
 *
 * There is no index: the records of a flush go into a small hash table and
 * the file is streamed past it once. From the second time on the hashes of
 * all keys are kept, so that a long backfill does not scan again and again.
 * An unchanged flush does not touch the file.
 */

enum table_format {
    TABLE_CSV,
    TABLE_JSONL, /* flattened rows, one object a line */
    TABLE_RAW,   /* records as they came, one a line */
};

enum { TABLE_KEYS_MAX = 3 };

/* What a table is. Strings and columns are borrowed until table_close(). */
struct table_spec {
    const char *path;     /* .../oura/sleep.csv */
    const char *history;  /* .../oura/sleep.history.csv; NULL: keep none */
    const char *root;     /* folder of the archive */
    const char *own_dir;  /* its .wearchive, for journals; NULL: none */
    const char *torn_dir; /* where a torn last line is kept */
    const char *label;    /* oura/sleep, for warnings */
    enum table_format format;
    enum csv_profile profile; /* of what is written; see store/recast.h */
    struct columns *columns;
    size_t declared;         /* the first so many columns are declared */
    const struct list *sent; /* others that the provider is known to send; what
                                is in neither a person added; or NULL */
    const char *ids[TABLE_KEYS_MAX + 1]; /* columns that name a record */
    int owner_ids;   /* the first so many of them name the record that a row
                        is a child of, see table_own(); 0: none */
    bool instant_id; /* ids[0] is a time: instants are compared */
    const char *constant; /* the text of ids[0] where it is not in the record,
                             of which there is only one; or NULL */
    const char *version;  /* a time: a row does not take the place of one that
                             is newer; or NULL */
    const char *unique;   /* no two rows are alike in it; or NULL */
    const char *time;     /* rows are in its order; or NULL */
    bool newest_first;    /* of two versions in a flush the first one wins */
    bool was_killed;      /* the run before was: what the files hold may not be
                             durable yet */
};

struct table_counts {
    int64_t added;
    int64_t changed;
    int64_t unchanged;
    int64_t removed; /* deleted, or children that their records have no more */
};

struct table;

/* Reads the header if there is a file. A header that lost a key column:
 * ERR_FILE. */
int table_open(struct table **t, const struct table_spec *spec, struct err *e);
void table_close(struct table *t); /* drops what was not flushed; NULL is
                                      allowed */

/*
 * Where rows are children of a record: the rows added from here on are all that
 * it has, in place of those that the table has of it; these go to the history
 * as "deleted". row is that of a child, as far as the record names it.
 */
int table_own(struct table *t, const struct row *row, struct err *e);
/*
 * The records that own the rows of child are those of parent, by the same key:
 * one that loses its row there, to another record or to a deletion, loses its
 * rows in child with the same table_flush_all(), in which parent stands first.
 * Neither is spilled. To be called again when either was opened again.
 */
void table_follow(struct table *child, struct table *parent);
/* Takes a copy of the record. One without a key: ERR_DATA. */
int table_add(struct table *t, const struct row *row, struct err *e);
/* The provider has deleted the record that row names: its row goes to the
 * history as "deleted". A record that comes later is there again. */
int table_delete(struct table *t, const struct row *row, struct err *e);
/* Takes back everything added since the mark: the page was refused. */
struct table_mark {
    size_t rows;
    size_t owners;
};
struct table_mark table_mark(const struct table *t);
void table_rollback(struct table *t, struct table_mark mark);

void table_seal(struct table *t);
/* Bytes of rows that wait in memory. */
size_t table_bytes(const struct table *t);
/* True when so much is in memory that table_spill() should be called. */
bool table_is_full(const struct table *t);
/* Writes what is surely new; not yet durable. now is for _replaced_at. Where
 * the newest comes first, everything waits for the flush. */
int table_spill(struct table *t, int64_t now, struct err *e);
/*
 * n tables of one archive. Adds to the counts of each what happened. On failure
 * the files are as they were before, and what was added is dropped. Rows that
 * are replaced or removed in any of them are so in all at the same moment,
 * whenever a kill comes (store/commit); new rows may stand in some of them
 * only.
 */
int table_flush_all(struct table *const *t, struct table_counts *counts,
                    size_t n, int64_t now, struct err *e);

/* Makes room in memory: the rows of the tables are written, but not yet durable
 * nor counted. That comes with the next flush. */
int table_write_all(struct table *const *t, size_t n, int64_t now,
                    struct err *e);
/* True if a flush has anything to do. */
bool table_needs_flush(const struct table *t);
/* Rows were replaced since the last one. */
bool table_has_changed(const struct table *t);

/* Adds to the list, unless they are in it, the columns not declared that the
 * provider sent. */
void table_sent(const struct table *t, struct list *names);
/* Rows in the file; -1 if it was not looked at yet. */
int64_t table_rows(const struct table *t);
/* Times of records since table_open(), as canonical UTC text, or NULL: the
 * earliest and latest of all, and the earliest that became a new row. */
const char *table_earliest(const struct table *t);
const char *table_latest(const struct table *t);
const char *table_earliest_new(const struct table *t);
/* True if a new row was put behind one with a later time. */
bool table_is_disordered(const struct table *t);

/*
 * Puts the rows of a file in time order (then by key) with one atomic
 * rewrite; rows that are in order already stay as they are. Rows in memory are
 * left out. Sets *moved.
 */
int table_tidy(struct table *t, bool *moved, struct err *e);

#endif
