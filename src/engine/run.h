#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/archive.h"
#include "store/vanish.h"

struct category;
struct list;
struct net_counts;
struct net_options;
struct source;
struct state;

/*
 * One run: sources x categories x windows, as fast as each provider allows.
 * Categories of a source run side by side, windows of one category too when
 * nothing else is left to ask for; rows and coverage are committed in the
 * order of the windows, so that the tables do not depend on which answer came
 * first.
 */

enum outcome {
    OUTCOME_OK,
    OUTCOME_FAILED,  /* error says why; what came before it is stored */
    OUTCOME_SKIPPED, /* the login lacks a permission; error says which */
    OUTCOME_NOT_RUN, /* given up because the source or the run was; error is
                        why */
};

struct category_result {
    const struct source *source;
    const struct category *category;
    enum outcome outcome;
    struct err error;
    bool is_old_news; /* skipped for the same reason as a day ago or less, and
                         not asked for by name: not worth a line again */
    struct archive_counts counts;
    int64_t pages;       /* -1: it is a child of the one before and comes with
                            it */
    size_t windows;      /* asked for */
    size_t windows_done; /* proven */
    struct vanished vanished; /* by a sweep */
    int64_t rows; /* in the table of the first format; -1 = not known */
};

struct run_in {
    const struct source *source;
    size_t n;
    const struct err *fault; /* by source: why not to start it; may be NULL */
    const char *dir;
    struct state *state;
    const struct net_options *net;
    int64_t now;
    int64_t since; /* PLAN_NO_TIME where absent */
    int64_t until;
    int64_t lookback_s; /* see plan_in; -1 = not asked for */
    bool full;
    bool sweep;         /* compare whole lists with their tables now */
    bool mark_vanished; /* and note in the history what is missing */
    bool was_killed;    /* the run before this one did not come to its end */
    /* Called when a category is finished; may be NULL. */
    void (*finished)(const struct category_result *result, void *user);
    void *user;
};

struct run_out {
    struct category_result *result; /* in order of sources and categories */
    size_t n;
    struct net_counts *net;
};

/* There is little to spend: requests or time. */
bool run_is_limited(const struct run_in *in);

/*
 * Runs. Errors of categories are in the results; -1 only for what stops
 * everything at once (no memory for the network, a state that cannot be
 * saved). The state is saved at least once. Free with run_free().
 */
int run(struct run_out *out, const struct run_in *in, struct err *e);
void run_free(struct run_out *out);

/* What run() would ask a category for: for --dry-run. Adds the URLs of the
 * first max requests that can be told beforehand, and gives their number. */
int run_preview(struct list *urls, size_t *requests, size_t max,
                const struct run_in *in, const struct source *source,
                const struct category *category, struct err *e);

#endif
