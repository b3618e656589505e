#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "engine/plan.h"
#include "spec/category.h"
#include "store/coverage.h"

/* Times are written in hours since 1970: 24 is the second day. */
enum { H = 3600, NOT = -1000 };

static const struct category by_day = { .window = WINDOW_DAY,
                                        .overlap_days = 2 };
static const struct category by_day_10 = { .window = WINDOW_DAY,
                                           .overlap_days = 2,
                                           .span_days = 10 };
static const struct category by_time = { .window = WINDOW_TIME,
                                         .overlap_days = 1 };
static const struct category by_time_5 = { .window = WINDOW_TIME,
                                           .overlap_days = 1,
                                           .span_days = 5 };
static const struct category ends = {
    .window = WINDOW_TIME, .overlap_days = 1, .end_col = "end", .open_days = 4
};
static const struct category whole = { .window = WINDOW_NONE };
static const struct category since = { .window = WINDOW_UNIX,
                                       .one_sided = true,
                                       .to_key = "before",
                                       .overlap_days = 1 };
static const struct category since_only = { .window = WINDOW_UNIX,
                                            .one_sided = true,
                                            .unfiltered = true,
                                            .overlap_days = 1 };
static const struct category fed = { .feed = "events",
                                     .page = PAGE_NUMBER,
                                     .overlap_days = 1,
                                     .counted_by = "count" };
static const struct category uncounted = { .feed = "events",
                                           .overlap_days = 1 };
static const struct category numbered = { .page = PAGE_NUMBER };
static const struct category no_overlap = { .window = WINDOW_TIME };

struct plan_row {
    const char *name;
    const struct category *category;
    const char *covered; /* "0-24 48-60" */
    int now, start;
    int overlap_days; /* 0: the category's own */
    int lookback;     /* hours; 0: none */
    int open, bound, since, until;
    const char *want; /* recent windows; holes */
    int last;         /* newest record; 0 = none is known */
};

static const struct plan_row plans[] = {
    { "first run: the overlap, then all before it", &by_time, "", 240, 0, 0, 0,
      NOT, NOT, NOT, NOT, "216-240; 0-216", 0 },
    { "the second run: what is new, and the overlap", &by_time, "0-240", 243, 0,
      0, 0, NOT, NOT, NOT, NOT, "216-243;", 0 },
    { "days begin at midnight", &by_day, "0-250", 255, 0, 0, 0, NOT, NOT, NOT,
      NOT, "192-255;", 0 },
    { "a hole is asked for again", &by_time, "0-48 72-240", 240, 0, 0, 0, NOT,
      NOT, NOT, NOT, "216-240; 48-72", 0 },
    { "holes come oldest first", &by_time, "24-48 72-96 120-240", 240, 0, 0, 0,
      NOT, NOT, NOT, NOT, "216-240; 0-24 48-72 96-120", 0 },
    { "holes are whole days", &by_day, "0-30 50-240", 240, 0, 0, 0, NOT, NOT,
      NOT, NOT, "192-240; 24-72", 0 },
    { "a hole inside the overlap is covered by it", &by_time, "0-220 230-240",
      240, 0, 0, 0, NOT, NOT, NOT, NOT, "216-240;", 0 },
    { "a hole that reaches into the overlap is cut there", &by_time,
      "0-200 230-240", 240, 0, 0, 0, NOT, NOT, NOT, NOT, "216-240; 200-216",
      0 },
    { "no window is wider than the API takes", &by_time_5, "", 300, 0, 0, 0,
      NOT, NOT, NOT, NOT, "276-300; 0-120 120-240 240-276", 0 },
    { "the recent window, too", &by_time_5, "0-24", 300, 0, 0, 0, NOT, NOT, NOT,
      NOT, "0-120 120-240 240-300;", 0 },
    { "days, cut", &by_day_10, "", 480, 0, 0, 0, NOT, NOT, NOT, NOT,
      "432-480; 0-240 240-432", 0 },
    { "nothing before the start", &by_time, "", 240, 230, 0, 0, NOT, NOT, NOT,
      NOT, "230-240;", 0 },
    { "the start in the middle of a day", &by_day, "", 240, 100, 0, 0, NOT, NOT,
      NOT, NOT, "192-240; 96-192", 0 },
    { "a start in the future", &by_time, "", 240, 300, 0, 0, NOT, NOT, NOT, NOT,
      ";", 0 },
    { "the overlap can be longer", &by_time, "0-240", 240, 0, 3, 0, NOT, NOT,
      NOT, NOT, "168-240;", 0 },
    { "no holes before a bound", &by_time, "", 240, 0, 0, 0, NOT, 100, NOT, NOT,
      "216-240; 100-216", 0 },
    { "a bound before the start is none", &by_time, "", 240, 48, 0, 0, NOT, 24,
      NOT, NOT, "216-240; 48-216", 0 },
    { "a bound in the recent window: no holes", &by_time, "", 240, 0, 0, 0, NOT,
      230, NOT, NOT, "216-240;", 0 },
    { "a bound in the middle of a day", &by_day, "", 240, 0, 0, 0, NOT, 100,
      NOT, NOT, "192-240; 96-192", 0 },
    { "an open record is read again", &ends, "0-240", 240, 0, 0, 0, 180, NOT,
      NOT, NOT, "180-240;", 0 },
    { "one in the overlap changes nothing", &ends, "0-240", 240, 0, 0, 0, 220,
      NOT, NOT, NOT, "216-240;", 0 },
    { "one that is open for too long is let go", &ends, "0-240", 240, 0, 0, 0,
      140, NOT, NOT, NOT, "216-240;", 0 },
    { "one that is just not open for too long", &ends, "0-240", 240, 0, 0, 0,
      144, NOT, NOT, NOT, "144-240;", 0 },
    { "records without an end are never open", &by_time, "0-240", 240, 0, 0, 0,
      180, NOT, NOT, NOT, "216-240;", 0 },
    { "a lookback instead of the overlap, and no holes", &by_time, "100-240",
      240, 0, 0, 6, NOT, NOT, NOT, NOT, "234-240;", 0 },
    { "a lookback of days", &by_day, "100-240", 250, 0, 0, 20, NOT, NOT, NOT,
      NOT, "216-250;", 0 },
    { "a range, whatever is covered", &by_time, "0-240", 240, 0, 0, 0, NOT, NOT,
      50, 70, "50-70;", 0 },
    { "a range before the start", &by_time, "0-240", 240, 100, 0, 0, NOT, NOT,
      50, 70, "50-70;", 0 },
    { "since alone", &by_time, "0-240", 240, 0, 0, 0, NOT, NOT, 50, NOT,
      "50-240;", 0 },
    { "until alone", &by_time, "0-240", 240, 24, 0, 0, NOT, NOT, NOT, 70,
      "24-70;", 0 },
    { "until the future is until now", &by_time, "", 240, 0, 0, 0, NOT, NOT,
      230, 300, "230-240;", 0 },
    { "since after until is nothing", &by_time, "", 240, 0, 0, 0, NOT, NOT, 70,
      50, ";", 0 },
    { "a range of days begins at midnight", &by_day, "", 240, 0, 0, 0, NOT, NOT,
      50, 96, "48-96;", 0 },
    { "a range, cut", &by_time_5, "", 240, 0, 0, 0, NOT, NOT, 0, 200,
      "0-120 120-200;", 0 },
    { "the clock was set back: now is the end", &by_time, "0-300", 240, 0, 0, 0,
      NOT, NOT, NOT, NOT, "216-240;", 0 },
    { "the clock was set back, with a hole in the future", &by_time,
      "0-200 280-300", 240, 0, 0, 0, NOT, NOT, NOT, NOT, "216-240; 200-216",
      0 },
    { "no windows: one request for all", &whole, "", 240, 0, 0, 0, NOT, NOT, 50,
      70, "240-240;", 0 },
    { "nothing new and no overlap: nothing to ask", &no_overlap, "0-240", 240,
      0, 0, 0, NOT, NOT, NOT, NOT, ";", 0 },
    { "a feed: the list, the last day's events, the count", &fed, "", 240, 0, 0,
      0, NOT, NOT, NOT, NOT, "240-240 240-240>~216 0-240#;", 0 },
    { "a feed: nobody counts", &uncounted, "", 240, 0, 0, 0, NOT, NOT, NOT, NOT,
      "0-240 240-240>~216;", 0 },
    { "a feed: then the events alone", &fed, "0-240", 260, 0, 0, 0, NOT, NOT,
      NOT, NOT, "216-260>~216 260-260#;", 0 },
    { "a feed: what is behind a hole counts for nothing", &fed, "0-100 200-240",
      260, 0, 0, 0, NOT, NOT, NOT, NOT, "76-260>~76 260-260#;", 0 },
    { "a feed: a clock that was ahead", &fed, "0-300", 260, 0, 0, 0, NOT, NOT,
      NOT, NOT, "236-260>~236 260-260#;", 0 },
    { "a feed: since", &fed, "0-240", 260, 0, 0, 0, NOT, NOT, 50, NOT,
      "50-260>~50;", 0 },
    { "a feed: a lookback", &fed, "0-240", 260, 0, 0, 6, NOT, NOT, NOT, NOT,
      "254-260>~254;", 0 },
    { "one side: the first run", &since, "", 240, 0, 0, 0, NOT, NOT, NOT, NOT,
      "0-240>;", 0 },
    { "one side: the first run, without a filter", &since_only, "", 240, 0, 0,
      0, NOT, NOT, NOT, NOT, "0-240>*;", 0 },
    { "one side: the second run", &since_only, "0-240", 260, 0, 0, 0, NOT, NOT,
      NOT, NOT, "216-260>;", 0 },
    { "one side: from the oldest hole on", &since, "0-24 48-72 96-240", 260, 0,
      0, 0, NOT, NOT, NOT, NOT, "24-260>;", 0 },
    { "one side: from the start on", &since_only, "24-240", 260, 0, 0, 0, NOT,
      NOT, NOT, NOT, "0-260>*;", 0 },
    { "one side: a lookback", &since, "24-240", 260, 0, 0, 6, NOT, NOT, NOT,
      NOT, "234-260>;", 0 },
    { "one side: a range", &since, "0-240", 260, 0, 0, 0, NOT, NOT, 50, 70,
      "50-70;", 0 },
    { "one side: a range whose end cannot be asked for", &since_only, "0-240",
      260, 0, 0, 0, NOT, NOT, 50, 70, "50-70>;", 0 },
    { "one side: since alone", &since, "0-240", 260, 0, 0, 0, NOT, NOT, 50, NOT,
      "50-260>;", 0 },
    { "one side: until alone", &since, "0-240", 260, 24, 0, 0, NOT, NOT, NOT,
      70, "24-70;", 0 },
    { "one side: nothing in the range", &since, "0-240", 260, 0, 0, 0, NOT, NOT,
      70, 50, ";", 0 },
    { "a device that was away sends what it kept", &by_time, "0-240", 240, 0, 0,
      0, NOT, NOT, NOT, NOT, "176-240;", 200 },
    { "it keeps no more than 60 days", &by_time, "0-2400", 2400, 0, 0, 0, NOT,
      NOT, NOT, NOT, "960-2400;", 100 },
    { "a newest record in the future changes nothing", &by_time, "0-240", 240,
      0, 0, 0, NOT, NOT, NOT, NOT, "216-240;", 400 },
    { "a lookback stays as it was asked for", &by_time, "0-240", 240, 0, 0, 6,
      NOT, NOT, NOT, NOT, "234-240;", 100 },
};

static int64_t
hours(int n)
{
    return n == NOT ? PLAN_NO_TIME : (int64_t)n * H;
}

static void
read_covered(struct coverage *c, const char *text)
{
    int from, to, used;

    while (sscanf(text, "%d-%d%n", &from, &to, &used) == 2) {
        coverage_add(c, (struct span){ hours(from), hours(to) });
        text += used;
    }
}

static void
show(struct buf *out, const struct plan *p)
{
    bool was_recent = true;

    buf_clear(out);
    for (size_t i = 0; i < p->n; i++) {
        const struct window *w = &p->window[i];

        if (was_recent && !w->is_recent)
            buf_addc(out, ';');
        assert_true(was_recent || !w->is_recent);
        assert_true(w->span.from % H == 0 && w->span.to % H == 0);
        was_recent = w->is_recent;
        buf_addf(out, "%s%" PRId64 "-%" PRId64, out->n ? " " : "",
                 w->span.from / H, w->span.to / H);
        buf_adds(out, w->is_open ? ">" : "");
        buf_adds(out, w->is_all ? "*" : "");
        buf_adds(out, w->is_count ? "#" : "");
        if (w->page > 1)
            buf_addf(out, "p%" PRId64, w->page);
        if (w->is_feed)
            buf_addf(out, "~%" PRId64, w->since / H);
    }
    if (was_recent)
        buf_addc(out, ';');
}

static void
test_plans(void **state)
{
    struct buf have = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
        const struct plan_row *row = &plans[i];
        struct coverage covered = COVERAGE_INIT;
        struct plan p = PLAN_INIT;
        struct plan_in in = {
            .category = row->category,
            .covered = &covered,
            .now = hours(row->now),
            .start = hours(row->start),
            .bound = hours(row->bound),
            .open_since = hours(row->open),
            .last_record = row->last ? hours(row->last) : PLAN_NO_TIME,
            .overlap_days = row->overlap_days ? row->overlap_days : -1,
            .lookback_s = row->lookback ? hours(row->lookback) : -1,
            .since = hours(row->since),
            .until = hours(row->until),
            .last_good = PLAN_NO_TIME,
        };

        read_covered(&covered, row->covered);
        plan_recent(&p, &in);
        plan_holes(&p, &in);
        show(&have, &p);
        if (strcmp(buf_str(&have), row->want) != 0)
            fail_msg("%s: %s instead of %s", row->name, have.p, row->want);
        plan_free(&p);
        plan_free(&p);
        coverage_free(&covered);
    }
    buf_free(&have);
}

/* Someone who says where to start does not want what was before. */
static void
test_given_start(void **state)
{
    struct coverage covered = COVERAGE_INIT;
    struct plan p = PLAN_INIT;
    struct plan_in in = { .category = &since_only,
                          .covered = &covered,
                          .now = hours(240),
                          .start_is_given = true,
                          .bound = PLAN_NO_TIME,
                          .open_since = PLAN_NO_TIME,
                          .last_record = PLAN_NO_TIME,
                          .overlap_days = -1,
                          .lookback_s = -1,
                          .since = PLAN_NO_TIME,
                          .until = PLAN_NO_TIME };

    (void)state;
    in.sweeps = true; /* all from the user's start on */
    plan_recent(&p, &in);
    assert_int_equal(p.n, 1);
    assert_int_equal(p.window[0].span.from, 0);
    assert_false(p.window[0].is_all);
    plan_free(&p);
    in.start_is_given = false;
    coverage_add(&covered, (struct span){ 0, hours(240) });
    plan_recent(&p, &in);
    assert_int_equal(p.n, 1);
    assert_true(p.window[0].is_all && p.window[0].is_open);
    plan_free(&p);
    coverage_free(&covered);
    in.sweeps = false;
    in.start_is_given = true;
    plan_recent(&p, &in);
    assert_int_equal(p.n, 1);
    assert_true(p.window[0].is_open);
    assert_false(p.window[0].is_all);
    plan_free(&p);
}

/* Whatever was covered, after the plan nothing is missing. */
static void
test_nothing_is_missing(void **state)
{
    static const struct category *const all[] = { &by_day, &by_day_10, &by_time,
                                                  &by_time_5, &ends };
    uint32_t seed = 5;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        const struct category *c = all[i % 5];
        struct coverage covered = COVERAGE_INIT;
        struct plan p = PLAN_INIT;
        struct plan_in in = { .category = c,
                              .covered = &covered,
                              .now = hours(500),
                              .start = hours(7),
                              .bound = PLAN_NO_TIME,
                              .open_since = PLAN_NO_TIME,
                              .last_record = PLAN_NO_TIME,
                              .overlap_days = -1,
                              .lookback_s = -1,
                              .since = PLAN_NO_TIME,
                              .until = PLAN_NO_TIME };

        for (int k = 0; k < i % 7; k++) {
            int from, n;

            seed = seed * 1664525 + 1013904223;
            from = (int)(seed >> 8) % 600;
            n = (int)(seed >> 24) % 60;
            coverage_add(&covered,
                         (struct span){ hours(from), hours(from + n) });
        }
        plan_recent(&p, &in);
        plan_holes(&p, &in);
        for (size_t k = 0; k < p.n; k++) {
            struct span s = p.window[k].span;

            assert_true(s.from < s.to);
            assert_true(!c->span_days ||
                        s.to - s.from <= (int64_t)c->span_days * DAY);
            coverage_add(&covered, s);
        }
        assert_true(coverage_has(&covered, (struct span){ in.start, in.now }));
        plan_free(&p);
        coverage_free(&covered);
    }
}

/* A list that was read up to before page 7 in hour 100. */
static void
test_read_in_part(void **state)
{
    static const struct category *const category[] = { &fed, &numbered };
    static const char *const want[] = { "240-240p6 240-240>~76 0-240#;",
                                        "240-240p6;" };
    struct buf have = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct coverage none = COVERAGE_INIT;
        struct plan p = PLAN_INIT;
        struct plan_in in = {
            .category = category[i],
            .covered = &none,
            .now = hours(240),
            .overlap_days = -1,
            .lookback_s = -1,
            .last_good = PLAN_NO_TIME,
            .since = PLAN_NO_TIME,
            .until = PLAN_NO_TIME,
            .page = 7,
            .began = hours(100),
        };

        plan_recent(&p, &in);
        show(&have, &p);
        assert_string_equal(buf_str(&have), want[i]);
        plan_free(&p);
    }
    buf_free(&have);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans),
        cmocka_unit_test(test_read_in_part),
        cmocka_unit_test(test_given_start),
        cmocka_unit_test(test_nothing_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
