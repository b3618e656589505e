#include "engine/fetcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/archive.h"
#include "engine/byid.h"
#include "engine/empties.h"
#include "engine/judge.h"
#include "engine/open.h"
#include "engine/pager.h"
#include "engine/source.h"
#include "engine/sweep.h"
#include "engine/walk.h"
#include "spec/category.h"
#include "spec/provider.h"
#include "store/coverage.h"
#include "store/state.h"

/* What is wrong in so many windows in a row will be so in all. */
enum { FAILURES_MAX = 10 };

static void
make_ask(struct fetcher *f, const struct run_in *run,
         const struct coverage *covered)
{
    f->ask = (struct plan_in){
        .category = f->category,
        .covered = covered,
        .now = run->now,
        .start = f->source->start,
        .start_is_given = f->source->start_is_given,
        .sweeps = f->sweeps,
        .bound = PLAN_NO_TIME,
        .open_since = f->state->open_since,
        .last_record = f->state->last_record,
        .overlap_days = f->source->overlap_days,
        .lookback_s = run->lookback_s,
        .since = run->since,
        .until = run->until,
    };
    f->ask.last_good =
        archive_rows(f->archive) != 0 ? f->state->last_success : PLAN_NO_TIME;
    /* A list that every run reads as a whole goes on only where no run can. */
    if (f->category->feed ? f->is_unproven : run_is_limited(run))
        archive_reading(&f->ask.page, &f->ask.began, f->archive);
    if (f->ask.page > 1) /* what it has before this page is not seen */
        f->sweeps = f->ask.sweeps = false;
}

bool
fetcher_is_range(const struct fetcher *f)
{
    return f->ask.since != PLAN_NO_TIME || f->ask.until != PLAN_NO_TIME ||
           f->ask.lookback_s >= 0;
}

/* Records that are open and that the recent windows do not reach. */
static void
plan_open(struct fetcher *f)
{
    int64_t from = f->now;

    if (!f->category->by_id || fetcher_is_range(f))
        return;
    for (size_t i = 0; i < f->plan.n; i++)
        if (f->plan.window[i].span.from < from)
            from = f->plan.window[i].span.from;
    open_before(&f->ids, &f->state->open, from);
    f->ask.ids = &f->ids;
    plan_ids(&f->plan, &f->ask);
}

int
fetcher_open(struct fetcher *f, const struct fetcher_in *in, struct err *e)
{
    const struct archive_in archive = {
        .dir = in->run->dir,
        .source = in->source,
        .category = in->category,
        .state = in->run->state,
        .now = in->run->now,
        .was_killed = in->run->was_killed,
    };
    struct coverage covered = COVERAGE_INIT;

    f->source = in->source;
    f->category = in->category;
    f->now = in->run->now;
    f->dir = in->run->dir;
    f->since = in->run->since;
    f->until = in->run->until;
    f->result.source = in->source;
    f->result.category = in->category;
    f->result.rows = -1;
    f->state =
        state_category(in->run->state, in->source->name, in->category->name);
    if (in->category->bounded_by)
        f->bound = state_find(in->run->state, in->source->name,
                              in->category->bounded_by);
    if (archive_open(&f->archive, &archive, e) < 0)
        return -1;
    if (in->run->full)
        archive_forget(f->archive);
    f->is_full = in->run->full;
    f->sweeps = sweep_is_due(f, in->run);
    f->marks_vanished = in->run->mark_vanished;
    if (f->sweeps || in->category->tells_gone)
        archive_watch(f->archive);
    if (in->category->per)
        return 0; /* its plan is made of what others fetch */
    archive_coverage(&covered, f->archive);
    f->is_unproven = in->category->feed && covered.n == 0;
    if (f->is_unproven)
        archive_watch(f->archive);
    make_ask(f, in->run, &covered);
    plan_recent(&f->plan, &f->ask);
    plan_open(f);
    f->ask.covered = NULL;
    coverage_free(&covered);
    return 0;
}

void
fetcher_free(struct fetcher *f)
{
    for (size_t i = f->head; i < f->started; i++) {
        walk_free(f->walk[i]);
        free(f->walk[i]);
    }
    free(f->walk);
    free(f->empty);
    fanout_free(&f->fanout);
    plan_free(&f->plan);
    list_free(&f->ids);
    archive_close(f->archive);
    *f = (struct fetcher){ .source = NULL };
}

/* True if it is proven that there is nothing before the earliest record. */
static bool
knows_first(const struct category_state *s, int64_t start)
{
    struct span before = { start, s->first_record };

    if (s->first_record == STATE_NO_TIME)
        return false;
    if (before.from >= before.to)
        return true;
    for (size_t i = 0; i < s->table_n; i++)
        if (coverage_has(&s->table[i].coverage, before))
            return true;
    return false;
}

/* How far back there is anything may come out in this run. */
static bool
waits_for_bound(const struct fetcher *f)
{
    return f->bounded_by && !f->bounded_by->is_over &&
           !knows_first(f->bound, f->source->start);
}

static void
plan_rest(struct fetcher *f)
{
    struct coverage covered = COVERAGE_INIT;

    f->has_holes = true;
    if (f->category->per) {
        byid_plan(f);
        return;
    }
    if (f->bound && knows_first(f->bound, f->source->start))
        f->ask.bound =
            f->bound->first_record - (int64_t)f->category->bound_days * DAY;
    archive_coverage(&covered, f->archive);
    f->ask.covered = &covered;
    plan_holes(&f->plan, &f->ask);
    f->ask.covered = NULL;
    coverage_free(&covered);
}

bool
fetcher_is_detail(const struct fetcher *f)
{
    return f->category->per && f->category->per->print;
}

const struct window *
fetcher_next(struct fetcher *f)
{
    if (f->is_closed || f->is_over)
        return NULL;
    if (f->category->feed && f->head < f->started) /* one after the other */
        return NULL;
    if (f->started == f->plan.n && !f->has_holes) {
        /* What the recent windows proved must be known before the holes are
         * looked for. */
        if (f->head < f->started || waits_for_bound(f) || byid_waits(f))
            return NULL;
        plan_rest(f);
    }
    if (f->is_closed) /* its plan could not be made */
        return NULL;
    return f->started < f->plan.n ? &f->plan.window[f->started] : NULL;
}

const struct category *
fetcher_asks(const struct fetcher *f, const struct window *w)
{
    const char *name = w->is_feed    ? f->category->feed
                       : w->is_count ? f->category->counted_by
                                     : NULL;

    return name ? provider_category(f->source->provider, name) : f->category;
}

struct walk *
fetcher_start(struct fetcher *f)
{
    struct walk *w = mem_alloc(sizeof(*w));

    walk_init(w, f->source, fetcher_asks(f, &f->plan.window[f->started]),
              &f->plan.window[f->started]);
    f->walk = mem_resize(f->walk, f->started + 1, sizeof(struct walk *));
    f->walk[f->started++] = w;
    return w;
}

size_t
fetcher_held(const struct fetcher *f)
{
    size_t n = 0;

    /* A walk may well be larger than the one small page that it waits with. */
    for (size_t i = f->head; i < f->started; i++)
        n += sizeof(struct walk) + f->walk[i]->held_bytes;
    return n;
}

/* A record that is gone; or a list that should be there is taken for an empty
 * one, which is said once. */
static void
note_missing(struct fetcher *f, const struct walk *w,
             const struct walk_ask *ask)
{
    if (w->window.id)
        archive_gone(f->archive, w->window.id);
    else if (ask->page == 1 && w->category->page != PAGE_ONE &&
             !w->window.is_feed && f->state->listed != 0)
        log_warn("%s/%s: %s: HTTP 404: taken for an empty list",
                 w->source->name, w->category->name, w->label.p);
}

/* The end of a list, where the page before it said that there is more. One of
 * pages without a size may end so, and so does one of a server in trouble: the
 * page is asked for once more. */
static int
check_end(struct walk_ask *ask, const struct walk *w,
          const struct page_out *page, struct err *e)
{
    const struct category *c = w->category;

    if (c->page != PAGE_TOKEN || c->even_pages || ask->page == 1 ||
        page->records > 0 || page->next->n > 0 || ask->was_empty)
        return 0;
    ask->was_empty = true;
    return err_set(e, ERR_CUT,
                   "the last page is empty although there was to be more");
}

int
fetcher_page(struct fetcher *f, struct walk *w, struct walk_ask *ask,
             struct http_reply *reply, struct err *e)
{
    struct page_in in = { .category = w->category,
                          .p = reply->body.p,
                          .n = reply->body.n,
                          .is_record = w->window.id != NULL };
    struct buf next = BUF_INIT;
    struct page_out out = { .next = &next };
    int rc = walk_status(w, reply, e);

    if (rc < 0)
        return -1;
    if (rc == 0 && w->window.item) {
        walk_none(w);
        return 0;
    }
    if (rc == 0) {
        note_missing(f, w, ask);
        return walk_missing(w, ask, e);
    }
    rc = pager_read(&out, &in, e);
    if (rc == 0)
        rc = check_end(ask, w, &out, e);
    if (rc < 0 && e->kind == ERR_DATA) /* transfer_again() names the others */
        (void)err_in(e, "%s", buf_str(&w->label));
    if (rc == 0) {
        f->result.pages++;
        rc = walk_came(w, ask, &out, &reply->body, e);
    }
    buf_free(&next);
    return rc;
}

/* A list that is not whole is read from its first page by the next run: to go
 * on behind the gap would pass it over. Where there is a feed, the count tells
 * of one. */
static bool
begins_anew(const struct fetcher *f, const struct walk *w)
{
    return w->window.is_kept && w->error.kind == ERR_DATA && !f->category->feed;
}

void
fetcher_fail(struct fetcher *f, struct walk *w, int64_t page,
             const struct err *why)
{
    w->error = *why;
    w->is_over = true;
    archive_window_failed(f->archive);
    if (begins_anew(f, w))
        archive_read(f->archive, 0, f->now);
    if (why->kind != ERR_STOP && page >= 0)
        walk_blame(w, page, &w->error);
    if (f->result.error.kind == ERR_NONE)
        f->result.error = w->error;
    f->failures++;
    if (++f->in_a_row >= FAILURES_MAX)
        f->is_closed = true;
    if (w->window.item && !w->is_for_source)
        byid_failed(f, why);
}

/* The walk whose turn it is, or NULL. */
static struct walk *
head(const struct fetcher *f)
{
    return f->head < f->started ? f->walk[f->head] : NULL;
}

/* What a page holds goes where it belongs. */
static int
store_page(struct fetcher *f, const struct walk *w, const struct buf *body,
           int64_t page, struct err *e)
{
    if (w->window.is_count)
        return judge_read_count(f, body, e);
    if (w->window.is_feed) {
        const struct events_page events = { body->p, body->n, page == 1,
                                            w->window.only_gone };

        return archive_events(f->archive, &events, e);
    }
    return archive_page(f->archive, body->p, body->n, w->window.id != NULL, e);
}

static int
take_page(struct fetcher *f, struct walk *w, struct err *e)
{
    struct buf body = BUF_INIT;
    int64_t page = walk_take(w, &body);
    struct err why = ERR_INIT;
    int rc = store_page(f, w, &body, page, &why);

    buf_free(&body);
    if (rc == 0 && w->window.is_kept && !begins_anew(f, w))
        archive_read(f->archive, page + 1, w->window.began);
    if (rc == 0)
        return 0;
    if (why.kind == ERR_DATA)
        (void)err_in(&why, "%s", buf_str(&w->label));
    else
        f->is_closed = true; /* the table is not to be written */
    w->taken = w->held_n;
    fetcher_fail(f, w, page, &why);
    *e = w->error;
    return w->error.kind == ERR_IO ? -1 : 0;
}

/* What came is stored in any case. */
static void
note_end(struct fetcher *f, const struct walk *w)
{
    struct window done = w->window;

    if (w->pages.is_unproven) {
        if (!f->is_doubted)
            log_warn("%s/%s: %s: the last page is empty although there was to "
                     "be more; what came is stored, and the next run asks "
                     "again",
                     f->source->name, f->category->name, w->label.p);
        f->is_doubted = true;
    }
    if (w->pages.is_unproven || judge_is_empty(f, w))
        done.span.to = done.span.from;
    archive_window_done(f->archive, &done);
    if (w->window.is_count || (w->window.page > 0 && !f->category->counted_by))
        archive_read(f->archive, 0, f->now);
    f->result.windows_done++;
}

/* Rows may be left of what came for it before. */
static bool
is_emptied(const struct fetcher *f, const struct walk *w)
{
    return w->window.item && f->category->per->is_set &&
           w->pages.records == 0 &&
           archive_was_asked(f->archive, w->window.item);
}

static void
end_walk(struct fetcher *f, struct walk *w)
{
    if (w->error.kind == ERR_NONE && judge_walk(f, w)) {
        if (is_emptied(f, w))
            empties_came(f, w);
        else
            note_end(f, w);
        f->in_a_row = 0;
        if (w->window.item)
            byid_note(f);
    }
    walk_free(w);
    free(w); /* there may be thousands */
    f->walk[f->head++] = NULL;
}

/* All pages for a record are there: they are stored as a whole, or not at all.
 * That there are none takes the place of nothing. */
static int
start_item(struct fetcher *f, struct walk *w, struct err *e)
{
    struct err why = ERR_INIT;

    if (w->error.kind != ERR_NONE)
        return 0;
    if (archive_item(f->archive, w->window.item, &why) == 0 &&
        (w->pages.records == 0 || archive_own(f->archive, &why) == 0))
        return 0;
    f->is_closed = true;
    fetcher_fail(f, w, 1, &why);
    *e = w->error;
    return why.kind == ERR_IO ? -1 : 0;
}

bool
fetcher_has_work(const struct fetcher *f)
{
    struct walk *w = head(f);

    return w && (walk_has_page(w) || walk_is_done(w));
}

int
fetcher_work(struct fetcher *f, struct err *e)
{
    struct walk *w = head(f);

    if (!w)
        return 0;
    if (w->window.item && start_item(f, w, e) < 0)
        return -1;
    do {
        if (walk_has_page(w) && take_page(f, w, e) < 0)
            return -1;
    } while (w->is_whole && walk_has_page(w));
    if (!walk_has_page(w) && walk_is_done(w))
        end_walk(f, w);
    return 0;
}

bool
fetcher_is_idle(struct fetcher *f)
{
    return f->in_flight == 0 && !fetcher_has_work(f) &&
           (f->is_closed ||
            (f->head == f->started && !fetcher_next(f) && f->has_holes));
}

/* Nothing is missing: time to put in order what came in another one. */
static bool
is_complete(const struct fetcher *f)
{
    struct coverage covered = COVERAGE_INIT, holes = COVERAGE_INIT;
    struct span all = { f->source->start, f->now };
    bool is;

    if (f->category->window == WINDOW_NONE)
        return true; /* each run reads all of it */
    if (f->ask.bound != PLAN_NO_TIME && f->ask.bound > all.from)
        all.from = f->ask.bound;
    archive_coverage(&covered, f->archive);
    archive_add_proven(&covered, f->archive);
    coverage_holes(&holes, &covered, all);
    is = holes.n == 0;
    coverage_free(&holes);
    coverage_free(&covered);
    return is;
}

/* A sort needs room for a second copy. Without it this table stays as it is,
 * and the others are fetched all the same. */
static int
tidy(struct fetcher *f, struct err *e)
{
    if (archive_tidy(f->archive, e) == 0)
        return 0;
    (void)err_in(e, "its rows are stored, but not in the order of time");
    if (e->kind == ERR_IO) {
        e->kind = ERR_FILE;
        f->is_unsorted = true;
    }
    return -1;
}

/* Rows are put in order before they are made durable: what is moved need not
 * be so twice. */
static int
store_rows(struct fetcher *f, bool is_whole, struct err *unsorted,
           struct err *e)
{
    if (archive_needs_flush(f->archive) && archive_write(f->archive, e) < 0)
        return -1;
    if (is_whole && is_complete(f))
        (void)tidy(f, unsorted);
    if (!archive_needs_flush(f->archive) || archive_flush(f->archive, e) == 0)
        return 0;
    f->is_unsorted = false; /* they are not even stored */
    return -1;
}

static int
store_all(struct fetcher *f, bool was_cut_short, struct err *e)
{
    bool is_whole = f->result.error.kind == ERR_NONE && !was_cut_short;
    struct err unsorted = ERR_INIT;

    if (store_rows(f, is_whole, &unsorted, e) < 0)
        return -1;
    archive_note_open(f->archive, is_whole && !fetcher_is_range(f));
    if (is_whole && f->sweeps && sweep_finish(f, e) < 0)
        return -1;
    *e = unsorted;
    return e->kind == ERR_NONE ? 0 : -1;
}

static enum outcome
outcome_of(const struct err *error)
{
    if (error->kind == ERR_NONE)
        return OUTCOME_OK;
    return error->kind == ERR_SCOPE ? OUTCOME_SKIPPED : OUTCOME_FAILED;
}

/* One line tells the first failure, and that there were more. */
static void
count_failures(struct category_result *r, int failures)
{
    const char *what = r->category->per ? "record" : "window";
    size_t used = strlen(r->error.text);

    if (failures > 1 && r->error.kind != ERR_SCOPE)
        (void)snprintf(r->error.text + used, sizeof(r->error.text) - used,
                       " (and %d more %s%s)", failures - 1, what,
                       failures == 2 ? "" : "s");
}

static void
note_result(struct fetcher *f)
{
    struct category_result *r = &f->result;
    struct category_state *s = f->state;

    if (f->was_asked) {
        s->last_fetch = f->now;
        archive_stamp(f->archive, r->outcome == OUTCOME_OK);
    }
    if (r->outcome == OUTCOME_OK) {
        s->last_success = f->now;
        state_set_error(s, NULL, 0);
        return;
    }
    r->is_old_news = r->outcome == OUTCOME_SKIPPED && !f->source->named &&
                     text_is(s->last_error, r->error.text) &&
                     f->now - s->last_error_at < DAY;
    if (!r->is_old_news && r->error.kind != ERR_STOP)
        state_set_error(s, r->error.text, f->now);
}

void
fetcher_finish(struct fetcher *f, const struct err *why)
{
    struct category_result *r = &f->result;
    struct err disk = ERR_INIT;

    f->is_over = true;
    count_failures(r, f->failures);
    if ((f->category->per && byid_finish(f, why, &disk) < 0) ||
        store_all(f, why != NULL, &disk) < 0) {
        (void)err_in(&disk, "%s/%s", f->source->name, f->category->name);
        r->error = disk;
    }
    r->windows = f->plan.n;
    r->outcome = outcome_of(&r->error);
    if (r->outcome == OUTCOME_OK && why) {
        r->outcome = OUTCOME_NOT_RUN;
        r->error = *why;
    }
    r->counts = archive_count(f->archive);
    if (f->state->table_n > 0)
        r->rows = f->state->table[0].rows;
    note_result(f);
}
