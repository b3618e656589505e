#include "oauth_dialect.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

static void
write_pair(struct buf *b, const struct pair *p, const char *type)
{
    buf_addf(b, "{\"token_type\":\"%s\",\"access_token\":\"%s\"", type,
             p->access);
    if (p->has_expiry)
        buf_addf(b, ",\"expires_in\":%" PRId64, p->expires_in);
    if (p->refresh)
        buf_addf(b, ",\"refresh_token\":\"%s\"", p->refresh);
    if (p->scope)
        buf_addf(b, ",\"scope\":\"%s\"", p->scope);
}

static void
write_plain(struct buf *b, const struct pair *p)
{
    write_pair(b, p, "bearer");
    buf_addc(b, '}');
}

/* A renewal says nothing about scopes. */
static void
write_oura(struct buf *b, const struct pair *p)
{
    struct pair quiet = *p;

    if (!p->is_first)
        quiet.scope = NULL;
    write_plain(b, &quiet);
}

static void
write_google(struct buf *b, const struct pair *p)
{
    write_pair(b, p, "Bearer");
    if (p->refresh && p->refresh_expires_in > 0)
        buf_addf(b, ",\"refresh_token_expires_in\":%" PRId64,
                 p->refresh_expires_in);
    buf_addc(b, '}');
}

static void
write_strava(struct buf *b, const struct pair *p)
{
    struct pair quiet = *p;

    quiet.scope = NULL;
    write_pair(b, &quiet, "Bearer");
    if (p->has_expiry)
        buf_addf(b, ",\"expires_at\":%" PRId64, p->expires_at);
    if (p->is_first)
        buf_adds(b, ",\"athlete\":{\"id\":9007199254740993,"
                    "\"username\":\"synthetic\",\"firstname\":\"Sam\"}");
    buf_addc(b, '}');
}

static void
write_withings(struct buf *b, const struct pair *p)
{
    buf_adds(b, "{\"status\":0,\"body\":");
    write_pair(b, p, "Bearer");
    buf_adds(b, ",\"userid\":\"363\"}}");
}

static void
write_eightsleep(struct buf *b, const struct pair *p)
{
    write_pair(b, p, "bearer");
    if (p->is_first)
        buf_adds(b, ",\"userId\":\"0123456789abcdef0123456789abcdef\"");
    buf_addc(b, '}');
}

static void
write_fitbit(struct buf *b, const struct pair *p)
{
    write_pair(b, p, "Bearer");
    buf_adds(b, ",\"user_id\":\"ABC123\"}");
}

#define STRAVA(resource, field)                                                \
    {                                                                          \
        400, "{\"message\":\"Bad "                                             \
             "Request\",\"errors\":[{\"resource\":\"" resource                 \
             "\",\"field\":\"" field "\",\"code\":\"invalid\"}]}"              \
    }
#define WITHINGS(status, text)                                                 \
    {                                                                          \
        200, "{\"status\":" status ",\"body\":{},\"error\":\"" text "\"}"      \
    }
#define EIGHT(status, code, text)                                              \
    {                                                                          \
        status, "{\"status\":" #status ",\"code\":\"" code                     \
                "\",\"error\":\"" text "\"}"                                   \
    }
#define FITBIT(status, type, text)                                             \
    {                                                                          \
        status, "{\"errors\":[{\"errorType\":\"" type "\",\"message\":\"" text \
                "\"}],\"success\":false}"                                      \
    }
#define GOOGLE "https://www.googleapis.com/auth/googlehealth."

const struct dialect dialects[DIALECTS] = {
    {
        .name = "oura",
        .client_auth = IN_BODY | IN_BASIC,
        .scopes = "personal email daily heartrate workout tag session spo2 "
                  "stress heart_health ring_configuration",
        .scope_by = ' ',
        .drops_scopes = true,
        .tells_scope = true,
        .access_life = 86400,
        .code_life = 600,
        .write = write_oura,
        .refusals = {
            [BAD_CLIENT] = { 400, "{\"error\":\"invalid_client\","
                             "\"error_description\":"
                             "\"Invalid client_id.\"}" },
            [STRANGE_REFRESH] = { 400, "{\"error\":\"invalid_request\"}" },
        },
    },
    {
        .name = "whoop",
        .client_auth = IN_BODY,
        .scopes = "offline read:cycles read:recovery read:sleep read:workout "
                  "read:profile read:body_measurement",
        .scope_by = ' ',
        .tells_scope = true,
        .offline = "offline",
        .state_min = 8,
        .access_life = 3600,
        .code_life = 600,
        .access_dies = true,
        .write = write_plain,
        .refusals = {
            [BAD_REFRESH] = { 401, "{\"error\":\"invalid_grant\","
                              "\"error_description\":\"The provided "
                              "authorization grant is invalid.\","
                              "\"error_hint\":\"token_inactive\","
                              "\"status_code\":401}" },
        },
    },
    {
        .name = "strava",
        .client_auth = IN_BODY,
        .scopes = "read read_all profile:read_all profile:write activity:read "
                  "activity:read_all activity:write",
        .scope_by = ',',
        .tells_scope = true,
        .no_redirect_uri = true,
        .access_life = 21600,
        .code_life = 600,
        .keep_above = 3600,
        .write = write_strava,
        .refusals = {
            [BAD_REQUEST] = STRAVA("Application", "grant_type"),
            [BAD_GRANT_TYPE] = STRAVA("Application", "grant_type"),
            [BAD_CLIENT] = STRAVA("Application", "client_id"),
            [BAD_CODE] = STRAVA("AuthorizationCode", "code"),
            [BAD_REFRESH] = STRAVA("RefreshToken", "refresh_token"),
            [BAD_REDIRECT] = STRAVA("Application", "redirect_uri"),
            [BAD_SCOPE] = STRAVA("Authorize", "scope"),
        },
    },
    {
        .name = "withings",
        .client_auth = IN_BODY | IN_NONCE,
        .scopes = "user.info user.metrics user.activity user.sleepevents",
        .scope_by = ',',
        .access_life = 10800,
        .code_life = 30,
        .grace = 8 * 3600,
        .grace_ends = true,
        .write = write_withings,
        .refusals = {
            [BAD_REQUEST] = WITHINGS("503", "Invalid Params: parameter"),
            [BAD_CLIENT] = WITHINGS("503", "Invalid Params: invalid client"),
            [BAD_CODE] = WITHINGS("503", "Invalid Params: invalid code"),
            [BAD_REFRESH] =
                WITHINGS("503", "Invalid Params: invalid refresh_token"),
            [BAD_GRANT_TYPE] =
                WITHINGS("503", "Invalid Params: invalid grant_type"),
            [BAD_REDIRECT] =
                WITHINGS("293", "The callback URL is either absent or "
                         "incorrect"),
            [BAD_SIGNATURE] =
                WITHINGS("342", "The signature (using OAuth) is invalid"),
            [BAD_TOKEN] = WITHINGS("247", "The userid provided is absent, or "
                                   "incorrect"),
            [TOO_OFTEN] = { 200, "{\"status\":601,\"body\":{\"wait_seconds\":"
                            "8},\"error\":\"Same arguments in less than 10 "
                            "seconds\"}" },
        },
    },
    {
        .name = "googlehealth",
        .client_auth = IN_BODY | IN_BASIC,
        .scopes = GOOGLE "activity_and_fitness.readonly " GOOGLE
                  "health_metrics_and_measurements.readonly " GOOGLE
                  "sleep.readonly " GOOGLE "nutrition.readonly " GOOGLE
                  "profile.readonly " GOOGLE "settings.readonly " GOOGLE
                  "ecg.readonly " GOOGLE "irn.readonly " GOOGLE
                  "location.readonly " GOOGLE "reproductive_health.readonly "
                  GOOGLE "logged_symptoms.readonly " GOOGLE
                  "mindfulness.readonly",
        .scope_by = ' ',
        .tells_scope = true,
        .access_life = 3599,
        .code_life = 600,
        .keeps_refresh = true,
        .before = { "4/0", "ya29.", "1//0" },
        .write = write_google,
        .refusals = {
            [BAD_CODE] = { 400, "{\"error\":\"invalid_grant\","
                           "\"error_description\":\"Bad Request\"}" },
            [BAD_REFRESH] = { 400, "{\"error\":\"invalid_grant\","
                              "\"error_description\":\"Token has been expired "
                              "or revoked.\"}" },
            [BAD_TOKEN] = { 400, "{\"error\":\"invalid_token\"}" },
        },
    },
    {
        .name = "eightsleep",
        .client_auth = IN_BODY,
        .access_life = 72000,
        .write = write_eightsleep,
        .refusals = {
            [BAD_REQUEST] = EIGHT(400, "BadRequest", "validation"),
            [BAD_CLIENT] = EIGHT(400, "BadRequest", "validation"),
            [BAD_GRANT_TYPE] = EIGHT(400, "BadRequest", "validation"),
            [BAD_CODE] = EIGHT(400, "BadRequest", "invalid_grant"),
            [BAD_REFRESH] = EIGHT(400, "BadRequest", "invalid_grant"),
            [TOO_OFTEN] =
                { 429, "{\"status\":429,\"code\":\"Too Many Requests\"}" },
        },
    },
    {
        .name = "fitbit",
        .client_auth = IN_BODY | IN_BASIC,
        .scopes = "activity heartrate sleep weight nutrition profile settings "
                  "oxygen_saturation respiratory_rate temperature "
                  "cardio_fitness electrocardiogram "
                  "irregular_rhythm_notifications location social",
        .scope_by = ' ',
        .access_life = 28800,
        .code_life = 600,
        .write = write_fitbit,
        .refusals = {
            [BAD_REQUEST] = FITBIT(400, "invalid_request", "Bad request"),
            [BAD_CLIENT] = FITBIT(401, "invalid_client", "Invalid client"),
            [BAD_CODE] = FITBIT(400, "invalid_grant",
                                "Authorization code invalid: %s"),
            [BAD_REFRESH] = FITBIT(400, "invalid_grant",
                                   "Refresh token invalid: %s. Visit https://"
                                   "dev.fitbit.com/docs/oauth2"),
            [BAD_GRANT_TYPE] =
                FITBIT(400, "unsupported_grant_type", "Grant type"),
            [BAD_TOKEN] = FITBIT(401, "invalid_token", "Token invalid: %s"),
        },
    },
};

#define RFC(status, error)                                                     \
    {                                                                          \
        status, "{\"error\":\"" error "\"}"                                    \
    }

static const struct refusal_text rfc[REFUSALS] = {
    [BAD_REQUEST] = RFC(400, "invalid_request"),
    [BAD_CLIENT] = RFC(401, "invalid_client"),
    [BAD_CODE] = RFC(400, "invalid_grant"),
    [BAD_REFRESH] = RFC(400, "invalid_grant"),
    [BAD_GRANT_TYPE] = RFC(400, "unsupported_grant_type"),
    [BAD_REDIRECT] = RFC(400, "redirect_uri_mismatch"),
    [BAD_SCOPE] = RFC(400, "invalid_scope"),
    [BAD_SIGNATURE] = RFC(401, "invalid_client"),
    [BAD_TOKEN] = RFC(401, "invalid_token"),
    [TOO_OFTEN] = RFC(429, "temporarily_unavailable"),
    [STRANGE_CLIENT] = RFC(401, "invalid_client"),
    [STRANGE_REFRESH] = RFC(400, "invalid_request"),
};

const struct dialect *
dialect_named(const char *name)
{
    for (size_t i = 0; i < DIALECTS; i++) {
        if (text_is(dialects[i].name, name))
            return &dialects[i];
    }
    return NULL;
}

int
dialect_refuse(struct buf *body, const struct dialect *d, enum refusal why,
               const char *secret)
{
    const struct refusal_text *text =
        d->refusals[why].body ? &d->refusals[why] : &rfc[why];
    const char *hole = strstr(text->body, "%s");

    if (!hole) {
        buf_adds(body, text->body);
        return text->status;
    }
    buf_add(body, text->body, (size_t)(hole - text->body));
    buf_adds(body, secret ? secret : "");
    buf_adds(body, hole + 2);
    return text->status;
}
