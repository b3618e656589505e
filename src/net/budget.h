#ifndef NET_BUDGET_H
#define NET_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How fast one source may be asked: up to so many requests in each of several
 * windows of time. Pure; times in milliseconds of clock_ms(). Shared by all
 * categories of the source.
 */

enum {
    BUDGET_WINDOWS_MAX = 6,
    BUDGET_MARGIN_MS = 3000, /* clocks differ, and servers may be late: a window
                                that was told ends so much later for us */
};

struct budget_window {
    int64_t limit; /* requests; 0 = no limit known */
    int64_t length_ms;
    int64_t ends_ms; /* what was used is given back then */
    int64_t used;
    bool is_fixed; /* the next one begins where it ends; otherwise with the
                      first request */
    bool is_spent; /* a refusal says that nothing is left of this one */
    bool is_told;  /* by the server: it is not waited for as long as a pace of
                      our own, see struct net_options */
};

struct budget {
    struct budget_window window[BUDGET_WINDOWS_MAX];
    size_t n;
    int64_t paused_until; /* a 429 stops the whole source until then */
    int64_t flying;       /* requests on their way */
    /* The same windows as those of another budget, but the last kept_percent
     * of the shortest ones that were told are left to others. Or NULL. */
    struct budget *of;
    int kept_percent;
};

#define BUDGET_INIT                                                            \
    {                                                                          \
        .n = 0                                                                 \
    }

/* Milliseconds until one more request may go out; 0 = now. */
int64_t budget_wait(const struct budget *b, int64_t now_ms);
/* The part of it that a quota which the server told is the reason for. */
int64_t budget_quota_wait(const struct budget *b, int64_t now_ms);
/* Counts a request that goes out. */
void budget_spend(struct budget *b, int64_t now_ms);
/* One of them came to its end. */
void budget_land(struct budget *b);
/* A request was refused once and again: where no quota is known to be used up,
 * the shortest one that is_fixed is taken to be. */
void budget_refused(struct budget *b, int64_t now_ms);
/* No request before until_ms. */
void budget_pause(struct budget *b, int64_t until_ms);
/*
 * Window i has this limit, and so much of it was used when the server
 * answered a request that has landed; -1 = not told. The limit counts from
 * now on; used only ever grows before the end of the window.
 */
void budget_told(struct budget *b, size_t i, int64_t limit, int64_t used,
                 int64_t now_ms);
/* Window i ends then; if that is much later than known, it is a new one. */
void budget_ends(struct budget *b, size_t i, int64_t ends_ms, int64_t now_ms);

#endif
