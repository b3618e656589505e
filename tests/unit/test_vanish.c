/* Rows that a list does not have any more. */
#include "data/keyset.h"
#include "rowmaker.h"
#include "store/key.h"
#include "store/table.h"
#include "store/vanish.h"
#include "tempdir.h"

enum { NOW = 1709294400 }; /* 2024-03-01T12:00:00Z */

static const char rows[] = "kind,id,start\n"
                           "run,1,2024-01-01T01:00:00+01:00\n"
                           "run,2,2024-01-02T00:00:00Z\n"
                           "ride,2,2024-01-03T00:00:00Z\n"
                           "run,9007199254740993,\n";

static void
see(struct keyset *seen, const char *key)
{
    (void)keyset_add(seen, key_hash(key, strlen(key)));
}

static struct vanished v; /* what was found last */

static void
find(const struct keyset *seen, int64_t since, bool is_noted)
{
    struct maker m;
    struct table_spec spec = {
        .path = in_tempdir("t.csv"),
        .history = in_tempdir("h.csv"),
        .label = "acme/t",
        .ids = { "kind", "id" },
        .time = "start",
    };
    struct vanish_in in = { .spec = &spec,
                            .seen = seen,
                            .since = since,
                            .is_noted = is_noted,
                            .now = NOW };
    struct err e = ERR_INIT;

    (void)maker_init(&m, "kind id start");
    spec.columns = m.columns;
    spec.declared = 3;
    if (vanish_find(&v, &in, &e) < 0)
        fail_msg("%s", e.text);
    maker_free(&m);
}

static void
test_find(void **state)
{
    struct keyset seen = KEYSET_INIT;

    (void)state;
    find(&seen, INT64_MIN, true);
    assert_int_equal(v.rows, 0); /* no table */
    tempdir_write("t.csv", rows);
    find(&seen, INT64_MIN, false);
    assert_int_equal(v.rows, 4);
    assert_int_equal(v.n, 4);
    assert_string_equal(v.ids.p, "run,1, run,2, ride,2, run,9007199254740993");
    see(&seen, "run\x1f"
               "2");
    see(&seen, "run\x1f"
               "9007199254740993");
    find(&seen, INT64_MIN, false);
    assert_int_equal(v.n, 2);
    assert_string_equal(v.ids.p, "run,1, ride,2");
    find(&seen, 1704067200, false); /* 2024-01-01: the first is on it */
    assert_int_equal(v.n, 2);
    find(&seen, 1704067201, false); /* rows without a time stay in it */
    assert_int_equal(v.rows, 3);
    assert_string_equal(v.ids.p, "ride,2");
    assert_null(tempdir_read("h.csv"));
    assert_string_equal(tempdir_read("t.csv"), rows);
    keyset_free(&seen);
    vanished_free(&v);
}

static void
test_note(void **state)
{
    struct keyset seen = KEYSET_INIT;

    (void)state;
    tempdir_write("t.csv", rows);
    see(&seen, "run\x1f"
               "1");
    see(&seen, "run\x1f"
               "2");
    see(&seen, "ride\x1f"
               "2");
    for (int i = 0; i < 2; i++) { /* the second time it is there already */
        find(&seen, INT64_MIN, true);
        assert_int_equal(v.n, 1);
        assert_string_equal(tempdir_read("h.csv"),
                            "kind,id,start,_replaced_at,_reason\n"
                            "run,9007199254740993,,2024-03-01T12:00:00Z,"
                            "vanished\n");
    }
    assert_string_equal(tempdir_read("t.csv"), rows);
    keyset_free(&seen);
    vanished_free(&v);
}

/* A message has the first five, a report has all. */
static void
test_many(void **state)
{
    struct keyset seen = KEYSET_INIT;
    struct buf text = BUF_INIT;

    (void)state;
    tempdir_write("t.csv", "kind,id,start\na,1,\na,2,\na,3,\na,4,\na,5,\n"
                           "a,6,\n");
    find(&seen, INT64_MIN, false);
    assert_string_equal(v.ids.p, "a,1, a,2, a,3, a,4, a,5, a,6");
    vanished_text(&text, &v);
    assert_string_equal(buf_str(&text), "a,1, a,2, a,3, a,4, a,5, ...");
    see(&seen, "a\x1f"
               "1");
    find(&seen, INT64_MIN, false);
    buf_clear(&text);
    vanished_text(&text, &v);
    assert_string_equal(buf_str(&text), "a,2, a,3, a,4, a,5, a,6");
    buf_free(&text);
    keyset_free(&seen);
    vanished_free(&v);
}

static void
test_hash_of_a_record(void **state)
{
    struct maker m;
    struct table_spec spec = { .ids = { "kind", "id" } };
    static const struct cell cells[] = {
        { .p = "x", .n = 1, .type = CELL_STRING },
        { .p = "7", .n = 1, .type = CELL_NUMBER },
        { .p = "run", .n = 3, .type = CELL_STRING },
    };
    struct row row = ROW_INIT;

    (void)state;
    (void)maker_init(&m, "other id kind");
    spec.columns = m.columns;
    row_fit(&row, 3);
    memcpy(row.cell, cells, sizeof(cells));
    assert_int_equal(vanish_hash(&spec, &row), key_hash("run\x1f"
                                                        "7",
                                                        5));
    row_free(&row);
    maker_free(&m);
}

#define IN_TEMPDIR(f)                                                          \
    cmocka_unit_test_setup_teardown(f, tempdir_make, tempdir_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TEMPDIR(test_find),
        IN_TEMPDIR(test_note),
        IN_TEMPDIR(test_many),
        cmocka_unit_test(test_hash_of_a_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
