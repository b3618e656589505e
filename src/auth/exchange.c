#include "auth/exchange.h"

#include <stdbool.h>
#include <string.h>

#include "auth/client.h"
#include "auth/form.h"
#include "auth/grant.h"
#include "auth/redact.h"
#include "auth/tokens.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "data/json.h"
#include "net/limit.h"
#include "net/once.h"
#include "net/retry.h"
#include "net/transfer.h"
#include "sys/clock.h"
#include "sys/signal.h"

enum { ANSWER_MAX = 1 << 20 };

/* What is given for a token. */
struct want {
    const struct grant_trip *trip;
    const char *code; /* or: */
    const char *refresh;
    const char *name; /* or: */
    const char *password;
};

/* One conversation with a token server. */
struct call {
    const struct exchange *x;
    struct server server;
    struct buf id;
    struct buf secret;
    struct buf nonce;
    struct grant g;
};

static void
call_free(struct call *c)
{
    server_free(&c->server);
    buf_wipe(&c->id);
    buf_wipe(&c->secret);
    buf_wipe(&c->nonce);
}

/* From the config, else of the login itself. */
static int
get_own(struct buf *out, const struct exchange *x, const char *key,
        const struct buf *own, struct err *e)
{
    int rc = client_secret(out, x->client, key, e);

    if (rc != 0)
        return rc;
    if (!own || own->n == 0)
        return 0;
    buf_add(out, own->p, own->n);
    (void)buf_str(out);
    return 1;
}

static int
find_client(struct call *c, struct err *e)
{
    const struct exchange *x = c->x;
    int rc;

    rc = get_own(&c->id, x, "client_id", x->own ? &x->own->client_id : NULL, e);
    if (rc == 0)
        rc = client_need(&c->id, x->client, "client_id", e); /* says why not */
    if (rc < 0)
        return -1;
    rc = get_own(&c->secret, x, "client_secret",
                 x->own ? &x->own->client_secret : NULL, e);
    if (rc < 0)
        return -1;
    c->g = (struct grant){
        .client = x->client,
        .server = &c->server,
        .client_id = buf_str(&c->id),
        .client_secret = rc ? buf_str(&c->secret) : NULL,
    };
    return 0;
}

/* "POST api.example.com/oauth/token" */
static void
make_label(struct buf *out, const char *method, const char *url)
{
    const char *host = strstr(url, "://");

    host = host ? host + 3 : url;
    buf_addf(out, "%s ", method ? method : "POST");
    buf_add(out, host, strcspn(host, "?"));
}

/* must_end: a code or a refresh token is spent by it, and the answer must not
 * be lost. */
static int
send(struct http_reply *reply, const struct call *c,
     struct http_request *request, bool must_end, struct err *e)
{
    struct net_options o = *c->x->net;
    struct buf label = BUF_INIT;
    int rc;

    o.requests_max = 0;
    o.body_max = ANSWER_MAX;
    o.must_end = must_end;
    make_label(&label, request->method, request->url);
    request->label = buf_str(&label);
    request->times = &c->x->client->times;
    rc = once(reply, request, &o, e);
    buf_free(&label);
    return rc;
}

static int
read_nonce(struct buf *nonce, const struct http_reply *reply, struct err *e)
{
    struct err ignored = ERR_INIT;
    struct json_token t;

    if (reply->error.kind != ERR_NONE) {
        *e = reply->error;
        return -1;
    }
    if (json_at(&t, reply->body.p, reply->body.n, "body.nonce", &ignored) !=
            1 ||
        t.type != JSON_STRING || t.n == 0)
        return err_set(e, ERR_AUTH,
                       "no nonce came: are client_id and "
                       "client_secret right?");
    json_text(nonce, &t);
    (void)buf_str(nonce);
    return 0;
}

static int
get_nonce(struct call *c, struct err *e)
{
    struct http_request request = { .may_repeat = true };
    struct http_reply reply;
    struct form f;
    int rc;

    buf_wipe(&c->nonce);
    grant_nonce(&f, &c->g, clock_now());
    request.url = buf_str(&c->server.nonce_url);
    request.body = f.body.p;
    request.body_n = f.body.n;
    rc = send(&reply, c, &request, false, e);
    form_wipe(&f);
    if (rc < 0)
        return -1;
    rc = read_nonce(&c->nonce, &reply, e);
    buf_wipe(&reply.body);
    c->g.nonce = buf_str(&c->nonce);
    return rc;
}

static void
make_form(struct form *f, const struct call *c, const struct want *w)
{
    if (w->code)
        grant_code(f, &c->g, w->trip, w->code);
    else if (w->refresh)
        grant_refresh(f, &c->g, w->refresh);
    else
        grant_password(f, &c->g, w->name, w->password);
}

/* What came, or that nothing did. */
static enum answer_kind
read_reply(struct answer *a, const struct call *c,
           const struct http_reply *reply, int64_t asked_at, struct err *e)
{
    const struct answer_in in = {
        .spec = c->x->client->spec,
        .status = reply->status,
        .p = reply->body.p,
        .n = reply->body.n,
        .now = asked_at,
    };
    bool is_answer = reply->error.kind == ERR_NONE ||
                     (reply->status > 0 && (reply->error.kind == ERR_NET ||
                                            reply->error.kind == ERR_RATE));
    enum answer_kind kind;

    *a = (struct answer)ANSWER_INIT;
    if (!is_answer) {
        *e = reply->error;
        return e->kind == ERR_NET || e->kind == ERR_RATE ? ANSWER_LATER
                                                         : ANSWER_BAD;
    }
    kind = answer_read(a, &in, e);
    if (kind != ANSWER_TOKEN) {
        struct buf label = BUF_INIT;

        make_label(&label, NULL, c->server.token_url.p);
        (void)err_in(e, "%s", buf_str(&label));
        buf_free(&label);
    }
    if (reply->retry_after_s > a->wait_s)
        a->wait_s = reply->retry_after_s;
    return kind;
}

/* Servers quote what they were sent. */
static void
hide_sent(struct err *e, const struct call *c, const struct want *w)
{
    const char *const sent[] = { w->code, w->refresh, w->password,
                                 c->g.client_secret };

    for (size_t i = 0; i < sizeof(sent) / sizeof(*sent); i++)
        redact_secret(e->text, sent[i]);
}

/* One try; status gets what the retry table should go by. */
static enum answer_kind
ask_once(struct answer *a, int *status, struct call *c, const struct want *w,
         struct err *e)
{
    struct http_request request = { .url = buf_str(&c->server.token_url) };
    struct grant_basic basic = { .id = BUF_INIT };
    struct http_reply reply;
    struct form f;
    enum answer_kind kind = ANSWER_BAD;
    int64_t now = clock_now();

    *status = 0;
    *a = (struct answer)ANSWER_INIT;
    if (c->x->client->auth == OAUTH_CLIENT_SIGNED && get_nonce(c, e) < 0)
        return e->kind == ERR_AUTH ? ANSWER_REFUSED : ANSWER_BAD;
    make_form(&f, c, w);
    grant_dress(&request, &basic, &f, &c->g);
    if (send(&reply, c, &request, true, e) == 0) {
        kind = read_reply(a, c, &reply, now, e);
        hide_sent(e, c, w);
        *status = reply.status / 100 == 2 ? 429 : reply.status;
        buf_wipe(&reply.body);
    }
    grant_undress(&basic);
    form_wipe(&f);
    return kind;
}

/* Waits before another try: 0, or -1 if there is none. */
static int
wait_again(const struct call *c, int attempt, int status, int64_t told_s,
           struct err *e)
{
    const struct net_options *o = c->x->net;
    struct retry r =
        retry_after(status, attempt, told_s, (int)clock_random(1000));
    bool is_late = r.wait_ms > o->wait_max_s * 1000 ||
                   limit_is_late(o, clock_ms() + r.wait_ms);

    if (is_late && told_s >= 0)
        return limit_asked(e, r.wait_ms);
    if (is_late || r.give_up)
        return limit_because(e, " (gave up after %d tr%s)", attempt,
                             attempt == 1 ? "y" : "ies");
    log_info("%s; next try in %lld s", e->text, (long long)(r.wait_ms / 1000));
    clock_sleep_ms(r.wait_ms);
    return signal_stop() ? err_set(e, ERR_STOP, "stopped by a signal") : 0;
}

/* Strava may not know its own code yet. */
static bool
is_too_fresh(const struct call *c, const struct want *w, int attempt,
             int64_t *waited_s)
{
    int64_t wait_s = INT64_C(1) << attempt;

    if (!w->code || *waited_s + wait_s > c->x->client->spec->code_retry_s)
        return false;
    clock_sleep_ms(wait_s * 1000);
    *waited_s += wait_s;
    return !signal_stop();
}

/* Each login there counts: asking again makes it worse. */
static bool
is_by_password(const struct call *c)
{
    return c->x->client->spec->grant == OAUTH_PASSWORD;
}

static enum answer_kind
ask(struct answer *a, struct call *c, const struct want *w, struct err *e)
{
    int64_t waited_s = 0;

    for (int attempt = 1;; attempt++) {
        int status;
        enum answer_kind kind = ask_once(a, &status, c, w, e);

        if (kind == ANSWER_DEAD && is_too_fresh(c, w, attempt, &waited_s))
            continue;
        if (kind != ANSWER_LATER ||
            (is_by_password(c) && e->kind == ERR_RATE) ||
            wait_again(c, attempt, status, a->wait_s, e) < 0)
            return kind;
    }
}

/* The server that sent the person back to us, if it said so; otherwise -1. */
static int
server_of(struct call *c, const char *iss)
{
    for (int i = 0; client_server(&c->server, c->x->client, (size_t)i); i++)
        if (c->server.issuer.n && iss &&
            text_starts(iss, buf_str(&c->server.issuer)))
            return i;
    return -1;
}

enum answer_kind
exchange_code(struct answer *a, struct buf *token_url, const struct exchange *x,
              const struct grant_trip *trip, const char *code, const char *iss,
              struct err *e)
{
    const struct want w = { .trip = trip, .code = code };
    struct call c = { .x = x };
    enum answer_kind kind = ANSWER_BAD;
    int named = server_of(&c, iss);
    size_t i = named < 0 ? 0 : (size_t)named;

    *a = (struct answer)ANSWER_INIT;
    if (find_client(&c, e) < 0)
        goto out;
    while (client_server(&c.server, x->client, i++)) {
        answer_free(a);
        kind = ask(a, &c, &w, e);
        if (kind == ANSWER_TOKEN)
            buf_add(token_url, c.server.token_url.p, c.server.token_url.n);
        if (named >= 0 || (kind != ANSWER_DEAD && kind != ANSWER_REFUSED))
            break;
    }
out:
    call_free(&c);
    return kind;
}

enum answer_kind
exchange_refresh(struct answer *a, const struct exchange *x,
                 const char *token_url, const char *refresh, struct err *e)
{
    const struct want w = { .refresh = refresh };
    struct call c = { .x = x };
    enum answer_kind kind = ANSWER_BAD;

    *a = (struct answer)ANSWER_INIT;
    client_server_at(&c.server, x->client, token_url);
    if (find_client(&c, e) == 0)
        kind = ask(a, &c, &w, e);
    call_free(&c);
    return kind;
}

enum answer_kind
exchange_password(struct answer *a, const struct exchange *x, const char *name,
                  const char *password, struct err *e)
{
    const struct want w = { .name = name, .password = password };
    struct call c = { .x = x };
    enum answer_kind kind = ANSWER_BAD;

    *a = (struct answer)ANSWER_INIT;
    (void)client_server(&c.server, x->client, 0); /* there is one */
    if (find_client(&c, e) == 0)
        kind = ask(a, &c, &w, e);
    call_free(&c);
    return kind;
}

/* Was it taken? It may have ended before. */
static int
check_revoked(const struct call *c, const struct http_reply *reply,
              struct err *e)
{
    const char *at = c->x->client->spec->status_at;
    struct err ignored = ERR_INIT;
    struct json_token t;

    if (reply->error.kind != ERR_NONE) {
        *e = reply->error;
        return -1;
    }
    if (reply->status != 401 && (reply->status < 200 || reply->status > 299))
        return err_set(e, ERR_NET, "HTTP %d", reply->status);
    if (at && json_at(&t, reply->body.p, reply->body.n, at, &ignored) == 1 &&
        !(t.n == 1 && t.p[0] == '0'))
        return err_set(e, ERR_NET, "status %.*s", (int)(t.n < 20 ? t.n : 20),
                       t.p);
    return 1;
}

static int
revoke(struct call *c, const struct token *t, struct err *e)
{
    const struct grant_end end = {
        .access = t->access.p,
        .refresh = t->refresh.n ? t->refresh.p : NULL,
        .user = t->user.n ? t->user.p : NULL,
    };
    struct http_request request = { .may_repeat = true };
    struct grant_basic basic = { .id = BUF_INIT };
    struct buf url = BUF_INIT;
    struct form f = { .body = BUF_INIT };
    struct http_reply reply;
    int rc;

    if (c->server.revoke == OAUTH_REVOKE_SIGNED && get_nonce(c, e) < 0)
        return -1;
    grant_revoke(&request, &url, &f, &basic, &c->g, &end);
    rc = send(&reply, c, &request, false, e);
    if (rc == 0) {
        rc = check_revoked(c, &reply, e);
        buf_wipe(&reply.body);
    }
    grant_undress(&basic);
    form_wipe(&f);
    buf_wipe(&url); /* it may hold the token */
    return rc;
}

int
exchange_revoke(const struct exchange *x, const struct token *t, struct err *e)
{
    struct call c = { .x = x };
    int rc = 0;

    if (x->client->spec->grant == OAUTH_KEY || t->access.n == 0)
        return 0;
    client_server_at(&c.server, x->client,
                     t->token_url.n ? t->token_url.p : NULL);
    if (c.server.revoke != OAUTH_REVOKE_NONE && c.server.revoke_url.n) {
        rc = find_client(&c, e);
        if (rc == 0)
            rc = revoke(&c, t, e);
    }
    call_free(&c);
    return rc;
}
