#include "spec/oauth.h"

const char *
oauth_grant_word(enum oauth_grant grant)
{
    switch (grant) {
    case OAUTH_CODE:
        return "oauth";
    case OAUTH_PASSWORD:
        return "password";
    case OAUTH_KEY:
        return "key";
    }
    return "";
}
