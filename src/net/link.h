#ifndef NET_LINK_H
#define NET_LINK_H

#include <stdbool.h>

struct buf;
struct err;

/*
 * Whether a request may go to url: https, or plain http to a loopback address
 * (localhost, 127.0.0.0/8, [::1]); no user name in it. Read by curl's own
 * parser, so that the host checked is the host asked. Returns 0, or -1 with
 * ERR_DATA and a text that has no part of the URL but its scheme.
 */
int link_check(bool *is_plain, const char *url, struct err *e);

/* Adds the host of url, or "elsewhere" if it has none. */
void link_host(struct buf *out, const char *url);

#endif
