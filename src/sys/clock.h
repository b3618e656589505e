#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <stdint.h>

/* The only place that asks the machine for the time. Test programs are linked
 * with tests/sandbox/clock.c instead, which takes the time from the
 * environment and does not sleep. */

int64_t clock_now(void); /* seconds since 1970, UTC */
int64_t clock_ms(void);  /* milliseconds that only go forward */
/* Waits, or returns early when a signal arrives. */
void clock_sleep_ms(int64_t ms);
/* 0 <= result < n, for jitter; not for secrets. */
int64_t clock_random(int64_t n);

#endif
