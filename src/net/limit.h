#ifndef NET_LIMIT_H
#define NET_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct net_options;

/* What a run may still do. Times in milliseconds of clock_ms(). */

/* Whether something that ends at at_ms ends too late. */
bool limit_is_late(const struct net_options *o, int64_t at_ms);

/* 0 if a request may start after so many others, or -1 with ERR_RATE. */
int limit_start(const struct net_options *o, int64_t requests, int64_t now_ms,
                struct err *e);

/* The longest that a request may wait: told by the server, or for a pace of
 * ours; and for a quota of the server to be given back. */
int64_t limit_wait_ms(const struct net_options *o, int64_t now_ms);
int64_t limit_quota_ms(const struct net_options *o, int64_t now_ms);
/* The same where a share of the quota is kept for others: what can wait for
 * another run does so, unless there is a deadline to wait up to. */
int64_t limit_kept_ms(const struct net_options *o, int64_t now_ms);

/* Why a request that would wait for wait_ms will not. -1 with ERR_RATE. */
int limit_refuse(const struct net_options *o, int64_t wait_ms, struct err *e);

/* Puts a reason behind the text of e; keeps its kind. Both return -1. */
int limit_because(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* ": asked to wait 3600 s; run again after 13:05 UTC" */
int limit_asked(struct err *e, int64_t wait_ms);
/* When a wait that begins now is over, never too early: "13:05 UTC", with the
 * day if it is another one. */
void limit_when(char out[32], int64_t wait_ms);

#endif
