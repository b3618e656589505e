#ifndef SANDBOX_STRAVA_H
#define SANDBOX_STRAVA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account.h"
#include "quota.h"

struct asked;
struct buf;
struct reply;
struct world;

enum { ATHLETE_ID = 90000001, STREAM_SAMPLES = 3600 };

/* overall and read, for a quarter of an hour and a day */
enum { ALL_SHORT, ALL_DAY, READ_SHORT, READ_DAY, QUOTAS };

/* The account at Strava. */
struct strava {
    struct account account;
    const struct world *world;
    struct quota quota[QUOTAS];
    int64_t wanted;   /* activities in the years that there are */
    bool is_inactive; /* the application, since nobody pays */
    bool is_free;     /* no subscription: no zones */
    bool is_mute;     /* no headers tell of the quota */
    bool is_quiet;    /* nobody has a comment on anything */
    int64_t ragged;   /* so many samples the heart's stream lacks at its end */
    char *missing;    /* the permission that was not given; NULL = none */
    struct shelf *activities;
    struct shelf *descriptions; /* the same, for edits that only details show */
    struct shelf *routes, *segments, *clubs;
};

/* Fills the account with all that there is at world->person.now. */
void strava_fill(struct strava *s, const struct world *world);

/* --- one activity, strava_activity.c --- */

enum sport_class { RIDE, RUN, SWIM, OTHER };

/* What all answers about an activity agree in. */
struct activity {
    const struct record *r;
    int64_t id;
    const char *type, *sport_type;
    enum sport_class class;
    bool is_manual, is_indoor, has_heart, has_power, has_height, has_streams;
    int64_t distance_dm; /* 0.1 m */
    int64_t moving, elapsed;
    int cropped;      /* s; every second edit cuts a minute off */
    int ragged;       /* as that of the account */
    const char *gear; /* NULL = none */
};

void activity_of(struct activity *a, const struct record *r);
const struct record *activity_find(const struct strava *s, const char *id);
/* A number that Strava prints without a point if it is 0. */
void put_num(struct buf *b, const char *key, int64_t value, int digits);
/* Dates as both UTC and local with a false Z. */
void put_dates(struct buf *b, const struct strava *s, int64_t at);
/* {"id":...,"resource_state":...} */
void put_meta(struct buf *b, const char *key, int64_t id);
void put_latlng(struct buf *b, const char *key, uint64_t bits);
void put_polyline(struct buf *b, const char *key, uint64_t seed, int n);

void strava_summary(struct buf *b, const struct strava *s,
                    const struct record *r);
void strava_detail(struct buf *b, const struct strava *s,
                   const struct record *r, bool has_all_efforts);

/* --- its parts, strava_parts.c; an array each --- */

void strava_efforts(struct buf *b, const struct strava *s,
                    const struct activity *a, bool has_all);
void strava_best_efforts(struct buf *b, const struct strava *s,
                         const struct activity *a);
void strava_laps(struct buf *b, const struct strava *s,
                 const struct activity *a);
void strava_splits(struct buf *b, const struct activity *a, const char *key,
                   int64_t length_dm);
void strava_zones(struct buf *b, const struct activity *a);
int strava_comment_count(const struct activity *a);
int strava_kudos_count(const struct activity *a);
int strava_photo_count(const struct activity *a);
/* first and n choose from the list. */
void strava_comments(struct buf *b, const struct activity *a, int first, int n,
                     bool has_cursor);
void strava_comment_cursor(char out[64], const struct activity *a, int i);
void strava_kudos(struct buf *b, const struct activity *a, int first, int n);
void strava_photos(struct buf *b, const struct strava *s,
                   const struct activity *a);

/* --- its samples, strava_stream.c --- */

/* keys as in the request, NULL for all. An array if not by type. */
void strava_streams(struct buf *b, const struct activity *a, const char *keys,
                    bool by_type);

/* --- the rest, strava_other.c --- */

void strava_athlete(struct buf *b, const struct strava *s);
void strava_stats(struct buf *b, const struct strava *s);
void strava_athlete_zones(struct buf *b);
/* NULL after the last. */
const char *strava_gear_id(int i);
/* Nothing if there is no such gear. Without s, as in an activity: there its
 * distance stands still, so that a detail changes only when it was edited. */
void strava_gear(struct buf *b, const struct strava *s, const char *id,
                 int resource_state);
void strava_route(struct buf *b, const struct strava *s,
                  const struct record *r);
void strava_segment(struct buf *b, int number);
void strava_starred(struct buf *b, const struct strava *s,
                    const struct record *r);
void strava_club(struct buf *b, const struct strava *s, const struct record *r);

#endif
