#ifndef PROVIDER_LOGINS_H
#define PROVIDER_LOGINS_H

struct oauth;

/* How each provider lets us in. */
extern const struct oauth oura_login;
extern const struct oauth whoop_login;
extern const struct oauth strava_login;
extern const struct oauth hevy_login;
extern const struct oauth withings_login;
extern const struct oauth eightsleep_login;
extern const struct oauth googlehealth_login;

#endif
