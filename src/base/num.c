#include "base/num.h"

#include <stdbool.h>
#include <string.h>

int
num_i64(int64_t *out, const char *p, size_t n)
{
    size_t i = 0;
    bool negative = n > 0 && p[0] == '-';
    int64_t value = 0;

    if (negative)
        i = 1;
    if (i == n)
        return -1;
    for (; i < n; i++) {
        int digit = p[i] - '0';

        if (digit < 0 || digit > 9)
            return -1;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return -1;
    }
    if (!negative && value == INT64_MIN)
        return -1;
    *out = negative ? value : -value;
    return 0;
}

int
num_str(int64_t *out, const char *s)
{
    return num_i64(out, s, strlen(s));
}

static int64_t
unit_seconds(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    default: /* a character, not an enum */
        return 0;
    }
}

int
num_duration(int64_t *seconds, const char *s)
{
    size_t n = strlen(s);
    int64_t unit = n ? unit_seconds(s[n - 1]) : 0;
    int64_t value;

    if (unit)
        n--;
    if (num_i64(&value, s, n) < 0 || value < 0)
        return -1;
    return __builtin_mul_overflow(value, unit ? unit : 1, seconds) ? -1 : 0;
}
