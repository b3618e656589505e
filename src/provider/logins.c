#include "provider/logins.h"

#include <stddef.h>

#include "base/tm.h"
#include "spec/oauth.h"

enum { MINUTE = 60 };

#define LOOPBACK "http://localhost:8080/callback"

/* Applications of the new portal are refused by the old server, and a refused
 * exchange may burn the code: the new one first, which knows them all. */
const struct oauth oura_login = {
    .grant = OAUTH_CODE,
    .setup = "https://cloud.ouraring.com/oauth/applications",
    .authorize_url = "https://cloud.ouraring.com/oauth/authorize",
    .server = {
        { .token_url = "https://moi.ouraring.com/oauth/v2/ext/oauth-token",
          .revoke_url = "https://moi.ouraring.com/oauth/v2/ext/oauth-revoke",
          .revoke = OAUTH_REVOKE_FORM,
          .issuer = "https://moi.ouraring.com/" },
        { .token_url = "https://api.ouraring.com/oauth/token",
          .revoke_url = "https://api.ouraring.com/oauth/revoke",
          .revoke = OAUTH_REVOKE_QUERY },
    },
    .scopes = "personal daily heartrate workout tag session spo2 stress "
              "heart_health ring_configuration email",
    .separator = ' ',
    .scope_prefix = "extapi:",
    .scope_prefix_at = "https://moi.ouraring.com/",
    .redirect_uri = LOOPBACK,
    .state_chars = 32,
    .lifetime_s = DAY,
    .margin_s = 5 * MINUTE,
    .is_single_use = true,
    .retired = "Oura has retired personal access tokens",
    .account = "personal_info",
    .account_at = { "email" },
};

static const struct oauth_param whoop_refresh[] = {
    { "scope", "offline" },
    { NULL, NULL },
};

static const struct oauth_word whoop_words[] = {
    { "error", "invalid_request", OAUTH_DEAD },
    { NULL, NULL, OAUTH_DEAD },
};

/* The scope "offline" is what brings a refresh token. */
const struct oauth whoop_login = {
    .grant = OAUTH_CODE,
    .setup = "https://developer-dashboard.whoop.com",
    .authorize_url = "https://api.prod.whoop.com/oauth/oauth2/auth",
    .server = { {
        .token_url = "https://api.prod.whoop.com/oauth/oauth2/token",
        .revoke_url = "/v2/user/access",
        .revoke = OAUTH_REVOKE_DELETE,
    } },
    .scopes = "offline read:cycles read:recovery read:sleep read:workout "
              "read:profile read:body_measurement",
    .separator = ' ',
    .redirect_uri = LOOPBACK,
    .refresh_extra = whoop_refresh,
    .state_chars = 32,
    .words = whoop_words,
    .lifetime_s = HOUR,
    .margin_s = MINUTE,
    .is_single_use = true,
    .account = "profile_basic",
    .account_at = { "first_name", "last_name", "email" },
};

static const struct oauth_param strava_authorize[] = {
    { "approval_prompt", "auto" },
    { NULL, NULL },
};

static const struct oauth_word strava_words[] = {
    { "errors", "RefreshToken", OAUTH_DEAD },
    { "errors", "AuthorizationCode", OAUTH_DEAD },
    { "errors", "RequestToken", OAUTH_DEAD },
    { NULL, NULL, OAUTH_DEAD },
};

/* More than an hour before its end a refresh gives the same token again. */
const struct oauth strava_login = {
    .grant = OAUTH_CODE,
    .setup = "https://www.strava.com/settings/api",
    .authorize_url = "https://www.strava.com/oauth/authorize",
    .server = { {
        .token_url = "https://www.strava.com/oauth/token",
        .revoke_url = "https://www.strava.com/oauth/revoke",
        .revoke = OAUTH_REVOKE_BASIC,
    } },
    .scopes = "read read_all profile:read_all activity:read_all",
    .separator = ',',
    .redirect_uri = LOOPBACK,
    .authorize_extra = strava_authorize,
    .state_chars = 32,
    .code_retry_s = 30,
    .words = strava_words,
    .lifetime_s = 6 * HOUR,
    .margin_s = HOUR,
    .is_single_use = true,
    .account = "athlete",
    .account_at = { "firstname", "lastname", "id" },
};

const struct oauth hevy_login = {
    .grant = OAUTH_KEY,
    .setup = "https://hevy.com/settings?developer",
    .account = "user_info",
    .account_at = { "data.name" },
};

static const struct oauth_param withings_token[] = {
    { "action", "requesttoken" },
    { NULL, NULL },
};

/* Of the provider's list of statuses: a bad code or refresh token is 503, too
 * fast is 601, and what went wrong on their side passes. */
static const struct oauth_word withings_words[] = {
    { "status", "503", OAUTH_DEAD },
    { "status", "522 524 601 602", OAUTH_LATER },
    { "status",
      "215 219 222 224 226 231-233 237 253 255-259 268-270 273 274 278-282 "
      "289 291 292 296 298 305-320 322 370-375 383 391 402 516-521 525-531 "
      "533 700 1051-1054 2551 2552 2556-2559 3000-3016 3020-3024 5000-5006 "
      "6000 6010 6011 9000 10000",
      OAUTH_LATER },
    { NULL, NULL, OAUTH_DEAD },
};

const struct oauth withings_login = {
    .grant = OAUTH_CODE,
    .setup = "https://developer.withings.com/dashboard/",
    .authorize_url = "https://account.withings.com/oauth2_user/authorize2",
    .server = { {
        .token_url = "https://wbsapi.withings.net/v2/oauth2",
        .revoke_url = "https://wbsapi.withings.net/v2/oauth2",
        .revoke = OAUTH_REVOKE_SIGNED,
    } },
    .scopes = "user.info user.metrics user.activity",
    .separator = ',',
    .redirect_uri = LOOPBACK,
    .token_extra = withings_token,
    .state_chars = 32,
    .answer_at = "body",
    .status_at = "status",
    .wait_at = "body.wait_seconds",
    .nonce_url = "https://wbsapi.withings.net/v2/signature",
    .words = withings_words,
    .lifetime_s = 3 * HOUR,
    .margin_s = 5 * MINUTE,
    .grace_s = 8 * HOUR,
    .refresh_s = 365 * DAY,
    .is_single_use = true,
    .user_at = "userid",
};

/* The application is that of the vendor's own app, as every client has it.
 * Too many logins are answered with 429 for hours: the token is kept. */
const struct oauth eightsleep_login = {
    .grant = OAUTH_PASSWORD,
    .setup = "https://www.eightsleep.com",
    .server = { {
        .token_url = "https://auth-api.8slp.net/v1/tokens",
    } },
    .client_id = "0894c7f33bb94800a03f1f4df13a4f38",
    .client_secret = "f0954a3ed5763ba3d06834c73731a32f15f168f47d4f164751275def8"
                     "6db0c76",
    .is_json = true,
    .lifetime_s = HOUR,
    .margin_s = 5 * MINUTE,
    .is_single_use = true,
    .user_at = "userId",
};

#define GOOGLE "https://www.googleapis.com/auth/googlehealth."

static const struct oauth_param google_authorize[] = {
    { "access_type", "offline" },
    { "prompt", "consent" }, /* or a second consent has no refresh token */
    { NULL, NULL },
};

const struct oauth googlehealth_login = {
    .grant = OAUTH_CODE,
    .setup = "https://console.cloud.google.com/auth/clients",
    .authorize_url = "https://accounts.google.com/o/oauth2/v2/auth",
    .server = { {
        .token_url = "https://oauth2.googleapis.com/token",
        .revoke_url = "https://oauth2.googleapis.com/revoke",
        .revoke = OAUTH_REVOKE_TOKEN,
    } },
    .scopes = GOOGLE "activity_and_fitness.readonly"
                     " " GOOGLE "health_metrics_and_measurements.readonly"
                     " " GOOGLE "sleep.readonly"
                     " " GOOGLE "nutrition.readonly"
                     " " GOOGLE "profile.readonly"
                     " " GOOGLE "settings.readonly"
                     " " GOOGLE "ecg.readonly"
                     " " GOOGLE "irn.readonly",
    .separator = ' ',
    .redirect_uri = "http://127.0.0.1:8080/callback",
    .authorize_extra = google_authorize,
    .pkce = true,
    .state_chars = 32,
    .lifetime_s = HOUR,
    .margin_s = MINUTE,
};
