#ifndef SANDBOX_OAUTH_CALL_H
#define SANDBOX_OAUTH_CALL_H

#include "oauth_dialect.h"
#include "oauth_form.h"
#include "oauth_state.h"

struct asked;
struct reply;

/* One request to an authorization server, with the lock held. */
struct oauth_call {
    struct oauth *o;
    const struct dialect *d;
    struct server_of *server;
    const struct asked *q;
    struct reply *r;
    struct form query;
    struct form form;      /* of the body */
    bool is_new;           /* asked at the newer of two servers */
    const char *elsewhere; /* where a redirect leads */
};

/* The endpoints. Each fills c->r. */
void consent_answer(struct oauth_call *c);
void token_answer(struct oauth_call *c);
void nonce_answer(struct oauth_call *c);
/* Ways to give a login back, as the providers have them. */
void revoke_by_rfc(struct oauth_call *c);    /* token= and the client */
void revoke_by_access(struct oauth_call *c); /* access_token= */
void revoke_by_bearer(struct oauth_call *c); /* DELETE with the token */
void revoke_by_user(struct oauth_call *c);   /* userid=, signed */

/* The refusal of the dialect; secret is what was sent, or NULL. */
void call_refuse(struct oauth_call *c, enum refusal why, const char *secret);
/* One line of the log: PROVIDER WHAT RESULT FAMILY.GENERATION; no secret. */
void call_log(const struct oauth_call *c, const char *what, const char *result,
              const struct token *t);
/* Ends a family and counts it. */
void call_kill(struct oauth_call *c, size_t family);
/* Whether the client says who it is, and rightly. */
enum refusal call_check_client(const struct oauth_call *c);
/* The same by nonce and signature, which spends the nonce. */
enum refusal call_check_signature(struct oauth_call *c);
bool call_is_method(const struct oauth_call *c, const char *method);

#endif
