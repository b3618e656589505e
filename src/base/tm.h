#ifndef BASE_TM_H
#define BASE_TM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Time in whole seconds since 1970-01-01T00:00:00Z, from the civil calendar
 * (proleptic Gregorian), without the C library's zones.
 */

enum { DAY = 86400, HOUR = 3600 };

struct span {
    int64_t from; /* half open: [from, to) */
    int64_t to;
};

/* An instant finer than a second; frac is in nanoseconds, 0..999999999. */
struct instant {
    int64_t sec;
    int32_t nsec;
};

/*
 * Reads "2024-03-01", "2024-03-01T04:00:00", with 'T' or a blank, 0 to 9
 * digits of a fraction, and "Z", "+01:00", "+0100" or no zone (taken as
 * UTC). RFC 3339 and the ISO 8601 forms that providers print. All of the
 * text must be used. Returns 0 or -1.
 */
int tm_instant(struct instant *out, const char *p, size_t n);

/* The same, in seconds; for text with an end. */
int tm_parse(int64_t *unix_s, const char *text);

/* A day as a person types it, "2024-03-01": its midnight UTC; or -1. */
int tm_parse_day(int64_t *unix_s, const char *text);

int tm_compare(const struct instant *a, const struct instant *b);

/* Start of the UTC day that holds t. */
int64_t tm_floor_day(int64_t unix_s);

void tm_day(char out[11], int64_t unix_s); /* 2024-03-01 */
void tm_utc(char out[21], int64_t unix_s); /* 2024-03-01T04:00:00Z */

/* An HTTP date in any form of RFC 9110, 5.6.7, and with UTC or +0000 for GMT;
 * returns 0 or -1. */
int tm_parse_http(int64_t *unix_s, const char *text);

#endif
