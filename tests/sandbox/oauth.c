/* Which request is for which authorization server, and what is told of it. */
#include "oauth.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "oauth_call.h"
#include "oauth_fail.h"
#include "oauth_knob.h"
#include "provider.h"
#include "reply.h"

struct endpoint {
    const char *path; /* behind "/auth/" */
    void (*answer)(struct oauth_call *c);
    bool is_new; /* of Oura's two servers */
};

#define NEW_OURA "oura/oauth/v2/ext/"

static const struct endpoint endpoints[] = {
    { "oura/oauth/authorize", consent_answer, false },
    { "oura/oauth/token", token_answer, false },
    { "oura/oauth/revoke", revoke_by_access, false },
    { NEW_OURA "oauth-authorize", consent_answer, true },
    { NEW_OURA "oauth-token", token_answer, true },
    { NEW_OURA "oauth-revoke", revoke_by_rfc, true },
    { "whoop/oauth/oauth2/auth", consent_answer, false },
    { "whoop/oauth/oauth2/token", token_answer, false },
    { "strava/oauth/authorize", consent_answer, false },
    { "strava/oauth/token", token_answer, false },
    { "strava/api/v3/oauth/token", token_answer, false },
    { "strava/oauth/revoke", revoke_by_rfc, false },
    { "strava/oauth/deauthorize", revoke_by_access, false },
    { "withings/oauth2_user/authorize2", consent_answer, false },
    { "withings/v2/oauth2", token_answer, false },
    { "withings/v2/signature", nonce_answer, false },
    { "googlehealth/o/oauth2/v2/auth", consent_answer, false },
    { "googlehealth/token", token_answer, false },
    { "googlehealth/revoke", revoke_by_rfc, false },
    { "eightsleep/v1/tokens", token_answer, false },
    { "fitbit/oauth2/authorize", consent_answer, false },
    { "fitbit/oauth2/token", token_answer, false },
    { "fitbit/oauth2/revoke", revoke_by_rfc, false },
};

enum { ENDPOINTS = sizeof(endpoints) / sizeof(endpoints[0]) };

static const char place[] = "/auth/";
/* WHOOP has it among its data. */
static const char whoop_place[] = "/v2/user/access";
static const struct endpoint whoop_revoke = { "whoop/", revoke_by_bearer,
                                              false };

static const struct endpoint *
endpoint_of(const char *path)
{
    if (text_starts(path, whoop_place))
        return &whoop_revoke;
    for (size_t i = 0; i < ENDPOINTS; i++) {
        if (text_is(endpoints[i].path, path + strlen(place)))
            return &endpoints[i];
    }
    return NULL;
}

static const struct dialect *
dialect_of(const struct endpoint *e)
{
    char *name = mem_strndup(e->path, strcspn(e->path, "/"));
    const struct dialect *d = dialect_named(name);

    free(name);
    return d;
}

/* --- the way in --------------------------------------------------------------
 */

/* A form, or at Eight Sleep JSON; anything else is no form. */
static void
read_body(struct oauth_call *c)
{
    const char *type = asked_header(c->q, "Content-Type");
    char *body =
        mem_strndup(c->q->body.n > 0 ? c->q->body.p : "", c->q->body.n);

    if (type && text_is(c->d->name, "eightsleep")) {
        if (text_starts(type, "application/json"))
            (void)form_read_json(&c->form, body); /* then it has no fields */
    } else if (type && text_starts(type, "application/x-www-form-urlencoded") &&
               form_read(&c->form, body) < 0) {
        form_free(&c->form);
    }
    mem_wipe(body, c->q->body.n);
    free(body);
}

static void
answer_endpoint(struct reply *r, struct oauth *o, const struct world *w,
                const struct asked *q, const struct endpoint *e)
{
    const struct dialect *d = dialect_of(e);
    const char *query = strchr(q->uri, '?');
    struct oauth_call c = {
        .o = o,
        .d = d,
        .server = state_of(o, d),
        .q = q,
        .r = r,
        .is_new = e->is_new,
        .elsewhere = w->stolen,
    };
    long slow_ms;

    if (query && form_read(&c.query, query + 1) < 0)
        form_free(&c.query);
    read_body(&c);
    (void)pthread_mutex_lock(&o->lock); /* cannot fail: not recursive */
    e->answer(&c);
    slow_ms = e->answer == token_answer ? (long)c.server->knobs.slow_ms : 0;
    (void)pthread_mutex_unlock(&o->lock);
    form_free(&c.query);
    form_free(&c.form);
    pause_ms(slow_ms);
}

/* --- what was done -----------------------------------------------------------
 */

static const struct {
    const char *name;
    size_t at; /* in struct counts */
} columns[] = {
    { "authorized", offsetof(struct counts, authorized) },
    { "denied", offsetof(struct counts, denied) },
    { "exchanges", offsetof(struct counts, exchanges) },
    { "refreshes", offsetof(struct counts, refreshes) },
    { "logins", offsetof(struct counts, logins) },
    { "refused", offsetof(struct counts, refused) },
    { "codes_spent_again", offsetof(struct counts, codes_spent_again) },
    { "refreshes_spent_again", offsetof(struct counts, refreshes_spent_again) },
    { "families_killed", offsetof(struct counts, families_killed) },
    { "revoked", offsetof(struct counts, revoked) },
    { "failed_on_purpose", offsetof(struct counts, failed_on_purpose) },
    { "token_requests", offsetof(struct counts, token_requests) },
    { "data_good", offsetof(struct counts, data_good) },
    { "data_refused", offsetof(struct counts, data_refused) },
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static void
answer_control(struct reply *r, struct oauth *o)
{
    reply_body(r, 200, NULL);
    (void)pthread_mutex_lock(&o->lock); /* cannot fail: not recursive */
    buf_addf(&r->body, "{\"clock\":%" PRId64, state_now(o));
    for (size_t i = 0; i < DIALECTS; i++) {
        const char *counts = (const char *)&o->of[i].counts;

        buf_addf(&r->body, ",\n\"%s\":{\"live\":%" PRId64, dialects[i].name,
                 state_live(o, &dialects[i]));
        for (size_t k = 0; k < COLUMNS; k++) {
            int64_t n;

            memcpy(&n, counts + columns[k].at, sizeof(n));
            buf_addf(&r->body, ",\"%s\":%" PRId64, columns[k].name, n);
        }
        buf_addc(&r->body, '}');
    }
    (void)pthread_mutex_unlock(&o->lock);
    buf_adds(&r->body, "}\n");
}

static void
answer(struct reply *r, const struct world *w, void *state,
       const struct asked *q)
{
    const struct endpoint *e = endpoint_of(q->place);

    if (text_is(q->place, "/auth/control"))
        answer_control(r, state);
    else if (e)
        answer_endpoint(r, state, w, q, e);
    else
        reply_detail(r, 404, "Not Found");
}

/* --- the data ----------------------------------------------------------------
 */

static bool
has_scope(const struct family *f, const char *scope)
{
    struct list scopes = LIST_INIT;
    bool has;

    list_split(&scopes, f->scopes);
    has = !scope || list_has(&scopes, scope);
    list_free(&scopes);
    return has;
}

/* Counts one good use of a token. */
static void
use(struct oauth *o, const struct dialect *d, const struct token *t)
{
    struct server_of *s = state_of(o, d);
    struct family *f = &o->families[t->family];

    s->counts.data_good++;
    if (f->used < t->generation)
        f->used = t->generation;
    if (s->knobs.expire_after > 0 && --s->knobs.expire_after == 0)
        state_end_access(o, d, SIZE_MAX);
}

static enum oauth_verdict
judge(struct oauth *o, const struct dialect *d, const char *text,
      const char *scope)
{
    const struct token *t = state_find(o, d, TOKEN_ACCESS, text);

    if (!t || !state_is_good(o, t)) {
        state_of(o, d)->counts.data_refused++;
        return OAUTH_STRANGE;
    }
    if (!has_scope(&o->families[t->family], scope))
        return OAUTH_SCOPE;
    use(o, d, t);
    return OAUTH_GOOD;
}

enum oauth_verdict
oauth_judge(const struct world *w, const struct asked *q, const char *provider,
            const char *scope)
{
    static const char bearer[] = "Bearer ";
    const char *sent = asked_header(q, "Authorization");
    enum oauth_verdict verdict;

    if (!sent || !text_starts(sent, bearer))
        return OAUTH_STRANGE;
    sent += sizeof(bearer) - 1;
    if (text_is(sent, w->token))
        return OAUTH_GOOD;
    (void)pthread_mutex_lock(&w->oauth->lock); /* cannot fail */
    verdict = judge(w->oauth, dialect_named(provider), sent, scope);
    (void)pthread_mutex_unlock(&w->oauth->lock);
    return verdict;
}

/* --- one service of the sandbox
 * ----------------------------------------------- */

static void *
open_servers(struct world *w)
{
    if (sodium_init() < 0)
        abort(); /* no random numbers */
    w->oauth = state_open(w);
    w->oauth->failures = failures_open();
    knobs_init(w->oauth);
    return w->oauth;
}

static void
close_servers(void *state)
{
    struct oauth *o = state;

    failures_close(o->failures);
    state_close(o);
}

static int
set(void *state, const char *key, const char *value)
{
    struct oauth *o = state;
    int rc;

    (void)pthread_mutex_lock(&o->lock); /* cannot fail: not recursive */
    rc = knobs_set(o, key, value);
    (void)pthread_mutex_unlock(&o->lock);
    return rc;
}

const struct provider oauth_provider = {
    .name = "oauth",
    .places = { place, whoop_place },
    .help = knobs_help,
    .open = open_servers,
    .close = close_servers,
    .set = set,
    .answer = answer,
};
