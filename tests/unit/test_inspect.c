#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "base/tm.h"
#include "data/columns.h"
#include "store/coverage.h"
#include "store/inspect.h"
#include "store/layout.h"
#include "store/table.h"
#include "store/twice.h"
#include "sys/fs.h"
#include "tempdir.h"

/* What two threads find in the halves of a file is what one finds in it. */

static unsigned seed = 1;

static unsigned
any(unsigned n)
{
    seed = seed * 1103515245 + 12345;
    return (seed >> 16) % n;
}

struct kind {
    const char *name;
    enum table_format format;
    const char *ids[TABLE_KEYS_MAX];
    const char *unique;
    bool has_coverage;
};

/* What the rows of one file are like, one of so many. */
struct mess {
    unsigned backwards, same, torn, lines, fault, bare, empty;
};

static void
add_tally(struct buf *b, const char *name, const struct tally *t)
{
    if (t->n > 0)
        buf_addf(b, "%s %lld line %lld %s; ", name, (long long)t->n,
                 (long long)t->line, t->text);
}

static void
add_suspects(struct buf *b, const struct layout *l, int fd,
             const struct keyset *suspects)
{
    struct twice twice = TWICE_INIT;
    struct err e = ERR_INIT;

    assert_int_equal(twice_find(&twice, l, fd, suspects, &e), 0);
    for (size_t i = 0; i < twice.n; i++)
        buf_addf(b, "%lld=%lld ", (long long)twice.row[i].line,
                 (long long)twice.row[i].other);
    twice_free(&twice);
}

/* All that comes of it, as text. */
static void
look(struct buf *b, const struct layout *l, int fd, const struct coverage *c,
     int64_t large)
{
    const struct inspect_in in = {
        .layout = l, .fd = fd, .coverage = c, .slack_s = HOUR, .large = large
    };
    struct inspect r;
    struct err e = ERR_INIT;

    buf_clear(b);
    inspect_start(&r, &in);
    if (inspect_rows(&r, &e) < 0)
        fail_msg("%s", e.text);
    buf_addf(b, "rows %lld; ", (long long)r.rows);
    for (int i = 0; i < FAULTS; i++)
        add_tally(b, "fault", &r.fault[i]);
    add_tally(b, "empty", &r.empty);
    add_tally(b, "disorder", &r.disorder);
    add_tally(b, "outside", &r.outside);
    if (r.torn_at >= 0)
        add_tally(b, "torn", &r.torn);
    buf_addf(b, "torn %lld open %lld repeated %lld suspects %zu: ",
             (long long)r.torn_at, (long long)r.open_line,
             (long long)r.unique.repeated, r.unique.suspects.n);
    add_suspects(b, l, fd, &r.unique.suspects);
    keyset_free(&r.unique.suspects);
    inspect_free(&r);
}

static void
add_row(struct buf *b, const struct kind *k, const struct mess *m, int64_t *at)
{
    const char *quote = m->bare && any(m->bare) ? "" : "\"";
    char time[21];

    *at += (int64_t)any(3) * 60;
    if (m->backwards && !any(m->backwards))
        *at -= DAY / 2;
    if (m->same && !any(m->same))
        *at -= (int64_t)any(2) * 60;
    tm_utc(time, *at);
    if (k->format == TABLE_CSV) {
        buf_addf(b, "%s%s%s,%s,%d,", quote, time, quote,
                 any(9) ? "awake" : "sleep", (int)any(300));
        if (m->lines && !any(m->lines))
            buf_adds(b, "\"one\ntwo, \"\"x\"\"\n\n2024-03-01T00:00:00Z,a,1,\"");
    } else {
        buf_addf(b, "{\"at\":\"%s\",\"source\":\"%s\",\"bpm\":%d}", time,
                 any(9) ? "awake" : "sleep", (int)any(300));
    }
    if (m->fault && !any(m->fault))
        buf_adds(b, any(2) ? "," : "\x01");
    buf_addc(b, '\n');
    if (m->empty && !any(m->empty))
        buf_adds(b, any(2) ? ",,,\n" : "\n");
}

static void
make_file(struct buf *b, const struct kind *k, const struct mess *m, int rows)
{
    int64_t at = 20000 * (int64_t)DAY;

    buf_clear(b);
    if (k->format == TABLE_CSV)
        buf_adds(b, "at,source,bpm,note\n");
    for (int i = 0; i < rows; i++)
        add_row(b, k, m, &at);
    if (m->torn)
        b->n -= any(2) ? 1 : any(30);
}

static void
compare(const struct kind *k, const struct mess *m, int rows, const char *path)
{
    static const char *const names[] = { "at", "source", "bpm", "note" };
    struct coverage c = COVERAGE_INIT;
    struct columns *columns = columns_new();
    struct table_spec spec = {
        .path = path,
        .label = "oura/t",
        .format = k->format,
        .columns = columns,
        .ids = { k->ids[0], k->ids[1], k->ids[2] },
        .instant_id = text_is(k->ids[0], "at"),
        .unique = k->unique,
        .time = "at",
    };
    struct layout l = { .spec = &spec };
    struct buf text = BUF_INIT, one = BUF_INIT, two = BUF_INIT;
    struct err e = ERR_INIT;
    int fd;

    for (size_t i = 0; i < 4; i++)
        (void)columns_add(columns, names[i], strlen(names[i]));
    coverage_add(&c, (struct span){ 20000 * (int64_t)DAY,
                                    20000 * (int64_t)DAY + DAY / 12 });
    make_file(&text, k, m, rows);
    assert_int_equal(fs_replace(path, text.p, text.n, &e), 0);
    assert_int_equal(fs_open(&fd, path, O_RDONLY, &e), 0);
    if (layout_read(&l, &spec, fd, &e) < 0)
        fail_msg("%s", e.text);
    look(&one, &l, fd, k->has_coverage ? &c : NULL, INT64_MAX);
    look(&two, &l, fd, k->has_coverage ? &c : NULL, 0);
    if (!text_is(buf_str(&one), buf_str(&two)))
        fail_msg("%s:\n%s\none:  %s\ntwo:  %s", k->name, buf_str(&text),
                 buf_str(&one), buf_str(&two));
    (void)close(fd);
    layout_free(&l);
    columns_free(columns);
    coverage_free(&c);
    buf_free(&text);
    buf_free(&one);
    buf_free(&two);
}

static void
in_halves_as_in_one(void **state)
{
    static const struct kind kinds[] = {
        { "by time", TABLE_CSV, { "at", "source" }, NULL, true },
        { "only time", TABLE_CSV, { "at" }, NULL, false },
        { "by another column", TABLE_CSV, { "bpm" }, NULL, true },
        { "two unique columns", TABLE_CSV, { "source", "bpm" }, "at", false },
        { "JSON by time", TABLE_JSONL, { "at" }, NULL, true },
        { "records by time", TABLE_RAW, { "at", "source" }, NULL, true },
        { "JSON by another", TABLE_JSONL, { "bpm", "source" }, NULL, false },
    };
    static const struct mess messes[] = {
        { .bare = 99 },
        { .bare = 5, .same = 9 },
        { .bare = 5, .backwards = 20, .empty = 9 },
        { .bare = 5, .lines = 3, .same = 20 },
        { .bare = 9, .lines = 5, .fault = 9, .torn = 1, .empty = 20 },
        { .bare = 9, .fault = 20, .backwards = 9, .torn = 1 },
    };
    char path[1024];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/t.csv", tempdir);
    for (int i = 0; i < 20; i++)
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
            for (size_t m = 0; m < sizeof(messes) / sizeof(messes[0]); m++)
                compare(&kinds[k], &messes[m], 2 + (int)any(60), path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(in_halves_as_in_one, tempdir_make,
                                        tempdir_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
