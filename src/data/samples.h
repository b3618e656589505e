#ifndef DATA_SAMPLES_H
#define DATA_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/*
 * The times of a series of samples that stand at even intervals, in exact
 * decimal arithmetic: start + i * interval, as RFC 3339 in start's own offset,
 * with as many digits of a fraction as start and interval need.
 */
struct samples {
    int64_t start;    /* by the clock of the offset, as seconds of UTC */
    int64_t fraction; /* of start, in units of 10^-digits seconds */
    int64_t step;     /* the interval, in the same units */
    int digits;       /* of the fraction, 0 to 9 */
    char zone[8];     /* as start has it: "Z", "+01:00" or nothing */
};

/*
 * start: an RFC 3339 time, with "T" or a blank; interval: seconds, as JSON has
 * numbers, more than zero. Returns 0, or -1 if either is not, or is finer than
 * a nanosecond.
 */
int samples_init(struct samples *s, const char *start, size_t start_n,
                 const char *interval, size_t interval_n);
/* Adds the time of sample i, from 0; -1: it is not in years 0 to 9999. */
int samples_time(struct buf *out, const struct samples *s, int64_t i);

#endif
