/*
 * How quickly rows are found: rows FILE. Prints GB/s of store/rows over the
 * file, and of the reading alone; each the best of several passes over a file
 * that is in memory, by the processor's time: others may use it, too.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "data/csvtext.h"
#include "store/rows.h"
#include "sys/fs.h"

enum { PASSES = 7, ROOM = 256 << 10 };

static struct err e = ERR_INIT;

static double
seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int64_t
scan(int fd, const char *path)
{
    static const struct csv_dialect commas = CSV_DIALECT_INIT;
    struct rows rows;
    struct line line;
    int64_t n = 0;

    rows_start(&rows, fd, path, text_ends(path, ".csv") ? &commas : NULL, 0);
    while (rows_next(&line, &rows, &e) == 1)
        n += (int64_t)line.full;
    rows_free(&rows);
    return n;
}

static int64_t
read_only(int fd, const char *path)
{
    static char bytes[ROOM];
    size_t got = ROOM;
    int64_t n = 0;

    for (; got == ROOM; n += (int64_t)got)
        if (fs_pread(fd, path, bytes, ROOM, n, &got, &e) < 0)
            exit(1);
    return n;
}

static double
best(int64_t (*pass)(int fd, const char *path), int fd, const char *path)
{
    double gb_s = 0;

    for (int i = 0; i < PASSES; i++) {
        double start = seconds();
        double now = (double)pass(fd, path) / 1e9;

        now /= seconds() - start;
        gb_s = now > gb_s ? now : gb_s;
    }
    return gb_s;
}

int
main(int argc, char **argv)
{
    int fd;

    if (argc != 2)
        return 2;
    if (fs_open(&fd, argv[1], O_RDONLY, &e) < 0) {
        (void)fprintf(stderr, "rows: %s\n", e.text);
        return 1;
    }
    (void)printf("%.2f %.2f\n", best(scan, fd, argv[1]),
                 best(read_only, fd, argv[1]));
    (void)close(fd);
    return 0;
}
