#include "engine/byid.h"

#include <stddef.h>
#include <string.h>

#include "base/tm.h"
#include "engine/archive.h"
#include "engine/empties.h"
#include "engine/fetcher.h"
#include "engine/plan.h"
#include "engine/source.h"
#include "engine/walk.h"
#include "net/budget.h"
#include "net/limit.h"
#include "spec/category.h"
#include "store/state.h"

/* So many refusals, and no answer, are no accident. */
enum { REFUSALS = 3 };

bool
byid_waits(const struct fetcher *f)
{
    for (size_t i = 0; i < PER_IDS_MAX && f->parents[i]; i++)
        if (!f->parents[i]->is_over)
            return true;
    return false;
}

static bool
has_done(void *user, const struct fanout_item *item)
{
    const struct fetcher *f = user;

    return archive_has_done(f->archive, item);
}

/* Is it a day since recent records were asked for again? In the beginning
 * they are new anyway. */
static bool
is_reread_due(struct fetcher *f)
{
    int64_t *last = &f->state->last_reread;

    if (*last == STATE_NO_TIME || *last > f->now)
        *last = f->now;
    return f->now - *last >= DAY;
}

static int
read_items(struct fetcher *f, struct err *e)
{
    struct fanout_in in = {
        .dir = f->dir,
        .source = f->source,
        .category = f->category,
        .now = f->now,
        .since = f->since,
        .until = f->until,
        .has_done = has_done,
        .user = f,
    };

    if (f->category->per->is_set && f->category->per->ids->member)
        in.known = archive_done(f->archive);
    if (f->category->per->recent_days > 0)
        f->rereads = in.rereads = is_reread_due(f);
    if (fanout_read(&f->fanout, &in, e) < 0 ||
        archive_find_done(f->archive, &f->fanout, e) < 0)
        return -1;
    fanout_choose(&f->fanout, &in);
    empties_part(f);
    return 0;
}

void
byid_plan(struct fetcher *f)
{
    struct err e = ERR_INIT;

    if (read_items(f, &e) < 0) {
        (void)err_in(&e, "%s/%s", f->source->name, f->category->name);
        f->result.error = e;
        f->is_closed = true;
        return;
    }
    for (size_t i = 0; i < f->fanout.todo_n; i++)
        plan_item(&f->plan, f->fanout.todo[i], f->now);
    byid_note(f);
}

static size_t
count_done(const struct fetcher *f)
{
    return f->fanout.n - f->fanout.todo_n + f->result.windows_done;
}

void
byid_note(struct fetcher *f)
{
    if (!f->category->per->print) /* each run asks for all of them */
        return;
    if (f->since != PLAN_NO_TIME || f->until != PLAN_NO_TIME) /* or some */
        return;
    f->state->asked_done = (int64_t)count_done(f);
    f->state->asked_of = (int64_t)f->fanout.n;
}

/* Nothing else came but refusals. */
static bool
is_refused(const struct fetcher *f)
{
    return f->refusals > 0 && f->refusals == f->failures &&
           f->result.windows_done == 0;
}

static void
skip(struct fetcher *f)
{
    struct err *error = &f->result.error, why = *error;
    const char *status = strstr(why.text, "HTTP ");

    if (error->kind == ERR_SCOPE)
        return;
    /* Without the record that it came up at: it is the same in each run. */
    (void)err_set(error, ERR_SCOPE, "%s/%s: skipped: %s", f->source->name,
                  f->category->name, status ? status : why.text);
    (void)err_hint(error,
                   "%s; leave it out of categories if the account has not got "
                   "it",
                   f->category->per->refusal);
    f->is_closed = true;
}

void
byid_failed(struct fetcher *f, const struct err *why)
{
    if (!f->category->per->refusal || why->kind != ERR_AUTH)
        return;
    f->refusals++;
    if (f->in_a_row >= REFUSALS && is_refused(f))
        skip(f);
}

void
byid_later(struct err *e, int64_t wait_ms)
{
    char when[32];

    /* Our second began a part of one ago. */
    limit_when(when, wait_ms - BUDGET_MARGIN_MS - 999);
    (void)err_set(e, ERR_RATE, "continue after %s", when);
}

void
byid_stop(struct fetcher *f, struct walk *w, const struct err *why,
          int64_t wait_ms)
{
    w->error = *why;
    w->is_over = true;
    f->is_closed = true;
    if (f->stop.kind != ERR_NONE)
        return;
    f->stop = *why;
    if (wait_ms > 0)
        byid_later(&f->stop, wait_ms);
}

void
byid_put_off(struct fetcher *f, const struct err *why)
{
    f->is_closed = true;
    if (!f->has_holes)
        byid_plan(f);
    f->has_holes = true;
    if (f->stop.kind == ERR_NONE)
        f->stop = *why;
}

static void
tell_progress(struct fetcher *f)
{
    struct err *error = &f->result.error, failed = *error;

    if (f->stop.kind == ERR_NONE || count_done(f) == f->fanout.n)
        return;
    (void)err_set(error, f->stop.kind, "%s/%s: %zu of %zu done, %s%s%.300s",
                  f->source->name, f->category->name, count_done(f),
                  f->fanout.n, f->stop.text,
                  failed.kind != ERR_NONE ? "; " : "", failed.text);
}

int
byid_finish(struct fetcher *f, const struct err *why, struct err *e)
{
    if (f->rereads && f->result.error.kind == ERR_NONE &&
        f->stop.kind == ERR_NONE && !why)
        f->state->last_reread = f->now;
    if (is_refused(f)) /* maybe fewer than REFUSALS: no more are to be had */
        skip(f);
    tell_progress(f);
    if (f->empty_n == 0 || (why && why->kind == ERR_IO)) /* the disk is full */
        return 0;
    if (empties_settle(f, e) < 0)
        return -1;
    byid_note(f);
    return 0;
}
