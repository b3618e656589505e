/*
 * Two commands in turn, A B A B:
 *   pair [-r FILE]... [-c FROM TO]... PAIRS A... -- B...
 *
 * Before every run, outside the time, each -r FILE is removed and each FROM
 * copied to TO. Prints a line:
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
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"

/* A file to remove, or to make as a copy. */
struct before {
    char *path;
    char *from; /* NULL: only remove it */
};

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

static void
copy(const char *from, const char *to)
{
    enum { ROOM = 1 << 20 };
    static char bytes[ROOM];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    size_t n;

    if (!in || !out)
        die(to);
    while ((n = fread(bytes, 1, ROOM, in)) > 0)
        if (fwrite(bytes, 1, n, out) != n)
            die(to);
    if (fflush(out) != 0 || fsync(fileno(out)) < 0) /* or A waits for it */
        die(to);
    (void)fclose(in);
    (void)fclose(out);
    (void)chmod(to, 0600);
}

static void
prepare(const struct before *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        (void)unlink(list[i].path); /* need not be there */
        if (list[i].from)
            copy(list[i].from, list[i].path);
    }
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
compare(struct side *a, struct side *b, const struct before *before, size_t n,
        size_t pairs)
{
    struct side *sides[] = { a, b };
    double *ratio = mem_alloc(pairs * sizeof(*ratio));

    a->seconds = mem_alloc(pairs * sizeof(*ratio));
    b->seconds = mem_alloc(pairs * sizeof(*ratio));
    for (size_t i = 0; i <= pairs; i++) {
        for (size_t s = 0; s < 2; s++) {
            double seconds;

            prepare(before, n);
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
    struct before *before = mem_alloc((size_t)argc * sizeof(*before));
    size_t n = 0;
    int64_t pairs = 0;
    int i = 1;

    for (; i + 2 < argc && argv[i][0] == '-'; i += 2 + (argv[i][1] == 'c'))
        if (strcmp(argv[i], "-c") == 0)
            before[n++] = (struct before){ argv[i + 2], argv[i + 1] };
        else
            before[n++] = (struct before){ argv[i + 1], NULL };
    if (i < argc && num_str(&pairs, argv[i]) == 0 && pairs > 0 &&
        pairs < 10000 && i + 1 < argc)
        a.argv = &argv[++i];
    for (; i < argc && !b.argv; i++)
        if (strcmp(argv[i], "--") == 0 && i + 1 < argc) {
            argv[i] = NULL;
            b.argv = &argv[i + 1];
        }
    if (!a.argv || !b.argv) {
        (void)fprintf(stderr, "usage: pair [-r FILE]... [-c FROM TO]... PAIRS "
                              "A... -- B...\n");
        return 2;
    }
    compare(&a, &b, before, n, (size_t)pairs);
    free(before);
    return 0;
}
