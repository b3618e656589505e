#include "rowmaker.h"

/* A row as "name=text name=text"; text of strings in quotes, an X behind it
 * for each note of the row. */
static void
show(struct buf *out, const struct maker *m)
{
    static const char *const quote[] = { "", "'", "", "", "", "", "" };

    buf_clear(out);
    for (size_t i = 0; i < m->row.n; i++) {
        const struct cell *c = &m->row.cell[i];

        if (c->type == CELL_NONE)
            continue;
        buf_addf(out, "%s%s=%s%.*s%s", out->n ? " " : "",
                 columns_name(m->columns, i), quote[c->type], (int)c->n, c->p,
                 quote[c->type]);
    }
    if (m->row.notes & ROW_DUPLICATE_KEY)
        buf_adds(out, " (twice)");
    if (m->row.notes & ROW_BAD_UTF8)
        buf_adds(out, " (bytes)");
}

static void
test_rows(void **state)
{
    static const struct {
        const char *name, *record, *want;
    } rows[] = {
        { "nothing", "{}", "" },
        { "scalars", "{'a':1,'b':'x','c':true,'d':false,'e':null}",
          "a=1 b='x' c=true d=false" },
        { "digits as received", "{'a':75.0,'b':1e-7,'c':9007199254740993}",
          "a=75.0 b=1e-7 c=9007199254740993" },
        { "objects become dotted names", "{'a':{'b':{'c':1},'d':2},'e':3}",
          "a.b.c=1 a.d=2 e=3" },
        { "lists are slices", "{'a':[1, {'b':[]}],'c':[]}",
          "a=[1, {\"b\":[]}] c=[]" },
        { "an empty object is a value", "{'a':{},'b':{'c':{ }}}",
          "a={} b.c={}" },
        { "an object of nulls is nothing", "{'a':{'b':null},'c':1}", "c=1" },
        { "dots and backslashes in keys",
          "{'a.b':1,'a':{'b':2},'c\\\\':3,'.':4,'':5}",
          "a\\.b=1 a.b=2 c\\\\=3 \\.=4 =5" },
        { "empty keys in a row", "{'':{'':1},'a':{'':2}}", ".=1 a.=2" },
        { "escapes in keys", "{'\\u0061':1,'\\u0000':2,'\\n':3}",
          "a=1 \\\\u0000=2 \n=3" },
        { "a key spelled in two ways is one", "{'a':1,'\\u0061':2}",
          "a=2 (twice)" },
        { "the last of two wins", "{'a':1,'b':2,'a':3}", "a=3 b=2 (twice)" },
        { "an object after a value", "{'a':1,'a':{'b':2}}", "a.b=2 (twice)" },
        { "a value after an object", "{'a':{'b':2,'c':{'d':1}},'a':1}",
          "a=1 (twice)" },
        { "null after a value", "{'a':1,'a':null}", " (twice)" },
        { "an object after an object", "{'a':{'b':1,'c':2},'a':{'c':3}}",
          "a.c=3 (twice)" },
        { "twice, below another", "{'x':{'a':1,'a':2},'y':{'a':3}}",
          "x.a=2 y.a=3 (twice)" },
        { "the same key in two objects is not twice",
          "{'x':{'a':1},'y':{'a':2}}", "x.a=1 y.a=2" },
        { "bad bytes in a value", "{'a':'\xFF'}", "a='\xFF' (bytes)" },
        { "bad bytes in a list", "{'a':['\xFF']}", "a=[\"\xFF\"] (bytes)" },
        { "bad bytes in a key", "{'\xFF':1}", "\xEF\xBF\xBD=1 (bytes)" },
    };
    struct buf have = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct maker m;

        (void)maker_init(&m, "");
        for (int again = 0; again < 3; again++) {
            (void)make_row(&m, rows[i].record);
            show(&have, &m);
            if (strcmp(buf_str(&have), rows[i].want) != 0)
                fail_msg("%s, time %d: '%s' instead of '%s'", rows[i].name,
                         again, have.p, rows[i].want);
            assert_int_equal(m.row.raw_n, strlen(rows[i].record));
            assert_ptr_equal(m.row.raw, m.json.p);
        }
        maker_free(&m);
    }
    buf_free(&have);
}

/* What one record had does not show in the next. */
static void
test_shapes_change(void **state)
{
    static const char *const records[][2] = {
        { "{'a':1,'b':2}", "a=1 b=2" },
        { "{'b':3}", "b=3" },
        { "{'b':4,'a':5}", "a=5 b=4" },
        { "{'c':{'d':1},'a':6}", "a=6 c.d=1" },
        { "{'c':7}", "c=7" },
        { "{'c':{'d':8}}", "c.d=8" },
        { "{'a':[1],'c':{}}", "a=[1] c={}" },
        { "{}", "" },
        { "{'z':'\\u00e9','a':true}", "a=true z='\\u00e9'" },
    };
    struct buf have = BUF_INIT;
    struct maker m;

    (void)state;
    (void)maker_init(&m, "a b");
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
            (void)make_row(&m, records[i][0]);
            show(&have, &m);
            /* c became a column after c.d did */
            assert_string_equal(buf_str(&have), records[i][1]);
        }
    maker_free(&m);
    buf_free(&have);
}

static void
test_columns(void **state)
{
    struct columns *c = columns_new();
    char name[20];

    (void)state;
    assert_int_equal(columns_find(c, "a", 1), -1);
    assert_int_equal(columns_add(c, "a", 1), 0);
    assert_int_equal(columns_add(c, "b", 1), 1);
    assert_int_equal(columns_add(c, "a", 1), 0);
    assert_int_equal(columns_add(c, "", 0), 2);
    assert_string_equal(columns_name(c, 2), "");
    columns_cut(c, 5);
    assert_int_equal(columns_n(c), 3);
    columns_cut(c, 1);
    assert_int_equal(columns_find(c, "b", 1), -1);
    assert_int_equal(columns_find(c, "a", 1), 0);
    for (int i = 1; i < COLUMNS_MAX; i++) {
        int n = snprintf(name, sizeof(name), "c%d", i);

        assert_int_equal(columns_add(c, name, (size_t)n), i);
    }
    assert_int_equal(columns_add(c, "more", 4), -1);
    assert_int_equal(columns_add(c, "c77", 3), 77);
    columns_free(c);
    columns_free(NULL);
}

/* A page that is refused takes its columns back. */
static void
test_forget(void **state)
{
    struct buf have = BUF_INIT;
    struct maker m;

    (void)state;
    (void)maker_init(&m, "id");
    (void)make_row(&m, "{'id':1,'x':2,'y':3}");
    columns_cut(m.columns, 1);
    flattener_forget(m.flattener);
    (void)make_row(&m, "{'id':1,'y':3}");
    show(&have, &m);
    assert_string_equal(buf_str(&have), "id=1 y=3");
    assert_int_equal(columns_n(m.columns), 2);
    (void)make_row(&m, "{'x':1,'y':3}");
    show(&have, &m);
    assert_string_equal(buf_str(&have), "y=3 x=1");
    maker_free(&m);
    buf_free(&have);
}

static enum err_kind
fails(const char *p, size_t n, struct err *e)
{
    struct maker m;

    *e = (struct err)ERR_INIT;
    (void)maker_init(&m, "");
    assert_int_equal(flatten_text(&m, p, n, e), -1);
    maker_free(&m);
    return e->kind;
}

static void
test_refused(void **state)
{
    struct buf b = BUF_INIT;
    struct err e;

    (void)state;
    assert_int_equal(fails("{\"a\":1", 6, &e), ERR_CUT);
    assert_int_equal(fails("{\"a\":[1,", 8, &e), ERR_CUT);
    assert_int_equal(fails("{\"a\":01}", 8, &e), ERR_DATA);
    assert_int_equal(fails("{\"a\" 1}", 7, &e), ERR_DATA);
    for (int i = 0; i < 200; i++)
        buf_adds(&b, "{\"a\":");
    assert_int_equal(fails(buf_str(&b), b.n, &e), ERR_DATA);
    assert_non_null(strstr(e.text, "nested deeper than 128"));

    buf_clear(&b);
    for (int i = 0; i <= COLUMNS_MAX; i++)
        buf_addf(&b, "%c\"k%d\":1", i ? ',' : '{', i);
    buf_addc(&b, '}');
    assert_int_equal(fails(buf_str(&b), b.n, &e), ERR_DATA);
    assert_string_equal(e.text, "records with more than 16000 columns");

    buf_clear(&b);
    for (int i = 0; i <= 100000; i++)
        buf_addf(&b, "%c\"k%d\":null", i ? ',' : '{', i);
    buf_addc(&b, '}');
    assert_int_equal(fails(buf_str(&b), b.n, &e), ERR_DATA);
    assert_string_equal(e.text, "records with more than 100000 different keys");
    buf_free(&b);
}

/* As deep as JSON may be. */
static void
test_deep(void **state)
{
    struct buf b = BUF_INIT;
    struct err e = ERR_INIT;
    struct maker m;

    (void)state;
    for (int i = 0; i < JSON_DEPTH_MAX; i++)
        buf_adds(&b, "{\"k\":");
    buf_adds(&b, "1");
    for (int i = 0; i < JSON_DEPTH_MAX; i++)
        buf_addc(&b, '}');
    (void)maker_init(&m, "");
    assert_int_equal(flatten_text(&m, buf_str(&b), b.n, &e), 0);
    assert_int_equal(columns_n(m.columns), 1);
    assert_int_equal(strlen(columns_name(m.columns, 0)), 255);
    maker_free(&m);
    buf_free(&b);
}

/* The row of a text, or why there is none. So many bytes behind it are in
 * memory: blanks that are part of the text, or others that are not. */
static void
show_text(struct buf *out, struct maker *m, const char *p, size_t n,
          size_t blanks, const char *others)
{
    size_t others_n = strlen(others);
    struct err e = ERR_INIT;
    char *text = malloc(n + blanks + others_n);
    struct json_token t;
    struct json j;

    assert_non_null(text);
    memcpy(text, p, n);
    memset(text + n, ' ', blanks);
    memcpy(text + n + blanks, others, others_n);
    if (others_n >= JSON_MORE)
        json_start_more(&j, text, n + blanks);
    else
        json_start(&j, text, n + blanks);
    if (json_next(&t, &j, &e) < 0 ||
        flatten(&m->row, m->flattener, &j, &e) < 0 ||
        json_next(&t, &j, &e) < 0) {
        buf_clear(out);
        buf_adds(out, e.text);
    } else {
        show(out, m);
        buf_addf(out, " %zu", m->row.raw_n);
    }
    free(text);
}

enum { BLANKS = 90 };

/* One that met the shape before, and keeps to it as far as it goes, says of
 * each record what a new one says. */
static void
compare_flattened(const char *columns, const char *known, const char *p,
                  size_t n)
{
    struct buf have = BUF_INIT, want = BUF_INIT;
    struct maker old, fresh;

    (void)maker_init(&old, columns);
    (void)maker_init(&fresh, columns);
    for (int i = 0; i < 2; i++)
        show_text(&have, &old, known, strlen(known), BLANKS, "");
    for (int i = 0; i < 2; i++) {
        show_text(&have, &old, p, n, BLANKS, "");
        maker_free(&fresh);
        (void)maker_init(&fresh, columns);
        show_text(&want, &fresh, p, n, BLANKS, "");
        if (strcmp(buf_str(&have), buf_str(&want)) != 0)
            fail_msg("%.*s: '%s' instead of '%s'", (int)n, p, have.p, want.p);
    }
    maker_free(&old);
    maker_free(&fresh);
    buf_free(&have);
    buf_free(&want);
}

#define RECORD_COLUMNS "a b.c b.d e.f.g e.h i j k l b e.f o.p o.q"

static void
test_known_shape_any_byte(void **state)
{
    static const char *const records[] = {
        "{\"a\":12,\"b\":{\"c\":\"x\",\"d\":-0.5},\"e\":{\"f\":{\"g\":null},"
        "\"h\":[1,2]},\"i\":true,\"j\":\"\\u00e9 Ã© and more text\"}",
        "{ \"a\": \"\", \"b\": {},\n  \"e\": {\"f\": {\"g\": 1e5}}, \"k\":"
        " 12.5 }",
    };
    static const char bytes[] = "\"\\,:{}[] 0-.eatn\0ÿ";

    (void)state;
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        size_t n = strlen(records[i]);
        char text[200];

        for (size_t at = 1; at < n; at++)
            for (size_t k = 0; k < sizeof(bytes) - 1; k++) {
                memcpy(text, records[i], n);
                text[at] = bytes[k];
                compare_flattened(RECORD_COLUMNS, records[i], text, n);
            }
    }
}

static void
test_known_shapes(void **state)
{
    static const char *const records[] = {
        "{}",
        "{ }",
        "{\"a\":1}",
        "{\"a\":1 }",
        "{\"a\":01}",
        "{\"a\":{}}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"b\":{\"c\":1,\"d\":2}}",
        "{\"a\":1,\"b\":{\"c\":1},\"b\":{\"d\":2}}",
        "{\"b\":{\"c\":1},\"a\":1,\"b\":{\"d\":2}}",
        "{\"a\":1,\"b\":{\"d\":2}}",
        "{\"a\":1,\"b\":{\"d\":2},\"b\":3}",
        "{\"b\":3,\"b\":{\"d\":2}}",
        "{\"b\":3,\"a\":{\"d\":2}}",
        "{\"o\":{\"p\":1},\"i\":2,\"j\":3}",
        "{\"i\":2,\"o\":{\"q\":1}}",
        "{\"o\":{\"p\":1},\"i\":2,\"o\":{\"q\":1}}",
        "{\"aÿ\":1,\"i\":\"ÿ\"}",
        "{\"\\u0061\":1,\"i\":2}",
        "{\"\\u0061\":1,\"a\":2}",
        "{\"a\":123456789012345}",
        "{\"a\":1234567890123456}",
        "{\"a\":12345678901234567}",
        "{\"a\":-123456789012345.5}",
        "{\"a\":12345678901.567890,\"i\":0}",
        "{\"a\":-12345678901234.5,\"i\":0}",
        "{\"a\":-1,\"i\":0.0}",
        "{\"a\":-,\"i\":0.0}",
    };
    const size_t n = sizeof(records) / sizeof(records[0]);

    (void)state;
    for (size_t i = 0; i < n * n; i++)
        compare_flattened(RECORD_COLUMNS, records[i / n], records[i % n],
                          strlen(records[i % n]));
}

/* Nothing is read behind the end, and what may be read there is no part of the
 * text: cut off anywhere, and with each number of blanks behind it. */
static void
test_known_shape_end(void **state)
{
    static const char record[] =
        "{\"a\":-12,\"b\":{\"c\":\"x\",\"d\":[1.5,1e5]},\"i\":true,"
        "\"j\":\"\\u00e9 text\",\"k\":-0.75}";
    char more[sizeof(record) + JSON_MORE];
    struct buf have = BUF_INIT, want = BUF_INIT;
    struct maker m, fresh;

    (void)state;
    (void)maker_init(&m, RECORD_COLUMNS);
    for (size_t n = sizeof(record) - 1; n > 1; n--) {
        (void)maker_init(&fresh, RECORD_COLUMNS);
        show_text(&want, &fresh, record, n, 0, "");
        (void)snprintf(more, sizeof(more), "%s%*s", record + n, JSON_MORE, "");
        for (int i = 0; i < 2; i++)
            show_text(&have, &m, record, sizeof(record) - 1, BLANKS, "");
        show_text(&have, &m, record, n, 0, more);
        assert_string_equal(buf_str(&have), buf_str(&want));
        for (size_t blanks = 0; blanks < BLANKS; blanks++) {
            show_text(&have, &m, record, sizeof(record) - 1, blanks, "");
            assert_non_null(strstr(buf_str(&have), "k=-0.75"));
        }
        maker_free(&fresh);
    }
    maker_free(&m);
    buf_free(&have);
    buf_free(&want);
}

/* As deep as JSON may be, and the same record in one bracket more. */
static void
test_known_shape_deep(void **state)
{
    static const char record[] = "{\"a\":{\"a\":{\"a\":1,\"b\":2}}}";
    struct err e = ERR_INIT;
    struct json_token t;
    struct maker m;
    struct json j;

    (void)state;
    (void)maker_init(&m, "");
    for (int depth = JSON_DEPTH_MAX - 5; depth < JSON_DEPTH_MAX - 1; depth++) {
        struct buf b = BUF_INIT;

        for (int i = 0; i < depth; i++)
            buf_addc(&b, '[');
        buf_adds(&b, record);
        for (int i = 0; i < BLANKS; i++)
            buf_addc(&b, ' ');
        json_start(&j, b.p, b.n);
        for (int i = 0; i <= depth; i++)
            assert_int_equal(json_next(&t, &j, &e), 1);
        assert_int_equal(flatten(&m.row, m.flattener, &j, &e),
                         depth + 3 > JSON_DEPTH_MAX ? -1 : 0);
        buf_free(&b);
    }
    assert_non_null(strstr(e.text, "nested deeper than 128"));
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_shapes_change),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_forget),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_known_shape_any_byte),
        cmocka_unit_test(test_known_shapes),
        cmocka_unit_test(test_known_shape_end),
        cmocka_unit_test(test_known_shape_deep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
