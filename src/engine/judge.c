#include "engine/judge.h"

#include <inttypes.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/num.h"
#include "base/tm.h"
#include "data/json.h"
#include "engine/archive.h"
#include "engine/fetcher.h"
#include "engine/plan.h"
#include "engine/source.h"
#include "engine/sweep.h"
#include "engine/walk.h"
#include "spec/category.h"
#include "store/state.h"
#include "store/vanish.h"

/* Of shorter lists half may go. */
enum { LISTED_MIN = 8 };

/* How often a count that does not fit is looked into. */
enum { RECOUNTS = 2 };

int
judge_read_count(struct fetcher *f, const struct buf *body, struct err *e)
{
    const char *at = f->category->count_at;
    struct json_token t;
    int rc = json_at(&t, body->p, body->n, at, e);

    if (rc < 0)
        return -1;
    if (rc == 0 || t.type != JSON_NUMBER || num_i64(&f->counted, t.p, t.n) < 0)
        return err_set(e, ERR_DATA, "\"%s\" is no count", at);
    return 0;
}

/* Rows that the whole list does not have any more are what is too much: true.
 * A list that lacks half of them is taken for a fault. */
static bool
has_vanished(struct fetcher *f, int64_t rows)
{
    struct vanished *v = &f->result.vanished;
    struct err e = ERR_INIT; /* the difference is told without ids then */

    if (f->saw_list && rows > f->counted &&
        archive_vanished(v, f->archive, PLAN_NO_TIME, false, &e) == 0 &&
        rows - v->n == f->counted && v->n * 2 < v->rows)
        return true;
    vanished_free(v);
    return false;
}

/* What more can be asked to find a difference: first what came while the list
 * was read, then the list, where it was not read in this run; and for rows that
 * are too many, every deletion that the provider still tells of. */
static void
look_again(struct fetcher *f, int64_t rows)
{
    bool is_first = f->recounts == 1, is_more = rows > f->counted;

    f->ask.page = 0; /* all of it */
    f->ask.last_good = PLAN_NO_TIME;
    f->ask.all_gone = is_more && !is_first;
    if (!is_first)
        archive_watch(f->archive);
    plan_feed(&f->plan, &f->ask, is_first || (is_more && f->saw_list));
}

/* A difference that stays costs the whole list once a day. Where there is none
 * but to what was known to be gone, that has come to an end. */
static bool
may_look_again(struct fetcher *f, int64_t rows)
{
    int64_t last = f->state->last_sweep;

    if (f->recounts >= RECOUNTS)
        return false;
    return f->recounts++ == 0 || f->saw_list || f->is_unproven ||
           rows == f->counted || last == STATE_NO_TIME || last > f->now ||
           f->now - last >= DAY;
}

/* It is an error once; then it is known. */
static void
tell_vanished(struct fetcher *f, struct walk *w)
{
    const struct vanished *v = &f->result.vanished;
    struct buf ids = BUF_INIT;
    struct err e = ERR_INIT;

    vanished_text(&ids, v);
    (void)err_set(&e, ERR_DATA,
                  "%s/%s: %s: the provider counts %" PRId64
                  " records, and the table has %" PRId64
                  " rows: no longer listed: %s",
                  f->source->name, f->category->name, buf_str(&w->label),
                  f->counted, f->counted + v->n, buf_str(&ids));
    buf_free(&ids);
    (void)err_hint(&e, "nothing was deleted, and this is told once; with "
                       "--mark-vanished the history notes it");
    f->state->gone = v->n;
    archive_window_done(f->archive, &w->window); /* all that is there is here */
    fetcher_fail(f, w, -1, &e);                  /* it says where */
}

static void
tell_difference(struct fetcher *f, struct walk *w, int64_t rows)
{
    struct err e = ERR_INIT;

    (void)err_set(&e, ERR_DATA,
                  "%s/%s: %s: the provider counts %" PRId64
                  " records, and the table has %" PRId64 " rows",
                  f->source->name, f->category->name, buf_str(&w->label),
                  f->counted, rows);
    (void)err_hint(&e,
                   f->is_unproven
                       ? "nothing was deleted; the next run reads the whole "
                         "list again"
                       : "nothing was deleted; the whole list is read again "
                         "once a day, or with --sweep");
    if (f->saw_list)
        f->state->last_sweep = f->now;
    fetcher_fail(f, w, -1, &e); /* it says where */
}

/* Every record that the provider counts must be there. False: it is looked for,
 * or that was in vain, and the walk has failed. */
static bool
is_count_right(struct fetcher *f, struct walk *w)
{
    struct err e = ERR_INIT;
    int64_t rows;

    if (archive_needs_flush(f->archive) && archive_write(f->archive, &e) < 0) {
        fetcher_fail(f, w, 1, &e);
        return false;
    }
    rows = archive_rows(f->archive);
    if (rows == f->counted && f->saw_list)
        f->state->gone = 0;
    if (rows - f->state->gone == f->counted)
        return true;
    if (may_look_again(f, rows)) {
        look_again(f, rows);
        return false;
    }
    archive_read(f->archive, 0, f->now);
    if (!has_vanished(f, rows))
        tell_difference(f, w, rows);
    else if (f->sweeps) /* which tells them */
        return true;
    else
        tell_vanished(f, w);
    return false;
}

/* A list that is read as a whole in each run; of one record, if any. */
static bool
is_list(const struct fetcher *f, const struct walk *w)
{
    const struct category *c = f->category;

    return w->category == c && !w->window.id && !c->feed &&
           (!c->per || (!c->per->print && f->plan.n == 1)) &&
           c->window == WINDOW_NONE && c->page != PAGE_ONE;
}

/* Of a list that another run began: only its last page was read, and nobody
 * knows how long those before it were. */
static bool
is_rest(const struct pages *p)
{
    return p->first > 1 && (p->size == 0 || p->records == p->size);
}

/* What is not in it any more stays in the table; that is said once. Half of it
 * does not go by itself: then the walk has failed. */
static bool
is_list_right(struct fetcher *f, struct walk *w)
{
    int64_t had = f->state->listed;
    int64_t has = w->pages.records + (w->pages.first - 1) * w->pages.size;
    struct err e = ERR_INIT;

    if (is_rest(&w->pages))
        return true; /* the next run reads all of it, and can tell */
    if (had < LISTED_MIN || has * 2 > had) {
        if (has < had && !f->sweeps) /* a sweep says which ones */
            log_warn("%s/%s: the list has %" PRId64 " records, and had %" PRId64
                     " the last time; no row was deleted",
                     f->source->name, f->category->name, has, had);
        f->state->listed = has;
        return true;
    }
    (void)err_set(&e, ERR_DATA,
                  "%s/%s: %s: the list has %" PRId64 " records, and had "
                  "%" PRId64 " the last time",
                  f->source->name, f->category->name, buf_str(&w->label), has,
                  had);
    (void)err_hint(&e, "no row was deleted; if so many are gone, run once with "
                       "--full");
    fetcher_fail(f, w, -1, &e);
    return false;
}

/* The records that are stored are in the first window: it is the overlap. */
static bool
is_overlap(const struct fetcher *f, const struct walk *w)
{
    return f->category->tells_gone && !fetcher_is_range(f) &&
           w->window.is_recent && !w->window.id && f->head == 0;
}

/* The same for what is read again, but for its first day: windows may go by
 * another time than the table. */
static int
check_overlap(struct fetcher *f, const struct walk *w, struct vanished *v,
              struct err *e)
{
    int64_t since =
        w->window.span.from + (int64_t)(1 + f->category->late_days) * DAY;

    if (archive_vanished(v, f->archive, since, false, e) < 0)
        return -1;
    if (v->rows < LISTED_MIN || v->n * 2 < v->rows)
        return 0;
    (void)err_set(e, ERR_DATA,
                  "%s: %" PRId64 " of the %" PRId64
                  " records that were there are missing",
                  w->label.p, v->n, v->rows);
    return err_hint(e, "no row was deleted; the next run asks again");
}

static void
tell_overlap(struct fetcher *f, const struct vanished *v)
{
    struct buf ids = BUF_INIT;

    vanished_text(&ids, v);
    if (v->n > f->state->gone)
        log_warn("%s/%s: %" PRId64 " of %" PRId64
                 " records are not at the provider any more: %s; their rows "
                 "stay",
                 f->source->name, f->category->name, v->n, v->rows,
                 buf_str(&ids));
    f->state->gone = v->n;
    buf_free(&ids);
}

static bool
is_overlap_right(struct fetcher *f, struct walk *w)
{
    struct vanished v = VANISHED_INIT;
    struct err e = ERR_INIT;
    bool is_right = check_overlap(f, w, &v, &e) == 0;

    if (is_right)
        tell_overlap(f, &v);
    else
        fetcher_fail(f, w, 1, &e);
    vanished_free(&v);
    return is_right;
}

static bool
is_sweep_right(struct fetcher *f, struct walk *w)
{
    struct err e = ERR_INIT;

    if (sweep_check(f, &e) == 0)
        return true;
    fetcher_fail(f, w, -1, &e); /* it says where */
    return false;
}

/* The whole list since a time is not empty if it has records that are known.
 * That is said once: they may really be gone. */
static void
tell_empty(const struct fetcher *f, const struct walk *w)
{
    struct vanished v = VANISHED_INIT;
    struct err ignored = ERR_INIT; /* nothing is lost */
    char day[11];

    if (archive_vanished(&v, f->archive, w->window.span.from + DAY, false,
                         &ignored) == 0 &&
        v.rows > f->state->gone) {
        tm_day(day, w->window.span.from);
        log_warn("%s/%s: nothing is listed since %s, where the table has "
                 "%" PRId64 " record%s; the next run asks again",
                 f->source->name, f->category->name, day, v.rows,
                 v.rows == 1 ? "" : "s");
    }
    f->state->gone = v.rows;
    vanished_free(&v);
}

bool
judge_is_empty(const struct fetcher *f, const struct walk *w)
{
    if (!w->category->unfiltered)
        return false;
    if (w->pages.records > 0) {
        f->state->gone = 0;
        return false;
    }
    if (!f->sweeps && !fetcher_is_range(f))
        tell_empty(f, w);
    return true;
}

bool
judge_walk(struct fetcher *f, struct walk *w)
{
    bool is_right = true, is_last = !f->category->feed || w->window.is_count;

    if (w->category == f->category && w->pages.first == 1 &&
        w->pages.doubt.kind == ERR_NONE)
        f->saw_list = true;
    if (w->window.is_count)
        is_right = is_count_right(f, w);
    else if (is_list(f, w))
        is_right = is_list_right(f, w);
    else if (is_overlap(f, w))
        is_right = is_overlap_right(f, w);
    return is_right && (!f->sweeps || !is_last || is_sweep_right(f, w));
}
