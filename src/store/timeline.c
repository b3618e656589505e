#include "store/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/load.h"
#include "base/mem.h"
#include "base/tm.h"
#include "store/coverage.h"
#include "store/key.h"

/* Of 2024-03-01T04:00:00+00:00. */
enum { DAY_N = 10, CLOCK_AT = 11, CLOCK_N = 8, SECONDS_N = KEY_SECONDS_N };

/* Longer texts are no time that one meets, and stay as they are in a key.
 * Seconds from 1685 to 2255 can be nanoseconds: some days less, for a clock. */
enum { TEXT_MAX = 64 };
#define SECONDS_MAX INT64_C(8999000000)

struct timeline_span {
    int64_t from;
    int64_t to;
    char from_text[21];
    char to_text[21];
};

void
timeline_start(struct timeline *t, const struct coverage *c, int64_t slack_s)
{
    *t = (struct timeline){ .n = c ? c->n : 0, .before = INT64_MIN };
    t->span = mem_resize(NULL, t->n + 1, sizeof(*t->span));
    for (size_t i = 0; c && i < c->n; i++) {
        struct timeline_span *s = &t->span[i];

        s->from = c->span[i].from - slack_s;
        s->to = c->span[i].to + slack_s;
        tm_utc(s->from_text, s->from);
        tm_utc(s->to_text, s->to);
    }
}

void
timeline_again(struct timeline *t, bool is_behind)
{
    t->before = is_behind ? INT64_MAX : INT64_MIN;
}

void
timeline_free(struct timeline *t)
{
    free(t->span);
    buf_free(&t->text);
    *t = (struct timeline){ .n = 0 };
}

/* --- by text ------------------------------------------------------------ */

/* A day is shorter text than an instant of it, and so before all of them. */
static bool
has_text(const struct timeline_span *s, const char *time, size_t n)
{
    size_t m = n < SECONDS_N ? n : SECONDS_N;

    return memcmp(time, s->from_text, m) >= 0 &&
           memcmp(time, s->to_text, m) <= 0;
}

static bool
is_text_covered(struct timeline *t, const char *time, size_t n)
{
    if (n == 0 || t->n == 0 || has_text(&t->span[t->last], time, n))
        return true;
    for (size_t i = 0; i < t->n; i++)
        if (has_text(&t->span[i], time, n)) {
            t->last = i;
            return true;
        }
    return false;
}

static unsigned
add(struct timeline *t, int64_t at, bool is_covered)
{
    bool is_earlier = at < t->before;

    t->before = at;
    return (is_earlier ? TIMELINE_EARLIER : 0) |
           (is_covered ? 0 : TIMELINE_OUTSIDE);
}

unsigned
timeline_add_instant(struct timeline *t, const char *p, size_t n)
{
    return add(t, key_nanoseconds(p, n), is_text_covered(t, p, n));
}

/* --- by number ---------------------------------------------------------- */

/* What has_text() says of the texts, of instants in from..to. A day is as long
 * as a span touches it. */
static bool
has(const struct timeline_span *s, int64_t from, int64_t to, bool is_day)
{
    if (is_day)
        return from >= tm_floor_day(s->from) && from <= s->to;
    return from >= s->from && to <= s->to;
}

static bool
is_covered(struct timeline *t, int64_t from, int64_t to, bool is_day)
{
    if (t->n == 0 || has(&t->span[t->last], from, to, is_day))
        return true;
    for (size_t i = 0; i < t->n; i++)
        if (has(&t->span[i], from, to, is_day)) {
            t->last = i;
            return true;
        }
    return false;
}

/* The seconds of 04:00:00, or -1: it is something else, or a leap second. */
static inline int
clock_seconds(const char *p)
{
    /* Each byte's distance from the lowest one, and from there to 0x80. */
    static const char lowest[] = "00:00:00", more[] = "}v\177zv\177zv";
    const uint64_t tops = UINT64_C(0x8080808080808080);
    uint64_t v = load_8(p) ^ load_8(lowest);
    int hours = p[0] * 10 + p[1], minutes = p[3] * 10 + p[4],
        seconds = p[6] * 10 + p[7];

    if (((v + load_8(more)) | v) & tops || hours >= '0' * 11 + 24)
        return -1;
    return (hours * 60 + minutes) * 60 + seconds - '0' * 11 * (HOUR + 61);
}

/* What the next times have in common with this one, most likely. */
static void
keep_day(struct timeline *t, const char *p, size_t n, const struct instant *at)
{
    int clock = n < SECONDS_N ? -1 : clock_seconds(p + CLOCK_AT);

    t->day.n = 0;
    if (clock < 0)
        return;
    memcpy(t->day.text, p, n);
    t->day.n = n;
    t->day.from = at->sec - clock;
    t->day.nsec = at->nsec;
    t->day.is_covered =
        is_covered(t, t->day.from, t->day.from + DAY - 1, false);
}

static int64_t
nanoseconds(int64_t sec, int32_t nsec)
{
    return sec * 1000000000 + nsec;
}

static bool
is_leap_second(const char *p, size_t n)
{
    return n >= SECONDS_N && p[SECONDS_N - 2] == '6';
}

/* The same n bytes, which are few. */
static inline bool
is_same(const char *a, const char *b, size_t n)
{
    size_t i = 0;

    for (; n - i >= sizeof(uint32_t); i += sizeof(uint32_t))
        if (memcmp(a + i, b + i, sizeof(uint32_t)) != 0)
            return false;
    for (; i < n; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

/* All but the clock is as in the time that is kept. */
static inline bool
is_of_day(const struct timeline *t, const char *p, size_t n)
{
    return n == t->day.n && n > 0 && is_same(p, t->day.text, CLOCK_AT) &&
           is_same(p + SECONDS_N, t->day.text + SECONDS_N, n - SECONDS_N);
}

unsigned
timeline_add(struct timeline *t, const char *p, size_t n)
{
    struct instant at;
    int clock;

    if (is_of_day(t, p, n) && (clock = clock_seconds(p + CLOCK_AT)) >= 0) {
        int64_t sec = t->day.from + clock;

        return add(t, nanoseconds(sec, t->day.nsec),
                   t->day.is_covered || is_covered(t, sec, sec, false));
    }
    if (n > 0 && n < TEXT_MAX && tm_instant(&at, p, n) == 0 &&
        at.sec < SECONDS_MAX && at.sec > -SECONDS_MAX &&
        !is_leap_second(p, n)) {
        keep_day(t, p, n, &at);
        return add(t, nanoseconds(at.sec, at.nsec),
                   is_covered(t, at.sec, at.sec, n == DAY_N));
    }
    if (n >= TEXT_MAX)
        return timeline_add_instant(t, p, n);
    buf_clear(&t->text);
    key_instant(&t->text, p, n);
    return timeline_add_instant(t, buf_str(&t->text), t->text.n);
}
