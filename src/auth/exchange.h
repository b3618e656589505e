#ifndef AUTH_EXCHANGE_H
#define AUTH_EXCHANGE_H

#include "auth/answer.h"

struct client;
struct err;
struct grant_trip;
struct net_options;
struct token;

/*
 * Asks token servers, with waits and tries as the retry table says: what
 * passes (5xx, 429, no answer) is tried again, a refusal is not.
 */

struct exchange {
    const struct client *client;
    const struct net_options *net; /* wait_max_s and deadline_ms are kept */
    /* A login with an application of its own, for a config without; NULL. */
    const struct token *own;
};

/* Each fills a and returns what came of it, with *e unless it is a token. */

/*
 * Gives a code for a token: at the server that iss names, or at each in turn
 * until one takes it. token_url gets where it was.
 */
enum answer_kind exchange_code(struct answer *a, struct buf *token_url,
                               const struct exchange *x,
                               const struct grant_trip *trip, const char *code,
                               const char *iss, struct err *e);
/* At the server the token is from; NULL: the first. 429 is as below where
 * there is a password. */
enum answer_kind exchange_refresh(struct answer *a, const struct exchange *x,
                                  const char *token_url, const char *refresh,
                                  struct err *e);
/* Not tried again after 429: a->wait_s is what was told, or -1. */
enum answer_kind exchange_password(struct answer *a, const struct exchange *x,
                                   const char *name, const char *password,
                                   struct err *e);

/*
 * Gives a login back to the provider. Returns 1, 0 if the provider has no way
 * to, or -1 if it did not take it.
 */
int exchange_revoke(const struct exchange *x, const struct token *t,
                    struct err *e);

#endif
