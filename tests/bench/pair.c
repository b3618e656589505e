/*
 * Two commands in turn, A B A B: pair [-r FILE]... PAIRS A... -- B...
 *
 * Each -r FILE is removed before every run, outside the time. Prints a line:
 * median seconds of A and of B, the median of B's time by A's pair by pair,
 * and the peak memory of A and of B in MB. One pair more is run first and not
 * counted. A command that fails ends it all.
 */

#define _DEFAULT_SOURCE /* wait4() */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"

struct side {
    char **argv;
    double *seconds;
    long peak_kb;
};

static double
now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
die(const char *what)
{
    (void)fprintf(stderr, "pair: %s failed\n", what);
    exit(1);
}

static double
run(struct side *side)
{
    struct rusage usage;
    double start = now();
    pid_t pid = fork();
    int status;

    if (pid < 0)
        die("fork");
    if (pid == 0) {
        (void)execvp(side->argv[0], side->argv);
        _exit(127);
    }
    if (wait4(pid, &status, 0, &usage) != pid || status != 0)
        die(side->argv[0]);
    if (usage.ru_maxrss > side->peak_kb)
        side->peak_kb = usage.ru_maxrss;
    return now() - start;
}

static int
by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double *list, size_t n)
{
    qsort(list, n, sizeof(*list), by_size);
    return n % 2 ? list[n / 2] : (list[n / 2 - 1] + list[n / 2]) / 2;
}

static void
compare(struct side *a, struct side *b, char **remove_me, size_t remove_n,
        size_t pairs)
{
    struct side *sides[] = { a, b };
    double *ratio = mem_alloc(pairs * sizeof(*ratio));

    a->seconds = mem_alloc(pairs * sizeof(*ratio));
    b->seconds = mem_alloc(pairs * sizeof(*ratio));
    for (size_t i = 0; i <= pairs; i++) {
        for (size_t s = 0; s < 2; s++) {
            double seconds;

            for (size_t k = 0; k < remove_n; k++)
                (void)unlink(remove_me[k]); /* need not be there */
            seconds = run(sides[s]);
            if (i > 0)
                sides[s]->seconds[i - 1] = seconds;
        }
        if (i > 0)
            ratio[i - 1] = b->seconds[i - 1] / a->seconds[i - 1];
    }
    (void)printf("%.4f %.4f %.2f %.1f %.1f\n", median(a->seconds, pairs),
                 median(b->seconds, pairs), median(ratio, pairs),
                 (double)a->peak_kb / 1024, (double)b->peak_kb / 1024);
    free(a->seconds);
    free(b->seconds);
    free(ratio);
}

int
main(int argc, char **argv)
{
    struct side a = { .argv = NULL }, b = { .argv = NULL };
    char **remove_me = mem_alloc((size_t)argc * sizeof(*remove_me));
    size_t remove_n = 0;
    int64_t pairs = 0;
    int i = 1;

    for (; i + 1 < argc && strcmp(argv[i], "-r") == 0; i += 2)
        remove_me[remove_n++] = argv[i + 1];
    if (i < argc && num_str(&pairs, argv[i]) == 0 && pairs > 0 &&
        pairs < 10000 && i + 1 < argc)
        a.argv = &argv[++i];
    for (; i < argc && !b.argv; i++)
        if (strcmp(argv[i], "--") == 0 && i + 1 < argc) {
            argv[i] = NULL;
            b.argv = &argv[i + 1];
        }
    if (!a.argv || !b.argv) {
        (void)fprintf(stderr, "usage: pair [-r FILE]... PAIRS A... -- B...\n");
        return 2;
    }
    compare(&a, &b, remove_me, remove_n, (size_t)pairs);
    free(remove_me);
    return 0;
}
