#include "auth/renew.h"

#include "auth/answer.h"
#include "auth/client.h"
#include "auth/exchange.h"
#include "base/err.h"
#include "base/log.h"
#include "base/tm.h"
#include "sys/clock.h"

static void
copy(struct buf *out, const struct buf *in)
{
    buf_wipe(out);
    (void)buf_room(out, in->n + 1); /* no copy is left behind */
    buf_add(out, in->p, in->n);
    (void)buf_str(out);
}

void
renew_take(struct token *t, const struct client *c, const struct answer *answer,
           int64_t asked_at)
{
    int64_t refresh_s = answer->refresh_s;

    copy(&t->old_access, &t->access);
    copy(&t->old_refresh, &t->refresh);
    t->replaced_at = t->access.n || t->refresh.n ? asked_at : 0;
    copy(&t->access, &answer->access);
    if (answer->refresh.n)
        copy(&t->refresh, &answer->refresh);
    if (answer->scope.n)
        copy(&t->scope, &answer->scope);
    if (answer->user.n)
        copy(&t->user, &answer->user);
    if (refresh_s == 0 && answer->refresh.n)
        refresh_s = c->spec->refresh_s;
    if (refresh_s)
        t->refresh_ends_at = asked_at + refresh_s;
    t->got_at = asked_at;
    t->ends_at = asked_at + answer->lifetime_s;
    t->retry_at = 0;
}

int
renew_save(struct renewal *r, struct err *e)
{
    tokens_put(&r->all, r->client->source, &r->t);
    return tokens_save(&r->all, e);
}

/* Too many logins are answered with refusals for hours. */
static int
back_off(struct renewal *r, int64_t told_s, struct err *e)
{
    int64_t now = clock_now();
    char text[21];

    if (told_s >= 0 || r->t.retry_at <= now || r->t.retry_at > now + DAY) {
        r->t.retry_at = now + (told_s > HOUR ? told_s : HOUR);
        if (renew_save(r, e) < 0)
            return -1;
    }
    tm_utc(text, r->t.retry_at);
    return err_set(e, ERR_RATE,
                   "too many logins at the provider; no further one before %s",
                   text);
}

static enum answer_kind
by_password(struct answer *a, const struct exchange *x, struct err *e)
{
    struct buf name = BUF_INIT, password = BUF_INIT;
    enum answer_kind kind = ANSWER_BAD;

    if (client_need(&name, x->client, "email", e) == 0 &&
        client_need(&password, x->client, "password", e) == 0)
        kind = exchange_password(a, x, name.p, password.p, e);
    buf_wipe(&name);
    buf_wipe(&password);
    return kind;
}

/* By every way there is, the nearest first. */
static enum answer_kind
try_all(struct answer *a, struct renewal *r, struct err *e)
{
    const struct client *c = r->client;
    const struct exchange x = {
        .client = c,
        .net = &r->net,
        .own = &r->t,
    };
    const char *url = r->t.token_url.n ? r->t.token_url.p : NULL;
    enum answer_kind kind = ANSWER_DEAD;

    if (r->t.refresh.n)
        kind = exchange_refresh(a, &x, url, r->t.refresh.p, e);
    else
        (void)err_set(e, ERR_AUTH, "there is no refresh token");
    if (kind == ANSWER_DEAD && r->t.old_refresh.n && c->spec->grace_s > 0) {
        log_info("%s: %s; trying the one before", c->source, e->text);
        answer_free(a);
        kind = exchange_refresh(a, &x, url, r->t.old_refresh.p, e);
    }
    if (kind != ANSWER_TOKEN && kind != ANSWER_LATER &&
        c->spec->grant == OAUTH_PASSWORD && e->kind == ERR_AUTH) {
        answer_free(a);
        kind = by_password(a, &x, e);
    }
    return kind;
}

/* With a password the provider counts what it is asked, and is left alone when
 * it says so. */
static enum answer_kind
ask(struct answer *a, struct renewal *r, struct err *e)
{
    bool is_counted = r->client->spec->grant == OAUTH_PASSWORD;
    int64_t now = clock_now();
    enum answer_kind kind;

    *a = (struct answer)ANSWER_INIT;
    if (is_counted && r->t.retry_at > now && r->t.retry_at <= now + DAY) {
        (void)back_off(r, -1, e);
        return ANSWER_BAD;
    }
    kind = try_all(a, r, e);
    if (is_counted && kind == ANSWER_LATER && e->kind == ERR_RATE)
        (void)back_off(r, a->wait_s < 0 ? 0 : a->wait_s, e);
    return kind;
}

static void
explain(const struct client *c, enum answer_kind kind, struct err *e)
{
    const char *source = c->source;

    (void)err_in(e, "%s: renewing the login", source);
    if (e->kind == ERR_DATA) /* somebody else answers there */
        (void)err_hint(e, "check token_url of [%s]", source);
    if (e->kind != ERR_AUTH || e->hint[0])
        return;
    if (c->spec->grant == OAUTH_PASSWORD)
        (void)err_hint(e,
                       "check email and password of [%s], or log in again: "
                       "wearchive auth %s",
                       source, source);
    else if (kind == ANSWER_REFUSED)
        (void)err_hint(e,
                       "check client_id and client_secret of [%s], or log "
                       "in again: wearchive auth %s",
                       source, source);
    else
        (void)err_hint(e, "log in again: wearchive auth %s", source);
}

int
renew_pair(struct renewal *r, struct err *e)
{
    int64_t asked_at = clock_now();
    struct answer a;
    enum answer_kind kind;
    int rc = -1;

    if (tokens_try_save(r->store, e) < 0)
        return err_in(e, "%s: renewing the login", r->client->source);
    kind = ask(&a, r, e);
    if (kind == ANSWER_TOKEN) {
        *e = (struct err)ERR_INIT; /* of a way that did not lead there */
        renew_take(&r->t, r->client, &a, asked_at);
        rc = renew_save(r, e);
    }
    answer_free(&a);
    if (rc < 0)
        explain(r->client, kind, e);
    return rc;
}
