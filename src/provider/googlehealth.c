#include "provider/googlehealth.h"

#include "provider/logins.h"
#include "spec/provider.h"

/* Its login is here, its categories are not yet. */
const struct provider googlehealth_provider = {
    .name = "googlehealth",
    .title = "Google Health",
    .docs = "https://developers.google.com/health",
    .base_url = "https://health.googleapis.com",
    .prefix = "",
    .auth = AUTH_BEARER,
    .login = &googlehealth_login,
    .token_key = "access_token",
    .token_env = "GOOGLEHEALTH_ACCESS_TOKEN",
    .token_help = "an access token of an application of yours, see "
                  "https://console.cloud.google.com/auth/clients",
    .parallel = 1,
    .note = "this version logs in and fetches nothing yet",
};
