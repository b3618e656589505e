#ifndef ENGINE_FETCHER_H
#define ENGINE_FETCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "engine/fanout.h"
#include "engine/plan.h"
#include "engine/run.h"
#include "spec/category.h"

struct archive;
struct http_reply;
struct source;
struct walk;
struct walk_ask;

/* A record of which there is nothing, and who says so. */
struct empty {
    const struct fanout_item *item;
    enum {
        EMPTY_LISTED,  /* the list that it is in; it was not asked for */
        EMPTY_ANSWER,  /* an answer without records */
        EMPTY_MISSING, /* HTTP 404 */
    } how;
};

/*
 * One category of a run: its windows, the walks over them, and what they
 * bring. A page that arrives is looked through for the token of the next one,
 * so that this can be asked for at once, and waits to be taken. Windows are
 * walked in any order but taken in theirs.
 */
struct fetcher {
    const struct source *source;
    const struct category *category;
    struct category_state *state;
    struct archive *archive;
    const struct fetcher *bounded_by;           /* in this run, or NULL */
    const struct fetcher *parents[PER_IDS_MAX]; /* in this run: whose tables
                                                       ids come from */
    const char *dir;                            /* of the archive */
    struct fanout fanout; /* of a category with per_record */
    bool sweeps;          /* the whole list is compared with the table */
    bool marks_vanished;
    bool is_full;  /* as in struct run_in */
    int64_t since; /* as in struct run_in */
    int64_t until;
    struct empty *empty; /* its records without anything; engine/empties.h */
    size_t empty_n;
    bool rereads;    /* recent ones are asked for again */
    struct err stop; /* why the rest of them is left to another run */
    bool is_long;    /* others wait for it, or it has the most to ask for */
    const struct category_state *bound; /* of category->bounded_by, or NULL */
    struct plan_in ask;
    struct list ids; /* of records that are asked for by them */
    struct plan plan;
    struct walk **walk; /* one for each window of plan */
    size_t started;     /* walks that were started: the first so many */
    size_t head;        /* walks that were taken: the first so many */
    size_t in_flight;
    bool was_asked;   /* a request went out */
    bool has_holes;   /* the holes are planned, too */
    bool is_doubted;  /* it was said that a list ended oddly */
    bool is_refused;  /* by HTTP 401, see scope_is_mute: whether the token is
                         meant is said by the other categories */
    bool is_closed;   /* no further walk is to be started */
    bool is_over;     /* nothing is left to do, the result is final */
    bool is_unsorted; /* all is stored, and only the disk has no room to put it
                         in order */
    int64_t counted;  /* records that the provider says there are; -1: cannot
                         be read */
    int recounts;
    bool is_unproven; /* of a category with a feed: its list was never read as
                         a whole */
    bool saw_list;    /* of a category with a feed: all of it, in this run */
    int failures;     /* windows that failed */
    int in_a_row;     /* of these, since the last good one */
    int refusals; /* and for what a category may be refused for as a whole */
    int64_t now;
    struct category_result result;
};

struct fetcher_in {
    const struct run_in *run;
    const struct source *source;
    const struct category *category;
};

/* Opens its archive and plans its recent windows. */
int fetcher_open(struct fetcher *f, const struct fetcher_in *in, struct err *e);
void fetcher_free(struct fetcher *f);

/* The category whose path, paging and records a window goes by. */
const struct category *fetcher_asks(const struct fetcher *f,
                                    const struct window *w);
/* It has a request for each record of a list, and comes after all lists. */
bool fetcher_is_detail(const struct fetcher *f);
/* Only a part of time was asked for. */
bool fetcher_is_range(const struct fetcher *f);
/* The next window to start, or NULL: none now. Plans the holes when it is
 * their turn. */
const struct window *fetcher_next(struct fetcher *f);
/* Starts the walk over that window. */
struct walk *fetcher_start(struct fetcher *f);
/* Bytes of walks, and of pages that wait to be taken. */
size_t fetcher_held(const struct fetcher *f);

/* An answer came, after walk_back(): 0, or -1: the walk failed; with ERR_CUT
 * the page may be asked for again. Takes the body. */
int fetcher_page(struct fetcher *f, struct walk *w, struct walk_ask *ask,
                 struct http_reply *reply, struct err *e);
/* The walk ends at that page without having reached its end. */
void fetcher_fail(struct fetcher *f, struct walk *w, int64_t page,
                  const struct err *why);
/* There is a page, or the end of a walk, whose turn it is. */
bool fetcher_has_work(const struct fetcher *f);
/* Takes it. Returns -1 if the disk fails. */
int fetcher_work(struct fetcher *f, struct err *e);
/* Nothing is in flight or waits to be taken, and nothing can be started any
 * more. */
bool fetcher_is_idle(struct fetcher *f);
/* Makes everything durable and the result final. why: the source or the run
 * was given up; NULL if it was not. */
void fetcher_finish(struct fetcher *f, const struct err *why);

#endif
