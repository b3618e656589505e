#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/coverage.h"

/* Sets are written "1-3 5-9". */

static void
read_set(struct coverage *c, const char *text)
{
    long from, to;
    int used;

    *c = (struct coverage)COVERAGE_INIT;
    while (sscanf(text, "%ld-%ld%n", &from, &to, &used) == 2) {
        coverage_add(c, (struct span){ .from = from, .to = to });
        text += used;
    }
}

static void
assert_set(const char *name, const struct coverage *c, const char *want)
{
    char text[200] = "";

    for (size_t i = 0; i < c->n; i++) {
        size_t n = strlen(text);

        (void)snprintf(text + n, sizeof(text) - n, "%s%ld-%ld", i ? " " : "",
                       (long)c->span[i].from, (long)c->span[i].to);
    }
    if (strcmp(text, want) != 0)
        fail_msg("%s: '%s' instead of '%s'", name, text, want);
}

static void
test_add(void **state)
{
    static const struct {
        const char *name, *spans, *want;
    } rows[] = {
        { "nothing", "", "" },
        { "one", "1-3", "1-3" },
        { "an empty span is dropped", "3-3 5-4", "" },
        { "behind", "1-3 5-9", "1-3 5-9" },
        { "in front", "5-9 1-3", "1-3 5-9" },
        { "between", "1-2 8-9 4-5", "1-2 4-5 8-9" },
        { "touching at the end", "1-3 3-5", "1-5" },
        { "touching at the start", "3-5 1-3", "1-5" },
        { "overlapping", "1-4 3-6", "1-6" },
        { "inside", "1-9 3-5", "1-9" },
        { "around", "3-5 1-9", "1-9" },
        { "closes a hole exactly", "1-3 5-9 3-5", "1-9" },
        { "swallows several", "1-2 3-4 5-6 9-10 2-7", "1-7 9-10" },
        { "same again", "1-3 1-3", "1-3" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct coverage c;

        read_set(&c, rows[i].spans);
        assert_set(rows[i].name, &c, rows[i].want);
        coverage_free(&c);
    }
}

static void
test_holes_and_has(void **state)
{
    static const struct {
        const char *name, *have;
        struct span within;
        const char *want;
    } rows[] = {
        { "nothing covered", "", { 2, 8 }, "2-8" },
        { "all covered", "1-9", { 2, 8 }, "" },
        { "exactly covered", "2-8", { 2, 8 }, "" },
        { "start missing", "4-9", { 2, 8 }, "2-4" },
        { "end missing", "1-4", { 2, 8 }, "4-8" },
        { "middle missing", "1-4 6-9", { 2, 8 }, "4-6" },
        { "several", "3-4 5-6", { 2, 8 }, "2-3 4-5 6-8" },
        { "outside only", "0-2 8-9", { 2, 8 }, "2-8" },
        { "asked for nothing", "", { 5, 5 }, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct coverage c, holes;

        read_set(&c, rows[i].have);
        coverage_holes(&holes, &c, rows[i].within);
        assert_set(rows[i].name, &holes, rows[i].want);
        assert_int_equal(coverage_has(&c, rows[i].within), holes.n == 0);
        coverage_free(&holes);
        coverage_free(&c);
    }
}

static void
test_both(void **state)
{
    static const struct {
        const char *name, *a, *b, *want;
    } rows[] = {
        { "nothing", "", "1-3", "" },
        { "same", "1-3 5-7", "1-3 5-7", "1-3 5-7" },
        { "overlap", "1-5", "3-9", "3-5" },
        { "touching is nothing", "1-3", "3-5", "" },
        { "one over many", "1-9", "2-3 4-5 8-12", "2-3 4-5 8-9" },
        { "interleaved", "1-4 6-9", "3-7", "3-4 6-7" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct coverage a, b, both;

        read_set(&a, rows[i].a);
        read_set(&b, rows[i].b);
        coverage_both(&both, &a, &b);
        assert_set(rows[i].name, &both, rows[i].want);
        coverage_free(&both);
        coverage_both(&both, &b, &a);
        assert_set(rows[i].name, &both, rows[i].want);
        coverage_free(&both);
        coverage_free(&a);
        coverage_free(&b);
    }
}

static void
test_newest_and_copy(void **state)
{
    struct coverage c = COVERAGE_INIT, copy;

    (void)state;
    assert_int_equal(coverage_newest(&c, 42), 42);
    read_set(&c, "5-9 1-3");
    assert_int_equal(coverage_newest(&c, 42), 9);
    coverage_copy(&copy, &c);
    coverage_free(&c);
    coverage_free(&c);
    assert_set("copy", &copy, "1-3 5-9");
    coverage_free(&copy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_holes_and_has),
        cmocka_unit_test(test_both),
        cmocka_unit_test(test_newest_and_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
