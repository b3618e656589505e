#ifndef SANDBOX_OAUTH_STATE_H
#define SANDBOX_OAUTH_STATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oauth_dialect.h"

struct world;

/* What the authorization servers remember. Everything here is called with
 * the lock held. Times are seconds since 1970 by the clock of the server. */

enum consent {
    CONSENT_PAGE,  /* a person decides */
    CONSENT_CLICK, /* the page, and a script that presses Allow */
    CONSENT_ALLOW, /* at once, without a page */
    CONSENT_DENY,
};

/* Where an application of Oura was made; "both" is known to both servers. */
enum portal {
    PORTAL_BOTH,
    PORTAL_NEW,
    PORTAL_OLD,
};

/* See oauth_knob.c for what they mean. */
struct knobs {
    int64_t access_life, code_life, refresh_life; /* 0 = never, as usual */
    int64_t grace;
    int64_t refuse_reuse;
    int64_t consent, portal;
    int64_t login_limit;
    int64_t same_args;
    int64_t expire_after;
    int64_t slow_ms;
    int64_t quotes; /* error texts repeat the secret that was sent */
    int64_t pad;    /* bytes that tokens are made longer by */
    char *client, *secret, *redirect, *user, *password, *iss;
};

/* What tests may ask for, per provider. */
struct counts {
    int64_t authorized, denied;
    int64_t exchanges, refreshes, logins; /* that went well */
    int64_t refused;                      /* of any kind */
    int64_t codes_spent_again, refreshes_spent_again;
    int64_t families_killed, revoked;
    int64_t failed_on_purpose;
    int64_t data_good, data_refused;
    int64_t token_requests;
};

enum token_kind {
    TOKEN_CODE,
    TOKEN_ACCESS,
    TOKEN_REFRESH,
};

struct token {
    enum token_kind kind;
    char *text;
    size_t family;
    int64_t generation; /* which pair of the family */
    int64_t expires;    /* 0 = never */
    int64_t spent;      /* when; 0 = not yet */
    bool is_dead;
    char *redirect_uri, *challenge; /* of a code; NULL = none was sent */
};

/* All that comes from one consent or one login. */
struct family {
    const struct dialect *dialect;
    char *scopes; /* by blanks, bare */
    bool is_dead;
    bool is_prefixed;   /* scopes are told with "extapi:" */
    bool is_lasting;    /* may be renewed */
    int64_t generation; /* the newest pair */
    int64_t used;       /* the newest whose access token was used */
};

/* A provider's server. */
struct server_of {
    struct knobs knobs;
    struct counts counts;
    bool has_consented; /* before, in this server's life */
    int64_t login_since, logins_lately;
    char *last_args; /* of the last token request, and when it was */
    int64_t last_args_at;
    char *nonce;
    int64_t nonce_until;
};

struct oauth {
    pthread_mutex_t lock;
    const struct world *world; /* has the clock */
    int64_t skew;              /* what the knob added to it */
    struct server_of of[DIALECTS];
    struct family *families;
    size_t families_n;
    struct token *tokens;
    size_t tokens_n;
    struct failures *failures;
    int log_fd; /* -1 = none */
};

int64_t state_now(const struct oauth *o);
struct server_of *state_of(struct oauth *o, const struct dialect *d);

/* The family's number. */
size_t state_family(struct oauth *o, const struct dialect *d,
                    const char *scopes);
/* A fresh token of the family's newest pair; good until the next call. */
struct token *state_issue(struct oauth *o, size_t family, enum token_kind kind,
                          int64_t life);
/* NULL if there is none. */
struct token *state_find(struct oauth *o, const struct dialect *d,
                         enum token_kind kind, const char *text);
/* The newest of the family that is good; NULL if there is none. */
struct token *state_newest(struct oauth *o, size_t family,
                           enum token_kind kind);
bool state_is_good(const struct oauth *o, const struct token *t);
/* Ends the access tokens of a family; SIZE_MAX = of all of a provider. */
void state_end_access(struct oauth *o, const struct dialect *d, size_t family);
/* Ends a family; whether it was still alive. */
bool state_kill(struct oauth *o, size_t family);
/* Families that could still be renewed or are in use. */
int64_t state_live(const struct oauth *o, const struct dialect *d);

struct oauth *state_open(const struct world *w);
void state_close(struct oauth *o);

#endif
