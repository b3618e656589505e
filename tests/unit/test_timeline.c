#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/tm.h"
#include "store/coverage.h"
#include "store/key.h"
#include "store/timeline.h"

static unsigned seed = 1;

static unsigned
any(unsigned n)
{
    seed = seed * 1103515245 + 12345;
    return (seed >> 16) % n;
}

/* A time as one may stand in a file, or nearly. */
static void
make_time(char out[80])
{
    static const char *const ends[] = {
        "Z",        "+00:00",
        "+02:00",   "-0500",
        "",         ".000Z",
        ".5+01:00", "x",
        ".25",      "z",
        "+25:00",   ".123456789012345678901234567890123456789012345678Z",
    };
    static const char *const odd[] = {
        "",
        "noon",
        "2024-03-01",
        "2024-02-30",
        "0000-01-01",
        "9999-12-31",
        "1600-01-01T00:00:00Z",
        "abcd-xxxxxTyyyyyyyyZ",
        "2300-01-01T00:00:00+01:00",
        "20240301",
        "2024-03-0",
    };
    unsigned hour = any(25), minute = any(61), second = any(8) ? any(60) : 60;

    if (!any(6)) {
        (void)snprintf(out, 80, "%s", odd[any(sizeof(odd) / sizeof(*odd))]);
        return;
    }
    if (any(3)) { /* mostly, few are wrong */
        hour %= 24;
        minute %= 60;
    }
    (void)snprintf(out, 80, "2024-%02u-%02u%c%02u:%02u:%02u%s", 2 + any(2),
                   1 + any(30), any(20) ? 'T' : ' ', hour, minute, second,
                   ends[any(4) ? 0 : any(sizeof(ends) / sizeof(*ends))]);
    if (!any(40))
        out[any((unsigned)strlen(out))] = "0:9Tx-/"[any(7)];
}

/* What a key says of the same times. */
struct slow {
    const struct coverage *coverage;
    int64_t slack;
    int64_t before;
};

static unsigned
slow_add(struct slow *s, const struct buf *instant)
{
    const char *p = instant->p;
    size_t n = instant->n, m = n < 19 ? n : 19;
    int64_t at = key_nanoseconds(p, n);
    bool is_in = n == 0 || s->coverage->n == 0;
    unsigned what = at < s->before ? TIMELINE_EARLIER : 0;

    for (size_t i = 0; i < s->coverage->n && !is_in; i++) {
        char from[21], to[21];

        tm_utc(from, s->coverage->span[i].from - s->slack);
        tm_utc(to, s->coverage->span[i].to + s->slack);
        is_in = memcmp(p, from, m) >= 0 && memcmp(p, to, m) <= 0;
    }
    s->before = at;
    return what | (is_in ? 0 : TIMELINE_OUTSIDE);
}

static void
add_span(struct coverage *c, const char *from, const char *to)
{
    struct span span;

    assert_int_equal(tm_parse(&span.from, from), 0);
    assert_int_equal(tm_parse(&span.to, to), 0);
    coverage_add(c, span);
}

static void
compare(const struct coverage *c, int64_t slack)
{
    struct timeline t;
    struct slow slow = { c, slack, INT64_MIN };
    struct buf instant = BUF_INIT;
    unsigned seen[4] = { 0 };

    timeline_start(&t, c, slack);
    for (int i = 0; i < 300000; i++) {
        char text[80];
        size_t n;
        unsigned have, want;

        make_time(text);
        n = strlen(text);
        buf_clear(&instant);
        if (n < 64) /* longer ones stay as they are in a key */
            key_instant(&instant, text, n);
        else
            buf_add(&instant, text, n);
        (void)buf_str(&instant);
        want = slow_add(&slow, &instant);
        have = any(10) ? timeline_add(&t, text, n)
                       : timeline_add_instant(&t, instant.p, instant.n);
        if (have != want)
            fail_msg("%s: %u, not %u", text, have, want);
        seen[have]++;
    }
    for (unsigned i = 0; i < (c->n ? 4 : 2); i++)
        assert_true(seen[i] > 1000);
    timeline_free(&t);
    buf_free(&instant);
}

static void
as_by_text(void **state)
{
    struct coverage c = COVERAGE_INIT;

    (void)state;
    compare(&c, 0);
    add_span(&c, "2024-02-03T04:05:06Z", "2024-02-05T00:00:00Z");
    add_span(&c, "2024-02-10", "2024-02-20");
    add_span(&c, "2024-03-03", "2024-03-03T12:00:00Z");
    compare(&c, 0);
    compare(&c, HOUR);
    coverage_free(&c);
}

/* The days of rows that stand in order are known from row to row. */
static void
one_row_after_the_other(void **state)
{
    static const struct {
        const char *time;
        unsigned what;
    } rows[] = {
        { "2024-03-01T09:59:59Z", TIMELINE_OUTSIDE },
        { "2024-03-01T10:00:00Z", 0 },
        { "2024-03-01T10:00:00Z", 0 },
        { "2024-03-02T23:59:59Z", 0 },
        { "2024-03-02T23:59:58Z", TIMELINE_EARLIER },
        { "2024-03-02T23:59:58.001Z", 0 },
        { "2024-03-02T23:59:58.000Z", TIMELINE_EARLIER },
        { "2024-03-03T01:00:00+01:00", 0 },
        { "2024-03-03T01:00:00+00:30", 0 },
        { "2024-03-03T00:30:01Z", TIMELINE_OUTSIDE },
        { "", TIMELINE_EARLIER },
        { "", 0 },
    };
    struct coverage c = COVERAGE_INIT;
    struct timeline t;

    (void)state;
    add_span(&c, "2024-03-01T10:00:00Z", "2024-03-03T00:30:00Z");
    timeline_start(&t, &c, 0);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
            if (timeline_add(&t, rows[i].time, strlen(rows[i].time)) !=
                rows[i].what)
                fail_msg("row %zu: %s", i, rows[i].time);
        timeline_again(&t, false);
    }
    timeline_free(&t);
    coverage_free(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_by_text),
        cmocka_unit_test(one_row_after_the_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
