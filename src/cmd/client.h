#ifndef CMD_CLIENT_H
#define CMD_CLIENT_H

struct client;
struct config;
struct err;
struct provider;

/*
 * How a source logs in: the provider's words, changed by environment and
 * config (auth_url, token_url, revoke_url, redirect_uri, scopes, client_auth,
 * pkce). source, c and p are borrowed. ERR_USAGE: a value is wrong.
 * client_free() it in every case.
 */
int client_load(struct client *out, const struct config *c, const char *source,
                const struct provider *p, struct err *e);

#endif
