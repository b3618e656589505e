#include "sys/clock.h"

#include <signal.h>
#include <stddef.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "sys/signal.h"

int64_t
clock_now(void)
{
    struct timespec t = { .tv_sec = 0 };

    (void)clock_gettime(CLOCK_REALTIME, &t); /* this clock always exists */
    return (int64_t)t.tv_sec;
}

static int64_t
monotonic_ns(void)
{
    struct timespec t = { .tv_sec = 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* so does this on Linux */
    return (int64_t)t.tv_sec * 1000000000 + (int64_t)t.tv_nsec;
}

int64_t
clock_ms(void)
{
    return monotonic_ns() / 1000000;
}

void
clock_sleep_ms(int64_t ms)
{
    struct timespec time = { .tv_sec = (time_t)(ms / 1000),
                             .tv_nsec = (long)(ms % 1000) * 1000000 };
    sigset_t stop, old;

    if (ms <= 0)
        return;
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGINT);
    (void)sigaddset(&stop, SIGTERM);
    /* Blocked while we look and let in by pselect() itself: a signal that
     * comes between a look and a plain sleep would cost the whole wait. */
    (void)pthread_sigmask(SIG_BLOCK, &stop, &old);
    if (!signal_stop())
        (void)pselect(0, NULL, NULL, NULL, &time, &old);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* splitmix64 of the nanoseconds and the process: no state to keep. */
int64_t
clock_random(int64_t n)
{
    uint64_t x = (uint64_t)monotonic_ns() ^ (uint64_t)getpid() << 40;

    if (n <= 0)
        return 0;
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    return (int64_t)(x % (uint64_t)n);
}
