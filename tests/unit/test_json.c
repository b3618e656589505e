#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "data/json.h"
#include "data/jsonplain.h"
#include "data/jsonscan.h"

/* A copy without a byte behind it, so that reading on is found. */
static char *
exact(const char *p, size_t n)
{
    char *copy = mem_alloc(n ? n : 1);

    memcpy(copy, p, n);
    return copy;
}

static enum err_kind
check(const char *p, size_t n, struct err *e)
{
    char *copy = exact(p, n);
    int rc;

    *e = (struct err)ERR_INIT;
    rc = json_check(copy, n, e);
    assert_int_equal(rc, e->kind == ERR_NONE ? 0 : -1);
    free(copy);
    return e->kind;
}

/* The same verdict by reading every token. */
static enum err_kind
check_by_token(const char *p, size_t n)
{
    char *copy = exact(p, n);
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;

    json_start(&j, copy, n);
    while (json_next(&t, &j, &e) > 0)
        ;
    free(copy);
    return e.kind;
}

/* The one token of a text that is a scalar, or the whole of its value. */
static struct json_token
whole(const char *p, size_t n)
{
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;

    json_start(&j, p, n);
    if (json_next(&t, &j, &e) < 0 || json_skip(&t, &j, &e) < 0)
        fail_msg("%.*s: %s", (int)n, p, e.text);
    return t;
}

static void
test_errors(void **state)
{
    static const struct {
        const char *name, *json;
        enum err_kind kind;
        const char *text;
    } rows[] = {
        { "nothing", "", ERR_CUT,
          "JSON ends too early, at byte 0: expected a value" },
        { "only blanks", " \r\n\t", ERR_CUT,
          "JSON ends too early, at byte 4: expected a value" },
        { "a page of HTML", "\n<!DOCTYPE html>", ERR_DATA,
          "not JSON at byte 1: expected a value, found '<' (looks like an "
          "HTML page)" },
        { "a tag further in", "[<", ERR_DATA,
          "not JSON at byte 1: expected a value or ']', found '<'" },
        { "byte order mark", "\xEF\xBB\xBF{}", ERR_DATA,
          "not JSON at byte 0: expected a value, found a byte order mark" },
        { "high byte", "[\xFF]", ERR_DATA,
          "not JSON at byte 1: expected a value or ']', found byte 0xff" },
        { "open array", "[", ERR_CUT,
          "JSON ends too early, at byte 1: expected a value or ']'" },
        { "after an item", "[1", ERR_CUT,
          "JSON ends too early, at byte 2: expected ',' or ']'" },
        { "after a comma", "[1, ", ERR_CUT,
          "JSON ends too early, at byte 4: expected a value" },
        { "trailing comma", "[1,]", ERR_DATA,
          "not JSON at byte 3: expected a value, found ']'" },
        { "no comma", "[1 2]", ERR_DATA,
          "not JSON at byte 3: expected ',' or ']', found '2'" },
        { "wrong bracket", "[1}", ERR_DATA,
          "not JSON at byte 2: expected ',' or ']', found '}'" },
        { "open object", "{", ERR_CUT,
          "JSON ends too early, at byte 1: expected a name or '}'" },
        { "name without quotes", "{a:1}", ERR_DATA,
          "not JSON at byte 1: expected a name or '}', found 'a'" },
        { "after a name", "{\"a\"", ERR_CUT,
          "JSON ends too early, at byte 4: expected ':'" },
        { "no colon", "{\"a\" 1}", ERR_DATA,
          "not JSON at byte 5: expected ':', found '1'" },
        { "after a colon", "{\"a\":", ERR_CUT,
          "JSON ends too early, at byte 5: expected a value" },
        { "no value", "{\"a\":}", ERR_DATA,
          "not JSON at byte 5: expected a value, found '}'" },
        { "after a member", "{\"a\":1", ERR_CUT,
          "JSON ends too early, at byte 6: expected ',' or '}'" },
        { "next name", "{\"a\":1,", ERR_CUT,
          "JSON ends too early, at byte 7: expected a name" },
        { "comma before brace", "{\"a\":1,}", ERR_DATA,
          "not JSON at byte 7: expected a name, found '}'" },
        { "wrong end of object", "{\"a\":1]", ERR_DATA,
          "not JSON at byte 6: expected ',' or '}', found ']'" },
        { "more behind", "{} x", ERR_DATA,
          "not JSON at byte 3: expected the end of the text, found 'x'" },
        { "a word cut", "tru", ERR_CUT,
          "JSON ends too early, at byte 3: expected true" },
        { "a word changed", "[nulL]", ERR_DATA,
          "not JSON at byte 4: expected null, found 'L'" },
        { "minus cut", "-", ERR_CUT,
          "JSON ends too early, at byte 1: expected a digit" },
        { "minus alone", "[-]", ERR_DATA,
          "not JSON at byte 2: expected a digit, found ']'" },
        { "fraction cut", "1.", ERR_CUT,
          "JSON ends too early, at byte 2: expected a digit" },
        { "exponent wrong", "[1e+x]", ERR_DATA,
          "not JSON at byte 4: expected a digit, found 'x'" },
        { "leading zero", "[01]", ERR_DATA,
          "not JSON at byte 2: expected ',' or ']', found '1'" },
        { "string cut", "[\"ab", ERR_CUT,
          "JSON ends too early, at byte 4: expected the end of the string" },
        { "escape cut", "\"\\", ERR_CUT,
          "JSON ends too early, at byte 2: expected the end of the string" },
        { "unicode escape cut", "\"\\u12", ERR_CUT,
          "JSON ends too early, at byte 5: expected the end of the string" },
        { "unicode escape short", "\"\\u12\"", ERR_DATA,
          "not JSON at byte 5: expected an escape such as \\n or \\u00e9, "
          "found '\"'" },
        { "unknown escape", "\"\\x\"", ERR_DATA,
          "not JSON at byte 2: expected an escape such as \\n or \\u00e9, "
          "found 'x'" },
        { "line end in a string", "\"a\nb\"", ERR_DATA,
          "not JSON at byte 2: expected no control character in a string, "
          "found byte 0x0a" },
        { "character cut", "\"\xC3", ERR_CUT,
          "JSON ends too early, at byte 2: expected the end of the string" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n = strlen(rows[i].json);
        struct err e;

        if (check(rows[i].json, n, &e) != rows[i].kind ||
            strcmp(e.text, rows[i].text) != 0)
            fail_msg("%s: %s", rows[i].name, e.text);
        if (check_by_token(rows[i].json, n) != rows[i].kind)
            fail_msg("%s: json_next() judges otherwise", rows[i].name);
    }
}

static void
test_depth(void **state)
{
    struct buf b = BUF_INIT;
    struct err e;

    (void)state;
    for (int depth = 127; depth <= 130; depth++) {
        buf_clear(&b);
        for (int i = 0; i < depth; i++)
            buf_adds(&b, i % 2 ? "{\"a\":" : "[");
        buf_adds(&b, "1");
        for (int i = depth; i-- > 0;)
            buf_addc(&b, i % 2 ? '}' : ']');
        assert_int_equal(check(b.p, b.n, &e),
                         depth > JSON_DEPTH_MAX ? ERR_DATA : ERR_NONE);
        assert_int_equal(check_by_token(b.p, b.n), e.kind);
    }
    assert_non_null(strstr(e.text, "nested deeper than 128"));
    buf_free(&b);
}

/* All tokens in one line: a letter for the type, its text, its flags. */
static void
describe(struct buf *out, const char *json)
{
    static const char letters[] = "E{}[]ksntfz";
    size_t n = strlen(json);
    char *copy = exact(json, n);
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;
    int rc;

    json_start(&j, copy, n);
    while ((rc = json_next(&t, &j, &e)) > 0) {
        buf_addc(out, letters[t.type]);
        if (t.type == JSON_KEY || t.type == JSON_STRING ||
            t.type == JSON_NUMBER)
            buf_addf(out, "(%.*s)", (int)t.n, t.p);
        if (t.flags & JSON_ESCAPED)
            buf_addc(out, '\\');
        if (t.flags & JSON_BAD_UTF8)
            buf_addc(out, '?');
    }
    assert_int_equal(rc, 0);
    assert_int_equal(t.type, JSON_END);
    assert_int_equal(json_next(&t, &j, &e), 0);
    assert_true(j.p == copy + n);
    free(copy);
}

static void
test_tokens(void **state)
{
    static const struct {
        const char *json, *tokens;
    } rows[] = {
        { "{}", "{}" },
        { " [ ] ", "[]" },
        { "[1,-2.5e+3 , 0]", "[n(1)n(-2.5e+3)n(0)]" },
        { "{\"a\":{\"b\":[true,false,null]},\"c\":\"d\"}",
          "{k(a){k(b)[tfz]}k(c)s(d)}" },
        { "{\"\" : \"\"}", "{k()s()}" },
        { "\"a\\\"b\"", "s(a\\\"b)\\" },
        { "{\"\\u0061\":\"\xC3\xA9\"}", "{k(\\u0061)\\s(\xC3\xA9)}" },
        { "[\"\xC3\",\"\xED\xA0\x80\",\"\\ud800\"]",
          "[s(\xC3)?s(\xED\xA0\x80)?s(\\ud800)\\]" },
        { "[[[1]],[{}],{\"a\":[]}]", "[[[n(1)]][{}]{k(a)[]}]" },
        { "9007199254740993", "n(9007199254740993)" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf b = BUF_INIT;

        describe(&b, rows[i].json);
        assert_string_equal(buf_str(&b), rows[i].tokens);
        buf_free(&b);
    }
}

static void
test_skip(void **state)
{
    static const struct {
        const char *json, *slice;
        enum json_type type;
        unsigned flags;
    } rows[] = {
        { " {\"a\":1} ", "{\"a\":1}", JSON_OBJECT, JSON_QUOTES },
        { "[[1],null]", "[[1],null]", JSON_ARRAY, 0 },
        { "[1, 2]", "[1, 2]", JSON_ARRAY, JSON_SPACED },
        { "[\"a b\"]", "[\"a b\"]", JSON_ARRAY, JSON_QUOTES },
        { "{\"a\" :1}", "{\"a\" :1}", JSON_OBJECT, JSON_QUOTES | JSON_SPACED },
        { "[[\"\\n\"],\"\xFF\"]", "[[\"\\n\"],\"\xFF\"]", JSON_ARRAY,
          JSON_QUOTES | JSON_ESCAPED | JSON_BAD_UTF8 },
        { "{\"\\n\":[]}", "{\"\\n\":[]}", JSON_OBJECT,
          JSON_QUOTES | JSON_ESCAPED },
        { " 12 ", "12", JSON_NUMBER, 0 },
        { " \"\\n\" ", "\\n", JSON_STRING, JSON_ESCAPED },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_token t = whole(rows[i].json, strlen(rows[i].json));

        assert_int_equal(t.type, rows[i].type);
        assert_int_equal(t.flags, rows[i].flags);
        assert_int_equal(t.n, strlen(rows[i].slice));
        assert_memory_equal(t.p, rows[i].slice, t.n);
    }
}

/* The scanner looks at 64, 32 and 16 bytes at once: strings and rows of
 * numbers of each length, at each place, with each wrong byte. */
static void
test_blocks(void **state)
{
    struct buf b = BUF_INIT;
    struct err e;

    (void)state;
    for (int before = 0; before < 70; before++)
        for (int n = 0; n < 140; n += n < 70 ? 1 : 7) {
            buf_clear(&b);
            buf_addf(&b, "{\"%0*d\":\"", before + 1, 0);
            for (int i = 0; i < n; i++)
                buf_addc(&b, 'x');
            buf_adds(&b, "\",\"b\":\"\\\"\xC3\xA9\"}");
            assert_int_equal(check(b.p, b.n, &e), ERR_NONE);
            assert_int_equal(check_by_token(b.p, b.n), ERR_NONE);
            b.p[b.n - 16 - (size_t)n / 2] = '\x1F';
            assert_int_equal(check(b.p, b.n, &e), ERR_DATA);
            assert_int_equal(check_by_token(b.p, b.n), ERR_DATA);
        }
    buf_free(&b);
}

/* Lists of numbers are read many at a time: any two bytes in one are judged as
 * json_next() judges them. */
static void
test_number_pairs(void **state)
{
    static const char bytes[] = "019.,-nul]e \"x\0";
    static const char list[] = "[7,-0.25,null,61,0,null,1e5,-3,58.0,44,null,"
                               "0,12.5,-6,0.5,null,10,20,30.25,null,41,0]";
    const size_t bytes_n = sizeof(bytes) - 1, n = sizeof(list) - 1;

    (void)state;
    for (size_t i = 0; i < (n - 2) * bytes_n * bytes_n; i++) {
        char text[sizeof(list)];
        size_t at = 1 + i / bytes_n / bytes_n;
        struct err e;

        memcpy(text, list, sizeof(list));
        text[at] = bytes[i % bytes_n];
        text[at + 1] = bytes[i / bytes_n % bytes_n];
        (void)check(text, n, &e);
        assert_int_equal(check_by_token(text, n), e.kind);
        assert_ptr_equal(jsonscan_numbers(text + 2, text + n),
                         jsonscan_numbers_anywhere(text + 2, text + n));
    }
}

typedef const char *find_fn(const char *p, const char *end);

/* Finds one byte among others wherever it is; near the end it may stop. */
static void
check_find(find_fn *find, char filler, char byte)
{
    for (size_t n = 0; n < 200; n++)
        for (size_t at = 0; at <= n; at++) {
            char *text = malloc(n + 1);
            const char *p;

            assert_non_null(text);
            memset(text, filler, n);
            if (at < n)
                text[at] = byte;
            p = find(text, text + n);
            if (p != text + at)
                assert_true(p < text + at && text + n - p < 64);
            free(text);
        }
}

static void
test_find(void **state)
{
    static const char odd[] = "\"\\\x1F\0\x80\xFF", others[] = "/:. \xFF\0";

    (void)state;
    for (size_t i = 0; i < sizeof(odd) - 1; i++) {
        check_find(jsonscan_plain, ' ', odd[i]);
        check_find(jsonscan_plain_anywhere, '\x7F', odd[i]);
    }
    for (size_t i = 0; i < sizeof(others) - 1; i++) {
        check_find(jsonscan_digits, '0', others[i]);
        check_find(jsonscan_digits_anywhere, '9', others[i]);
    }
}

static void
test_number_rows(void **state)
{
    static const char *const wrong[] = { "01", "1.", ".1", "1.2.3", "",   "1.x",
                                         "00", "+1", "1e", "-",     "1 1" };
    static const char *const right[] = { "0",    "0.0", "10", "-1",  "1e5",
                                         "0.01", " 1",  "1 ", "\"\"" };
    struct buf b = BUF_INIT;
    struct err e;

    (void)state;
    for (size_t at = 0; at < 40; at++)
        for (size_t i = 0; i < 20; i++) {
            bool is_wrong = i < 11;

            buf_clear(&b);
            buf_addc(&b, '[');
            for (size_t k = 0; k < 40; k++)
                buf_addf(&b, "%s%s", k ? "," : "",
                         k != at    ? k % 3 ? "61" : "0.5"
                         : is_wrong ? wrong[i]
                                    : right[i - 11]);
            buf_addc(&b, ']');
            if (check(b.p, b.n, &e) != (is_wrong ? ERR_DATA : ERR_NONE))
                fail_msg("%s: %s", buf_str(&b), e.text);
            assert_int_equal(check_by_token(b.p, b.n), e.kind);
        }
    buf_free(&b);
}

/* A valid text cut anywhere is a cut text, never a wrong or a good one. */
static void
test_cut(void **state)
{
    static const char text[] =
        "{\"data\":[{\"a\\u00e9\":-1.5e+3,\"b\":[true,false,null,\"x\\n\"]},"
        "[61,62,60,59,61.5,60,70,0,10,105,61,62,60,59,61,60,70,0,10,105]],"
        "\"\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80\" : { } }";
    struct err e;

    (void)state;
    assert_int_equal(check(text, sizeof(text) - 1, &e), ERR_NONE);
    for (size_t n = 0; n < sizeof(text) - 1; n++) {
        if (check(text, n, &e) != ERR_CUT)
            fail_msg("%zu bytes: %s", n, e.text);
        assert_int_equal(check_by_token(text, n), ERR_CUT);
    }
    assert_int_equal(json_check(NULL, 0, &e), -1);
    assert_int_equal(e.kind, ERR_CUT);
}

static void
test_at(void **state)
{
    static const struct {
        const char *name, *json, *path, *found;
    } rows[] = {
        { "plain", "{\"a\":1,\"b\":2}", "b", "2" },
        { "nested", "{\"a\":{\"b\":{\"c\":[1, 2]}}}", "a.b.c", "[1, 2]" },
        { "absent", "{\"a\":1}", "b", NULL },
        { "not a prefix", "{\"ab\":1}", "a", NULL },
        { "name of a deeper member", "{\"a\":{\"b\":1}}", "b", NULL },
        { "name as a value", "{\"a\":\"b\",\"c\":1}", "b", NULL },
        { "through a scalar", "{\"a\":1}", "a.b", NULL },
        { "through an array", "{\"a\":[{\"b\":1}]}", "a.b", NULL },
        { "in an array", "[{\"a\":1}]", "a", NULL },
        { "in a scalar", "12", "a", NULL },
        { "last one wins", "{\"a\":1,\"b\":0,\"a\":2}", "a", "2" },
        { "last object wins", "{\"a\":{\"b\":1},\"a\":{\"c\":2}}", "a.b",
          NULL },
        { "last one is no object", "{\"a\":{\"b\":1},\"a\":2}", "a.b", NULL },
        { "escaped name", "{\"\\u0061\\u00e9\":1}", "a\xC3\xA9", "1" },
        { "escaped twin wins", "{\"a\":1,\"\\u0061\":2}", "a", "2" },
        { "emoji by pair", "{\"\\ud83d\\ude00\":1}", "\xF0\x9F\x98\x80", "1" },
        { "half a pair", "{\"\\ud83d\":1}", "\xED\xA0\xBD", NULL },
        { "NUL in a name", "{\"a\\u0000\":1}", "a", NULL },
        { "empty name", "{\"\":1}", "", "1" },
        { "string", "{\"a\":\"x\\n\"}", "a", "x\\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err e = ERR_INIT;
        struct json_token t;
        int rc =
            json_at(&t, rows[i].json, strlen(rows[i].json), rows[i].path, &e);

        if (rc != (rows[i].found ? 1 : 0))
            fail_msg("%s: %d %s", rows[i].name, rc, e.text);
        if (rc && (t.n != strlen(rows[i].found) ||
                   memcmp(t.p, rows[i].found, t.n) != 0))
            fail_msg("%s: %.*s", rows[i].name, (int)t.n, t.p);
    }
}

static void
test_at_checks(void **state)
{
    struct err e = ERR_INIT;
    struct json_token t;

    (void)state;
    assert_int_equal(json_at(&t, "{\"a\":1,}", 8, "a", &e), -1);
    assert_int_equal(e.kind, ERR_DATA);
    assert_int_equal(json_at(&t, "{\"a\":1", 6, "b", &e), -1);
    assert_int_equal(e.kind, ERR_CUT);
    assert_int_equal(json_at(&t, "[1", 2, "b", &e), -1);
    assert_int_equal(json_at(&t, "", 0, "a", &e), -1);
}

static void
test_text(void **state)
{
    static const struct {
        const char *name, *json, *text;
    } rows[] = {
        { "plain", "abc", "abc" },
        { "short escapes", "\\\"\\\\\\/\\n\\r\\t", "\"\\/\n\r\t" },
        { "rare controls", "\\b\\f\\u001F", "\\u0008\\u000c\\u001f" },
        { "delete is no control", "\\u007f", "\x7F" },
        { "NUL", "a\\u0000b", "a\\u0000b" },
        { "literal u0000", "\\\\u0000", "\\\\u0000" },
        { "one backslash before NUL", "\\\\\\u0000", "\\\\\\u0000" },
        { "two before NUL", "\\\\\\\\\\u0000", "\\\\\\\\\\u0000" },
        { "one before no hex", "\\\\u00g0", "\\u00g0" },
        { "two before literal", "\\\\\\\\u0041", "\\\\\\\\u0041" },
        { "u and digits by escapes", "\\u005c\\u0075\\u0030\\u0030aF",
          "\\\\u00aF" },
        { "capital U", "\\\\U0041", "\\U0041" },
        { "no backslash", "u0041", "u0041" },
        { "too few digits, then NUL", "\\\\u000\\u0000", "\\u000\\u0000" },
        { "too few digits, then run", "\\\\u00\\\\u0041", "\\u00\\\\u0041" },
        { "run before a character", "\\\\\\\\\xC3\xA9", "\\\\\xC3\xA9" },
        { "run at the end", "a\\\\", "a\\" },
        { "pair", "\\ud83d\\ude00", "\xF0\x9F\x98\x80" },
        { "lone high", "\\uD83Dx", "\\ud83dx" },
        { "lone low, high", "\\ude00\\ud83d", "\\ude00\\ud83d" },
        { "high, pair", "\\ud83d\\ud83d\\ude00", "\\ud83d\xF0\x9F\x98\x80" },
        { "high, literal low", "\\ud83d\\\\ude00", "\\ud83d\\\\ude00" },
        { "accents", "\\u00e9\\u65e5", "\xC3\xA9\xE6\x97\xA5" },
        { "bad bytes", "a\xFF\xE2\x82z",
          "a\xEF\xBF\xBD\xEF\xBF\xBD"
          "\xEF\xBF\xBDz" },
        { "bad byte in a run", "\\\\\xFFu0041", "\\\xEF\xBF\xBDu0041" },
        { "surrogate bytes", "\xED\xA0\x80",
          "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf json = BUF_INIT, text = BUF_INIT;
        struct json_token t;

        buf_addf(&json, "\"%s\"", rows[i].json);
        t = whole(json.p, json.n);
        json_text(&text, &t);
        if (strcmp(buf_str(&text), rows[i].text) != 0)
            fail_msg("%s: %s", rows[i].name, buf_str(&text));
        buf_free(&json);
        buf_free(&text);
    }
}

static void
test_quote(void **state)
{
    static const struct {
        const char *name, *text, *json;
    } rows[] = {
        { "plain", "abc", "\"abc\"" },
        { "empty", "", "\"\"" },
        { "short escapes", "\"\\/\n\r\t", "\"\\\"\\\\/\\n\\r\\t\"" },
        { "control by hand", "\x01", "\"\\u0001\"" },
        { "escape text", "\\u0000", "\"\\u0000\"" },
        { "doubled", "\\\\u0000", "\"\\\\u0000\"" },
        { "three", "\\\\\\u0000", "\"\\\\\\u0000\"" },
        { "four", "\\\\\\\\u0000", "\"\\\\\\\\u0000\"" },
        { "not hex", "\\u00g0", "\"\\\\u00g0\"" },
        { "cut short", "\\u000", "\"\\\\u000\"" },
        { "two at the end", "\\\\", "\"\\\\\\\\\"" },
        { "surrogate", "\\ud83dx", "\"\\ud83dx\"" },
        { "accents", "\xC3\xA9\xF0\x9F\x98\x80",
          "\"\xC3\xA9\xF0\x9F\x98\x80\"" },
        { "bad bytes", "a\xFF\xC3", "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf json = BUF_INIT;

        json_quote(&json, rows[i].text, strlen(rows[i].text));
        if (strcmp(buf_str(&json), rows[i].json) != 0)
            fail_msg("%s: %s", rows[i].name, buf_str(&json));
        buf_free(&json);
    }
}

static uint32_t
random_below(uint32_t n)
{
    static uint32_t seed = 20260323;

    seed = seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)n * seed >> 32);
}

/* A string made of what is easily confused; canon is the one way to write
 * what it says. */
static void
random_string(struct buf *json, struct buf *canon)
{
    static const struct {
        const char *json, *canon;
    } pieces[] = {
        { "\\\\", "\\\\" },
        { "\\u005C", "\\\\" },
        { "u", "u" },
        { "\\u0075", "u" },
        { "0", "0" },
        { "\\u0030", "0" },
        { "00", "00" },
        { "0041", "0041" },
        { "d83d", "d83d" },
        { "u0000", "u0000" },
        { "aF", "aF" },
        { "\\u0000", "\\u0000" },
        { "\\u001F", "\\u001f" },
        { "\\b", "\\u0008" },
        { "\\n", "\\n" },
        { "\\t", "\\t" },
        { "\\\"", "\\\"" },
        { "\\/", "/" },
        { "\xC3\xA9", "\xC3\xA9" },
        { "\\u00E9", "\xC3\xA9" },
        { "x", "x" },
        { " ", " " },
        { "\xFF", "\xEF\xBF\xBD" },
        { "\\uD83Dx", "\\ud83dx" },
        { "\\uDE00", "\\ude00" },
        { "\\uD83D\\uDE00", "\xF0\x9F\x98\x80" },
    };
    uint32_t n = random_below(14);

    buf_addc(json, '"');
    buf_addc(canon, '"');
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = random_below(sizeof(pieces) / sizeof(pieces[0]));

        buf_adds(json, pieces[k].json);
        buf_adds(canon, pieces[k].canon);
    }
    buf_addc(json, '"');
    buf_addc(canon, '"');
}

static void
test_text_and_back(void **state)
{
    struct buf json = BUF_INIT, canon = BUF_INIT;
    struct buf text = BUF_INIT, back = BUF_INIT;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        struct json_token t;

        buf_clear(&json);
        buf_clear(&canon);
        buf_clear(&text);
        buf_clear(&back);
        random_string(&json, &canon);
        t = whole(json.p, json.n);
        json_text(&text, &t);
        json_quote(&back, text.p, text.n);
        if (strcmp(buf_str(&back), buf_str(&canon)) != 0)
            fail_msg("%s -> %s -> %s", buf_str(&json), buf_str(&text),
                     buf_str(&back));
        t = whole(back.p, back.n);
        buf_clear(&json);
        json_text(&json, &t);
        assert_string_equal(buf_str(&json), buf_str(&text));
    }
    buf_free(&json);
    buf_free(&canon);
    buf_free(&text);
    buf_free(&back);
}

/* Whatever the bytes are, what is made of them is a good string. */
static void
test_quote_any_bytes(void **state)
{
    static const char likely[] = "\\\\\\\\u0d8\"\n\x01\xC3\xA9\xED\xA0\xF0";
    struct buf quoted = BUF_INIT;
    char bytes[40];

    (void)state;
    json_quote(&quoted, NULL, 0);
    assert_string_equal(buf_str(&quoted), "\"\"");
    for (int i = 0; i < 100000; i++) {
        size_t n = random_below(sizeof(bytes));
        struct json_token t;

        for (size_t k = 0; k < n; k++)
            bytes[k] = random_below(3)
                           ? likely[random_below(sizeof(likely) - 1)]
                           : (char)random_below(256);
        buf_clear(&quoted);
        json_quote(&quoted, bytes, n);
        t = whole(quoted.p, quoted.n);
        assert_int_equal(t.type, JSON_STRING);
        assert_int_equal(t.n, quoted.n - 2);
        assert_int_equal(t.flags & JSON_BAD_UTF8, 0);
    }
    buf_free(&quoted);
}

static void
test_compact(void **state)
{
    static const struct {
        const char *json, *compact;
    } rows[] = {
        { "[1,2]", "[1,2]" },
        { " { \"a b\" : [ 1 ,\n\t2.50 ] } ", "{\"a b\":[1,2.50]}" },
        { "[\"\\\" [ \\\\\" , \"\\u0041\"]", "[\"\\\" [ \\\\\",\"\\u0041\"]" },
        { "[\"\xFF\"]", "[\"\xEF\xBF\xBD\"]" },
        { "{\"\xFF\" :\"a \xC3\xA9\xC3\"}",
          "{\"\xEF\xBF\xBD\":\"a \xC3\xA9\xEF\xBF\xBD\"}" },
        { " \"a \xFF\" ", "\"a \xEF\xBF\xBD\"" },
        { " \"a\" ", "\"a\"" },
        { " 75.0 ", "75.0" },
        { "[ ]", "[]" },
        { "[true , null]", "[true,null]" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_token t = whole(rows[i].json, strlen(rows[i].json));
        struct buf b = BUF_INIT;

        json_compact(&b, &t);
        assert_string_equal(buf_str(&b), rows[i].compact);
        buf_free(&b);
    }
}

static void
test_is_number(void **state)
{
    static const char *const yes[] = { "0",
                                       "-0",
                                       "10",
                                       "1.5",
                                       "1e5",
                                       "1E-5",
                                       "1.5e+5",
                                       "0.0",
                                       "-12.34",
                                       "1000000000000000000000000",
                                       "12345678",
                                       "123456789",
                                       "1234567890123456.5e10",
                                       "100000000.0" };
    static const char *const no[] = { "",
                                      "-",
                                      "01",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "+1",
                                      "1 ",
                                      " 1",
                                      "0x1",
                                      "1,",
                                      "NaN",
                                      "1e+",
                                      "--1",
                                      "1.2.3",
                                      "-a",
                                      "0123456789012345",
                                      "12345678x",
                                      "123456789x",
                                      "1234567890123456.",
                                      "1234567:9",
                                      "12345678901234/" };

    (void)state;
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        if (!json_is_number(yes[i], strlen(yes[i])))
            fail_msg("%s is a number", yes[i]);
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        if (json_is_number(no[i], strlen(no[i])))
            fail_msg("%s is no number", no[i]);
    assert_false(json_is_number(NULL, 0));
}

static void
read_file(struct buf *b, const char *path)
{
    FILE *f = fopen(path, "rb");
    size_t n;

    if (!f)
        fail_msg("cannot open %s", path);
    buf_clear(b);
    while ((n = fread(buf_room(b, 65536), 1, 65536, f)) > 0)
        b->n += n;
    (void)fclose(f);
}

/* Files in the manner of the public JSONTestSuite: y_ has to be accepted, n_
 * to be refused, i_ is ours to decide. */
static void
test_suite(void **state)
{
    const char *tests = getenv("WEARCHIVE_TESTS");
    struct buf path = BUF_INIT, text = BUF_INIT;
    int found = 0;
    struct dirent *entry;
    DIR *dir;

    (void)state;
    buf_addf(&path, "%s/corpus/json-suite", tests ? tests : "tests");
    dir = opendir(buf_str(&path));
    if (!dir)
        fail_msg("cannot open %s", buf_str(&path));
    while ((entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        struct err e;
        enum err_kind kind;

        if (name[0] == '.')
            continue;
        buf_clear(&path);
        buf_addf(&path, "%s/corpus/json-suite/%s", tests ? tests : "tests",
                 name);
        read_file(&text, buf_str(&path));
        kind = check(buf_str(&text), text.n, &e);
        if ((name[0] == 'y' && kind != ERR_NONE) ||
            (name[0] == 'n' && kind != ERR_DATA && kind != ERR_CUT))
            fail_msg("%s: %s", name, e.text);
        if (check_by_token(text.p, text.n) != kind)
            fail_msg("%s: json_next() judges otherwise", name);
        found++;
    }
    (void)closedir(dir);
    assert_true(found >= 250);
    buf_free(&path);
    buf_free(&text);
}

/* A caller that reads on by itself, and what json_next() expects there. */
static void
test_go_on(void **state)
{
    static const struct {
        const char *text;
        size_t tokens; /* that were read */
        size_t at;
        int depth;
        enum json_type next;
    } rows[] = {
        { "{'a':1}", 1, 6, 1, JSON_OBJECT_END },
        { "{'a':{'b':1}}", 1, 11, 2, JSON_OBJECT_END },
        { "{'a':{'b':1}}", 1, 12, 1, JSON_OBJECT_END },
        { "{'a':{'b':1}}", 1, 13, 0, JSON_END },
        { "[{'a':1},2]", 2, 8, 1, JSON_NUMBER },
        { "[[1],{'a':{'b':2}}]", 5, 16, 3, JSON_OBJECT_END },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n = strlen(rows[i].text);
        char *copy = exact(rows[i].text, n);
        struct err e = ERR_INIT;
        struct json_token t;
        struct json j;

        for (size_t k = 0; k < n; k++)
            copy[k] = copy[k] == '\'' ? '"' : copy[k];
        json_start(&j, copy, n);
        for (size_t k = 0; k < rows[i].tokens; k++)
            assert_int_equal(json_next(&t, &j, &e), 1);
        json_go_on(&j, copy + rows[i].at, rows[i].depth);
        assert_int_equal(json_next(&t, &j, &e), rows[i].next != JSON_END);
        assert_int_equal(t.type, rows[i].next);
        while (json_next(&t, &j, &e) > 0)
            ;
        assert_int_equal(t.type, JSON_END);
        free(copy);
    }
}

static void
test_value_at(void **state)
{
    static const char text[] = "{\"a\":{\"b\":[1,[2]] ,\"c\":}}";
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;

    (void)state;
    json_start(&j, text, sizeof(text) - 1);
    assert_int_equal(json_next(&t, &j, &e), 1);
    assert_int_equal(json_value_at(&t, &j, text + 10, 2, &e), 0);
    assert_int_equal(t.type, JSON_ARRAY);
    assert_int_equal(t.n, 7);
    assert_int_equal(json_next(&t, &j, &e), 1);
    assert_int_equal(t.type, JSON_KEY);
    assert_int_equal(json_value_at(&t, &j, text + 23, 2, &e), -1);
    assert_string_equal(e.text,
                        "not JSON at byte 23: expected a value, found '}'");
}

/* Whatever is taken for plain, json_next() reads in the same way: of the text
 * itself and of all that differs from it by one byte. */
static void
compare_plain(const char *text, size_t n)
{
    char *copy = exact(text, n);
    const char *stop;
    struct jsonplain m;
    struct err e = ERR_INIT;
    struct json j;
    struct json_token t;

    stop = jsonplain_member(&m, copy + 1, copy + n);
    if (stop) {
        json_start(&j, copy, n);
        assert_int_equal(json_next(&t, &j, &e), 1);
        assert_int_equal(json_next(&t, &j, &e), 1);
        assert_true(t.type == JSON_KEY && t.flags == 0);
        assert_true(t.p == m.name.p && t.n == m.name.n);
        assert_int_equal(json_next(&t, &j, &e), 1);
        assert_true(t.type == m.value.type && t.flags == 0);
        assert_true(t.p == m.value.p && t.n == m.value.n);
        assert_true(j.p == stop);
    }
    free(copy);
}

static void
test_plain(void **state)
{
    static const char *const texts[] = {
        "{\"a\":1}",
        "{\"name\":\"a longer text, of more than 16 bytes\",\"x\":1}",
        "{\"a much longer name\":-12.5e+3,",
        "{\"t\":true}",
        "{\"\":false,",
        "{\"a\":null}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        size_t n = strlen(texts[i]);
        const char *p = texts[i] + 1;
        struct jsonplain m;

        assert_non_null(jsonplain_member(&m, p, p + n - 1));
        for (size_t at = 1; at < n; at++) {
            char *text = exact(texts[i], n);

            compare_plain(text, at);
            for (int c = 0; c < 256; c++) {
                text[at] = (char)c;
                compare_plain(text, n);
            }
            free(text);
        }
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_go_on),
        cmocka_unit_test(test_value_at),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_number_rows),
        cmocka_unit_test(test_number_pairs),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_at),
        cmocka_unit_test(test_at_checks),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_text_and_back),
        cmocka_unit_test(test_quote_any_bytes),
        cmocka_unit_test(test_compact),
        cmocka_unit_test(test_is_number),
        cmocka_unit_test(test_suite),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
