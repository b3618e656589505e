#include "net/budget.h"

#include <stdbool.h>

static bool
is_over(const struct budget *b, int64_t now_ms)
{
    return b->used == 0 || now_ms - b->window_start >= b->window_ms;
}

int64_t
budget_wait(const struct budget *b, int64_t now_ms)
{
    int64_t until = b->paused_until;

    if (b->limit > 0 && b->used >= b->limit && !is_over(b, now_ms) &&
        b->window_start + b->window_ms > until)
        until = b->window_start + b->window_ms;
    return until > now_ms ? until - now_ms : 0;
}

void
budget_spend(struct budget *b, int64_t now_ms)
{
    if (is_over(b, now_ms)) {
        b->window_start = now_ms;
        b->used = 0;
    }
    b->used++;
}

void
budget_pause(struct budget *b, int64_t until_ms)
{
    if (until_ms > b->paused_until)
        b->paused_until = until_ms;
}
