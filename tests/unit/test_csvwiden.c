#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "data/csvtext.h"
#include "data/csvwiden.h"

/* Rows made wider many at once are what they are one by one. */

typedef size_t widen_fn(struct buf *out, const char *p, size_t n,
                        const struct csvwiden *w);

static widen_fn *const ways[] = { csvwiden_rows, csvwiden_rows_anywhere };

/* A row without its line end, made wider; false: it is not easy. */
static bool
widen_one(struct buf *out, const char *p, size_t n, const struct csvwiden *w)
{
    size_t cells = csv_cells(p, n, w->dialect);

    if (n == 0 || cells > w->from)
        return false;
    buf_add(out, p, n);
    for (; cells < w->to; cells++)
        buf_addc(out, w->dialect->delimiter);
    buf_adds(out, w->dialect->crlf ? "\r\n" : "\n");
    return true;
}

/* Checks n bytes that were taken; returns how many rows they are. */
static size_t
check(const struct buf *have, const char *p, size_t n, const struct csvwiden *w)
{
    const char *stop, *end = p + n;
    struct buf want = BUF_INIT;
    size_t rows = 0;

    for (; p < end; p = stop + 1) {
        stop = csv_row_end(p, end, w->dialect);
        assert_non_null(stop);
        n = (size_t)(stop - p);
        n -= n > 0 && p[n - 1] == '\r';
        assert_true(widen_one(&want, p, n, w));
        rows++;
    }
    if (want.n != have->n || memcmp(buf_str(&want), have->p, want.n) != 0)
        fail_msg("'%s'\ninstead of\n'%s'", have->p, want.p);
    buf_free(&want);
    return rows;
}

/* A row among easy ones. The rows in the 64 bytes before a quote that is odd
 * may be left to the caller, too. */
static void
test_stops(void **state)
{
    enum { BEFORE = 200, BEHIND = 100, BLOCK_ROWS = 8 };
    static const struct {
        const char *name, *row;
        bool is_easy;
    } rows[] = {
        { "a row as the others", "1,2,3\n", true },
        { "a short one", "1\n", true },
        { "empty cells", ",,\n", true },
        { "CR LF", "1,2,3\r\n", true },
        { "two CR", "1,2,3\r\r\n", true },
        { "a CR in it", "1,\r2,3\n", true },
        { "a quoted cell", "1,\"2,3,4,5\",3\n", true },
        { "line feeds in quotes", "1,\"2\n3,\n4\",3\n", true },
        { "quotes in quotes", "\"\"\"\"\"\",\"\n\"\"\",\"\"\n", true },
        { "text behind quotes", "1,\"2\"3,4\n", true },
        { "a long one",
          "1,\"...........................................................\n"
          ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n"
          "\",3\n",
          true },
        { "a blank line", "\n", false },
        { "a blank line with CR LF", "\r\n", false },
        { "a cell too many", "1,2,3,\n", false },
        { "a quote in a cell", "1,2\",3\n", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) * 2; i++) {
        static const struct csv_dialect commas = CSV_DIALECT_INIT;
        const struct csvwiden w = { &commas, 3, 5 };
        struct buf text = BUF_INIT, out = BUF_INIT;
        size_t n, taken;

        for (int k = 0; k < BEFORE; k++)
            buf_addf(&text, "%d,b,c\n", k);
        buf_adds(&text, rows[i / 2].row);
        for (int k = 0; k < BEHIND; k++)
            buf_adds(&text, "a,b,c\n");
        taken = ways[i % 2](&out, buf_str(&text), text.n, &w);
        n = check(&out, text.p, taken, &w);
        if (rows[i / 2].is_easy ? n <= BEFORE + 1
                                : n > BEFORE || n < BEFORE - BLOCK_ROWS)
            fail_msg("%s: %zu rows", rows[i / 2].name, n);
        buf_free(&text);
        buf_free(&out);
    }
}

static uint32_t
pick(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 16) % n;
}

/* Cells of all kinds; the first ones are the most frequent. */
static void
make(struct buf *b, uint32_t *seed, const struct csv_dialect *d)
{
    static const char *const cells[] = {
        "",
        "x",
        "2024-01-01",
        "a longer one, of some words",
        "\"\"",
        "\"\n\"",
        "\"a;b,\"\"c\"",
        "\"\r\n\"",
        "\"x\"\"y",
        "\"closed\"",
        "odd\"quote",
        "\"a\"b\"c",
    };
    uint32_t kinds = 2 + pick(seed, 11), rows = pick(seed, 200);
    uint32_t odd = 1 + pick(seed, 30);

    buf_clear(b);
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t n = pick(seed, odd) ? 4 : pick(seed, 7);

        for (uint32_t k = 0; k < n; k++) {
            if (k > 0)
                buf_addc(b, d->delimiter);
            buf_adds(b, cells[pick(seed, kinds)]);
        }
        buf_adds(b, pick(seed, odd) || !d->crlf ? "\n" : "\r\n");
    }
}

/* As a rewrite does it: what is not easy is taken one by one. */
static void
check_all(size_t *easy, const char *p, size_t n, const struct csvwiden *w,
          widen_fn *widen)
{
    const char *end = p + n, *stop;
    struct buf out = BUF_INIT;

    while (p < end) {
        buf_clear(&out);
        n = widen(&out, p, (size_t)(end - p), w);
        *easy += check(&out, p, n, w);
        stop = csv_row_end(p + n, end, w->dialect);
        if (!stop)
            break;
        p = stop + 1;
    }
    buf_free(&out);
}

static void
test_any(void **state)
{
    struct buf text = BUF_INIT;
    uint32_t seed = 1;
    size_t easy = 0;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        const struct csv_dialect d = { .delimiter = ",;"[pick(&seed, 2)],
                                       .crlf = pick(&seed, 2) };
        struct csvwiden w = { &d, 1 + pick(&seed, 6), 0 };

        w.to = w.from + pick(&seed, 40);
        make(&text, &seed, &d);
        check_all(&easy, buf_str(&text), text.n, &w, ways[i % 2]);
    }
    assert_true(easy > 50000);
    buf_free(&text);
}

/* A few bytes become very many. */
static void
test_very_wide(void **state)
{
    static const struct csv_dialect commas = CSV_DIALECT_INIT;
    const struct csvwiden w = { &commas, 1, 5000 };
    struct buf text = BUF_INIT;
    size_t easy = 0;

    (void)state;
    for (int k = 0; k < 1000; k++)
        buf_adds(&text, "a\n");
    check_all(&easy, buf_str(&text), text.n, &w, csvwiden_rows);
    assert_true(easy > 100);
    buf_free(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_any),
        cmocka_unit_test(test_very_wide),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
