#include "store/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Adds behind the last span; the caller keeps the order. */
static void
append(struct coverage *c, int64_t from, int64_t to)
{
    c->span = mem_resize(c->span, c->n + 1, sizeof(*c->span));
    c->span[c->n++] = (struct span){ .from = from, .to = to };
}

static int64_t
smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t
larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void
coverage_add(struct coverage *c, struct span span)
{
    size_t first = 0, after;

    if (span.from >= span.to)
        return;
    while (first < c->n && c->span[first].to < span.from)
        first++;
    for (after = first; after < c->n && c->span[after].from <= span.to;
         after++) {
        span.from = smaller(span.from, c->span[after].from);
        span.to = larger(span.to, c->span[after].to);
    }
    if (after == first) {
        append(c, 0, 0);
        after++;
        memmove(c->span + after, c->span + first,
                (c->n - after) * sizeof(*c->span));
    } else {
        memmove(c->span + first + 1, c->span + after,
                (c->n - after) * sizeof(*c->span));
        c->n -= after - first - 1;
    }
    c->span[first] = span;
}

void
coverage_cut(struct coverage *c, int64_t end)
{
    while (c->n > 0 && c->span[c->n - 1].from >= end)
        c->n--;
    if (c->n > 0 && c->span[c->n - 1].to > end)
        c->span[c->n - 1].to = end;
}

void
coverage_holes(struct coverage *out, const struct coverage *c,
               struct span within)
{
    int64_t from = within.from;

    *out = (struct coverage)COVERAGE_INIT;
    for (size_t i = 0; i < c->n && from < within.to; i++) {
        int64_t to = smaller(c->span[i].from, within.to);

        if (from < to)
            append(out, from, to);
        from = larger(from, c->span[i].to);
    }
    if (from < within.to)
        append(out, from, within.to);
}

void
coverage_both(struct coverage *out, const struct coverage *a,
              const struct coverage *b)
{
    size_t i = 0, k = 0;

    *out = (struct coverage)COVERAGE_INIT;
    while (i < a->n && k < b->n) {
        int64_t from = larger(a->span[i].from, b->span[k].from);
        int64_t to = smaller(a->span[i].to, b->span[k].to);

        if (from < to)
            append(out, from, to);
        if (a->span[i].to < b->span[k].to)
            i++;
        else
            k++;
    }
}

bool
coverage_has(const struct coverage *c, struct span span)
{
    if (span.from >= span.to)
        return true;
    for (size_t i = 0; i < c->n; i++)
        if (c->span[i].from <= span.from && span.to <= c->span[i].to)
            return true;
    return false;
}

int64_t
coverage_newest(const struct coverage *c, int64_t fallback)
{
    return c->n ? c->span[c->n - 1].to : fallback;
}

void
coverage_copy(struct coverage *out, const struct coverage *c)
{
    *out = (struct coverage)COVERAGE_INIT;
    for (size_t i = 0; i < c->n; i++)
        append(out, c->span[i].from, c->span[i].to);
}

void
coverage_free(struct coverage *c)
{
    free(c->span);
    *c = (struct coverage)COVERAGE_INIT;
}
