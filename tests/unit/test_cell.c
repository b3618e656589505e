#include "data/cell.h"
#include "rowmaker.h"

/* Values of records as text, and as JSON again. */
static void
test_values(void **state)
{
    static const struct {
        const char *value, *text, *json;
    } rows[] = {
        { "null", "", NULL },
        { "75.0", "75.0", "75.0" },
        { "true", "true", "true" },
        { "\"\"", "", "\"\"" },
        { "\"a b\"", "a b", "\"a b\"" },
        { "\"a\\n\\u00e4\\\"\"", "a\n\xc3\xa4\"", "\"a\\n\\u00e4\\\"\"" },
        { "\"\xff!\"", "\xef\xbf\xbd!", "\"\xef\xbf\xbd!\"" },
        { "[1, \"a b\",  {}]", "[1,\"a b\",{}]", "[1,\"a b\",{}]" },
        { "[1,2]", "[1,2]", "[1,2]" },
        { "{ }", "{}", "{}" },
    };
    struct maker m;
    struct buf b = BUF_INIT;

    (void)state;
    maker_init(&m, "x");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err e = ERR_INIT;

        buf_clear(&b);
        buf_addf(&b, "{\"x\":%s}", rows[i].value);
        assert_int_equal(flatten_text(&m, buf_str(&b), b.n, &e), 0);
        buf_clear(&b);
        cell_text(&b, &m.row.cell[0]);
        assert_string_equal(buf_str(&b), rows[i].text);
        if (!rows[i].json)
            continue;
        buf_clear(&b);
        cell_json(&b, &m.row.cell[0]);
        assert_string_equal(buf_str(&b), rows[i].json);
    }
    buf_free(&b);
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
