#ifndef AUTH_SAID_H
#define AUTH_SAID_H

#include <stddef.h>

struct buf;

/*
 * Adds what a token server says in a JSON document that is no token, fit to be
 * shown: ": invalid_grant (Token was revoked)". Its code is `error`, or what
 * the first of `errors` is made of, as Strava and Fitbit write it; its words
 * are in one of several places. Nothing where it says nothing. Pure.
 */
void said_add(struct buf *out, const char *p, size_t n);

#endif
