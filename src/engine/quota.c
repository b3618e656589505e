#include "engine/quota.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "net/budget.h"
#include "spec/provider.h"
#include "spec/quota.h"

enum { HEADERS = 4 }; /* of one quota: limit, used, left, reset */

/* The values of its headers. */
struct heard {
    const char *limit, *used, *left, *reset;
};

/* Where its windows are in the budget. */
struct place {
    struct budget *budget;
    size_t first;
    int64_t now_ms;
};

static size_t
windows_of(const struct quota *q)
{
    size_t n = 0;

    while (n < QUOTA_WINDOWS_MAX && q->seconds[n] > 0)
        n++;
    return n;
}

static int64_t
aligned_end(int seconds, int64_t now_ms, int64_t now)
{
    return now_ms + (seconds - now % seconds) * 1000 + BUDGET_MARGIN_MS;
}

static void
add_window(struct budget *b, const struct quota *q, int seconds, int64_t now_ms,
           int64_t now)
{
    struct budget_window *w = &b->window[b->n++];

    *w = (struct budget_window){
        .length_ms = (int64_t)seconds * 1000,
        .is_fixed = q->is_aligned,
        .is_told = true,
    };
    if (q->is_aligned)
        w->ends_ms = aligned_end(seconds, now_ms, now);
}

void
quota_start(struct budget *b, const struct provider *p, int64_t now_ms,
            int64_t now)
{
    *b = (struct budget)BUDGET_INIT;
    if (p->rate_limit > 0)
        b->window[b->n++] = (struct budget_window){
            .limit = p->rate_limit,
            .length_ms = (int64_t)p->rate_seconds * 1000,
        };
    for (size_t i = 0; i < p->quota_n; i++)
        for (size_t k = 0; k < windows_of(&p->quota[i]); k++)
            add_window(b, &p->quota[i], p->quota[i].seconds[k], now_ms, now);
}

void
quota_headers(const char *names[QUOTA_HEADERS + 1], const struct provider *p)
{
    int at = 0;

    for (size_t i = 0; i < p->quota_n; i++) {
        const struct quota *q = &p->quota[i];
        const char *const name[HEADERS] = { q->limit, q->used, q->left,
                                            q->reset };

        for (size_t k = 0; k < HEADERS; k++)
            if (name[k] && at < QUOTA_HEADERS)
                names[at++] = name[k];
    }
    names[at] = NULL;
}

/* The next item of a list: a number, with its ";window=60" if it has one. */
struct item {
    int64_t number;  /* -1 = none that can be read */
    int64_t seconds; /* 0 = not given */
};

static int64_t
read_number(const char *p, size_t n)
{
    int64_t value;

    while (n > 0 && *p == ' ')
        p++, n--;
    while (n > 0 && p[n - 1] == ' ')
        n--;
    return num_i64(&value, p, n) == 0 && value >= 0 ? value : -1;
}

/* False after the last one. */
static bool
next_item(struct item *item, const char **at)
{
    const char *p = *at;
    size_t n, number_n;

    if (!p)
        return false;
    n = strcspn(p, ",");
    *at = p[n] ? p + n + 1 : NULL;
    number_n = strcspn(p, ",;");
    item->number = read_number(p, number_n);
    item->seconds = 0;
    for (size_t i = number_n; i < n; i += strcspn(p + i, ",;")) {
        const char *word = p + ++i;

        word += strspn(word, " ");
        if (text_starts(word, "window=") || text_starts(word, "w=")) {
            const char *value = strchr(word, '=') + 1;

            item->seconds = read_number(value, strcspn(value, ",;"));
        }
    }
    return true;
}

/* A number for each window. */
static void
tell_lists(const struct place *to, const struct quota *q, const char *limits,
           const char *uses)
{
    struct item limit = { -1, 0 }, used = { -1, 0 };

    for (size_t i = 0; i < windows_of(q); i++) {
        if (!next_item(&limit, &limits))
            limit.number = -1;
        if (!next_item(&used, &uses))
            used.number = -1;
        budget_told(to->budget, to->first + i, limit.number, used.number,
                    to->now_ms);
    }
}

/* The window of a policy, or -1. */
static int
window_like(const struct quota *q, const struct item *policy)
{
    for (int i = 0; i < (int)windows_of(q); i++)
        if (q->seconds[i] == policy->seconds)
            return i;
    return -1;
}

/* The number that counts, then the policies; returns the window that it is
 * that of: the first one if none says. */
static size_t
tell_policies(int64_t *limit, const struct place *to, const struct quota *q,
              const char *limits)
{
    struct item item;
    int found = -1, i;

    *limit = next_item(&item, &limits) ? item.number : -1;
    while (next_item(&item, &limits)) {
        i = window_like(q, &item);
        if (i < 0 || item.number < 0)
            continue;
        budget_told(to->budget, to->first + (size_t)i, item.number, -1,
                    to->now_ms);
        if (found < 0 && item.number == *limit)
            found = i;
    }
    return found < 0 ? 0 : (size_t)found;
}

static void
tell_left(const struct place *to, const struct quota *q, const struct heard *h)
{
    int64_t limit, left = h->left ? read_number(h->left, strlen(h->left)) : -1;
    int64_t reset = h->reset ? read_number(h->reset, strlen(h->reset)) : -1;
    size_t i = to->first + tell_policies(&limit, to, q, h->limit);
    const struct budget_window *w = &to->budget->window[i];

    if (reset >= 0 && reset <= q->seconds[i - to->first])
        budget_ends(to->budget, i, to->now_ms + reset * 1000 + BUDGET_MARGIN_MS,
                    to->now_ms);
    if (limit < 0 && left >= 0) /* it counts from where we are */
        budget_told(to->budget, i, w->used + left, -1, to->now_ms);
    else
        budget_told(to->budget, i, limit,
                    left >= 0 && left <= limit ? limit - left : -1, to->now_ms);
}

/* Takes the values of one quota's headers off the list. */
static void
take_heard(struct heard *h, const struct quota *q, const char *const **value)
{
    *h = (struct heard){
        .limit = q->limit ? *(*value)++ : NULL,
        .used = q->used ? *(*value)++ : NULL,
        .left = q->left ? *(*value)++ : NULL,
        .reset = q->reset ? *(*value)++ : NULL,
    };
}

void
quota_told(struct budget *b, const struct provider *p, const char *const *value,
           int64_t now_ms)
{
    struct place to = { b, p->rate_limit > 0, now_ms };

    for (size_t i = 0; i < p->quota_n; i++) {
        const struct quota *q = &p->quota[i];
        struct heard h;

        take_heard(&h, q, &value);
        if (q->used)
            tell_lists(&to, q, h.limit, h.used);
        else
            tell_left(&to, q, &h);
        to.first += windows_of(q);
    }
}
