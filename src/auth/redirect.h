#ifndef AUTH_REDIRECT_H
#define AUTH_REDIRECT_H

#include <stddef.h>

struct buf;

/* The part of a redirect URI that a program on this machine can listen to:
 * http://HOST[:PORT][/PATH][?QUERY]. The pieces point into the URI. */
struct redirect {
    const char *uri;
    const char *host; /* without brackets */
    size_t host_n;
    const char *port_at; /* where ":PORT" is or would be */
    const char *rest;    /* from the path on */
    size_t path_n;       /* of it; 0 stands for "/" */
    int port;            /* 80 if it is not given */
};

/* Takes it apart; also what is behind the address of a public redirector
 * (https://example.org/http://localhost:8080/back). Whose the host is, is not
 * looked at. Returns 0, or -1 if there is no such part. */
int redirect_parse(struct redirect *r, const char *uri);

/* Adds the URI with another port; as it is, to the byte, with its own. */
void redirect_add(struct buf *out, const struct redirect *r, int port);

#endif
