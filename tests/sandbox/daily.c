#include "records.h"

#include <stddef.h>

#include "base/buf.h"
#include "base/tm.h"
#include "person.h"
#include "put.h"

/* Records made once a day. Those of a night appear when the person wakes. */

void
night_list(struct items *out, const struct person *p, int64_t day)
{
    struct night night = person_night(p, day);

    if (night.is_worn && night.wake <= p->now)
        (void)items_add(out, day, night.wake);
}

static void
put_scores(struct buf *b, const char *const *keys, size_t n, struct rng *r)
{
    put_open(b, "contributors", '{');
    for (size_t i = 0; i < n; i++)
        put_score(b, keys[i], r, 40);
    put_close(b, '}');
}

static void
open_record(struct buf *b, enum category_id id, const struct item *it)
{
    put_open(b, NULL, '{');
    put_id(b, id, it);
}

void
daily_sleep_write(struct buf *b, const struct person *p, const struct item *it)
{
    static const char *const keys[] = {
        "deep_sleep",  "efficiency", "latency",     "rem_sleep",
        "restfulness", "timing",     "total_sleep",
    };
    struct rng r = rng_of(DAILY_SLEEP, it->day, 0);

    (void)p; /* same signature for all */
    open_record(b, DAILY_SLEEP, it);
    put_scores(b, keys, sizeof(keys) / sizeof(keys[0]), &r);
    put_day(b, "day", it->day);
    put_score(b, "score", &r, 0);
    put_local(b, "timestamp", it->day * DAY, 0, false);
    put_close(b, '}');
}

void
readiness_write(struct buf *b, const struct person *p, const struct item *it)
{
    static const char *const keys[] = {
        "activity_balance",      "body_temperature", "hrv_balance",
        "previous_day_activity", "previous_night",   "recovery_index",
        "resting_heart_rate",    "sleep_balance",    "sleep_regularity",
    };
    struct rng r = rng_of(READINESS, it->day, 0);

    (void)p; /* same signature for all */
    open_record(b, READINESS, it);
    put_scores(b, keys, sizeof(keys) / sizeof(keys[0]), &r);
    put_day(b, "day", it->day);
    put_score(b, "score", &r, 0);
    put_dec(b, "temperature_deviation", rng_range(&r, -60, 90), 2);
    put_dec(b, "temperature_trend_deviation", rng_range(&r, -20, 30), 2);
    put_local(b, "timestamp", it->day * DAY, 0, false);
    put_close(b, '}');
}

void
spo2_write(struct buf *b, const struct person *p, const struct item *it)
{
    struct rng r = rng_of(SPO2, it->day, 0);
    bool is_measured = rng_range(&r, 1, 9) != 1;

    (void)p; /* same signature for all */
    open_record(b, SPO2, it);
    if (is_measured)
        put_int(b, "breathing_disturbance_index", rng_range(&r, 0, 14));
    else
        put_null(b, "breathing_disturbance_index");
    put_day(b, "day", it->day);
    if (is_measured) {
        put_open(b, "spo2_percentage", '{');
        put_dec(b, "average", rng_range(&r, 95500, 98999), 3);
        put_close(b, '}');
    } else {
        put_null(b, "spo2_percentage");
    }
    put_close(b, '}');
}

void
cardio_age_write(struct buf *b, const struct person *p, const struct item *it)
{
    struct rng r = rng_of(CARDIO_AGE, it->day, 0);

    (void)p; /* same signature for all */
    open_record(b, CARDIO_AGE, it);
    put_day(b, "day", it->day);
    if (rng_range(&r, 1, 11) == 1) {
        put_null(b, "pulse_wave_velocity");
        put_null(b, "vascular_age");
    } else {
        put_dec(b, "pulse_wave_velocity", rng_range(&r, 64, 74), 1);
        put_int(b, "vascular_age", rng_range(&r, 36, 42));
    }
    put_close(b, '}');
}

void
resilience_list(struct items *out, const struct person *p, int64_t day)
{
    enum { FIRST_AFTER = 100 }; /* days of wearing before the first value */

    if (day >= p->first_day + FIRST_AFTER)
        night_list(out, p, day);
}

void
resilience_write(struct buf *b, const struct person *p, const struct item *it)
{
    static const char *const levels[] = { "limited", "adequate", "solid",
                                          "strong", "exceptional" };
    struct rng r = rng_of(RESILIENCE, it->day / 9, 0); /* moves slowly */
    int level = rng_range(&r, 0, 4);

    (void)p; /* same signature for all */
    r = rng_of(RESILIENCE, it->day, 1);
    open_record(b, RESILIENCE, it);
    put_day(b, "day", it->day);
    put_open(b, "contributors", '{');
    put_dec(b, "sleep_recovery", level * 180 + rng_range(&r, 100, 280), 1);
    put_dec(b, "daytime_recovery", level * 170 + rng_range(&r, 50, 300), 1);
    put_dec(b, "stress", level * 150 + rng_range(&r, 100, 300), 1);
    put_close(b, '}');
    put_text(b, "level", levels[level]);
    put_close(b, '}');
}

void
day_list(struct items *out, const struct person *p, int64_t day)
{
    int64_t at = person_at(p, day, 0);

    if (at <= p->now)
        (void)items_add(out, day, at);
}

/* What of a whole day's seconds has come together by now, in quarters of an
 * hour. */
static int64_t
so_far(const struct person *p, int64_t day, int64_t whole)
{
    int64_t gone = p->now - person_at(p, day, 0);

    return (gone >= DAY ? whole : whole * gone / DAY) / 900 * 900;
}

void
stress_write(struct buf *b, const struct person *p, const struct item *it)
{
    static const char *const names[] = { "restored", "normal", "stressful",
                                         NULL };
    struct rng r = rng_of(STRESS, it->day, 0);
    int64_t high = rng_range(&r, 0, 24) * 900, low = rng_range(&r, 0, 16) * 900;

    open_record(b, STRESS, it);
    put_day(b, "day", it->day);
    if (person_wears(it->day)) {
        bool is_whole = p->now - person_at(p, it->day, 0) >= DAY;

        put_text(b, "day_summary", names[is_whole ? rng_range(&r, 0, 2) : 3]);
        put_int(b, "recovery_high", so_far(p, it->day, low));
        put_int(b, "stress_high", so_far(p, it->day, high));
    } else {
        put_null(b, "day_summary");
        put_null(b, "recovery_high");
        put_null(b, "stress_high");
    }
    put_close(b, '}');
}

void
sleep_time_write(struct buf *b, const struct person *p, const struct item *it)
{
    static const char *const advice[] = {
        "improve_efficiency",   "earlier_bedtime",        "later_bedtime",
        "earlier_wake_up_time", "follow_optimal_bedtime", NULL
    };
    static const char *const status[] = {
        "not_enough_nights", "bad_sleep_quality", "only_recommended_found",
        "optimal_found",     "optimal_found",
    };
    struct rng r = rng_of(SLEEP_TIME, it->day, 0);
    int which = rng_range(&r, 0, 4);

    open_record(b, SLEEP_TIME, it);
    put_day(b, "day", it->day);
    if (which >= 3) {
        int start = -rng_range(&r, 2, 8) * 900;

        put_open(b, "optimal_bedtime", '{');
        put_int(b, "day_tz", person_offset(p, person_at(p, it->day, 0)));
        put_int(b, "end_offset", start + 3600);
        put_int(b, "start_offset", start);
        put_close(b, '}');
    } else {
        put_null(b, "optimal_bedtime");
    }
    put_text(b, "recommendation",
             advice[which == 0   ? 5
                    : which >= 3 ? 4
                                 : rng_range(&r, 0, 3)]);
    put_text(b, "status", status[which]);
    put_close(b, '}');
}

void
vo2_max_list(struct items *out, const struct person *p, int64_t day)
{
    struct rng r = rng_of(VO2_MAX, day, 1);
    int64_t at = person_at(p, day, 9 * HOUR + rng_range(&r, 0, 7200));

    if (at <= p->now && rng_one_in(24, VO2_MAX, day, 0))
        (void)items_add(out, day, at);
}

void
vo2_max_write(struct buf *b, const struct person *p, const struct item *it)
{
    struct rng r = rng_of(VO2_MAX, it->day, 2);

    open_record(b, VO2_MAX, it);
    put_day(b, "day", it->day);
    put_time(b, "timestamp", p, it->at);
    put_int(b, "vo2_max", rng_range(&r, 41, 47));
    put_close(b, '}');
}
