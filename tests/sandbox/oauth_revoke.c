/* Logins given back, and Withings' signatures, which that needs there. */
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "oauth_call.h"
#include "provider.h"
#include "reply.h"

/* All that a person has granted. */
static bool
end_all(struct oauth_call *c)
{
    bool has_ended = false;

    for (size_t i = 0; i < c->o->families_n; i++)
        has_ended |= c->o->families[i].dialect == c->d && state_kill(c->o, i);
    return has_ended;
}

/* Ends the login of a token of either kind; whether there was one. At Google
 * that ends the whole grant. */
static bool
end_login(struct oauth_call *c, const char *text)
{
    bool is_google = text_is(c->d->name, "googlehealth");
    struct token *t = state_find(c->o, c->d, TOKEN_REFRESH, text);

    if (!t)
        t = state_find(c->o, c->d, TOKEN_ACCESS, text);
    if (!t || !(is_google ? end_all(c) : state_kill(c->o, t->family)))
        return false;
    c->server->counts.revoked++;
    call_log(c, "revoke", "ok", t);
    return true;
}

void
revoke_by_rfc(struct oauth_call *c)
{
    const char *text = form_get(&c->form, "token");
    bool is_google = text_is(c->d->name, "googlehealth");
    bool by_basic = text_is(c->d->name, "strava");
    enum refusal why = NO_REFUSAL;

    if (by_basic) { /* for this alone */
        struct dialect d = *c->d;
        struct oauth_call as = *c;

        d.client_auth = IN_BASIC;
        as.d = &d;
        why = call_check_client(&as);
    } else if (!is_google) {
        why = call_check_client(c);
    }
    if (!text || !call_is_method(c, "POST"))
        why = BAD_REQUEST;
    if (why == NO_REFUSAL && !end_login(c, text) && is_google)
        why = BAD_TOKEN;
    if (why != NO_REFUSAL)
        call_refuse(c, why, text);
    else
        reply_body(c->r, 200, is_google ? "{}" : NULL);
}

void
revoke_by_access(struct oauth_call *c)
{
    const char *text = form_get(&c->query, "access_token");

    if (!text)
        text = form_get(&c->form, "access_token");
    if (!text || !end_login(c, text)) {
        call_refuse(c, text ? BAD_TOKEN : BAD_REQUEST, text);
        return;
    }
    reply_body(c->r, 200, NULL);
    buf_addf(&c->r->body, "{\"access_token\":\"%s\"}", text);
}

void
revoke_by_bearer(struct oauth_call *c)
{
    static const char bearer[] = "Bearer ";
    const char *sent = asked_header(c->q, "Authorization");
    const char *text =
        sent && text_starts(sent, bearer) ? sent + sizeof(bearer) - 1 : NULL;
    const struct token *t =
        text ? state_find(c->o, c->d, TOKEN_ACCESS, text) : NULL;

    if (!call_is_method(c, "DELETE"))
        reply_body(c->r, 405, NULL);
    else if (t && state_is_good(c->o, t) && end_login(c, text))
        reply_body(c->r, 204, NULL);
    else
        call_refuse(c, BAD_TOKEN, text);
}

/* Of action, client and one more value: lowercase hex of the HMAC. */
static bool
is_signed(const struct oauth_call *c, const char *last)
{
    const struct knobs *k = &c->server->knobs;
    const char *action = form_get(&c->form, "action");
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    char hex[2 * sizeof(mac) + 1];
    struct buf text = BUF_INIT;

    buf_addf(&text, "%s,%s,%s", action ? action : "", k->client,
             last ? last : "");
    (void)crypto_auth_hmacsha256_init(&state, (unsigned char *)k->secret,
                                      strlen(k->secret));
    (void)crypto_auth_hmacsha256_update(&state, (unsigned char *)text.p,
                                        text.n);
    (void)crypto_auth_hmacsha256_final(&state, mac);
    (void)sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac));
    buf_free(&text);
    return form_is(&c->form, "client_id", k->client) &&
           form_is(&c->form, "signature", hex);
}

void
nonce_answer(struct oauth_call *c)
{
    enum { CLOCKS_DIFFER = 300, NONCE_LIFE = 1800 };
    const char *text = form_get(&c->form, "timestamp");
    unsigned char random[20];
    int64_t told;

    if (!call_is_method(c, "POST") ||
        !form_is(&c->form, "action", "getnonce") || !text ||
        num_str(&told, text) < 0 ||
        llabs(told - state_now(c->o)) > CLOCKS_DIFFER || !is_signed(c, text)) {
        call_refuse(c, BAD_SIGNATURE, NULL);
        return;
    }
    randombytes_buf(random, sizeof(random));
    free(c->server->nonce);
    c->server->nonce = mem_zalloc(2 * sizeof(random) + 1);
    (void)sodium_bin2hex(c->server->nonce, 2 * sizeof(random) + 1, random,
                         sizeof(random));
    c->server->nonce_until = state_now(c->o) + NONCE_LIFE;
    reply_body(c->r, 200, NULL);
    buf_addf(&c->r->body, "{\"status\":0,\"body\":{\"nonce\":\"%s\"}}",
             c->server->nonce);
}

enum refusal
call_check_signature(struct oauth_call *c)
{
    const char *nonce = form_get(&c->form, "nonce");
    bool is_known = nonce && text_is(nonce, c->server->nonce) &&
                    state_now(c->o) < c->server->nonce_until;

    free(c->server->nonce);
    c->server->nonce = NULL;
    return is_known && is_signed(c, nonce) ? NO_REFUSAL : BAD_SIGNATURE;
}

void
revoke_by_user(struct oauth_call *c)
{
    if (call_check_signature(c) != NO_REFUSAL) {
        call_refuse(c, BAD_SIGNATURE, NULL);
        return;
    }
    if (!form_is(&c->form, "userid", "363") || !end_all(c)) {
        call_refuse(c, BAD_TOKEN, NULL);
        return;
    }
    c->server->counts.revoked++;
    call_log(c, "revoke", "ok", NULL);
    reply_body(c->r, 200, "{\"status\":0,\"body\":{}}");
}
