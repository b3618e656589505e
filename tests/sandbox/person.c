#include "person.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/tm.h"
#include "put.h"

/* 01:00 UTC of the last Sunday of a month with 31 days. */
static int64_t
last_sunday(int year, int month)
{
    char text[32];
    int64_t t = 0;

    (void)snprintf(text, sizeof(text), "%04d-%02d-31", year, month);
    (void)tm_parse_day(&t, text); /* cannot fail: month is 3 or 10 */
    /* 1970-01-01 was a Thursday. */
    return t - (t / DAY + 4) % 7 * DAY + HOUR;
}

static int
year_of(int64_t unix_s)
{
    char day[11];

    tm_day(day, unix_s);
    return (int)strtol(day, NULL, 10);
}

void
person_init(struct person *p, int64_t now, int years, int heartrate_every)
{
    char text[11], first[32];
    int64_t t = 0;

    *p = (struct person){ .now = now, .heartrate_every = heartrate_every };
    p->first_year = year_of(now) - years - 1;
    for (int i = 0; i < years + 3; i++) {
        p->summer[i].from = last_sunday(p->first_year + i, 3);
        p->summer[i].to = last_sunday(p->first_year + i, 10);
    }
    p->today = tm_floor_day(now + person_offset(p, now)) / DAY;
    tm_day(text, p->today * DAY);
    (void)snprintf(first, sizeof(first), "%04d-%.2s-01",
                   year_of(p->today * DAY) - years, text + 5);
    (void)tm_parse_day(&t, first); /* cannot fail: a day from tm_day() */
    p->first_day = t / DAY;
}

int
person_offset(const struct person *p, int64_t unix_s)
{
    size_t n = sizeof(p->summer) / sizeof(p->summer[0]);

    for (size_t i = 0; i < n && p->summer[i].from != 0; i++) {
        if (unix_s < p->summer[i].from)
            return HOUR;
        if (unix_s < p->summer[i].to)
            return 2 * HOUR;
    }
    return HOUR;
}

int64_t
person_at(const struct person *p, int64_t day, int64_t s)
{
    int64_t naive = day * DAY + s;

    return naive - person_offset(p, naive - HOUR);
}

bool
person_wears(int64_t day)
{
    enum { TRIP_EVERY = 211, TRIP_FROM = 100, TRIP_DAYS = 6 };
    int64_t at = day % TRIP_EVERY - TRIP_FROM;

    if (at >= 0 && at < TRIP_DAYS)
        return false; /* the charger was left at home */
    return !rng_one_in(29, WORN, day, 0);
}

int64_t
person_ring_day(int number)
{
    static const int64_t since[] = { 18882,
                                     20301 }; /* 2021-09-12, 2025-08-01 */

    return since[number];
}

struct night
person_night(const struct person *p, int64_t day)
{
    struct rng r = rng_of(NIGHT, day, 0);
    int64_t bed = rng_range(&r, -180, 80), wake = rng_range(&r, 720, 1020);

    return (struct night){
        .is_worn = person_wears(day),
        .bed = person_at(p, day, bed * 30),
        .wake = person_at(p, day, wake * 30),
    };
}

struct rng
rng_of(enum category_id id, int64_t day, int64_t number)
{
    struct rng r = { (uint64_t)day * 0x2545f4914f6cdd1dU +
                     (uint64_t)number * 0xd1342543de82ef95U +
                     ((uint64_t)id + 1) * 0x9e6c63d0876a9a47U };

    r.state = rng_next(&r);
    return r;
}

bool
rng_one_in(int n, enum category_id id, int64_t day, int64_t number)
{
    struct rng r = rng_of(id, day, 1000 + number);

    return rng_next(&r) % (uint64_t)n == 0;
}

struct item *
items_add(struct items *list, int64_t day, int64_t at)
{
    struct item *item;

    if (list->n == list->room) {
        list->room = list->room ? list->room * 2 : 256;
        list->p = mem_resize(list->p, list->room, sizeof(*list->p));
    }
    item = &list->p[list->n++];
    *item = (struct item){ .day = day, .at = at };
    return item;
}

void
items_free(struct items *list)
{
    free(list->p);
    *list = (struct items)ITEMS_INIT;
}

void
uuid_of(char text[37], enum category_id id, int64_t day, int64_t number)
{
    static const char hex[] = "0123456789abcdef";
    struct rng r = rng_of(id, day, 5000 + number);
    uint64_t bits = 0;

    for (int i = 0; i < 36; i++) {
        if (i % 16 == 0)
            bits = rng_next(&r);
        text[i] = hex[bits & 15];
        bits >>= 4;
    }
    text[8] = text[13] = text[18] = text[23] = '-';
    text[14] = '5';
    text[19] = hex[8 + (text[19] & 3)];
    text[36] = '\0';
}

void
put_id(struct buf *b, enum category_id id, const struct item *item)
{
    char text[37];

    uuid_of(text, id, item->day, item->index);
    put_text(b, "id", text);
}

void
put_time(struct buf *b, const char *key, const struct person *p, int64_t unix_s)
{
    put_local(b, key, unix_s, person_offset(p, unix_s), true);
}

void
put_score(struct buf *b, const char *key, struct rng *r, int chance_null)
{
    int value = rng_range(r, 0, 120);

    if (chance_null > 0 && rng_range(r, 1, chance_null) == 1)
        put_null(b, key);
    else
        put_int(b, key, value > 60 ? 100 - value / 4 : 40 + value);
}
