/*
 * Pages from a file into a table, through the code that a fetch uses:
 *
 *   ingest csv|jsonl SET COLUMNS PAGES OUT
 *
 * COLUMNS lists the declared columns, one "name type" a line; PAGES holds one
 * page a line. OUT must not be there: this is a first fetch.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "data/columns.h"
#include "data/flatten.h"
#include "data/json.h"
#include "store/table.h"
#include "sys/fs.h"

enum { READ_AT_ONCE = 1 << 20, COLUMNS_FILE_MAX = 1 << 20, NOW = 1763640000 };

static const struct set {
    const char *name;
    struct table_spec spec;
} sets[] = {
    { "heartrate",
      { .ids = { "timestamp" }, .instant_id = true, .time = "timestamp" } },
    { "sleep", { .ids = { "id" }, .time = "bedtime_start" } },
    { "workouts", { .ids = { "id" }, .time = "start_time" } },
};

struct ingest {
    struct table *table;
    struct flattener *flattener;
    struct row row;
    int64_t records;
};

static int
declare(struct columns *columns, const char *path, struct err *e)
{
    struct buf text = BUF_INIT;
    int rc = fs_read(&text, path, COLUMNS_FILE_MAX, e);
    const char *p = buf_str(&text);

    while (rc == 0 && *p) {
        (void)columns_add(columns, p, strcspn(p, " "));
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    buf_free(&text);
    return rc;
}

/* Everything of a list of records, j behind its bracket. */
static int
take_records(struct ingest *in, struct json *j, struct err *e)
{
    struct json_token t;
    int rc;

    while ((rc = json_next(&t, j, e)) == 1 && t.type == JSON_OBJECT) {
        if (flatten(&in->row, in->flattener, j, e) < 0 ||
            table_add(in->table, &in->row, e) < 0)
            return -1;
        in->records++;
    }
    if (rc == 1 && t.type != JSON_ARRAY_END)
        return err_set(e, ERR_DATA, "a record that is no object");
    return rc < 0 ? -1 : 0;
}

static int
take_page(struct ingest *in, const char *p, size_t n, struct err *e)
{
    struct json j;
    struct json_token t;
    int rc;

    json_start(&j, p, n);
    while ((rc = json_next(&t, &j, e)) == 1) {
        bool is_data =
            t.type == JSON_KEY && t.n == 4 && memcmp(t.p, "data", 4) == 0;

        if (t.type != JSON_KEY)
            continue;
        if (json_next(&t, &j, e) < 0)
            return -1;
        if (is_data && t.type == JSON_ARRAY)
            rc = take_records(in, &j, e);
        else
            rc = json_skip(&t, &j, e);
        if (rc < 0)
            return -1;
    }
    if (rc == 0 && table_is_full(in->table))
        rc = table_spill(in->table, NOW, e);
    return rc;
}

/* Whole lines of the buffer; what is left of the last one goes to its start. */
static int
take_lines(struct ingest *in, struct buf *b, size_t *searched, struct err *e)
{
    char *line = b->p, *end = b->p + b->n, *stop;

    while ((stop = memchr(line + *searched, '\n',
                          (size_t)(end - line) - *searched))) {
        if (take_page(in, line, (size_t)(stop - line), e) < 0)
            return -1;
        line = stop + 1;
        *searched = 0;
    }
    b->n = (size_t)(end - line);
    *searched = b->n;
    memmove(b->p, line, b->n);
    return 0;
}

static int
take_file(struct ingest *in, const char *path, struct err *e)
{
    struct buf b = BUF_INIT;
    int64_t offset = 0;
    size_t got, searched = 0;
    int fd, rc;

    if (fs_open(&fd, path, O_RDONLY, e) < 0)
        return -1;
    do {
        rc = fs_pread(fd, path, buf_room(&b, READ_AT_ONCE), READ_AT_ONCE,
                      offset, &got, e);
        if (rc == 0) {
            offset += (int64_t)got;
            b.n += got;
            rc = take_lines(in, &b, &searched, e);
        }
    } while (rc == 0 && got == READ_AT_ONCE);
    if (rc == 0 && b.n > 0)
        rc = take_page(in, b.p, b.n, e);
    (void)close(fd); /* only read */
    buf_free(&b);
    return rc;
}

static int
ingest(const struct table_spec *spec, const char *pages, struct err *e)
{
    struct ingest in = { .row = ROW_INIT };
    struct table_counts counts = { .added = 0 };
    int rc = table_open(&in.table, spec, e);

    if (rc < 0)
        return -1;
    in.flattener = flattener_new(spec->columns);
    rc = take_file(&in, pages, e);
    if (rc == 0)
        rc = table_flush_all(&in.table, &counts, 1, NOW, e);
    if (rc == 0)
        (void)fprintf(
            stderr, "%lld records: %lld added, %lld changed, %lld unchanged\n",
            (long long)in.records, (long long)counts.added,
            (long long)counts.changed, (long long)counts.unchanged);
    flattener_free(in.flattener);
    row_free(&in.row);
    table_close(in.table);
    return rc;
}

static const struct set *
find_set(const char *name)
{
    for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
        if (strcmp(sets[i].name, name) == 0)
            return &sets[i];
    return NULL;
}

int
main(int argc, char **argv)
{
    const struct set *set = argc == 6 ? find_set(argv[2]) : NULL;
    struct table_spec spec;
    struct err e = ERR_INIT;
    int rc;

    if (!set) {
        (void)fprintf(stderr,
                      "usage: ingest csv|jsonl SET COLUMNS PAGES OUT\n");
        return 2;
    }
    spec = set->spec;
    spec.path = argv[5];
    spec.torn_dir = ".";
    spec.label = set->name;
    spec.format = argv[1][0] == 'j' ? TABLE_JSONL : TABLE_CSV;
    spec.columns = columns_new();
    rc = declare(spec.columns, argv[3], &e);
    spec.declared = columns_n(spec.columns);
    if (rc == 0)
        rc = ingest(&spec, argv[4], &e);
    if (rc < 0)
        (void)fprintf(stderr, "ingest: %s\n", e.text);
    columns_free(spec.columns);
    return rc < 0;
}
