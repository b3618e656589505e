/*
 * Any bytes through data/json, with cJSON as the oracle: where both accept a
 * text, they must see the same in it. And what data/json says of itself: the
 * token and the skip path agree, a cut text is called cut, text and quote are
 * inverses, a compact text says the same.
 */
#include <cjson/cJSON.h>

#include "base/err.h"
#include "data/json.h"
#include "fuzz.h"

/* cJSON reads numbers into a buffer of 64 bytes. */
enum { CJSON_NUMBER_MAX = 60 };

static unsigned
hex4(const char *p)
{
    char digits[5] = { p[0], p[1], p[2], p[3], '\0' };

    return (unsigned)strtoul(digits, NULL, 16);
}

static void
add_code(struct buf *out, unsigned code)
{
    if (code < 0x80) {
        buf_addc(out, (char)code);
    } else if (code < 0x800) {
        buf_addc(out, (char)(0xC0 | code >> 6));
        buf_addc(out, (char)(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
        buf_addc(out, (char)(0xE0 | code >> 12));
        buf_addc(out, (char)(0x80 | (code >> 6 & 0x3F)));
        buf_addc(out, (char)(0x80 | (code & 0x3F)));
    } else {
        buf_addc(out, (char)(0xF0 | code >> 18));
        buf_addc(out, (char)(0x80 | (code >> 12 & 0x3F)));
        buf_addc(out, (char)(0x80 | (code >> 6 & 0x3F)));
        buf_addc(out, (char)(0x80 | (code & 0x3F)));
    }
}

/* As cJSON has it: decoded, cut at the first NUL, bytes unchecked. False if a
 * surrogate stands alone, which cJSON refuses. */
static bool
decode(struct buf *out, const struct json_token *t)
{
    const char *p = t->p, *end = t->p + t->n;

    buf_clear(out);
    while (p < end) {
        unsigned code = (unsigned char)*p++;

        if (code != '\\') {
            buf_addc(out, (char)code);
            continue;
        }
        if (*p != 'u') {
            const char *found = strchr("b\bf\fn\nr\rt\t", *p);

            buf_addc(out, found ? found[1] : *p);
            p++;
            continue;
        }
        code = hex4(p + 1);
        p += 5;
        if (code >= 0xD800 && code <= 0xDFFF) {
            unsigned low =
                end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? hex4(p + 2) : 0;

            if (code >= 0xDC00 || low < 0xDC00 || low > 0xDFFF)
                return false;
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            p += 6;
        }
        add_code(out, code);
    }
    return true;
}

static void
same_scalar(const struct json_token *t, const cJSON *item, struct buf *b)
{
    switch (t->type) {
    case JSON_STRING:
        REQUIRE(cJSON_IsString(item));
        REQUIRE(decode(b, t));
        REQUIRE(strcmp(buf_str(b), cJSON_GetStringValue(item)) == 0);
        break;
    case JSON_NUMBER:
        REQUIRE(cJSON_IsNumber(item));
        buf_clear(b);
        buf_add(b, t->p, t->n);
        if (t->n <= CJSON_NUMBER_MAX) {
            double want = strtod(buf_str(b), NULL);
            double have = cJSON_GetNumberValue(item);

            REQUIRE(memcmp(&want, &have, sizeof(want)) == 0);
        }
        break;
    case JSON_TRUE:
        REQUIRE(cJSON_IsTrue(item));
        break;
    case JSON_FALSE:
        REQUIRE(cJSON_IsFalse(item));
        break;
    case JSON_NULL:
        REQUIRE(cJSON_IsNull(item));
        break;
    case JSON_END:
    case JSON_OBJECT:
    case JSON_OBJECT_END:
    case JSON_ARRAY:
    case JSON_ARRAY_END:
    case JSON_KEY:
        REQUIRE(t->type == JSON_NULL); /* it is no scalar */
    }
}

/* Walks the tokens of an accepted text along the tree. */
static void
same_tree(const char *text, size_t n, const cJSON *item)
{
    const cJSON *parents[JSON_DEPTH_MAX + 1];
    struct buf b = BUF_INIT;
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;
    int depth = 0;

    json_start(&j, text, n);
    while (json_next(&t, &j, &e) > 0) {
        if (t.type == JSON_OBJECT_END || t.type == JSON_ARRAY_END) {
            REQUIRE(depth > 0 && !item);
            item = parents[--depth]->next;
            continue;
        }
        REQUIRE(item);
        if (t.type == JSON_KEY) {
            REQUIRE(item->string && decode(&b, &t));
            REQUIRE(strcmp(buf_str(&b), item->string) == 0);
        } else if (t.type == JSON_OBJECT || t.type == JSON_ARRAY) {
            REQUIRE(t.type == JSON_OBJECT ? cJSON_IsObject(item)
                                          : cJSON_IsArray(item));
            parents[depth++] = item;
            item = item->child;
        } else {
            same_scalar(&t, item, &b);
            item = item->next;
        }
    }
    REQUIRE(depth == 0 && !item);
    buf_free(&b);
}

/* cJSON may refuse a good text only for one of its own limits. */
static bool
is_beyond_cjson(const char *text, size_t n)
{
    struct buf b = BUF_INIT;
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;
    bool is_beyond = false;

    json_start(&j, text, n);
    while (json_next(&t, &j, &e) > 0)
        if (((t.type == JSON_KEY || t.type == JSON_STRING) &&
             !decode(&b, &t)) ||
            (t.type == JSON_NUMBER && t.n > CJSON_NUMBER_MAX))
            is_beyond = true;
    buf_free(&b);
    return is_beyond;
}

static void
compare_with_cjson(const char *text, size_t n)
{
    cJSON *tree;

    if (is_beyond_cjson(text, n))
        return;
    tree = cJSON_ParseWithLength(text, n);
    REQUIRE(tree);
    same_tree(text, n, tree);
    cJSON_Delete(tree);
}

/* Any string's text, quoted again, says the same. */
static void
check_strings(const char *text, size_t n)
{
    struct buf first = BUF_INIT, quoted = BUF_INIT, second = BUF_INIT;
    struct err e = ERR_INIT;
    struct json_token t, again;
    struct json j, k;

    json_start(&j, text, n);
    while (json_next(&t, &j, &e) > 0) {
        if (t.type != JSON_KEY && t.type != JSON_STRING)
            continue;
        buf_clear(&first);
        buf_clear(&quoted);
        buf_clear(&second);
        json_text(&first, &t);
        json_quote(&quoted, first.p, first.n);
        json_start(&k, quoted.p, quoted.n);
        REQUIRE(json_next(&again, &k, &e) == 1);
        REQUIRE(again.type == JSON_STRING && again.n == quoted.n - 2);
        REQUIRE(!(again.flags & JSON_BAD_UTF8));
        json_text(&second, &again);
        REQUIRE(first.n == second.n);
        REQUIRE(!first.n || memcmp(first.p, second.p, first.n) == 0);
    }
    buf_free(&first);
    buf_free(&quoted);
    buf_free(&second);
}

static void
check_compact(const char *text, size_t n)
{
    struct buf once = BUF_INIT, twice = BUF_INIT;
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;

    json_start(&j, text, n);
    REQUIRE(json_next(&t, &j, &e) == 1 && json_skip(&t, &j, &e) == 0);
    json_compact(&once, &t);
    json_start(&j, once.p, once.n);
    REQUIRE(json_next(&t, &j, &e) == 1 && json_skip(&t, &j, &e) == 0);
    REQUIRE(!(t.flags & (JSON_SPACED | JSON_BAD_UTF8)));
    json_compact(&twice, &t);
    REQUIRE(once.n == twice.n && memcmp(once.p, twice.p, once.n) == 0);
    buf_free(&once);
    buf_free(&twice);
}

static enum err_kind
check_by_token(const char *text, size_t n)
{
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;
    int rc;

    json_start(&j, text, n);
    while ((rc = json_next(&t, &j, &e)) > 0) {
        REQUIRE(t.p >= text && t.p + t.n <= text + n);
        REQUIRE(j.p >= text && j.p <= text + n && j.depth <= JSON_DEPTH_MAX);
    }
    REQUIRE((rc == 0) == (e.kind == ERR_NONE));
    return e.kind;
}

static void
check_quote(const char *bytes, size_t n)
{
    struct buf quoted = BUF_INIT;
    struct err e = ERR_INIT;

    json_quote(&quoted, bytes, n);
    REQUIRE(json_check(quoted.p, quoted.n, &e) == 0);
    buf_free(&quoted);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct err e = ERR_INIT;
    struct json_token t;
    bool is_good = json_check(text, size, &e) == 0;

    REQUIRE(is_good == (e.kind == ERR_NONE));
    REQUIRE(is_good || e.kind == ERR_DATA || e.kind == ERR_CUT);
    REQUIRE(check_by_token(text, size) == e.kind);
    check_quote(text, size);
    if (!is_good) {
        (void)json_at(&t, text, size, "a.b", &e);
        return 0;
    }
    compare_with_cjson(text, size);
    check_strings(text, size);
    check_compact(text, size);
    REQUIRE(json_at(&t, text, size, "a.b", &e) >= 0);
    if (text[size - 1] == '}' || text[size - 1] == ']' ||
        text[size - 1] == '"') {
        size_t cut = (size_t)data[size / 2] % size;

        REQUIRE(json_check(text, cut, &e) < 0 && e.kind == ERR_CUT);
    }
    return 0;
}
