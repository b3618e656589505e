#ifndef STORE_TIMELINE_H
#define STORE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct coverage;

/*
 * The times of a file's rows, one after the other: do they rise, and does the
 * coverage have them? Of most times it is enough that all but the clock is as
 * in the row before. Pure.
 */
struct timeline {
    int64_t before; /* in nanoseconds; INT64_MIN: none */
    /* Private. */
    struct timeline_span *span;
    size_t n;
    size_t last; /* where the time before was */
    struct buf text;
    struct {
        char text[64]; /* of a time before, with its clock */
        size_t n;      /* 0: there was none */
        int64_t from;  /* its midnight, in seconds */
        int32_t nsec;
        bool is_covered; /* the whole day is */
    } day;
};

enum {
    TIMELINE_EARLIER = 1, /* than the row before */
    TIMELINE_OUTSIDE = 2, /* of the coverage, and so many seconds around */
};

/* An empty coverage, or NULL, has every time: there are categories without. */
void timeline_start(struct timeline *t, const struct coverage *c,
                    int64_t slack_s);
/* To go through the file once more; or through rows behind others: then the
 * first one is said to be earlier, for nobody knows. */
void timeline_again(struct timeline *t, bool is_behind);
/* The time as it stands in the row, none if n is 0: both of the above, or
 * none. */
unsigned timeline_add(struct timeline *t, const char *p, size_t n);
/* The same of what key_instant() made of it. */
unsigned timeline_add_instant(struct timeline *t, const char *p, size_t n);
void timeline_free(struct timeline *t);

#endif
