#include "data/csvtext.h"
#include "data/profile.h"
#include "rowmaker.h"

enum { PROFILES = 3 };

static const struct csv_dialect dialect[PROFILES] = {
    { .delimiter = ',', .profile = CSV_PLAIN },
    { .delimiter = ',', .profile = CSV_EXCEL },
    { .delimiter = ',', .profile = CSV_DUCKDB },
};

/* A value as it stands in the file. DuckDB's is as plain, but for texts that
 * are long numbers, which are as for a spreadsheet. */
static const struct {
    const char *name, *json, *plain, *excel;
} cells[] = {
    { "nothing", "null", "", "" },
    { "the empty text", "\"\"", "\"\"", "\"\"" },
    { "text", "\"a b\"", "a b", "a b" },
    { "a formula", "\"=1+1\"", "=1+1", "'=1+1" },
    { "one with a comma", "\"=A1,B1\"", "\"=A1,B1\"", "\"'=A1,B1\"" },
    { "one with a quote", "\"=\\\"a\\\"\"", "\"=\"\"a\"\"\"",
      "\"'=\"\"a\"\"\"" },
    { "a plus", "\"+x\"", "+x", "'+x" },
    { "a telephone", "\"+49 30 123\"", "+49 30 123", "'+49 30 123" },
    { "a minus", "\"- had coffee\"", "- had coffee", "'- had coffee" },
    { "a minus alone", "\"-\"", "-", "'-" },
    { "an at sign", "\"@SUM(A1)\"", "@SUM(A1)", "'@SUM(A1)" },
    { "a tab in front", "\"\\t=1\"", "\"\t=1\"", "'\t=1" },
    { "a CR in front", "\"\\r=1\"", "\"\r=1\"", "\"'\r=1\"" },
    { "an LF in front", "\"\\n=1\"", "\"\n=1\"", "\"'\n=1\"" },
    { "a formula further on", "\"a=1\"", "a=1", "a=1" },
    { "a blank in front", "\" =1\"", "\" =1\"", "\" =1\"" },
    { "a number", "5", "5", "5" },
    { "one below zero", "-0.5", "-0.5", "-0.5" },
    { "text that is one", "\"-0.5\"", "\"-0.5\"", "'-0.5" },
    { "a long number", "-12345678901234567890", "-12345678901234567890",
      "-12345678901234567890" },
    { "one of 16 digits", "1234567890123456", "1234567890123456",
      "1234567890123456" },
    { "text of 16 digits", "\"1234567890123456\"", "\"1234567890123456\"",
      "'1234567890123456" },
    { "text of 15", "\"123456789012345\"", "\"123456789012345\"",
      "\"123456789012345\"" },
    { "with zeros in front", "\"0000000000000001\"", "0000000000000001",
      "'0000000000000001" },
    { "in groups", "\"1,234 567.890 123 456\"", "\"1,234 567.890 123 456\"",
      "\"'1,234 567.890 123 456\"" },
    { "with an exponent", "\"12345678901234e56\"", "\"12345678901234e56\"",
      "'12345678901234e56" },
    { "with a signed one", "\"1234567890123456E+1\"", "\"1234567890123456E+1\"",
      "'1234567890123456E+1" },
    { "letters among digits", "\"1234567890123456f\"", "1234567890123456f",
      "1234567890123456f" },
    { "a time", "\"2024-03-01T04:00:00+00:00\"", "2024-03-01T04:00:00+00:00",
      "2024-03-01T04:00:00+00:00" },
    { "an id", "\"4f1c8a3e-2d70-5c1b-9b1e-0c9d2f7a6b35\"",
      "4f1c8a3e-2d70-5c1b-9b1e-0c9d2f7a6b35",
      "4f1c8a3e-2d70-5c1b-9b1e-0c9d2f7a6b35" },
    { "an apostrophe", "\"'\"", "'", "'" },
    { "in front of a word", "\"'tis\"", "'tis", "'tis" },
    { "in front of a formula", "\"'=1\"", "''=1", "''=1" },
    { "two of them", "\"''=1\"", "'''=1", "'''=1" },
    { "in front of a long number", "\"'1234567890123456\"",
      "''1234567890123456", "''1234567890123456" },
    { "in front of a short one", "\"'5\"", "'5", "'5" },
    { "behind a blank", "\" '=1\"", "\" '=1\"", "\" '=1\"" },
    { "a formula in it with a comma", "\"'=a,b\"", "\"''=a,b\"", "\"''=a,b\"" },
    { "a list", "[-1,\"=1\"]", "\"[-1,\"\"=1\"\"]\"", "\"[-1,\"\"=1\"\"]\"" },
    { "true", "true", "true", "true" },
    { "no ASCII", "\"\xC3\xA9=1\"", "\xC3\xA9=1", "\xC3\xA9=1" },
};

enum { CELLS = sizeof(cells) / sizeof(cells[0]) };

static const char *
wanted(size_t i, int profile)
{
    const char *text = cells[i].excel + strspn(cells[i].excel, "\"'");
    bool is_long = *text >= '0' && *text <= '9';

    return profile == CSV_EXCEL || (profile == CSV_DUCKDB && is_long)
               ? cells[i].excel
               : cells[i].plain;
}

static struct csv_slice
slice(const char *text)
{
    const char *p = text;

    return csv_take(&p, text + strlen(text), &dialect[CSV_PLAIN]);
}

static void
assert_text(const struct buf *have, const char *want, const char *name)
{
    if (have->n != strlen(want) || memcmp(have->p, want, have->n) != 0)
        fail_msg("%s: %.*s instead of %s", name, (int)have->n, have->p, want);
}

static void
cells_are_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < CELLS; i++)
        for (int p = 0; p < PROFILES; p++) {
            struct buf b = BUF_INIT, json = BUF_INIT;
            struct err e = ERR_INIT;
            struct maker m;

            (void)maker_init(&m, "x");
            buf_addf(&json, "{\"x\":%s}", cells[i].json);
            assert_int_equal(flatten_text(&m, json.p, json.n, &e), 0);
            csv_add_cell(&b, &m.row.cell[0], &dialect[p]);
            (void)buf_str(&b);
            assert_text(&b, wanted(i, p), cells[i].name);
            maker_free(&m);
            buf_free(&json);
            buf_free(&b);
        }
}

/* Whatever the reader thinks the profile is. */
static void
cells_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < CELLS; i++)
        for (int p = 0; p < PROFILES * PROFILES; p++) {
            struct csv_slice cell = slice(wanted(i, p % PROFILES));
            struct buf json = BUF_INIT;

            csv_cell_json(&json, &cell, &dialect[p / PROFILES]);
            assert_text(&json, cells[i].json, cells[i].name);
            buf_free(&json);
        }
}

static void
cells_are_put_into_another_profile(void **state)
{
    (void)state;
    for (size_t i = 0; i < CELLS; i++)
        for (int p = 0; p < PROFILES * PROFILES; p++) {
            int from = p % PROFILES, to = p / PROFILES;
            struct csv_slice cell = slice(wanted(i, from));
            struct buf b = BUF_INIT;

            csv_add_slice(&b, &cell, &dialect[from], &dialect[to]);
            (void)buf_str(&b);
            assert_text(&b, wanted(i, to), cells[i].name);
            buf_free(&b);
        }
}

/* What nobody has to change stays as a person left it. */
static void
cells_of_a_person_stay(void **state)
{
    static const struct {
        const char *name, *cell, *excel;
    } rows[] = {
        { "all in quotes", "\"abc\"", "\"abc\"" },
        { "a number in quotes", "\"5\"", "\"5\"" },
        { "a guard in quotes", "\"'=1\"", "\"'=1\"" },
        { "a formula in quotes", "\"=1\"", "'=1" },
        { "a quote that is not closed", "\"=1", "\"=1" },
        { "text behind quotes", "\"=1\"x", "\"=1\"x" },
        { "a quote inside", "=1\"x", "\"'=1\"\"x\"" },
        { "a quote inside a word", "a\"x", "\"a\"\"x\"" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct csv_slice cell = slice(rows[i].cell);
        struct buf b = BUF_INIT;

        csv_add_slice(&b, &cell, &dialect[CSV_PLAIN], &dialect[CSV_EXCEL]);
        assert_text(&b, rows[i].excel, rows[i].name);
        buf_free(&b);
    }
}

/* With another delimiter other lists and texts need quotes. */
static void
cells_get_another_delimiter(void **state)
{
    static const struct {
        const char *name, *commas, *semicolons;
    } rows[] = {
        { "text", "\"a,b\"", "a,b" },
        { "text with both", "\"a,b;c\"", "\"a,b;c\"" },
        { "text with the other", "a;b", "\"a;b\"" },
        { "a list", "\"[1,2]\"", "[1,2]" },
        { "text that is none", "\"\\u005b1,2]\"", "\\u005b1,2]" },
        { "a list with the other", "\"[\"\"a;b\"\"]\"", "\"[\"\"a;b\"\"]\"" },
        { "a number", "-5", "-5" },
        { "text that is one", "\"-5\"", "\"-5\"" },
        { "nothing", "", "" },
        { "the empty text", "\"\"", "\"\"" },
        { "a guarded text", "''=a;b", "\"''=a;b\"" },
    };
    static const struct csv_dialect other = { .delimiter = ';' };
    const struct csv_dialect *commas = &dialect[CSV_PLAIN];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int back = 0; back < 2; back++) {
            const char *from = back ? rows[i].semicolons : rows[i].commas;
            struct csv_slice cell = { from, strlen(from), *from == '"' };
            struct buf b = BUF_INIT;

            csv_add_slice(&b, &cell, back ? &other : commas,
                          back ? commas : &other);
            (void)buf_str(&b);
            assert_text(&b, back ? rows[i].commas : rows[i].semicolons,
                        rows[i].name);
            buf_free(&b);
        }
}

static void
names_are_guarded_and_quoted(void **state)
{
    static const struct {
        const char *name, *in[PROFILES];
    } rows[] = {
        { "id", { "id", "id", "\"id\"" } },
        { "a,b", { "\"a,b\"", "\"a,b\"", "\"a,b\"" } },
        { "=cmd", { "=cmd", "'=cmd", "\"=cmd\"" } },
        { "-", { "-", "'-", "\"-\"" } },
        { "'=cmd", { "''=cmd", "''=cmd", "\"''=cmd\"" } },
        { "", { "", "", "\"\"" } },
        { "1234567890123456",
          { "1234567890123456", "'1234567890123456",
            "\"'1234567890123456\"" } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int p = 0; p < PROFILES; p++) {
            struct buf b = BUF_INIT;
            struct list names = LIST_INIT;
            struct err e = ERR_INIT;

            csv_add_name(&b, rows[i].name, strlen(rows[i].name), &dialect[p]);
            (void)buf_str(&b);
            assert_text(&b, rows[i].in[p], rows[i].name);
            buf_adds(&b, ",x");
            assert_int_equal(csv_header(&names, b.p, b.n, &dialect[p], &e), 0);
            assert_int_equal(names.n, 2);
            assert_string_equal(names.item[0], rows[i].name);
            list_free(&names);
            buf_free(&b);
        }
}

static void
words_are_known(void **state)
{
    static const char *const words[] = { "plain", "excel", "duckdb" };
    enum csv_profile p;

    (void)state;
    for (int i = 0; i < PROFILES; i++) {
        assert_true(profile_find(&p, words[i]));
        assert_int_equal(p, i);
        assert_string_equal(profile_word(p), words[i]);
        assert_string_equal(profile_each(NULL, (size_t)i), words[i]);
    }
    assert_null(profile_each(NULL, PROFILES));
    assert_false(profile_find(&p, "Excel"));
    assert_false(profile_find(&p, NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_written),
        cmocka_unit_test(cells_are_read),
        cmocka_unit_test(cells_are_put_into_another_profile),
        cmocka_unit_test(cells_of_a_person_stay),
        cmocka_unit_test(cells_get_another_delimiter),
        cmocka_unit_test(names_are_guarded_and_quoted),
        cmocka_unit_test(words_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
