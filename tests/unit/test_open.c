#include "base/tm.h"
#include "engine/open.h"
#include "engine/plan.h"
#include "rowmaker.h"
#include "spec/category.h"

enum { NOW = 1711843200 }; /* 2024-03-31T00:00:00Z */

static const struct category sleeps = {
    .time_col = "start",
    .end_col = "end",
    .open_col = "state",
    .open_word = "PENDING",
    .open_days = 30,
    .by_id = "/sleep/{id}",
    .ids = { "id" },
};

struct fixture {
    struct maker m;
    struct open_records open;
    struct list known;
};

static void
start(struct fixture *x, const struct category *c, const char *known)
{
    *x = (struct fixture){ .known = LIST_INIT };
    (void)maker_init(&x->m, "id start end state");
    open_init(&x->open, c, x->m.columns, NOW);
    if (*known)
        list_add(&x->known, known);
}

static void
finish(struct fixture *x)
{
    open_free(&x->open);
    list_free(&x->known);
    maker_free(&x->m);
}

static void
note(struct fixture *x, const char *record)
{
    open_note(&x->open, make_row(&x->m, record), &x->known);
}

static void
test_what_is_open(void **state)
{
    static const struct {
        const char *name, *known, *record, *want;
        int64_t since; /* days ago; -1: not open */
    } rows[] = {
        { "a final one", "", "{'id':1,'start':'2024-03-30','end':'x'}", "",
          -1 },
        { "no end", "", "{'id':1,'start':'2024-03-30'}",
          "2024-03-30T00:00:00Z 1", 1 },
        { "an end that is null", "",
          "{'id':'a','start':'2024-03-21','end':null}",
          "2024-03-21T00:00:00Z a", 10 },
        { "a score that is still to come", "",
          "{'id':1,'start':'2024-03-30','end':'x','state':'PENDING'}",
          "2024-03-30T00:00:00Z 1", 1 },
        { "another word", "",
          "{'id':1,'start':'2024-03-30','end':'x','state':'PENDING_NOT'}", "",
          -1 },
        { "open for long: no window waits for it", "",
          "{'id':1,'start':'2024-02-01'}", "2024-02-01T00:00:00Z 1", -1 },
        { "open for a year: forgotten", "", "{'id':1,'start':'2023-02-01'}", "",
          -1 },
        { "known, and open still", "2024-02-01T00:00:00Z 1",
          "{'id':1,'start':'2024-02-01'}", "2024-02-01T00:00:00Z 1", -1 },
        { "known, and it moved", "2024-02-01T00:00:00Z 1",
          "{'id':1,'start':'2024-02-02'}", "2024-02-02T00:00:00Z 1", -1 },
        { "known, and final now", "2024-02-01T00:00:00Z 1",
          "{'id':1,'start':'2024-02-01','end':'x'}", "", -1 },
        { "known, and another one is final", "2024-02-01T00:00:00Z 1",
          "{'id':11,'start':'2024-02-01','end':'x'}", "2024-02-01T00:00:00Z 1",
          -1 },
        { "known, and not met", "2024-02-01T00:00:00Z 1", NULL,
          "2024-02-01T00:00:00Z 1", -1 },
        { "known for more than a year", "2023-02-01T00:00:00Z 1", NULL, "",
          -1 },
        { "an entry that nobody can read", "tomorrow 1", NULL, "", -1 },
        { "no time", "", "{'id':1}", "", -1 },
        { "an id that is no part of a path", "",
          "{'id':'../x','start':'2024-03-30'}", "", 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t since = NOW - rows[i].since * DAY;
        struct fixture x;

        start(&x, &sleeps, rows[i].known);
        if (rows[i].record)
            note(&x, rows[i].record);
        open_merge(&x.known, &x.open);
        open_merge(&x.known, &x.open); /* once more changes nothing */
        if (x.known.n != (*rows[i].want ? 1 : 0) ||
            (x.known.n && strcmp(x.known.item[0], rows[i].want) != 0))
            fail_msg("%s: %zu, %s", rows[i].name, x.known.n,
                     x.known.n ? x.known.item[0] : "");
        if (x.open.since != (rows[i].since < 0 ? PLAN_NO_TIME : since))
            fail_msg("%s: since %lld", rows[i].name, (long long)x.open.since);
        finish(&x);
    }
}

/* The last word of a run counts. */
static void
test_open_then_final(void **state)
{
    struct fixture x;

    (void)state;
    start(&x, &sleeps, "");
    note(&x, "{'id':1,'start':'2024-03-30'}");
    note(&x, "{'id':2,'start':'2024-03-29'}");
    note(&x, "{'id':1,'start':'2024-03-30','end':'x'}");
    open_merge(&x.known, &x.open);
    assert_int_equal(x.known.n, 1);
    assert_string_equal(x.known.item[0], "2024-03-29T00:00:00Z 2");
    open_gone(&x.open, "2");
    open_merge(&x.known, &x.open);
    assert_int_equal(x.known.n, 0);
    finish(&x);
}

/* Windows that go by a time before the record's own one. */
static void
test_late(void **state)
{
    struct category late = sleeps;
    struct fixture x;

    (void)state;
    late.late_days = 2;
    start(&x, &late, "");
    note(&x, "{'id':1,'start':'2024-03-30'}");
    assert_true(x.open.since == NOW - (int64_t)3 * DAY);
    open_merge(&x.known, &x.open);
    assert_string_equal(x.known.item[0], "2024-03-28T00:00:00Z 1");
    finish(&x);
}

/* What no window reaches is asked for by its id. */
static void
test_before(void **state)
{
    struct list known = LIST_INIT, ids = LIST_INIT;

    (void)state;
    list_add(&known, "2024-02-01T00:00:00Z a");
    list_add(&known, "2024-03-31T00:00:00Z b");
    list_add(&known, "2024-03-30T23:59:59Z c");
    open_before(&ids, &known, NOW);
    assert_int_equal(ids.n, 2);
    assert_string_equal(ids.item[0], "a");
    assert_string_equal(ids.item[1], "c");
    list_free(&known);
    list_free(&ids);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_open),
        cmocka_unit_test(test_open_then_final),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
