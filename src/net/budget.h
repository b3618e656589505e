#ifndef NET_BUDGET_H
#define NET_BUDGET_H

#include <stdint.h>

/* How fast one source may be asked. Pure; times in milliseconds of
 * clock_ms(). Shared by all categories of the source. */
struct budget {
    int limit; /* requests in a window; 0 = no limit known */
    int64_t window_ms;
    int64_t window_start;
    int used;             /* in this window */
    int64_t paused_until; /* a 429 stops the whole source until then */
};

#define BUDGET_INIT                                                            \
    {                                                                          \
        .limit = 0                                                             \
    }

/* Milliseconds until one more request may go out; 0 = now. */
int64_t budget_wait(const struct budget *b, int64_t now_ms);
/* Counts a request that goes out. */
void budget_spend(struct budget *b, int64_t now_ms);
/* No request before until_ms. */
void budget_pause(struct budget *b, int64_t until_ms);

#endif
