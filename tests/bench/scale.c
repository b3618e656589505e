#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "data/columns.h"
#include "data/flatten.h"
#include "data/json.h"
#include "store/table.h"

/*
 * The table engine at size: scale FOLDER ROWS WHAT.
 *   make      FOLDER/t.csv with ROWS rows of about 99 bytes
 *   commit    300 records: 200 as they are, 20 changed, 80 new
 *   append    80 new records
 *   backfill  ROWS records in 1,000 batches, into a table of their own
 *   widen     one record with a field that the table does not have
 * Prints seconds and peak memory.
 */

static struct columns *columns;
static struct flattener *flattener;
static struct row row = ROW_INIT;
static struct table *table;
static struct err e = ERR_INIT;

static void
check(int rc)
{
    if (rc == 0)
        return;
    (void)fprintf(stderr, "scale: %s\n", e.text);
    exit(1);
}

static double
seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Spreads numbers over ids that look random. */
static uint64_t
mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* Record number i in its version. */
static void
record(struct buf *b, int64_t i, int version, const char *extra)
{
    uint64_t a = mix((uint64_t)i), c = mix(a);
    int64_t minute = i % 1440, day = i / 1440;

    buf_clear(b);
    buf_addf(b,
             "{\"id\":\"%08x-%04x-%04x-%04x-%012llx\","
             "\"day\":\"%04d-%02d-%02dT%02d:%02d:00+00:00\",\"bpm\":%d,"
             "\"source\":\"awake\",\"value\":%d.%d,\"note\":\"n%d\"%s}",
             (unsigned)(a >> 32), (unsigned)(a >> 16) & 0xffff,
             (unsigned)a & 0xffff, (unsigned)(c >> 48),
             (unsigned long long)c & 0xffffffffffffULL, (int)(2000 + day / 360),
             (int)(day / 30 % 12 + 1), (int)(day % 30 % 28 + 1),
             (int)(minute / 60), (int)(minute % 60), (int)(50 + a % 90),
             (int)(c % 100), (int)(a % 10), version, extra);
}

static void
add(int64_t i, int version, const char *extra)
{
    static struct buf text = BUF_INIT;
    struct json j;
    struct json_token t;

    record(&text, i, version, extra);
    json_start(&j, text.p, text.n);
    check(json_next(&t, &j, &e) == 1 ? 0 : -1);
    check(flatten(&row, flattener, &j, &e));
    check(table_add(table, &row, &e));
}

static void
flush(void)
{
    struct table_counts counts = { .added = 0 };

    check(table_flush(table, &counts, 1780000000, &e));
}

static void
open_table(const char *folder, const char *name)
{
    static const char *const declared[] = { "id",     "day",   "bpm",
                                            "source", "value", "note" };
    static struct buf path = BUF_INIT, own = BUF_INIT;
    struct table_spec spec = {
        .label = "scale", .ids = { "id" }, .time = "day", .declared = 6
    };

    columns = columns_new();
    for (size_t i = 0; i < 6; i++)
        (void)columns_add(columns, declared[i], strlen(declared[i]));
    flattener = flattener_new(columns);
    buf_addf(&path, "%s/%s.csv", folder, name);
    buf_addf(&own, "%s/.own", folder);
    spec.path = buf_str(&path);
    spec.root = folder;
    spec.own_dir = buf_str(&own);
    spec.torn_dir = folder;
    spec.columns = columns;
    check(table_open(&table, &spec, &e));
}

static void
do_make(int64_t rows)
{
    for (int64_t i = 0; i < rows; i++) {
        add(i, 0, "");
        if (table_is_full(table))
            check(table_spill(table, 0, &e));
    }
}

static void
do_commit(int64_t rows)
{
    for (int64_t i = 0; i < 220; i++)
        add(rows - 5000 + i * 20, i % 11 == 5, "");
    for (int64_t i = 0; i < 80; i++)
        add(rows + i, 0, "");
}

static void
do_append(int64_t rows)
{
    for (int64_t i = 0; i < 80; i++)
        add(rows + 1000 + i, 0, "");
}

static void
do_backfill(int64_t rows)
{
    enum { BATCHES = 1000, PART = 100 };
    double start = seconds(), first = 0;

    for (int64_t i = 0; i < BATCHES; i++) {
        for (int64_t k = 0; k < rows / BATCHES; k++)
            add(i * (rows / BATCHES) + k, 0, "");
        flush();
        if (i == PART - 1)
            first = seconds() - start;
        if (i == BATCHES - PART - 1)
            start = seconds();
    }
    (void)printf("first %d batches %.3f s, last %.3f s: ratio %.2f\n", PART,
                 first, seconds() - start, (seconds() - start) / first);
}

int
main(int argc, char **argv)
{
    struct rusage usage;
    double start = seconds();
    int64_t rows;

    if (argc != 4 || num_str(&rows, argv[2]) < 0)
        return 2;
    open_table(argv[1], strcmp(argv[3], "backfill") == 0 ? "b" : "t");
    if (strcmp(argv[3], "make") == 0)
        do_make(rows);
    else if (strcmp(argv[3], "commit") == 0)
        do_commit(rows);
    else if (strcmp(argv[3], "append") == 0)
        do_append(rows);
    else if (strcmp(argv[3], "backfill") == 0)
        do_backfill(rows);
    else if (strcmp(argv[3], "widen") == 0)
        add(rows + 5000, 0, ",\"extra\":1");
    else
        return 2;
    flush();
    table_close(table);
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("%s: %.3f s, %ld MB\n", argv[3], seconds() - start,
                 usage.ru_maxrss / 1024);
    flattener_free(flattener);
    columns_free(columns);
    row_free(&row);
    return 0;
}
