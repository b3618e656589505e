#include <stdio.h>

#include "base/buf.h"
#include "base/tm.h"
#include "person.h"
#include "provider.h"
#include "put.h"
#include "strava.h"

/* What hangs on an activity. */

static void
put_owner(struct buf *b, const struct activity *a)
{
    put_open(b, "activity", '{');
    put_int(b, "id", a->id);
    put_text(b, "visibility", "everyone");
    put_int(b, "resource_state", 1);
    put_close(b, '}');
    put_meta(b, "athlete", ATHLETE_ID);
}

void
strava_efforts(struct buf *b, const struct strava *s, const struct activity *a,
               bool has_all)
{
    int n = a->is_indoor || a->class == OTHER ? 0 : a->r->number % 4;

    put_open(b, NULL, '[');
    for (int i = 0; i < n; i++) {
        struct rng rng = rng_of(STRAVA_EFFORT, a->r->number, i);
        int length = rng_range(&rng, 60, 400), start = 500 * i + 20;
        bool is_hidden = i == 2;

        if (is_hidden && !has_all)
            continue;
        put_open(b, NULL, '{');
        put_int(b, "id", INT64_C(3300000000000000001) + a->r->number * 10 + i);
        put_int(b, "resource_state", 2);
        put_text(b, "name", "Canal, \"Sprint\"");
        put_owner(b, a);
        put_int(b, "elapsed_time", length);
        put_int(b, "moving_time", length);
        put_dates(b, s, a->r->at + start);
        put_dec(b, "distance", length * 400 + i, 2);
        put_int(b, "start_index", start);
        put_int(b, "end_index", start + length);
        put_bool(b, "device_watts", false);
        if (a->has_heart)
            put_dec(b, "average_heartrate", rng_range(&rng, 1300, 1700), 1);
        put_key(b, "segment");
        strava_segment(b, rng_range(&rng, 0, 229));
        if (i == 0)
            put_int(b, "pr_rank", 1);
        else
            put_null(b, "pr_rank");
        put_raw(b, "achievements",
                i == 0 ? "[{\"type_id\":3,\"type\":\"pr\",\"rank\":1}]" : "[]");
        put_text(b, "visibility", "everyone");
        put_null(b, "kom_rank");
        put_bool(b, "hidden", is_hidden);
        put_close(b, '}');
    }
    put_close(b, ']');
}

void
strava_best_efforts(struct buf *b, const struct strava *s,
                    const struct activity *a)
{
    static const struct {
        const char *name;
        int metres;
    } lengths[] = { { "400m", 400 }, { "1k", 1000 }, { "5k", 5000 } };

    put_open(b, NULL, '[');
    for (int i = 0; i < 3 && lengths[i].metres * 10 < a->distance_dm; i++) {
        int64_t took = lengths[i].metres * 9 * a->moving / a->distance_dm;

        put_open(b, NULL, '{');
        put_int(b, "id", INT64_C(44000000000) + a->r->number * 10 + i);
        put_int(b, "resource_state", 2);
        put_text(b, "name", lengths[i].name);
        put_owner(b, a);
        put_int(b, "elapsed_time", took);
        put_int(b, "moving_time", took);
        put_dates(b, s, a->r->at + 60);
        put_int(b, "distance", lengths[i].metres);
        put_null(b, "pr_rank");
        put_open(b, "achievements", '[');
        put_close(b, ']');
        put_int(b, "start_index", 60);
        put_int(b, "end_index", 60 + took);
        put_close(b, '}');
    }
    put_close(b, ']');
}

static void
put_lap(struct buf *b, const struct strava *s, const struct activity *a, int i,
        int64_t each)
{
    struct rng rng = rng_of(STRAVA_LAP, a->r->number, i);
    char name[16];

    (void)snprintf(name, sizeof(name), "Lap %d", i + 1);
    put_open(b, NULL, '{');
    put_int(b, "id", INT64_C(55000000000) + a->r->number * 10 + i);
    put_int(b, "resource_state", 2);
    put_text(b, "name", name);
    put_owner(b, a);
    put_int(b, "elapsed_time", each);
    put_int(b, "moving_time", each);
    put_dates(b, s, a->r->at + i * each);
    put_num(b, "distance", a->distance_dm * each / a->moving, 1);
    put_num(b, "average_speed", a->distance_dm * 100 / a->moving, 3);
    put_num(b, "max_speed", a->distance_dm * 150 / a->moving, 3);
    put_int(b, "lap_index", i + 1);
    put_int(b, "split", i + 1);
    put_int(b, "start_index", i * each);
    put_int(b, "end_index", (i + 1) * each - 1);
    put_num(b, "total_elevation_gain",
            a->has_height ? rng_range(&rng, 0, 300) : 0, 1);
    if (a->has_power) {
        put_bool(b, "device_watts", a->r->number % 2 == 0);
        put_dec(b, "average_watts", rng_range(&rng, 1500, 2600), 1);
    }
    if (a->has_heart) {
        put_dec(b, "average_heartrate", rng_range(&rng, 1200, 1600), 1);
        put_dec(b, "max_heartrate", rng_range(&rng, 161, 185) * 10, 1);
    }
    if (a->class == RUN)
        put_int(b, "pace_zone", rng_range(&rng, 0, 5));
    put_close(b, '}');
}

void
strava_laps(struct buf *b, const struct strava *s, const struct activity *a)
{
    int n = a->is_manual ? 0 : 1 + a->r->number % 8;

    put_open(b, NULL, '[');
    for (int i = 0; i < n; i++)
        put_lap(b, s, a, i, a->moving / n);
    put_close(b, ']');
}

void
strava_splits(struct buf *b, const struct activity *a, const char *key,
              int64_t length_dm)
{
    struct rng rng = rng_of(STRAVA_LAP, a->r->number, length_dm);
    int n = 1;

    put_open(b, key, '[');
    for (int64_t left = a->distance_dm; left > 0; left -= length_dm, n++) {
        int64_t part = left < length_dm ? left : length_dm;
        int64_t took = part * a->moving / a->distance_dm;

        put_open(b, NULL, '{');
        put_dec(b, "distance", part, 1);
        put_int(b, "elapsed_time", took);
        put_num(b, "elevation_difference", rng_range(&rng, -90, 90), 1);
        put_int(b, "moving_time", took);
        put_int(b, "split", n);
        put_num(b, "average_speed", a->distance_dm * 100 / a->moving, 3);
        if (a->has_heart)
            put_dec(b, "average_heartrate", rng_range(&rng, 1200, 1700), 1);
        put_int(b, "pace_zone", rng_range(&rng, 0, 4));
        put_close(b, '}');
    }
    put_close(b, ']');
}

static void
put_bucket(struct buf *b, int64_t min, int64_t max, int64_t time, bool is_dec)
{
    put_open(b, NULL, '{');
    put_int(b, "min", min);
    put_int(b, "max", max);
    if (is_dec)
        put_dec(b, "time", time * 10, 1);
    else
        put_int(b, "time", time);
    put_close(b, '}');
}

void
strava_zones(struct buf *b, const struct activity *a)
{
    static const int heart[] = { 0, 111, 139, 152, 166, -1 };

    put_open(b, NULL, '[');
    if (a->has_heart) {
        put_open(b, NULL, '{');
        put_dec(b, "score", (int64_t)(a->r->number % 90 + 10) * 10, 1);
        put_open(b, "distribution_buckets", '[');
        for (int i = 0; i < 5; i++)
            put_bucket(b, heart[i], heart[i + 1], a->moving / 5 + i, true);
        put_close(b, ']');
        put_text(b, "type", "heartrate");
        put_int(b, "resource_state", 3);
        put_bool(b, "sensor_based", true);
        put_int(b, "points", a->r->number % 100);
        put_bool(b, "custom_zones", false);
        put_close(b, '}');
    }
    if (a->has_power || (a->has_heart && a->class == RUN)) {
        put_open(b, NULL, '{');
        put_open(b, "distribution_buckets", '[');
        for (int i = 0; i < 4; i++)
            put_bucket(b, i * 50, i < 3 ? i * 50 + 50 : -1, a->moving / 4 + i,
                       false);
        put_close(b, ']');
        put_text(b, "type", a->class == RIDE ? "power" : "pace");
        put_int(b, "resource_state", 3);
        put_bool(b, "sensor_based", a->class == RIDE);
        put_close(b, '}');
    }
    put_close(b, ']');
}

int
strava_comment_count(const struct activity *a)
{
    return (a->r->number % 6 == 0 ? 1 + a->r->number % 45 : 0) + a->r->version;
}

int
strava_kudos_count(const struct activity *a)
{
    return (a->r->number == 3 ? 230 : a->r->number % 7) + a->r->version;
}

int
strava_photo_count(const struct activity *a)
{
    return a->r->number % 9 == 4 ? 1 + a->r->number % 3 : 0;
}

static const char *const friends[] = { "Pat", "Kim", "Sam", "Alex", "Jo" };
static const char *const initials[] = { "S.", "L.", "M." };

static void
put_friend(struct buf *b, int i)
{
    put_int(b, "resource_state", 2);
    put_text(b, "firstname", friends[i % 5]);
    put_text(b, "lastname", initials[i % 3]);
}

static int64_t
comment_id(const struct activity *a, int i)
{
    return INT64_C(2200000000) + (int64_t)a->r->number * 100 + i;
}

/* It is percent-encoded already, and so has to be once more. */
void
strava_comment_cursor(char out[64], const struct activity *a, int i)
{
    (void)snprintf(out, 64, "eyJpZCI6%lldfQ%%3D%%3D",
                   (long long)comment_id(a, i));
}

void
strava_comments(struct buf *b, const struct activity *a, int first, int n,
                bool has_cursor)
{
    int end = strava_comment_count(a);

    if (first + n < end)
        end = first + n;
    put_open(b, NULL, '[');
    for (int i = first; i < end; i++) {
        char cursor[64];

        strava_comment_cursor(cursor, a, i);
        put_open(b, NULL, '{');
        put_int(b, "id", comment_id(a, i));
        put_int(b, "activity_id", a->id);
        put_null(b, "post_id");
        put_int(b, "resource_state", 2);
        put_text(b, "text", i % 2 ? "Line one\nline two" : "Nice one");
        put_null(b, "mentions_metadata");
        put_stamp(b, "created_at", a->r->at + a->elapsed + HOUR * (i + 1));
        put_text(b, "cursor", has_cursor ? cursor : NULL);
        put_open(b, "athlete", '{');
        put_friend(b, i);
        put_close(b, '}');
        put_int(b, "reaction_count", 0);
        put_bool(b, "has_reacted", false);
        put_close(b, '}');
    }
    put_close(b, ']');
}

void
strava_kudos(struct buf *b, const struct activity *a, int first, int n)
{
    int end = strava_kudos_count(a);

    if (first + n < end)
        end = first + n;
    put_open(b, NULL, '[');
    for (int i = first; i < end; i++) {
        put_open(b, NULL, '{');
        put_friend(b, i);
        put_close(b, '}');
    }
    put_close(b, ']');
}

void
strava_photos(struct buf *b, const struct strava *s, const struct activity *a)
{
    int n = strava_photo_count(a);

    put_open(b, NULL, '[');
    for (int i = 0; i < n; i++) {
        struct rng rng = rng_of(STRAVA_SOCIAL, a->r->number, i);
        int64_t at = a->r->at + 600 * (i + 1);
        char id[37];

        uuid_of(id, STRAVA_SOCIAL, a->r->number, i);
        put_open(b, NULL, '{');
        put_text(b, "unique_id", id);
        put_int(b, "athlete_id", ATHLETE_ID);
        put_int(b, "activity_id", a->id);
        put_text(b, "activity_name", "A \"name\"");
        put_null(b, "post_id");
        put_int(b, "resource_state", 2);
        put_text(b, "caption", i ? "from above, later" : "");
        put_int(b, "type", 1);
        put_int(b, "source", 1);
        put_int(b, "status", 3);
        put_stamp(b, "uploaded_at", at + HOUR);
        put_stamp(b, "created_at", at);
        put_stamp(b, "created_at_local",
                  at + person_offset(&s->world->person, at));
        put_raw(b, "urls", "{\"5000\":\"https://example.invalid/photo.jpg\"}");
        put_null(b, "placeholder_image");
        put_raw(b, "sizes", "{\"5000\":[1536,2048]}");
        put_bool(b, "default_photo", i == 0);
        put_null(b, "cursor");
        put_latlng(b, "location", rng_next(&rng));
        put_close(b, '}');
    }
    put_close(b, ']');
}
