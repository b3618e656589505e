#include "provider/eightsleep.h"

#include "provider/logins.h"
#include "spec/provider.h"

/* Its login is here, its categories are not yet. */
const struct provider eightsleep_provider = {
    .name = "eightsleep",
    .title = "Eight Sleep",
    .docs = "https://www.eightsleep.com",
    .base_url = "https://client-api.8slp.net",
    .prefix = "",
    .auth = AUTH_BEARER,
    .login = &eightsleep_login,
    .token_key = "access_token",
    .token_env = "EIGHTSLEEP_ACCESS_TOKEN",
    .token_help = "an access token of the vendor's app",
    .parallel = 1,
    .note = "this version logs in and fetches nothing yet",
};
