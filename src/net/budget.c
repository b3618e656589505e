#include "net/budget.h"

static bool
is_over(const struct budget_window *w, int64_t now_ms)
{
    return now_ms >= w->ends_ms;
}

static struct budget *
owner(struct budget *b)
{
    return b->of ? b->of : b;
}

static int64_t
shortest_told(const struct budget *b)
{
    int64_t least = INT64_MAX;

    for (size_t i = 0; i < b->n; i++)
        if (b->window[i].is_told && b->window[i].length_ms < least)
            least = b->window[i].length_ms;
    return least;
}

/* How much of a window is left to others: rounded up, but never all. */
static int64_t
kept(const struct budget_window *w, int percent)
{
    int64_t n =
        (w->limit / 100) * percent + ((w->limit % 100) * percent + 99) / 100;

    return n < w->limit ? n : w->limit - 1;
}

static bool
is_used_up(const struct budget_window *w, int percent)
{
    if (w->is_spent)
        return true;
    return w->limit > 0 &&
           w->used >= w->limit - (percent > 0 ? kept(w, percent) : 0);
}

/* When the windows of b let one more request out, 0 = now; of these, only
 * those that the server told, if so asked. */
static int64_t
opens_at(const struct budget *b, int percent, bool only_told, int64_t now_ms)
{
    int64_t shortest = shortest_told(b), until = 0;

    for (size_t i = 0; i < b->n; i++) {
        const struct budget_window *w = &b->window[i];
        bool keeps = percent > 0 && w->is_told && w->length_ms == shortest;

        if (is_over(w, now_ms) || (only_told && !w->is_told))
            continue;
        if (is_used_up(w, keeps ? percent : 0) && w->ends_ms > until)
            until = w->ends_ms;
    }
    return until;
}

int64_t
budget_wait(const struct budget *b, int64_t now_ms)
{
    const struct budget *all = b->of ? b->of : b;
    int64_t until = opens_at(all, b->kept_percent, false, now_ms);

    if (all->paused_until > until)
        until = all->paused_until;
    return until > now_ms ? until - now_ms : 0;
}

int64_t
budget_quota_wait(const struct budget *b, int64_t now_ms)
{
    const struct budget *all = b->of ? b->of : b;
    int64_t until = opens_at(all, b->kept_percent, true, now_ms);

    return until > now_ms ? until - now_ms : 0;
}

static void
roll(struct budget_window *w, int64_t now_ms)
{
    if (!is_over(w, now_ms))
        return;
    w->used = 0;
    w->is_spent = false;
    if (w->is_fixed && w->ends_ms > 0 && w->length_ms > 0)
        w->ends_ms += ((now_ms - w->ends_ms) / w->length_ms + 1) * w->length_ms;
    else
        w->ends_ms = now_ms + w->length_ms;
}

void
budget_spend(struct budget *b, int64_t now_ms)
{
    struct budget *all = owner(b);

    for (size_t i = 0; i < all->n; i++) {
        roll(&all->window[i], now_ms);
        all->window[i].used++;
    }
    all->flying++;
}

void
budget_land(struct budget *b)
{
    owner(b)->flying--;
}

void
budget_refused(struct budget *b, int64_t now_ms)
{
    struct budget *all = owner(b);
    struct budget_window *least = NULL;

    if (budget_quota_wait(all, now_ms) > 0)
        return;
    for (size_t i = 0; i < all->n; i++) {
        struct budget_window *w = &all->window[i];

        if (w->is_fixed && (!least || w->length_ms < least->length_ms))
            least = w;
    }
    if (!least)
        return;
    roll(least, now_ms);
    least->is_spent = true;
}

void
budget_pause(struct budget *b, int64_t until_ms)
{
    struct budget *all = owner(b);

    if (until_ms > all->paused_until)
        all->paused_until = until_ms;
}

/*
 * Others may use the same quota, so that the server's count is ahead of ours:
 * then it does not have those that are still on their way for sure.
 */
void
budget_told(struct budget *b, size_t i, int64_t limit, int64_t used,
            int64_t now_ms)
{
    struct budget *all = owner(b);
    struct budget_window *w = &all->window[i];

    roll(w, now_ms);
    if (limit >= 0)
        w->limit = limit;
    if (used > w->used)
        w->used = used + all->flying;
}

void
budget_ends(struct budget *b, size_t i, int64_t ends_ms, int64_t now_ms)
{
    struct budget_window *w = &owner(b)->window[i];

    roll(w, now_ms);
    /* By our clock the last one is not over, but the server has begun the
     * next. */
    if (ends_ms - w->ends_ms > w->length_ms / 2)
        w->used = owner(b)->flying;
    w->ends_ms = ends_ms;
}
