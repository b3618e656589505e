#ifndef STORE_TIMES_H
#define STORE_TIMES_H

#include <stddef.h>

struct batch;
struct entry;

/* Times of records and rows as the text of a key: in UTC, so that its order
 * is that of the instants. */
struct time_text {
    const char *p; /* borrowed, no end; n = 0: no time */
    size_t n;
};

/* Of an entry, in the buffer of its batch. */
struct time_text times_of(const struct batch *b, const struct entry *entry);
int times_compare(struct time_text a, struct time_text b);

/* The earliest and the latest of some; both are empty at first. */
struct time_range {
    struct time_text earliest, latest;
};

#define TIME_RANGE_INIT                                                        \
    {                                                                          \
        .latest = {.n = 0 }                                                    \
    }

void times_widen(struct time_range *range, struct time_text time);

/* What a table has seen since it was opened; strings are its own, or NULL. */
struct times {
    char *earliest;
    char *latest;
    char *earliest_new; /* of those that became new rows */
};

/* Records came; rows were new. */
void times_came(struct times *t, const struct time_range *range);
void times_new(struct times *t, const struct time_range *range);
void times_free(struct times *t);

#endif
