#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/tm.h"
#include "person.h"
#include "provider.h"
#include "put.h"
#include "strava.h"

/* An activity, in short and in detail. */

static const int64_t FIRST_ID = 16000000000;

static const struct {
    const char *type, *sport_type;
    enum sport_class class;
    int speed; /* mm/s; 0 = without distance */
    bool is_indoor, has_height, has_power;
} sports[] = {
    { "Run", "Run", RUN, 2950, false, true, true },
    { "Ride", "Ride", RIDE, 6900, false, true, true },
    { "Ride", "VirtualRide", RIDE, 8100, true, false, true },
    { "Run", "TrailRun", RUN, 2350, false, true, false },
    { "Ride", "GravelRide", RIDE, 5900, false, true, false },
    { "Swim", "Swim", SWIM, 690, true, false, false },
    { "WeightTraining", "WeightTraining", OTHER, 0, true, false, false },
    { "Walk", "Walk", OTHER, 1400, false, true, false },
};

enum { SPORTS = sizeof(sports) / sizeof(sports[0]), WITH_STREAMS = 3 };

static const char *const names[] = {
    "Morning Run",
    "Zwischenfahrt \"S\303\274d\", 2. Teil; Wind \xf0\x9f\x92\xa8",
    "Lunch, easy",
    "=Evening",
    "Two lines\nof a name",
    "Intervals 5x1000",
};

static const char *const descriptions[] = {
    NULL,
    "",
    "Easy loop.\nSecond line, with comma and \"quotes\".",
    "Wind, rain; a flat \xe2\x80\x93 and home by train",
    "-1 degree",
};

enum {
    NAMES = sizeof(names) / sizeof(names[0]),
    DESCRIPTIONS = sizeof(descriptions) / sizeof(descriptions[0]),
};

static const char *
gear_of(enum sport_class class, const struct record *r)
{
    int which = (r->number / 40 + r->version) % 3;

    if (class == RIDE)
        return which == 2 ? "b10000009" : which ? "b10000002" : "b10000001";
    if (class == RUN)
        return which == 2 ? "g20000003" : which ? "g20000002" : "g20000001";
    return NULL;
}

void
activity_of(struct activity *a, const struct record *r)
{
    struct rng rng = rng_of(STRAVA_ACTIVITY, r->number, 1);
    bool has_streams = r->number % 15 == 7;
    int sport = rng_range(&rng, 0, has_streams ? WITH_STREAMS - 1 : SPORTS - 1);
    bool is_manual = r->number % 30 == 11;

    *a = (struct activity){
        .r = r,
        .id = FIRST_ID + r->number,
        .type = sports[sport].type,
        .sport_type = sports[sport].sport_type,
        .class = sports[sport].class,
        .is_manual = is_manual,
        .is_indoor = sports[sport].is_indoor || is_manual,
        .has_heart = !is_manual && r->number % 11 != 3,
        .has_power = sports[sport].has_power && !is_manual,
        .has_height = sports[sport].has_height && !is_manual,
        .has_streams = has_streams,
        .cropped = r->version / 2 * 60,
        .moving =
            has_streams ? STREAM_SAMPLES - 1 : rng_range(&rng, 1200, 9000),
        .gear = gear_of(sports[sport].class, r),
    };
    a->moving -= a->cropped;
    a->elapsed = a->moving + (has_streams ? 74 : rng_range(&rng, 0, 900));
    a->distance_dm = a->moving * sports[sport].speed / 100;
}

const struct record *
activity_find(const struct strava *s, const char *id)
{
    int64_t number;

    if (num_str(&number, id) < 0)
        return NULL;
    number -= FIRST_ID;
    return number < 0 || number > INT32_MAX
               ? NULL
               : shelf_find(s->activities, (int)number);
}

void
put_num(struct buf *b, const char *key, int64_t value, int digits)
{
    if (value == 0)
        put_int(b, key, 0);
    else
        put_dec(b, key, value, digits);
}

void
put_dates(struct buf *b, const struct strava *s, int64_t at)
{
    put_stamp(b, "start_date", at);
    put_stamp(b, "start_date_local", at + person_offset(&s->world->person, at));
}

void
put_meta(struct buf *b, const char *key, int64_t id)
{
    put_open(b, key, '{');
    put_int(b, "id", id);
    put_int(b, "resource_state", 1);
    put_close(b, '}');
}

void
put_latlng(struct buf *b, const char *key, uint64_t bits)
{
    put_open(b, key, '[');
    put_dec(b, NULL, 52400000 + (int64_t)(bits % 200000), 6);
    put_dec(b, NULL, 13200000 + (int64_t)(bits / 200000 % 400000), 6);
    put_close(b, ']');
}

/* Any text of the alphabet will do: nobody draws it. */
void
put_polyline(struct buf *b, const char *key, uint64_t seed, int n)
{
    struct rng rng = { seed };
    char text[256];

    for (int i = 0; i < n && i < 255; i++)
        text[i] = (char)rng_range(&rng, '?', '~');
    text[n < 255 ? n : 255] = '\0';
    put_text(b, key, text);
}

static void
put_map(struct buf *b, const struct activity *a, bool is_detail)
{
    char id[32];
    int n = a->is_indoor ? 0 : 40;
    uint64_t seed = (uint64_t)a->id;

    (void)snprintf(id, sizeof(id), "a%lld", (long long)a->id);
    put_open(b, "map", '{');
    put_text(b, "id", id);
    if (is_detail)
        put_polyline(b, "polyline", seed, n * 4);
    put_polyline(b, "summary_polyline", seed, n);
    put_int(b, "resource_state", is_detail ? 3 : 2);
    put_close(b, '}');
}

/* What somebody typed, and what kind it is. */
static void
put_heading(struct buf *b, const struct activity *a)
{
    struct buf name = BUF_INIT;

    buf_addf(&name, "%s%s", names[a->r->number % NAMES],
             a->r->version ? " (edited)" : "");
    put_meta(b, "athlete", ATHLETE_ID);
    put_text(b, "name", buf_str(&name));
    buf_free(&name);
    put_num(b, "distance", a->distance_dm, 1);
    put_int(b, "moving_time", a->moving);
    put_int(b, "elapsed_time", a->elapsed);
    put_num(b, "total_elevation_gain", a->has_height ? a->distance_dm / 80 : 0,
            1);
    put_text(b, "type", a->type);
    put_text(b, "sport_type", a->sport_type);
    if (a->class == RIDE)
        put_int(b, "workout_type", 10);
    else if (a->class == RUN && a->r->number % 5)
        put_int(b, "workout_type", a->r->number % 4);
    else if (a->class == RUN)
        put_null(b, "workout_type");
    if (!a->is_manual && a->r->created > 1761523200) /* 2025-10-27 */
        put_text(b, "device_name", "Example Watch 2");
}

static void
put_place(struct buf *b, const struct strava *s, const struct activity *a)
{
    int offset = person_offset(&s->world->person, a->r->at);

    put_int(b, "id", a->id);
    put_dates(b, s, a->r->at);
    put_text(b, "timezone", "(GMT+01:00) Europe/Berlin");
    put_dec(b, "utc_offset", (int64_t)offset * 10, 1);
    put_null(b, "location_city");
    put_null(b, "location_state");
    put_null(b, "location_country");
}

static void
put_counts(struct buf *b, const struct strava *s, const struct activity *a)
{
    put_int(b, "achievement_count", a->r->number % 4);
    put_int(b, "kudos_count", strava_kudos_count(a));
    put_int(b, "comment_count", s->is_quiet ? 0 : strava_comment_count(a));
    put_int(b, "athlete_count", 1);
    put_int(b, "photo_count", 0);
}

static void
put_flags(struct buf *b, const struct activity *a)
{
    bool is_private = a->r->number % 23 == 0;

    put_bool(b, "trainer", a->is_indoor && a->class == RIDE);
    put_bool(b, "commute", a->r->number % 17 == 0);
    put_bool(b, "manual", a->is_manual);
    put_bool(b, "private", is_private);
    put_text(b, "visibility", is_private ? "only_me" : "everyone");
    put_bool(b, "flagged", false);
    put_text(b, "gear_id", a->gear);
    if (a->is_indoor) {
        put_raw(b, "start_latlng", a->r->number % 2 ? "[]" : "null");
        put_raw(b, "end_latlng", a->r->number % 2 ? "[]" : "null");
    } else {
        struct rng rng = rng_of(STRAVA_ACTIVITY, a->r->number, 2);

        put_latlng(b, "start_latlng", rng_next(&rng));
        put_latlng(b, "end_latlng", rng_next(&rng));
    }
}

static void
put_effort(struct buf *b, const struct activity *a)
{
    struct rng rng = rng_of(STRAVA_ACTIVITY, a->r->number, 3);
    int heart = rng_range(&rng, 1180, 1620),
        watts = rng_range(&rng, 1400, 2700);

    put_num(b, "average_speed", a->distance_dm * 100 / a->moving, 3);
    put_num(b, "max_speed", a->is_manual ? 0 : a->distance_dm * 170 / a->moving,
            3);
    if (a->has_heart && a->class != OTHER)
        put_dec(b, "average_cadence", rng_range(&rng, 760, 900), 1);
    if (a->class == RIDE && a->has_height)
        put_int(b, "average_temp", rng_range(&rng, -3, 31));
    if (a->has_power) {
        put_dec(b, "average_watts", watts, 1);
        put_int(b, "max_watts", watts / 5);
        put_int(b, "weighted_average_watts", watts / 10 + 4);
        put_bool(b, "device_watts", a->r->number % 2 == 0);
        put_dec(b, "kilojoules", watts * a->moving / 1000, 1);
    }
    put_bool(b, "has_heartrate", a->has_heart);
    if (a->has_heart) {
        put_dec(b, "average_heartrate", heart, 1);
        put_dec(b, "max_heartrate", heart / 10 * 10 + 250, 1);
    }
    put_bool(b, "heartrate_opt_out", false);
    put_bool(b, "display_hide_heartrate_option", a->has_heart);
    if (a->has_height) {
        put_dec(b, "elev_high", rng_range(&rng, 600, 1900), 1);
        put_dec(b, "elev_low", rng_range(&rng, 290, 590), 1);
    }
}

/* One upload has more digits than 64 bits hold. */
static void
put_upload(struct buf *b, const struct activity *a)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%s%lld",
                   a->r->number == 5 ? "9007199254" : "1",
                   (long long)(INT64_C(70000000000) + a->r->number));
    if (a->is_manual) {
        put_null(b, "upload_id");
        put_null(b, "external_id");
        return;
    }
    put_raw(b, "upload_id", text);
    put_text(b, "upload_id_str", text);
    (void)snprintf(text, sizeof(text), "garmin_push_%lld", (long long)a->id);
    put_text(b, "external_id", text);
}

static void
put_members(struct buf *b, const struct strava *s, const struct activity *a,
            bool is_detail)
{
    put_int(b, "resource_state", is_detail ? 3 : 2);
    put_heading(b, a);
    put_place(b, s, a);
    put_counts(b, s, a);
    put_map(b, a, is_detail);
    put_flags(b, a);
    put_effort(b, a);
    put_upload(b, a);
    put_bool(b, "from_accepted_tag", false);
    put_int(b, "pr_count", a->r->number % 3 == 0);
    put_int(b, "total_photo_count", strava_photo_count(a));
    put_bool(b, "has_kudoed", false);
    if (a->has_heart)
        put_dec(b, "suffer_score", (int64_t)(a->r->number % 90 + 10) * 10, 1);
    else if (a->r->number % 2)
        put_null(b, "suffer_score");
}

void
strava_summary(struct buf *b, const struct strava *s, const struct record *r)
{
    struct activity a;

    activity_of(&a, r);
    put_open(b, NULL, '{');
    put_members(b, s, &a, false);
    put_close(b, '}');
}

static void
put_words(struct buf *b, const struct strava *s, const struct activity *a)
{
    const struct record *r = shelf_find(s->descriptions, a->r->number);
    int which = a->r->number + (r ? r->version : 0);

    put_text(b, "description", descriptions[which % DESCRIPTIONS]);
    put_num(b, "calories", a->moving * 15 / 10, 1);
    if (a->r->number % 4 == 0)
        put_int(b, "perceived_exertion", a->r->number % 10 + 1);
    else
        put_null(b, "perceived_exertion");
    put_bool(b, "prefer_perceived_exertion", false);
}

static void
put_extras(struct buf *b, const struct activity *a)
{
    static const char *const kinds[] = { "heart_rate", "pace", "power" };

    put_open(b, "photos", '{');
    put_null(b, "primary");
    put_int(b, "count", strava_photo_count(a));
    put_close(b, '}');
    put_open(b, "stats_visibility", '[');
    for (int i = 0; i < 3 && !a->is_manual; i++) {
        put_open(b, NULL, '{');
        put_text(b, "type", kinds[i]);
        put_text(b, "visibility", "everyone");
        put_close(b, '}');
    }
    put_close(b, ']');
    put_bool(b, "hide_from_home", false);
    put_text(b, "embed_token", "0000000000000000000000000000000000000000");
    put_open(b, "available_zones", '[');
    if (a->has_heart)
        put_text(b, NULL, "heartrate");
    put_close(b, ']');
}

void
strava_detail(struct buf *b, const struct strava *s, const struct record *r,
              bool has_all_efforts)
{
    struct activity a;

    activity_of(&a, r);
    put_open(b, NULL, '{');
    put_members(b, s, &a, true);
    put_words(b, s, &a);
    put_key(b, "segment_efforts");
    strava_efforts(b, s, &a, has_all_efforts);
    if (a.class == RUN && !a.is_manual) {
        strava_splits(b, &a, "splits_metric", 10000);
        strava_splits(b, &a, "splits_standard", 16093);
        put_key(b, "best_efforts");
        strava_best_efforts(b, s, &a);
    }
    put_key(b, "laps");
    strava_laps(b, s, &a);
    if (a.gear) {
        struct buf gear = BUF_INIT;

        strava_gear(&gear, NULL, a.gear, 2);
        put_raw(b, "gear", buf_str(&gear));
        buf_free(&gear);
    }
    put_extras(b, &a);
    put_close(b, '}');
}
