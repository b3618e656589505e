#include "records.h"

#include <string.h>

#include "base/buf.h"
#include "base/tm.h"
#include "person.h"
#include "put.h"

/* The long series, in UTC, and the two lists that have no date. */

enum source { AWAKE, ASLEEP, EXERCISE, RESTING, LIVE, SOURCES };

static const struct {
    const char *name;
    int low, width;
} sources[SOURCES] = {
    [AWAKE] = { "awake", 60, 35 },      [ASLEEP] = { "sleep", 46, 16 },
    [EXERCISE] = { "workout", 95, 65 }, [RESTING] = { "rest", 54, 14 },
    [LIVE] = { "live", 62, 20 },
};

/* What the person does around one UTC day. */
struct doing {
    struct night night[2]; /* of this day and of the next */
    struct items workouts;
    bool is_worn;
};

static enum source
source_at(const struct doing *d, int64_t t, uint64_t bits)
{
    if (t < d->night[0].wake || t >= d->night[1].bed)
        return ASLEEP;
    for (size_t i = 0; i < d->workouts.n; i++) {
        const struct item *w = &d->workouts.p[i];

        if (t >= w->at && t < w->at + w->a)
            return EXERCISE;
    }
    return bits % 23 == 0 ? LIVE : bits % 11 == 0 ? RESTING : AWAKE;
}

static bool
is_worn_at(const struct doing *d, int64_t t)
{
    if (t < d->night[0].wake)
        return d->night[0].is_worn;
    return t >= d->night[1].bed ? d->night[1].is_worn : d->is_worn;
}

static void
add_sample(struct items *out, int64_t day, int64_t t, enum source source,
           uint64_t bits)
{
    struct item *it = items_add(out, day, t);

    it->a = (int)source;
    it->b = sources[source].low +
            (int)((bits >> 20) % (uint64_t)sources[source].width);
}

void
heartrate_list(struct items *out, const struct person *p, int64_t day)
{
    struct doing d = { .night = { person_night(p, day),
                                  person_night(p, day + 1) },
                       .workouts = ITEMS_INIT,
                       .is_worn = person_wears(day) };
    int wobble = p->heartrate_every < 90 ? p->heartrate_every : 90;

    workout_list(&d.workouts, p, day);
    for (int64_t s = 0; s < DAY; s += p->heartrate_every) {
        struct rng r = rng_of(HEARTRATE, day, s);
        uint64_t bits = rng_next(&r);
        int64_t t = day * DAY + s + (int64_t)(bits >> 40) % wobble;
        enum source source = source_at(&d, t, bits);

        if (t > p->now)
            break;
        if (!is_worn_at(&d, t) || (bits >> 10) % 40 == 0)
            continue;
        add_sample(out, day, t, source, bits);
        if (source == EXERCISE && (bits >> 8) % 4 == 0)
            add_sample(out, day, t, AWAKE, bits ^ (1U << 20));
    }
    items_free(&d.workouts);
}

void
heartrate_write(struct buf *b, const struct person *p, const struct item *it)
{
    (void)p; /* same signature for all */
    put_open(b, NULL, '{');
    put_utc(b, "timestamp", it->at);
    put_int(b, "timestamp_unix", it->at * 1000);
    put_int(b, "bpm", it->b);
    put_text(b, "source", sources[it->a].name);
    put_close(b, '}');
}

void
battery_list(struct items *out, const struct person *p, int64_t day)
{
    enum { EVERY = 2 * HOUR, FIRST = 900 };

    if (!person_wears(day))
        return;
    for (int64_t s = FIRST; s < DAY; s += EVERY) {
        if (day * DAY + s <= p->now)
            (void)items_add(out, day, day * DAY + s);
    }
}

void
battery_write(struct buf *b, const struct person *p, const struct item *it)
{
    /* In two hours the ring uses 2 % or gains 38 %. */
    enum { CYCLE = 46, CHARGING_FROM = 43 };
    struct rng r = rng_of(BATTERY, it->at / HOUR, 0);
    int at = (int)(it->at / (2 * HOUR) % CYCLE);
    bool is_charging = at >= CHARGING_FROM;
    int level = is_charging ? 14 + (at - CHARGING_FROM) * 38 : 100 - at * 2;

    (void)p; /* same signature for all */
    put_open(b, NULL, '{');
    put_utc(b, "timestamp", it->at);
    put_int(b, "timestamp_unix", it->at * 1000);
    if (rng_range(&r, 1, 50) == 1) {
        put_null(b, "charging");
        put_null(b, "in_charger");
    } else {
        put_bool(b, "charging", is_charging && level < 90);
        put_bool(b, "in_charger", is_charging);
    }
    put_int(b, "level", level);
    put_close(b, '}');
}

void
rings_list(struct items *out, const struct person *p, int64_t day)
{
    for (int i = 0; i < 2; i++) {
        int64_t at = person_at(p, person_ring_day(i), 10 * HOUR);

        if (i == 0 || at <= p->now)
            items_add(out, day, at)->index = i;
    }
}

void
rings_write(struct buf *b, const struct person *p, const struct item *it)
{
    static const struct {
        const char *color, *design, *firmware, *hardware;
    } rings[] = {
        { "stealth_black", "heritage", "2.9.32", "gen3" },
        { "deep_rose", "horizon", NULL, "or5" },
    };
    struct item fixed = { .index = it->index }; /* the same id every day */

    (void)p; /* same signature for all */
    put_open(b, NULL, '{');
    put_id(b, RINGS, &fixed);
    put_text(b, "color", rings[it->index].color);
    put_text(b, "design", rings[it->index].design);
    put_text(b, "firmware_version", rings[it->index].firmware);
    put_text(b, "hardware_type", rings[it->index].hardware);
    put_local(b, "set_up_at", it->at, 0, false);
    if (it->index == 0)
        put_int(b, "size", 11);
    else
        put_null(b, "size");
    put_close(b, '}');
}

void
personal_list(struct items *out, const struct person *p, int64_t day)
{
    (void)items_add(out, day, p->now);
}

void
personal_write(struct buf *b, const struct person *p, const struct item *it)
{
    struct item fixed = { .index = it->index };

    (void)p; /* same signature for all */
    put_open(b, NULL, '{');
    put_id(b, PERSONAL, &fixed);
    put_int(b, "age", 41);
    put_dec(b, "weight", 744, 1);
    put_dec(b, "height", 179, 2);
    put_text(b, "biological_sex", "female");
    put_text(b, "email", "synthetic.user@example.com");
    put_close(b, '}');
}
