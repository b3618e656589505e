#include "whoop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/tm.h"
#include "oauth.h"
#include "provider.h"
#include "put.h"
#include "reply.h"
#include "scenario.h"

/* How WHOOP's API answers. */

enum { LIMIT_DEFAULT = 10, LIMIT_MAX = 25 };

/* The window and the place in it. */
struct walk {
    int64_t from, to; /* from <= end, start < to */
    size_t limit, offset;
};

static int
read_instant(int64_t *out, const struct asked *q, const char *name,
             int64_t otherwise)
{
    const char *text = asked_param(q, name);

    *out = otherwise;
    if (!text)
        return 0;
    return strchr(text, 'T') ? tm_parse(out, text) : -1;
}

/* Where the walk was; it belongs to the other parameters. */
static void
token_make(struct buf *out, const struct walk *k, size_t offset)
{
    buf_addf(out, "o+%zu/%llx==", offset,
             (unsigned long long)(k->from * 31 + k->to * 17) + k->limit);
}

static int
token_read(struct walk *k, const char *token)
{
    struct buf same = BUF_INIT;
    int rc = -1;

    if (text_starts(token, "o+")) {
        k->offset = (size_t)strtoull(token + 2, NULL, 10);
        token_make(&same, k, k->offset);
        rc = text_is(buf_str(&same), token) ? 0 : -1;
    }
    buf_free(&same);
    return rc;
}

static int
read_walk(struct walk *k, const struct whoop *w, const struct asked *q)
{
    int64_t limit = asked_number(q, "limit", LIMIT_DEFAULT);
    const char *token = asked_param(q, "nextToken");

    *k = (struct walk){ .limit = (size_t)limit };
    if (limit < 1 || limit > LIMIT_MAX ||
        read_instant(&k->from, q, "start", INT64_MIN / 64) < 0 ||
        read_instant(&k->to, q, "end", w->account.now) < 0)
        return -1;
    return token ? token_read(k, token) : 0;
}

static void
write_page(struct buf *b, struct whoop *w, const struct whoop_kind *kind,
           const struct walk *k, const struct page_edits *edits)
{
    struct shelf *s = account_shelf(&w->account, kind->name);
    size_t seen = 0, want = k->offset + k->limit;
    struct buf token = BUF_INIT;
    size_t last = edits->is_short && k->limit > 3 ? want - 3 : want;

    put_open(b, NULL, '{');
    put_open(b, "records", '[');
    for (size_t i = 0; i < s->n && seen <= want; i++) {
        const struct record *r = &s->p[i];

        if (r->at >= k->to || kind->end(w, r) < k->from ||
            (edits->is_halved && i % 2))
            continue;
        if (seen >= k->offset && seen < last && !edits->is_empty)
            kind->write(b, w, r);
        seen++;
    }
    put_close(b, ']');
    token_make(&token, k, edits->same_token ? k->limit : want);
    if (edits->same_token || (seen > want && !edits->is_empty))
        put_text(b, "next_token", buf_str(&token));
    else if (kind == whoop_kind_at(2))
        put_null(b, "next_token"); /* seen, too */
    put_close(b, '}');
    buf_free(&token);
    account_served(&w->account, s);
}

static void
answer_list(struct reply *r, struct whoop *w, const struct asked *q,
            const struct whoop_kind *kind)
{
    struct walk k;
    struct misdeed m;
    char topic[32];

    if (read_walk(&k, w, q) < 0) {
        reply_body(r, 400, NULL);
        return;
    }
    (void)snprintf(topic, sizeof(topic), "whoop/%s", kind->name);
    if (misdeed_takes(r, &m, w->world, topic, kind->name,
                      k.offset / k.limit + 1))
        return;
    (void)pthread_mutex_lock(&w->account.lock);
    write_page(&r->body, w, kind, &k, &m.edits);
    (void)pthread_mutex_unlock(&w->account.lock);
    misdeed_spoil(r, &m);
}

/* The record that an id in a path names, up to the next slash. */
static const struct record *
find(const struct whoop *w, const struct shelf *s, const char *id)
{
    size_t n = strcspn(id, "/");
    char text[37];

    for (size_t i = 0; i < s->n; i++) {
        if (s == w->cycles)
            (void)snprintf(text, sizeof(text), "%lld",
                           (long long)whoop_cycle_id(s->p[i].number));
        else
            whoop_uuid(text, w, s, s->p[i].number);
        if (strlen(text) == n && memcmp(text, id, n) == 0)
            return &s->p[i];
    }
    return NULL;
}

/* /v2/cycle/ID, /v2/activity/sleep/ID, and what hangs on them. */
static void
write_single(struct buf *b, struct whoop *w, const struct whoop_kind *kind,
             const char *id)
{
    const struct record *r =
        find(w, account_shelf(&w->account, kind->name), id);
    const char *more = strchr(id, '/');

    if (!r)
        return;
    if (!more)
        kind->write(b, w, r);
    else if (text_is(more, "/stream") && kind == whoop_kind_at(2))
        whoop_stream(b, w, r);
    else if (text_is(more, "/recovery") && kind == whoop_kind_at(0) &&
             (r = shelf_find(w->recoveries, r->number)))
        whoop_kind_at(1)->write(b, w, r);
    else if (text_is(more, "/sleep") && kind == whoop_kind_at(0) &&
             (r = shelf_find(w->sleeps, r->number)))
        whoop_kind_at(2)->write(b, w, r);
}

static void
answer_single(struct reply *r, struct whoop *w, const struct whoop_kind *kind,
              const char *id)
{
    (void)pthread_mutex_lock(&w->account.lock);
    write_single(&r->body, w, kind, id);
    (void)pthread_mutex_unlock(&w->account.lock);
    if (r->body.n == 0)
        reply_body(r, 404, NULL);
}

static const struct {
    const char *category, *path;
    void (*write)(struct buf *b);
} singletons[] = {
    { "profile_basic", "/v2/user/profile/basic", whoop_profile },
    { "body_measurement", "/v2/user/measurement/body", whoop_body },
};

enum { SINGLETONS = sizeof(singletons) / sizeof(singletons[0]) };

static void
answer_path(struct reply *r, struct whoop *w, const struct asked *q)
{
    for (int i = 0; i < SINGLETONS; i++) {
        struct misdeed m;
        char topic[32];

        if (!text_is(singletons[i].path, q->place))
            continue;
        (void)snprintf(topic, sizeof(topic), "whoop/%s",
                       singletons[i].category);
        if (!misdeed_takes(r, &m, w->world, topic, topic, 1))
            singletons[i].write(&r->body);
        misdeed_spoil(r, &m);
        return;
    }
    for (int i = 0; whoop_kind_at(i); i++) {
        const struct whoop_kind *kind = whoop_kind_at(i);
        size_t n = strlen(kind->path);

        if (text_is(kind->path, q->place)) {
            answer_list(r, w, q, kind);
            return;
        }
        if (text_starts(q->place, kind->path) && q->place[n] == '/' && i != 1) {
            answer_single(r, w, kind, q->place + n + 1);
            return;
        }
    }
    reply_body(r, 404, NULL);
}

/* Counts, and tells in the headers; false if it is one too many. */
static bool
take_quota(struct reply *r, struct whoop *w)
{
    int64_t now = world_clock(w->world), left;
    struct quota *q = &w->minute;
    bool is_free;

    (void)pthread_mutex_lock(&w->account.lock);
    is_free = quota_take(&w->minute, now);
    is_free &= quota_take(&w->day, now);
    if (w->day.limit - w->day.used < w->minute.limit - w->minute.used)
        q = &w->day;
    left = q->limit - q->used;
    reply_header(r, "X-RateLimit-Limit",
                 "%lld, %lld;window=60, %lld;window=86400", (long long)q->limit,
                 (long long)w->minute.limit, (long long)w->day.limit);
    reply_header(r, "X-RateLimit-Remaining", "%lld",
                 (long long)(left > 0 ? left : 0));
    reply_header(r, "X-RateLimit-Reset", "%lld",
                 (long long)quota_reset(q, now));
    (void)pthread_mutex_unlock(&w->account.lock);
    return is_free;
}

static void
answer(struct reply *r, const struct world *world, void *state,
       const struct asked *q)
{
    struct whoop *w = state;

    if (oauth_judge(world, q, "whoop", NULL) != OAUTH_GOOD) {
        reply_body(r, 401, "Authorization was not valid");
        r->type = "text/plain";
    } else if (!take_quota(r, w)) {
        reply_body(r, 429, NULL);
    } else if (!text_is(q->method, "GET")) {
        reply_body(r, 405, NULL);
    } else {
        answer_path(r, w, q);
    }
}

static void *
open_account(struct world *world)
{
    struct whoop *w = mem_zalloc(sizeof(*w));

    w->minute = (struct quota){ .window_s = 60, .limit = 100 };
    w->day = (struct quota){ .window_s = DAY, .limit = 10000 };
    whoop_fill(w, world);
    return w;
}

static void
close_account(void *state)
{
    struct whoop *w = state;

    account_free(&w->account);
    free(w);
}

static int
set(void *state, const char *key, const char *value)
{
    struct whoop *w = state;
    struct quota both[2] = { w->minute, w->day };

    if (!text_is(key, "quota"))
        return account_order(&w->account, key, value);
    if (quota_limits(both, 2, value) < 0)
        return -1;
    w->minute = both[0];
    w->day = both[1];
    return 0;
}

static bool
has(const char *category)
{
    for (int i = 0; i < SINGLETONS; i++) {
        if (text_is(singletons[i].category, category))
            return true;
    }
    for (int i = 0; whoop_kind_at(i); i++) {
        if (text_is(whoop_kind_at(i)->name, category))
            return true;
    }
    return false;
}

static void
dump_list(struct buf *out, struct whoop *w, const struct whoop_kind *kind)
{
    const struct shelf *s = account_shelf(&w->account, kind->name);

    for (size_t i = 0; i < s->n; i++) {
        struct buf line = BUF_INIT;

        kind->write(&line, w, &s->p[i]);
        buf_addf(out, "%s\n", buf_str(&line));
        buf_free(&line);
    }
}

static int
dump(struct buf *out, const struct world *world, void *state,
     const char *category)
{
    struct whoop *w = state;
    struct buf line = BUF_INIT;

    (void)world; /* the account knows it */
    if (!has(category))
        return -1;
    (void)pthread_mutex_lock(&w->account.lock);
    for (int i = 0; whoop_kind_at(i); i++) {
        if (text_is(whoop_kind_at(i)->name, category))
            dump_list(out, w, whoop_kind_at(i));
    }
    for (int i = 0; i < SINGLETONS; i++) {
        if (text_is(singletons[i].category, category))
            singletons[i].write(&line);
    }
    (void)pthread_mutex_unlock(&w->account.lock);
    if (line.n > 0)
        buf_addf(out, "%s\n", buf_str(&line));
    buf_free(&line);
    return 0;
}

const struct provider whoop_provider = {
    .name = "whoop",
    .places = { "/v2/cycle", "/v2/recovery", "/v2/activity/", "/v2/user/" },
    .help = "  quota=MINUTE,DAY  requests; 100,10000\n"
            "  and what may be told to an account, see below; KIND is cycle, "
            "sleep,\n  recovery or workout\n",
    .has = has,
    .open = open_account,
    .close = close_account,
    .set = set,
    .dump = dump,
    .answer = answer,
};
