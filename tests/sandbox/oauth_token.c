/* Where tokens are made: codes, refresh tokens and passwords are exchanged. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "oauth_call.h"
#include "oauth_fail.h"
#include "provider.h"
#include "reply.h"

/* One token request and what fails about it on purpose. */
struct grant {
    const char *type;
    const struct fail_kind *fail;
    bool is_first;
};

/* --- the answer ------------------------------------------------------------
 */

static char *
told_scopes(const struct family *f)
{
    struct list words = LIST_INIT;
    struct buf out = BUF_INIT;

    list_split(&words, f->scopes);
    for (size_t i = 0; i < words.n; i++) {
        if (i > 0)
            buf_addc(&out, f->dialect->scope_by);
        buf_addf(&out, "%s%s", f->is_prefixed ? "extapi:" : "", words.item[i]);
    }
    list_free(&words);
    return buf_take(&out);
}

/* Tells of a pair; refresh may be NULL. */
static void
tell(struct oauth_call *c, const struct grant *g, const struct token *access,
     const char *refresh)
{
    int64_t left = access->expires - state_now(c->o);
    const struct family *family = &c->o->families[access->family];
    char *scope = family->dialect->scopes ? told_scopes(family) : NULL;
    struct pair pair = {
        .access = access->text,
        .refresh = refresh,
        .scope = scope,
        .has_expiry = access->expires > 0,
        .expires_in = left,
        .expires_at = access->expires,
        .refresh_expires_in = c->server->knobs.refresh_life,
        .is_first = g->is_first,
    };

    fail_pair(&pair, g->fail);
    reply_body(c->r, 200, NULL);
    c->d->write(&c->r->body, &pair);
    fail_answer(c->r, g->fail);
    free(scope);
}

/* A new pair of the family; without a refresh token, refresh is told, which
 * may be NULL. */
static void
issue(struct oauth_call *c, const struct grant *g, size_t family,
      bool renewable, const char *refresh)
{
    const struct knobs *k = &c->server->knobs;
    char *text = NULL;

    c->o->families[family].generation++;
    if (renewable) {
        struct token *t =
            state_issue(c->o, family, TOKEN_REFRESH, k->refresh_life);

        text = mem_strdup(t->text);
    }
    state_issue(c->o, family, TOKEN_ACCESS, k->access_life);
    /* The newest: both lives may be so short that they are over. */
    tell(c, g, &c->o->tokens[c->o->tokens_n - 1], text ? text : refresh);
    call_log(c, g->type, "ok", &c->o->tokens[c->o->tokens_n - 1]);
    free(text);
}

/* --- a code ----------------------------------------------------------------
 */

static bool
is_verified(const struct token *code, const char *verifier)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(
        sizeof(hash), sodium_base64_VARIANT_URLSAFE_NO_PADDING)];

    if (!code->challenge || !verifier)
        return !code->challenge && !verifier;
    if (strlen(verifier) < 43 || strlen(verifier) > 128)
        return false;
    (void)crypto_hash_sha256(hash, (const unsigned char *)verifier,
                             strlen(verifier));
    (void)sodium_bin2base64(text, sizeof(text), hash, sizeof(hash),
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return text_is(text, code->challenge);
}

/* Why a code is not taken; one that is spent a second time ends what came of
 * it: RFC 6749, 4.1.2. */
static enum refusal
judge_code(struct oauth_call *c, struct token *code)
{
    const char *uri = form_get(&c->form, "redirect_uri");

    if (!code)
        return BAD_CODE;
    if (code->spent) {
        c->server->counts.codes_spent_again++;
        call_kill(c, code->family);
    }
    if (!state_is_good(c->o, code))
        return BAD_CODE;
    code->spent = state_now(c->o);
    if (uri ? !text_is(uri, code->redirect_uri) : !c->d->no_redirect_uri)
        return BAD_REDIRECT;
    if (!is_verified(code, form_get(&c->form, "code_verifier")))
        return BAD_CODE;
    return NO_REFUSAL;
}

static enum refusal
exchange(struct oauth_call *c, struct grant *g)
{
    const char *text = form_get(&c->form, "code");
    struct token *code = state_find(c->o, c->d, TOKEN_CODE, text);
    enum refusal why = text ? judge_code(c, code) : BAD_REQUEST;
    size_t family;

    if (why != NO_REFUSAL)
        return why;
    family = code->family;
    g->is_first = true;
    issue(c, g, family, c->o->families[family].is_lasting, NULL);
    c->server->counts.exchanges++;
    return NO_REFUSAL;
}

/* --- a refresh token --------------------------------------------------------
 */

/* A spent one is good for a while where the provider has a grace; but its
 * user has not used the new pair, or has no need of it. */
static bool
has_grace(const struct oauth_call *c, const struct token *t)
{
    const struct family *f = &c->o->families[t->family];

    return t->spent && !t->is_dead && !f->is_dead &&
           state_now(c->o) < t->spent + c->server->knobs.grace &&
           !(c->d->grace_ends && f->used > t->generation);
}

static enum refusal
judge_refresh(struct oauth_call *c, const struct grant *g, struct token *t)
{
    if (!t || fail_refuses(g->fail))
        return BAD_REFRESH;
    if (state_is_good(c->o, t) || has_grace(c, t))
        return NO_REFUSAL;
    if (t->spent) {
        c->server->counts.refreshes_spent_again++;
        if (!c->server->knobs.refuse_reuse)
            call_kill(c, t->family);
    }
    return BAD_REFRESH;
}

/* Strava: while more than an hour is left, there is nothing new. */
static bool
tell_same_pair(struct oauth_call *c, const struct grant *g,
               const struct token *t)
{
    struct token *access = state_newest(c->o, t->family, TOKEN_ACCESS);

    if (c->d->keep_above == 0 || !access || t->spent ||
        access->expires <= state_now(c->o) + c->d->keep_above)
        return false;
    tell(c, g, access, t->text);
    call_log(c, g->type, "same", access);
    return true;
}

/* WHOOP asks for "offline" again and again. */
static bool
asks_to_last(const struct oauth_call *c)
{
    return !c->d->offline || form_is(&c->form, "scope", c->d->offline);
}

static enum refusal
refresh(struct oauth_call *c, struct grant *g)
{
    const char *text = form_get(&c->form, "refresh_token");
    struct token *t = state_find(c->o, c->d, TOKEN_REFRESH, text);
    enum refusal why = text ? judge_refresh(c, g, t) : BAD_REQUEST;
    bool keeps = c->d->keeps_refresh || fail_keeps_refresh(g->fail);

    if (why != NO_REFUSAL)
        return why;
    if (tell_same_pair(c, g, t))
        return NO_REFUSAL;
    if (!keeps) {
        if (!t->spent)
            t->spent = state_now(c->o);
        if (c->d->access_dies)
            state_end_access(c->o, c->d, t->family);
    }
    issue(c, g, t->family, !keeps && asks_to_last(c), NULL);
    c->server->counts.refreshes++;
    return NO_REFUSAL;
}

/* --- a password --------------------------------------------------------------
 */

/* Too many logins in an hour are refused for the rest of it. */
static bool
is_login_too_many(const struct oauth_call *c)
{
    struct server_of *s = c->server;

    if (state_now(c->o) >= s->login_since + 3600) {
        s->login_since = state_now(c->o);
        s->logins_lately = 0;
    }
    s->logins_lately++;
    return s->knobs.login_limit > 0 && s->logins_lately > s->knobs.login_limit;
}

static enum refusal
login(struct oauth_call *c, struct grant *g)
{
    const struct knobs *k = &c->server->knobs;

    if (c->d->scopes)
        return BAD_GRANT_TYPE;
    if (is_login_too_many(c))
        return TOO_OFTEN;
    if (!form_is(&c->form, "username", k->user) ||
        !form_is(&c->form, "password", k->password))
        return BAD_CODE;
    g->is_first = true;
    issue(c, g, state_family(c->o, c->d, ""), true, NULL);
    c->server->counts.logins++;
    return NO_REFUSAL;
}

/* --- the endpoint
 * ------------------------------------------------------------- */

static const struct {
    const char *type;
    enum refusal (*give)(struct oauth_call *c, struct grant *g);
    const char *secret; /* the field that may be quoted */
} grants[] = {
    { "authorization_code", exchange, "code" },
    { "refresh_token", refresh, "refresh_token" },
    { "password", login, "password" },
};

enum { GRANTS = sizeof(grants) / sizeof(grants[0]) };

/* The new portal's clients are unknown at the old server, which says so in
 * two ways; the old page's may be unknown at the new one. */
static enum refusal
check_portal(const struct oauth_call *c, const char *type)
{
    int64_t portal = c->server->knobs.portal;

    if (portal == PORTAL_NEW && !c->is_new)
        return text_is(type, "refresh_token") ? STRANGE_REFRESH
                                              : STRANGE_CLIENT;
    return portal == PORTAL_OLD && c->is_new ? STRANGE_CLIENT : NO_REFUSAL;
}

/* Withings: the same request again within seconds. */
static bool
is_repeated(struct oauth_call *c)
{
    struct server_of *s = c->server;
    const struct buf *body = &c->q->body;
    bool is_same = s->last_args && strlen(s->last_args) == body->n &&
                   memcmp(s->last_args, body->p, body->n) == 0 &&
                   state_now(c->o) < s->last_args_at + s->knobs.same_args;

    free(s->last_args);
    s->last_args = mem_strndup(body->p, body->n);
    s->last_args_at = state_now(c->o);
    return is_same;
}

static enum refusal
give(struct oauth_call *c, struct grant *g, const char **secret)
{
    enum refusal why = check_portal(c, g->type);

    if (why != NO_REFUSAL)
        return why;
    why = call_check_client(c);
    if (why == NO_REFUSAL && form_get(&c->form, "signature"))
        why = call_check_signature(c);
    if (why == NO_REFUSAL && text_is(c->d->name, "withings") &&
        !form_is(&c->form, "action", "requesttoken"))
        why = BAD_REQUEST;
    if (why != NO_REFUSAL)
        return why;
    for (size_t i = 0; i < GRANTS; i++) {
        if (text_is(grants[i].type, g->type)) {
            *secret = form_get(&c->form, grants[i].secret);
            return grants[i].give(c, g);
        }
    }
    return BAD_GRANT_TYPE;
}

void
token_answer(struct oauth_call *c)
{
    struct grant g = { .type = form_get(&c->form, "grant_type") };
    const char *secret = NULL;
    enum refusal why = BAD_REQUEST;

    if (text_is(c->d->name, "withings") &&
        form_is(&c->form, "action", "revoke")) {
        revoke_by_user(c);
        return;
    }
    c->server->counts.token_requests++;
    g.fail = failures_next(c->o->failures, c->d, g.type);
    if (g.fail)
        c->server->counts.failed_on_purpose++;
    if (fail_instead(c->r, g.fail, c->elsewhere)) {
        call_log(c, g.type, "failed on purpose", NULL);
        return;
    }
    if (call_is_method(c, "POST") && g.type && !form_repeats(&c->form) &&
        c->query.n == 0)
        why = is_repeated(c) ? TOO_OFTEN : give(c, &g, &secret);
    if (why != NO_REFUSAL)
        call_refuse(c, why, secret);
}
