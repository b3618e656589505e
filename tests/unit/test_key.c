#include "data/csvcheck.h"
#include "data/csvtext.h"
#include "data/json.h"
#include "rowmaker.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/rows.h"

static void
test_instants(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "2024-03-01T04:00:00Z", "2024-03-01T04:00:00" },
        { "2024-03-01T04:00:00+00:00", "2024-03-01T04:00:00" },
        { "2024-03-01T04:00:00.000Z", "2024-03-01T04:00:00" },
        { "2024-03-01T04:00:00.000+00:00", "2024-03-01T04:00:00" },
        { "2024-03-01T05:00:00+01:00", "2024-03-01T04:00:00" },
        { "2024-02-29T23:00:00-0500", "2024-03-01T04:00:00" },
        { "2024-03-01 04:00:00", "2024-03-01T04:00:00" },
        { "2024-03-01T04:00:00", "2024-03-01T04:00:00" },
        { "2024-03-01T04:00:00.5Z", "2024-03-01T04:00:00.5" },
        { "2024-03-01T04:00:00.500+00:00", "2024-03-01T04:00:00.5" },
        { "2024-03-01T04:00:00.000000001Z", "2024-03-01T04:00:00.000000001" },
        { "2024-03-01T05:00:00.120+01:00", "2024-03-01T04:00:00.12" },
        { "2024-03-01", "2024-03-01" },
        { "2024-03-01T04:00:61+02:00", "2024-03-01T04:00:61+02:00" },
        { "next week", "next week" },
        { "something that is much longer", "something that is much longer" },
        { "", "" },
    };
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        buf_clear(&b);
        key_instant(&b, rows[i].text, strlen(rows[i].text));
        if (strcmp(buf_str(&b), rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].text, b.p);
    }
    buf_free(&b);
}

struct keyed {
    struct maker m;
    struct table_spec spec;
    struct layout layout;
};

static void
open_layout(struct keyed *k, enum table_format format, const char *first,
            const char *second, const char *time)
{
    (void)maker_init(&k->m, "id at day source a.b");
    k->spec = (struct table_spec){
        .path = "t.csv",
        .format = format,
        .columns = k->m.columns,
        .declared = 5,
        .ids = { first, second },
        .instant_id = strcmp(first, "at") == 0,
        .unique = "day",
        .time = time,
    };
    layout_fresh(&k->layout, &k->spec);
}

static void
close_layout(struct keyed *k)
{
    layout_free(&k->layout);
    maker_free(&k->m);
}

static void
show(struct buf *out, const struct key *k, const struct buf *texts)
{
    buf_clear(out);
    buf_addf(out, "%.*s|%.*s|%.*s", (int)k->n, texts->p + k->at,
             (int)k->unique_n, texts->p + k->unique_at, (int)k->time_n,
             texts->p + k->time_at);
    for (size_t i = 0; i < out->n; i++)
        if (out->p[i] == '\x1f')
            out->p[i] = '+';
}

/* The key of a record and of its row in the file are the same. */
static void
test_both_ways(void **state)
{
    static const struct {
        const char *name, *record, *first, *second, *time, *want;
    } rows[] = {
        { "one id", "{'id':'a','day':'d','at':'x'}", "id", NULL, "day",
          "a|d|d" },
        { "a number", "{'id':9007199254740993}", "id", NULL, NULL,
          "9007199254740993||" },
        { "text and number are alike in the file", "{'id':'5'}", "id", NULL,
          NULL, "5||" },
        { "escapes undone", "{'id':'\\u0061\\n,\\'\\u00e9'}", "id", NULL, NULL,
          "a\n,\"\xC3\xA9||" },
        { "a control character", "{'id':'\\u0000'}", "id", NULL, NULL,
          "\\u0000||" },
        { "a list", "{'id':[1,'x']}", "id", NULL, NULL, "[1,\"x\"]||" },
        { "an empty object", "{'id':{}}", "id", NULL, NULL, "{}||" },
        { "two ids", "{'id':'a','source':'s'}", "id", "source", NULL, "a+s||" },
        { "two ids, the second missing", "{'id':'a'}", "id", "source", NULL,
          "||" },
        { "no id", "{'day':'1'}", "id", NULL, "day", "|1|1" },
        { "an empty id", "{'id':''}", "id", NULL, NULL, "||" },
        { "a name with a dot", "{'a':{'b':7}}", "a.b", NULL, NULL, "7||" },
        { "an instant", "{'at':'2024-03-01T05:00:00.50+01:00','source':'s'}",
          "at", "source", "at",
          "2024-03-01T04:00:00.5+s||2024-03-01T04:00:00.5" },
        { "an instant that is none", "{'at':'noon'}", "at", NULL, "at",
          "noon||noon" },
        { "a time of its own", "{'id':'a','at':'2024-03-01T05:00:00+01:00'}",
          "id", NULL, "at", "a||2024-03-01T04:00:00" },
        { "a time of its own that is missing", "{'id':'a'}", "id", NULL, "at",
          "a||" },
    };
    static const enum table_format formats[] = { TABLE_CSV, TABLE_JSONL,
                                                 TABLE_RAW };
    struct buf have = BUF_INIT, texts = BUF_INIT, row = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (size_t f = 0; f < 3; f++) {
            struct err e = ERR_INIT;
            struct keyed k;
            struct key a, b;
            struct line line = { .offset = 7 };

            open_layout(&k, formats[f], rows[i].first, rows[i].second,
                        rows[i].time);
            buf_clear(&texts);
            buf_clear(&row);
            buf_adds(&texts, "before"); /* of another key */
            key_of_row(&a, &texts, &k.layout, make_row(&k.m, rows[i].record));
            (void)layout_add_row(&row, &k.layout, &k.m.row);
            show(&have, &a, &texts);
            /* Without an id the other texts do not matter. */
            if (a.n > 0 && strcmp(buf_str(&have), rows[i].want) != 0 && f < 1)
                fail_msg("%s: record: %s", rows[i].name, have.p);
            line.p = buf_str(&row);
            line.n = row.n;
            assert_int_equal(key_of_line(&b, &texts, &k.layout, &line, &e), 0);
            assert_int_equal(a.n, b.n);
            assert_true(a.hash == b.hash && a.unique_hash == b.unique_hash);
            show(&have, &b, &texts);
            if (strcmp(buf_str(&have), rows[i].want) != 0)
                fail_msg("%s: format %zu: %s", rows[i].name, f, have.p);
            assert_int_equal(b.unique_hash == 0, b.unique_n == 0);
            close_layout(&k);
        }
    buf_free(&have);
    buf_free(&texts);
    buf_free(&row);
}

static void
test_bad_lines(void **state)
{
    static const struct {
        const char *line, *error;
    } rows[] = {
        { "hello", "t.csv: row at byte 7: not JSON" },
        { "{\"id\":1", "t.csv: row at byte 7: JSON ends too early" },
        { "{\"id\" 1}", "t.csv: row at byte 7: not JSON" },
        { " ", "t.csv: row at byte 7: JSON ends too early" },
    };
    struct buf texts = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        for (int f = 0; f < 2; f++) {
            struct line line = { .p = rows[i].line,
                                 .n = strlen(rows[i].line),
                                 .offset = 7 };
            struct err e = ERR_INIT;
            struct keyed k;
            struct key key;

            open_layout(&k, f ? TABLE_RAW : TABLE_JSONL, "id", NULL, NULL);
            if (key_of_line(&key, &texts, &k.layout, &line, &e) == 0)
                fail_msg("'%s' was taken in format %d", rows[i].line, f);
            /* It is not the page that is wrong. */
            assert_true(e.kind != ERR_DATA && e.kind != ERR_CUT);
            if (!strstr(e.text, rows[i].error))
                fail_msg("'%s': %s", rows[i].line, e.text);
            close_layout(&k);
        }
    buf_free(&texts);
}

/* A row without a key. */
static void
test_blank_line(void **state)
{
    static const enum table_format formats[] = { TABLE_JSONL, TABLE_RAW };
    struct buf texts = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct line line = { .p = "" };
        struct err e = ERR_INIT;
        struct keyed k;
        struct key key;

        open_layout(&k, formats[i], "id", NULL, NULL);
        assert_int_equal(key_of_line(&key, &texts, &k.layout, &line, &e), 0);
        assert_int_equal(key.n, 0);
        close_layout(&k);
    }
    buf_free(&texts);
}

/* Short rows of a person: what is missing is absent. */
static void
test_short_rows(void **state)
{
    struct line line = { .p = "", .n = 0 };
    struct buf texts = BUF_INIT;
    struct err e = ERR_INIT;
    struct keyed k;
    struct key key;

    (void)state;
    open_layout(&k, TABLE_CSV, "id", "source", "at");
    assert_int_equal(key_of_line(&key, &texts, &k.layout, &line, &e), 0);
    assert_int_equal(key.n, 0);
    line = (struct line){ .p = "a,b", .n = 3 };
    assert_int_equal(key_of_line(&key, &texts, &k.layout, &line, &e), 0);
    assert_int_equal(key.n, 0);
    assert_int_equal(key.time_n, 1);
    close_layout(&k);
    buf_free(&texts);
}

/* What the quick look says is what the slow one does; some lines have to be
 * left to that. */
static void
quick_json(enum table_format format)
{
    static const struct {
        const char *line;
        enum key_found found;
    } rows[] = {
        { "{'at':'2024-03-01T04:00:00Z','id':5}", KEY_IN_ROW },
        { "{'day':null,'bpm':-1.5e3,'id':'x','at':'2024'}", KEY_IN_ROW },
        { "{'day':'','t':true,'id':'x','at':'noon','rest':[}", KEY_IN_FRONT },
        { "{'id':'a','at':'2024-03-01T04:00:00.000+00:00',", KEY_IN_FRONT },
        { "{'id':'a','at':'2024-03-01T04:00:00'}", KEY_IN_ROW },
        { "{'id':'a','at':'2024-03-01T04:00:00.5Z'}", KEY_IN_ROW },
        { "{'id':'a','at':'2024-03-01T05:00:00+01:00'}", KEY_IN_ROW },
        { "{'id':'a'}", KEY_NOT_FOUND },
        { "{'id':'','at':'x'}", KEY_NOT_FOUND },
        { "{'id':null,'at':'x'}", KEY_NOT_FOUND },
        { "{'id':true,'at':'x'}", KEY_NOT_FOUND },
        { "{'id':[1],'at':'x'}", KEY_NOT_FOUND },
        { "{'id':'a','id':'b','at':'x'}", KEY_NOT_FOUND },
        { "{'id':'a\\n','at':'x'}", KEY_NOT_FOUND },
        { "{'i\\u0064':'a','id':'b','at':'x'}", KEY_NOT_FOUND },
        { "{'id':'\xC3\xA9','at':'x'}", KEY_NOT_FOUND },
        { "{ 'id':'a','at':'x'}", KEY_NOT_FOUND },
        { "{'id': 'a','at':'x'}", KEY_NOT_FOUND },
        { "{'id':'a' ,'at':'x'}", KEY_NOT_FOUND },
        { "{'id':'a','bpm':01,'at':'x'}", KEY_NOT_FOUND },
        { "{'id':'a','bpm':,'at':'x'}", KEY_NOT_FOUND },
        { "{'id':'a','at':'x", KEY_NOT_FOUND },
        { "{'id':'a','at'", KEY_NOT_FOUND },
        { "{'id':'a','at':'x'} ", KEY_IN_FRONT },
        { "{'id':'a','at':'x','id':[]}", KEY_IN_FRONT },
        { "{'id':'a','at':'x','b':'\xFF'}", KEY_IN_FRONT },
        { "{'id':'a','at':'x','b':01}", KEY_IN_FRONT },
        { "{'id':'a','at':'x','b':1}}", KEY_IN_FRONT },
        { "{'id':'a','at':'x','b':1,}", KEY_IN_FRONT },
        { "{'id':'a','at':'x','b':1,'id':'c'}", KEY_IN_ROW },
        { "{", KEY_NOT_FOUND },
        { "", KEY_NOT_FOUND },
    };
    struct buf texts = BUF_INIT, text = BUF_INIT, instant = BUF_INIT;
    struct keyed k;

    open_layout(&k, format, "id", NULL, "at");
    k.spec.unique = NULL;
    layout_free(&k.layout);
    layout_fresh(&k.layout, &k.spec);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err e = ERR_INIT;
        struct csv_slice time;
        struct key_quick quick;
        struct line line;
        struct key key;
        enum key_found found, wanted = rows[i].found;

        /* Of two members in a record the last one counts. */
        if (format == TABLE_RAW &&
            (wanted == KEY_IN_FRONT || strstr(rows[i].line, "'id':'c'")))
            wanted = KEY_NOT_FOUND;
        buf_clear(&text);
        buf_adds(&text, rows[i].line);
        for (size_t n = 0; n < text.n; n++)
            if (text.p[n] == '\'')
                text.p[n] = '"';
        line = (struct line){ .p = buf_str(&text), .n = text.n };
        found = key_quick_json(&quick, &time, &k.layout, &line);
        if (found != wanted)
            fail_msg("%s", rows[i].line);
        if (found == KEY_NOT_FOUND)
            continue;
        if (found == KEY_IN_ROW)
            assert_int_equal(json_check(line.p, line.n, &e), 0);
        buf_clear(&texts);
        assert_int_equal(key_of_line(&key, &texts, &k.layout, &line, &e), 0);
        assert_int_equal(quick.n, key.n);
        assert_memory_equal(quick.p, texts.p + key.at, key.n);
        buf_clear(&instant);
        key_instant(&instant, time.p, time.n);
        assert_int_equal(instant.n, key.time_n);
        assert_memory_equal(instant.p, texts.p + key.time_at, key.time_n);
    }
    close_layout(&k);
    buf_free(&texts);
    buf_free(&text);
    buf_free(&instant);
}

static void
test_quick_json(void **state)
{
    (void)state;
    quick_json(TABLE_JSONL);
    quick_json(TABLE_RAW);
}

/* Random rows of a few cells: what the quick look says of their cells is what
 * the slow one does. */
static void
test_quick_cells(void **state)
{
    static const char *const cells[] = {
        "a",
        "",
        "\"a\"",
        "\"a\"\"b\"",
        "\"\"",
        "'=1",
        "'a",
        "\"'=1\"",
        "\"'a\"",
        "\"x,y\"",
        "noon",
        "5",
        "\"[1]\"",
        "\"\"\"\"",
        "2024-03-01",
        "at",
        "id",
        "\"5\n6\"",
        "\xC3\xA9 \\",
        "2024-03-01T04:00:00Z",
        "\"2024-03-01T04:00:00+00:00\"",
        "2024-03-01T04:00:00.5+01:00",
    };
    enum { N = sizeof(cells) / sizeof(cells[0]), COLUMNS = 5, ROWS = 20000 };
    static const char *const first[] = { "id", "at", "source" };
    struct buf text = BUF_INIT, texts = BUF_INIT, instant = BUF_INIT;
    struct csv_slice room[COLUMNS];
    struct csvcheck check = { .cell = room, .max = COLUMNS };
    unsigned seed = 1, quick_ones = 0;

    (void)state;
    for (int i = 0; i < ROWS; i++) {
        struct err e = ERR_INIT;
        struct csv_slice time;
        struct key_quick quick;
        struct keyed k;
        struct line line;
        struct key key;

        open_layout(&k, TABLE_CSV, first[i % 3], i % 4 ? "day" : NULL,
                    i % 5 ? "at" : NULL);
        k.spec.unique = NULL;
        layout_free(&k.layout);
        layout_fresh(&k.layout, &k.spec);
        buf_clear(&text);
        for (int c = 0; c < COLUMNS; c++) {
            seed = seed * 1103515245 + 12345;
            buf_adds(&text, c ? "," : "");
            buf_adds(&text, cells[(seed >> 16) % N]);
        }
        (void)buf_room(&text, CSVCHECK_MORE);
        line = (struct line){ .p = text.p, .n = text.n };
        assert_null(csvcheck_row(&check, line.p, line.n, &k.layout.dialect));
        assert_int_equal(check.n, COLUMNS);
        if (key_quick_cells(&quick, &time, &k.layout, room, COLUMNS)) {
            buf_clear(&texts);
            buf_clear(&instant);
            key_instant(&instant, time.p, time.n);
            assert_int_equal(key_of_line(&key, &texts, &k.layout, &line, &e),
                             0);
            if (quick.n != key.n ||
                memcmp(quick.p, texts.p + key.at, key.n) != 0)
                fail_msg("key of %s", buf_str(&text));
            if (instant.n != key.time_n ||
                memcmp(buf_str(&instant), texts.p + key.time_at, key.time_n) !=
                    0)
                fail_msg("time of %s", buf_str(&text));
            quick_ones++;
        }
        close_layout(&k);
    }
    assert_true(quick_ones > ROWS / 10);
    buf_free(&text);
    buf_free(&texts);
    buf_free(&instant);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instants),    cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_bad_lines),   cmocka_unit_test(test_blank_line),
        cmocka_unit_test(test_short_rows),  cmocka_unit_test(test_quick_json),
        cmocka_unit_test(test_quick_cells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
