#include "hevy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "base/tm.h"
#include "provider.h"
#include "put.h"
#include "reply.h"
#include "scenario.h"

/* How Hevy's API answers. */

static const char events_name[] = "workout_events";

static void
refuse(struct reply *r, int status, const char *error)
{
    reply_body(r, status, NULL);
    put_open(&r->body, NULL, '{');
    put_text(&r->body, "error", error);
    put_close(&r->body, '}');
}

/* A page of n things. */
struct page {
    int64_t number, size;
    int64_t first, end, count;
};

static int
read_page(struct page *p, struct reply *r, const struct asked *q, int size,
          int size_max)
{
    *p = (struct page){ .number = asked_number(q, "page", 1),
                        .size = asked_number(q, "pageSize", size) };
    if (p->number >= 1 && p->size >= 1 && p->size <= size_max)
        return 0;
    refuse(r, 400, p->number < 1 ? "Invalid page" : "Invalid page size");
    return -1;
}

/* Where the page is among n; -1 if it is behind the end. */
static int
place_page(struct page *p, struct reply *r, const struct hevy *h, size_t n,
           const struct page_edits *edits)
{
    p->count = ((int64_t)n + p->size - 1) / p->size;
    p->first = (p->number - 1) * p->size;
    p->end = p->first + p->size < (int64_t)n ? p->first + p->size : (int64_t)n;
    if (p->number > p->count &&
        (p->number > 1 || (n == 0 && h->no_empty_lists))) {
        refuse(r, 404, "Page not found");
        return -1;
    }
    if (edits->is_short && p->end - p->first > 3)
        p->end -= 3;
    if (edits->is_empty)
        p->end = p->first;
    return 0;
}

static void
open_page(struct buf *b, const struct page *p, const char *list)
{
    put_open(b, NULL, '{');
    put_int(b, "page", p->number);
    put_int(b, "page_count", p->count);
    put_open(b, list, '[');
}

static void
write_list(struct reply *r, struct hevy *h, const struct hevy_kind *kind,
           struct page *p, const struct page_edits *edits)
{
    struct shelf *s = account_shelf(&h->account, kind->name);
    int64_t step = edits->is_halved ? 2 : 1;

    if (place_page(p, r, h, s->n / (size_t)step, edits) < 0)
        return;
    open_page(&r->body, p, kind->name);
    for (int64_t i = p->first; i < p->end; i++)
        kind->write(&r->body, h, &s->p[i * step]);
    put_close(&r->body, ']');
    put_close(&r->body, '}');
    account_served(&h->account, s);
}

static void
answer_list(struct reply *r, struct hevy *h, const struct asked *q,
            const struct hevy_kind *kind)
{
    struct page p;
    struct misdeed m;
    char topic[48];

    if (read_page(&p, r, q, kind->size, kind->size_max) < 0)
        return;
    (void)snprintf(topic, sizeof(topic), "hevy/%s", kind->name);
    if (misdeed_takes(r, &m, h->world, topic, topic, (size_t)p.number))
        return;
    (void)pthread_mutex_lock(&h->account.lock);
    write_list(r, h, kind, &p, &m.edits);
    (void)pthread_mutex_unlock(&h->account.lock);
    misdeed_spoil(r, &m);
}

static void
write_events(struct reply *r, struct hevy *h, struct page *p, int64_t since,
             const struct page_edits *edits)
{
    size_t n = 0;

    while (n < h->events && h->event[n].at >= since)
        n++;
    if (place_page(p, r, h, n, edits) < 0)
        return;
    open_page(&r->body, p, "events");
    for (int64_t i = p->first; i < p->end; i++)
        hevy_write_event(&r->body, h, &h->event[i]);
    put_close(&r->body, ']');
    put_close(&r->body, '}');
}

static void
answer_events(struct reply *r, struct hevy *h, const struct asked *q)
{
    const char *text = asked_param(q, "since");
    int64_t since = 0;
    struct page p;
    struct misdeed m;

    if (text && tm_parse(&since, text) < 0) {
        refuse(r, 400, "Invalid date");
        return;
    }
    if (read_page(&p, r, q, 5, 10) < 0 ||
        misdeed_takes(r, &m, h->world, "hevy/workout_events", "", 1))
        return;
    (void)pthread_mutex_lock(&h->account.lock);
    write_events(r, h, &p, since, &m.edits);
    (void)pthread_mutex_unlock(&h->account.lock);
    misdeed_spoil(r, &m);
}

static void
write_count(struct buf *b, struct hevy *h)
{
    put_open(b, NULL, '{');
    put_int(b, "workout_count",
            (int64_t)account_shelf(&h->account, "workouts")->n);
    put_close(b, '}');
}

static void
answer_count(struct reply *r, struct hevy *h, const struct asked *q)
{
    struct misdeed m;

    (void)q; /* no parameters */
    if (misdeed_takes(r, &m, h->world, "hevy/workout_count", "", 1))
        return;
    (void)pthread_mutex_lock(&h->account.lock);
    write_count(&r->body, h);
    (void)pthread_mutex_unlock(&h->account.lock);
    misdeed_spoil(r, &m);
}

static void
answer_user(struct reply *r, struct hevy *h, const struct asked *q)
{
    struct misdeed m;

    (void)q; /* no parameters */
    if (misdeed_takes(r, &m, h->world, "hevy/user_info", "", 1))
        return;
    hevy_user(&r->body);
    misdeed_spoil(r, &m);
}

static void
answer_history(struct reply *r, struct hevy *h, const struct asked *q,
               const char *id)
{
    const char *start = asked_param(q, "start_date");
    const char *end = asked_param(q, "end_date");
    int64_t from = 0, to = INT64_MAX;
    struct misdeed m;

    if ((start && tm_parse(&from, start) < 0) ||
        (end && tm_parse(&to, end) < 0)) {
        refuse(r, 400, "Invalid date");
        return;
    }
    if (misdeed_takes(r, &m, h->world, "hevy/exercise_history", "", 1))
        return;
    (void)pthread_mutex_lock(&h->account.lock);
    hevy_history(&r->body, h, id, from, to);
    (void)pthread_mutex_unlock(&h->account.lock);
    misdeed_spoil(r, &m);
}

static void
write_single(struct buf *b, struct hevy *h, const struct hevy_kind *kind,
             const char *id)
{
    const struct shelf *s = account_shelf(&h->account, kind->name);

    for (size_t i = 0; i < s->n; i++) {
        struct buf one = BUF_INIT;
        char text[40];

        kind->id(text, h, &s->p[i]);
        if (!text_is(text, id))
            continue;
        kind->write(&one, h, &s->p[i]);
        if (kind->single) {
            put_open(b, NULL, '{');
            put_raw(b, kind->single, buf_str(&one));
            put_close(b, '}');
        } else {
            buf_adds(b, buf_str(&one));
        }
        buf_free(&one);
        return;
    }
}

static void
answer_single(struct reply *r, struct hevy *h, const struct hevy_kind *kind,
              const char *id)
{
    (void)pthread_mutex_lock(&h->account.lock);
    write_single(&r->body, h, kind, id);
    (void)pthread_mutex_unlock(&h->account.lock);
    if (r->body.n == 0)
        refuse(r, 404, "Not found");
}

static const struct {
    const char *category, *path;
    void (*answer)(struct reply *r, struct hevy *h, const struct asked *q);
} specials[] = {
    { events_name, "/v1/workouts/events", answer_events },
    { "workout_count", "/v1/workouts/count", answer_count },
    { "user_info", "/v1/user/info", answer_user },
};

enum { SPECIALS = sizeof(specials) / sizeof(specials[0]) };

static void
answer_path(struct reply *r, struct hevy *h, const struct asked *q)
{
    static const char history[] = "/v1/exercise_history/";

    for (int i = 0; i < SPECIALS; i++) {
        if (text_is(specials[i].path, q->place)) {
            specials[i].answer(r, h, q);
            return;
        }
    }
    if (text_starts(q->place, history)) {
        answer_history(r, h, q, q->place + sizeof(history) - 1);
        return;
    }
    for (int i = 0; hevy_kind_at(i); i++) {
        const struct hevy_kind *kind = hevy_kind_at(i);
        size_t n = strlen(kind->path);

        if (text_is(kind->path, q->place)) {
            answer_list(r, h, q, kind);
            return;
        }
        if (text_starts(q->place, kind->path) && q->place[n] == '/') {
            answer_single(r, h, kind, q->place + n + 1);
            return;
        }
    }
    refuse(r, 404, "Not found");
}

static void
answer(struct reply *r, const struct world *world, void *state,
       const struct asked *q)
{
    if (!text_is(world->token, asked_header(q, "api-key"))) {
        reply_body(r, 401, "InvalidApiKey");
        r->type = "text/html; charset=utf-8";
    } else if (!text_is(q->method, "GET")) {
        refuse(r, 404, "Not found");
    } else {
        answer_path(r, state, q);
    }
}

static void *
open_account(struct world *world)
{
    struct hevy *h = mem_zalloc(sizeof(*h));

    h->wanted = 600;
    hevy_fill(h, world);
    return h;
}

static void
close_account(void *state)
{
    hevy_free(state);
    free(state);
}

static int
set(void *state, const char *key, const char *value)
{
    struct hevy *h = state;

    if (text_is(key, "empty")) {
        h->no_empty_lists = text_is(value, "404");
        return text_is(value, "404") || text_is(value, "200") ? 0 : -1;
    }
    if (!text_is(key, "workouts"))
        return account_order(&h->account, key, value);
    if (num_str(&h->wanted, value) < 0 || h->wanted < 0)
        return -1;
    hevy_free(h);
    hevy_fill(h, h->world);
    return 0;
}

static bool
has(const char *category)
{
    for (int i = 0; i < SPECIALS; i++) {
        if (text_is(specials[i].category, category))
            return true;
    }
    for (int i = 0; hevy_kind_at(i); i++) {
        if (text_is(hevy_kind_at(i)->name, category))
            return true;
    }
    return text_is(category, "exercise_history");
}

static void
end_line(struct buf *out, struct buf *line)
{
    buf_addf(out, "%s\n", buf_str(line));
    buf_free(line);
}

static void
dump_special(struct buf *out, struct hevy *h, const char *category)
{
    struct buf line = BUF_INIT;

    for (size_t i = 0; i < h->events && text_is(category, events_name); i++) {
        hevy_write_event(&line, h, &h->event[i]);
        end_line(out, &line);
    }
    if (text_is(category, "workout_count"))
        write_count(&line, h);
    else if (text_is(category, "user_info"))
        hevy_user(&line);
    else
        return;
    end_line(out, &line);
}

/* The history of all exercises, each as it is answered. */
static void
dump_history(struct buf *out, struct hevy *h)
{
    for (int i = 0; i < HEVY_TEMPLATES; i++) {
        struct hevy_template t;
        struct buf line = BUF_INIT;

        hevy_template_of(&t, i);
        hevy_history(&line, h, t.id, 0, INT64_MAX);
        end_line(out, &line);
    }
}

static int
dump(struct buf *out, const struct world *world, void *state,
     const char *category)
{
    struct hevy *h = state;

    (void)world; /* the account knows it */
    if (!has(category))
        return -1;
    (void)pthread_mutex_lock(&h->account.lock);
    dump_special(out, h, category);
    if (text_is(category, "exercise_history"))
        dump_history(out, h);
    for (int i = 0; hevy_kind_at(i); i++) {
        const struct hevy_kind *kind = hevy_kind_at(i);
        const struct shelf *s = &h->account.shelf[i];

        for (size_t k = 0; k < s->n && text_is(kind->name, category); k++) {
            struct buf line = BUF_INIT;

            kind->write(&line, h, &s->p[k]);
            end_line(out, &line);
        }
    }
    (void)pthread_mutex_unlock(&h->account.lock);
    return 0;
}

const struct provider hevy_provider = {
    .name = "hevy",
    .places = { "/v1/workouts", "/v1/routine", "/v1/exercise_",
                "/v1/body_measurements", "/v1/user/info" },
    .help = "  workouts=N     in all the years; 600; before any other\n"
            "  empty=200|404  the answer for a list without records\n"
            "  and what may be told to an account, see below; KIND is "
            "workouts, routines,\n  exercise_templates, routine_folders or "
            "body_measurements\n",
    .has = has,
    .open = open_account,
    .close = close_account,
    .set = set,
    .dump = dump,
    .answer = answer,
};
