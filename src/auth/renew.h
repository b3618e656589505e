#ifndef AUTH_RENEW_H
#define AUTH_RENEW_H

#include <stdint.h>

#include "auth/tokens.h"
#include "net/transfer.h"

struct answer;
struct client;
struct err;

/* A login of the token store and what brings a new one. The caller holds the
 * lock of the store and has read it. */
struct renewal {
    const struct client *client;
    struct token_store *store;
    struct net_options net;
    struct tokens all;
    struct token t; /* the login; empty if there is none */
};

/*
 * Gets a new pair by every way there is, the nearest first: the refresh token,
 * the one before it where that has a grace, the password. It is in t and
 * durable when this returns 0. -1 as login_token() says; texts begin with the
 * source's name.
 */
int renew_pair(struct renewal *r, struct err *e);

/* Puts t into the store. */
int renew_save(struct renewal *r, struct err *e);

/*
 * Puts a fresh answer into a login: what it replaces is kept as the old pair.
 * asked_at is the time before the request.
 */
void renew_take(struct token *t, const struct client *c,
                const struct answer *answer, int64_t asked_at);

#endif
