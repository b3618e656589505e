#ifndef SANDBOX_OAUTH_DIALECT_H
#define SANDBOX_OAUTH_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Why a token request is refused; each dialect has its own words for it. */
enum refusal {
    NO_REFUSAL,
    BAD_REQUEST,
    BAD_CLIENT,
    STRANGE_CLIENT, /* of the other of two servers */
    BAD_CODE,
    BAD_REFRESH,
    BAD_GRANT_TYPE,
    BAD_REDIRECT,
    BAD_SCOPE,
    BAD_SIGNATURE,
    BAD_TOKEN, /* asked to revoke what is none */
    TOO_OFTEN,
    STRANGE_REFRESH,
    REFUSALS,
};

struct refusal_text {
    int status;       /* 0 = the words of RFC 6749 */
    const char *body; /* "%s" stands for the token that was sent */
};

/* What an answer is made of. */
struct pair {
    const char *access;
    const char *refresh; /* NULL = none */
    const char *scope;   /* separated as the dialect does; NULL = not told */
    int64_t expires_in;
    int64_t expires_at;
    int64_t refresh_expires_in; /* 0 = not told */
    bool has_expiry;
    bool is_first; /* not a refresh */
};

enum client_auth {
    IN_BODY = 1,
    IN_BASIC = 2,
    IN_NONCE = 4, /* a signature instead of the secret */
};

/* How a provider departs from the RFCs. */
struct dialect {
    const char *name;
    unsigned client_auth; /* of enum client_auth */
    const char *scopes;   /* all that it knows, by blanks; NULL = none */
    char scope_by;        /* what separates them: ' ' or ',' */
    bool drops_scopes;    /* unknown ones; others refuse them */
    bool tells_scope;     /* in the callback */
    const char *offline;  /* a scope without which nothing can be renewed */
    size_t state_min;     /* shortest state */
    bool no_redirect_uri; /* not sent when a code is exchanged */
    int64_t access_life, code_life;
    bool keeps_refresh;    /* one refresh token for good */
    int64_t keep_above;    /* the same pair while more seconds are left */
    int64_t grace;         /* a spent refresh token still works so long... */
    bool grace_ends;       /* ...but not after the new pair was used */
    bool access_dies;      /* with the refresh token it came with */
    const char *before[3]; /* of a code, access and refresh token */
    void (*write)(struct buf *b, const struct pair *p);
    struct refusal_text refusals[REFUSALS];
};

enum { DIALECTS = 7 };

extern const struct dialect dialects[DIALECTS];

/* By name, or NULL. */
const struct dialect *dialect_named(const char *name);
/* The words for a refusal; secret is what was sent, or NULL. Returns the
 * HTTP status. */
int dialect_refuse(struct buf *body, const struct dialect *d, enum refusal why,
                   const char *secret);

#endif
