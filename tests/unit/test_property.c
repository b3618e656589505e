/*
 * Random JSON objects with everything that is hard: flattened to CSV in every
 * profile, JSON lines and raw lines, and read back, they must be the same
 * objects (absent = null, key order aside); and CSV in one profile made of CSV
 * in another must be what is made of the object. They are compared as sorted
 * lists of leaves, each with the keys that lead to it, in a form that is made
 * here, not in src/.
 */
#include <stdio.h>

#include "data/csvtext.h"
#include "data/utf8.h"
#include "rowmaker.h"
#include "store/layout.h"

enum { OBJECTS = 24000, KEEP_COLUMNS = 40, DEPTH = 4 };

static uint64_t seed = 20240301;

static uint32_t
dice(uint32_t sides)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(seed >> 33) % sides;
}

#define ANY(list) list[dice(sizeof(list) / sizeof(list[0]))]

static void
add_blank(struct buf *out)
{
    static const char *const blanks[] = {
        "", "", "", "", "", " ", "\n\t", "\r"
    };

    buf_adds(out, ANY(blanks));
}

#define LONG                                                                   \
    "long text, to be copied in pieces of sixteen bytes and of sixty-four, "   \
    "\\\"with\\\" quotes in it"

static void
add_string(struct buf *out)
{
    static const char *const pieces[] = {
        "5",
        "-1.5e3",
        "true",
        "false",
        "null",
        "[1]",
        "[1,2]",
        "{}",
        "[]",
        " ",
        "\\t",
        "\\n",
        "\\r",
        ",",
        ";",
        "\\\"",
        "'",
        "\\\\",
        "\\\\\\\\",
        "u0041",
        "\\u0000",
        "\\u001f",
        "\\ud83d",
        "\\ude00",
        "\xC3\xA9",
        "\\u005b",
        "\\u007B",
        "[",
        "]",
        "{",
        "x",
        "0",
        "\\/",
        "\x7F",
        "\\ud83d\\ude00",
        "\xF0\x9F\x98\x80",
        "\xFF",
        "\xC3",
        "\\u00E9",
        "u",
        "{\\\"a\\\":1}",
        "\\b",
        "\\f",
        LONG,
        "=1+1",
        "@",
        "1234567890123456",
        "\\u005c",
        "-",
        ".",
        "E5",
        "00e9",
    };
    uint32_t n = dice(5);

    buf_addc(out, '"');
    while (n-- > 0)
        buf_adds(out, ANY(pieces));
    buf_addc(out, '"');
}

static void
add_scalar(struct buf *out)
{
    static const char *const scalars[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "75.0",
        "1e-7",
        "9007199254740993",
        "12345678901234567890",
        "-1E+5",
        "0.10e0",
        "{}",
        "[]",
        "{ }",
        "[ ]",
        "\"\"",
    };

    if (dice(2))
        add_string(out);
    else
        buf_adds(out, ANY(scalars));
}

static void
add_list(struct buf *out, int depth)
{
    uint32_t n = dice(4);

    buf_addc(out, '[');
    add_blank(out);
    for (uint32_t i = 0; i < n; i++) {
        buf_adds(out, i ? "," : "");
        add_blank(out);
        if (depth < DEPTH && dice(4) == 0)
            add_list(out, depth + 1);
        else if (dice(6) == 0)
            buf_adds(out, "{\"k\" :1, \"k\":[ ]}");
        else
            add_scalar(out);
        add_blank(out);
    }
    buf_addc(out, ']');
}

/* No two of them mean the same. */
static const char *const keys[] = {
    "a",    "b",       "id",        "a.b",     "a\\\\b",   "",
    ".",    "\\u0000", "\\\\u0000", "\\u00e9", "x,y",      "q\\\"q",
    " s",   "\\n",     "\\ud83d",   "1",       "true",     "\xF0\x9F\x98\x80",
    "\\\\", "\\\\.",   "_reason",   "a b",     "\xE2\x82", "b\\/c",
};
enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

static void
add_object(struct buf *out, int depth)
{
    uint32_t first = dice(KEYS), n = dice(6), by = dice(2) ? 5 : 7;

    buf_addc(out, '{');
    add_blank(out);
    for (uint32_t i = 0; i < n; i++) { /* 5 and 7 have no factor in KEYS */
        buf_addf(out, "%s\"%s\"", i ? "," : "", keys[(first + i * by) % KEYS]);
        add_blank(out);
        buf_addc(out, ':');
        add_blank(out);
        if (depth < DEPTH && dice(4) == 0)
            add_object(out, depth + 1);
        else if (dice(5) == 0)
            add_list(out, depth);
        else
            add_scalar(out);
        add_blank(out);
    }
    buf_addc(out, '}');
}

/* ------------------------------------------------------------------ */

static unsigned
hex4(const char *p)
{
    char digits[5] = { p[0], p[1], p[2], p[3], '\0' };

    return (unsigned)strtoul(digits, NULL, 16);
}

/* The UTF-16 units that a string stands for, in hex. */
static void
add_units(struct buf *out, const char *p, const char *end)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";

    while (p < end) {
        size_t n = utf8_len(p, end);
        unsigned code = (unsigned char)*p;

        if (*p == '\\' && p[1] == 'u') {
            buf_addf(out, "%x ", hex4(p + 2));
            p += 6;
            continue;
        }
        if (*p == '\\') {
            const char *found = strchr(from, p[1]);

            code =
                found ? (unsigned char)to[found - from] : (unsigned char)p[1];
            buf_addf(out, "%x ", code);
            p += 2;
            continue;
        }
        if (n == 0)
            code = 0xFFFD;
        if (n > 1)
            code &= 0xFFU >> (n + 1);
        for (size_t i = 1; i < n; i++)
            code = code << 6 | ((unsigned char)p[i] & 0x3F);
        if (code > 0xFFFF)
            buf_addf(out, "%x ", 0xD800 + ((code - 0x10000) >> 10));
        if (code > 0xFFFF)
            code = 0xDC00 + ((code - 0x10000) & 0x3FF);
        buf_addf(out, "%x ", code);
        p += n ? n : 1;
    }
}

/* A list as it was received, without blanks outside strings and with U+FFFD
 * for bytes that are no UTF-8. */
static void
add_squeezed(struct buf *out, const char *p, const char *end)
{
    bool is_inside = false;

    while (p < end) {
        size_t n = utf8_len(p, end);

        if (is_inside && *p == '\\') {
            buf_add(out, p, 2);
            p += 2;
            continue;
        }
        is_inside ^= *p == '"';
        if (n == 0)
            buf_adds(out, UTF8_BAD);
        else if (is_inside || !strchr(" \n\r\t", *p))
            buf_add(out, p, n);
        p += n ? n : 1;
    }
}

static void
add_leaf(struct list *leaves, struct buf *path, const struct json_token *t)
{
    size_t before = path->n;

    buf_addc(path, '=');
    if (t->type == JSON_STRING)
        buf_addc(path, '"');
    if (t->type == JSON_STRING)
        add_units(path, t->p, t->p + t->n);
    else
        add_squeezed(path, t->p, t->p + t->n);
    if (t->type != JSON_NULL)
        list_add(leaves, buf_str(path));
    path->n = before;
}

static void
add_key(struct buf *path, const char *p, size_t n)
{
    buf_addc(path, '/');
    add_units(path, p, p + n);
}

/* The leaves of an object behind its opening brace. */
static void
add_leaves(struct list *leaves, struct json *j)
{
    static const struct json_token empty = { JSON_OBJECT, 0, "{}", 2 };
    struct buf path = BUF_INIT;
    struct err e = ERR_INIT;
    struct json_token t;
    size_t at[DEPTH + 3];
    int depth = 0;
    bool is_fresh = false;

    while (json_next(&t, j, &e) == 1) {
        if (t.type == JSON_OBJECT_END && is_fresh)
            add_leaf(leaves, &path, &empty);
        if (t.type == JSON_OBJECT_END && depth == 0)
            break;
        is_fresh = false;
        if (t.type == JSON_OBJECT_END) {
            path.n = at[--depth];
            continue;
        }
        at[depth] = path.n;
        add_key(&path, t.p, t.n);
        assert_int_equal(json_next(&t, j, &e), 1);
        if (t.type == JSON_OBJECT) {
            depth++;
            is_fresh = true;
            continue;
        }
        assert_int_equal(json_skip(&t, j, &e), 0);
        add_leaf(leaves, &path, &t);
        path.n = at[depth];
    }
    assert_int_equal(e.kind, ERR_NONE);
    buf_free(&path);
}

static void
leaves_of(struct list *leaves, const char *p, size_t n)
{
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;

    json_start(&j, p, n);
    assert_int_equal(json_next(&t, &j, &e), 1);
    add_leaves(leaves, &j);
    assert_int_equal(json_next(&t, &j, &e), 0);
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
sort(struct list *l)
{
    if (l->n > 0)
        qsort(l->item, l->n, sizeof(*l->item), by_text);
}

static void
assert_same(struct list *want, struct list *have, const char *what,
            const char *object, const char *text)
{
    sort(have);
    for (size_t i = 0; i < want->n || i < have->n; i++) {
        const char *a = i < want->n ? want->item[i] : "(nothing)";
        const char *b = i < have->n ? have->item[i] : "(nothing)";

        if (strcmp(a, b) != 0)
            fail_msg("%s: %s instead of %s\n%s\n%s", what, b, a, object, text);
    }
    list_free(have);
}

/* ------------------------------------------------------------------ */

/* A column's name as keys again: cut at dots, backslashes undone. */
static void
unflatten_name(struct buf *path, const char *name)
{
    struct buf key = BUF_INIT, quoted = BUF_INIT;

    for (bool is_last = false; !is_last; name++) {
        is_last = *name == '\0';
        if (*name == '\\') {
            buf_addc(&key, *++name);
            continue;
        }
        if (*name && *name != '.') {
            buf_addc(&key, *name);
            continue;
        }
        json_quote(&quoted, buf_str(&key), key.n);
        add_key(path, quoted.p + 1, quoted.n - 2);
        buf_clear(&key);
        buf_clear(&quoted);
    }
    buf_free(&key);
    buf_free(&quoted);
}

static void
add_flat(struct list *leaves, const char *name, const char *p, size_t n)
{
    struct buf path = BUF_INIT;
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;

    unflatten_name(&path, name);
    json_start(&j, p, n);
    if (json_next(&t, &j, &e) != 1 || json_skip(&t, &j, &e) < 0)
        fail_msg("%.*s: %s", (int)n, p, e.text);
    add_leaf(leaves, &path, &t);
    assert_int_equal(json_next(&t, &j, &e), 0);
    buf_free(&path);
}

static void
leaves_of_csv(struct list *leaves, const char *p, const char *end,
              const struct list *names, const struct csv_dialect *d)
{
    struct buf value = BUF_INIT;

    for (size_t i = 0; p; i++) {
        struct csv_slice cell = csv_take(&p, end, d);

        buf_clear(&value);
        csv_cell_json(&value, &cell, d);
        assert_true(i < names->n || (i == 0 && cell.n == 0));
        if (i < names->n)
            add_flat(leaves, names->item[i], buf_str(&value), value.n);
    }
    buf_free(&value);
}

static void
leaves_of_jsonl(struct list *leaves, const char *p, size_t n)
{
    struct buf name = BUF_INIT;
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;

    json_start(&j, p, n);
    assert_int_equal(json_next(&t, &j, &e), 1);
    while (json_next(&t, &j, &e) == 1 && t.type == JSON_KEY) {
        buf_clear(&name);
        json_text(&name, &t);
        assert_int_equal(json_next(&t, &j, &e), 1);
        assert_int_equal(json_skip(&t, &j, &e), 0);
        assert_true(t.type != JSON_NULL);
        add_flat(leaves, buf_str(&name), t.p - (t.type == JSON_STRING),
                 t.n + (t.type == JSON_STRING ? 2 : 0));
    }
    assert_int_equal(t.type, JSON_OBJECT_END);
    assert_int_equal(json_next(&t, &j, &e), 0);
    buf_free(&name);
}

/* CSV in the three profiles, then the others. */
enum { PROFILES = 3, TABLES = PROFILES + 2 };

struct tables {
    struct maker m;
    struct table_spec spec[TABLES];
    struct layout layout[TABLES];
};

static void
open_tables(struct tables *t, char delimiter)
{
    static const enum table_format formats[] = { TABLE_CSV, TABLE_CSV,
                                                 TABLE_CSV, TABLE_JSONL,
                                                 TABLE_RAW };

    (void)maker_init(&t->m, "");
    for (int i = 0; i < TABLES; i++) {
        t->spec[i] = (struct table_spec){
            .path = "t",
            .format = formats[i],
            .profile = (enum csv_profile)(i < PROFILES ? i : 0),
            .columns = t->m.columns,
        };
        layout_fresh(&t->layout[i], &t->spec[i]);
        t->layout[i].dialect.delimiter = delimiter;
    }
}

static void
close_tables(struct tables *t)
{
    for (int i = 0; i < TABLES; i++)
        layout_free(&t->layout[i]);
    maker_free(&t->m);
}

/* The header, with a first column that has a name as tables do. */
static void
read_names(struct list *names, struct tables *t, struct layout *l)
{
    struct buf header = BUF_INIT;
    struct err e = ERR_INIT;
    size_t n;

    layout_fit(l);
    l->dialect.bom = false; /* not in front of the first name */
    buf_addf(&header, "id%c", l->dialect.delimiter);
    layout_add_header(&header, l, l->n);
    n = header.n - 1 - l->dialect.crlf;
    assert_ptr_equal(csv_row_end(header.p, header.p + header.n, &l->dialect),
                     header.p + header.n - 1);
    assert_int_equal(csv_header(names, header.p, n, &l->dialect, &e), 0);
    free(names->item[0]);
    names->n--;
    memmove(names->item, names->item + 1, names->n * sizeof(*names->item));
    if (l->n == 0)
        free(names->item[--names->n]); /* an empty name is none here */
    assert_int_equal(names->n, l->n);
    for (size_t i = 0; i < names->n; i++)
        assert_string_equal(names->item[i], columns_name(t->m.columns, i));
    buf_free(&header);
}

static void
check_csv(struct tables *t, struct layout *l, struct list *want,
          const char *object)
{
    struct list have = LIST_INIT, names = LIST_INIT;
    struct buf row = BUF_INIT;

    (void)layout_add_row(&row, l, &t->m.row);
    read_names(&names, t, l);
    buf_addc(&row, '\n');
    (void)buf_str(&row);
    assert_ptr_equal(csv_row_end(row.p, row.p + row.n, &l->dialect),
                     row.p + row.n - 1);
    leaves_of_csv(&have, row.p, row.p + row.n - 1, &names, &l->dialect);
    assert_same(want, &have, profile_word(l->dialect.profile), object,
                buf_str(&row));
    list_free(&names);
    buf_free(&row);
}

/* A row of one profile's table made into one of another's, cell by cell. */
static void
check_recast(struct tables *t, struct layout *from, struct layout *to)
{
    struct buf row = BUF_INIT, want = BUF_INIT, have = BUF_INIT;
    const char *p, *end;

    (void)layout_add_row(&row, from, &t->m.row);
    (void)layout_add_row(&want, to, &t->m.row);
    p = buf_str(&row);
    end = p + row.n;
    while (p) {
        struct csv_slice cell = csv_take(&p, end, &from->dialect);

        csv_add_slice(&have, &cell, &from->dialect, &to->dialect);
        if (p)
            buf_addc(&have, to->dialect.delimiter);
    }
    assert_string_equal(buf_str(&have), buf_str(&want));
    buf_free(&row);
    buf_free(&want);
    buf_free(&have);
}

static void
check_object(struct tables *t, struct buf *object)
{
    struct list want = LIST_INIT, have = LIST_INIT;
    const char *text = buf_str(object);
    struct buf row = BUF_INIT;
    struct layout *l = t->layout + PROFILES;
    struct err e = ERR_INIT;

    leaves_of(&want, text, object->n);
    sort(&want);
    if (flatten_text(&t->m, text, object->n, &e) < 0)
        fail_msg("%s: %s", text, e.text);
    assert_int_equal(t->m.row.raw_n, object->n);

    for (int i = 0; i < PROFILES; i++)
        check_csv(t, &t->layout[i], &want, text);
    for (int i = 0; i < PROFILES; i++)
        check_recast(t, &t->layout[i], &t->layout[dice(PROFILES)]);

    (void)layout_add_row(&row, &l[0], &t->m.row);
    assert_null(memchr(row.p, '\n', row.n));
    if (want.n > 0)
        leaves_of_jsonl(&have, row.p, row.n);
    assert_same(&want, &have, "JSON lines", text, buf_str(&row));

    buf_clear(&row);
    (void)layout_add_row(&row, &l[1], &t->m.row);
    assert_null(memchr(row.p, '\n', row.n));
    leaves_of(&have, row.p, row.n);
    assert_same(&want, &have, "raw", text, buf_str(&row));

    list_free(&want);
    buf_free(&row);
}

static void
test_round_trip(void **state)
{
    static const char delimiters[] = ",,,;\t";
    struct tables t;
    struct buf object = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < OBJECTS; i++) {
        if (i % KEEP_COLUMNS == 0)
            open_tables(&t, delimiters[dice(5)]);
        buf_clear(&object);
        add_object(&object, 0);
        check_object(&t, &object);
        if (i % KEEP_COLUMNS == KEEP_COLUMNS - 1)
            close_tables(&t);
    }
    buf_free(&object);
}

/* Any text as a cell is one cell, and that text again. */
static void
test_plain_text(void **state)
{
    static const char *const pieces[] = { ",", ";",  "\"", "\n", "\r",      " ",
                                          "x", "\t", "[",  "1",  "\xC3\xA9" };
    static const struct csv_dialect dialects[] = { { .delimiter = ',' },
                                                   { .delimiter = ';' },
                                                   { .delimiter = '\t' } };
    struct buf text = BUF_INIT, row = BUF_INIT, back = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < OBJECTS; i++) {
        const struct csv_dialect *d = &ANY(dialects);
        const char *p;
        struct csv_slice cell;

        buf_clear(&text);
        buf_clear(&row);
        buf_clear(&back);
        for (uint32_t n = dice(100); n > 0; n--)
            buf_adds(&text, ANY(pieces));
        csv_add_text(&row, buf_str(&text), text.n, d);
        buf_addc(&row, d->delimiter);
        csv_add_text(&row, buf_str(&text), text.n, d);
        buf_addc(&row, '\n');
        p = row.p;
        (void)buf_str(&text);
        assert_ptr_equal(csv_row_end(p, p + row.n, d), p + row.n - 1);
        for (int k = 0; k < 2; k++) {
            cell = csv_take(&p, row.p + row.n - 1, d);
            buf_clear(&back);
            csv_cell_text(&back, &cell);
            assert_string_equal(buf_str(&back), buf_str(&text));
        }
        assert_null(p);
    }
    buf_free(&text);
    buf_free(&row);
    buf_free(&back);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_plain_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
