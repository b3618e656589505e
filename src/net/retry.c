#include "net/retry.h"

#include <string.h>

#include "base/num.h"
#include "base/tm.h"

/* Longest Retry-After told apart from longer ones: 31,700 years, so that
 * milliseconds and sums with the time of day stay in range. */
#define TOLD_MAX_S INT64_C(1000000000000)

static bool
is_passing(int status)
{
    return status == 0 || status == 408 || status == 429 ||
           (status >= 500 && status <= 599);
}

static int64_t
backoff_ms(int attempt, int jitter)
{
    const int64_t most = RETRY_WAIT_MAX_S * INT64_C(1000);
    int64_t wait = 1000;

    for (int i = 1; i < attempt && wait < most; i++)
        wait *= 2;
    if (wait > most)
        wait = most;
    return wait - wait / 2 * jitter / 1000;
}

/*
 * wait_ms is set even if the tries are used up: other requests to the same
 * server should leave it alone for as long.
 */
struct retry
retry_after(int status, int attempt, int64_t told_s, int jitter)
{
    struct retry r = { .give_up = attempt >= RETRY_TRIES };

    if (!is_passing(status))
        return (struct retry){ .give_up = true };
    if (told_s > TOLD_MAX_S)
        told_s = TOLD_MAX_S;
    r.wait_ms = backoff_ms(attempt, jitter);
    if (told_s * 1000 > r.wait_ms)
        r.wait_ms = told_s * 1000;
    return r;
}

int64_t
retry_parse(const char *text, int64_t now)
{
    size_t n = strlen(text);
    int64_t t;

    if (n > 0 && strspn(text, "0123456789") == n) {
        /* Too many digits is a long time, not an absent header. */
        if (num_i64(&t, text, n) < 0 || t > TOLD_MAX_S)
            return TOLD_MAX_S;
        return t;
    }
    if (tm_parse_http(&t, text) < 0)
        return -1;
    return t > now ? t - now : 0;
}
