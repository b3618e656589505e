/* What token servers say, and what is made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/answer.h"
#include "auth/redact.h"
#include "base/err.h"
#include "provider/logins.h"
#include "spec/oauth.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define NOW 1700000000

static const struct row {
    const char *name;
    const struct oauth *spec;
    int status;
    const char *body;
    enum answer_kind kind;
    enum err_kind error;
    const char *text; /* in the text of the error */
} rows[] = {
    { "a pair", &oura_login, 200,
      "{\"access_token\":\"A\",\"refresh_token\":\"R\",\"expires_in\":60}",
      ANSWER_TOKEN, ERR_NONE, "" },
    { "a spent token", &oura_login, 400, "{\"error\":\"invalid_grant\"}",
      ANSWER_DEAD, ERR_AUTH, "HTTP 400: invalid_grant" },
    { "an error in a success", &oura_login, 200,
      "{\"error\":\"invalid_grant\",\"access_token\":\"A\"}", ANSWER_DEAD,
      ERR_AUTH, "invalid_grant" },
    { "an error of many parts in a success", &oura_login, 200,
      "{\"error\":{\"message\":\"no\"},\"access_token\":\"A\"}", ANSWER_REFUSED,
      ERR_AUTH, "HTTP 200 (no)" },
    { "the application", &oura_login, 401,
      "{\"error\":\"invalid_client\",\"error_description\":\"Invalid "
      "client_id.\"}",
      ANSWER_REFUSED, ERR_AUTH,
      "HTTP 401: invalid_client (Invalid client_id.)" },
    { "no token in it", &oura_login, 200, "{\"expires_in\":60}", ANSWER_BAD,
      ERR_NET, "no token in the answer" },
    { "an empty one", &oura_login, 200, "{\"access_token\":\"\"}", ANSWER_BAD,
      ERR_NET, "no token in the answer" },
    { "a number", &oura_login, 200, "{\"access_token\":1}", ANSWER_BAD, ERR_NET,
      "no token in the answer" },
    { "one with a line end", &oura_login, 200,
      "{\"access_token\":\"A\\r\\nX: y\"}", ANSWER_BAD, ERR_NET,
      "no token in the answer" },
    { "one refresh token that breaks a line", &oura_login, 200,
      "{\"access_token\":\"A\",\"refresh_token\":\"a b\"}", ANSWER_BAD, ERR_NET,
      "no token in the answer" },
    { "a list", &oura_login, 200, "[\"access_token\"]", ANSWER_BAD, ERR_NET,
      "no token in the answer" },
    { "a web page", &oura_login, 200, "<html>CANARY</html>", ANSWER_BAD,
      ERR_NET, "HTTP 200 with a web page instead of a token" },
    { "half an answer", &oura_login, 200, "{\"access_token\":\"A", ANSWER_LATER,
      ERR_NET, "cut off" },
    { "a web page that says no", &oura_login, 403, "<html>", ANSWER_BAD,
      ERR_NET, "web page" },
    { "no words", &oura_login, 401, "", ANSWER_REFUSED, ERR_AUTH, "HTTP 401" },
    { "busy", &oura_login, 503, "{\"error\":\"x\"}", ANSWER_LATER, ERR_NET,
      "HTTP 503" },
    { "busy with a web page", &oura_login, 502, "<html>", ANSWER_LATER, ERR_NET,
      "HTTP 502" },
    { "too fast", &oura_login, 429, "", ANSWER_LATER, ERR_RATE, "HTTP 429" },
    { "WHOOP's other word", &whoop_login, 400,
      "{\"error\":\"invalid_request\"}", ANSWER_DEAD, ERR_AUTH,
      "invalid_request" },
    { "which is not everybody's", &oura_login, 400,
      "{\"error\":\"invalid_request\"}", ANSWER_REFUSED, ERR_AUTH,
      "invalid_request" },
    { "Strava's word", &strava_login, 400,
      "{\"message\":\"Bad Request\",\"errors\":[{\"resource\":\"RefreshToken\","
      "\"field\":\"refresh_token\",\"code\":\"invalid\"}]}",
      ANSWER_DEAD, ERR_AUTH,
      "HTTP 400: RefreshToken refresh_token invalid (Bad Request)" },
    { "Strava about the application", &strava_login, 400,
      "{\"message\":\"Bad Request\",\"errors\":[{\"resource\":\"Application\","
      "\"field\":\"client_id\",\"code\":\"invalid\"}]}",
      ANSWER_REFUSED, ERR_AUTH,
      "HTTP 400: Application client_id invalid (Bad Request)" },
    { "Strava about its quota", &strava_login, 429,
      "{\"message\":\"Rate Limit Exceeded\",\"errors\":\"too many "
      "requests\"}",
      ANSWER_LATER, ERR_RATE,
      "HTTP 429: too many requests (Rate Limit Exceeded)" },
    { "no errors in it", &strava_login, 500,
      "{\"message\":\"error\",\"errors\":[]}", ANSWER_LATER, ERR_NET,
      "HTTP 500 (error)" },
    { "Withings", &withings_login, 200,
      "{\"status\":0,\"body\":{\"userid\":363,\"access_token\":\"A\","
      "\"refresh_token\":\"R\",\"expires_in\":10800,\"scope\":\"a,b\"}}",
      ANSWER_TOKEN, ERR_NONE, "" },
    { "Withings, nothing in it", &withings_login, 200,
      "{\"status\":0,\"body\":{}}", ANSWER_BAD, ERR_NET, "no token" },
    { "Withings' dead one", &withings_login, 200,
      "{\"status\":503,\"body\":{},\"error\":\"Invalid Params: invalid "
      "refresh_token\"}",
      ANSWER_DEAD, ERR_AUTH,
      "HTTP 200 status 503: Invalid Params: invalid refresh_token" },
    { "Withings in a hurry", &withings_login, 200,
      "{\"status\":601,\"body\":{\"wait_seconds\":188},\"error\":\"Same\"}",
      ANSWER_LATER, ERR_RATE, "status 601" },
    { "Withings, trouble of theirs", &withings_login, 200,
      "{\"status\":3004,\"body\":{},\"error\":\"x\"}", ANSWER_LATER, ERR_RATE,
      "status 3004" },
    { "the last of a span", &withings_login, 200,
      "{\"status\":\"5006\",\"body\":{}}", ANSWER_LATER, ERR_RATE,
      "status 5006" },
    { "one behind it", &withings_login, 200, "{\"status\":5007,\"body\":{}}",
      ANSWER_REFUSED, ERR_AUTH, "status 5007" },
    { "half a number is none", &withings_login, 200,
      "{\"status\":50,\"body\":{}}", ANSWER_REFUSED, ERR_AUTH, "status 50" },
    { "busy in OAuth's words", &oura_login, 400,
      "{\"error\":\"temporarily_unavailable\"}", ANSWER_LATER, ERR_NET,
      "temporarily_unavailable" },
    { "the same in a success", &oura_login, 200,
      "{\"error\":\"server_error\",\"access_token\":\"A\"}", ANSWER_LATER,
      ERR_RATE, "server_error" },
    { "Withings, something else", &withings_login, 200,
      "{\"status\":293,\"body\":{},\"error\":\"no callback\"}", ANSWER_REFUSED,
      ERR_AUTH, "status 293" },
    { "Withings without a status", &withings_login, 200,
      "{\"body\":{\"access_token\":\"A\"}}", ANSWER_REFUSED, ERR_AUTH,
      "HTTP 200" },
    { "errors as a list of Fitbit's kind", &oura_login, 400,
      "{\"errors\":[{\"errorType\":\"invalid_grant\",\"message\":\"Refresh "
      "token invalid: CANARY-1\"}]}",
      ANSWER_DEAD, ERR_AUTH,
      "HTTP 400: invalid_grant (Refresh token invalid: ...)" },
    { "Fitbit's server in trouble", &oura_login, 503,
      "{\"errors\":[{\"errorType\":\"system\",\"message\":\"n/a\"}]}",
      ANSWER_LATER, ERR_NET, "HTTP 503: system (...)" },
    { "an error as Google's data have it", &googlehealth_login, 403,
      "{\"error\":{\"code\":403,\"message\":\"API is "
      "off\",\"status\":\"denied\"}}",
      ANSWER_REFUSED, ERR_AUTH, "HTTP 403: denied (API is off)" },
    { "a description that quotes the token", &oura_login, 400,
      "{\"error\":\"invalid_grant\",\"error_description\":\"the token "
      "CANARY-token-1 is spent\"}",
      ANSWER_DEAD, ERR_AUTH, "invalid_grant (the token ... is spent)" },
    { "a code that is a token", &oura_login, 400,
      "{\"error\":\"CANARY-token-1\"}", ANSWER_REFUSED, ERR_AUTH,
      "HTTP 400: ..." },
};

static enum answer_kind
read_row(struct answer *a, const struct row *row, struct err *e)
{
    const struct answer_in in = {
        .spec = row->spec,
        .status = row->status,
        .p = row->body,
        .n = strlen(row->body),
        .now = NOW,
    };

    return answer_read(a, &in, e);
}

static void
test_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err e = ERR_INIT;
        struct answer a;
        enum answer_kind kind = read_row(&a, &rows[i], &e);

        if (kind != rows[i].kind || e.kind != rows[i].error ||
            !strstr(e.text, rows[i].text) || strstr(e.text, "CANARY"))
            fail_msg("%s: kind %d, error %d %s", rows[i].name, kind, e.kind,
                     e.text);
        if (kind != ANSWER_TOKEN && (a.access.n || a.refresh.n))
            fail_msg("%s: a token is kept", rows[i].name);
        answer_free(&a);
    }
}

/* What of an answer goes where. */
static const struct {
    const char *name;
    const struct oauth *spec;
    const char *body;
    const char *access, *refresh, *scope, *user;
    int64_t lifetime_s, refresh_s;
} parts[] = {
    { "all", &oura_login,
      "{\"access_token\":\"A\",\"refresh_token\":\"R\",\"expires_in\":60,"
      "\"scope\":\"extapi:daily extapi:spo2 daily\"}",
      "A", "R", "daily spo2", "", 60, 0 },
    { "scopes as a list", &oura_login,
      "{\"access_token\":\"A\",\"scope\":[\"extapi:daily\",\"spo2\"]}", "A", "",
      "daily spo2", "", 86400, 0 },
    { "and as a list of nothing", &oura_login,
      "{\"access_token\":\"A\",\"scope\":[]}", "A", "", "", "", 86400, 0 },
    { "only a token", &oura_login, "{\"access_token\":\"A\"}", "A", "", "", "",
      86400, 0 },
    { "a life in quotes", &oura_login,
      "{\"access_token\":\"A\",\"expires_in\":\"3600\"}", "A", "", "", "", 3600,
      0 },
    { "a life with a fraction", &oura_login,
      "{\"access_token\":\"A\",\"expires_in\":3600.0}", "A", "", "", "", 3600,
      0 },
    { "no life at all", &oura_login,
      "{\"access_token\":\"A\",\"expires_in\":0}", "A", "", "", "", 86400, 0 },
    { "a life of ages", &oura_login,
      "{\"access_token\":\"A\",\"expires_in\":9223372036854775807}", "A", "",
      "", "", INT64_C(100) * 366 * 86400, 0 },
    { "more digits than a number has", &oura_login,
      "{\"access_token\":\"A\",\"expires_in\":99999999999999999999}", "A", "",
      "", "", 86400, 0 },
    { "only an end", &strava_login,
      "{\"access_token\":\"A\",\"expires_at\":1700000500}", "A", "", "", "",
      500, 0 },
    { "the sooner of both", &strava_login,
      "{\"access_token\":\"A\",\"expires_in\":25631,"
      "\"expires_at\":1700021600}",
      "A", "", "", "", 21600, 0 },
    { "whichever it is", &strava_login,
      "{\"access_token\":\"A\",\"expires_in\":14282,"
      "\"expires_at\":1700021600}",
      "A", "", "", "", 14282, 0 },
    { "an end that is over", &strava_login,
      "{\"access_token\":\"A\",\"expires_at\":1600000000}", "A", "", "", "",
      6 * 3600, 0 },
    { "Withings' number as a text", &withings_login,
      "{\"status\":0,\"body\":{\"userid\":\"363\",\"access_token\":\"A\","
      "\"scope\":\"user.info,user.metrics\"}}",
      "A", "", "user.info user.metrics", "363", 10800, 0 },
    { "and as a number", &withings_login,
      "{\"status\":0,\"body\":{\"userid\":363,\"access_token\":\"A\"}}", "A",
      "", "", "363", 10800, 0 },
    { "Google in testing", &googlehealth_login,
      "{\"access_token\":\"A\",\"refresh_token\":\"1//x\",\"expires_in\":3599,"
      "\"refresh_token_expires_in\":604799}",
      "A", "1//x", "", "", 3599, 604799 },
};

static void
test_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(parts); i++) {
        const struct row row = { .spec = parts[i].spec,
                                 .status = 200,
                                 .body = parts[i].body };
        struct err e = ERR_INIT;
        struct answer a;

        if (read_row(&a, &row, &e) != ANSWER_TOKEN)
            fail_msg("%s: %s", parts[i].name, e.text);
        assert_string_equal(buf_str(&a.access), parts[i].access);
        assert_string_equal(buf_str(&a.refresh), parts[i].refresh);
        assert_string_equal(buf_str(&a.scope), parts[i].scope);
        assert_string_equal(buf_str(&a.user), parts[i].user);
        if (a.lifetime_s != parts[i].lifetime_s ||
            a.refresh_s != parts[i].refresh_s)
            fail_msg("%s: %lld s, %lld s", parts[i].name,
                     (long long)a.lifetime_s, (long long)a.refresh_s);
        answer_free(&a);
    }
}

static void
test_wait(void **state)
{
    const struct row row = {
        .spec = &withings_login,
        .status = 200,
        .body = "{\"status\":601,\"body\":{\"wait_seconds\":188}}",
    };
    struct err e = ERR_INIT;
    struct answer a;

    (void)state;
    assert_int_equal(read_row(&a, &row, &e), ANSWER_LATER);
    assert_int_equal(a.wait_s, 188);
    answer_free(&a);
}

static const struct {
    const char *text, *shown;
} words[] = {
    { "", "" },
    { "invalid_grant", "invalid_grant" },
    { "Token has been expired or revoked.",
      "Token has been expired or revoked." },
    { "after  10\r\nseconds", "after 10 seconds" },
    { "Refresh token invalid: 0a1b2c", "Refresh token invalid: ..." },
    { "(eyJhbGciOi.J9.x)", "..." },
    { "CANARY-abc", "..." },
    { "abcdefghijklmnop", "abcdefghijklmnop" },
    { "Abcdefghijklmnop", "..." },
    { "12345", "..." },
    { "\"quoted\"", "\"quoted\"" },
};

static void
test_redact(void **state)
{
    struct buf longest = BUF_INIT, out = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        buf_clear(&out);
        redact(&out, words[i].text, strlen(words[i].text));
        assert_string_equal(buf_str(&out), words[i].shown);
    }
    for (int i = 0; i < 1000; i++)
        buf_adds(&longest, "word ");
    buf_clear(&out);
    redact(&out, longest.p, longest.n);
    assert_true(out.n < REDACT_MAX + 20);
    buf_free(&longest);
    buf_free(&out);
}

static const struct {
    const char *text, *secret, *shown;
} hidden[] = {
    { "the token abcde is spent", "abcde", "the token ... is spent" },
    { "abcdabcd", "abcd", "......" },
    { "x=abcdef", "abcdef", "x=..." },
    { "an abc in it", "abc", "an abc in it" },
    { "nothing", "other", "nothing" },
    { "nothing", NULL, "nothing" },
};

static void
test_redact_secret(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(hidden); i++) {
        char text[40];

        (void)snprintf(text, sizeof(text), "%s", hidden[i].text);
        redact_secret(text, hidden[i].secret);
        assert_string_equal(text, hidden[i].shown);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),         cmocka_unit_test(test_parts),
        cmocka_unit_test(test_wait),          cmocka_unit_test(test_redact),
        cmocka_unit_test(test_redact_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
