#ifndef SANDBOX_OAUTH_FAIL_H
#define SANDBOX_OAUTH_FAIL_H

#include <stdbool.h>

struct dialect;
struct failures;
struct fail_kind;
struct pair;
struct reply;

/*
 * How token requests fail on purpose. The first group answers instead of the
 * server, which has done nothing; the second spoils the answer of a request
 * that was granted.
 */
#define FAIL_NAMES                                                             \
    "unheard 429 429-100 429-long 503 500 html html-503 error empty 204 "      \
    "no-access\n"                                                              \
    "                      null-access empty-access number-access array "      \
    "refuse redirect 601\n"                                                    \
    "                      lost cut short no-expires no-refresh drip big"

struct failures *failures_open(void);
void failures_close(struct failures *f);
/* "NAME[:TIMES[:GRANT[:SKIP]]]": for TIMES (1; 0 = all) requests, of a grant
 * type, after SKIP of them. "none" takes away all of this dialect. */
int failures_add(struct failures *f, const struct dialect *d, const char *spec);
/* The one for this request, or NULL; counts it. */
const struct fail_kind *
failures_next(struct failures *f, const struct dialect *d, const char *grant);

/* Whether the kind answers by itself; then it has filled r. */
bool fail_instead(struct reply *r, const struct fail_kind *kind,
                  const char *elsewhere);
/* Whether the refresh token is to be refused although it is good. */
bool fail_refuses(const struct fail_kind *kind);
/* Whether the pair is not to be renewed but for its access token. */
bool fail_keeps_refresh(const struct fail_kind *kind);
/* Before and after the answer is written; kind may be NULL. */
void fail_pair(struct pair *p, const struct fail_kind *kind);
void fail_answer(struct reply *r, const struct fail_kind *kind);

#endif
