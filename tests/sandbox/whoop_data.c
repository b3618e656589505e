#include "whoop.h"

#include "base/buf.h"
#include "base/tm.h"
#include "person.h"
#include "provider.h"
#include "put.h"

/* What WHOOP knows about the person; see whoop.c for how it tells. */

enum {
    USER_ID = 10129,
    MINUTE = 60,
    NAPS_FROM = 100000,    /* numbers of sleeps that are no night */
    STUCK_DAYS = 45,       /* some records wait that long for their score */
    V1_UNTIL = 1756684800, /* 2025-09-01: the old numbers end */
};

enum score_state { SCORED, PENDING, UNSCORABLE };

static const char *const state_names[] = {
    [SCORED] = "SCORED",
    [PENDING] = "PENDING_SCORE",
    [UNSCORABLE] = "UNSCORABLE",
};

int64_t
whoop_cycle_id(int number)
{
    return INT64_C(5001042000000) + number;
}

void
whoop_uuid(char out[37], const struct whoop *w, const struct shelf *s,
           int number)
{
    uuid_of(out, s == w->workouts ? WHOOP_WORKOUT : WHOOP_SLEEP, 0, number);
}

static bool
is_stuck(const struct record *r)
{
    return r->number % 97 == 13;
}

/* When the score comes. */
static int64_t
scored_at(const struct record *r)
{
    return r->created + (is_stuck(r) ? STUCK_DAYS * DAY : 40 * MINUTE);
}

static enum score_state
state_of(const struct whoop *w, const struct record *r)
{
    if (r->number % 41 == 7)
        return UNSCORABLE;
    return scored_at(r) > w->account.now ? PENDING : SCORED;
}

/* The zone the person was in: mostly at home, at times far away. */
static void
put_zone(struct buf *b, const struct whoop *w, int64_t at)
{
    int64_t day = at / DAY % 180;
    bool is_summer = person_offset(&w->world->person, at) > HOUR;

    put_text(b, "timezone_offset",
             day >= 90 && day < 97 ? "-05:00"
             : day == 97           ? "Z"
             : is_summer           ? "+02:00"
                                   : "+01:00");
}

static void
put_changes(struct buf *b, const struct record *r, int64_t updated)
{
    struct rng rng = rng_of(WHOOP_CYCLE, r->number, 7);
    int ms = rng_range(&rng, 0, 899);

    if (updated < r->updated)
        updated = r->updated;
    put_utc_ms(b, "created_at", r->created * 1000 + ms);
    put_utc_ms(b, "updated_at",
               updated * 1000 + (updated > r->created ? ms % 7 : ms));
}

/* The instant with its milliseconds, the same wherever it is named. */
static void
put_moment(struct buf *b, const char *key, int64_t at)
{
    put_utc_ms(b, key, at * 1000 + at % 3 * (at % 997));
}

static struct rng
facts(enum category_id id, const struct record *r)
{
    return rng_of(id, r->number, 100 + r->version);
}

/* The next cycle ends this one. */
static const struct record *
cycle_after(const struct whoop *w, const struct record *r)
{
    size_t at = shelf_before(w->cycles, r->at + 1);

    return at > 0 ? &w->cycles->p[at - 1] : NULL;
}

static int64_t
cycle_end(const struct whoop *w, const struct record *r)
{
    const struct record *next = cycle_after(w, r);

    return next ? next->at : INT64_MAX;
}

/* An open cycle changes all day, at every hour. */
static int64_t
cycle_updated(const struct whoop *w, const struct record *r)
{
    const struct record *next = cycle_after(w, r);
    int64_t hour = w->account.now / HOUR * HOUR;

    if (next)
        return next->created;
    return hour > r->created ? hour : r->created;
}

static void
cycle_write(struct buf *b, const struct whoop *w, const struct record *r)
{
    struct rng rng = facts(WHOOP_CYCLE, r);
    int64_t end = cycle_end(w, r), now = w->account.now;
    enum score_state state = state_of(w, r);
    int64_t hours = ((end == INT64_MAX ? now : end) - r->at) / HOUR;
    int full = rng_range(&rng, 3000000, 18500000);
    int strain = (int)(full * (hours > 24 ? 24 : hours + 1) / 25);

    put_open(b, NULL, '{');
    put_int(b, "id", whoop_cycle_id(r->number));
    put_int(b, "user_id", USER_ID);
    put_changes(b, r, cycle_updated(w, r));
    put_moment(b, "start", r->at);
    if (end != INT64_MAX)
        put_moment(b, "end", end);
    put_zone(b, w, r->at);
    put_text(b, "score_state", state_names[state]);
    if (state == SCORED) {
        put_open(b, "score", '{');
        put_dec(b, "strain", strain, 6);
        put_dec(b, "kilojoule",
                60000000 + (int64_t)strain * 4 + rng_range(&rng, 0, 99999), 4);
        put_int(b, "average_heart_rate", rng_range(&rng, 58, 82));
        put_int(b, "max_heart_rate", rng_range(&rng, 120, 188));
        put_close(b, '}');
    }
    put_close(b, '}');
}

static int
sleep_length(const struct record *r)
{
    struct rng rng = rng_of(WHOOP_SLEEP, r->number, 1);
    int night = rng_range(&rng, 370, 520), nap = rng_range(&rng, 20, 75);

    return (r->number >= NAPS_FROM ? nap : night) * MINUTE +
           5 * MINUTE * r->version;
}

static int64_t
sleep_end(const struct whoop *w, const struct record *r)
{
    (void)w; /* same signature for all */
    return r->at + sleep_length(r);
}

static void
put_stages(struct buf *b, struct rng *rng, const struct record *r)
{
    int64_t bed = (int64_t)sleep_length(r) * 1000;
    int64_t awake = bed / rng_range(rng, 12, 40);
    int64_t deep = bed / rng_range(rng, 4, 7);
    int64_t rem = bed / rng_range(rng, 4, 6);

    put_open(b, "stage_summary", '{');
    put_int(b, "total_in_bed_time_milli", bed);
    put_int(b, "total_awake_time_milli", awake);
    put_int(b, "total_no_data_time_milli", 0);
    put_int(b, "total_light_sleep_time_milli", bed - awake - deep - rem);
    put_int(b, "total_slow_wave_sleep_time_milli", deep);
    put_int(b, "total_rem_sleep_time_milli", rem);
    put_int(b, "sleep_cycle_count", bed / 5400000);
    put_int(b, "disturbance_count", rng_range(rng, 0, 16));
    put_close(b, '}');
}

static void
put_sleep_score(struct buf *b, const struct record *r)
{
    struct rng rng = facts(WHOOP_SLEEP, r);
    bool is_nap = r->number >= NAPS_FROM;

    put_open(b, "score", '{');
    put_stages(b, &rng, r);
    put_open(b, "sleep_needed", '{');
    put_int(b, "baseline_milli", 27395716);
    put_int(b, "need_from_sleep_debt_milli", rng_range(&rng, 0, 3600000));
    put_int(b, "need_from_recent_strain_milli", rng_range(&rng, 0, 900000));
    put_int(b, "need_from_recent_nap_milli",
            r->number % 7 == 0 ? -rng_range(&rng, 1, 1800000) : 0);
    put_close(b, '}');
    put_dec(b, "respiratory_rate", rng_range(&rng, 1350000000, 1750000000), 8);
    if (!is_nap) {
        put_dec(b, "sleep_performance_percentage",
                rng_range(&rng, 45, 100) * 10, 1);
        put_dec(b, "sleep_consistency_percentage", rng_range(&rng, 40, 95) * 10,
                1);
    }
    put_dec(b, "sleep_efficiency_percentage",
            8000000000 + rng_range(&rng, 0, 1900000000), 8);
    put_close(b, '}');
}

/* The cycle in which something happened; the oldest if it was before. */
static int
cycle_of(const struct whoop *w, int64_t at)
{
    size_t i = shelf_before(w->cycles, at + 1);

    if (w->cycles->n == 0)
        return 0;
    return w->cycles->p[i < w->cycles->n ? i : w->cycles->n - 1].number;
}

static int64_t
score_changed(const struct whoop *w, const struct record *r)
{
    return state_of(w, r) == SCORED ? scored_at(r) : r->created;
}

static void
sleep_write(struct buf *b, const struct whoop *w, const struct record *r)
{
    enum score_state state = state_of(w, r);
    char id[37];

    whoop_uuid(id, w, w->sleeps, r->number);
    put_open(b, NULL, '{');
    put_text(b, "id", id);
    put_int(b, "cycle_id",
            whoop_cycle_id(r->number >= NAPS_FROM ? cycle_of(w, r->at)
                                                  : r->number));
    if (r->created < V1_UNTIL && r->number % 2)
        put_int(b, "v1_id", 900000000 + r->number);
    put_int(b, "user_id", USER_ID);
    put_changes(b, r, score_changed(w, r));
    put_moment(b, "start", r->at);
    put_moment(b, "end", sleep_end(w, r));
    put_zone(b, w, r->at);
    put_bool(b, "nap", r->number >= NAPS_FROM);
    put_text(b, "score_state", state_names[state]);
    if (state == SCORED)
        put_sleep_score(b, r);
    put_close(b, '}');
}

static void
recovery_write(struct buf *b, const struct whoop *w, const struct record *r)
{
    struct rng rng = facts(WHOOP_RECOVERY, r);
    enum score_state state = state_of(w, r);
    char id[37];

    whoop_uuid(id, w, w->sleeps, r->number);
    put_open(b, NULL, '{');
    put_int(b, "cycle_id", whoop_cycle_id(r->number));
    put_text(b, "sleep_id", id);
    put_int(b, "user_id", USER_ID);
    put_changes(b, r, score_changed(w, r));
    put_text(b, "score_state", state_names[state]);
    if (state == SCORED) {
        put_open(b, "score", '{');
        put_bool(b, "user_calibrating", r->number < 5);
        put_dec(b, "recovery_score", rng_range(&rng, 12, 98) * 10, 1);
        put_dec(b, "resting_heart_rate", rng_range(&rng, 46, 66) * 10, 1);
        put_dec(b, "hrv_rmssd_milli", rng_range(&rng, 24000000, 98000000), 6);
        if (r->number > 300) { /* a newer strap */
            put_dec(b, "spo2_percentage", rng_range(&rng, 933333, 987500), 4);
            put_dec(b, "skin_temp_celsius", rng_range(&rng, 3290, 3510), 2);
        }
        put_close(b, '}');
    }
    put_close(b, '}');
}

static const struct {
    const char *name;
    int number; /* the old one; -2 = there was none */
    bool has_distance;
} sports[] = {
    { "running", 0, true },         { "cycling", 1, true },
    { "weightlifting", 45, false }, { "hiking/rucking", 52, true },
    { "yoga", 44, false },          { "sauna", -2, false },
    { "activity", -1, false },
};

static int64_t
workout_end(const struct whoop *w, const struct record *r)
{
    struct rng rng = rng_of(WHOOP_WORKOUT, r->number, 1);

    (void)w; /* same signature for all */
    return r->at + rng_range(&rng, 20, 110) * MINUTE;
}

static void
put_zone_durations(struct buf *b, struct rng *rng, int64_t ms)
{
    static const char *const names[] = {
        "zone_zero_milli",  "zone_one_milli",  "zone_two_milli",
        "zone_three_milli", "zone_four_milli", "zone_five_milli",
    };

    put_open(b, "zone_durations", '{');
    for (int i = 0; i < 6; i++) {
        int64_t part = i < 5 ? ms / rng_range(rng, 2, 6) : ms;

        put_int(b, names[i], part);
        ms -= part;
    }
    put_close(b, '}');
}

static void
put_workout_score(struct buf *b, const struct whoop *w, const struct record *r,
                  bool has_distance)
{
    struct rng rng = facts(WHOOP_WORKOUT, r);
    int64_t length = workout_end(w, r) - r->at;

    put_open(b, "score", '{');
    put_dec(b, "strain", rng_range(&rng, 20000, 180000), 4);
    put_int(b, "average_heart_rate", rng_range(&rng, 92, 150));
    put_int(b, "max_heart_rate", rng_range(&rng, 151, 190));
    put_dec(b, "kilojoule", length * 40000000 + rng_range(&rng, 0, 99999999),
            8);
    put_dec(b, "percent_recorded", rng_range(&rng, 930, 1000), 1);
    if (has_distance) {
        put_dec(b, "distance_meter",
                length * 250000000 + rng_range(&rng, 0, 99999999), 8);
        put_dec(b, "altitude_gain_meter", rng_range(&rng, 0, 1900000000), 7);
        put_dec(b, "altitude_change_meter",
                rng_range(&rng, 0, 200000000) - 100000000, 8);
    }
    put_zone_durations(b, &rng, length * 1000);
    put_close(b, '}');
}

static void
workout_write(struct buf *b, const struct whoop *w, const struct record *r)
{
    struct rng rng = rng_of(WHOOP_WORKOUT, r->number, 10 + r->version);
    int sport = rng_range(&rng, 0, 6);
    enum score_state state = state_of(w, r);
    bool is_old = r->created < V1_UNTIL;
    char id[37];

    whoop_uuid(id, w, w->workouts, r->number);
    put_open(b, NULL, '{');
    put_text(b, "id", id);
    if (is_old && r->number % 2)
        put_int(b, "v1_id", 800000000 + r->number);
    put_int(b, "user_id", USER_ID);
    put_changes(b, r, score_changed(w, r));
    put_moment(b, "start", r->at);
    put_moment(b, "end", workout_end(w, r));
    put_zone(b, w, r->at);
    put_text(b, "sport_name", sports[sport].name);
    put_text(b, "score_state", state_names[state]);
    if (state == SCORED)
        put_workout_score(b, w, r, sports[sport].has_distance);
    if (is_old && sports[sport].number > -2)
        put_int(b, "sport_id", sports[sport].number);
    put_close(b, '}');
}

void
whoop_profile(struct buf *b)
{
    put_open(b, NULL, '{');
    put_int(b, "user_id", USER_ID);
    put_text(b, "email", "synthetic.user@example.com");
    put_text(b, "first_name", "Synthetic");
    put_text(b, "last_name", "User");
    put_close(b, '}');
}

void
whoop_body(struct buf *b)
{
    put_open(b, NULL, '{');
    put_dec(b, "height_meter", 17907, 4);
    put_dec(b, "weight_kilogram", 743894, 4);
    put_int(b, "max_heart_rate", 187);
    put_close(b, '}');
}

void
whoop_stream(struct buf *b, const struct whoop *w, const struct record *r)
{
    enum { EVERY_S = 60 };
    struct rng rng = rng_of(WHOOP_SLEEP, r->number, 3);
    int64_t end = sleep_end(w, r);

    put_open(b, NULL, '{');
    put_open(b, "stream", '[');
    for (int64_t t = r->at; t < end; t += EVERY_S) {
        put_open(b, NULL, '{');
        put_utc(b, "timestamp", t);
        put_int(b, "hr", rng_range(&rng, 44, 70));
        put_close(b, '}');
    }
    put_close(b, ']');
    put_text(b, "algorithm_version", "1.0");
    put_close(b, '}');
}

static const struct whoop_kind kinds[] = {
    { "cycle", "/v2/cycle", cycle_write, cycle_end },
    { "recovery", "/v2/recovery", recovery_write, sleep_end },
    { "sleep", "/v2/activity/sleep", sleep_write, sleep_end },
    { "workout", "/v2/activity/workout", workout_write, workout_end },
};

const struct whoop_kind *
whoop_kind_at(int i)
{
    return i < 4 ? &kinds[i] : NULL;
}

/* Adds what the service had at its creation, if that was before now. */
static void
note(struct whoop *w, struct shelf *s, int number, int64_t at, int64_t created)
{
    struct record r = {
        .at = at, .created = created, .updated = created, .number = number
    };

    if (created <= w->account.now)
        shelf_put(s, &r);
}

/* The night before a day, and that day. */
static void
fill_day(struct whoop *w, int64_t day, int number)
{
    const struct person *p = &w->world->person;
    struct rng rng = rng_of(WHOOP_SLEEP, number, 2);
    struct record night = { .number = number };
    int64_t bed = person_at(p, day, rng_range(&rng, -100, 60) * MINUTE);
    int64_t awake = bed + sleep_length(&night) + 11 * MINUTE;
    int64_t nap = person_at(p, day, 13 * HOUR + rng_range(&rng, 0, 7200));
    int64_t sport = person_at(p, day, 17 * HOUR + rng_range(&rng, 0, 7200));
    struct record train = { .at = sport, .number = number };

    if (number % 3 != 1)
        note(w, w->workouts, number, sport,
             workout_end(w, &train) + 3 * MINUTE);
    if (number % 9 == 4)
        note(w, w->sleeps, NAPS_FROM + number, nap, nap + 90 * MINUTE);
    if (number % 60 >= 57)
        return; /* the strap lay in a drawer */
    note(w, w->sleeps, number, bed, awake);
    note(w, w->cycles, number, bed, awake);
    if (number % 25 != 3)
        note(w, w->recoveries, number, bed, awake);
}

/* What happens to a sleep happens to its recovery. */
static void
done(void *arg, struct shelf *s, enum deed deed, const struct record *r)
{
    struct whoop *w = arg;
    struct record *recovery;

    if (s != w->sleeps)
        return;
    recovery = shelf_find(w->recoveries, r->number);
    if (deed == DEED_DELETE)
        shelf_drop(w->recoveries, r->number);
    if (deed == DEED_EDIT && recovery) {
        recovery->version++;
        recovery->updated = r->updated + 1;
    }
}

void
whoop_fill(struct whoop *w, const struct world *world)
{
    int64_t first = world->began / DAY + 1;

    w->world = world;
    account_init(&w->account, world->person.now);
    w->account.done = done;
    w->account.arg = w;
    w->cycles = account_add(&w->account, "cycle");
    w->sleeps = account_add(&w->account, "sleep");
    w->recoveries = account_add(&w->account, "recovery");
    w->workouts = account_add(&w->account, "workout");
    for (int64_t day = world->person.today + 1; day >= first; day--)
        fill_day(w, day, (int)(day - first));
}
