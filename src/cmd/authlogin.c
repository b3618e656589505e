#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/answer.h"
#include "auth/callback.h"
#include "auth/client.h"
#include "auth/exchange.h"
#include "auth/grant.h"
#include "auth/listen.h"
#include "auth/login.h"
#include "auth/proof.h"
#include "auth/redact.h"
#include "auth/tokens.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/auth.h"
#include "cmd/exit.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "cmd/setup.h"
#include "engine/source.h"
#include "net/transfer.h"
#include "spec/provider.h"
#include "sys/clock.h"
#include "sys/lock.h"
#include "sys/run.h"
#include "sys/tty.h"

enum {
    PENDING_S = 15 * 60,
    TIMEOUT_S = 5 * 60,
    VERIFIER_CHARS = 64,
    LOCK_WAIT_MS = 60 * 1000,
};

/* A trip of a person through the browser. */
struct trip {
    struct pending p;
    struct buf client_id;
    struct buf url;
    struct callback back;
};

static void
trip_free(struct trip *t)
{
    pending_free(&t->p);
    buf_wipe(&t->client_id);
    buf_wipe(&t->url);
    callback_free(&t->back);
}

static struct grant_trip
grant_trip(struct trip *t)
{
    return (struct grant_trip){
        .client_id = buf_str(&t->client_id),
        .redirect_uri = buf_str(&t->p.redirect_uri),
        .state = buf_str(&t->p.state),
        .verifier = t->p.verifier.n ? buf_str(&t->p.verifier) : NULL,
    };
}

/* The address to open, for a person that comes back to redirect_uri. */
static int
plan(struct trip *t, const struct auth *a, const char *redirect_uri,
     struct err *e)
{
    const struct client *c = a->source->client;
    struct grant_trip trip;

    if (client_need(&t->client_id, c, "client_id", e) < 0)
        return -1;
    proof_random(&t->p.state, (size_t)c->spec->state_chars);
    if (c->pkce)
        proof_random(&t->p.verifier, VERIFIER_CHARS);
    buf_adds(&t->p.redirect_uri, redirect_uri);
    (void)buf_str(&t->p.state);
    (void)buf_str(&t->p.verifier);
    (void)buf_str(&t->p.redirect_uri);
    t->p.made_at = clock_now();
    trip = grant_trip(t);
    grant_url(&t->url, c, &trip);
    return 0;
}

static int
print_line(const char *text, struct err *e)
{
    struct buf line = BUF_INIT;
    int rc;

    buf_addf(&line, "%s\n", text);
    rc = out_print(&line, e);
    buf_free(&line);
    return rc;
}

static int
timeout(const struct auth *a)
{
    return a->o->timeout_s ? (int)a->o->timeout_s : TIMEOUT_S;
}

/* Coming back. */

/* Anybody can send a browser to our address: only who knows the state comes
 * from the page that we opened. */
static int
check_state(struct trip *t, struct err *e)
{
    if (t->back.state.n &&
        proof_same(buf_str(&t->back.state), buf_str(&t->p.state)))
        return 0;
    (void)err_set(e, ERR_AUTH,
                  "what came back is not of this login: its state "
                  "is %s",
                  t->back.state.n ? "another one" : "missing");
    return err_hint(e, "begin again, and use the newest address");
}

static int
check_refusal(struct trip *t, struct err *e)
{
    struct buf text = BUF_INIT;

    if (t->back.error.n == 0)
        return 0;
    redact(&text, t->back.error.p, t->back.error.n);
    if (t->back.error_description.n) {
        buf_adds(&text, " (");
        redact(&text, t->back.error_description.p, t->back.error_description.n);
        buf_addc(&text, ')');
    }
    (void)err_set(e, ERR_AUTH, "the provider refused: %s", buf_str(&text));
    buf_free(&text);
    return -1;
}

/* A URL, or a part of one, and not the bare code. */
static bool
is_url(const char *text)
{
    return strpbrk(text, "=?") || strstr(text, "://");
}

/* What a person copied from the browser. */
static int
read_back(struct trip *t, const char *text, bool may_be_code, struct err *e)
{
    if (callback_parse(&t->back, text, e) < 0)
        return -1;
    if (may_be_code && !is_url(text))
        return 0;
    return check_state(t, e);
}

static int
paste(struct trip *t, const struct auth *a, struct err *e)
{
    static const char advice[] =
        "Open the address above, agree, and paste the address that the browser "
        "ends\nat (or the code in it); the page need not load.\n> ";
    const struct tty_question q = {
        .prompt = advice,
        .timeout_s = timeout(a),
    };
    struct buf text = BUF_INIT;
    int rc = plan(t, a, a->source->client->redirect_uri, e);

    if (rc == 0)
        rc = print_line(buf_str(&t->url), e);
    if (rc == 0)
        rc = tty_line(&text, &q, e);
    if (rc >= 0 && text.n == 0) {
        rc = err_set(e, ERR_AUTH, "nothing was pasted");
        (void)err_hint(e,
                       "without a terminal: wearchive auth %s --print-url, "
                       "then --callback-url",
                       a->source->name);
    }
    if (rc > 0)
        rc = read_back(t, buf_str(&text), true, e);
    buf_wipe(&text);
    return rc;
}

static int
browse(struct trip *t, const struct auth *a, struct err *e)
{
    struct err no_browser = ERR_INIT;
    struct listener *l = NULL;
    int rc = listen_open(&l, a->source->client->redirect_uri,
                         (int)a->o->listen_port, e);

    if (rc < 0)
        return e->hint[0] ? -1
                          : err_hint(e,
                                     "wearchive auth %s --no-browser does "
                                     "without listening",
                                     a->source->name);
    rc = plan(t, a, listen_uri(l), e);
    if (rc == 0 && isatty(STDERR_FILENO))
        (void)fprintf(stderr,
                      "Open this address and agree; it is waited for "
                      "at %s\n",
                      listen_uri(l));
    if (rc == 0)
        rc = print_line(buf_str(&t->url), e);
    if (rc == 0 && run_detached("xdg-open", buf_str(&t->url), &no_browser) < 0)
        log_warn("no browser could be started: open the address above "
                 "yourself");
    if (rc == 0)
        rc = listen_wait(&t->back, l, buf_str(&t->p.state), timeout(a), e);
    listen_close(l);
    return rc;
}

/* The first of two steps. */
static int
print_url(const struct auth *a, struct err *e)
{
    struct lock lock = LOCK_INIT;
    struct tokens all = TOKENS_INIT;
    struct trip t = { .url = BUF_INIT };
    int rc = plan(&t, a, a->source->client->redirect_uri, e);

    if (rc == 0)
        rc = tokens_lock(&lock, &a->s->store, LOCK_WAIT_MS, e);
    if (rc == 0)
        rc = tokens_read(&all, &a->s->store, e);
    if (rc == 0) {
        tokens_set_pending(&all, a->source->name, &t.p);
        rc = tokens_save(&all, e);
    }
    tokens_free(&all);
    lock_release(&lock);
    if (rc == 0)
        rc = print_line(buf_str(&t.url), e);
    trip_free(&t);
    return rc;
}

/* The second one. */
static int
pick_up(struct trip *t, struct auth *a, struct err *e)
{
    struct buf text = BUF_INIT;
    struct tokens all = TOKENS_INIT;
    int64_t age;
    bool has = false;
    int rc = tokens_read(&all, &a->s->store, e);

    if (rc == 0)
        has = tokens_pending(&t->p, &all, a->source->name);
    tokens_free(&all);
    if (rc < 0)
        return -1;
    age = clock_now() - t->p.made_at;
    if (!has || age > PENDING_S || age < -PENDING_S) {
        (void)err_set(e, ERR_AUTH, "%s: no login is under way%s",
                      a->source->name, has ? ": it took too long" : "");
        return err_hint(e, "wearchive auth %s --print-url begins one",
                        a->source->name);
    }
    if (client_need(&t->client_id, a->source->client, "client_id", e) < 0)
        return -1;
    buf_add(&text, a->o->callback_url.p, a->o->callback_url.n);
    rc = read_back(t, buf_str(&text), false, e);
    buf_wipe(&text);
    return rc;
}

/* Getting the token. */

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
    const struct grant_trip trip = grant_trip(t);
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
        login_take(out, c, &answer, now);
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
    struct trip t = { .url = BUF_INIT };
    int rc;

    if (a->o->callback_url.n)
        rc = pick_up(&t, a, e);
    else if (a->o->no_browser)
        rc = paste(&t, a, e);
    else
        rc = browse(&t, a, e);
    if (rc == 0)
        rc = check_refusal(&t, e);
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
        login_take(out, a->source->client, &answer, now);
    else
        (void)err_in(e, "%s: logging in", a->source->name);
    if (e->kind == ERR_AUTH)
        (void)err_hint(e, "check email and password");
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
    if (out->access.n == 0)
        return err_set(e, ERR_AUTH, "%s: no key was given", a->source->name);
    for (size_t i = 0; i < out->access.n; i++)
        if ((unsigned char)out->access.p[i] <= ' ')
            return err_set(e, ERR_USAGE, "%s: a key has no blanks in it",
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
        return print_url(a, e);
    if (rc == 0)
        rc = get_token(a, &t, e);
    if (rc == 0)
        rc = auth_keep(a, &t, e);
    token_free(&t);
    return rc < 0 ? -1 : EXIT_OK;
}
