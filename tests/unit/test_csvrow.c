#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/csvrow.h"
#include "data/csvtext.h"
#include "data/flatten.h"
#include "data/json.h"

static const enum csv_profile profiles[] = { CSV_PLAIN, CSV_EXCEL, CSV_DUCKDB };

enum { PROFILES = sizeof(profiles) / sizeof(profiles[0]) };

/* The value as a cell in memory of just its size; free() it. */
static char *
make_cell(struct row *row, size_t column, const char *text, size_t n)
{
    char *copy = malloc(n);
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;

    assert_non_null(copy);
    memcpy(copy, text, n);
    json_start(&j, copy, n);
    assert_int_equal(json_next(&t, &j, &e), 1);
    assert_int_equal(json_skip(&t, &j, &e), 0);
    row_fit(row, column + 1);
    assert_int_equal(row_set(row, column, &t, &e), 0);
    return copy;
}

/* In each profile and with each delimiter. */
static void
compare_cell(const char *text, size_t n)
{
    static const int32_t order[] = { 0 };
    struct row row = ROW_INIT;
    char *copy = make_cell(&row, 0, text, n);

    for (int i = 0; i < PROFILES; i++)
        for (const char *delimiter = CSV_DELIMITERS; *delimiter; delimiter++) {
            struct csv_dialect d = csv_dialect_of(profiles[i]);
            struct buf one = BUF_INIT, all = BUF_INIT;

            d.delimiter = *delimiter;
            csv_add_cell(&one, &row.cell[0], &d);
            (void)csvrow_add(&all, &row, order, 1, &d);
            assert_string_equal(buf_str(&all), buf_str(&one));
            buf_free(&one);
            buf_free(&all);
        }
    free(copy);
    row_free(&row);
}

static void
test_cells(void **state)
{
    static const char *const values[] = {
        "true",
        "false",
        "null",
        "0",
        "-1.5e3",
        "{}",
        "[]",
        "[1]",
        "[1,2]",
        "[\"1;2\"]",
        "[ 1 ]",
        "[\"a\"]",
        "[[\"a|b\"]]",
        "[{}]",
        "[null,null]",
        "\"\"",
        "\"true\"",
        "\"false\"",
        "\"truer\"",
        "\"12\"",
        "\"-1e5\"",
        "\"12x\"",
        "\"-\"",
        "\"[1]\"",
        "\"[1,2]\"",
        "\"[1\"",
        "\"{}\"",
        "\"'=1\"",
        "\"'a\"",
        "\"=1\"",
        "\"@a\"",
        "\" a\"",
        "\"a \"",
        "\"a\\tb\"",
        "\"\\ta\"",
        "\"a\\\"b\"",
        "\"\xC3\xA9\"",
        "\"\xFF\"",
        "\"\\u0000\"",
        "\"2024-03-01T04:00:00Z\"",
        "\"1234567890123456\"",
        "\"0123456789012345678901234567890123456789\"",
        "\"1234567890123456789012345678901234567890\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        compare_cell(values[i], strlen(values[i]));
}

/* Texts of all lengths at which they are read in another way, with a
 * delimiter, or another byte that matters, at each place. */
static void
test_lengths(void **state)
{
    static const char bytes[] = CSV_DELIMITERS " 1'[=-\xC3";
    struct buf text = BUF_INIT;

    (void)state;
    for (int n = 1; n < 70; n++)
        for (int at = 0; at < n; at++)
            for (const char *byte = bytes; *byte; byte++) {
                if (*byte == '\t')
                    continue; /* JSON has it as an escape */
                buf_clear(&text);
                buf_addc(&text, '"');
                for (int i = 0; i < n; i++)
                    buf_addc(&text, i == at ? *byte : 'a');
                buf_addc(&text, '"');
                compare_cell(text.p, text.n);
            }
    buf_free(&text);
}

static void
test_number_lengths(void **state)
{
    struct buf text = BUF_INIT;

    (void)state;
    for (int n = 1; n < 40; n++) {
        buf_addc(&text, (char)('0' + n % 9 + 1));
        compare_cell(text.p, text.n);
    }
    buf_free(&text);
}

static void
test_places(void **state)
{
    static const struct {
        const char *row;
        int32_t order[4];
        size_t n, width;
    } rows[] = {
        { "a,,3.5", { 0, 1, 2 }, 3, 3 }, { "3.5,a", { 2, 0, 1 }, 3, 2 },
        { ",,a", { 1, 1, 0, 1 }, 4, 3 }, { "", { 1, 1 }, 2, 0 },
        { ",a", { 7, 0 }, 2, 2 }, /* a column that the row does not know */
    };
    const struct csv_dialect d = CSV_DIALECT_INIT;
    struct row row = ROW_INIT;
    char *a = make_cell(&row, 0, "\"a\"", 3);
    char *number = make_cell(&row, 2, "3.5", 3);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf b = BUF_INIT;

        assert_int_equal(csvrow_add(&b, &row, rows[i].order, rows[i].n, &d),
                         rows[i].width);
        assert_string_equal(buf_str(&b), rows[i].row);
        buf_free(&b);
    }
    free(a);
    free(number);
    row_free(&row);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_number_lengths),
        cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
