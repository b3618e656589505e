#include "data/samples.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/tm.h"
#include "data/json.h"

enum { SECONDS_N = 19, DIGITS_MAX = 9, NUMBER_MAX = 40 };

/* value * 10^-scale, without zeros at the end of the fraction. */
struct decimal {
    int64_t value;
    int scale;
};

/* By 10 to the n. */
static int
shift(int64_t *value, int n)
{
    for (; n > 0; n--) {
        if (*value > INT64_MAX / 10)
            return -1;
        *value *= 10;
    }
    return 0;
}

/* The digits of a number without its point. */
static size_t
take_digits(char *out, struct decimal *d, const char *p, size_t n)
{
    size_t used = 0, out_n = 0;
    bool is_fraction = false;

    for (; used < n && p[used] != 'e' && p[used] != 'E'; used++) {
        if (p[used] == '.') {
            is_fraction = true;
            continue;
        }
        out[out_n++] = p[used];
        d->scale += is_fraction;
    }
    while (d->scale > 0 && out_n > 1 && out[out_n - 1] == '0') {
        out_n--;
        d->scale--;
    }
    return num_i64(&d->value, out, out_n) < 0 ? 0 : used;
}

static int
parse_decimal(struct decimal *d, const char *p, size_t n)
{
    char text[NUMBER_MAX];
    int64_t exponent = 0;
    size_t used;

    *d = (struct decimal){ 0 };
    if (n > NUMBER_MAX || !json_is_number(p, n))
        return -1;
    used = take_digits(text, d, p, n);
    if (used == 0)
        return -1;
    if (used < n) {
        used += p[used + 1] == '+' ? 2 : 1;
        if (num_i64(&exponent, p + used, n - used) < 0 ||
            exponent > NUMBER_MAX || exponent < -NUMBER_MAX)
            return -1;
    }
    d->scale -= (int)exponent;
    if (d->scale < 0) {
        if (shift(&d->value, -d->scale) < 0)
            return -1;
        d->scale = 0;
    }
    return 0;
}

/* The fraction of a time that was checked; returns how many bytes it has. */
static size_t
take_fraction(struct decimal *d, const char *p, size_t n)
{
    size_t used = 1;

    *d = (struct decimal){ 0 };
    if (n == 0 || (*p != '.' && *p != ','))
        return 0;
    for (; used < n && p[used] >= '0' && p[used] <= '9'; used++)
        d->value = d->value * 10 + (p[used] - '0');
    d->scale = (int)used - 1;
    return used;
}

int
samples_init(struct samples *s, const char *start, size_t start_n,
             const char *interval, size_t interval_n)
{
    struct decimal step, fraction;
    struct instant t;
    size_t used = SECONDS_N;

    *s = (struct samples){ 0 };
    if (start_n < SECONDS_N || tm_instant(&t, start, start_n) < 0 ||
        tm_instant(&t, start, SECONDS_N) < 0 ||
        parse_decimal(&step, interval, interval_n) < 0 || step.value <= 0)
        return -1;
    used += take_fraction(&fraction, start + used, start_n - used);
    if (start_n - used >= sizeof(s->zone))
        return -1;
    memcpy(s->zone, start + used, start_n - used);
    s->start = t.sec;
    s->digits = step.scale > fraction.scale ? step.scale : fraction.scale;
    s->fraction = fraction.value;
    s->step = step.value;
    if (s->digits > DIGITS_MAX ||
        shift(&s->fraction, s->digits - fraction.scale) < 0)
        return -1;
    return shift(&s->step, s->digits - step.scale);
}

static void
add_fraction(struct buf *out, int64_t value, int n)
{
    char text[1 + DIGITS_MAX];

    text[0] = '.';
    for (int i = n; i > 0; i--, value /= 10)
        text[i] = (char)('0' + value % 10);
    buf_add(out, text, (size_t)n + 1);
}

int
samples_time(struct buf *out, const struct samples *s, int64_t i)
{
    int64_t units = 1, total, seconds, most;
    char text[21];

    (void)shift(&units, s->digits); /* 9 at most */
    if (i > (INT64_MAX - s->fraction) / s->step)
        return -1;
    total = s->fraction + i * s->step;
    (void)tm_parse_day(&most, "9999-12-31"); /* it is one */
    if (total / units > most - s->start)
        return -1;
    seconds = s->start + total / units;
    tm_utc(text, seconds);
    buf_add(out, text, SECONDS_N);
    if (s->digits > 0)
        add_fraction(out, total % units, s->digits);
    buf_adds(out, s->zone);
    return 0;
}
