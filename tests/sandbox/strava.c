#include "strava.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "base/tm.h"
#include "oauth.h"
#include "provider.h"
#include "put.h"
#include "reply.h"
#include "scenario.h"

/* How Strava's API answers. */

enum { PER_PAGE = 30, PER_PAGE_MAX = 200, QUARTER_S = 900 };

static void
fault(struct reply *r, int status, const char *message, const char *error)
{
    reply_body(r, status, NULL);
    put_open(&r->body, NULL, '{');
    put_text(&r->body, "message", message);
    put_open(&r->body, "errors", '[');
    if (error)
        put_raw(&r->body, NULL, error);
    put_close(&r->body, ']');
    put_close(&r->body, '}');
}

static void
not_found(struct reply *r)
{
    fault(r, 404, "Resource Not Found", NULL);
}

/* A page of n things; a page may be cut for a test. */
struct page {
    int64_t number, first, size;
};

static void
read_page(struct page *p, const struct asked *q)
{
    p->number = asked_number(q, "page", 1);
    p->size = asked_number(q, "per_page", PER_PAGE);
    if (p->number < 1)
        p->number = 1;
    if (p->size < 1 || p->size > PER_PAGE_MAX)
        p->size = PER_PAGE_MAX;
    p->first = (p->number - 1) * p->size;
}

/* --- lists --- */

struct list_kind {
    const char *name, *path;
    void (*write)(struct buf *b, const struct strava *s,
                  const struct record *r);
};

static const struct list_kind lists[] = {
    { "activities", "/athlete/activities", strava_summary },
    { "routes", "/athletes/90000001/routes", strava_route },
    { "segments_starred", "/segments/starred", strava_starred },
    { "clubs", "/athlete/clubs", strava_club },
};

enum { LISTS = sizeof(lists) / sizeof(lists[0]) };

/* The records of a shelf between two times, and in which order. */
struct choice {
    size_t first, end;
    bool is_upwards; /* oldest first */
};

/* Only activities can be asked for by time; then "after" alone turns the
 * order around. */
static int
choose(struct choice *c, const struct strava *s, const struct shelf *shelf,
       const struct asked *q)
{
    int64_t before = asked_number(q, "before", -2);
    int64_t after = asked_number(q, "after", -2);

    *c = (struct choice){ .end = shelf->n };
    if (shelf != s->activities)
        return 0;
    if (before == -1 || after == -1 || after > world_clock(s->world))
        return -1;
    if (before >= 0)
        c->first = shelf_before(shelf, before);
    if (after >= 0)
        c->end = shelf_before(shelf, after + 1);
    if (c->end < c->first)
        c->end = c->first;
    c->is_upwards = after >= 0 && before < 0;
    return 0;
}

static void
write_list(struct buf *b, struct strava *s, const struct list_kind *kind,
           const struct choice *c, const struct page *p,
           const struct page_edits *edits)
{
    struct shelf *shelf = account_shelf(&s->account, kind->name);
    size_t step = edits->is_halved ? 2 : 1;
    size_t n = (c->end - c->first) / step, first = (size_t)p->first;
    size_t end = first + (size_t)p->size < n ? first + (size_t)p->size : n;

    if (edits->is_short && end > first + 3)
        end -= 3;
    put_open(b, NULL, '[');
    for (size_t i = first; i < end && !edits->is_empty; i++) {
        size_t at = c->is_upwards ? c->end - 1 - i * step : c->first + i * step;

        kind->write(b, s, &shelf->p[at]);
    }
    put_close(b, ']');
    account_served(&s->account, shelf);
}

static void
answer_list(struct reply *r, struct strava *s, const struct asked *q,
            const struct list_kind *kind)
{
    struct page p;
    struct choice c;
    struct misdeed m;
    char topic[48];

    read_page(&p, q);
    (void)snprintf(topic, sizeof(topic), "strava/%s", kind->name);
    if (misdeed_takes(r, &m, s->world, topic, topic, (size_t)p.number))
        return;
    (void)pthread_mutex_lock(&s->account.lock);
    if (choose(&c, s, account_shelf(&s->account, kind->name), q) < 0)
        fault(r, 400, "Bad Request",
              "{\"resource\":\"Application\",\"field\":\"after\","
              "\"code\":\"future\"}");
    else
        write_list(&r->body, s, kind, &c, &p, &m.edits);
    (void)pthread_mutex_unlock(&s->account.lock);
    misdeed_spoil(r, &m);
}

/* --- what hangs on an activity --- */

typedef void part_writer(struct reply *r, const struct strava *s,
                         const struct activity *a, const struct asked *q);

static void
write_detail(struct reply *r, const struct strava *s, const struct activity *a,
             const struct asked *q)
{
    strava_detail(&r->body, s, a->r,
                  text_is(asked_param(q, "include_all_efforts"), "true"));
}

static void
write_laps(struct reply *r, const struct strava *s, const struct activity *a,
           const struct asked *q)
{
    (void)q; /* no parameters */
    strava_laps(&r->body, s, a);
}

static void
write_zones(struct reply *r, const struct strava *s, const struct activity *a,
            const struct asked *q)
{
    (void)q; /* no parameters */
    if (s->is_free)
        fault(r, 402, "Payment Required", NULL);
    else
        strava_zones(&r->body, a);
}

static void
write_streams(struct reply *r, const struct strava *s, const struct activity *a,
              const struct asked *q)
{
    (void)s; /* same signature for all */
    if (!a->has_streams)
        not_found(r);
    else
        strava_streams(&r->body, a, asked_param(q, "keys"),
                       text_is(asked_param(q, "key_by_type"), "true"));
}

/* The first comment behind a cursor; -1 if it is none of ours. */
static int
comment_after(const struct activity *a, const char *cursor)
{
    int n = strava_comment_count(a);

    for (int i = 0; cursor && i < n; i++) {
        char text[64];

        strava_comment_cursor(text, a, i);
        if (text_is(text, cursor))
            return i + 1;
    }
    return cursor ? -1 : 0;
}

static void
write_comments(struct reply *r, const struct strava *s,
               const struct activity *a, const struct asked *q)
{
    bool has_size = asked_param(q, "page_size") != NULL;
    int64_t size = asked_number(q, "page_size", PER_PAGE);
    int first = comment_after(a, asked_param(q, "after_cursor"));
    struct page p;

    (void)s; /* same signature for all */
    read_page(&p, q);
    if (first < 0 || size < 1 || size > PER_PAGE_MAX)
        fault(r, 400, "Bad Request",
              "{\"resource\":\"Comment\",\"field\":\"after_cursor\","
              "\"code\":\"invalid\"}");
    else if (has_size)
        strava_comments(&r->body, a, first, (int)size, true);
    else
        strava_comments(&r->body, a, (int)p.first, (int)p.size, false);
}

static void
write_kudos(struct reply *r, const struct strava *s, const struct activity *a,
            const struct asked *q)
{
    struct page p;

    (void)s; /* same signature for all */
    read_page(&p, q);
    strava_kudos(&r->body, a, (int)p.first, (int)p.size);
}

static void
write_photos(struct reply *r, const struct strava *s, const struct activity *a,
             const struct asked *q)
{
    (void)q; /* all on one page */
    strava_photos(&r->body, s, a);
}

static const struct {
    const char *category, *tail; /* behind the id */
    part_writer *write;
} parts[] = {
    { "activity_detail", "", write_detail },
    { "activity_laps", "/laps", write_laps },
    { "activity_zones", "/zones", write_zones },
    { "activity_streams", "/streams", write_streams },
    { "activity_comments", "/comments", write_comments },
    { "activity_kudos", "/kudos", write_kudos },
    { "activity_photos", "/photos", write_photos },
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

static void
write_part(struct reply *r, const struct strava *s, const char *id, int part,
           const struct asked *q)
{
    const struct record *record = activity_find(s, id);
    struct activity a;

    if (!record) {
        not_found(r);
        return;
    }
    activity_of(&a, record);
    a.ragged = (int)s->ragged;
    parts[part].write(r, s, &a, q);
}

/* A scenario's PAGE is the last three digits of the id. */
static void
answer_part(struct reply *r, struct strava *s, const struct asked *q,
            const char *rest)
{
    size_t n = strcspn(rest, "/");
    char *id = mem_strndup(rest, n), topic[48];
    struct misdeed m;
    int part = 0;

    while (part < PARTS && !text_is(parts[part].tail, rest + n))
        part++;
    if (part == PARTS) {
        not_found(r);
    } else {
        (void)snprintf(topic, sizeof(topic), "strava/%s", parts[part].category);
        if (!misdeed_takes(r, &m, s->world, topic, topic,
                           (size_t)(strtoull(id, NULL, 10) % 1000))) {
            (void)pthread_mutex_lock(&s->account.lock);
            if (m.edits.is_empty)
                reply_body(r, 200, "[]");
            else
                write_part(r, s, id, part, q);
            (void)pthread_mutex_unlock(&s->account.lock);
            misdeed_spoil(r, &m);
        }
    }
    free(id);
}

/* --- single objects --- */

static void
write_athlete_zones(struct buf *b, const struct strava *s)
{
    (void)s; /* same signature for all */
    strava_athlete_zones(b);
}

static const struct {
    const char *category, *path;
    void (*write)(struct buf *b, const struct strava *s);
} singletons[] = {
    { "athlete", "/athlete", strava_athlete },
    { "athlete_stats", "/athletes/90000001/stats", strava_stats },
    { "athlete_zones", "/athlete/zones", write_athlete_zones },
};

enum { SINGLETONS = sizeof(singletons) / sizeof(singletons[0]) };

static void
answer_singleton(struct reply *r, struct strava *s, int i)
{
    struct misdeed m;
    char topic[48];

    (void)snprintf(topic, sizeof(topic), "strava/%s", singletons[i].category);
    if (misdeed_takes(r, &m, s->world, topic, topic, 1))
        return;
    (void)pthread_mutex_lock(&s->account.lock);
    singletons[i].write(&r->body, s);
    (void)pthread_mutex_unlock(&s->account.lock);
    misdeed_spoil(r, &m);
}

static void
answer_gear(struct reply *r, struct strava *s, const char *id)
{
    struct misdeed m;

    if (misdeed_takes(r, &m, s->world, "strava/gear", "", 1))
        return;
    (void)pthread_mutex_lock(&s->account.lock);
    strava_gear(&r->body, s, id, 3);
    (void)pthread_mutex_unlock(&s->account.lock);
    if (r->body.n == 0)
        not_found(r);
    misdeed_spoil(r, &m);
}

/* --- who may ask, and how often --- */

static void
answer_path(struct reply *r, struct strava *s, const struct asked *q)
{
    static const char activity[] = "/activities/", a_gear[] = "/gear/";

    for (int i = 0; i < LISTS; i++) {
        if (text_is(lists[i].path, q->place)) {
            answer_list(r, s, q, &lists[i]);
            return;
        }
    }
    for (int i = 0; i < SINGLETONS; i++) {
        if (text_is(singletons[i].path, q->place)) {
            answer_singleton(r, s, i);
            return;
        }
    }
    if (text_starts(q->place, activity))
        answer_part(r, s, q, q->place + sizeof(activity) - 1);
    else if (text_starts(q->place, a_gear))
        answer_gear(r, s, q->place + sizeof(a_gear) - 1);
    else
        not_found(r);
}

/* In headers whose case varies. */
static void
tell_quota(struct reply *r, const struct quota *q)
{
    bool is_odd = q[ALL_DAY].used % 2;

    reply_header(r, is_odd ? "X-RateLimit-Limit" : "X-Ratelimit-Limit",
                 "%lld,%lld", (long long)q[ALL_SHORT].limit,
                 (long long)q[ALL_DAY].limit);
    reply_header(r, is_odd ? "X-RateLimit-Usage" : "X-Ratelimit-Usage",
                 "%lld,%lld", (long long)q[ALL_SHORT].used,
                 (long long)q[ALL_DAY].used);
    reply_header(r, is_odd ? "X-ReadRateLimit-Limit" : "x-readratelimit-limit",
                 "%lld,%lld", (long long)q[READ_SHORT].limit,
                 (long long)q[READ_DAY].limit);
    reply_header(r, is_odd ? "X-ReadRateLimit-Usage" : "x-readratelimit-usage",
                 "%lld,%lld", (long long)q[READ_SHORT].used,
                 (long long)q[READ_DAY].used);
}

/* Counts, and tells how much; false if it is one too many. */
static bool
take_quota(struct reply *r, struct strava *s)
{
    int64_t now = world_clock(s->world);
    struct quota *q = s->quota;
    bool is_free = true;

    (void)pthread_mutex_lock(&s->account.lock);
    for (int i = 0; i < QUOTAS; i++)
        is_free &= quota_take(&q[i], now);
    if (!s->is_mute)
        tell_quota(r, q);
    (void)pthread_mutex_unlock(&s->account.lock);
    return is_free;
}

static bool
needs_activity_scope(const char *place)
{
    return text_starts(place, "/athlete/activities") ||
           text_starts(place, "/activities/");
}

static void
refuse_scope(struct reply *r, const char *scope)
{
    struct buf error = BUF_INIT;

    buf_addf(&error,
             "{\"resource\":\"AccessToken\",\"field\":\"%s\","
             "\"code\":\"missing\"}",
             scope);
    fault(r, 401, "Authorization Error", buf_str(&error));
    buf_free(&error);
}

static void
answer(struct reply *r, const struct world *world, void *state,
       const struct asked *q)
{
    struct strava *s = state;

    if (s->is_inactive)
        fault(r, 403, "Forbidden",
              "{\"resource\":\"Application\",\"field\":\"Status\","
              "\"code\":\"Inactive\"}");
    else if (oauth_judge(world, q, "strava", NULL) != OAUTH_GOOD)
        fault(r, 401, "Authorization Error",
              "{\"resource\":\"Athlete\",\"field\":\"access_token\","
              "\"code\":\"invalid\"}");
    else if (!take_quota(r, s))
        fault(r, 429, "Rate Limit Exceeded",
              "{\"resource\":\"Application\",\"field\":\"overall rate "
              "limit\",\"code\":\"exceeded\"}");
    else if (!text_is(q->method, "GET"))
        not_found(r);
    else if (s->missing && needs_activity_scope(q->place))
        refuse_scope(r, s->missing);
    else
        answer_path(r, s, q);
}

/* --- the account --- */

static void *
open_account(struct world *world)
{
    struct strava *s = mem_zalloc(sizeof(*s));

    s->quota[ALL_SHORT] = (struct quota){ .window_s = QUARTER_S, .limit = 200 };
    s->quota[ALL_DAY] = (struct quota){ .window_s = DAY, .limit = 2000 };
    s->quota[READ_SHORT] =
        (struct quota){ .window_s = QUARTER_S, .limit = 100 };
    s->quota[READ_DAY] = (struct quota){ .window_s = DAY, .limit = 1000 };
    s->wanted = 900;
    strava_fill(s, world);
    return s;
}

static void
close_account(void *state)
{
    struct strava *s = state;

    account_free(&s->account);
    free(s->missing);
    free(s);
}

static int
set_flag(bool *flag, const char *value)
{
    *flag = text_is(value, "1");
    return text_is(value, "1") || text_is(value, "0") ? 0 : -1;
}

static int
set(void *state, const char *key, const char *value)
{
    struct strava *s = state;

    if (text_is(key, "quota"))
        return quota_limits(s->quota, QUOTAS, value);
    if (text_is(key, "inactive"))
        return set_flag(&s->is_inactive, value);
    if (text_is(key, "free"))
        return set_flag(&s->is_free, value);
    if (text_is(key, "ragged"))
        return num_str(&s->ragged, value) < 0 || s->ragged < 0 ||
                       s->ragged > STREAM_SAMPLES / 2
                   ? -1
                   : 0;
    if (text_is(key, "mute"))
        return set_flag(&s->is_mute, value);
    if (text_is(key, "quiet"))
        return set_flag(&s->is_quiet, value);
    if (text_is(key, "missing")) {
        free(s->missing);
        s->missing = value[0] ? mem_strdup(value) : NULL;
        return 0;
    }
    if (!text_is(key, "activities"))
        return account_order(&s->account, key, value);
    if (num_str(&s->wanted, value) < 0 || s->wanted < 0)
        return -1;
    account_free(&s->account);
    strava_fill(s, s->world);
    return 0;
}

/* --- the dump --- */

static bool
has(const char *category)
{
    for (int i = 0; i < LISTS; i++) {
        if (text_is(lists[i].name, category))
            return true;
    }
    for (int i = 0; i < PARTS; i++) {
        if (text_is(parts[i].category, category))
            return true;
    }
    for (int i = 0; i < SINGLETONS; i++) {
        if (text_is(singletons[i].category, category))
            return true;
    }
    return text_is(category, "gear");
}

static void
end_line(struct buf *out, struct buf *line)
{
    buf_addf(out, "%s\n", buf_str(line));
    buf_free(line);
}

/* What an activity has of a part, all of it; nothing if that is a 404. */
static void
dump_part(struct buf *b, const struct strava *s, const struct activity *a,
          const char *category)
{
    static const char all[] =
        "time,distance,latlng,altitude,velocity_smooth,heartrate,cadence,"
        "watts,temp,moving,grade_smooth";

    if (text_is(category, "activity_detail"))
        strava_detail(b, s, a->r, true);
    else if (text_is(category, "activity_laps"))
        strava_laps(b, s, a);
    else if (text_is(category, "activity_zones"))
        strava_zones(b, a);
    else if (text_is(category, "activity_comments"))
        strava_comments(b, a, 0, INT16_MAX, true);
    else if (text_is(category, "activity_kudos"))
        strava_kudos(b, a, 0, INT16_MAX);
    else if (text_is(category, "activity_photos"))
        strava_photos(b, s, a);
    else if (a->has_streams)
        strava_streams(b, a, all, true);
}

/* {"activity_id":...,"answer":...} for each activity. */
static void
dump_parts(struct buf *out, const struct strava *s, const char *category)
{
    for (size_t i = 0; i < s->activities->n; i++) {
        struct buf line = BUF_INIT, part = BUF_INIT;
        struct activity a;

        activity_of(&a, &s->activities->p[i]);
        a.ragged = (int)s->ragged;
        dump_part(&part, s, &a, category);
        if (part.n > 0) {
            put_open(&line, NULL, '{');
            put_int(&line, "activity_id", a.id);
            put_raw(&line, "answer", buf_str(&part));
            put_close(&line, '}');
            end_line(out, &line);
        }
        buf_free(&part);
    }
}

static void
dump_list(struct buf *out, struct strava *s, const struct list_kind *kind)
{
    const struct shelf *shelf = account_shelf(&s->account, kind->name);

    for (size_t i = 0; i < shelf->n; i++) {
        struct buf line = BUF_INIT;

        kind->write(&line, s, &shelf->p[i]);
        end_line(out, &line);
    }
}

static void
dump_all(struct buf *out, struct strava *s, const char *category)
{
    struct buf line = BUF_INIT;

    for (int i = 0; i < LISTS; i++) {
        if (text_is(lists[i].name, category))
            dump_list(out, s, &lists[i]);
    }
    for (int i = 0; i < PARTS; i++) {
        if (text_is(parts[i].category, category))
            dump_parts(out, s, category);
    }
    for (int i = 0; i < SINGLETONS; i++) {
        if (text_is(singletons[i].category, category)) {
            singletons[i].write(&line, s);
            end_line(out, &line);
        }
    }
    for (int i = 0; text_is(category, "gear") && strava_gear_id(i); i++) {
        strava_gear(&line, s, strava_gear_id(i), 3);
        end_line(out, &line);
    }
}

static int
dump(struct buf *out, const struct world *world, void *state,
     const char *category)
{
    struct strava *s = state;

    (void)world; /* the account knows it */
    if (!has(category))
        return -1;
    (void)pthread_mutex_lock(&s->account.lock);
    dump_all(out, s, category);
    (void)pthread_mutex_unlock(&s->account.lock);
    return 0;
}

const struct provider strava_provider = {
    .name = "strava",
    .places = { "/athlete", "/activities/", "/gear/", "/routes/", "/segments/",
                "/segment_efforts", "/clubs/" },
    .help = "  quota=A,B,C,D   requests, overall in 15 minutes and a day, and "
            "reading;\n                  200,2000,100,1000\n"
            "  activities=N    in all the years; 900; before any other\n"
            "  inactive=1      403 for everything\n"
            "  free=1          no subscription: zones are a 402\n"
            "  mute=1          nothing tells of the quota\n"
            "  quiet=1         no comments\n"
            "  ragged=N        streams of the heart lack their last N samples\n"
            "  missing=SCOPE   401 for all activities, as if not granted\n"
            "  and what may be told to an account, see below; KIND is "
            "activities, descriptions\n  (only details show them), routes, "
            "segments_starred or clubs\n",
    .has = has,
    .open = open_account,
    .close = close_account,
    .set = set,
    .dump = dump,
    .answer = answer,
};
