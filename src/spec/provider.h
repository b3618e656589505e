#ifndef SPEC_PROVIDER_H
#define SPEC_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>

struct category;
struct oauth;
struct quota;

/* How a request says who is asking. */
enum auth_kind {
    AUTH_BEARER, /* "Authorization: Bearer TOKEN" */
    AUTH_HEADER, /* "token_header: TOKEN" */
};

/* A refusal that has its own reason: a status, and words that all stand in the
 * body. */
struct refusal {
    int status;
    const char *words[3]; /* NULL at the end */
    bool is_for_category; /* a permission is missing for this category; else
                             nothing more is asked of the source */
    const char *text;
    const char *hint;
};

/* A provider is an API: where it is, how it lets us in, how fast it may be
 * asked, and its categories. Constant data, one file each in src/provider/. */
struct provider {
    const char *name;  /* "oura": section and folder of its only account */
    const char *title; /* "Oura Ring", for people */
    const char *docs;
    const char *base_url; /* scheme and host, no slash at the end */
    const char *prefix;   /* put before each category's path; see request.h */
    enum auth_kind auth;
    const char *token_header;  /* of AUTH_HEADER: "api-key" */
    const struct oauth *login; /* how wearchive auth gets it; see oauth.h */
    const char *token_key;     /* config key of the credential: access_token */
    const char *token_env;     /* environment variable as users know it */
    const char *token_help;    /* one line: where a person gets it */

    int parallel;   /* requests in flight at most */
    int rate_limit; /* requests allowed in rate_seconds; 0 = unknown */
    int rate_seconds;
    const struct quota *quota; /* told by headers; NULL: none are */
    size_t quota_n;
    int quota_kept; /* so many percent of the shortest windows are not spent on
                       categories with per_record */

    /* A 401 whose body has scope_word (any case) at scope_at is about a
     * permission for one category, not about the token. NULL: never. */
    const char *scope_at;
    const char *scope_word;
    bool scope_is_mute; /* a 401 may be about a permission without saying so:
                           only one that all categories get is about the token
                         */
    const struct refusal *refusals; /* the first that fits; NULL: none */
    size_t refusals_n;

    const char *note; /* known outages, deprecations; or NULL */
    const struct category *categories; /* NULL: nothing can be fetched from it
                                          yet, its note says so */
    size_t categories_n;
};

/* The category that it comes with, so that it is not asked for by itself; or
 * NULL. */
const char *category_parent(const struct category *c);

/* By name, or NULL. */
const struct category *provider_category(const struct provider *p,
                                         const char *name);

#endif
