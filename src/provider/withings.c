#include "provider/withings.h"

#include "provider/logins.h"
#include "spec/provider.h"

/* Its login is here, its categories are not yet. */
const struct provider withings_provider = {
    .name = "withings",
    .title = "Withings",
    .docs = "https://developer.withings.com/api-reference/",
    .base_url = "https://wbsapi.withings.net",
    .prefix = "",
    .auth = AUTH_BEARER,
    .login = &withings_login,
    .token_key = "access_token",
    .token_env = "WITHINGS_ACCESS_TOKEN",
    .token_help = "an access token of an application of yours, see "
                  "https://developer.withings.com/dashboard/",
    .parallel = 1,
    .note = "this version logs in and fetches nothing yet",
};
