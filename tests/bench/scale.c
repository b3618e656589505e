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
#include "sys/fs.h"

/*
 * The table engine at size: scale FOLDER ROWS WHAT.
 *   make      FOLDER/t.csv with ROWS rows of about 99 bytes
 *   commit    300 records: 200 as they are, 20 changed, 80 new
 *   append    80 new records
 *   backfill  ROWS records in 1,000 batches, into FOLDER/b.csv
 *   widen     one record with a field that the table does not have
 *   batch     prints the records of a commit, one JSON object a line
 * A number in FOLDER/turn sees to it that each run finds something to do.
 * Prints seconds and peak memory in MB; of a backfill also the time of the
 * last batches by that of the first.
 */

static struct columns *columns;
static struct flattener *flattener;
static struct row row = ROW_INIT;
static struct table *table;
static struct err e = ERR_INIT;
static int turn; /* how often the table was changed */

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
             "\"source\":\"awake\",\"value\":%d.%d,"
             "\"note\":\"version %d of a record\"%s}",
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

    check(table_flush_all(&table, &counts, 1, 1780000000, &e));
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

/* The records are among the last 5,000 rows: those that change do so each
 * time. */
static void
each_of_commit(int64_t rows,
               void (*take)(int64_t i, int version, const char *extra))
{
    for (int64_t i = 0; i < 220; i++)
        take(rows - 5000 + i * 20, i % 11 == 5 ? turn + 1 : 0, "");
    for (int64_t i = 0; i < 80; i++)
        take(rows + turn * 80 + i, 0, "");
}

static void
print(int64_t i, int version, const char *extra)
{
    struct buf text = BUF_INIT;

    record(&text, i, version, extra);
    (void)printf("%s\n", buf_str(&text));
    buf_free(&text);
}

static void
do_append(int64_t rows)
{
    for (int64_t i = 0; i < 80; i++)
        add(2 * rows + turn * 80 + i, 0, "");
}

static void
do_widen(int64_t rows)
{
    char extra[32];

    (void)snprintf(extra, sizeof(extra), ",\"extra%d\":1", turn);
    add(3 * rows + turn, 0, extra);
}

/* Gives the time of the last batches by that of the first. */
static double
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
    return (seconds() - start) / first;
}

/* The number in FOLDER/turn, which goes up by one. */
static void
take_turn(const char *folder)
{
    struct buf path = BUF_INIT, text = BUF_INIT;
    struct err ignored = ERR_INIT; /* the first turn has no file */
    int64_t before = 0;

    buf_addf(&path, "%s/turn", folder);
    if (fs_read(&text, buf_str(&path), 32, &ignored) == 0)
        check(num_str(&before, buf_str(&text)));
    turn = (int)before;
    buf_clear(&text);
    buf_addf(&text, "%d", turn + 1);
    check(fs_replace(buf_str(&path), text.p, text.n, &e));
    buf_free(&path);
    buf_free(&text);
}

int
main(int argc, char **argv)
{
    struct rusage usage;
    double start = seconds(), ratio = 0;
    const char *what = argc == 4 ? argv[3] : "";
    int64_t rows;

    if (argc != 4 || num_str(&rows, argv[2]) < 0)
        return 2;
    if (strcmp(what, "batch") == 0) {
        each_of_commit(rows, print);
        return 0;
    }
    take_turn(argv[1]);
    open_table(argv[1], strcmp(what, "backfill") == 0 ? "b" : "t");
    if (strcmp(what, "make") == 0)
        do_make(rows);
    else if (strcmp(what, "commit") == 0)
        each_of_commit(rows, add);
    else if (strcmp(what, "append") == 0)
        do_append(rows);
    else if (strcmp(what, "backfill") == 0)
        ratio = do_backfill(rows);
    else if (strcmp(what, "widen") == 0)
        do_widen(rows);
    else
        return 2;
    flush();
    table_close(table);
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("%.3f %.1f %.2f\n", seconds() - start,
                 (double)usage.ru_maxrss / 1024, ratio);
    flattener_free(flattener);
    columns_free(columns);
    row_free(&row);
    return 0;
}
