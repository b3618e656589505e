#ifndef SANDBOX_OAUTH_H
#define SANDBOX_OAUTH_H

struct asked;
struct provider;
struct world;

/*
 * The authorization servers of the providers. Each endpoint has its real path
 * behind "/auth/" and the name of its provider: /auth/strava/oauth/token.
 * GET /auth/control tells as JSON what was done: per provider the counts of
 * oauth_state.h. Knobs are set with "oauth.KNOB=VALUE" for all of them, or
 * "oauth.strava.KNOB=VALUE" for one; see oauth_knob.c.
 */
extern const struct provider oauth_provider;

/* What a data API thinks of an Authorization header. */
enum oauth_verdict {
    OAUTH_STRANGE, /* no token of this provider, or expired, or revoked */
    OAUTH_SCOPE,   /* good, but not for this */
    OAUTH_GOOD,
};

/*
 * The sandbox's own --token is good for all. scope NULL = any will do. The
 * use of a token counts: it may end the life of the refresh token before it,
 * and of itself (knob expire-after).
 */
enum oauth_verdict oauth_judge(const struct world *w, const struct asked *q,
                               const char *provider, const char *scope);

#endif
