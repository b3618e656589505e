#ifndef ENGINE_LANE_H
#define ENGINE_LANE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "engine/quota.h"
#include "net/budget.h"

struct fetcher;
struct run_in;
struct source;

/* A source in a run: its categories, and which window is the next to be asked
 * for. */
struct lane {
    const struct source *source;
    struct budget budget;
    struct budget spare; /* the same, less what is kept for lists */
    const char *headers[QUOTA_HEADERS + 1]; /* that tell of the quota */
    bool was_answered; /* so that the quota is known, if it is told */
    bool has_worked;   /* the token was good for an answer */
    unsigned renewed;  /* generation of the token since one was refused; 0 */
    struct fetcher *fetcher;
    size_t n;
    int in_flight;
    struct err fault; /* why nothing more is asked of it; ERR_NONE */
    const struct fetcher *fault_by; /* the category where it came up */
    struct err later; /* if that is for a quota: when to go on; ERR_NONE */
};

/* Source i of the run; opens its categories. To be closed in every case. */
int lane_open(struct lane *lane, const struct run_in *in, size_t i,
              struct err *e);
void lane_close(struct lane *lane);

/* So many bytes of pages wait to be taken that no further one is wanted. */
bool lane_is_full(const struct lane *lane);

/* It is still to be seen whether the token is good for any category. */
bool lane_is_undecided(const struct lane *lane);

/* So many requests may be under way. */
int lane_parallel(const struct lane *lane);

/*
 * The category whose next window is to be asked for, or NULL: none now.
 * is_limited: there is little to spend, so that windows are finished one by
 * one.
 */
struct fetcher *lane_pick(const struct lane *lane, bool is_limited);
/* The same where requests are counted: one window at a time is walked in all
 * n lanes. NULL also if it is the turn of another lane than turn. */
struct fetcher *lane_pick_alone(const struct lane *lanes, size_t n,
                                const struct lane *turn);

#endif
