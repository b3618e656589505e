#ifndef STORE_SPANS_H
#define STORE_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct coverage;

/* A coverage to look times of rows up in, as they stand in a key: text that
 * sorts. No time has to be parsed. Pure. */
struct spans {
    struct span_text *span;
    size_t n;
    size_t last; /* where the time before was */
};

/* Each span is made longer by slack_s at both ends. An empty coverage has
 * every time: there are categories without. */
void spans_make(struct spans *s, const struct coverage *c, int64_t slack_s);
bool spans_have(struct spans *s, const char *time, size_t n);
void spans_free(struct spans *s);

#endif
