#include "store/times.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "store/batch.h"

struct time_text
times_of(const struct batch *b, const struct entry *entry)
{
    return (struct time_text){ b->keys.p + entry->key.time_at,
                               entry->key.time_n };
}

int
times_compare(struct time_text a, struct time_text b)
{
    return text_order(a.p, a.n, b.p, b.n);
}

void
times_widen(struct time_range *range, struct time_text time)
{
    if (time.n == 0)
        return;
    if (range->latest.n == 0)
        range->earliest = range->latest = time;
    else if (times_compare(time, range->latest) >= 0) /* nearly always */
        range->latest = time;
    else if (times_compare(time, range->earliest) < 0)
        range->earliest = time;
}

/* Keeps the time if its order to what is kept has the sign. */
static void
keep(char **kept, int sign, struct time_text time)
{
    int order = sign;

    if (time.n == 0)
        return;
    if (*kept)
        order = times_compare(time, (struct time_text){ *kept, strlen(*kept) });
    if (order == 0 || (order < 0) != (sign < 0))
        return;
    free(*kept);
    *kept = mem_strndup(time.p, time.n);
}

void
times_came(struct times *t, const struct time_range *range)
{
    keep(&t->earliest, -1, range->earliest);
    keep(&t->latest, 1, range->latest);
}

void
times_new(struct times *t, const struct time_range *range)
{
    keep(&t->earliest_new, -1, range->earliest);
}

void
times_free(struct times *t)
{
    free(t->earliest);
    free(t->latest);
    free(t->earliest_new);
    *t = (struct times){ .earliest = NULL };
}
