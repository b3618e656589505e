#ifndef ENGINE_QUOTA_H
#define ENGINE_QUOTA_H

#include <stdint.h>

struct budget;
struct provider;

/*
 * A provider's quotas (struct quota in spec/quota.h) as windows of a budget.
 * Pure: now_ms is of clock_ms(), now of clock_now().
 */

/* The budget of a source: the pace that we keep ourselves, and the windows of
 * the quotas, about which nothing is known yet. */
void quota_start(struct budget *b, const struct provider *p, int64_t now_ms,
                 int64_t now);

enum { QUOTA_HEADERS = 8 };
/* The headers to listen to, NULL at the end. */
void quota_headers(const char *names[QUOTA_HEADERS + 1],
                   const struct provider *p);

/*
 * What an answer said in these headers, NULL where one was absent. Numbers
 * that are none are left out; what is not told stays as it was.
 */
void quota_told(struct budget *b, const struct provider *p,
                const char *const *value, int64_t now_ms);

#endif
