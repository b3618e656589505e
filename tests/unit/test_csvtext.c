#include "data/csvtext.h"
#include "rowmaker.h"

static const struct csv_dialect commas = CSV_DIALECT_INIT;

/* What stands in the file for a value, and what is read from there. */
static void
test_cells(void **state)
{
    static const struct {
        const char *name, *json, *cell;
    } rows[] = {
        { "null", "null", "" },
        { "the empty text", "\"\"", "\"\"" },
        { "text", "\"a b\"", "a b" },
        { "an integer", "5", "5" },
        { "text that is one", "\"5\"", "\"5\"" },
        { "digits as received", "75.0", "75.0" },
        { "20 digits", "12345678901234567890", "12345678901234567890" },
        { "an exponent", "1e-7", "1e-7" },
        { "text that has one", "\"-1.5E+3\"", "\"-1.5E+3\"" },
        { "text that is nearly a number", "\"01\"", "01" },
        { "text like a number with a sign", "\"+1\"", "+1" },
        { "text that starts as one", "\"5 apples\"", "5 apples" },
        { "a dash", "\"-\"", "-" },
        { "a day", "\"2024-03-01\"", "2024-03-01" },
        { "true", "true", "true" },
        { "text that says so", "\"true\"", "\"true\"" },
        { "false", "false", "false" },
        { "text that says no", "\"false\"", "\"false\"" },
        { "True is text", "\"True\"", "True" },
        { "the word null is text", "\"null\"", "null" },
        { "a comma", "\"a,b\"", "\"a,b\"" },
        { "a quote", "\"a\\\"b\"", "\"a\"\"b\"" },
        { "a line feed", "\"a\\nb\"", "\"a\nb\"" },
        { "a carriage return", "\"a\\rb\"", "\"a\rb\"" },
        { "a blank in front", "\" a\"", "\" a\"" },
        { "a blank behind", "\"a \"", "\"a \"" },
        { "a tab in front", "\"\\ta\"", "\"\ta\"" },
        { "a tab inside", "\"a\\tb\"", "a\tb" },
        { "a NUL", "\"a\\u0000b\"", "a\\u0000b" },
        { "text that looks like one", "\"a\\\\u0000b\"", "a\\\\u0000b" },
        { "a lone surrogate", "\"\\ud83d\"", "\\ud83d" },
        { "a pair of them", "\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80" },
        { "an empty object", "{}", "{}" },
        { "text that is one", "\"{}\"", "\"{}\"" },
        { "a list of one", "[1]", "[1]" },
        { "text that is one", "\"[1]\"", "\"[1]\"" },
        { "a list of two", "[1,2]", "\"[1,2]\"" },
        { "text that is one, too", "\"[1,2]\"", "\"\\u005b1,2]\"" },
        { "a list of texts", "[\"a\"]", "\"[\"\"a\"\"]\"" },
        { "text that is one of those", "\"[\\\"a\\\"]\"",
          "\"\\u005b\"\"a\"\"]\"" },
        { "text that is an object", "\"{\\\"a\\\":1}\"",
          "\"\\u007b\"\"a\"\":1}\"" },
        { "text with a bracket that is no list", "\"[a,b]\"", "\"[a,b]\"" },
        { "a list with blanks", "[ 1 ,\n[ ] ]", "\"[1,[]]\"" },
    };
    struct buf b = BUF_INIT, json = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *p = rows[i].cell;
        struct csv_slice cell =
            csv_take(&p, rows[i].cell + strlen(rows[i].cell), &commas);
        struct err e = ERR_INIT;
        struct maker m;

        assert_null(p);
        buf_clear(&json);
        csv_cell_json(&json, &cell, &commas);
        buf_clear(&b);
        buf_addf(&b, "{\"x\":%s}", buf_str(&json));
        (void)maker_init(&m, "x");
        for (int back = 0; back < 2; back++) { /* the other way afterwards */
            assert_int_equal(flatten_text(&m, buf_str(&b), b.n, &e), 0);
            buf_clear(&json);
            csv_add_cell(&json, &m.row.cell[0], &commas);
            if (strcmp(buf_str(&json), rows[i].cell) != 0)
                fail_msg("%s: %s instead of %s", rows[i].name, json.p,
                         rows[i].cell);
            buf_clear(&b);
            buf_addf(&b, "{\"x\":%s}", rows[i].json);
        }
        maker_free(&m);
    }
    buf_free(&b);
    buf_free(&json);
}

/* By hand or by a spreadsheet: cells that we would write in another way. */
static void
test_foreign_cells(void **state)
{
    static const struct {
        const char *name, *cell, *text, *json;
    } rows[] = {
        { "quotes without need", "\"abc\"", "abc", "\"abc\"" },
        { "text behind the quotes", "\"a\"b", "ab", "\"ab\"" },
        { "quotes behind the quotes", "\"a\"b\"c\"", "ab\"c\"",
          "\"ab\\\"c\\\"\"" },
        { "quotes inside", "a\"b\"", "a\"b\"", "\"a\\\"b\\\"\"" },
        { "an open quote", "\"abc", "abc", "\"abc\"" },
        { "only a quote", "\"", "", "\"\"" },
        { "a blank before the quotes", " \"a\"", " \"a\"", "\" \\\"a\\\"\"" },
        { "a bad byte", "a\xFF", "a\xFF", "\"a\xEF\xBF\xBD\"" },
        { "a list in quotes that needs none", "\"[1]\"", "[1]", "\"[1]\"" },
        { "what is no list", "[a]", "[a]", "\"[a]\"" },
        { "a control character", "a\x01", "a\x01", "\"a\\u0001\"" },
    };
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *p = rows[i].cell;
        struct csv_slice cell =
            csv_take(&p, rows[i].cell + strlen(rows[i].cell), &commas);

        assert_null(p);
        buf_clear(&b);
        csv_cell_text(&b, &cell);
        assert_string_equal(buf_str(&b), rows[i].text);
        buf_clear(&b);
        csv_cell_json(&b, &cell, &commas);
        assert_string_equal(buf_str(&b), rows[i].json);
        assert_false(csv_is_absent(&cell));
    }
    buf_free(&b);
}

static void
test_take(void **state)
{
    static const struct {
        const char *row;
        char delimiter;
        const char *want; /* each cell as it stands, in brackets */
    } rows[] = {
        { "", ',', "[]" },
        { ",", ',', "[][]" },
        { "a,b", ',', "[a][b]" },
        { "a,b,", ',', "[a][b][]" },
        { "\"a,b\",c", ',', "[\"a,b\"][c]" },
        { "\"a\"\",b\",c", ',', "[\"a\"\",b\"][c]" },
        { "\"a\"x,c", ',', "[\"a\"x][c]" },
        { "a\"b,c\"", ',', "[a\"b][c\"]" },
        { "\"a,b", ',', "[\"a,b]" },
        { "a;b,c", ';', "[a][b,c]" },
        { "a\tb", '\t', "[a][b]" },
    };
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct csv_dialect d = { .delimiter = rows[i].delimiter };
        const char *p = rows[i].row, *end = p + strlen(p);

        buf_clear(&b);
        while (p) {
            struct csv_slice cell = csv_take(&p, end, &d);

            buf_addf(&b, "[%.*s]", (int)cell.n, cell.p);
        }
        assert_string_equal(buf_str(&b), rows[i].want);
    }
    buf_free(&b);
}

static void
test_sep_line(void **state)
{
    static const struct {
        const char *line;
        char delimiter; /* 0: it is a row */
    } rows[] = {
        { "sep=;", ';' },
        { "sep=,", ',' },
        { "SEP=\t", '\t' },
        { "sep=|", '|' },
        { "\xEF\xBB\xBFsep=;", ';' },
        { "\"sep=;\"", ';' },
        { "sep=;;;", ';' },
        { "sep=,;;", ',' },
        { "\"sep=;\",,", ';' },
        { "\"sep=\",\"\",\"\"", ',' },
        { "sep=:", ':' },
        { "sep=\"", '"' },
        { "", '\0' },
        { "\"", '\0' },
        { "sep", '\0' },
        { "sep=", '\0' },
        { "sep,id", '\0' },
        { "sep=x,id", '\0' },
        { "sep=;id", '\0' },
        { "id,sep=;", '\0' },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char delimiter = '\0';
        bool is_sep_line =
            csv_is_sep_line(&delimiter, rows[i].line, strlen(rows[i].line));

        if (delimiter != rows[i].delimiter ||
            is_sep_line != (delimiter != '\0'))
            fail_msg("%s: '%c'", rows[i].line, delimiter);
    }
}

/* The place of the line feed that ends a row, for rows of any length: they
 * are looked at in blocks of 64 bytes. */
static void
test_row_end(void **state)
{
    static const char *const rows[] = {
        /* | is the end */
        "|",          "a,b|c",
        "\"a\nb\"|",  "\"a\"\"\nb\"|",
        "a\"|\"",     "a,\"\nb\",|",
        "\"a\"x|\"",  "\"\"|\"",
        "\"\"\"\"|",  "x,\"\"\"\n\"|",
        "\"a\"b\"|c", "\"a\"\"", /* the rest is in quotes */
        "\"a",
    };
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (size_t before = 0; before < 140; before++) {
            const char *bar = strchr(rows[i], '|');
            size_t at = before + (size_t)(bar ? bar - rows[i] : 0);

            buf_clear(&b);
            for (size_t k = 0; k < before; k++)
                buf_addc(&b, k + 1 == before ? ',' : 'x');
            buf_adds(&b, rows[i]);
            if (bar)
                b.p[at] = '\n';
            for (int k = 0; k < 70; k++)
                buf_adds(&b, "y\n");
            if (csv_row_end(b.p, b.p + b.n, &commas) != (bar ? b.p + at : NULL))
                fail_msg("row %zu behind %zu bytes", i, before);
        }
    buf_free(&b);
}

static void
test_counted(void **state)
{
    static const struct {
        const char *row;
        size_t cells;
        int unsound; /* where; -1: nowhere */
    } rows[] = {
        { "", 1, -1 },
        { "a", 1, -1 },
        { ",", 2, -1 },
        { "a,\"b,c\",\"\"", 3, -1 },
        { "\"a\"\"b\",\"c\nd\"", 2, -1 },
        { "a,\"b", 2, 2 },
        { "a,\"", 2, 2 },
        { "a,b\",c", 3, 2 },
        { "a,\"b\"c,d", 3, 2 },
        { "a,\"b\"\"", 2, 2 },
    };
    struct buf long_row = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *p = rows[i].row;
        const char *at = csv_unsound(p, strlen(p), &commas);

        if (csv_cells(p, strlen(p), &commas) != rows[i].cells ||
            (at ? (int)(at - p) : -1) != rows[i].unsound)
            fail_msg("%s", p);
    }
    for (size_t cells = 1; cells < 5000; cells++) {
        assert_int_equal(csv_cells(buf_str(&long_row), long_row.n, &commas),
                         cells);
        buf_adds(&long_row, cells % 3 ? "x," : ",");
    }
    buf_free(&long_row);
}

static void
test_header(void **state)
{
    static const struct {
        const char *name, *line, *want; /* NULL: refused */
    } rows[] = {
        { "names", "id,day", "id|day|" },
        { "in quotes", "\"id\",\"a \"\"b\"\"\"", "id|a \"b\"|" },
        { "a comma and a line feed", "\"a,b\",\"c\nd\"", "a,b|c\nd|" },
        { "blanks are kept", " id ,\tday", " id |\tday|" },
        { "an empty name", "id,,x", "id||x|" },
        { "one name", "id", "id|" },
        { "nothing", "", NULL },
        { "an open quote", "id,\"day", NULL },
        { "text behind the quotes", "\"id\"x,day", NULL },
        { "a quote inside", "i\"d,day", NULL },
        { "two lines", "id\nday", NULL },
    };
    struct list none = LIST_INIT;
    struct err why = ERR_INIT;
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct list names = LIST_INIT;
        struct err e = ERR_INIT;
        int rc =
            csv_header(&names, rows[i].line, strlen(rows[i].line), &commas, &e);

        buf_clear(&b);
        for (size_t k = 0; k < names.n; k++)
            buf_addf(&b, "%s|", names.item[k]);
        if (rc != (rows[i].want ? 0 : -1) ||
            (rc == 0 && strcmp(buf_str(&b), rows[i].want) != 0))
            fail_msg("%s: %d %s", rows[i].name, rc, buf_str(&b));
        if (rc < 0) {
            assert_int_equal(e.kind, ERR_DATA);
            assert_string_equal(e.text, "the header is not CSV");
        }
        list_free(&names);
    }
    assert_int_equal(csv_header(&none, "id,a\0b", 6, &commas, &why), -1);
    list_free(&none);
    buf_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),    cmocka_unit_test(test_foreign_cells),
        cmocka_unit_test(test_take),     cmocka_unit_test(test_row_end),
        cmocka_unit_test(test_sep_line), cmocka_unit_test(test_header),
        cmocka_unit_test(test_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
