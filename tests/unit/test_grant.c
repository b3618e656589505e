/* What is sent for a login. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/client.h"
#include "auth/form.h"
#include "auth/grant.h"
#include "base/mem.h"
#include "net/transfer.h"
#include "provider/logins.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define BACK "http://localhost:8080/callback"
#define BACK_URL "http%3A%2F%2Flocalhost%3A8080%2Fcallback"

/* As it comes from a config that says nothing but what is given here. */
static struct client
client_of(const struct oauth *spec, const char *authorize_url,
          const char *scopes)
{
    struct client c = { .source = "x", .spec = spec, .auth = spec->client };
    const char *url = authorize_url ? authorize_url : spec->authorize_url;
    const char *words = scopes ? scopes : spec->scopes;

    c.authorize_url = url ? mem_strdup(url) : NULL;
    c.scopes = mem_strdup(words ? words : "");
    c.redirect_uri = mem_strdup(BACK);
    c.pkce = spec->pkce;
    return c;
}

static const struct {
    const char *name;
    const struct oauth *spec;
    const char *authorize_url, *scopes, *verifier;
    const char *url;
} urls[] = {
    { "blanks between scopes", &oura_login, "https://a.example/go",
      "daily spo2", NULL,
      "https://a.example/"
      "go?response_type=code&client_id=id&redirect_uri=" BACK_URL
      "&scope=daily%20spo2&state=s" },
    { "Oura's new server has a prefix", &oura_login,
      "https://moi.ouraring.com/oauth/v2/ext/oauth-authorize",
      "daily extapi:spo2", NULL,
      "https://moi.ouraring.com/oauth/v2/ext/oauth-authorize?response_type="
      "code&client_id=id&redirect_uri=" BACK_URL
      "&scope=extapi%3Adaily%20extapi%3Aspo2&state=s" },
    { "commas and one more", &strava_login, "https://a.example/go",
      "read read_all", NULL,
      "https://a.example/"
      "go?response_type=code&client_id=id&redirect_uri=" BACK_URL
      "&scope=read%2Cread_all&state=s&approval_prompt=auto" },
    { "Withings", &withings_login, "https://a.example/go", "user.info user.x",
      NULL,
      "https://a.example/"
      "go?response_type=code&client_id=id&redirect_uri=" BACK_URL
      "&scope=user.info%2Cuser.x&state=s" },
    { "the example of RFC 7636, appendix B", &googlehealth_login,
      "https://a.example/go", "a",
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
      "https://a.example/"
      "go?response_type=code&client_id=id&redirect_uri=" BACK_URL
      "&scope=a&state=s&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8U"
      "RWbuGJSstw-cM&code_challenge_method=S256&access_type=offline&prompt="
      "consent" },
    { "an address with a question", &whoop_login, "https://a.example/go?x=1",
      "", NULL,
      "https://a.example/"
      "go?x=1&response_type=code&client_id=id&redirect_uri=" BACK_URL
      "&state=s" },
};

static void
test_url(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        struct client c =
            client_of(urls[i].spec, urls[i].authorize_url, urls[i].scopes);
        const struct grant_trip trip = { "id", BACK, "s", urls[i].verifier };
        struct buf url = BUF_INIT;

        grant_url(&url, &c, &trip);
        if (strcmp(buf_str(&url), urls[i].url) != 0)
            fail_msg("%s: %s", urls[i].name, buf_str(&url));
        buf_free(&url);
        client_free(&c);
    }
}

enum what { CODE, REFRESH, PASSWORD, ODD };

static const struct {
    const char *name;
    const struct oauth *spec;
    enum oauth_client auth;
    enum what what;
    const char *verifier, *body, *basic;
} forms[] = {
    { "a code", &oura_login, OAUTH_CLIENT_BODY, CODE, NULL,
      "grant_type=authorization_code&client_id=id&client_secret=s%26t&code=c%2F"
      "d&redirect_uri=" BACK_URL,
      NULL },
    { "a code with a verifier", &googlehealth_login, OAUTH_CLIENT_BODY, CODE,
      "v",
      "grant_type=authorization_code&client_id=id&client_secret=s%26t&code=c%2F"
      "d&redirect_uri=" BACK_URL "&code_verifier=v",
      NULL },
    { "by HTTP Basic", &oura_login, OAUTH_CLIENT_BASIC, REFRESH, NULL,
      "grant_type=refresh_token&refresh_token=r", "s%26t" },
    { "WHOOP's refresh", &whoop_login, OAUTH_CLIENT_BODY, REFRESH, NULL,
      "grant_type=refresh_token&client_id=id&client_secret=s%26t&refresh_token="
      "r&scope=offline",
      NULL },
    { "Withings' refresh", &withings_login, OAUTH_CLIENT_BODY, REFRESH, NULL,
      "action=requesttoken&grant_type=refresh_token&client_id=id&client_secret="
      "s%26t&refresh_token=r",
      NULL },
    { "a password that looks like an escape", &eightsleep_login,
      OAUTH_CLIENT_BODY, ODD, NULL,
      "{\"grant_type\":\"password\",\"client_id\":\"id\",\"client_secret\":"
      "\"s&t\",\"username\":\"a@b\",\"password\":\"\\\\u0041\\\\\"}",
      NULL },
    { "a password in JSON", &eightsleep_login, OAUTH_CLIENT_BODY, PASSWORD,
      NULL,
      "{\"grant_type\":\"password\",\"client_id\":\"id\",\"client_secret\":"
      "\"s&t\",\"username\":\"a@b\",\"password\":\"p\\\"w\"}",
      NULL },
};

static void
make(struct form *f, const struct grant *g, enum what what,
     const struct grant_trip *trip)
{
    switch (what) {
    case CODE:
        grant_code(f, g, trip, "c/d");
        return;
    case REFRESH:
        grant_refresh(f, g, "r");
        return;
    case PASSWORD:
        grant_password(f, g, "a@b", "p\"w");
        return;
    case ODD:
        grant_password(f, g, "a@b", "\\u0041\\");
        return;
    }
}

static void
test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct client c = client_of(forms[i].spec, NULL, NULL);
        const struct grant g = { .client = &c,
                                 .client_id = "id",
                                 .client_secret = "s&t" };
        const struct grant_trip trip = { "id", BACK, "s", forms[i].verifier };
        struct http_request r = { .url = NULL };
        struct grant_basic basic = { .id = BUF_INIT };
        struct form f;

        c.auth = forms[i].auth;
        make(&f, &g, forms[i].what, &trip);
        grant_dress(&r, &basic, &f, &g);
        if (strcmp(r.body, forms[i].body) != 0 || r.body_n != strlen(r.body))
            fail_msg("%s: %s", forms[i].name, r.body);
        if ((forms[i].basic == NULL) != (r.basic_user == NULL) ||
            (r.basic_user && strcmp(r.basic_password, forms[i].basic) != 0))
            fail_msg("%s: Basic", forms[i].name);
        grant_undress(&basic);
        form_wipe(&f);
        client_free(&c);
    }
}

/* The vectors of the provider's sheet. */
#define SECRET "synthetic_client_secret"
#define NONCE "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"

static void
test_signatures(void **state)
{
    struct client c = client_of(&withings_login, NULL, NULL);
    struct server s = { .revoke = OAUTH_REVOKE_SIGNED };
    const struct grant g = { &c, &s, "synthetic_client_id", SECRET, NONCE };
    const struct grant_end end = { "A", "R", "363" };
    struct grant_basic basic = { .id = BUF_INIT };
    struct http_request r = { .url = NULL };
    struct buf url = BUF_INIT;
    struct form f;

    (void)state;
    c.auth = OAUTH_CLIENT_SIGNED;
    grant_nonce(&f, &g, 1700000000);
    assert_string_equal(f.body.p,
                        "action=getnonce&client_id=synthetic_client_id&"
                        "timestamp=1700000000&signature="
                        "765855aca7f972a2ba587cd710ba2f82e5b265f511677fe77e1551"
                        "7aee90200f");
    form_wipe(&f);
    grant_refresh(&f, &g, "r");
    assert_string_equal(f.body.p,
                        "action=requesttoken&grant_type=refresh_token&client_id"
                        "=synthetic_client_id&nonce=" NONCE
                        "&signature=e132fd818e287f9506161c07325c174cbfb90bf8fe1"
                        "c9b69c5b07d88bcd5eb97&refresh_token=r");
    form_wipe(&f);
    buf_adds(&s.revoke_url, "https://w.example/v2/oauth2");
    grant_revoke(&r, &url, &f, &basic, &g, &end);
    assert_string_equal(
        r.body, "action=revoke&client_id=synthetic_client_id&nonce=" NONCE
                "&signature=a15847064112f345dc06847dc3bdf113b8893"
                "16c8294e983547fe2b503c96ad3&userid=363");
    form_wipe(&f);
    buf_free(&url);
    server_free(&s);
    client_free(&c);
}

static const struct {
    const char *name;
    enum oauth_revoke how;
    const char *url, *method, *body, *bearer, *basic;
} ends[] = {
    { "RFC 7009", OAUTH_REVOKE_FORM, "https://a.example/r", NULL,
      "token=R&client_id=id&client_secret=s", NULL, NULL },
    { "with Basic", OAUTH_REVOKE_BASIC, "https://a.example/r", NULL, "token=R",
      NULL, "s" },
    { "by itself", OAUTH_REVOKE_TOKEN, "https://a.example/r", NULL, "token=R",
      NULL, NULL },
    { "in the address", OAUTH_REVOKE_QUERY,
      "https://a.example/r?access_token=A%2B", NULL, "", NULL, NULL },
    { "as for data", OAUTH_REVOKE_DELETE, "https://a.example/r", "DELETE", NULL,
      "A+", NULL },
};

static bool
is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void
test_revoke(void **state)
{
    struct client c = client_of(&oura_login, NULL, NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct server s = { .revoke = ends[i].how };
        const struct grant g = { &c, &s, "id", "s", NULL };
        const struct grant_end end = { "A+", "R", NULL };
        struct grant_basic basic = { .id = BUF_INIT };
        struct http_request r = { .url = NULL };
        struct form f = { .body = BUF_INIT };
        struct buf url = BUF_INIT;

        buf_adds(&s.revoke_url, "https://a.example/r");
        grant_revoke(&r, &url, &f, &basic, &g, &end);
        if (!is_same(r.url, ends[i].url) ||
            !is_same(r.method, ends[i].method) ||
            !is_same(r.body, ends[i].body) ||
            !is_same(r.bearer, ends[i].bearer) ||
            !is_same(r.basic_password, ends[i].basic))
            fail_msg("%s: %s %s", ends[i].name, r.url, r.body ? r.body : "-");
        grant_undress(&basic);
        form_wipe(&f);
        buf_free(&url);
        server_free(&s);
    }
    client_free(&c);
}

/* Which servers there are, and what moves along with their address. */
static const struct {
    const char *name;
    const struct oauth *spec;
    const char *token_urls, *revoke_url;
    size_t i;
    const char *token, *revoke, *issuer, *nonce; /* token NULL: there is none */
} servers[] = {
    { "Oura's new one first", &oura_login, "", NULL, 0,
      "https://moi.ouraring.com/oauth/v2/ext/oauth-token",
      "https://moi.ouraring.com/oauth/v2/ext/oauth-revoke",
      "https://moi.ouraring.com/", "" },
    { "then the old one", &oura_login, "", NULL, 1,
      "https://api.ouraring.com/oauth/token",
      "https://api.ouraring.com/oauth/revoke", "", "" },
    { "and that is all", &oura_login, "", NULL, 2, NULL, NULL, NULL, NULL },
    { "elsewhere, by the path", &oura_login, "http://[::1]:1/a/oauth/token",
      NULL, 0, "http://[::1]:1/a/oauth/token", "http://[::1]:1/a/oauth/revoke",
      "http://[::1]:1/", "" },
    { "elsewhere, by another path", &withings_login, "https://w.example/x",
      NULL, 0, "https://w.example/x", "https://w.example/v2/oauth2",
      "https://w.example/", "https://w.example/v2/signature" },
    { "one of two", &oura_login, "https://a.example/t https://b.example/t",
      NULL, 1, "https://b.example/t",
      "https://b.example/oauth/v2/ext/oauth-revoke", "https://b.example/", "" },
    { "revoked as configured", &strava_login, "", "https://r.example/x", 0,
      "https://www.strava.com/oauth/token", "https://r.example/x", "", "" },
    { "nowhere to revoke", &eightsleep_login, "", NULL, 0,
      "https://auth-api.8slp.net/v1/tokens", "", "", "" },
};

static void
test_servers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(servers); i++) {
        struct client c = client_of(servers[i].spec, NULL, NULL);
        struct server s = SERVER_INIT;
        bool is_there;

        list_split(&c.token_urls, servers[i].token_urls);
        if (servers[i].revoke_url)
            c.revoke_url = mem_strdup(servers[i].revoke_url);
        is_there = client_server(&s, &c, servers[i].i);
        if (is_there != (servers[i].token != NULL))
            fail_msg("%s: is it there?", servers[i].name);
        if (is_there && (!is_same(buf_str(&s.token_url), servers[i].token) ||
                         !is_same(buf_str(&s.revoke_url), servers[i].revoke) ||
                         !is_same(buf_str(&s.issuer), servers[i].issuer) ||
                         !is_same(buf_str(&s.nonce_url), servers[i].nonce)))
            fail_msg("%s: %s %s %s", servers[i].name, buf_str(&s.token_url),
                     buf_str(&s.revoke_url), buf_str(&s.issuer));
        server_free(&s);
        client_free(&c);
    }
}

/* A token is renewed where it is from. */
static void
test_server_at(void **state)
{
    struct client c = client_of(&oura_login, NULL, NULL);
    struct server s = SERVER_INIT;

    (void)state;
    client_server_at(&s, &c, "https://api.ouraring.com/oauth/token");
    assert_string_equal(buf_str(&s.token_url),
                        "https://api.ouraring.com/oauth/token");
    client_server_at(&s, &c, "https://gone.example/token");
    assert_string_equal(buf_str(&s.token_url),
                        "https://moi.ouraring.com/oauth/v2/ext/oauth-token");
    server_free(&s);
    client_free(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url),        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_signatures), cmocka_unit_test(test_revoke),
        cmocka_unit_test(test_servers),    cmocka_unit_test(test_server_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
