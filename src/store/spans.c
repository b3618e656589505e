#include "store/spans.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tm.h"
#include "store/coverage.h"

enum { SECONDS_N = 19 }; /* 2024-03-01T04:00:00: without the Z */

struct span_text {
    char from[21];
    char to[21];
};

void
spans_make(struct spans *s, const struct coverage *c, int64_t slack_s)
{
    *s = (struct spans){ .n = c->n };
    s->span = mem_resize(NULL, c->n + 1, sizeof(*s->span));
    for (size_t i = 0; i < c->n; i++) {
        tm_utc(s->span[i].from, c->span[i].from - slack_s);
        tm_utc(s->span[i].to, c->span[i].to + slack_s);
    }
}

/* A day is shorter text than an instant of it, and so before all of them. */
static bool
has(const struct span_text *span, const char *time, size_t n)
{
    size_t m = n < SECONDS_N ? n : SECONDS_N;

    return memcmp(time, span->from, m) >= 0 && memcmp(time, span->to, m) <= 0;
}

bool
spans_have(struct spans *s, const char *time, size_t n)
{
    if (s->n == 0 || has(&s->span[s->last], time, n))
        return true;
    for (size_t i = 0; i < s->n; i++)
        if (has(&s->span[i], time, n)) {
            s->last = i;
            return true;
        }
    return false;
}

void
spans_free(struct spans *s)
{
    free(s->span);
    *s = (struct spans){ .span = NULL };
}
