#include "engine/plan.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "spec/category.h"
#include "store/coverage.h"

/* A device keeps its data for some weeks at most. */
enum { AWAY_DAYS = 60 };

static int64_t
days(int n)
{
    return (int64_t)n * DAY;
}

static int64_t
ceil_day(int64_t t)
{
    return tm_floor_day(t + DAY - 1);
}

static void
add_window(struct plan *p, const struct window *w)
{
    p->window = mem_resize(p->window, p->n + 1, sizeof(*p->window));
    p->window[p->n++] = *w;
}

static void
add(struct plan *p, struct span span, bool is_recent)
{
    add_window(p, &(struct window){ .span = span, .is_recent = is_recent });
}

/* Cut to what the API takes, oldest first. */
static void
add_cut(struct plan *p, const struct category *c, struct span span,
        bool is_recent)
{
    int64_t widest = c->span_days > 0 ? days(c->span_days) : INT64_MAX;

    while (span.from < span.to) {
        struct span piece = span;

        if (span.to - span.from > widest)
            piece.to = span.from + widest;
        add(p, piece, is_recent);
        span.from = piece.to;
    }
}

static bool
is_range(const struct plan_in *in)
{
    return in->since != PLAN_NO_TIME || in->until != PLAN_NO_TIME;
}

/* How far back of the newest proven time the recent window reaches. */
static int64_t
overlap(const struct plan_in *in)
{
    if (in->lookback_s >= 0)
        return in->lookback_s;
    return days(in->overlap_days >= 0 ? in->overlap_days
                                      : in->category->overlap_days);
}

/* The same; and as far as the newest record, for a device that was away sends
 * what it kept. */
static int64_t
reach_back(const struct plan_in *in, int64_t newest)
{
    int64_t back = overlap(in), gap;

    if (in->last_record == PLAN_NO_TIME || in->lookback_s >= 0)
        return back;
    gap = newest - in->last_record + back;
    if (gap > days(AWAY_DAYS))
        gap = days(AWAY_DAYS);
    return gap > back ? gap : back;
}

/* Where the recent window begins. */
static int64_t
recent_from(const struct plan_in *in)
{
    const struct category *c = in->category;
    int64_t newest = coverage_newest(in->covered, in->now);
    int64_t oldest_open = in->now - days(c->open_days);
    int64_t from;

    if (newest > in->now)
        newest = in->now;
    from = newest - reach_back(in, newest);
    if (in->open_since != PLAN_NO_TIME && (c->end_col || c->open_col) &&
        in->open_since >= oldest_open && in->open_since < from)
        from = in->open_since;
    if (c->window == WINDOW_DAY)
        from = tm_floor_day(from);
    return from > in->start ? from : in->start;
}

/* Where a window of a category that is one_sided begins: it has all that is
 * missing, for it reaches up to now in any case. */
static int64_t
one_sided_from(const struct plan_in *in)
{
    struct coverage holes = COVERAGE_INIT;
    struct span within = { in->start, recent_from(in) };
    int64_t from = within.to;

    if (within.from < within.to && in->lookback_s < 0) {
        coverage_holes(&holes, in->covered, within);
        if (holes.n > 0)
            from = holes.span[0].from;
        coverage_free(&holes);
    }
    return from;
}

static void
plan_one_sided(struct plan *p, const struct plan_in *in)
{
    struct window w = { .span = { in->since, in->now }, .is_recent = true };

    if (in->since == PLAN_NO_TIME)
        w.span.from = is_range(in) ? in->start : one_sided_from(in);
    if (in->sweeps)
        w.span.from = in->start;
    if (in->until != PLAN_NO_TIME && in->until < in->now)
        w.span.to = in->until;
    if (w.span.from >= w.span.to)
        return;
    w.is_open = w.span.to == in->now || !in->category->to_key;
    w.is_all = in->category->unfiltered && w.is_open && !in->start_is_given &&
               w.span.from <= in->start;
    add_window(p, &w);
}

static void
add_feed(struct plan *p, struct span span, int64_t since)
{
    add_window(p, &(struct window){ .span = span,
                                    .is_recent = true,
                                    .is_open = true,
                                    .is_feed = true,
                                    .since = since });
}

/* Its pages: where another run came to, and one page more, for records that
 * went since then have moved the others to the front. */
static void
add_list(struct plan *p, const struct plan_in *in, struct span span)
{
    struct window w = {
        .span = span,
        .is_recent = true,
        .is_kept = in->category->page == PAGE_NUMBER && !in->sweeps,
        .page = in->page > 1 ? in->page - 1 : 1,
        .began = in->page > 1 ? in->began : in->now,
    };

    add_window(p, &w);
}

static int64_t
events_since(const struct plan_in *in)
{
    int64_t since = in->page > 1 ? in->began : in->now;

    if (in->last_good != PLAN_NO_TIME && in->last_good < since)
        since = in->last_good;
    return since - overlap(in);
}

/* How many there are. */
static void
add_count(struct plan *p, struct span proven)
{
    add_window(p, &(struct window){
                      .span = proven, .is_recent = true, .is_count = true });
}

/* The list, what happened while it was read, and whether nothing is missing:
 * only then it counts as read. */
void
plan_feed(struct plan *p, const struct plan_in *in, bool is_known)
{
    struct span none = { in->now, in->now }, all = { in->start, in->now };
    bool is_counted = in->category->counted_by != NULL;

    if (!is_known)
        add_list(p, in, is_counted ? none : all);
    add_feed(p, none, in->all_gone ? 0 : events_since(in));
    p->window[p->n - 1].only_gone = in->all_gone;
    if (is_counted)
        add_count(p, all);
}

/* What came after the time up to which everything is proven; and whether
 * nothing is missing. */
static void
plan_news(struct plan *p, const struct plan_in *in)
{
    struct span span = { in->covered->span[0].to, in->now };

    if (span.from > in->now)
        span.from = in->now;
    span.from -= overlap(in);
    if (in->lookback_s >= 0)
        span.from = in->now - in->lookback_s;
    if (in->since != PLAN_NO_TIME)
        span.from = in->since;
    if (span.from < span.to)
        add_feed(p, span, span.from);
    if (in->category->counted_by && !is_range(in) && in->lookback_s < 0)
        add_count(p, (struct span){ in->now, in->now });
}

static void
plan_range(struct plan *p, const struct plan_in *in)
{
    struct span span = { in->start, in->now };

    if (in->since != PLAN_NO_TIME)
        span.from = in->since;
    if (in->until != PLAN_NO_TIME && in->until < span.to)
        span.to = in->until;
    if (in->category->window == WINDOW_DAY)
        span.from = tm_floor_day(span.from);
    add_cut(p, in->category, span, true);
}

void
plan_recent(struct plan *p, const struct plan_in *in)
{
    struct span recent = { in->now, in->now };

    if (in->category->feed) {
        if (in->covered->n > 0 && !in->sweeps)
            plan_news(p, in);
        else
            plan_feed(p, in, false);
        return;
    }
    if (in->category->window == WINDOW_NONE) {
        add_list(p, in, recent);
        return;
    }
    if (in->category->one_sided) {
        plan_one_sided(p, in);
        return;
    }
    if (is_range(in)) {
        plan_range(p, in);
        return;
    }
    recent.from = recent_from(in);
    add_cut(p, in->category, recent, true);
}

void
plan_ids(struct plan *p, const struct plan_in *in)
{
    for (size_t i = 0; in->ids && i < in->ids->n; i++)
        add_window(p, &(struct window){ .span = { in->now, in->now },
                                        .is_recent = true,
                                        .id = in->ids->item[i] });
}

void
plan_holes(struct plan *p, const struct plan_in *in)
{
    struct coverage holes = COVERAGE_INIT;
    struct span within = { in->start, 0 };

    if (in->category->window == WINDOW_NONE || in->category->one_sided ||
        is_range(in) || in->lookback_s >= 0)
        return;
    within.to = recent_from(in);
    if (in->bound != PLAN_NO_TIME && in->bound > within.from)
        within.from = in->bound;
    if (within.from >= within.to)
        return;
    coverage_holes(&holes, in->covered, within);
    for (size_t i = 0; i < holes.n; i++) {
        struct span hole = holes.span[i];

        if (in->category->window == WINDOW_DAY) {
            hole.from = tm_floor_day(hole.from);
            hole.to = ceil_day(hole.to);
        }
        add_cut(p, in->category, hole, false);
    }
    coverage_free(&holes);
}

void
plan_item(struct plan *p, const struct fanout_item *item, int64_t now)
{
    add_window(p, &(struct window){
                      .span = { now, now },
                      .is_recent = true,
                      .item = item,
                  });
}

void
plan_free(struct plan *p)
{
    free(p->window);
    *p = (struct plan)PLAN_INIT;
}
