#include "records.h"

#include <stddef.h>

#include "base/buf.h"
#include "base/tm.h"
#include "person.h"
#include "put.h"

/* An activity day runs from 04:00 to 04:00 local time, so it has 1380, 1440
 * or 1500 minutes. The one that holds now ends there, and grows. */

enum { CLASSES = 6, BLOCK_MIN = 5, MAX_MINUTES = 25 * 60 };

struct day_sum {
    int minutes;
    int blocks;
    int minutes_in[CLASSES]; /* not worn, rest, inactive, low, medium, high */
    int tenths_in[CLASSES];  /* MET-minutes, in tenths */
    unsigned char tenths[MAX_MINUTES];
    char classes[MAX_MINUTES / BLOCK_MIN + 1];
};

static int64_t
day_start(const struct person *p, int64_t day)
{
    return person_at(p, day, 4 * HOUR);
}

void
activity_list(struct items *out, const struct person *p, int64_t day)
{
    int64_t at = day_start(p, day);

    if (at + HOUR <= p->now)
        (void)items_add(out, day, at);
}

static int
class_of(struct rng *r, int64_t at, const struct night *before,
         const struct night *after)
{
    int x;

    if (at < before->wake || at >= after->bed)
        return (at < before->wake ? before : after)->is_worn ? 1 : 0;
    if (!before->is_worn)
        return 0;
    x = rng_range(r, 0, 99);
    return x < 3 ? 5 : x < 9 ? 4 : x < 42 ? 3 : x < 97 ? 2 : 0;
}

static void
sum_day(struct day_sum *sum, const struct person *p, int64_t day)
{
    static const int low[CLASSES] = { 1, 9, 10, 15, 30, 60 };
    static const int width[CLASSES] = { 1, 1, 5, 15, 30, 16 };
    int64_t from = day_start(p, day), to = day_start(p, day + 1);
    struct night before = person_night(p, day);
    struct night after = person_night(p, day + 1);
    struct rng r = rng_of(ACTIVITY, day, 0);

    *sum = (struct day_sum){ .minutes = 0 };
    for (int64_t t = from; t + BLOCK_MIN * 60 <= to; t += BLOCK_MIN * 60) {
        int c = class_of(&r, t, &before, &after);
        uint64_t bits = rng_next(&r);

        if (t + BLOCK_MIN * 60 > p->now)
            break;
        sum->classes[sum->blocks++] = (char)('0' + c);
        sum->minutes_in[c] += BLOCK_MIN;
        for (int i = 0; i < BLOCK_MIN; i++, bits >>= 12) {
            int met = low[c] + (int)(bits & 0xfff) % width[c];

            sum->tenths[sum->minutes++] = (unsigned char)met;
            sum->tenths_in[c] += met;
        }
    }
}

static void
put_met(struct buf *b, const struct person *p, const struct day_sum *sum,
        int64_t start)
{
    char *to;

    put_open(b, "met", '{');
    put_dec(b, "interval", 600, 1);
    put_open(b, "items", '[');
    to = buf_room(b, (size_t)sum->minutes * 4);
    for (int i = 0; i < sum->minutes; i++, to += 4) {
        to[0] = (char)('0' + sum->tenths[i] / 10);
        to[1] = '.';
        to[2] = (char)('0' + sum->tenths[i] % 10);
        to[3] = ',';
    }
    b->n += (size_t)sum->minutes * 4 - 1; /* without the last comma */
    put_close(b, ']');
    put_time(b, "timestamp", p, start);
    put_close(b, '}');
}

static void
put_contributors(struct buf *b, struct rng *r, bool is_whole)
{
    put_open(b, "contributors", '{');
    put_score(b, "meet_daily_targets", r, 0);
    put_score(b, "move_every_hour", r, 0);
    put_score(b, "recovery_time", r, 0);
    put_score(b, "stay_active", r, 0);
    put_score(b, "training_frequency", r, 0);
    if (is_whole)
        put_score(b, "training_volume", r, 30);
    else
        put_null(b, "training_volume");
    put_close(b, '}');
}

static void
put_times(struct buf *b, const struct day_sum *sum)
{
    put_int(b, "high_activity_met_minutes", sum->tenths_in[5] / 10);
    put_int(b, "high_activity_time", sum->minutes_in[5] * 60);
    put_int(b, "inactivity_alerts", sum->minutes_in[2] / 240);
    put_int(b, "low_activity_met_minutes", sum->tenths_in[3] / 10);
    put_int(b, "low_activity_time", sum->minutes_in[3] * 60);
    put_int(b, "medium_activity_met_minutes", sum->tenths_in[4] / 10);
    put_int(b, "medium_activity_time", sum->minutes_in[4] * 60);
}

static void
put_rest(struct buf *b, const struct day_sum *sum, int walked, int burned)
{
    enum { TARGET_M = 9000, TARGET_KCAL = 450, BASAL_PER_MINUTE = 105 };

    put_int(b, "meters_to_target", TARGET_M - walked);
    put_int(b, "non_wear_time", sum->minutes_in[0] * 60);
    put_int(b, "resting_time", sum->minutes_in[1] * 60);
    put_int(b, "sedentary_met_minutes", sum->tenths_in[2] / 100);
    put_int(b, "sedentary_time", sum->minutes_in[2] * 60);
    put_int(b, "steps", walked * 11 / 9);
    put_int(b, "target_calories", TARGET_KCAL);
    put_int(b, "target_meters", TARGET_M);
    put_int(b, "total_calories",
            burned + sum->minutes * BASAL_PER_MINUTE / 100);
}

void
activity_write(struct buf *b, const struct person *p, const struct item *it)
{
    struct rng r = rng_of(ACTIVITY, it->day, 1);
    bool is_whole = day_start(p, it->day + 1) <= p->now;
    struct day_sum sum;
    int active, all = 0;

    sum_day(&sum, p, it->day);
    for (int i = 0; i < CLASSES; i++)
        all += sum.tenths_in[i];
    active = sum.tenths_in[3] + sum.tenths_in[4] + sum.tenths_in[5];
    put_open(b, NULL, '{');
    put_id(b, ACTIVITY, it);
    put_text(b, "class_5_min", sum.classes);
    if (is_whole)
        put_score(b, "score", &r, 0);
    else
        put_null(b, "score");
    put_int(b, "active_calories", active / 24);
    put_dec(b, "average_met_minutes",
            (int64_t)all * 10000 / (sum.minutes ? sum.minutes : 1), 5);
    put_contributors(b, &r, is_whole);
    put_int(b, "equivalent_walking_distance", active * 2 / 3);
    put_times(b, &sum);
    put_met(b, p, &sum, it->at);
    put_rest(b, &sum, active * 2 / 3, active / 24);
    put_day(b, "day", it->day);
    put_local(b, "timestamp", it->at, person_offset(p, it->at), false);
    put_close(b, '}');
}
