/* For sched_getaffinity(); the build asks for plain POSIX. */
#define _GNU_SOURCE

#include "sys/beside.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

struct beside {
    pthread_t thread;
    void (*work)(void *arg);
    void *arg;
};

static bool
has_processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1;
}

static void *
run(void *arg)
{
    const struct beside *b = arg;

    b->work(b->arg);
    return NULL;
}

struct beside *
beside_start(void (*work)(void *arg), void *arg)
{
    struct beside *b;
    sigset_t all, before;
    int rc;

    if (!has_processors())
        return NULL;
    b = mem_zalloc(sizeof(*b));
    b->work = work;
    b->arg = arg;
    /* The thread has the mask of its maker. None of these can fail. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&b->thread, NULL, run, b);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc == 0)
        return b;
    free(b);
    return NULL;
}

void
beside_end(struct beside *b)
{
    (void)pthread_join(b->thread, NULL); /* fails only if it was none */
    free(b);
}
