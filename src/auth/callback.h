#ifndef AUTH_CALLBACK_H
#define AUTH_CALLBACK_H

#include <stdbool.h>

#include "base/buf.h"

struct err;

/* What a provider sends back through the browser (RFC 6749, 4.1.2); what is
 * absent is empty. */
struct callback {
    struct buf code;
    struct buf state;
    struct buf scope; /* granted, as the provider writes it */
    struct buf iss;   /* who sent it (RFC 9207) */
    struct buf error; /* access_denied, say; then there is no code */
    struct buf error_description;
};

#define CALLBACK_INIT                                                          \
    {                                                                          \
        .code = BUF_INIT                                                       \
    }

/*
 * Reads it from the URL that the browser was sent to, from the part of it
 * behind the question mark, or takes what is neither as the bare code; blanks
 * and quotes around do not matter. Pure; *c is fresh and wiped with
 * callback_free() in every case. Returns 0, or -1 with ERR_USAGE: neither code
 * nor error, or both, a parameter given twice, a bad escape, a control
 * character where there can be none. No text holds what was given.
 */
int callback_parse(struct callback *c, const char *text, struct err *e);
/* Is it a bare code? */
bool callback_is_bare(const char *text);
void callback_free(struct callback *c);

#endif
