#include "auth/answer.h"
#include "auth/client.h"
#include "auth/exchange.h"
#include "auth/grant.h"
#include "auth/renew.h"
#include "auth/tokens.h"
#include "base/err.h"
#include "cmd/auth.h"
#include "cmd/authtrip.h"
#include "cmd/exit.h"
#include "cmd/options.h"
#include "cmd/setup.h"
#include "engine/source.h"
#include "net/transfer.h"
#include "spec/provider.h"
#include "sys/clock.h"
#include "sys/lock.h"
#include "sys/tty.h"

enum { LOCK_WAIT_MS = 60 * 1000 };

static struct exchange
exchange_of(const struct auth *a, const struct net_options *net)
{
    return (struct exchange){ .client = a->source->client, .net = net };
}

static int
refused(const struct auth *a, struct err *e)
{
    (void)err_in(e, "%s: logging in", a->source->name);
    if (e->kind == ERR_DATA) /* somebody else answers there */
        (void)err_hint(e, "check token_url of [%s]", a->source->name);
    if (e->kind == ERR_AUTH && !e->hint[0])
        (void)err_hint(e,
                       "check client_id, client_secret and redirect_uri of "
                       "[%s]; a code is good once, and not for long",
                       a->source->name);
    return -1;
}

static int
exchange_trip(struct auth *a, struct trip *t, struct token *out, struct err *e)
{
    const struct net_options net = NET_OPTIONS_INIT;
    const struct exchange x = exchange_of(a, &net);
    const struct grant_trip trip = trip_grant(t);
    const struct client *c = a->source->client;
    int64_t now = clock_now();
    struct answer answer;
    enum answer_kind kind;

    kind = exchange_code(&answer, &out->token_url, &x, &trip,
                         buf_str(&t->back.code),
                         t->back.iss.n ? buf_str(&t->back.iss) : NULL, e);
    if (kind == ANSWER_TOKEN) {
        (void)buf_str(&out->token_url);
        if (t->back.scope.n) /* the answer's own word counts more */
            answer_scopes(&out->scope, c->spec, buf_str(&t->back.scope));
        token_set(&out->asked, c->scopes);
        renew_take(out, c, &answer, now);
        if (out->scope.n == 0) /* RFC 6749, 5.1: as asked */
            answer_scopes(&out->scope, c->spec, c->scopes);
        (void)buf_str(&out->scope);
    }
    answer_free(&answer);
    return kind == ANSWER_TOKEN ? 0 : refused(a, e);
}

/* A code is good once: no exchange for what could not be stored. */
static int
try_store(const struct auth *a, struct err *e)
{
    struct lock lock = LOCK_INIT;
    int rc = tokens_lock(&lock, &a->s->store, LOCK_WAIT_MS, e);

    if (rc == 0)
        rc = tokens_try_save(&a->s->store, e);
    lock_release(&lock);
    return rc;
}

static int
by_code(struct auth *a, struct token *out, struct err *e)
{
    struct trip t = TRIP_INIT;
    int rc = trip_make(&t, a, e);

    if (rc == 0)
        rc = try_store(a, e);
    if (rc == 0)
        rc = exchange_trip(a, &t, out, e);
    trip_free(&t);
    return rc;
}

/* From the config, else typed, or on stdin. */
static int
ask_for(struct buf *out, const struct auth *a, const char *key, bool is_hidden,
        struct err *e)
{
    struct buf prompt = BUF_INIT;
    struct tty_question q = { .is_hidden = is_hidden,
                              .timeout_s = (int)a->o->timeout_s };
    int rc = client_secret(out, a->source->client, key, e);

    if (rc != 0)
        return rc < 0 ? -1 : 0;
    buf_addf(&prompt, "%s of the account at %s%s: ", key,
             a->source->provider->title,
             is_hidden ? " (it does not show)" : "");
    q.prompt = buf_str(&prompt);
    rc = tty_line(out, &q, e);
    buf_free(&prompt);
    if (rc < 0 || out->n)
        return rc < 0 ? -1 : 0;
    return client_need(out, a->source->client, key,
                       e); /* says what is wanted */
}

static int
by_password(struct auth *a, struct token *out, struct err *e)
{
    const struct net_options net = NET_OPTIONS_INIT;
    const struct exchange x = exchange_of(a, &net);
    struct buf name = BUF_INIT, password = BUF_INIT;
    struct answer answer = ANSWER_INIT;
    enum answer_kind kind = ANSWER_BAD;
    int64_t now;

    if (ask_for(&name, a, "email", false, e) < 0 ||
        ask_for(&password, a, "password", true, e) < 0)
        goto out;
    now = clock_now();
    kind = exchange_password(&answer, &x, name.p, password.p, e);
    if (kind == ANSWER_TOKEN)
        renew_take(out, a->source->client, &answer, now);
    else
        (void)err_in(e, "%s: logging in", a->source->name);
    if (e->kind == ERR_AUTH)
        (void)err_hint(e, "check email and password");
    if (e->kind == ERR_RATE)
        (void)err_hint(e, "each try counts: wait an hour before the next");
out:
    answer_free(&answer);
    buf_wipe(&name);
    buf_wipe(&password);
    return kind == ANSWER_TOKEN ? 0 : -1;
}

/* A key that was copied from a page: typed, or on stdin. */
static int
by_key(struct auth *a, struct token *out, struct err *e)
{
    struct buf prompt = BUF_INIT;
    struct tty_question q = { .is_hidden = true,
                              .timeout_s = (int)a->o->timeout_s };
    int rc;

    buf_addf(&prompt, "Key of %s (from %s; it does not show): ",
             a->source->provider->title, a->source->client->spec->setup);
    q.prompt = buf_str(&prompt);
    rc = tty_line(&out->access, &q, e);
    buf_free(&prompt);
    if (rc < 0)
        return -1;
    if (out->access.n == 0) {
        (void)err_set(e, ERR_AUTH, "%s: no key was given", a->source->name);
        return err_hint(e, "without a terminal: wearchive auth %s <FILE",
                        a->source->name);
    }
    if (!token_fits(&out->access))
        return err_set(e, ERR_USAGE,
                       "%s: a key has no blanks in it, and only ASCII",
                       a->source->name);
    out->got_at = clock_now();
    return 0;
}

static int
get_token(struct auth *a, struct token *out, struct err *e)
{
    switch (a->source->client->spec->grant) {
    case OAUTH_CODE:
        return by_code(a, out, e);
    case OAUTH_PASSWORD:
        return by_password(a, out, e);
    case OAUTH_KEY:
        return by_key(a, out, e);
    }
    return -1;
}

static int
check_way(const struct auth *a, struct err *e)
{
    bool has_way =
        a->o->print_url || a->o->callback_url.n || a->o->listen_port >= 0;

    if (a->source->client->spec->grant == OAUTH_CODE || !has_way)
        return 0;
    return err_set(e, ERR_USAGE, "%s: nobody logs in to %s in a browser",
                   a->source->name, a->source->provider->title);
}

int
auth_log_in(struct auth *a, struct err *e)
{
    struct token t = TOKEN_INIT;
    int rc = check_way(a, e);

    if (rc == 0 && a->o->print_url)
        return trip_print_url(a, e);
    if (rc == 0)
        rc = get_token(a, &t, e);
    if (rc == 0)
        rc = auth_keep(a, &t, e);
    token_free(&t);
    return rc < 0 ? -1 : EXIT_OK;
}
