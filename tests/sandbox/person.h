#ifndef SANDBOX_PERSON_H
#define SANDBOX_PERSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/*
 * A synthetic person who lives in Central Europe. Every fact is a pure
 * function of (category, day, number), so that any window can be made alone
 * and a record has the same bytes whatever was asked before. Only what the
 * person does "today" depends on now. Days are local calendar days, counted
 * from 1970-01-01.
 */
enum category_id {
    ACTIVITY,
    DAILY_SLEEP,
    READINESS,
    SPO2,
    STRESS,
    RESILIENCE,
    CARDIO_AGE,
    VO2_MAX,
    SLEEP,
    SLEEP_TIME,
    WORKOUT,
    SESSION,
    ENHANCED_TAG,
    TAG,
    REST_MODE,
    HEARTRATE,
    BATTERY,
    RINGS,
    PERSONAL,
    NIGHT, /* not a category: when the person sleeps */
    WORN,  /* nor this: whether the ring is worn */
    WHOOP_CYCLE,
    WHOOP_SLEEP,
    WHOOP_RECOVERY,
    WHOOP_WORKOUT,
    HEVY_WORKOUT,
    HEVY_ROUTINE,
    HEVY_TEMPLATE,
    HEVY_BODY,
    STRAVA_ACTIVITY,
    STRAVA_LAP,
    STRAVA_EFFORT,
    STRAVA_STREAM,
    STRAVA_SOCIAL,
    STRAVA_SEGMENT,
    STRAVA_ROUTE,
};

enum { MAX_YEARS = 40 };

struct person {
    int64_t now;
    int64_t first_day;   /* first of a month, so that it seldom moves */
    int64_t today;       /* local */
    int heartrate_every; /* s */
    int first_year;      /* of summer[] */
    struct {
        int64_t from, to;
    } summer[MAX_YEARS + 3]; /* summer time, in UTC */
};

/* years is 1..MAX_YEARS; now must not be before 2000. */
void person_init(struct person *p, int64_t now, int years, int heartrate_every);
/* The offset from UTC in seconds, 3600 or 7200. */
int person_offset(const struct person *p, int64_t unix_s);
/* The instant of a local time of day; s may be negative or over a day. */
int64_t person_at(const struct person *p, int64_t day, int64_t s);
/* Whether the ring is worn on this day, and in the night before. */
bool person_wears(int64_t day);
/* When ring 0 or ring 1 was set up; the second replaces the first. */
int64_t person_ring_day(int number);

/* The night that ends on a day; bed and wake are set even if not worn. */
struct night {
    bool is_worn;
    int64_t bed;
    int64_t wake;
};

struct night person_night(const struct person *p, int64_t day);

/* Small and good enough: splitmix64. */
struct rng {
    uint64_t state;
};

static inline uint64_t
rng_next(struct rng *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15U;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static inline int
rng_range(struct rng *r, int low, int high) /* both included */
{
    return low + (int)(rng_next(r) % (uint64_t)(high - low + 1));
}

struct rng rng_of(enum category_id id, int64_t day, int64_t number);
/* One day in n, always the same ones. */
bool rng_one_in(int n, enum category_id id, int64_t day, int64_t number);

/* One record, before its text is made. */
struct item {
    int64_t day;
    int64_t at; /* the instant that the server compares with the window */
    int index;  /* number within the day */
    int a, b;   /* free for the category */
};

struct items {
    struct item *p;
    size_t n;
    size_t room;
};

#define ITEMS_INIT                                                             \
    {                                                                          \
        .p = NULL                                                              \
    }

/* The returned item is good until the next call. */
struct item *items_add(struct items *list, int64_t day, int64_t at);
void items_free(struct items *list);

/* Text with the shape of a UUID, always the same for a number. */
void uuid_of(char out[37], enum category_id id, int64_t day, int64_t number);
/* "id":"..." with the shape of a UUID, the first member of a record. */
void put_id(struct buf *b, enum category_id id, const struct item *item);
/* A local time with its offset. */
void put_time(struct buf *b, const char *key, const struct person *p,
              int64_t unix_s);
/* A score or null; chance_null is one in how many, 0 for never. */
void put_score(struct buf *b, const char *key, struct rng *r, int chance_null);

#endif
