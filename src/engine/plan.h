#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/tm.h"

struct category;
struct coverage;
struct fanout_item;
struct list;

/*
 * Which spans of time to ask a category for (DESIGN 2.5): the recent window
 * first, then every hole back to the start, oldest first, all cut to what the
 * API takes. Pure.
 */

#define PLAN_NO_TIME INT64_MIN

struct window {
    struct span span;
    bool is_recent; /* newer than what is proven, and the overlap */
    bool is_open;   /* one_sided: asked for without an end */
    bool is_all;    /* unfiltered: without a beginning, too */
    bool is_feed;   /* of the feed, not of the list; since a time */
    int64_t since;
    bool only_gone; /* and only for deletions */
    bool is_kept;   /* numbered pages of a whole list that is not swept: how far
                       a run that is cut short has read them is remembered */
    int64_t page;   /* of such a list: the first one to ask for, */
    int64_t began;  /* and when reading them began */
    bool is_count;  /* only how many records there are */
    const char *id; /* this one record, see by_id; NULL: all of them. Borrowed
                       from plan_in. */
    const struct fanout_item *item; /* the record that it is for; or NULL */
};

struct plan {
    struct window *window; /* in the order in which they are fetched */
    size_t n;
};

#define PLAN_INIT                                                              \
    {                                                                          \
        .window = NULL                                                         \
    }

/* What a plan is made from. Times in seconds UTC; PLAN_NO_TIME where
 * absent. */
struct plan_in {
    const struct category *category;
    const struct coverage *covered; /* proven spans */
    int64_t now;
    int64_t start;       /* of the backfill */
    bool start_is_given; /* by the user */
    bool sweeps;         /* the whole list is wanted */
    int64_t bound;       /* do not ask for holes before this */
    int64_t open_since;  /* oldest record that is still open */
    int64_t last_record; /* newest record: what came before it may be late */
    int overlap_days;    /* -1: the category's own */
    /* Instead of the overlap; and no holes. -1 = not asked for. */
    int64_t lookback_s;
    /* Only this range, whatever is covered; each may be absent. */
    int64_t since;
    int64_t until;
    /* The whole list, in numbered pages, was read up to before this page, by
     * walks that began then; page 0: from the first page on. */
    int64_t page;
    int64_t began;
    /* Since then events may be missing that are about rows of the table: it was
     * right up to that time. */
    int64_t last_good;
    bool all_gone; /* every deletion that the feed has is wanted */
    /* Ids of records that are open for long; or NULL. */
    const struct list *ids;
};

/* Adds the recent windows; a category without windows gets one without a
 * span (from = to = now). */
void plan_recent(struct plan *p, const struct plan_in *in);
/* Adds what reads the list of a category with a feed as a whole, or with
 * is_known, when that was done in this run, only what came after. */
void plan_feed(struct plan *p, const struct plan_in *in, bool is_known);
/* Adds the records that are asked for by their ids. */
void plan_ids(struct plan *p, const struct plan_in *in);
/* Adds the holes. */
void plan_holes(struct plan *p, const struct plan_in *in);
/* Adds one for a record that is asked for by its id. */
void plan_item(struct plan *p, const struct fanout_item *item, int64_t now);
void plan_free(struct plan *p);

#endif
