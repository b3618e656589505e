#include "engine/lane.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/fetcher.h"
#include "engine/plan.h"
#include "engine/run.h"
#include "engine/source.h"
#include "spec/category.h"
#include "spec/provider.h"
#include "store/state.h"
#include "sys/clock.h"

enum { HELD_BYTES = 2 << 20 };

static struct fetcher *
find_fetcher(struct lane *lane, const char *name)
{
    for (size_t i = 0; name && i < lane->n; i++)
        if (strcmp(lane->fetcher[i].category->name, name) == 0)
            return &lane->fetcher[i];
    return NULL;
}

static void
find_parents(struct lane *lane, struct fetcher *f)
{
    const struct per_record *per = f->category->per;
    size_t n = 0;

    for (size_t i = 0; per && per->ids[i].category; i++) {
        const struct fetcher *parent = find_fetcher(lane, per->ids[i].category);

        if (parent && n < PER_IDS_MAX)
            f->parents[n++] = parent;
    }
}

int
lane_open(struct lane *lane, const struct run_in *in, size_t i, struct err *e)
{
    const struct source *s = &in->source[i];

    lane->source = s;
    lane->budget = (struct budget)BUDGET_INIT;
    quota_start(&lane->budget, s->provider, clock_ms(), in->now);
    lane->spare = (struct budget){ .of = &lane->budget,
                                   .kept_percent = s->provider->quota_kept };
    quota_headers(lane->headers, s->provider);
    if (in->fault)
        lane->fault = in->fault[i];
    lane->fetcher = mem_zalloc(s->category_n * sizeof(*lane->fetcher));
    for (lane->n = 0; lane->n < s->category_n; lane->n++) {
        struct fetcher_in f = { in, s, s->category[lane->n] };

        if (fetcher_open(&lane->fetcher[lane->n], &f, e) < 0)
            return err_in(e, "%s/%s", s->name, s->category[lane->n]->name);
    }
    for (size_t k = 0; k < lane->n; k++)
        find_parents(lane, &lane->fetcher[k]);
    for (size_t k = 0; k < lane->n; k++) {
        struct fetcher *by = find_fetcher(lane, s->category[k]->bounded_by);

        lane->fetcher[k].bounded_by = by;
        if (s->category[k]->bounded_by)
            lane->fetcher[k].is_long = true;
        if (by) {
            lane->fetcher[k].bound = by->state;
            by->is_long = true;
        }
    }
    return 0;
}

void
lane_close(struct lane *lane)
{
    if (!lane->fetcher)
        return;
    for (size_t k = 0; k < lane->source->category_n; k++)
        fetcher_free(&lane->fetcher[k]);
    free(lane->fetcher);
}

/* What is asked for record by record waits for the end of all lists: it might
 * leave them nothing of a quota. */
static bool
is_put_back(const struct lane *lane, const struct fetcher *f)
{
    for (size_t i = 0; fetcher_is_detail(f) && i < lane->n; i++)
        if (!fetcher_is_detail(&lane->fetcher[i]) && !lane->fetcher[i].is_over)
            return true;
    return false;
}

/* Lists before what is asked for record by record, recent windows before holes,
 * then long categories, so that none of them is the last to end, then the
 * category with the fewest windows under way, then the order of the list. */
static bool
is_better(const struct fetcher *f, const struct window *w,
          const struct fetcher *best, const struct window *best_w)
{
    if (!best)
        return true;
    if (fetcher_is_detail(f) != fetcher_is_detail(best))
        return fetcher_is_detail(best);
    if (fetcher_is_detail(f)) /* the newest records get all kinds first */
        return f->started < best->started;
    if (w->is_recent != best_w->is_recent)
        return w->is_recent;
    if (f->is_long != best->is_long)
        return f->is_long;
    return f->started - f->head < best->started - best->head;
}

/* With little to spend: category by category, the one first that was not
 * looked at for longest, so that each has its turn in some run; of those looked
 * at together, the one first that was cut short. */
static bool
is_due_before(const struct fetcher *f, const struct fetcher *best)
{
    if (!best)
        return true;
    if (fetcher_is_detail(f) != fetcher_is_detail(best))
        return fetcher_is_detail(best);
    if (fetcher_is_detail(f))
        return f->started < best->started;
    if (f->state->last_fetch != best->state->last_fetch)
        return f->state->last_fetch < best->state->last_fetch;
    return f->state->last_success < best->state->last_success;
}

bool
lane_is_full(const struct lane *lane)
{
    size_t n = 0;

    for (size_t i = 0; i < lane->n; i++)
        n += fetcher_held(&lane->fetcher[i]);
    return n > HELD_BYTES;
}

bool
lane_is_undecided(const struct lane *lane)
{
    if (lane->has_worked)
        return false;
    for (size_t i = 0; i < lane->n; i++)
        if (!lane->fetcher[i].is_over && !lane->fetcher[i].is_refused)
            return true;
    return false;
}

/* What is left of a quota is not known before the first answer; several
 * requests might be too many. */
int
lane_parallel(const struct lane *lane)
{
    const struct provider *p = lane->source->provider;

    return p->quota_n > 0 && !lane->was_answered ? 1 : p->parallel;
}

/* Several would take the requests from each other, and none might be finished,
 * in this run and the next ones. */
struct fetcher *
lane_pick_alone(const struct lane *lanes, size_t n, const struct lane *turn)
{
    struct fetcher *best = NULL;
    const struct lane *at = NULL;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < lanes[i].n; k++) {
            struct fetcher *f = &lanes[i].fetcher[k];

            if (f->started > f->head && !f->category->per)
                return NULL;
            if (lanes[i].fault.kind != ERR_NONE || is_put_back(&lanes[i], f) ||
                !fetcher_next(f) || !is_due_before(f, best))
                continue;
            best = f;
            at = &lanes[i];
        }
    return at == turn ? best : NULL;
}

struct fetcher *
lane_pick(const struct lane *lane, bool is_limited)
{
    struct fetcher *best = NULL;
    const struct window *best_w = NULL;
    bool is_full = lane_is_full(lane);

    for (size_t i = 0; i < lane->n; i++) {
        struct fetcher *f = &lane->fetcher[i];
        const struct window *w = is_put_back(lane, f) ? NULL : fetcher_next(f);

        if (!w ||
            (f->started > f->head && (is_full || (is_limited && !w->item))))
            continue;
        if (is_limited ? is_due_before(f, best)
                       : is_better(f, w, best, best_w)) {
            best = f;
            best_w = w;
        }
    }
    return best;
}
