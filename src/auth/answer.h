#ifndef AUTH_ANSWER_H
#define AUTH_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct err;
struct oauth;

/* What a token server says. Pure. */

enum answer_kind {
    ANSWER_TOKEN,   /* a token: all of struct answer is filled */
    ANSWER_DEAD,    /* the code, the refresh token or the password is no good:
                       a person has to log in */
    ANSWER_REFUSED, /* refused for another reason: the application, say */
    ANSWER_LATER,   /* too busy, or not there: the same may work later */
    ANSWER_BAD,     /* no answer that makes sense */
};

struct answer {
    struct buf access;
    struct buf refresh; /* empty: none came */
    struct buf scope;   /* granted, blanks between, without prefix; empty: not
                           told */
    struct buf user;    /* the person's number; may be empty */
    int64_t lifetime_s; /* of the access token */
    int64_t refresh_s;  /* of the refresh token; 0: not told */
    int64_t wait_s;     /* of ANSWER_LATER: what the body asks for; -1 */
};

#define ANSWER_INIT                                                            \
    {                                                                          \
        .wait_s = -1                                                           \
    }

struct answer_in {
    const struct oauth *spec;
    int status; /* of HTTP */
    const char *p;
    size_t n;
    int64_t now;
};

/*
 * Reads an answer. Only one that has a token that can be sent, and no error,
 * is ANSWER_TOKEN; of all others nothing is kept and *e says why: ERR_AUTH
 * for DEAD and REFUSED, ERR_RATE or ERR_NET for LATER, ERR_NET for BAD, which
 * says nothing about the login. Texts quote the error code, and plain words of
 * what the server says.
 */
enum answer_kind answer_read(struct answer *a, const struct answer_in *in,
                             struct err *e);
void answer_free(struct answer *a); /* wipes it */

/* Adds scopes as anybody writes them (blanks or commas between, prefix or
 * not) in our form: blanks between, no prefix, each once; a NUL behind it. */
void answer_scopes(struct buf *out, const struct oauth *spec, const char *text);

#endif
