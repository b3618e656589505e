#ifndef NET_URL_H
#define NET_URL_H

#include <stddef.h>

struct buf;
struct err;

/* Adds the text percent-encoded (RFC 3986: all but unreserved characters). */
void url_escape(struct buf *out, const char *p, size_t n);

/* Adds "?key=value" or "&key=value" with the value percent-encoded. */
void url_param(struct buf *url, const char *key, const char *p, size_t n);

/*
 * Checks a base URL that a person configured: https, or http to a loopback
 * address (localhost, 127.0.0.0/8, [::1]) only; no user name, query or
 * fragment. Returns 0, or -1 with ERR_USAGE.
 */
int url_check(const char *url, struct err *e);

#endif
