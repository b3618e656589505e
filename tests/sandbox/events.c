#include "records.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/tm.h"
#include "person.h"
#include "put.h"

/* What the person did or wrote down: none, one or a few a day. */

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Text as people type it, with all that is awkward in a table. */
static const char *const notes[] = {
    NULL,
    "evening walk",
    "late dinner; felt \"full\"",
    "Konferenz, Hotelbett",
    "two coffees\nand a third, after four",
    "\xf0\x9f\x98\xb4 slept like a log \xf0\x9f\xaa\xb5",
    "=1+1, not a formula",
    " blank at both ends ",
    "tab\there, back\\slash there",
    "\xc3\x9c"
    "bung \xe2\x80\x93 fr\xc3\xbch",
    "007",
    "",
};

static void
open_record(struct buf *b, enum category_id id, const struct item *it)
{
    put_open(b, NULL, '{');
    put_id(b, id, it);
}

void
workout_list(struct items *out, const struct person *p, int64_t day)
{
    /* start in minutes of the day; the last one often begins on another day
     * in UTC */
    static const struct {
        int one_in, from, width;
    } slots[] = { { 4, 6 * 60, 90 }, { 3, 17 * 60, 120 }, { 45, 5, 50 } };

    for (int i = 0; i < COUNT(slots); i++) {
        int slot = (i + 2) % COUNT(slots); /* by time of day */
        struct rng r = rng_of(WORKOUT, day, slot);
        int minutes = rng_range(&r, 20, 85);
        int64_t start = person_at(
            p, day,
            (slots[slot].from + (int64_t)rng_range(&r, 0, slots[slot].width)) *
                60);

        if (rng_one_in(slots[slot].one_in, WORKOUT, day, slot) &&
            person_wears(day) && start + minutes * 60 <= p->now) {
            struct item *it = items_add(out, day, start);

            it->index = slot;
            it->a = minutes * 60;
        }
    }
}

void
workout_write(struct buf *b, const struct person *p, const struct item *it)
{
    static const struct {
        const char *name;
        int metres_a_minute; /* 0 = no distance */
    } kinds[] = {
        { "walking", 85 },  { "running", 165 },         { "cycling", 340 },
        { "yoga", 0 },      { "strength_training", 0 }, { "swimming", 40 },
        { "houseWork", 0 },
    };
    static const char *const intensity[] = { "easy", "moderate", "hard" };
    static const char *const source[] = { "manual", "autodetected", "confirmed",
                                          "workout_heart_rate",
                                          "live_oura_heart_rate" };
    struct rng r = rng_of(WORKOUT, it->day, 100 + it->index);
    int kind = rng_range(&r, 0, COUNT(kinds) - 1);
    int note = rng_range(&r, 0, 3 * COUNT(notes)); /* mostly none */

    open_record(b, WORKOUT, it);
    put_text(b, "activity", kinds[kind].name);
    if (rng_range(&r, 1, 15) == 1)
        put_null(b, "calories");
    else
        put_dec(b, "calories", it->a * 100 + rng_range(&r, 0, 9999), 3);
    put_day(b, "day", it->day);
    if (kinds[kind].metres_a_minute)
        put_dec(b, "distance",
                (int64_t)it->a / 60 * kinds[kind].metres_a_minute * 100 +
                    rng_range(&r, 0, 99),
                2);
    else
        put_null(b, "distance");
    put_time(b, "end_datetime", p, it->at + it->a);
    put_text(b, "intensity", intensity[rng_range(&r, 0, 2)]);
    put_text(b, "label", note < COUNT(notes) ? notes[note] : NULL);
    put_text(b, "source", source[rng_range(&r, 0, COUNT(source) - 1)]);
    put_time(b, "start_datetime", p, it->at);
    put_close(b, '}');
}

void
session_list(struct items *out, const struct person *p, int64_t day)
{
    struct rng r = rng_of(SESSION, day, 0);
    int64_t at = person_at(p, day, 19 * HOUR + rng_range(&r, 0, 2 * HOUR));
    int length = rng_range(&r, 200, 1500);

    if (rng_one_in(8, SESSION, day, 0) && at + length <= p->now)
        items_add(out, day, at)->a = length;
}

/* Values around low/10 with one digit; every fourth is a whole number. */
static void
put_samples(struct buf *b, const char *key, const struct person *p,
            const struct item *it, int low, int width)
{
    enum { EVERY_S = 5 };
    struct rng r = rng_of(SESSION, it->day, low);

    put_open(b, key, '{');
    put_dec(b, "interval", EVERY_S * 10, 1);
    put_open(b, "items", '[');
    for (int i = 0; i < it->a / EVERY_S; i++) {
        int value = low + rng_range(&r, 0, width);

        if (rng_range(&r, 1, 18) == 1)
            put_null(b, NULL);
        else
            put_dec(b, NULL, i % 4 ? value : value / 10 * 10, 1);
    }
    put_close(b, ']');
    put_time(b, "timestamp", p, it->at);
    put_close(b, '}');
}

void
session_write(struct buf *b, const struct person *p, const struct item *it)
{
    static const char *const moods[] = { "bad", "worse", "same", "good",
                                         "great" };
    static const char *const types[] = { "breathing",  "meditation",
                                         "relaxation", "body_status",
                                         "nap",        "rest" };
    struct rng r = rng_of(SESSION, it->day, 1);
    int type = rng_range(&r, 0, COUNT(types) - 1);
    bool has_series = type < 4 && person_wears(it->day);

    open_record(b, SESSION, it);
    put_day(b, "day", it->day);
    put_time(b, "end_datetime", p, it->at + it->a);
    if (has_series) {
        put_samples(b, "heart_rate", p, it, 550, 120);
        put_samples(b, "heart_rate_variability", p, it, 300, 400);
        put_text(b, "mood", moods[rng_range(&r, 0, COUNT(moods) - 1)]);
        put_samples(b, "motion_count", p, it, 0, 300);
    } else {
        put_null(b, "heart_rate");
        put_null(b, "heart_rate_variability");
        put_null(b, "mood");
        put_null(b, "motion_count");
    }
    put_time(b, "start_datetime", p, it->at);
    put_text(b, "type", types[type]);
    put_close(b, '}');
}

static const char *const tag_codes[] = {
    "tag_generic_caffeine", "tag_generic_walk", "tag_sleep_alcohol",
    "tag_generic_cold",     "tag_sleep_relax",  "tag_generic_travel",
};

void
enhanced_tag_list(struct items *out, const struct person *p, int64_t day)
{
    for (int i = 0; i < 2; i++) {
        struct rng r = rng_of(ENHANCED_TAG, day, i);
        int64_t at =
            person_at(p, day, (8 + 10 * i) * HOUR + rng_range(&r, 0, 7200));

        if (rng_one_in(5, ENHANCED_TAG, day, i) && at <= p->now)
            items_add(out, day, at)->index = i;
    }
}

/* A tag with an end gets it after days; until then it is open. */
static int64_t
tag_end(const struct person *p, const struct item *it)
{
    struct rng r = rng_of(ENHANCED_TAG, it->day, 100 + it->index);
    int64_t end = person_at(p, it->day + rng_range(&r, 1, 3), 18 * HOUR);

    return end <= p->now ? end : 0;
}

void
enhanced_tag_write(struct buf *b, const struct person *p, const struct item *it)
{
    struct rng r = rng_of(ENHANCED_TAG, it->day, 200 + it->index);
    int code = rng_range(&r, -3, COUNT(tag_codes)); /* last: custom */
    bool is_custom = code == COUNT(tag_codes);
    int64_t end = is_custom ? tag_end(p, it) : 0;

    open_record(b, ENHANCED_TAG, it);
    put_text(b, "tag_type_code",
             is_custom  ? "custom"
             : code < 0 ? NULL
                        : tag_codes[code]);
    put_local(b, "start_time", it->at, person_offset(p, it->at), false);
    if (end) {
        put_local(b, "end_time", end, person_offset(p, end), false);
        put_day(b, "start_day", it->day);
        put_day(b, "end_day", (end + person_offset(p, end)) / DAY);
    } else {
        put_null(b, "end_time");
        put_day(b, "start_day", it->day);
        put_null(b, "end_day");
    }
    put_text(b, "comment",
             notes[rng_range(&r, code < 0 ? 1 : 0, COUNT(notes) - 1)]);
    put_text(b, "custom_name", is_custom ? "travel, \"long\"" : NULL);
    put_close(b, '}');
}

void
tag_list(struct items *out, const struct person *p, int64_t day)
{
    enum { GIVEN_UP_AFTER = 400 }; /* the older kind of tag */
    struct rng r = rng_of(TAG, day, 0);
    int64_t at = person_at(p, day, 20 * HOUR + rng_range(&r, 0, 3600));

    if (day < p->first_day + GIVEN_UP_AFTER && rng_one_in(4, TAG, day, 0) &&
        at <= p->now)
        (void)items_add(out, day, at);
}

static void
put_tags(struct buf *b, struct rng *r)
{
    int n = rng_range(r, 0, 3), first = rng_range(r, 0, COUNT(tag_codes) - 1);

    put_open(b, "tags", '[');
    for (int i = 0; i < n; i++)
        put_text(b, NULL, tag_codes[(first + i) % COUNT(tag_codes)]);
    put_close(b, ']');
}

void
tag_write(struct buf *b, const struct person *p, const struct item *it)
{
    struct rng r = rng_of(TAG, it->day, 1);

    open_record(b, TAG, it);
    put_day(b, "day", it->day);
    put_text(b, "text", notes[rng_range(&r, 0, COUNT(notes) - 1)]);
    put_local(b, "timestamp", it->at, person_offset(p, it->at), false);
    put_tags(b, &r);
    put_close(b, '}');
}

/* One rest mode period a month, from a day between the 3rd and the 12th. */
static bool
starts_rest_mode(int64_t day)
{
    char text[11];
    long number;

    tm_day(text, day * DAY);
    number = strtol(text + 8, NULL, 10);
    return number == 3 + day / 366 % 10;
}

/* The newest period is open: its end is known when the next one begins. */
static bool
is_open(const struct person *p, int64_t day)
{
    for (int64_t next = day + 1; next <= p->today; next++) {
        if (starts_rest_mode(next) && person_at(p, next, 9 * HOUR) <= p->now)
            return false;
    }
    return true;
}

void
rest_mode_list(struct items *out, const struct person *p, int64_t day)
{
    int64_t at = person_at(p, day, 9 * HOUR);

    if (starts_rest_mode(day) && at <= p->now)
        (void)items_add(out, day, at);
}

void
rest_mode_write(struct buf *b, const struct person *p, const struct item *it)
{
    struct rng r = rng_of(REST_MODE, it->day, 0);
    int days = rng_range(&r, 2, 5);
    int64_t end = person_at(p, it->day + days, 11 * HOUR + 2756);
    bool has_end = !is_open(p, it->day);

    open_record(b, REST_MODE, it);
    if (has_end) {
        put_day(b, "end_day", it->day + days);
        put_time(b, "end_time", p, end);
    } else {
        put_null(b, "end_day");
        put_null(b, "end_time");
    }
    put_open(b, "episodes", '[');
    for (int i = 0; i < days && it->at + i * DAY <= p->now; i++) {
        put_open(b, NULL, '{');
        put_tags(b, &r);
        put_time(b, "timestamp", p, person_at(p, it->day + i, 9 * HOUR));
        put_close(b, '}');
    }
    put_close(b, ']');
    put_day(b, "start_day", it->day);
    put_time(b, "start_time", p, it->at);
    put_close(b, '}');
}
