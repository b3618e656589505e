#include <string.h>

#include "auth/client.h"
#include "auth/exchange.h"
#include "auth/login.h"
#include "auth/tokens.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "base/tm.h"
#include "cmd/auth.h"
#include "cmd/exit.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "cmd/setup.h"
#include "data/doc.h"
#include "engine/source.h"
#include "net/transfer.h"
#include "spec/provider.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/lock.h"

enum { LOCK_WAIT_MS = 60 * 1000, IMPORT_MAX = 1 << 20 };

static int
no_login(const struct auth *a, struct err *e)
{
    (void)err_set(e, ERR_AUTH, "%s: no login in %s", a->source->name,
                  a->s->store.path);
    return err_hint(e, "wearchive auth %s", a->source->name);
}

static int
say(const struct auth *a, const char *what, struct err *e)
{
    struct buf out = BUF_INIT;
    int rc = 0;

    buf_addf(&out, "%s: %s\n", a->source->name, what);
    if (!a->o->quiet)
        rc = out_print(&out, e);
    buf_free(&out);
    return rc < 0 ? -1 : EXIT_OK;
}

int
auth_refresh(struct auth *a, struct err *e)
{
    int rc = login_open(&a->source->login, a->source->client, &a->s->store, e);

    if (rc < 0)
        return -1;
    if (rc == 0)
        return no_login(a, e);
    if (login_renew(a->source->login, e) < 0)
        return -1;
    return say(a, "the login is renewed", e);
}

/* Takes the login out of the store; *t gets it. 1, 0 there was none, -1. */
static int
read_one(struct token *t, const struct auth *a, struct err *e)
{
    struct tokens all = TOKENS_INIT;
    int rc = tokens_read(&all, &a->s->store, e);

    if (rc == 0)
        rc = tokens_get(t, &all, a->source->name);
    tokens_free(&all);
    if (rc > 0 && t->access.n == 0 && t->refresh.n == 0)
        rc = 0; /* only a login that was begun */
    return rc;
}

/* It goes from here whatever the provider says. */
static void
revoke(const struct auth *a, const struct token *t)
{
    const struct net_options net = NET_OPTIONS_INIT;
    const struct exchange x = {
        .client = a->source->client,
        .net = &net,
        .own = t,
    };
    struct err e = ERR_INIT;

    if (exchange_revoke(&x, t, &e) < 0)
        log_warn("%s: the provider did not take the login back: %s",
                 a->source->name, e.text);
}

/* 1, 0 if there was nothing, or -1. */
static int
forget(const struct auth *a, const char *source, struct err *e)
{
    struct tokens all = TOKENS_INIT;
    struct lock lock = LOCK_INIT;
    int rc = tokens_lock(&lock, &a->s->store, LOCK_WAIT_MS, e);

    if (rc == 0)
        rc = tokens_read(&all, &a->s->store, e);
    if (rc == 0 && tokens_remove(&all, source))
        rc = tokens_save(&all, e) < 0 ? -1 : 1;
    tokens_free(&all);
    lock_release(&lock);
    return rc;
}

int
auth_forget(struct auth *a, const char *source, struct err *e)
{
    int rc = forget(a, source, e);

    if (rc > 0)
        log_warn("%s: not in the config: its login is forgotten here, and not "
                 "given back to the provider",
                 source);
    return rc;
}

int
auth_log_out(struct auth *a, struct err *e)
{
    struct token t = TOKEN_INIT;
    int has = read_one(&t, a, e);
    int rc = has < 0 ? -1 : 0;

    if (has > 0)
        revoke(a, &t);
    token_free(&t);
    if (rc == 0)
        rc = forget(a, a->source->name, e);
    if (rc < 0)
        return -1;
    return say(a, has ? "logged out" : "there was no login", e);
}

/* Moving a login to another machine. */

/* The application goes along: a token is renewed with the one it was had
 * with. */
static int
add_application(struct token *t, const struct auth *a, struct err *e)
{
    const struct client *c = a->source->client;
    struct buf id = BUF_INIT, secret = BUF_INIT;
    int rc = 0;

    if (c->spec->grant != OAUTH_KEY) {
        rc = client_secret(&id, c, "client_id", e);
        if (rc >= 0)
            rc = client_secret(&secret, c, "client_secret", e);
    }
    if (rc >= 0 && id.n) {
        buf_wipe(&t->client_id);
        buf_wipe(&t->client_secret);
        t->client_id = id;
        t->client_secret = secret;
        return 0;
    }
    buf_wipe(&id);
    buf_wipe(&secret);
    return rc < 0 ? -1 : 0;
}

static int
print_login(const struct auth *a, struct token *t, struct err *e)
{
    struct cJSON *doc = out_object();
    struct buf out = BUF_INIT;
    int rc;

    doc_set_string(doc, "provider", a->source->provider->name);
    token_detach(t);
    token_write(doc, t);
    (void)buf_room(&out, IMPORT_MAX / 4); /* no copy is left behind */
    doc_print(&out, doc);
    doc_wipe(doc);
    rc = out_print(&out, e);
    buf_wipe(&out);
    return rc;
}

int
auth_export(struct auth *a, struct err *e)
{
    struct token t = TOKEN_INIT;
    int rc = read_one(&t, a, e);

    if (rc == 0)
        rc = no_login(a, e);
    if (rc > 0)
        rc = add_application(&t, a, e);
    if (rc == 0)
        rc = print_login(a, &t, e);
    if (rc == 0 && a->source->client->spec->is_single_use)
        log_warn("%s: this login can be renewed in one place only: from now "
                 "on use it there, or log in again here",
                 a->source->name);
    token_free(&t);
    return rc < 0 ? -1 : EXIT_OK;
}

/* What another wearchive exported. */
static int
read_doc(struct token *t, const struct auth *a, const struct cJSON *doc,
         struct err *e)
{
    const char *provider = doc_string(doc, "provider");

    if (provider && !text_is(provider, a->source->provider->name))
        return err_set(e, ERR_USAGE, "a login to %.60s", provider);
    token_read(t, doc);
    token_detach(t);
    return 0;
}

/* A token by itself, as a person has it from a page. */
static void
read_bare(struct token *t, const char *p, size_t n)
{
    while (n > 0 && (unsigned char)p[n - 1] <= ' ')
        n--;
    while (n > 0 && (unsigned char)*p <= ' ') {
        p++;
        n--;
    }
    (void)buf_room(&t->access, n + 1);
    buf_add(&t->access, p, n);
    (void)buf_str(&t->access);
    t->got_at = clock_now();
}

/* Not the page itself, or a command that went wrong. */
static bool
is_token(const struct buf *text)
{
    return token_fits(text) && (text->n == 0 || !memchr(text->p, '<', text->n));
}

static int
read_login(struct token *t, const struct auth *a, struct buf *text,
           struct err *e)
{
    struct cJSON *doc = NULL;
    int rc = 0;

    if (text->p[strspn(text->p, " \t\r\n")] == '{') {
        doc = doc_parse(text->p, text->n, e);
        rc = doc ? read_doc(t, a, doc, e) : -1;
        if (!doc)
            e->kind = ERR_USAGE;
        doc_wipe(doc);
    } else {
        read_bare(t, text->p, text->n);
    }
    if (rc == 0 && (t->access.n + t->refresh.n == 0 || !is_token(&t->access) ||
                    !token_fits(&t->refresh)))
        rc = err_set(e, ERR_USAGE, "there is no token in it");
    return rc < 0 ? err_in(e, "%s: what came in", a->source->name) : 0;
}

int
auth_import(struct auth *a, struct err *e)
{
    struct token t = TOKEN_INIT;
    struct buf text = BUF_INIT;
    int rc;

    (void)buf_room(&text, IMPORT_MAX + 1); /* not moved while it grows */
    rc = fs_read_stdin(&text, IMPORT_MAX, e);
    (void)buf_str(&text);
    if (rc == 0)
        rc = read_login(&t, a, &text, e);
    buf_wipe(&text);
    if (rc == 0)
        rc = auth_keep(a, &t, e);
    token_free(&t);
    return rc < 0 ? -1 : EXIT_OK;
}
