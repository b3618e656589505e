#include "store/verify.h"

#include "base/err.h"
#include "base/text.h"
#include "base/tm.h"
#include "data/columns.h"
#include "store/repair.h"
#include "store/state.h"
#include "store/table.h"
#include "store/unique.h"
#include "tempdir.h"

/* What the golden tests of the command do not reach: many rows, coverage. */

static char path[1024], history[1024], torn[1024];

/* A table by time, whose key is at and source. */
static struct table_spec
spec_of(struct columns *columns)
{
    struct table_spec spec = {
        .path = path,
        .history = history,
        .torn_dir = torn,
        .label = "oura/t",
        .format = TABLE_CSV,
        .columns = columns,
        .ids = { "at", "source" },
        .instant_id = true,
        .time = "at",
    };
    static const char *const names[] = { "at", "source", "bpm" };

    (void)snprintf(path, sizeof(path), "%s/t.csv", tempdir);
    (void)snprintf(history, sizeof(history), "%s/t.history.csv", tempdir);
    (void)snprintf(torn, sizeof(torn), "%s/torn", tempdir);
    for (size_t i = 0; i < 3; i++)
        (void)columns_add(columns, names[i], strlen(names[i]));
    spec.declared = 3;
    return spec;
}

static void
verify(struct verify *v, const struct table_state *state)
{
    struct columns *columns = columns_new();
    struct table_spec spec = spec_of(columns);
    struct verify_in in = {
        .spec = &spec, .is_wanted = true, .state = state, .slack_s = HOUR
    };
    struct err e = ERR_INIT;

    if (verify_table(v, &in, &e) < 0)
        fail_msg("%s", e.text);
    columns_free(columns);
}

static void
add_row(struct buf *out, int64_t minute)
{
    char at[21];

    tm_utc(at, minute * 60);
    buf_addf(out, "%s,awake,60\n", at);
}

/* n rows, backwards in time, and the one in the middle once more. */
static void
write_backwards(int64_t n)
{
    struct buf text = BUF_INIT;

    buf_adds(&text, "at,source,bpm\n");
    for (int64_t i = n; i-- > 0;)
        add_row(&text, i);
    add_row(&text, n / 2);
    tempdir_write("t.csv", buf_str(&text));
    buf_free(&text);
}

static void
expect_one_twice(int64_t n)
{
    struct verify v = VERIFY_INIT;

    write_backwards(n);
    verify(&v, NULL);
    assert_true(v.was_read);
    assert_int_equal(v.rows, n + 1);
    assert_int_equal(v.repeated, 1);
    assert_false(v.is_in_order);
    assert_true(verify_has(&v, FINDING_FIXABLE));
    assert_int_equal(v.finding[0].line, n - n / 2 + 1);
    verify_free(&v);
}

static void
rows_that_do_not_rise_are_looked_at(void **state)
{
    (void)state;
    expect_one_twice(1000);
}

static void
too_many_such_rows_are_read_twice(void **state)
{
    (void)state;
    expect_one_twice(UNIQUE_SUSPECTS_MAX + 1000);
}

/* Each row comes again, and they are more than are kept: the first one in the
 * file is named nevertheless. */
static void
of_too_many_the_first_is_named(void **state)
{
    enum { N = UNIQUE_SUSPECTS_MAX + 1000 };
    struct verify v = VERIFY_INIT;
    struct buf text = BUF_INIT;

    (void)state;
    buf_adds(&text, "at,source,bpm\n");
    for (int64_t i = 0; i < 2 * (int64_t)N; i++)
        add_row(&text, i % N);
    tempdir_write("t.csv", buf_str(&text));
    buf_free(&text);
    verify(&v, NULL);
    assert_int_equal(v.rows, 2 * (int64_t)N);
    assert_int_equal(v.repeated, N);
    assert_int_equal(v.n, 3);
    assert_int_equal(v.finding[0].line, 2);
    buf_addf(&text, "the same record as in line %d; %d rows are such", N + 2,
             N);
    assert_string_equal(v.finding[0].text, buf_str(&text));
    buf_free(&text);
    verify_free(&v);
}

static void
repair_leaves_the_last_of_many(void **state)
{
    struct columns *columns = columns_new();
    struct table_spec spec;
    struct verify v = VERIFY_INIT;
    struct repair r = { .removed = 0 };
    struct err e = ERR_INIT;

    (void)state;
    spec = spec_of(columns);
    tempdir_write("t.csv", "at,source,bpm\n"
                           "2024-03-01T04:00:00Z,awake,1\n"
                           "2024-03-01T04:00:00+00:00,awake,2\n"
                           "2024-03-01T05:00:00Z,awake,3\n"
                           "2024-03-01T05:00:00+01:00,awake,4\n");
    verify(&v, NULL);
    assert_int_equal(v.repeated, 2);
    if (repair_table(&r, &spec, &v, 0, &e) < 0)
        fail_msg("%s", e.text);
    assert_int_equal(r.removed, 2);
    assert_string_equal(tempdir_read("t.csv"),
                        "at,source,bpm\n"
                        "2024-03-01T05:00:00Z,awake,3\n"
                        "2024-03-01T05:00:00+01:00,awake,4\n");
    assert_string_equal(
        tempdir_read("t.history.csv"),
        "at,source,bpm,_replaced_at,_reason\n"
        "2024-03-01T04:00:00Z,awake,1,1970-01-01T00:00:00Z,duplicate\n"
        "2024-03-01T04:00:00+00:00,awake,2,1970-01-01T00:00:00Z,duplicate\n");
    verify_free(&v);
    verify(&v, NULL);
    assert_int_equal(v.repeated, 0);
    verify_free(&v);
    columns_free(columns);
}

static void
notes_rows_that_no_coverage_has(void **state)
{
    struct table_state known = { .rows = 4, .in_order = true };
    struct span span = { 10 * HOUR, 12 * HOUR };
    struct verify v = VERIFY_INIT;

    (void)state;
    tempdir_write("t.csv", "at,source,bpm\n"
                           "1970-01-01T08:59:00Z,awake,1\n"
                           "1970-01-01T09:00:00Z,awake,1\n"
                           "1970-01-01T12:59:00Z,awake,1\n"
                           "1970-01-01T14:00:00+01:00,awake,1\n");
    coverage_add(&known.coverage, span);
    verify(&v, &known);
    assert_int_equal(v.n, 1);
    assert_int_equal(v.finding[0].kind, FINDING_NOTE);
    assert_int_equal(v.finding[0].line, 2);
    assert_non_null(strstr(v.finding[0].text, "1 row is such"));
    verify_free(&v);
    coverage_free(&known.coverage);
}

static void
notes_what_is_no_damage(void **state)
{
    struct verify v = VERIFY_INIT;

    (void)state;
    tempdir_write("t.csv", "at,source,bpm\n"
                           "1970-01-01T08:59:00Z,awake,1\n"
                           ",,\n"
                           "\"\",,\n"
                           "1970-01-01T09:00:00Z,awake,1");
    verify(&v, NULL);
    assert_int_equal(v.rows, 4);
    assert_true(v.is_in_order);
    assert_int_equal(v.n, 3);
    assert_false(verify_has(&v, FINDING_DAMAGE));
    assert_false(verify_has(&v, FINDING_FIXABLE));
    assert_int_equal(v.finding[0].line, 3);
    assert_string_equal(v.finding[0].text,
                        "nothing is in this row; 1 more like it");
    assert_int_equal(v.finding[1].line, 5);
    assert_string_equal(v.finding[1].text, "the last line has no line end");
    verify_free(&v);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, tempdir_make, tempdir_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_that_do_not_rise_are_looked_at),
        TEST(too_many_such_rows_are_read_twice),
        TEST(of_too_many_the_first_is_named),
        TEST(repair_leaves_the_last_of_many),
        TEST(notes_rows_that_no_coverage_has),
        TEST(notes_what_is_no_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
