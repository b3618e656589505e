#include "auth/grant.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auth/client.h"
#include "auth/form.h"
#include "auth/proof.h"
#include "base/text.h"
#include "net/transfer.h"
#include "net/url.h"

static void
url_text(struct buf *url, const char *name, const char *value)
{
    url_param(url, name, value, strlen(value));
}

/* The scopes as this address wants them. */
static void
add_scopes(struct buf *out, const struct client *c)
{
    const struct oauth *spec = c->spec;
    bool is_prefixed = spec->scope_prefix &&
                       text_starts(c->authorize_url, spec->scope_prefix_at);
    struct list words = LIST_INIT;

    list_split(&words, c->scopes);
    for (size_t i = 0; i < words.n; i++) {
        if (i > 0)
            buf_add(out, spec->separator ? &spec->separator : " ", 1);
        if (is_prefixed && !text_starts(words.item[i], spec->scope_prefix))
            buf_adds(out, spec->scope_prefix);
        buf_adds(out, words.item[i]);
    }
    list_free(&words);
}

void
grant_url(struct buf *url, const struct client *c,
          const struct grant_trip *trip)
{
    const struct oauth_param *extra = c->spec->authorize_extra;
    struct buf text = BUF_INIT;

    buf_adds(url, c->authorize_url);
    url_text(url, "response_type", "code");
    url_text(url, "client_id", trip->client_id);
    url_text(url, "redirect_uri", trip->redirect_uri);
    add_scopes(&text, c);
    if (text.n)
        url_text(url, "scope", buf_str(&text));
    url_text(url, "state", trip->state);
    if (trip->verifier) {
        buf_clear(&text);
        proof_challenge(&text, trip->verifier);
        url_text(url, "code_challenge", buf_str(&text));
        url_text(url, "code_challenge_method", "S256");
    }
    for (; extra && extra->name; extra++)
        url_text(url, extra->name, extra->value);
    buf_free(&text);
}

static void
add_all(struct form *f, const struct oauth_param *extra)
{
    for (; extra && extra->name; extra++)
        form_add(f, extra->name, extra->value);
}

static void
add_signature(struct form *f, const struct grant *g, const char *action,
              const char *name, const char *value)
{
    const struct proof_param param[] = {
        { "action", action },
        { "client_id", g->client_id },
        { name, value },
    };
    struct buf text = BUF_INIT;

    proof_sign(&text, g->client_secret ? g->client_secret : "", param,
               sizeof(param) / sizeof(*param));
    form_add(f, name, value);
    form_add(f, "signature", buf_str(&text));
    buf_free(&text);
}

static const char *
action_of(const struct client *c)
{
    const struct oauth_param *p = c->spec->token_extra;

    for (; p && p->name; p++)
        if (text_is(p->name, "action"))
            return p->value;
    return "";
}

/* The application, as far as it stands in the form. */
static void
add_client(struct form *f, const struct grant *g)
{
    switch (g->client->auth) {
    case OAUTH_CLIENT_BODY:
        form_add(f, "client_id", g->client_id);
        if (g->client_secret)
            form_add(f, "client_secret", g->client_secret);
        return;
    case OAUTH_CLIENT_SIGNED:
        form_add(f, "client_id", g->client_id);
        add_signature(f, g, action_of(g->client), "nonce",
                      g->nonce ? g->nonce : "");
        return;
    case OAUTH_CLIENT_BASIC:
        if (!g->client_secret) /* there is nothing to prove it with */
            form_add(f, "client_id", g->client_id);
        return;
    }
}

static void
start(struct form *f, const struct grant *g, const char *type)
{
    form_start(f, g->client->spec->is_json);
    add_all(f, g->client->spec->token_extra);
    form_add(f, "grant_type", type);
    add_client(f, g);
}

void
grant_code(struct form *f, const struct grant *g, const struct grant_trip *trip,
           const char *code)
{
    start(f, g, "authorization_code");
    form_add(f, "code", code);
    form_add(f, "redirect_uri", trip->redirect_uri);
    if (trip->verifier)
        form_add(f, "code_verifier", trip->verifier);
    form_end(f);
}

void
grant_refresh(struct form *f, const struct grant *g, const char *token)
{
    start(f, g, "refresh_token");
    form_add(f, "refresh_token", token);
    add_all(f, g->client->spec->refresh_extra);
    form_end(f);
}

void
grant_password(struct form *f, const struct grant *g, const char *name,
               const char *password)
{
    start(f, g, "password");
    form_add(f, "username", name);
    form_add(f, "password", password);
    form_end(f);
}

void
grant_nonce(struct form *f, const struct grant *g, int64_t now)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRId64, now);
    form_start(f, false);
    form_add(f, "action", "getnonce");
    form_add(f, "client_id", g->client_id);
    add_signature(f, g, "getnonce", "timestamp", text);
    form_end(f);
}

static void
set_body(struct http_request *r, const struct form *f)
{
    r->body = f->body.p;
    r->body_n = f->body.n;
    r->body_type = form_type(f);
}

/* RFC 6749, 2.3.1: both are encoded as in a form first. */
static void
set_basic(struct http_request *r, struct grant_basic *basic,
          const struct grant *g)
{
    form_escape(&basic->id, g->client_id);
    (void)buf_room(&basic->secret, 3 * strlen(g->client_secret) + 1);
    form_escape(&basic->secret, g->client_secret);
    r->basic_user = buf_str(&basic->id);
    r->basic_password = buf_str(&basic->secret);
}

void
grant_dress(struct http_request *r, struct grant_basic *basic,
            const struct form *f, const struct grant *g)
{
    set_body(r, f);
    if (g->client->auth == OAUTH_CLIENT_BASIC && g->client_secret)
        set_basic(r, basic, g);
}

void
grant_undress(struct grant_basic *basic)
{
    buf_wipe(&basic->id);
    buf_wipe(&basic->secret);
}

/* RFC 7009: the token that ends the most. */
static void
token_form(struct form *f, const struct grant_end *end)
{
    form_start(f, false);
    form_add(f, "token", end->refresh ? end->refresh : end->access);
}

void
grant_revoke(struct http_request *r, struct buf *url, struct form *f,
             struct grant_basic *basic, const struct grant *g,
             const struct grant_end *end)
{
    buf_add(url, g->server->revoke_url.p, g->server->revoke_url.n);
    switch (g->server->revoke) {
    case OAUTH_REVOKE_NONE:
        break;
    case OAUTH_REVOKE_FORM:
        token_form(f, end);
        form_add(f, "client_id", g->client_id);
        if (g->client_secret)
            form_add(f, "client_secret", g->client_secret);
        break;
    case OAUTH_REVOKE_BASIC:
        token_form(f, end);
        if (g->client_secret)
            set_basic(r, basic, g);
        break;
    case OAUTH_REVOKE_TOKEN:
        token_form(f, end);
        break;
    case OAUTH_REVOKE_QUERY:
        form_start(f, false);
        url_text(url, "access_token", end->access);
        break;
    case OAUTH_REVOKE_DELETE:
        r->method = "DELETE";
        r->bearer = end->access;
        break;
    case OAUTH_REVOKE_SIGNED:
        form_start(f, false);
        form_add(f, "action", "revoke");
        form_add(f, "client_id", g->client_id);
        add_signature(f, g, "revoke", "nonce", g->nonce ? g->nonce : "");
        if (end->user)
            form_add(f, "userid", end->user);
        break;
    }
    r->url = buf_str(url);
    if (g->server->revoke != OAUTH_REVOKE_DELETE) {
        form_end(f);
        set_body(r, f);
    }
}
