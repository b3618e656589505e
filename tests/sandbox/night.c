#include "records.h"

#include <stddef.h>

#include "base/buf.h"
#include "base/tm.h"
#include "person.h"
#include "put.h"

/* The periods of sleep that count for a day, up to four. */

enum period_kind { LATE_NAP, LONG_SLEEP, RESTING, NAP, DELETED, PERIOD_KINDS };

static const struct {
    const char *type;
    int one_in;      /* days; 1 for the night, which has its own rule */
    int from, width; /* start, in minutes of the day */
    int min, max;    /* length, in minutes */
} kinds[PERIOD_KINDS] = {
    [LATE_NAP] = { "late_nap", 37, 18 * 60 - 1440, 60, 20, 80 },
    [LONG_SLEEP] = { "long_sleep", 1, 0, 0, 0, 0 },
    [RESTING] = { "rest", 31, 11 * 60, 60, 15, 30 },
    [NAP] = { "sleep", 12, 13 * 60, 120, 20, 120 },
    [DELETED] = { "deleted", 61, 16 * 60 + 30, 20, 20, 40 },
};

static void
add_night(struct items *out, const struct person *p, int64_t day)
{
    struct night night = person_night(p, day);
    bool is_over = night.wake <= p->now;
    struct item *it;

    if (!night.is_worn || night.bed > p->now)
        return;
    it = items_add(out, day, is_over ? night.wake : p->now);
    it->index = LONG_SLEEP;
    it->a = (int)(night.wake - night.bed); /* under a day */
    it->b = is_over ? 0 : 1;               /* still asleep */
}

static void
add_nap(struct items *out, const struct person *p, int64_t day, int kind)
{
    struct rng r = rng_of(SLEEP, day, kind);
    int start = kinds[kind].from + rng_range(&r, 0, kinds[kind].width);
    int minutes = rng_range(&r, kinds[kind].min, kinds[kind].max);
    int64_t end = person_at(p, day, ((int64_t)start + minutes) * 60);
    struct item *it;

    if (!rng_one_in(kinds[kind].one_in, SLEEP, day, kind) ||
        !person_wears(day) || end > p->now)
        return;
    it = items_add(out, day, end);
    it->index = kind;
    it->a = minutes * 60;
}

void
sleep_list(struct items *out, const struct person *p, int64_t day)
{
    for (int kind = 0; kind < PERIOD_KINDS; kind++) {
        if (kind == LONG_SLEEP)
            add_night(out, p, day);
        else
            add_nap(out, p, day, kind);
    }
}

enum { BLOCK_S = 300, HALF_S = 30, MAX_BLOCKS = 24 * 12 };

/* Phases by five minutes: 1 deep, 2 light, 3 REM, 4 awake. */
struct phases {
    int blocks;
    int seconds[5];
    char text[MAX_BLOCKS + 1];
};

static void
make_phases(struct phases *ph, const struct item *it, struct rng *r)
{
    *ph = (struct phases){ .blocks = it->a / BLOCK_S };
    for (int i = 0; i < ph->blocks; i++) {
        int x = rng_range(r, 0, 99);
        int phase = i < 2 || x < 9 ? 4 : x < 30 ? 1 : x < 76 ? 2 : 3;

        ph->text[i] = (char)('0' + phase);
        ph->seconds[phase] += BLOCK_S;
    }
}

/* 52.0, or null for the first and now and then. */
static void
put_series(struct buf *b, const char *key, const struct person *p,
           const struct item *it, struct rng *r, int low, int high)
{
    put_open(b, key, '{');
    put_dec(b, "interval", BLOCK_S * 10, 1);
    put_open(b, "items", '[');
    for (int i = 0; i < it->a / BLOCK_S; i++) {
        if (i == 0 || rng_range(r, 1, 25) == 1)
            put_null(b, NULL);
        else
            put_dec(b, NULL, (int64_t)rng_range(r, low, high) * 10, 1);
    }
    put_close(b, ']');
    put_time(b, "timestamp", p, it->at - it->a);
    put_close(b, '}');
}

static void
put_movement(struct buf *b, const struct item *it, struct rng *r)
{
    char text[24 * 120 + 1];
    int n = it->a / HALF_S;

    for (int i = 0; i < n; i++)
        text[i] = "11111111111111112134"[rng_range(r, 0, 19)];
    text[n] = '\0';
    put_text(b, "movement_30_sec", text);
}

static void
put_fine_phases(struct buf *b, const struct item *it, const struct phases *ph)
{
    char text[24 * 120 + 1];
    int n = it->a / HALF_S;

    for (int i = 0; i < n; i++)
        text[i] = i / 10 < ph->blocks ? ph->text[i / 10] : '4';
    text[n] = '\0';
    put_text(b, "sleep_phase_30_sec", text);
}

static void
put_readiness(struct buf *b, struct rng *r)
{
    static const char *const keys[] = {
        "activity_balance",      "body_temperature", "hrv_balance",
        "previous_day_activity", "previous_night",   "recovery_index",
        "resting_heart_rate",    "sleep_balance",    "sleep_regularity",
    };

    put_open(b, "readiness", '{');
    put_open(b, "contributors", '{');
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        put_score(b, keys[i], r, 40);
    put_close(b, '}');
    put_score(b, "score", r, 0);
    put_dec(b, "temperature_deviation", rng_range(r, -60, 90), 2);
    put_dec(b, "temperature_trend_deviation", rng_range(r, -20, 30), 2);
    put_close(b, '}');
}

static void
put_nulls(struct buf *b, const char *const *keys, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_null(b, keys[i]);
}

static const char *
ring_id(int64_t day)
{
    return day < person_ring_day(1) ? "c3ludGhldGljLXJpbmctMQ"
                                    : "c3ludGhldGljLXJpbmctMg";
}

/* A night in progress: what is measured is not known yet. */
static void
write_open_night(struct buf *b, const struct person *p, const struct item *it)
{
    static const char *const unknown[] = {
        "average_breath",
        "average_heart_rate",
        "average_hrv",
        "awake_time",
        "deep_sleep_duration",
        "efficiency",
        "heart_rate",
        "hrv",
        "latency",
        "light_sleep_duration",
        "lowest_heart_rate",
        "movement_30_sec",
        "readiness",
        "readiness_score_delta",
        "rem_sleep_duration",
        "restless_periods",
        "sleep_phase_30_sec",
        "sleep_phase_5_min",
        "sleep_score_delta",
        "total_sleep_duration",
        "app_sleep_phase_5_min",
    };
    struct night night = person_night(p, it->day);

    put_open(b, NULL, '{');
    put_id(b, SLEEP, it);
    put_null(b, "bedtime_end");
    put_time(b, "bedtime_start", p, night.bed);
    put_day(b, "day", it->day);
    put_nulls(b, unknown, sizeof(unknown) / sizeof(unknown[0]));
    put_bool(b, "low_battery_alert", false);
    put_int(b, "period", 0);
    put_text(b, "sleep_algorithm_version", "v2");
    put_text(b, "sleep_analysis_reason", "background_sleep_analysis");
    put_int(b, "time_in_bed", p->now - night.bed);
    put_text(b, "type", "long_sleep");
    put_text(b, "ring_id", ring_id(it->day));
    put_close(b, '}');
}

static void
put_head(struct buf *b, const struct person *p, const struct item *it,
         const struct phases *ph, struct rng *r)
{
    int in_bed = ph->blocks * BLOCK_S;

    put_id(b, SLEEP, it);
    put_dec(b, "average_breath", rng_range(r, 12500, 16200), 3);
    put_dec(b, "average_heart_rate", rng_range(r, 52000, 57500), 3);
    put_int(b, "average_hrv", rng_range(r, 42, 58));
    put_int(b, "awake_time", ph->seconds[4]);
    put_time(b, "bedtime_end", p, it->at);
    put_time(b, "bedtime_start", p, it->at - it->a);
    put_day(b, "day", it->day);
    put_int(b, "deep_sleep_duration", ph->seconds[1]);
    put_int(b, "efficiency", 100 - ph->seconds[4] * 100 / in_bed);
}

static void
put_tail(struct buf *b, const struct item *it, const struct phases *ph,
         struct rng *r)
{
    static const char *const reasons[] = {
        "foreground_sleep_analysis", "foreground_sleep_analysis",
        "background_created_foreground_updated", "bedtime_edit"
    };
    bool is_night = it->index == LONG_SLEEP;

    put_int(b, "restless_periods", rng_range(r, 80, 260));
    put_text(b, "sleep_algorithm_version", "v2");
    put_text(b, "sleep_analysis_reason", reasons[rng_range(r, 0, 3)]);
    put_fine_phases(b, it, ph);
    put_text(b, "sleep_phase_5_min", ph->text);
    if (is_night)
        put_null(b, "sleep_score_delta");
    else
        put_int(b, "sleep_score_delta", rng_range(r, 0, 4));
    put_int(b, "time_in_bed", it->a);
    put_int(b, "total_sleep_duration",
            ph->seconds[1] + ph->seconds[2] + ph->seconds[3]);
    put_text(b, "type", kinds[it->index].type);
    put_text(b, "ring_id", ring_id(it->day));
    put_text(b, "app_sleep_phase_5_min", ph->text);
}

void
sleep_write(struct buf *b, const struct person *p, const struct item *it)
{
    struct rng r = rng_of(SLEEP, it->day, 100 + it->index);
    bool is_night = it->index == LONG_SLEEP;
    struct phases ph;

    if (it->b) {
        write_open_night(b, p, it);
        return;
    }
    make_phases(&ph, it, &r);
    put_open(b, NULL, '{');
    put_head(b, p, it, &ph, &r);
    if (it->index == RESTING) {
        put_null(b, "heart_rate");
        put_null(b, "hrv");
    } else {
        put_series(b, "heart_rate", p, it, &r, 48, 62);
        put_series(b, "hrv", p, it, &r, 25, 75);
    }
    put_int(b, "latency", rng_range(&r, 2, 40) * 30);
    put_int(b, "light_sleep_duration", ph.seconds[2]);
    put_bool(b, "low_battery_alert", rng_range(&r, 1, 40) == 1);
    put_int(b, "lowest_heart_rate", rng_range(&r, 44, 48));
    put_movement(b, it, &r);
    put_int(b, "period", is_night ? 0 : it->index);
    if (is_night) {
        put_readiness(b, &r);
        put_null(b, "readiness_score_delta");
    } else {
        put_null(b, "readiness");
        put_int(b, "readiness_score_delta", rng_range(&r, 0, 3));
    }
    put_int(b, "rem_sleep_duration", ph.seconds[3]);
    put_tail(b, it, &ph, &r);
    put_close(b, '}');
}
