#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Decimal text to a number: all of the text, an optional '-', digits, in
 * range, no blanks. Returns 0, or -1 and leaves *out alone.
 */
int num_i64(int64_t *out, const char *p, size_t n);

/* The same for a NUL-terminated string. */
int num_str(int64_t *out, const char *s);

/*
 * A span of time as people write it: "90", "90s", "15m", "6h", "2d".
 * Gives seconds, 0 or more. Returns 0 or -1.
 */
int num_duration(int64_t *seconds, const char *s);

#endif
