#ifndef AUTH_CLIENT_H
#define AUTH_CLIENT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/text.h"
#include "net/transfer.h"
#include "spec/oauth.h"

struct config;
struct err;

/* The login of a source, as the provider describes it and the config changes
 * it. */
struct client {
    const char *source;   /* its section; borrowed, as are the next three */
    const char *provider; /* its name */
    const struct oauth *spec;
    const struct config *config; /* where its secrets are looked for */

    char *data_url; /* what routes of the data stand behind */
    char *authorize_url;
    struct list token_urls; /* configured ones, in order; empty: the spec's */
    char *revoke_url;       /* configured; NULL: the spec's */
    char *redirect_uri;
    char *scopes; /* blanks between; "" asks for none */
    enum oauth_client auth;
    bool pkce;
    struct net_times times; /* of a request for a token */
};

/* Frees what it owns; *c is zeroed. */
void client_free(struct client *c);

/* A token server and what belongs to it. */
struct server {
    struct buf token_url;
    struct buf issuer;     /* `iss` of a callback begins so; may be empty */
    struct buf revoke_url; /* empty: it cannot be told */
    struct buf nonce_url;
    enum oauth_revoke revoke;
};

#define SERVER_INIT                                                            \
    {                                                                          \
        .token_url = BUF_INIT                                                  \
    }

/*
 * The i-th token server: a configured one, or the provider's. Where only
 * token_url is configured, the other addresses move along to its host. False
 * behind the last. out is fresh or used; server_free() it.
 */
bool client_server(struct server *out, const struct client *c, size_t i);
/* The server at an address that a token was had from before; the first one if
 * it is not (or no longer) among them. */
void client_server_at(struct server *out, const struct client *c,
                      const char *token_url);
void server_free(struct server *s);

/*
 * The application's and the person's secrets, from environment, config or
 * folders as secret.h says. NULL-terminated text is added to out (buf_wipe()
 * it). A public application's own are the last resort.
 * Returns 1, 0 if there is none, or -1.
 */
int client_secret(struct buf *out, const struct client *c, const char *key,
                  struct err *e);

/* As client_secret(), for what a request cannot do without: ERR_USAGE with
 * what to put where. */
int client_need(struct buf *out, const struct client *c, const char *key,
                struct err *e);

#endif
