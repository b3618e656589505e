#include "net/limit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "base/tm.h"
#include "net/transfer.h"
#include "sys/clock.h"

bool
limit_is_late(const struct net_options *o, int64_t at_ms)
{
    return o->deadline_ms > 0 && at_ms >= o->deadline_ms;
}

int
limit_start(const struct net_options *o, int64_t requests, int64_t now_ms,
            struct err *e)
{
    if (o->requests_max > 0 && requests >= o->requests_max)
        return err_set(e, ERR_RATE, "budget of %" PRId64 " request%s is spent",
                       o->requests_max, o->requests_max == 1 ? "" : "s");
    if (limit_is_late(o, now_ms))
        return err_set(e, ERR_RATE, "time is up");
    return 0;
}

static int64_t
until_deadline(const struct net_options *o, int64_t wait_ms, int64_t now_ms)
{
    if (o->deadline_ms > 0 && o->deadline_ms - now_ms <= wait_ms)
        return o->deadline_ms - now_ms - 1;
    return wait_ms;
}

int64_t
limit_wait_ms(const struct net_options *o, int64_t now_ms)
{
    return until_deadline(o, o->wait_max_s * 1000, now_ms);
}

int64_t
limit_quota_ms(const struct net_options *o, int64_t now_ms)
{
    return until_deadline(o, o->quota_wait_max_s * 1000, now_ms);
}

int64_t
limit_kept_ms(const struct net_options *o, int64_t now_ms)
{
    return o->deadline_ms > 0 ? limit_quota_ms(o, now_ms) : 0;
}

int
limit_refuse(const struct net_options *o, int64_t wait_ms, struct err *e)
{
    if (o->deadline_ms > 0 && wait_ms <= o->wait_max_s * 1000)
        return err_set(e, ERR_RATE, "time is up");
    (void)err_set(e, ERR_RATE, "not sent, for the rate limit");
    return limit_asked(e, wait_ms);
}

int
limit_because(struct err *e, const char *fmt, ...)
{
    struct err old = *e;
    char reason[300];
    va_list args;

    va_start(args, fmt);
    if (vsnprintf(reason, sizeof(reason), fmt, args) < 0)
        reason[0] = '\0';
    va_end(args);
    return err_set(e, old.kind, "%s%s", old.text, reason);
}

void
limit_when(char out[32], int64_t wait_ms)
{
    int64_t now = clock_now();
    int64_t then = now + (wait_ms + 999) / 1000 + 59;
    char text[21];

    tm_utc(text, then);
    text[10] = ' ';
    text[16] = '\0';
    (void)snprintf(out, 32, "%s UTC",
                   tm_floor_day(now) == tm_floor_day(then) ? text + 11 : text);
}

int
limit_asked(struct err *e, int64_t wait_ms)
{
    char when[32];

    limit_when(when, wait_ms);
    return limit_because(e, ": asked to wait %" PRId64 " s; run again after %s",
                         (wait_ms + 999) / 1000, when);
}
