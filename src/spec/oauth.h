#ifndef SPEC_OAUTH_H
#define SPEC_OAUTH_H

#include <stdbool.h>

/*
 * The words a provider describes its login in: how a person lets us in and how
 * what we got is kept alive. Constant data, in src/provider/logins.c. Terms
 * are those of RFC 6749; what the config can replace is named in
 * wearchive.conf(5).
 */

enum oauth_grant {
    OAUTH_CODE,     /* a person agrees in a browser (4.1) */
    OAUTH_PASSWORD, /* e-mail and password bring a token (4.3); again when it
                       has ended */
    OAUTH_KEY,      /* a key that a person copies from a page; does not end */
};

/* "oauth", "password" or "key", as auth status and providers say it. */
const char *oauth_grant_word(enum oauth_grant grant);

/* How the application proves who it is. */
enum oauth_client {
    OAUTH_CLIENT_BODY,   /* client_id and client_secret in the form */
    OAUTH_CLIENT_BASIC,  /* HTTP Basic */
    OAUTH_CLIENT_SIGNED, /* client_id, nonce and a signature with the secret */
};

enum oauth_revoke {
    OAUTH_REVOKE_NONE,
    OAUTH_REVOKE_FORM,   /* RFC 7009, application in the form */
    OAUTH_REVOKE_BASIC,  /* RFC 7009, application by HTTP Basic */
    OAUTH_REVOKE_TOKEN,  /* RFC 7009, without the application */
    OAUTH_REVOKE_QUERY,  /* POST with ?access_token= */
    OAUTH_REVOKE_DELETE, /* DELETE with the access token as for data */
    OAUTH_REVOKE_SIGNED, /* action=revoke with a signature */
};

struct oauth_server {
    const char *token_url;
    const char *revoke_url; /* NULL with OAUTH_REVOKE_NONE; "/x": a route of
                               the data */
    enum oauth_revoke revoke;
    const char *issuer; /* `iss` of a callback begins so; or NULL */
};

struct oauth_param {
    const char *name; /* NULL at the end of a list */
    const char *value;
};

/* What a refusal means. */
enum oauth_meaning {
    OAUTH_DEAD,  /* a person has to log in again */
    OAUTH_LATER, /* the same may work later */
};

/* A refusal in the provider's own words, beside invalid_grant. */
struct oauth_word {
    const char *at;   /* JSON path in the answer; NULL at the end of a list */
    const char *word; /* part of the text there; or numbers and spans of them,
                         blanks between: "522 3000-3016" */
    enum oauth_meaning meaning;
};

enum { OAUTH_SERVERS = 2, OAUTH_NAMES = 3 };

struct oauth {
    enum oauth_grant grant;
    const char *setup; /* where an application, or a key, is had */

    const char *authorize_url;
    /* Tried in this order when a code is exchanged; the one that gave a token
     * is kept with it. */
    struct oauth_server server[OAUTH_SERVERS];
    const char *scopes;       /* without prefix, blanks between; may be NULL */
    char separator;           /* between scopes on the wire */
    const char *scope_prefix; /* servers may put it before a scope; or NULL */
    const char *scope_prefix_at; /* it is sent to addresses that begin so */
    const char *redirect_uri;
    const struct oauth_param *authorize_extra; /* lists may be NULL */
    const struct oauth_param *token_extra;     /* each request for a token */
    const struct oauth_param *refresh_extra;
    const char *client_id; /* of an application that is public; or NULL */
    const char *client_secret;
    enum oauth_client client;
    bool pkce;        /* S256 (RFC 7636) */
    bool is_json;     /* requests for a token are JSON, not a form */
    int state_chars;  /* 8 or more */
    int code_retry_s; /* a code may be too fresh: asked again for so long */

    const char *answer_at; /* JSON path of the token answer; NULL: all of it */
    const char *status_at; /* 0 there is success, whatever HTTP says; or NULL */
    const char *wait_at;   /* seconds to wait before asking again; or NULL */
    const char *nonce_url; /* where OAUTH_CLIENT_SIGNED gets a nonce */
    const struct oauth_word *words;

    int lifetime_s; /* of an access token whose answer does not say */
    int margin_s;   /* renewed so long before its end */
    int grace_s;    /* a replaced refresh token may still work for so long */
    int refresh_s;  /* life of a refresh token that is not used; 0 = unknown */
    bool is_single_use;  /* a refresh token works once */
    const char *retired; /* what to say of tokens that are no login; or NULL */

    /* Whose account it is: the category with one record, and what names the
     * person in its answer; or NULL. */
    const char *account;
    const char *account_at[OAUTH_NAMES];
    const char *user_at; /* the person's number, in the token answer; or NULL */
};

#endif
