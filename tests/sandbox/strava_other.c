#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/tm.h"
#include "person.h"
#include "provider.h"
#include "put.h"
#include "strava.h"

/* What there is beside the activities. */

static const struct {
    const char *id, *name;
    bool is_retired, is_known; /* known: named in the profile */
    int frame;                 /* 0 = shoes */
} gear[] = {
    { "b10000001", "Gravel", false, true, 5 },
    { "b10000002", "Road, \"fast\"", false, true, 3 },
    { "b10000009", "Sold long ago", true, false, 1 },
    { "g20000001", "Example Shoe 5", false, true, 0 },
    { "g20000002", "Example Shoe 4", true, true, 0 },
    { "g20000003", "Trail shoe", false, true, 0 },
};

enum { GEAR = sizeof(gear) / sizeof(gear[0]) };

const char *
strava_gear_id(int i)
{
    return i < GEAR ? gear[i].id : NULL;
}

/* All that was done with it, in metres. */
static int64_t
gear_distance(const struct strava *s, const char *id)
{
    int64_t sum = 0;

    for (size_t i = 0; i < s->activities->n; i++) {
        struct activity a;

        activity_of(&a, &s->activities->p[i]);
        if (text_is(a.gear, id))
            sum += a.distance_dm / 10;
    }
    return sum;
}

static void
write_gear(struct buf *b, const struct strava *s, int i, int resource_state)
{
    int64_t distance = s ? gear_distance(s, gear[i].id) : 402100;

    put_open(b, NULL, '{');
    put_text(b, "id", gear[i].id);
    put_bool(b, "primary", i == 0 || i == 3);
    put_text(b, "name", gear[i].name);
    put_text(b, "nickname", gear[i].frame ? gear[i].name : NULL);
    put_int(b, "resource_state", resource_state);
    put_bool(b, "retired", gear[i].is_retired);
    put_int(b, "distance", distance);
    put_num(b, "converted_distance", distance / 100, 1);
    if (resource_state == 3) {
        put_text(b, "brand_name", "Example");
        put_text(b, "model_name", "Model 1");
        if (gear[i].frame) {
            put_int(b, "frame_type", gear[i].frame);
            put_dec(b, "weight", 90 + i, 1);
        } else {
            put_int(b, "notification_distance", 700);
        }
        put_text(b, "description", i % 2 ? "" : "Mine, mostly.");
    }
    put_close(b, '}');
}

void
strava_gear(struct buf *b, const struct strava *s, const char *id,
            int resource_state)
{
    for (int i = 0; i < GEAR; i++) {
        if (text_is(gear[i].id, id))
            write_gear(b, s, i, resource_state);
    }
}

static void
put_person(struct buf *b, const struct strava *s)
{
    const struct shelf *a = s->activities;
    int64_t last = a->n > 0 ? a->p[0].created : s->world->began;

    put_text(b, "username", "example_athlete");
    put_text(b, "firstname", "Example");
    put_text(b, "lastname", "Athlete");
    put_null(b, "bio");
    put_text(b, "city", "Berlin");
    put_text(b, "state", "");
    put_text(b, "country", "Germany");
    put_text(b, "sex", "F");
    put_bool(b, "premium", !s->is_free);
    put_bool(b, "summit", !s->is_free);
    put_stamp(b, "created_at", 1511895935);
    put_stamp(b, "updated_at", last);
    put_int(b, "badge_type_id", 1);
    put_dec(b, "weight", 615, 1);
    put_text(b, "profile", "https://example.invalid/large.jpg");
    put_text(b, "profile_medium", "https://example.invalid/medium.jpg");
    put_null(b, "friend");
    put_null(b, "follower");
}

static void
put_gear_list(struct buf *b, const struct strava *s, const char *key,
              bool is_bikes)
{
    put_open(b, key, '[');
    for (int i = 0; i < GEAR; i++) {
        if (gear[i].is_known && (gear[i].frame > 0) == is_bikes)
            write_gear(b, s, i, 2);
    }
    put_close(b, ']');
}

void
strava_athlete(struct buf *b, const struct strava *s)
{
    put_open(b, NULL, '{');
    put_int(b, "id", ATHLETE_ID);
    put_int(b, "resource_state", 3);
    put_person(b, s);
    put_bool(b, "blocked", false);
    put_bool(b, "can_follow", true);
    put_int(b, "follower_count", 12);
    put_int(b, "friend_count", 15);
    put_int(b, "mutual_friend_count", 0);
    put_int(b, "athlete_type", 1);
    put_text(b, "date_preference", "%m/%d/%Y");
    put_text(b, "measurement_preference", "meters");
    put_open(b, "clubs", '[');
    for (size_t i = 0; i < s->clubs->n; i++)
        strava_club(b, s, &s->clubs->p[i]);
    put_close(b, ']');
    put_int(b, "postable_clubs_count", 1);
    put_null(b, "ftp");
    put_gear_list(b, s, "bikes", true);
    put_gear_list(b, s, "shoes", false);
    put_close(b, '}');
}

static void
put_totals(struct buf *b, const struct strava *s, const char *key,
           enum sport_class class, int64_t since)
{
    int64_t count = 0, distance = 0, moving = 0, elapsed = 0;

    for (size_t i = 0; i < s->activities->n; i++) {
        struct activity a;

        activity_of(&a, &s->activities->p[i]);
        if (a.class != class || a.r->at < since)
            continue;
        count++;
        distance += a.distance_dm;
        moving += a.moving;
        elapsed += a.elapsed;
    }
    put_open(b, key, '{');
    put_int(b, "count", count);
    put_num(b, "distance", distance, 1);
    put_int(b, "moving_time", moving);
    put_int(b, "elapsed_time", elapsed);
    put_num(b, "elevation_gain", class == SWIM ? 0 : distance / 80, 1);
    if (text_starts(key, "recent"))
        put_int(b, "achievement_count", count / 2);
    put_close(b, '}');
}

void
strava_stats(struct buf *b, const struct strava *s)
{
    static const char *const names[] = {
        [RIDE] = "ride", [RUN] = "run", [SWIM] = "swim"
    };
    char day[11], new_year[32];
    int64_t year = 0;

    tm_day(day, s->account.now);
    (void)snprintf(new_year, sizeof(new_year), "%.4s-01-01", day);
    (void)tm_parse_day(&year, new_year); /* cannot fail: a day of tm_day() */
    put_open(b, NULL, '{');
    put_dec(b, "biggest_ride_distance", 1023450, 1);
    put_dec(b, "biggest_climb_elevation_gain", 8124, 1);
    for (int i = RIDE; i <= SWIM; i++) {
        char key[32];

        (void)snprintf(key, sizeof(key), "recent_%s_totals", names[i]);
        put_totals(b, s, key, (enum sport_class)i, s->account.now - 28 * DAY);
        (void)snprintf(key, sizeof(key), "ytd_%s_totals", names[i]);
        put_totals(b, s, key, (enum sport_class)i, year);
        (void)snprintf(key, sizeof(key), "all_%s_totals", names[i]);
        put_totals(b, s, key, (enum sport_class)i, 0);
    }
    put_close(b, '}');
}

void
strava_athlete_zones(struct buf *b)
{
    buf_adds(b, "{\"heart_rate\":{\"custom_zones\":false,\"zones\":["
                "{\"min\":0,\"max\":111},{\"min\":111,\"max\":139},"
                "{\"min\":139,\"max\":152},{\"min\":152,\"max\":166},"
                "{\"min\":166,\"max\":-1}]}}");
}

void
strava_route(struct buf *b, const struct strava *s, const struct record *r)
{
    struct rng rng = rng_of(STRAVA_ROUTE, r->number, r->version);
    char text[32];

    (void)snprintf(text, sizeof(text), "%lld",
                   (long long)(INT64_C(3329485690369457990) + r->number));
    put_open(b, NULL, '{');
    put_open(b, "athlete", '{');
    put_int(b, "id", ATHLETE_ID);
    put_int(b, "resource_state", 2);
    put_close(b, '}');
    put_text(b, "description", r->number % 3 ? NULL : "By the water, mostly");
    put_dec(b, "distance",
            INT64_C(5639970997741) + (int64_t)(rng_next(&rng) % 90000000000000),
            9);
    put_dec(b, "elevation_gain", rng_range(&rng, 1000, 90000), 2);
    put_raw(b, "id", text);
    put_text(b, "id_str", text);
    put_open(b, "map", '{');
    put_text(b, "id", text);
    put_polyline(b, "summary_polyline", (uint64_t)r->number, 40);
    put_int(b, "resource_state", 2);
    put_close(b, '}');
    put_text(b, "name", r->version ? "Renamed" : "Island loop");
    put_bool(b, "private", r->number % 2 == 0);
    put_int(b, "resource_state", 2);
    put_bool(b, "starred", r->number % 5 == 0);
    put_int(b, "sub_type", r->number % 5 + 1);
    put_stamp(b, "created_at", r->created);
    put_stamp(b, "updated_at", r->updated);
    put_int(b, "timestamp", r->created);
    put_int(b, "type", r->number % 2 + 1);
    put_int(b, "estimated_moving_time", rng_range(&rng, 1800, 14400));
    put_open(b, "waypoints", '[');
    put_close(b, ']');
    put_close(b, '}');
    (void)s; /* same signature for all */
}

static void
put_segment_members(struct buf *b, int number)
{
    struct rng rng = rng_of(STRAVA_SEGMENT, number, 0);

    put_int(b, "id", 1100001 + number);
    put_int(b, "resource_state", 2);
    put_text(b, "name", number % 3 ? "Park loop" : "Canal, \"Sprint\"");
    put_text(b, "activity_type", number % 2 ? "Ride" : "Run");
    put_dec(b, "distance", rng_range(&rng, 30000, 900000), 2);
    put_dec(b, "average_grade", rng_range(&rng, -30, 90), 1);
    put_dec(b, "maximum_grade", rng_range(&rng, 0, 190), 1);
    put_dec(b, "elevation_high", rng_range(&rng, 500, 900), 1);
    put_dec(b, "elevation_low", rng_range(&rng, 300, 499), 1);
    put_latlng(b, "start_latlng", rng_next(&rng));
    put_latlng(b, "end_latlng", rng_next(&rng));
    put_null(b, "elevation_profile");
    put_int(b, "climb_category", number % 4);
    put_text(b, "city", "Berlin");
    put_null(b, "state");
    put_text(b, "country", "Germany");
    put_bool(b, "private", false);
    put_bool(b, "hazardous", false);
    put_bool(b, "starred", true);
}

void
strava_segment(struct buf *b, int number)
{
    put_open(b, NULL, '{');
    put_segment_members(b, number);
    put_close(b, '}');
}

void
strava_starred(struct buf *b, const struct strava *s, const struct record *r)
{
    put_open(b, NULL, '{');
    put_segment_members(b, r->number);
    if (r->number % 2) {
        put_null(b, "pr_time");
        put_null(b, "athlete_pr_effort");
    } else {
        put_int(b, "pr_time", 116 + r->version);
        put_open(b, "athlete_pr_effort", '{');
        put_int(b, "id", INT64_C(3300000000000000001) + r->number * 10);
        put_int(b, "activity_id", INT64_C(16000000000) + r->number);
        put_int(b, "elapsed_time", 116 + r->version);
        put_dec(b, "distance", 41958, 2);
        put_dates(b, s, r->at);
        put_bool(b, "is_kom", false);
        put_close(b, '}');
    }
    put_stamp(b, "starred_date", r->at);
    put_close(b, '}');
}

void
strava_club(struct buf *b, const struct strava *s, const struct record *r)
{
    (void)s; /* same signature for all */
    put_open(b, NULL, '{');
    put_int(b, "id", 100001 + r->number);
    put_int(b, "resource_state", 2);
    put_text(b, "name", r->version ? "Renamed" : "Example Runners");
    put_text(b, "profile_medium", "https://example.invalid/c.jpg");
    put_text(b, "profile", "https://example.invalid/c.jpg");
    put_null(b, "cover_photo");
    put_null(b, "cover_photo_small");
    put_raw(b, "activity_types", "[\"Run\",\"TrailRun\"]");
    put_raw(b, "dimensions", "[\"distance\",\"num_activities\"]");
    put_text(b, "sport_type", "running");
    put_text(b, "localized_sport_type", "Running");
    put_text(b, "city", "Berlin");
    put_text(b, "state", "Berlin");
    put_text(b, "country", "Germany");
    put_bool(b, "private", false);
    put_int(b, "member_count", 41 + r->number);
    put_bool(b, "featured", false);
    put_bool(b, "verified", false);
    put_text(b, "url", r->number ? "" : "example-runners");
    put_close(b, '}');
}

static void
put_thing(struct strava *s, struct shelf *shelf, int number, int64_t at,
          int64_t length)
{
    struct record r = { .at = at,
                        .created = at + length,
                        .updated = at + length,
                        .number = number };

    if (r.created <= s->account.now)
        shelf_put(shelf, &r);
}

static int64_t
activity_start(const struct strava *s, int64_t i)
{
    int64_t step = s->world->span_s / s->wanted;
    struct rng rng = rng_of(STRAVA_ACTIVITY, i, 4);

    return s->world->began + i * step + rng_range(&rng, 0, (int)(step / 2));
}

static void
fill_activities(struct strava *s)
{
    int64_t i = 0;

    while (s->wanted > 0 && activity_start(s, i) <= s->account.now)
        i++;
    while (i-- > 0) {
        struct record r = { .number = (int)i };
        int64_t at = activity_start(s, i), length;
        struct activity a;

        activity_of(&a, &r);
        length = a.elapsed + 300;
        if (i % 97 == 50) /* its time is hidden */
            at = tm_floor_day(at) + 1;
        put_thing(s, s->activities, (int)i, at, length);
        put_thing(s, s->descriptions, (int)i, at, length);
    }
}

/* What comes and goes takes its description along. */
static void
done(void *arg, struct shelf *shelf, enum deed deed, const struct record *r)
{
    struct strava *s = arg;

    if (shelf != s->activities)
        return;
    if (deed == DEED_DELETE)
        shelf_drop(s->descriptions, r->number);
    else if (deed != DEED_EDIT)
        shelf_put(s->descriptions, r);
}

void
strava_fill(struct strava *s, const struct world *world)
{
    enum { ROUTES = 45, SEGMENTS = 230, CLUBS = 3 };
    int64_t began = world->began;

    s->world = world;
    account_init(&s->account, world->person.now);
    s->account.done = done;
    s->account.arg = s;
    s->activities = account_add(&s->account, "activities");
    s->descriptions = account_add(&s->account, "descriptions");
    s->routes = account_add(&s->account, "routes");
    s->segments = account_add(&s->account, "segments_starred");
    s->clubs = account_add(&s->account, "clubs");
    fill_activities(s);
    for (int i = 0; i < ROUTES; i++)
        put_thing(s, s->routes, i, began + i * 3 * DAY, 0);
    for (int i = 0; i < SEGMENTS; i++)
        put_thing(s, s->segments, i, began + i * DAY, 0);
    for (int i = 0; i < CLUBS; i++)
        put_thing(s, s->clubs, i, began + i * DAY, 0);
}
