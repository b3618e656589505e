#ifndef AUTH_REDACT_H
#define AUTH_REDACT_H

#include <stddef.h>

struct buf;

/*
 * Adds what a server said about a login, fit to be shown: plain words and
 * short numbers stay, whatever else could be (part of) a token becomes "...".
 * Ends after REDACT_MAX characters. Control characters are blanks.
 */
enum { REDACT_MAX = 200 };

void redact(struct buf *out, const char *p, size_t n);

/* Puts "..." in the place of a secret wherever it is in a text: one may look
 * like a plain word. NULL, or one too short to be one, is nowhere. */
void redact_secret(char *text, const char *secret);

#endif
