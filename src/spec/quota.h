#ifndef SPEC_QUOTA_H
#define SPEC_QUOTA_H

#include <stdbool.h>

/*
 * Headers of answers that say how much may still be asked. The limits are
 * theirs alone: a descriptor says how to read them, never how large they are.
 * Constant data.
 *
 * limit is either a number for each window, "200,2000", in the order of
 * seconds; or the number that counts now and then a policy for each window,
 * "100, 100;window=60, 10000;window=86400", of which the one with the same
 * number is what left and reset speak of (draft-ietf-httpapi-ratelimit-headers
 * before version 8).
 */

enum {
    QUOTAS_MAX = 2, /* of a provider */
    QUOTA_WINDOWS_MAX = 2,
};

struct quota {
    const char *limit; /* names of headers, in any case */
    const char *used;  /* a number for each window; or NULL */
    const char *left;  /* a number for the window that counts; or NULL */
    const char *reset; /* in so many seconds that window ends; or NULL */
    int seconds[QUOTA_WINDOWS_MAX]; /* lengths of the windows, shortest first;
                                       0 = there are no more */
    bool is_aligned; /* they begin at multiples of their length from midnight
                        UTC on; otherwise with the first request */
};

#endif
