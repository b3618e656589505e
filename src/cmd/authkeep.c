#include <stdlib.h>
#include <string.h>

#include "auth/client.h"
#include "auth/login.h"
#include "auth/redact.h"
#include "auth/tokens.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/auth.h"
#include "cmd/credential.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "cmd/setup.h"
#include "data/json.h"
#include "engine/plan.h"
#include "engine/request.h"
#include "engine/source.h"
#include "net/once.h"
#include "net/transfer.h"
#include "spec/category.h"
#include "spec/provider.h"
#include "store/config.h"
#include "store/configedit.h"
#include "sys/clock.h"
#include "sys/lock.h"

enum { PROFILE_MAX = 1 << 20, ASK_MS = 20000, NAME_MAX_CHARS = 200 };

/* What a login in two steps waited for is over with it, and an application
 * that came with a login before stays. */
static int
store(struct auth *a, struct token *t, struct err *e)
{
    struct tokens all = TOKENS_INIT;
    struct token old = TOKEN_INIT;
    struct lock lock = LOCK_INIT;
    int rc = tokens_lock(&lock, &a->s->store, TOKENS_WAIT_MS, e);

    if (rc == 0)
        rc = tokens_read(&all, &a->s->store, e);
    if (rc == 0) {
        (void)tokens_get(&old, &all, a->source->name);
        if (t->client_id.n == 0) {
            token_set(&t->client_id, buf_str(&old.client_id));
            token_set(&t->client_secret, buf_str(&old.client_secret));
        }
        tokens_put(&all, a->source->name, t);
        tokens_set_pending(&all, a->source->name, NULL);
        rc = tokens_save(&all, e);
    }
    token_free(&old);
    tokens_free(&all);
    lock_release(&lock);
    return rc;
}

/* Adds what was found out about it later, if it is still the one. */
static int
store_account(struct auth *a, struct token *t, struct err *e)
{
    struct tokens all = TOKENS_INIT;
    struct token now = TOKEN_INIT;
    struct lock lock = LOCK_INIT;
    int rc = tokens_lock(&lock, &a->s->store, TOKENS_WAIT_MS, e);

    if (rc == 0)
        rc = tokens_read(&all, &a->s->store, e);
    if (rc == 0 && tokens_get(&now, &all, a->source->name) &&
        text_is(buf_str(&now.access), buf_str(&t->access))) {
        token_set(&now.account, buf_str(&t->account));
        tokens_put(&all, a->source->name, &now);
        rc = tokens_save(&all, e);
    }
    token_free(&now);
    tokens_free(&all);
    lock_release(&lock);
    return rc;
}

/* Adds the names in the answer that the provider's words point at. */
static void
read_names(struct buf *out, const struct oauth *spec, const struct buf *body)
{
    for (size_t i = 0; i < OAUTH_NAMES && spec->account_at[i]; i++) {
        struct err ignored = ERR_INIT; /* then it has no name */
        struct json_token t;

        if (json_at(&t, body->p, body->n, spec->account_at[i], &ignored) != 1 ||
            (t.type != JSON_STRING && t.type != JSON_NUMBER) || t.n == 0)
            continue;
        if (out->n)
            buf_addc(out, ' ');
        if (t.type == JSON_STRING)
            json_text(out, &t);
        else
            buf_add(out, t.p, t.n);
    }
    if (out->n > NAME_MAX_CHARS)
        out->n = NAME_MAX_CHARS;
    for (size_t i = 0; i < out->n; i++)
        if ((unsigned char)out->p[i] < ' ' || out->p[i] == 0x7f)
            out->p[i] = '?';
}

/* Asks the provider whose account it is, once. */
static int
ask_name(struct buf *out, const struct auth *a, const struct token *t,
         struct err *e)
{
    const struct provider *p = a->source->provider;
    const struct category *c = provider_category(p, p->login->account);
    const struct net_options net = {
        .wait_max_s = 10,
        .body_max = PROFILE_MAX,
        .user_agent = NET_USER_AGENT,
        .deadline_ms = clock_ms() + ASK_MS,
    };
    const struct window all = { .is_all = true };
    struct page_request r = { .window = &all,
                              .provider = p,
                              .category = c,
                              .base_url = a->source->base_url,
                              .prefix = a->source->prefix,
                              .page = 1 };
    struct buf url = BUF_INIT, label = BUF_INIT;
    struct http_request request = { .bearer = t->access.p,
                                    .bearer_header = p->token_header,
                                    .times = &a->source->times };
    struct http_reply reply;
    int rc;

    request_url(&url, &r);
    request_label(&label, &r);
    request.url = buf_str(&url);
    request.label = buf_str(&label);
    rc = once(&reply, &request, &net, e);
    if (rc == 0 && reply.error.kind == ERR_NONE && reply.status != 200)
        rc = err_set(
            e, reply.status == 401 || reply.status == 403 ? ERR_AUTH : ERR_NET,
            "%s: HTTP %d", buf_str(&label), reply.status);
    else if (rc == 0 && reply.error.kind != ERR_NONE) {
        *e = reply.error;
        rc = -1;
    }
    if (rc == 0)
        read_names(out, p->login, &reply.body);
    buf_free(&reply.body);
    buf_free(&url);
    buf_free(&label);
    return rc;
}

static int
refused_key(const struct auth *a, struct err *e)
{
    (void)err_in(e, "%s: the key was refused", a->source->name);
    return err_hint(e, "copy it once more from %s",
                    a->source->provider->login->setup);
}

/* A key that the provider does not take is none; any other login is good
 * without a name. */
static int
find_account(struct auth *a, struct token *t, struct err *e)
{
    const struct provider *p = a->source->provider;
    bool is_over = t->ends_at && t->ends_at <= clock_now();
    struct buf name = BUF_INIT;
    struct err why = ERR_INIT;

    if (p->login->account && provider_category(p, p->login->account) &&
        !is_over && ask_name(&name, a, t, &why) < 0) {
        if (p->login->grant == OAUTH_KEY && why.kind == ERR_AUTH) {
            *e = why;
            return refused_key(a, e);
        }
        log_warn("%s: whose account it is could not be asked: %s",
                 a->source->name, why.text);
    }
    if (name.n == 0 && t->account.n == 0 && t->user.n)
        buf_addf(&name, "user %s", buf_str(&t->user));
    if (name.n)
        token_set(&t->account, buf_str(&name));
    (void)buf_str(&t->account);
    buf_free(&name);
    return 0;
}

/* Scopes that were asked for and not given. */
static void
warn_missing(const struct auth *a, struct token *t)
{
    struct list asked = LIST_INIT, given = LIST_INIT;
    struct buf missing = BUF_INIT;

    list_split(&asked, buf_str(&t->asked));
    list_split(&given, buf_str(&t->scope));
    for (size_t i = 0; i < asked.n; i++)
        if (!list_has(&given, asked.item[i]))
            buf_addf(&missing, " %s", asked.item[i]);
    if (missing.n)
        log_warn("%s: not allowed:%s; what needs it will be left out",
                 a->source->name, buf_str(&missing));
    buf_free(&missing);
    list_free(&asked);
    list_free(&given);
}

/* A token in config or environment comes before the store. */
static void
warn_shadowed(const struct auth *a)
{
    struct buf text = BUF_INIT;
    struct err ignored = ERR_INIT; /* fetch will tell */

    if (credential_static(&text, a->s, a->source, &ignored) != 0)
        log_warn("%s: %s in the config or the environment is used, not this "
                 "login: take it out",
                 a->source->name, a->source->provider->token_key);
    buf_wipe(&text);
}

/* So that fetch uses it. Without a config there is nothing to do: a login is
 * enough then. */
static int
enable(const struct auth *a, struct err *e)
{
    const struct config *c = &a->s->config;
    struct config_edit edit = { .section = a->source->name };
    bool is_there = config_has_source(c, a->source->name), is_on;

    if (!c->path)
        return 0;
    if (config_bool(&is_on, c, a->source->name, "enabled", true, e) < 0)
        return -1;
    if (is_there && is_on)
        return 0;
    if (is_there) {
        edit.key = "enabled";
        edit.value = "yes";
    }
    return configedit_set(c->path, &edit, e);
}

static int
tell(const struct auth *a, struct token *t, struct err *e)
{
    struct buf out = BUF_INIT;
    int rc = 0;

    buf_addf(&out, "logged in to %s", a->source->provider->title);
    if (!text_is(a->source->name, a->source->provider->name))
        buf_addf(&out, " for [%s]", a->source->name);
    if (t->account.n)
        buf_addf(&out, ": this is the account of %s", buf_str(&t->account));
    buf_addc(&out, '\n');
    if (!a->o->quiet)
        rc = out_print(&out, e);
    buf_free(&out);
    return rc;
}

/* A code is good once: what it brought is stored before all else. A key is
 * at hand, and shall not replace a better one. */
static int
settle(struct auth *a, struct token *t, struct err *e)
{
    if (a->source->provider->login->grant == OAUTH_KEY)
        return find_account(a, t, e) < 0 ? -1 : store(a, t, e);
    if (store(a, t, e) < 0 || find_account(a, t, e) < 0)
        return -1;
    return t->account.n ? store_account(a, t, e) : 0;
}

int
auth_keep(struct auth *a, struct token *t, struct err *e)
{
    t->login_at = clock_now();
    token_detach(t);
    if (settle(a, t, e) < 0)
        return -1;
    warn_missing(a, t);
    warn_shadowed(a);
    if (enable(a, e) < 0)
        return err_in(e, "logged in, but the source could not be enabled");
    return tell(a, t, e);
}
