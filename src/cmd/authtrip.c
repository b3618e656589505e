#include "cmd/authtrip.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/callback.h"
#include "auth/client.h"
#include "auth/grant.h"
#include "auth/listen.h"
#include "auth/proof.h"
#include "auth/redact.h"
#include "auth/tokens.h"
#include "base/err.h"
#include "base/log.h"
#include "cmd/auth.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "cmd/setup.h"
#include "engine/source.h"
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

void
trip_free(struct trip *t)
{
    pending_free(&t->p);
    buf_wipe(&t->client_id);
    buf_wipe(&t->url);
    callback_free(&t->back);
}

struct grant_trip
trip_grant(struct trip *t)
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
    trip = trip_grant(t);
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

/* What a person copied from the browser. */
static int
read_back(struct trip *t, const char *text, bool may_be_code, struct err *e)
{
    if (callback_parse(&t->back, text, e) < 0)
        return -1;
    if (may_be_code && callback_is_bare(text))
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

int
trip_print_url(const struct auth *a, struct err *e)
{
    struct lock lock = LOCK_INIT;
    struct tokens all = TOKENS_INIT;
    struct trip t = TRIP_INIT;
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

int
trip_make(struct trip *t, struct auth *a, struct err *e)
{
    int rc;

    if (a->o->callback_url.n)
        rc = pick_up(t, a, e);
    else if (a->o->no_browser)
        rc = paste(t, a, e);
    else
        rc = browse(t, a, e);
    return rc < 0 ? -1 : check_refusal(t, e);
}
