#ifndef PROVIDER_STRAVA_H
#define PROVIDER_STRAVA_H

struct provider;

/* Strava API v3, as of November 2026. */
extern const struct provider strava_provider;

#endif
