#ifndef AUTH_LOGIN_H
#define AUTH_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

struct client;
struct err;
struct net_options;
struct token_store;

/*
 * A login of the token store, kept alive: gives a token that is good now.
 * Renews it before it ends and when it is refused, under the lock of the
 * store, so that of several requests and several processes one renews and the
 * others use what it got. A new pair is durable before it is used.
 */
struct login;

/* Opens the login of a source; client and store are borrowed. Returns 1, 0 if
 * the store has none and none can be had without a person, or -1. */
int login_open(struct login **l, const struct client *client,
               struct token_store *store, struct err *e);
void login_close(struct login *l); /* wipes it; NULL does nothing */

/* What renewing may take; see exchange.h. Copied. */
void login_limit(struct login *l, const struct net_options *net);

/* A token as it is used. */
struct login_token {
    const char *text;    /* until the next call for this login */
    unsigned generation; /* which token of this login it is */
};

/*
 * A token that is good now; renews it if it is about to end. Where that fails
 * for a while, the token there is, as long as it lives, and one warning. -1:
 * ERR_AUTH if a person has to log in (with the command as hint; asked once,
 * then remembered), ERR_NET, ERR_RATE or ERR_LOCK if it may work later (not
 * asked again for a minute), ERR_FILE, ERR_IO, ERR_STOP. Texts begin with the
 * source's name.
 */
int login_token(struct login_token *out, struct login *l, struct err *e);

/* The provider refused the token of that generation: 0 if there is another one
 * to ask with, or -1 as above. */
int login_refused(struct login *l, unsigned generation, struct err *e);

/* The provider took the token of that generation: what it replaced is no
 * longer kept. */
void login_worked(struct login *l, unsigned generation);
/* The provider took a token of it since it was opened: if it refuses others,
 * that is about what was asked for. */
bool login_has_worked(const struct login *l);

/* Does a text hold the token? */
bool login_is_in(const struct login *l, const char *text);

/* Renews it now, also if it is good still. */
int login_renew(struct login *l, struct err *e);

#endif
