#include "store/tidy.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "data/columns.h"
#include "store/bounds.h"
#include "store/layout.h"
#include "store/sorter.h"
#include "store/table.h"
#include "tempdir.h"

/* Rows in order of time, whichever way is taken: in memory, in pieces, in
 * pieces of pieces. What table_tidy() does is in test_table.c. */

static char path[1024], own[1024];

static unsigned seed;

static unsigned
roll(unsigned below)
{
    seed = seed * 1103515245 + 12345;
    return (seed >> 12) % below;
}

static struct table_spec
spec_of(struct columns *columns, enum table_format format)
{
    static const char *const names[] = { "id", "at", "text" };
    struct table_spec spec = {
        .path = path,
        .own_dir = own,
        .format = format,
        .columns = columns,
        .ids = { "id" },
        .time = "at",
        .declared = 3,
    };

    (void)snprintf(path, sizeof(path), "%s/t.csv", tempdir);
    (void)snprintf(own, sizeof(own), "%s/own", tempdir);
    for (size_t i = 0; i < 3; i++)
        (void)columns_add(columns, names[i], strlen(names[i]));
    return spec;
}

static int
tidy(bool *moved, enum table_format format, const struct sorter_limits *limits,
     struct err *e)
{
    struct columns *columns = columns_new();
    struct table_spec spec = spec_of(columns, format);
    struct layout layout = { .spec = &spec };
    int64_t size = 0;
    int fd, rc;

    assert_int_equal(fs_open(&fd, path, O_RDONLY, e), 0);
    assert_int_equal(layout_read(&layout, &spec, fd, e), 0);
    rc = tidy_run_within(&size, moved, &layout, fd, limits, e);
    (void)close(fd);
    layout_free(&layout);
    columns_free(columns);
    return rc;
}

/* What the order is made of, apart from the program. */
struct model {
    unsigned minute; /* 0: it has no time */
    unsigned id;
    size_t number;
    char text[400];
};

static int
by_order(const void *a, const void *b)
{
    const struct model *x = a, *y = b;

    if (x->minute != y->minute)
        return x->minute < y->minute ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static void
make_row(struct model *m, size_t number, enum table_format format)
{
    static const char *const tails[] = { "", "\"a\nb\"", "\"a,\"\"b\"\"\"",
                                         "0123456789012345678901234567890" };
    char at[40] = "", tail[300];

    memset(tail, 'x', sizeof(tail)); /* now and then, a long row */
    tail[roll(8) ? roll(40) : sizeof(tail) - 1] = '\0';
    m->minute = roll(8) ? 1 + roll(50) : 0;
    m->id = roll(30);
    m->number = number;
    if (m->minute > 0) /* the same instants in several spellings */
        (void)snprintf(at, sizeof(at), "2024-03-01T04:%02u:00%s", m->minute - 1,
                       roll(2) ? "Z" : "");
    if (format == TABLE_CSV)
        (void)snprintf(m->text, sizeof(m->text), "%02u,%s,%s\n", m->id, at,
                       roll(2) ? tails[roll(4)] : tail);
    else
        (void)snprintf(m->text, sizeof(m->text),
                       "{\"id\":\"%02u\",\"at\":\"%s\",\"text\":\"%s\"}\n",
                       m->id, at, tail);
}

static void
expect_order(enum table_format format, size_t n,
             const struct sorter_limits *limits)
{
    struct model *m = mem_zalloc((n + 1) * sizeof(*m));
    struct buf text = BUF_INIT, have = BUF_INIT;
    struct err e = ERR_INIT;
    const char *head = format == TABLE_CSV ? "id,at,text\n" : "";
    bool moved = false;

    buf_adds(&text, head);
    for (size_t i = 0; i < n; i++) {
        make_row(&m[i], i, format);
        buf_adds(&text, m[i].text);
    }
    tempdir_write("t.csv", buf_str(&text));
    if (tidy(&moved, format, limits, &e) < 0)
        fail_msg("%s", e.text);
    qsort(m, n, sizeof(*m), by_order);
    buf_clear(&text);
    buf_adds(&text, head);
    for (size_t i = 0; i < n; i++)
        buf_adds(&text, m[i].text);
    assert_int_equal(fs_read(&have, path, 64 << 20, &e), 0);
    assert_string_equal(buf_str(&have), buf_str(&text));
    assert_int_equal(tidy(&moved, format, limits, &e), 0);
    assert_false(moved);
    (void)rmdir(own); /* nothing is left in it */
    assert_int_equal(access(own, F_OK), -1);
    buf_free(&text);
    buf_free(&have);
    free(m);
}

static void
test_order(void **state)
{
    static const struct sorter_limits limits[] = {
        { 64 << 20, 64, 256 << 10 },
        { 1, 2, 1 }, /* each row is a piece */
        { 400, 2, 64 },
        { 1000, 3, 30 },
        { 5000, 64, 4096 },
    };
    static const size_t sizes[] = { 2, 3, 17, 64, 65, 500 };

    (void)state;
    seed = 7;
    for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
        for (size_t k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
            expect_order(TABLE_CSV, sizes[k], &limits[i]);
            expect_order(TABLE_JSONL, sizes[k], &limits[i]);
        }
}

/* The usual bounds, with more rows than go into one piece of them. */
static void
test_usual_bounds(void **state)
{
    enum { ROWS = 20000 };
    struct sorter_limits small = bounds_sorter;

    (void)state;
    assert_in_range(bounds_sorter.bytes, 512 << 10, 128 << 20);
    seed = 9;
    small.bytes = 256 << 10;
    small.piece = 4096;
    expect_order(TABLE_CSV, ROWS, &small);
}

/* A file that takes nothing stands for a disk that is full. */
static void
test_full_disk(void **state)
{
    static const char rows[] = "id,at,text\n"
                               "b,2024-03-02,\n"
                               "a,2024-03-01,\n";
    static const struct sorter_limits limits = { 1, 2, 1 };
    struct err e = ERR_INIT;
    bool moved = true;

    (void)state;
    tempdir_write("t.csv", rows);
    (void)snprintf(own, sizeof(own), "%s/own", tempdir);
    assert_int_equal(mkdir(own, 0700), 0);
    assert_int_equal(symlink("/dev/full", in_tempdir("own/tidy.0")), 0);
    assert_int_equal(tidy(&moved, TABLE_CSV, &limits, &e), -1);
    assert_int_equal(e.kind, ERR_IO);
    assert_false(moved);
    assert_string_equal(tempdir_read("t.csv"), rows);
    assert_int_equal(rmdir(own), 0);
    assert_int_equal(access(in_tempdir("t.csv.new"), F_OK), -1);
}

static void
test_sweep(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    tempdir_write("tidy.0", "left by a kill");
    tempdir_write("tidy.1", "");
    assert_int_equal(sorter_sweep(tempdir, &e), 0);
    assert_int_equal(access(in_tempdir("tidy.0"), F_OK), -1);
    assert_int_equal(access(in_tempdir("tidy.1"), F_OK), -1);
    assert_int_equal(sorter_sweep(tempdir, &e), 0);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, tempdir_make, tempdir_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_order),
        TEST(test_usual_bounds),
        TEST(test_full_disk),
        TEST(test_sweep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
