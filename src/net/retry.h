#ifndef NET_RETRY_H
#define NET_RETRY_H

#include <stdbool.h>
#include <stdint.h>

enum { RETRY_TRIES = 5, RETRY_WAIT_MAX_S = 60 };

struct retry {
    bool give_up;
    int64_t wait_ms; /* before the next try */
};

/*
 * Whether and when to try a request again. Pure.
 * status   HTTP status; 0 if there was no whole answer
 * attempt  1 for the first try
 * told_s   Retry-After in seconds (RFC 9110, 10.2.3), -1 if absent
 * jitter   0..999, part of a thousand
 * Network trouble, 408, 429 and 5xx are tried up to RETRY_TRIES times with
 * waits of 1, 2, 4, 8 s, each less up to a half by jitter; the server's own
 * word is honoured in full and never shortened. Everything else gives up.
 */
struct retry retry_after(int status, int attempt, int64_t told_s, int jitter);

/* Retry-After as sent: seconds or an HTTP date; -1 if it is neither. */
int64_t retry_parse(const char *text, int64_t now);

#endif
