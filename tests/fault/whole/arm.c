/*
 * The whole program with the faults of tests/fault/wrap.h in its own calls:
 *
 *   FAULT_AT    number of the call that fails, from 1
 *   FAULT_HOW   how; the words of wrap.c
 *   FAULT_LIST  without FAULT_AT: a file that gets the number and the name of
 *               each call
 *
 * Allocations do not count: how many there are depends on what a server says.
 * Neither do the calls that libraries make for themselves, curl's for one.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "../wrap.h"

/* What wrap.c calls; these are not wrapped here. */
void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *p, size_t n);

void *
__real_malloc(size_t n)
{
    return malloc(n);
}

void *
__real_calloc(size_t count, size_t n)
{
    return calloc(count, n);
}

void *
__real_realloc(void *p, size_t n)
{
    return realloc(p, n);
}

static struct fault_shared counts;

static void
list_calls(void)
{
    const char *path = getenv("FAULT_LIST");
    FILE *out;

    fault_disarm();
    out = path ? fopen(path, "w") : NULL;
    if (!out)
        return;
    for (long i = 1; i <= counts.n; i++)
        (void)fprintf(out, "%ld %s\n", i,
                      fault_call_word((enum fault_call)counts.call[i]));
    if (fclose(out) != 0)
        abort();
}

__attribute__((constructor)) static void
arm(void)
{
    const char *at = getenv("FAULT_AT");
    const struct fault_plan plan = {
        .at = at ? strtol(at, NULL, 10) : 0,
        .how = fault_how_of(getenv("FAULT_HOW")),
    };

    fault_shared = &counts;
    if (atexit(list_calls) != 0)
        abort();
    fault_arm(&plan);
}
