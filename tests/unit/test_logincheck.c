/* How logins are described: what logincheck() lets through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "provider/logins.h"
#include "spec/category.h"
#include "spec/logincheck.h"
#include "spec/oauth.h"
#include "spec/provider.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const struct oauth good = {
    .grant = OAUTH_CODE,
    .setup = "https://example.com/apps",
    .authorize_url = "https://example.com/authorize",
    .server = { { .token_url = "https://example.com/token" } },
    .scopes = "a b",
    .separator = ' ',
    .redirect_uri = "http://localhost:8080/callback",
    .state_chars = 32,
    .lifetime_s = 3600,
    .margin_s = 60,
    .account = "person",
    .account_at = { "email" },
};

static const struct oauth_param no_value[] = { { "a", NULL }, { NULL, NULL } };
static const struct oauth_word no_word[] = {
    { "error", "", OAUTH_DEAD },
    { NULL, NULL, OAUTH_DEAD },
};

/* One member of the good login gets another value. */
static const struct broken {
    const char *what;
    size_t at;
    enum { POINTER, INT, CHAR } kind;
    const void *pointer;
    int number;
    const char *word; /* in the text of the error */
} rows[] = {
    { "no page for people", offsetof(struct oauth, setup), POINTER, NULL, 0,
      "setup" },
    { "no address for the browser", offsetof(struct oauth, authorize_url),
      POINTER, NULL, 0, "authorize_url" },
    { "one in clear", offsetof(struct oauth, authorize_url), POINTER,
      "http://example.com", 0, "authorize_url" },
    { "no token server", offsetof(struct oauth, server[0].token_url), POINTER,
      NULL, 0, "token_url" },
    { "a second one in clear", offsetof(struct oauth, server[1].token_url),
      POINTER, "http://example.com/token", 0, "token_url" },
    { "a place to revoke at, but no way",
      offsetof(struct oauth, server[0].revoke_url), POINTER,
      "https://example.com/revoke", 0, "revoke" },
    { "a way to revoke, but no place", offsetof(struct oauth, server[0].revoke),
      INT, NULL, OAUTH_REVOKE_FORM, "revoke" },
    { "an issuer in clear", offsetof(struct oauth, server[0].issuer), POINTER,
      "http://example.com/", 0, "issuer" },
    { "scopes with commas", offsetof(struct oauth, scopes), POINTER, "a,b", 0,
      "scopes" },
    { "no separator", offsetof(struct oauth, separator), CHAR, NULL, 0,
      "separator" },
    { "a prefix for nobody", offsetof(struct oauth, scope_prefix), POINTER,
      "x:", 0, "scope_prefix" },
    { "nowhere to come back to", offsetof(struct oauth, redirect_uri), POINTER,
      NULL, 0, "redirect_uri" },
    { "a short state", offsetof(struct oauth, state_chars), INT, NULL, 7,
      "state_chars" },
    { "a long state", offsetof(struct oauth, state_chars), INT, NULL, 129,
      "state_chars" },
    { "a token without life", offsetof(struct oauth, lifetime_s), INT, NULL, 0,
      "lifetime_s" },
    { "a margin of all its life", offsetof(struct oauth, margin_s), INT, NULL,
      3601, "margin_s" },
    { "a grace below zero", offsetof(struct oauth, grace_s), INT, NULL, -1,
      "below zero" },
    { "a signature without nonce", offsetof(struct oauth, client), INT, NULL,
      OAUTH_CLIENT_SIGNED, "nonce_url" },
    { "a parameter without value", offsetof(struct oauth, token_extra), POINTER,
      no_value, 0, "extra" },
    { "an empty word", offsetof(struct oauth, words), POINTER, no_word, 0,
      "words" },
    { "an account of no category", offsetof(struct oauth, account), POINTER,
      "nobody", 0, "nobody" },
    { "an account without a name", offsetof(struct oauth, account_at[0]),
      POINTER, NULL, 0, "account_at" },
};

static const struct category person = { .name = "person" };

static int
check(const struct oauth *login, const struct category *c, struct err *e)
{
    const struct provider p = { .login = login,
                                .categories = c,
                                .categories_n = 1 };

    return logincheck(&p, e);
}

static void
test_good(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(check(&good, &person, &e), 0);
    assert_int_equal(check(NULL, &person, &e), 0);
}

static void
test_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct oauth login = good;
        struct err e = ERR_INIT;
        char *at = (char *)&login + rows[i].at;

        if (rows[i].kind == POINTER)
            memcpy(at, &rows[i].pointer, sizeof(rows[i].pointer));
        else if (rows[i].kind == INT)
            memcpy(at, &rows[i].number, sizeof(rows[i].number));
        else
            *at = (char)rows[i].number;
        if (check(&login, &person, &e) == 0)
            fail_msg("%s: accepted", rows[i].what);
        if (!strstr(e.text, rows[i].word))
            fail_msg("%s: no \"%s\" in \"%s\"", rows[i].what, rows[i].word,
                     e.text);
    }
}

static void
test_ours(void **state)
{
    const struct oauth *const all[] = {
        &oura_login,     &whoop_login,      &strava_login,       &hevy_login,
        &withings_login, &eightsleep_login, &googlehealth_login,
    };

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        const struct category c = { .name = all[i]->account };
        struct err e = ERR_INIT;

        if (check(all[i], &c, &e) < 0)
            fail_msg("%zu: %s", i, e.text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
