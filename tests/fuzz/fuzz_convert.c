/*
 * Any bytes as a table in one format, converted to the other and back, twice
 * (store/convert): each way gives the same bytes every time, and the values of
 * the JSON lines that were given are in the ones that come out, with their
 * types and digits.
 *
 * The first byte chooses JSON lines or CSV.
 */
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "data/columns.h"
#include "data/json.h"
#include "fuzz.h"
#include "store/convert.h"

static int
take_nothing(void *user, struct err *e)
{
    (void)user;
    (void)e;
    return 0;
}

/* The last one that was refused has a row that is its header. */
static bool had_header_again;

/* Adds p in the other format to out; false if it is not one of these. */
static bool
convert(struct buf *out, struct columns *columns, const char *p, size_t n,
        enum table_format from)
{
    struct convert_sink sink = { .b = out, .put = take_nothing };
    struct convert c = { .path = "table",
                         .fd = scratch_fd(p, n),
                         .from = from,
                         .to = from == TABLE_CSV ? TABLE_JSONL : TABLE_CSV,
                         .columns = columns };
    struct err e = ERR_INIT, again = ERR_INIT;
    int64_t rows = 0;

    buf_clear(out);
    if (convert_check(&c, &e) < 0) {
        REQUIRE(e.kind == ERR_DATA || e.kind == ERR_FILE);
        had_header_again = strstr(e.text, "header is there again");
        return false;
    }
    REQUIRE(convert_run(&rows, &c, &sink, &again) == 0);
    return true;
}

/* --- what JSON lines say -------------------------------------------------- */

static const char *
line_end(const char *p, const char *end)
{
    const char *stop = memchr(p, '\n', (size_t)(end - p));

    return stop ? stop : end;
}

/* The value in the form that may be compared: strings by their text. */
static void
add_value(struct buf *out, const struct json_token *t)
{
    if (t->type != JSON_STRING) {
        json_compact(out, t);
        return;
    }
    buf_addc(out, '"');
    json_text(out, t);
}

/* True if the line is an object with a value other than null under that name;
 * the last one counts. */
static bool
find_value(struct buf *value, const char *p, size_t n, const struct buf *name)
{
    struct buf text = BUF_INIT;
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;
    bool is_found = false;

    json_start(&j, p, n);
    REQUIRE(json_next(&t, &j, &e) == 1 && t.type == JSON_OBJECT);
    while (json_next(&t, &j, &e) == 1 && t.type == JSON_KEY) {
        buf_clear(&text);
        json_text(&text, &t);
        REQUIRE(json_next(&t, &j, &e) == 1 && json_skip(&t, &j, &e) == 0);
        if (text.n != name->n || memcmp(buf_str(&text), name->p, text.n) != 0)
            continue;
        is_found = t.type != JSON_NULL;
        buf_clear(value);
        add_value(value, &t);
    }
    buf_free(&text);
    return is_found;
}

/* Objects in objects are flattened: their columns are not looked for here. */
static bool
has_inner(const char *p, size_t n)
{
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;
    bool has = false;

    json_start(&j, p, n);
    REQUIRE(json_next(&t, &j, &e) == 1);
    while (json_next(&t, &j, &e) == 1 && t.type == JSON_KEY) {
        REQUIRE(json_next(&t, &j, &e) == 1 && json_skip(&t, &j, &e) == 0);
        has = has || t.type == JSON_OBJECT;
    }
    return has;
}

/* Each value of line a is in line b. */
static void
check_values(const char *a, size_t an, const char *b, size_t bn)
{
    struct buf name = BUF_INIT, want = BUF_INIT, have = BUF_INIT;
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;

    json_start(&j, a, an);
    REQUIRE(json_next(&t, &j, &e) == 1);
    while (json_next(&t, &j, &e) == 1 && t.type == JSON_KEY) {
        bool is_there;

        buf_clear(&name);
        buf_clear(&want);
        buf_clear(&have);
        json_text(&name, &t);
        (void)buf_str(&name);
        is_there = find_value(&want, a, an, &name);
        REQUIRE(find_value(&have, b, bn, &name) == is_there);
        if (is_there)
            REQUIRE_SAME(want.p, want.n, have.p, have.n);
        REQUIRE(json_next(&t, &j, &e) == 1 && json_skip(&t, &j, &e) == 0);
    }
    buf_free(&name);
    buf_free(&want);
    buf_free(&have);
}

static void
check_lines(const char *a, size_t an, const struct buf *b)
{
    const char *p = a, *end = a + an;
    const char *q = b->p, *stop = b->p + b->n;

    while (p < end) {
        const char *p_end = line_end(p, end);
        size_t n = (size_t)(p_end - p);

        if (n > 0 && p[n - 1] == '\r')
            n--;
        if (n > 0) {
            const char *q_end = line_end(q, stop);
            size_t qn = (size_t)(q_end - q);

            REQUIRE(q < stop);
            if (!has_inner(p, n)) {
                check_values(p, n, q, qn);
                check_values(q, qn, p, n);
            }
            q = q_end + 1;
        }
        p = p_end + 1;
    }
    REQUIRE(b->n == 0 || q == stop);
}

/* The table as CSV of ours: escapes that need none are gone. */
static bool
make_csv(struct buf *csv, const char *p, size_t n, enum table_format from)
{
    struct columns *columns = columns_new();
    struct buf lines = BUF_INIT;
    bool is_good = true;

    if (from == TABLE_CSV)
        is_good = convert(&lines, columns, p, n, TABLE_CSV);
    else
        buf_add(&lines, p, n);
    is_good =
        is_good && convert(csv, columns, buf_str(&lines), lines.n, TABLE_JSONL);
    REQUIRE(is_good || from == TABLE_JSONL || lines.n == 0);
    is_good = is_good && columns_n(columns) > 0;
    columns_free(columns);
    buf_free(&lines);
    return is_good;
}

/* Rows with a value: with one column, one without is an empty line. */
static void
check_csv(struct buf *lines, const struct buf *csv)
{
    struct columns *columns = columns_new();
    struct buf again = BUF_INIT, back = BUF_INIT;

    if (!convert(lines, columns, csv->p, csv->n, TABLE_CSV)) {
        REQUIRE(had_header_again); /* values may be called as columns are */
        columns_free(columns);
        buf_clear(lines);
        return;
    }
    REQUIRE(convert(&back, columns, lines->p, lines->n, TABLE_JSONL));
    if (columns_n(columns) > 1)
        REQUIRE_SAME(csv->p, csv->n, back.p, back.n);
    REQUIRE(convert(&again, columns, back.p, back.n, TABLE_CSV));
    REQUIRE_SAME(lines->p, lines->n, again.p, again.n);
    if (columns_n(columns) == 1)
        buf_clear(lines);
    columns_free(columns);
    buf_free(&again);
    buf_free(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data + 1;
    struct buf csv = BUF_INIT, lines = BUF_INIT;
    enum table_format from;

    if (size == 0)
        return 0;
    log_set_level(LOG_QUIET);
    from = data[0] & 1 ? TABLE_CSV : TABLE_JSONL;
    if (make_csv(&csv, p, size - 1, from)) {
        check_csv(&lines, &csv);
        if (from == TABLE_JSONL && lines.n > 0)
            check_lines(p, size - 1, &lines);
    }
    buf_free(&csv);
    buf_free(&lines);
    return 0;
}
