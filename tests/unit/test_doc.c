#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/doc.h"

static void
assert_prints(const char *name, const cJSON *doc, const char *want)
{
    struct buf out = BUF_INIT;

    doc_print(&out, doc);
    if (strcmp(buf_str(&out), want) != 0)
        fail_msg("%s: '%s' instead of '%s'", name, buf_str(&out), want);
    buf_free(&out);
}

static void
test_round_trip(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        { "empty", " {} ", "{}\n" },
        { "digits", "{\"a\":[1e-7,75.0,9007199254740993,-0]}",
          "{\n  \"a\": [ 1e-7, 75.0, 9007199254740993, -0 ]\n}\n" },
        { "literals", "{\"a\":true,\"b\":false,\"c\":null}",
          "{\n  \"a\": true,\n  \"b\": false,\n  \"c\": null\n}\n" },
        { "nested", "{\"a\":{\"b\":[{},[]]},\"c\":[]}",
          "{\n  \"a\": {\n    \"b\": [\n      {},\n      []\n    ]\n  },\n"
          "  \"c\": []\n}\n" },
        { "NUL, half a pair, a bad byte",
          "{\"a\":[\"x\\u0000y\",\"\\ud83d\",\"\xff\"]}",
          "{\n  \"a\": [ \"x\\u0000y\", \"\\ud83d\", \"\xff\" ]\n}\n" },
        { "backslashes before u",
          "{\"a\":[\"\\\\u0041\",\"\\\\\\\\u0041\",\"\\\\\\u0001\"]}",
          "{\n  \"a\": [ \"\\\\u0041\", \"\\\\\\\\u0041\", \"\\\\\\u0001\" "
          "]\n}\n" },
        { "names", "{\"\\u0061\":1,\"\\\"\":2,\"\\u0000\":3,\"\":4}",
          "{\n  \"a\": 1,\n  \"\\\"\": 2,\n  \"\\u0000\": 3,\n  \"\": 4\n}\n" },
        { "emoji", "{\"a\":\"\\ud83d\\ude00 \xf0\x9f\x98\x80\"}",
          "{\n  \"a\": \"\xf0\x9f\x98\x80 \xf0\x9f\x98\x80\"\n}\n" },
    };
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cJSON *doc = doc_parse(rows[i].text, strlen(rows[i].text), &e);

        if (!doc)
            fail_msg("%s: %s", rows[i].name, e.text);
        assert_prints(rows[i].name, doc, rows[i].want);
        doc_free(doc);
        doc = doc_parse(rows[i].want, strlen(rows[i].want), &e);
        assert_prints(rows[i].name, doc, rows[i].want);
        doc_free(doc);
    }
}

static void
test_refused(void **state)
{
    static const struct {
        const char *text;
        enum err_kind kind;
    } rows[] = {
        { "[]", ERR_DATA },         { "1", ERR_DATA },
        { "{} x", ERR_DATA },       { "{\"a\":01}", ERR_DATA },
        { "{\"a\":1,}", ERR_DATA }, { "", ERR_CUT },
        { "{\"a\":[1,", ERR_CUT },  { "{\"a\"", ERR_CUT },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err e = ERR_INIT;

        assert_null(doc_parse(rows[i].text, strlen(rows[i].text), &e));
        if (e.kind != rows[i].kind)
            fail_msg("'%s': kind %d: %s", rows[i].text, (int)e.kind, e.text);
    }
    doc_free(NULL);
}

static void
test_get(void **state)
{
    static const char text[] =
        "{\"o\":{},\"l\":[],\"s\":\"a\\\"b\\\\u0041\",\"n\":-42,\"f\":1.0,"
        "\"big\":9223372036854775808,\"S\":\"other\",\"d\":1,\"d\":2}";
    struct err e = ERR_INIT;
    cJSON *doc = doc_parse(text, sizeof(text) - 1, &e);
    int64_t n = 7;

    (void)state;
    assert_non_null(doc);
    assert_non_null(doc_object(doc, "o"));
    assert_null(doc_object(doc, "l"));
    assert_non_null(doc_array(doc, "l"));
    assert_null(doc_array(doc, "no"));
    assert_string_equal(doc_string(doc, "s"), "a\"b\\u0041");
    assert_null(doc_string(doc, "n"));
    assert_int_equal(doc_i64(&n, doc, "n"), 0);
    assert_int_equal(n, -42);
    assert_int_equal(doc_i64(&n, doc, "f"), -1);
    assert_int_equal(doc_i64(&n, doc, "big"), -1);
    assert_int_equal(doc_i64(&n, doc, "s"), -1);
    assert_int_equal(n, -42);
    assert_int_equal(doc_i64(&n, doc, "d"), 0);
    assert_int_equal(n, 2);
    doc_free(doc);
}

static void
test_set(void **state)
{
    static const char text[] = "{\"a\":1,\"b\":[2],\"c\":{\"x\":3},\"d\":4}";
    struct err e = ERR_INIT;
    cJSON *doc = doc_parse(text, sizeof(text) - 1, &e);
    cJSON *list;

    (void)state;
    doc_set_string(doc, "a", "q\" \\u0041 \n \x01 \xff");
    assert_string_equal(doc_string(doc, "a"), "q\" \\u0041 \n \x01 \xff");
    list = doc_make_array(doc, "b");
    doc_append_string(list, "one");
    doc_append_string(list, "two");
    doc_set_bool(doc_make_object(doc, "c"), "x", true);
    doc_set_i64(doc_make_object(doc, "e"), "n", INT64_MIN);
    doc_set_bool(doc, "g\"", false);
    doc_remove(doc, "d");
    doc_remove(doc, "no");
    assert_prints("set", doc,
                  "{\n  \"a\": \"q\\\" \\\\u0041 \\n \\u0001 \xef\xbf\xbd\",\n"
                  "  \"b\": [ \"one\", \"two\" ],\n"
                  "  \"c\": {\n    \"x\": true\n  },\n"
                  "  \"e\": {\n    \"n\": -9223372036854775808\n  },\n"
                  "  \"g\\\"\": false\n}\n");
    doc_make_object(doc, "a");
    assert_non_null(doc_object(doc, "a"));
    doc_free(doc);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
