#ifndef AUTH_GRANT_H
#define AUTH_GRANT_H

#include <stdint.h>

#include "base/buf.h"

struct client;
struct form;
struct http_request;
struct server;

/* What is sent for a login, by the provider's words. Pure. */

/* Who asks whom. Texts are borrowed. */
struct grant {
    const struct client *client;
    const struct server *server;
    const char *client_id;
    const char *client_secret; /* NULL: the application has none */
    const char *nonce;         /* for a signature */
};

/* One trip of a person through the browser. */
struct grant_trip {
    const char *client_id;
    const char *redirect_uri;
    const char *state;
    const char *verifier; /* PKCE; NULL: without */
};

/* Adds the address that the person is to open. */
void grant_url(struct buf *url, const struct client *c,
               const struct grant_trip *trip);

/* The forms of requests for a token; to be wiped. */
void grant_code(struct form *f, const struct grant *g,
                const struct grant_trip *trip, const char *code);
void grant_refresh(struct form *f, const struct grant *g, const char *token);
void grant_password(struct form *f, const struct grant *g, const char *name,
                    const char *password);
/* The form that gets a nonce, signed. */
void grant_nonce(struct form *f, const struct grant *g, int64_t now);

/* Gives the request a form as its body, and the application's name by HTTP
 * Basic where that is the way. basic holds it; wipe both. */
struct grant_basic {
    struct buf id;
    struct buf secret;
};
void grant_dress(struct http_request *r, struct grant_basic *basic,
                 const struct form *f, const struct grant *g);
void grant_undress(struct grant_basic *basic);

/* A token that is to be given back. */
struct grant_end {
    const char *access;
    const char *refresh; /* or NULL */
    const char *user;    /* the person's number, or NULL */
};

/*
 * Makes the request that gives a login back, in the server's way; label and
 * times are not touched. url, f and basic hold its parts: wipe them.
 */
void grant_revoke(struct http_request *r, struct buf *url, struct form *f,
                  struct grant_basic *basic, const struct grant *g,
                  const struct grant_end *end);

#endif
