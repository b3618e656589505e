#ifndef ENGINE_ARCHIVE_H
#define ENGINE_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct category;
struct coverage;
struct done;
struct err;
struct fanout;
struct fanout_item;
struct keyset;
struct vanished;
struct source;
struct state;
struct window;

/*
 * A category on its way to disk: pages become rows of its tables (one for
 * each format), and once those are durable, coverage in the state.
 */
struct archive;

struct archive_counts {
    int64_t fetched; /* records received */
    int64_t added;
    int64_t changed;
    int64_t unchanged;
    int64_t removed; /* deleted, or children that their records have no more */
};

/* Strings are borrowed until archive_close(). */
struct archive_in {
    const char *dir; /* of the whole archive */
    const struct source *source;
    const struct category *category;
    struct state *state;
    int64_t now;     /* UTC; for _replaced_at, too */
    bool was_killed; /* the run before this one did not come to its end */
};

/* Touches nothing on disk yet, but looks: a table that the state says has rows
 * and that is gone makes its coverage void, with a warning. */
int archive_open(struct archive **a, const struct archive_in *in,
                 struct err *e);
void archive_close(struct archive *a); /* NULL is allowed */

/*
 * Puts the CSV table and its history into the profile of the source if the
 * state says that they were written in another one, and notes that in the
 * state. To be called before the first page. 1 if the state has changed, 0 or
 * -1; ERR_FILE: the table is damaged.
 */
int archive_recast(struct archive *a, struct err *e);

/* That record was asked for at some time, or may have been. */
bool archive_was_asked(const struct archive *a, const struct fanout_item *item);
/* True if every table has what that record's request brings. */
bool archive_has_done(const struct archive *a, const struct fanout_item *item);
/* The records whose request the first of its tables has the answer of. Valid
 * until the next flush. */
const struct done *archive_done(const struct archive *a);
/* What its tables show to be done already, if the state knows of nothing. */
int archive_find_done(struct archive *a, const struct fanout *f, struct err *e);

/* Spans proven in every format. out is fresh or freed. */
void archive_coverage(struct coverage *out, const struct archive *a);
/* The page up to before which every table has the list, and when reading it
 * began; page 0: there is none. */
void archive_reading(int64_t *page, int64_t *began, const struct archive *a);
/* Forgets them, in memory: --full. */
void archive_forget(struct archive *a);

/* Takes a page; is_record: it is one record. One that is refused (ERR_DATA,
 * ERR_CUT) leaves no trace. */
int archive_page(struct archive *a, const char *p, size_t n, bool is_record,
                 struct err *e);
/* The same of a page of its feed. */
struct events_page {
    const char *p;
    size_t n;
    bool is_first;  /* with the newest events */
    bool only_gone; /* no event but deletions is wanted */
};
int archive_events(struct archive *a, const struct events_page *page,
                   struct err *e);
/* The provider has no record of that id, which was asked for, any more. */
void archive_gone(struct archive *a, const char *id);
/* The pages that follow, up to the end of the window, are for that record: one
 * that is refused takes all of them back. */
int archive_item(struct archive *a, const struct fanout_item *item,
                 struct err *e);
/* And they are all that it has, if the category says that (is_set): other rows
 * of it go. */
int archive_own(struct archive *a, struct err *e);
/* The window's last page was taken: it counts as proven from the next flush
 * on. */
void archive_window_done(struct archive *a, const struct window *w);
/* Of a list whose reading began then all pages before this one were taken: the
 * state knows after the next flush. Page 0: nothing is left of it. */
void archive_read(struct archive *a, int64_t page, int64_t began);
/* The window has to be walked again: what follows it comes too early, and the
 * tables are not in time order until archive_tidy(). */
void archive_window_failed(struct archive *a);
/* Bytes that wait in memory. */
size_t archive_bytes(const struct archive *a);
/* Windows whose rows do. */
size_t archive_windows(const struct archive *a);
bool archive_needs_flush(const struct archive *a);
/* Makes room in memory: rows go to the files, to be durable with the next
 * flush. After a failure as after one of that. */
int archive_write(struct archive *a, struct err *e);
/* Everything taken so far is durable when it returns, and the state knows;
 * saving the state is the caller's. After a failure no window counts as proven
 * any more, and there is nothing to flush. */
int archive_flush(struct archive *a, struct err *e);
/*
 * To be called before or after the last flush when nothing is missing any more:
 * puts the tables in time order if a backfill added to them, in this run or in
 * one that did not come this far. Tables in order stay as they are. What is in
 * memory is written first.
 */
int archive_tidy(struct archive *a, struct err *e);
/* Adds the spans that the next flush proves. */
void archive_add_proven(struct coverage *out, const struct archive *a);

/* Rows in the table, with those that are written; -1 = not known. */
int64_t archive_rows(const struct archive *a);
/* From now on the keys of records are remembered, for: */
void archive_watch(struct archive *a);
/* Rows of its table, from since on, that none of those has; is_noted: in every
 * format, they go to the history. See store/vanish.h. */
int archive_vanished(struct vanished *out, struct archive *a, int64_t since,
                     bool is_noted, struct err *e);

struct archive_counts archive_count(const struct archive *a);
/* A child table that comes with it, i from 0: what became of its rows and
 * how many there are (-1 = not known); NULL after the last. */
const struct category *archive_child(struct archive_counts *counts,
                                     int64_t *rows, const struct archive *a,
                                     size_t i);
/* The state of its children says when they were fetched; is_good: all was well.
 */
void archive_stamp(struct archive *a, bool is_good);
/* Remembers in the state since when records are open. saw_all: all that may
 * be open were read in this run. */
void archive_note_open(struct archive *a, bool saw_all);

#endif
