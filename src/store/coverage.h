#ifndef STORE_COVERAGE_H
#define STORE_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/tm.h"

/* The set of spans of time that are proven fetched: sorted, disjoint, not
 * touching, none empty. Pure. */
struct coverage {
    struct span *span;
    size_t n;
};

#define COVERAGE_INIT                                                          \
    {                                                                          \
        .span = NULL                                                           \
    }

void coverage_add(struct coverage *c, struct span span);
/* Forgets what lies behind end. */
void coverage_cut(struct coverage *c, int64_t end);
/* What of within is not covered, oldest first, as a coverage of its own.
 * out is fresh or freed. */
void coverage_holes(struct coverage *out, const struct coverage *c,
                    struct span within);
/* What both cover. out is fresh or freed. */
void coverage_both(struct coverage *out, const struct coverage *a,
                   const struct coverage *b);
bool coverage_has(const struct coverage *c, struct span span);
/* The newest proven time (end of the last span), or fallback if there is
 * none. */
int64_t coverage_newest(const struct coverage *c, int64_t fallback);
void coverage_copy(struct coverage *out, const struct coverage *c);
void coverage_free(struct coverage *c);

#endif
