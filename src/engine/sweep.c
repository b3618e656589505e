#include "engine/sweep.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/tm.h"
#include "engine/archive.h"
#include "engine/fetcher.h"
#include "engine/plan.h"
#include "engine/run.h"
#include "engine/source.h"
#include "spec/category.h"
#include "store/state.h"
#include "store/vanish.h"

bool
sweep_is_due(const struct fetcher *f, const struct run_in *run)
{
    int64_t last = f->state->last_sweep;
    bool is_range = run->since != PLAN_NO_TIME || run->until != PLAN_NO_TIME ||
                    run->lookback_s >= 0;

    if (f->category->sweep_days == 0 || is_range)
        return false;
    if (run->sweep || f->category->sweep_days == SWEEP_ASKED)
        return run->sweep;
    /* With --full all of it is read anyway. */
    return run->full || last == STATE_NO_TIME || last > run->now ||
           run->now - last >= (int64_t)f->category->sweep_days * DAY;
}

/* Rows of before the window are not in the list for a good reason. */
static int64_t
beginning(const struct fetcher *f)
{
    const struct window *w = &f->plan.window[0];

    return f->category->window == WINDOW_NONE || w->is_all ? PLAN_NO_TIME
                                                           : w->span.from;
}

/* So many may be missing; more, if that was so before. */
static bool
is_right(struct fetcher *f, const struct vanished *v)
{
    int64_t *listed = &f->state->listed, has = v->rows - v->n;

    if (v->n * 2 <= v->rows)
        return true;
    if (f->is_full && has > 0 && *listed < 0)
        *listed = has;
    return has > 0 && *listed >= 0 && has * 2 >= *listed;
}

int
sweep_check(struct fetcher *f, struct err *e)
{
    struct vanished *v = &f->result.vanished;

    if (archive_vanished(v, f->archive, beginning(f), false, e) < 0)
        return -1;
    if (is_right(f, v))
        return 0;
    (void)err_set(e, ERR_DATA,
                  "%s/%s: the whole list lacks %lld of the %lld records in the "
                  "table: taken for a fault of the provider",
                  f->source->name, f->category->name, (long long)v->n,
                  (long long)v->rows);
    vanished_free(v);
    /* It may have been a passing fault: once more in a day. */
    if (f->category->sweep_days > 0)
        f->state->last_sweep =
            f->now - (int64_t)(f->category->sweep_days - 1) * DAY;
    return err_hint(e, "nothing was deleted or marked; has the login lost a "
                       "permission? if so many are gone, run once with "
                       "--full");
}

int
sweep_finish(struct fetcher *f, struct err *e)
{
    struct vanished *v = &f->result.vanished;
    struct buf ids = BUF_INIT;

    f->state->last_sweep = f->now;
    f->state->gone = f->category->feed ? v->n : f->state->gone;
    if (v->n == 0)
        return 0;
    vanished_text(&ids, v);
    log_warn("%s/%s: %lld of %lld records are no longer listed: %s",
             f->source->name, f->category->name, (long long)v->n,
             (long long)v->rows, buf_str(&ids));
    buf_free(&ids);
    if (!f->marks_vanished)
        return 0;
    return archive_vanished(v, f->archive, beginning(f), true, e);
}
