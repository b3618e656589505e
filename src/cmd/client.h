#ifndef CMD_CLIENT_H
#define CMD_CLIENT_H

struct client;
struct config;
struct err;
struct provider;
struct source;

/*
 * How a source logs in: the provider's words, changed by environment and
 * config (auth_url, token_url, revoke_url, redirect_uri, scopes, client_auth,
 * pkce). source, c and p are borrowed. ERR_USAGE: a value is wrong.
 * client_free() it in every case.
 */
int client_load(struct client *out, const struct config *c, const char *source,
                const struct provider *p, struct err *e);
/* That of a source, with where its data is, made if there is none yet. */
int client_of(struct source *source, const struct config *c, struct err *e);

#endif
