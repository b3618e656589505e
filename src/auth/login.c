#include "auth/login.h"

#include <stdlib.h>
#include <string.h>

#include "auth/client.h"
#include "auth/renew.h"
#include "auth/tokens.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/tm.h"
#include "net/transfer.h"
#include "sys/clock.h"
#include "sys/lock.h"

enum {
    RENEW_MS = 240 * 1000, /* nothing is asked after so long */
    EARLY_MS = 60 * 1000,  /* the same while the token lasts */
    AGAIN_MS = 60 * 1000,  /* at least so long after one that failed */
};

#define NEVER INT64_MAX

struct login {
    const struct client *client;
    struct token_store *store;
    struct net_options net;
    struct buf access;
    unsigned generation;
    bool can_renew;
    bool is_new;      /* we renewed it, and it has not worked yet */
    bool has_worked;  /* this token or one before it, in this run */
    bool has_old;     /* the store keeps a pair until this one works */
    bool has_warned;  /* that this token is used on, for it was not renewed */
    int64_t due_ms;   /* clock_ms() when it is to be renewed */
    int64_t ends_ms;  /* clock_ms() when it ends */
    struct err dead;  /* a person is needed; no need to ask again */
    struct err late;  /* why the last renewal failed for a while */
    int64_t again_ms; /* clock_ms() before which that is still the answer */
};

static const char *
source_of(const struct login *l)
{
    return l->client->source;
}

static void
copy(struct buf *out, const struct buf *in)
{
    buf_wipe(out);
    (void)buf_room(out, in->n + 1); /* no copy is left behind */
    buf_add(out, in->p, in->n);
    (void)buf_str(out);
}

static bool
same(const struct buf *a, const struct buf *b)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n) == 0);
}

/*
 * When it ends, and when it should be renewed. A clock that was set back makes
 * it live no longer than it does; in a run only time that passes counts.
 */
static void
set_times(struct login *l, const struct token *t)
{
    int64_t life = t->ends_at - t->got_at, left = t->ends_at - clock_now();
    int64_t margin = l->client->spec->margin_s, now_ms = clock_ms();

    if (life < 0)
        life = 0;
    if (left > life)
        left = life;
    if (margin > life / 2)
        margin = life / 2;
    l->ends_ms = now_ms + (left > 0 ? left * 1000 : 0);
    l->due_ms = now_ms + (left > margin ? (left - margin) * 1000 : 0);
}

/* Uses the login as it is in the store. */
static void
adopt(struct login *l, const struct token *t)
{
    const struct oauth *spec = l->client->spec;

    copy(&l->access, &t->access);
    l->generation++;
    l->can_renew = t->refresh.n > 0 || spec->grant == OAUTH_PASSWORD;
    l->is_new = false;
    l->has_old = t->old_access.n > 0 || t->old_refresh.n > 0;
    l->has_warned = false;
    l->late = (struct err)ERR_INIT;
    l->due_ms = l->ends_ms = NEVER;
    if (l->can_renew && (t->ends_at != 0 || t->access.n == 0))
        set_times(l, t);
}

static bool
is_due(const struct login *l)
{
    return clock_ms() >= l->due_ms;
}

/* A password can bring what the store has not. */
static int
can_log_in(const struct client *c, struct err *e)
{
    static const char *const needed[] = { "email", "password" };
    int rc = c->spec->grant == OAUTH_PASSWORD;

    for (size_t i = 0; rc == 1 && i < 2; i++) {
        struct buf text = BUF_INIT;

        rc = client_secret(&text, c, needed[i], e);
        buf_wipe(&text);
    }
    return rc;
}

int
login_open(struct login **l, const struct client *client,
           struct token_store *store, struct err *e)
{
    const struct net_options usual = NET_OPTIONS_INIT;
    struct tokens all = TOKENS_INIT;
    struct token t = TOKEN_INIT;
    int rc;

    tokens_settle(store);
    rc = tokens_read(&all, store, e);
    if (rc == 0) {
        (void)tokens_get(&t, &all, client->source); /* empty if not there */
        rc = t.access.n || t.refresh.n ? 1 : can_log_in(client, e);
    }
    if (rc == 1) {
        *l = mem_zalloc(sizeof(**l));
        (*l)->client = client;
        (*l)->store = store;
        (*l)->net = usual;
        adopt(*l, &t);
    }
    token_free(&t);
    tokens_free(&all);
    return rc;
}

void
login_close(struct login *l)
{
    if (!l)
        return;
    buf_wipe(&l->access);
    free(l);
}

void
login_limit(struct login *l, const struct net_options *net)
{
    l->net.wait_max_s = net->wait_max_s;
    l->net.deadline_ms = net->deadline_ms;
}

/* It may work later: the network, a server, or somebody who holds the lock. */
static bool
is_passing(const struct err *e)
{
    return e->kind == ERR_NET || e->kind == ERR_RATE || e->kind == ERR_LOCK;
}

static struct renewal
renewal_of(const struct login *l)
{
    return (struct renewal){
        .client = l->client,
        .store = l->store,
        .net = l->net,
        .all = TOKENS_INIT,
    };
}

/* A new pair from the provider, and used from here on. */
static int
replace(struct login *l, struct renewal *r, bool is_forced, struct err *e)
{
    int64_t now_ms = clock_ms();
    bool is_early = !is_forced && l->access.n > 0 && l->ends_ms > now_ms;
    int64_t end_ms = now_ms + (is_early ? EARLY_MS : RENEW_MS);

    if (r->net.deadline_ms == 0 || r->net.deadline_ms > end_ms)
        r->net.deadline_ms = end_ms;
    if (renew_pair(r, e) == 0) {
        adopt(l, &r->t);
        l->is_new = true;
        log_info("%s: the login is renewed", source_of(l));
        return 0;
    }
    if (e->kind == ERR_AUTH)
        l->dead = *e;
    return -1;
}

static int
renew_locked(struct login *l, struct renewal *r, bool is_forced, struct err *e)
{

    if (tokens_read(&r->all, l->store, e) < 0)
        return err_in(e, "%s", source_of(l));
    (void)tokens_get(&r->t, &r->all, source_of(l)); /* empty if not there */
    if (r->t.access.n + r->t.refresh.n == 0 && l->access.n) {
        (void)err_set(e, ERR_AUTH, "%s: the login was taken out of %s",
                      source_of(l), l->store->path);
        return err_hint(e, "log in again: wearchive auth %s", source_of(l));
    }
    if (r->t.access.n && !same(&r->t.access, &l->access)) {
        adopt(l, &r->t); /* another process was first */
        is_forced = false;
    }
    return is_forced || is_due(l) ? replace(l, r, is_forced, e) : 0;
}

/* Not longer than the run may take, and not as long as the token lasts if that
 * would do, too. */
static int64_t
lock_wait_ms(const struct login *l, bool is_forced)
{
    int64_t now_ms = clock_ms(), wait_ms = TOKENS_WAIT_MS;
    int64_t run_ms = l->net.deadline_ms - now_ms;
    int64_t token_ms = (l->ends_ms - now_ms) / 2;

    if (l->net.deadline_ms > 0 && run_ms < wait_ms)
        wait_ms = run_ms > 0 ? run_ms : 0;
    if (!is_forced && token_ms > 0 && token_ms < wait_ms)
        wait_ms = token_ms;
    return wait_ms;
}

static int
renew_once(struct login *l, bool is_forced, struct err *e)
{
    struct renewal r = renewal_of(l);
    struct lock lock = LOCK_INIT;
    int rc = tokens_lock(&lock, l->store, lock_wait_ms(l, is_forced), e);

    if (rc < 0)
        return err_in(e, "%s: the token store", source_of(l));
    rc = renew_locked(l, &r, is_forced, e);
    token_free(&r.t);
    tokens_free(&r.all);
    lock_release(&lock);
    return rc;
}

/* Many requests may want it at once: what failed for one is not asked for
 * again at once for the next. */
static int
renew(struct login *l, bool is_forced, struct err *e)
{
    int64_t now_ms = clock_ms();

    if (l->late.kind != ERR_NONE && now_ms < l->again_ms) {
        *e = l->late;
        return -1;
    }
    if (renew_once(l, is_forced, e) == 0)
        return 0;
    now_ms = clock_ms();
    l->again_ms = now_ms + AGAIN_MS;
    if (l->ends_ms > now_ms && l->again_ms > l->ends_ms)
        l->again_ms = l->ends_ms; /* then it matters */
    l->late = is_passing(e) ? *e : (struct err)ERR_INIT;
    return -1;
}

/* A renewal that fails for a while ends nothing as long as the token lives. It
 * is tried again, and less often at first, when there is time. */
static bool
can_go_on(struct login *l, struct err *e)
{
    int64_t now_ms = clock_ms(), left_ms = l->ends_ms - now_ms;
    char end[21];

    if (!is_passing(e) || l->access.n == 0 || left_ms <= 0 ||
        (l->net.deadline_ms > 0 && now_ms >= l->net.deadline_ms))
        return false;
    tm_utc(end, clock_now() + left_ms / 1000);
    if (!l->has_warned)
        log_warn("%s; the token there is lasts until %s", e->text, end);
    l->has_warned = true;
    l->due_ms = l->again_ms;
    if (l->due_ms < now_ms + left_ms / 2)
        l->due_ms = now_ms + left_ms / 2;
    *e = (struct err)ERR_INIT;
    return true;
}

static int
is_dead(const struct login *l, struct err *e)
{
    if (l->dead.kind == ERR_NONE)
        return 0;
    *e = l->dead;
    return 1;
}

int
login_token(struct login_token *out, struct login *l, struct err *e)
{
    if (is_dead(l, e))
        return -1;
    if (is_due(l) && renew(l, false, e) < 0 && !can_go_on(l, e))
        return -1;
    *out = (struct login_token){ .text = buf_str(&l->access),
                                 .generation = l->generation };
    return 0;
}

int
login_renew(struct login *l, struct err *e)
{
    if (is_dead(l, e))
        return -1;
    if (l->can_renew)
        return renew(l, true, e);
    (void)err_set(e, ERR_AUTH, "%s: there is no refresh token", source_of(l));
    return err_hint(e, "log in again: wearchive auth %s", source_of(l));
}

int
login_refused(struct login *l, unsigned generation, struct err *e)
{
    if (is_dead(l, e))
        return -1;
    if (generation != l->generation)
        return 0;
    if (l->can_renew && !l->is_new)
        return renew(l, true, e);
    (void)err_set(e, ERR_AUTH, "%s: the token was refused%s", source_of(l),
                  l->can_renew ? ", and so was a new one" : "");
    (void)err_hint(e, "log in again: wearchive auth %s", source_of(l));
    if (!l->has_worked)
        l->dead = *e;
    return -1;
}

bool
login_has_worked(const struct login *l)
{
    return l->has_worked;
}

bool
login_is_in(const struct login *l, const char *text)
{
    return l->access.n > 0 && strstr(text, l->access.p) != NULL;
}

/* Changes the login in the store, if it is still the same and nobody is at it:
 * answers wait meanwhile. */
static int
update(struct login *l, void (*change)(struct token *t), struct err *e)
{
    struct renewal r = renewal_of(l);
    struct lock lock = LOCK_INIT;
    int rc = tokens_lock(&lock, l->store, TOKENS_BRIEF_MS, e);

    if (rc == 0)
        rc = tokens_read(&r.all, l->store, e);
    if (rc == 0 && tokens_get(&r.t, &r.all, source_of(l)) &&
        same(&r.t.access, &l->access)) {
        change(&r.t);
        rc = renew_save(&r, e);
    }
    token_free(&r.t);
    tokens_free(&r.all);
    lock_release(&lock);
    return rc;
}

static void
forget_old(struct token *t)
{
    buf_wipe(&t->old_access);
    buf_wipe(&t->old_refresh);
    t->replaced_at = 0;
}

void
login_worked(struct login *l, unsigned generation)
{
    struct err e = ERR_INIT;

    l->has_worked = true;
    if (generation != l->generation)
        return;
    l->is_new = false;
    if (l->has_old && update(l, forget_old, &e) < 0)
        log_info("%s: %s", source_of(l), e.text); /* it is kept: no harm */
    l->has_old = false;
}
