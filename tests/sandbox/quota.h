#ifndef SANDBOX_QUOTA_H
#define SANDBOX_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

/* So many requests in each of the windows that follow on each other from
 * 1970-01-01T00:00:00Z on; for one thread at a time. */
struct quota {
    int64_t window_s;
    int64_t limit;
    int64_t used;
    int64_t window; /* number of the present one */
};

/* Counts a request at a time; false if it is one too many. */
bool quota_take(struct quota *q, int64_t now);
/* Seconds to the next window. */
int64_t quota_reset(const struct quota *q, int64_t now);
/* Reads the limits of n quotas, "100,10000". Returns 0 or -1. */
int quota_limits(struct quota *q, int n, const char *text);

#endif
