#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "person.h"
#include "put.h"
#include "strava.h"

/* The samples of an activity. */

/* State of one series while it is written. */
struct walker {
    struct rng rng;
    int64_t value;
};

static void
put_walk(struct buf *b, struct walker *w, int64_t low, int64_t high, int digits)
{
    int64_t step = (high - low) / 20 + 1;

    w->value += rng_range(&w->rng, (int)-step, (int)step);
    if (w->value < low)
        w->value = low;
    if (w->value > high)
        w->value = high;
    put_num(b, NULL, w->value, digits);
}

static void
put_whole(struct buf *b, struct walker *w, int low, int high)
{
    w->value += rng_range(&w->rng, -2, 2);
    if (w->value < low || w->value > high)
        w->value = (low + high) / 2;
    put_int(b, NULL, w->value);
}

/* A sample a second, with two breaks. */
static void
time_put(struct buf *b, struct walker *w, int i)
{
    (void)w; /* same signature for all */
    put_int(b, NULL, i + (i >= 1200 ? 37 : 0) + (i >= 2400 ? 37 : 0));
}

static void
distance_put(struct buf *b, struct walker *w, int i)
{
    if (i > 0)
        w->value += rng_range(&w->rng, 24, 36);
    put_dec(b, NULL, w->value, 1);
}

static void
latlng_put(struct buf *b, struct walker *w, int i)
{
    w->value += i ? rng_range(&w->rng, 0, 40) : 0;
    put_open(b, NULL, '[');
    put_dec(b, NULL, 52520008 + w->value, 6);
    put_dec(b, NULL, 13404954 + w->value * 2, 6);
    put_close(b, ']');
}

static void
altitude_put(struct buf *b, struct walker *w, int i)
{
    (void)i; /* same signature for all */
    put_walk(b, w, 300, 1800, 1);
}

static void
velocity_put(struct buf *b, struct walker *w, int i)
{
    if (i == 0)
        put_dec(b, NULL, 0, 1);
    else
        put_walk(b, w, 2400, 3600, 3);
}

static void
heart_put(struct buf *b, struct walker *w, int i)
{
    (void)i; /* same signature for all */
    put_whole(b, w, 98, 172);
}

static void
cadence_put(struct buf *b, struct walker *w, int i)
{
    (void)i; /* same signature for all */
    put_whole(b, w, 70, 95);
}

static void
watts_put(struct buf *b, struct walker *w, int i)
{
    if (i % 500 == 0)
        put_null(b, NULL);
    else
        put_whole(b, w, 120, 320);
}

static void
temp_put(struct buf *b, struct walker *w, int i)
{
    (void)i; /* same signature for all */
    put_whole(b, w, 4, 8);
}

static void
moving_put(struct buf *b, struct walker *w, int i)
{
    (void)w; /* same signature for all */
    put_bool(b, NULL, i % 1200 != 0);
}

static void
grade_put(struct buf *b, struct walker *w, int i)
{
    (void)i; /* same signature for all */
    put_walk(b, w, -60, 60, 1);
}

static const struct {
    const char *name;
    bool is_outside; /* only where there is a place */
    bool has_heart;  /* only with a strap */
    void (*put)(struct buf *b, struct walker *w, int i);
} series[] = {
    { "latlng", true, false, latlng_put },
    { "time", false, false, time_put },
    { "distance", false, false, distance_put },
    { "altitude", true, false, altitude_put },
    { "velocity_smooth", false, false, velocity_put },
    { "heartrate", false, true, heart_put },
    { "cadence", false, false, cadence_put },
    { "watts", false, false, watts_put },
    { "temp", true, false, temp_put },
    { "moving", false, false, moving_put },
    { "grade_smooth", true, false, grade_put },
};

enum { SERIES = sizeof(series) / sizeof(series[0]) };

static void
put_series(struct buf *b, const struct activity *a, int which, bool by_type)
{
    int n = STREAM_SAMPLES - a->cropped;
    struct walker w = { .rng = rng_of(STRAVA_STREAM, a->r->number, which) };

    if (series[which].has_heart)
        n -= a->ragged;
    put_open(b, by_type ? series[which].name : NULL, '{');
    if (!by_type)
        put_text(b, "type", series[which].name);
    put_open(b, "data", '[');
    for (int i = 0; i < n; i++)
        series[which].put(b, &w, i);
    put_close(b, ']');
    put_text(b, "series_type", "distance");
    put_int(b, "original_size", n);
    put_text(b, "resolution", "high");
    put_close(b, '}');
}

void
strava_streams(struct buf *b, const struct activity *a, const char *keys,
               bool by_type)
{
    struct list wanted = LIST_INIT;

    list_split(&wanted, keys ? keys : "distance");
    buf_addc(b, by_type ? '{' : '[');
    for (int i = 0; i < SERIES; i++) {
        if ((!series[i].is_outside || !a->is_indoor) &&
            (!series[i].has_heart || a->has_heart) &&
            list_has(&wanted, series[i].name))
            put_series(b, a, i, by_type);
    }
    buf_addc(b, by_type ? '}' : ']');
    list_free(&wanted);
}
