#include "oura.h"

#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/text.h"
#include "base/tm.h"
#include "edits.h"
#include "person.h"
#include "put.h"
#include "records.h"
#include "reply.h"
#include "scenario.h"

/*
 * Where the API's behaviour is not known (session, tags, rest_mode_period,
 * vo2_max: whether the last day is in; the last instant of a series), the
 * answer that gives a client less was chosen.
 */
static const struct oura_category categories[] = {
    { "daily_activity", "daily_activity", "daily", BY_LOCAL, false, "score",
      activity_list, activity_write },
    { "daily_sleep", "daily_sleep", "daily", BY_DAY, false, "score", night_list,
      daily_sleep_write },
    { "daily_readiness", "daily_readiness", "daily", BY_DAY, false, "score",
      night_list, readiness_write },
    { "daily_spo2", "daily_spo2", "spo2", BY_DAY, false,
      "breathing_disturbance_index", night_list, spo2_write },
    { "daily_stress", "daily_stress", "daily", BY_DAY, false, "stress_high",
      day_list, stress_write },
    { "daily_resilience", "daily_resilience", "stress", BY_DAY, false, "stress",
      resilience_list, resilience_write },
    { "daily_cardiovascular_age", "daily_cardiovascular_age", "heart_health",
      BY_DAY, false, "vascular_age", night_list, cardio_age_write },
    { "vo2_max", "vO2_max", "heart_health", BY_LOCAL, false, "vo2_max",
      vo2_max_list, vo2_max_write },
    { "sleep", "sleep", "daily", BY_LOCAL, false, "average_hrv", sleep_list,
      sleep_write },
    { "sleep_time", "sleep_time", "daily", BY_DAY, false, NULL, day_list,
      sleep_time_write },
    { "workout", "workout", "workout", BY_UTC, false, "calories", workout_list,
      workout_write },
    { "session", "session", "session", BY_LOCAL, false, NULL, session_list,
      session_write },
    { "enhanced_tag", "enhanced_tag", "tag", BY_LOCAL, false, NULL,
      enhanced_tag_list, enhanced_tag_write },
    { "tag", "tag", "tag", BY_LOCAL, false, NULL, tag_list, tag_write },
    { "rest_mode_period", "rest_mode_period", "daily", BY_LOCAL, false, NULL,
      rest_mode_list, rest_mode_write },
    { "heartrate", "heartrate", "heartrate", BY_INSTANT, true, "bpm",
      heartrate_list, heartrate_write },
    { "ring_battery_level", "ring_battery_level", "ring_configuration",
      BY_INSTANT, false, "level", battery_list, battery_write },
    { "ring_configuration", "ring_configuration", "ring_configuration",
      BY_NOTHING, false, "size", rings_list, rings_write },
    { "personal_info", "personal_info", "personal", BARE, false, "weight",
      personal_list, personal_write },
};

enum { CATEGORIES = sizeof(categories) / sizeof(categories[0]) };

const struct oura_category *
oura_category_at(size_t i)
{
    return i < CATEGORIES ? &categories[i] : NULL;
}

const struct oura_category *
oura_category_named(const char *name)
{
    for (size_t i = 0; i < CATEGORIES; i++) {
        if (text_is(categories[i].name, name))
            return &categories[i];
    }
    return NULL;
}

const struct oura_category *
oura_category_of(const char *path)
{
    static const char base[] = "/v2/usercollection/";
    const char *at = strstr(path, base);

    if (!at)
        return NULL;
    for (size_t i = 0; i < CATEGORIES; i++) {
        if (text_is(categories[i].path, at + sizeof(base) - 1))
            return &categories[i];
    }
    return NULL;
}

/* The window as asked for, in the filter's own time; a token carries it. */
struct window {
    int64_t from;
    int64_t to;
    size_t offset;
};

/* Opaque to a client, and wrong if it is not percent-encoded. */
static void
token_make(struct buf *out, const struct window *w)
{
    buf_addf(out, "p+%lld/%lld/%zu==", (long long)w->from, (long long)w->to,
             w->offset);
}

static int
token_read(struct window *w, const char *token)
{
    size_t n = strlen(token);
    char text[80], *to, *offset;
    int64_t skip;

    if (n < 4 || n >= sizeof(text) || !text_starts(token, "p+") ||
        !text_ends(token, "=="))
        return -1;
    memcpy(text, token + 2, n - 4);
    text[n - 4] = '\0';
    to = strchr(text, '/');
    offset = to ? strchr(to + 1, '/') : NULL;
    if (!to || !offset)
        return -1;
    *to++ = *offset++ = '\0';
    if (num_str(&w->from, text) < 0 || num_str(&w->to, to) < 0 ||
        num_str(&skip, offset) < 0 || skip < 0)
        return -1;
    w->offset = (size_t)skip;
    return 0;
}

size_t
oura_page_number(const struct oura_request *q, size_t page_size)
{
    struct window w = { .offset = 0 };

    if (q->next_token && token_read(&w, q->next_token) < 0)
        return 0;
    return w.offset / page_size + 1;
}

static void
refuse_value(struct reply *r, const char *key, const char *input,
             const char *type, const char *msg)
{
    reply_body(r, 422, "{\"detail\":[{");
    put_text(&r->body, "type", type);
    put_open(&r->body, "loc", '[');
    put_text(&r->body, NULL, "query");
    put_text(&r->body, NULL, key);
    put_close(&r->body, ']');
    put_text(&r->body, "msg", msg);
    put_text(&r->body, "input", input);
    buf_adds(&r->body, "}]}");
}

static bool
has_zone(const char *text)
{
    size_t n = strlen(text);

    return text[n - 1] == 'Z' ||
           (n > 20 && (text[n - 6] == '+' || text[n - 6] == '-'));
}

/* A date or date-time in the time that the filter compares with. */
static int
read_time(int64_t *out, const struct person *p, enum filter filter,
          const char *text)
{
    if (tm_parse(out, text) < 0)
        return -1;
    if ((filter == BY_DAY || filter == BY_LOCAL) && strlen(text) > 10 &&
        has_zone(text))
        *out += person_offset(p, *out);
    return 0;
}

static int
read_window(struct window *w, struct reply *r, const struct person *p,
            const struct oura_category *c, const struct oura_request *q)
{
    enum { SPAN_LIMIT = 30 * DAY };
    bool is_series = c->filter == BY_INSTANT;
    const char *start_key = is_series ? "start_datetime" : "start_date";
    const char *end_key = is_series ? "end_datetime" : "end_date";

    w->to = is_series ? p->now : p->today * DAY;
    if (q->end && read_time(&w->to, p, c->filter, q->end) < 0) {
        refuse_value(r, end_key, q->end, "datetime_from_date_parsing",
                     "Input should be a valid datetime or date");
        return -1;
    }
    w->from = w->to - DAY;
    if (q->start && read_time(&w->from, p, c->filter, q->start) < 0) {
        refuse_value(r, start_key, q->start, "datetime_from_date_parsing",
                     "Input should be a valid datetime or date");
        return -1;
    }
    if (w->from > w->to) {
        refuse_value(r, start_key, q->start ? q->start : "", "value_error",
                     "Start date must be before end date");
        return -1;
    }
    if (c->has_span_limit && w->to - w->from > SPAN_LIMIT) {
        reply_detail(r, 400, "The time range must not exceed 30 days.");
        return -1;
    }
    return 0;
}

static bool
is_inside(const struct item *it, const struct person *p, enum filter filter,
          const struct window *w)
{
    int64_t at = it->at;

    switch (filter) {
    case BY_DAY:
        at = it->day * DAY;
        break;
    case BY_LOCAL:
        at += person_offset(p, at);
        break;
    case BY_UTC:
        break;
    case BY_INSTANT:
        return at >= w->from && at < w->to;
    case BY_NOTHING:
    case BARE:
        return true;
    }
    return at >= w->from && at <= w->to;
}

/* All records of the window, in order. */
static void
collect(struct items *out, const struct person *p,
        const struct oura_category *c, const struct window *w)
{
    enum { AROUND = 2 }; /* a record may be compared by another day's time */
    int64_t from = w->from / DAY - AROUND, to = w->to / DAY + AROUND;
    size_t kept = 0;

    if (c->filter == BY_NOTHING || c->filter == BARE)
        from = to = 0;
    else if (from < p->first_day)
        from = p->first_day;
    if (to > p->today + 1)
        to = p->today + 1;
    for (int64_t day = from; day <= to; day++) {
        c->list(out, p, day);
        for (size_t i = kept; i < out->n; i++) {
            if (is_inside(&out->p[i], p, c->filter, w))
                out->p[kept++] = out->p[i];
        }
        out->n = kept;
    }
}

static void
write_record(struct buf *b, const struct person *p,
             const struct oura_category *c, const struct item *it,
             const struct page_edits *edits, size_t page)
{
    size_t start = b->n;

    c->write(b, p, it);
    if (b->p[start] == ',')
        start++;
    edits_apply(b, start, p, c, it, edits, page);
}

static void
halve(struct items *list)
{
    list->n /= 2;
    for (size_t i = 0; i < list->n; i++)
        list->p[i] = list->p[2 * i];
}

static void
write_page(struct buf *b, const struct person *p, const struct oura_category *c,
           const struct window *w, const struct page_edits *edits,
           size_t page_size)
{
    struct items list = ITEMS_INIT;
    struct window next = *w;
    size_t page = w->offset / page_size + 1, first = w->offset, end;

    collect(&list, p, c, w);
    if (edits->is_halved)
        halve(&list);
    end = list.n - first < page_size ? list.n : first + page_size;
    if (first >= list.n)
        first = end = list.n;
    if (edits->is_short && end - first > 3)
        end -= 3;
    if (edits->is_empty)
        end = first;
    if (edits->repeat_last && first > 0 && first < end)
        first--;
    buf_adds(b, "{\"data\":[");
    for (size_t i = first; i < end; i++)
        write_record(b, p, c, &list.p[i], edits, page);
    buf_adds(b, "],\"next_token\":");
    next.offset = edits->same_token ? page_size : w->offset + page_size;
    if (edits->same_token || (next.offset < list.n && !edits->is_empty)) {
        buf_addc(b, '"');
        token_make(b, &next);
        buf_addc(b, '"');
    } else {
        buf_adds(b, "null");
    }
    buf_addc(b, '}');
    items_free(&list);
}

void
oura_answer(struct reply *r, const struct person *p,
            const struct oura_category *c, const struct oura_request *q,
            const struct page_edits *edits, size_t page_size)
{
    struct window w = { .offset = 0 };

    if (c->filter == BARE) {
        struct item bare = { .day = p->today };

        reply_body(r, 200, NULL);
        write_record(&r->body, p, c, &bare, edits, 1);
        return;
    }
    if (q->next_token && token_read(&w, q->next_token) < 0) {
        reply_detail(r, 400, "Invalid next_token.");
        return;
    }
    if (!q->next_token && c->filter != BY_NOTHING &&
        read_window(&w, r, p, c, q) < 0)
        return;
    reply_body(r, 200, NULL);
    write_page(&r->body, p, c, &w, edits, page_size);
}

void
oura_refuse_scope(struct reply *r, const char *scope, const char *token)
{
    reply_body(r, 401, NULL);
    buf_addf(&r->body,
             "{\"detail\":\"Token %s%sis not authorized access %s scope.\"}",
             token ? token : "", token ? " " : "", scope);
}
