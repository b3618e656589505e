#ifndef CMD_AUTHTRIP_H
#define CMD_AUTHTRIP_H

#include "auth/callback.h"
#include "auth/grant.h"
#include "auth/tokens.h"
#include "base/buf.h"

struct auth;
struct err;

/* A trip of a person through the browser. */
struct trip {
    struct pending p;
    struct buf client_id;
    struct buf url;
    struct callback back;
};

#define TRIP_INIT                                                              \
    {                                                                          \
        .url = BUF_INIT                                                        \
    }

/*
 * Sends a person there and waits for the answer, as the options say: with a
 * browser and a listener, by pasting, or by what --callback-url brings. 0: back
 * has a code, which belongs to this trip. trip_free() it in every case.
 */
int trip_make(struct trip *t, struct auth *a, struct err *e);
/* The first of two steps: prints the address, and notes what must come
 * back. */
int trip_print_url(const struct auth *a, struct err *e);
/* What a request for a token has to know of it; good as long as it is. */
struct grant_trip trip_grant(struct trip *t);
void trip_free(struct trip *t); /* wipes it */

#endif
