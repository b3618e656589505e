#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/fanout.h"
#include "engine/pager.h"
#include "engine/source.h"
#include "engine/walk.h"
#include "net/budget.h"
#include "spec/category.h"
#include "spec/provider.h"

static const struct category sleeps = {
    .name = "sleep",
    .path = "/sleep",
    .window = WINDOW_DAY,
    .from_key = "from",
    .to_key = "to",
    .page = PAGE_TOKEN,
    .page_key = "next",
};
static const struct category list = {
    .name = "list",
    .path = "/list",
    .page = PAGE_NUMBER,
    .page_key = "page",
    .missing_ends = true,
};
static const struct category info = { .name = "info", .path = "/info" };

static const struct provider acme = {
    .prefix = "/v2",
    .token_help = "make one at acme",
    .scope_at = "detail",
    .scope_word = "scope",
};
static const struct provider mute = { .prefix = "/v2", .token_help = "ask" };

enum { MARCH = 1709251200 }; /* 2024-03-01T00:00:00Z */

struct fixture {
    struct source source;
    struct walk w;
    struct walk_ask ask;
};

static char name[] = "anna", base_url[] = "https://api.example",
            token[] = "CANARY-token";

static void
start(struct fixture *x, const struct provider *p, const struct category *c)
{
    struct window window = { .span = { MARCH, MARCH + 3 * DAY } };

    x->source = (struct source){
        .name = name,
        .provider = p,
        .base_url = base_url,
        .token = { .p = token, .n = sizeof(token) - 1, .room = sizeof(token) },
        .times = NET_TIMES_INIT,
    };
    walk_init(&x->w, &x->source, c, &window);
    x->ask = (struct walk_ask){ .page = 0 };
    walk_ask(&x->ask, &x->w, NULL);
}

static void
finish(struct fixture *x)
{
    walk_ask_free(&x->ask);
    walk_free(&x->w);
}

/* The page that was asked for comes. */
static int
come(struct fixture *x, const struct page_out *out, const char *text,
     struct err *e)
{
    struct buf body = BUF_INIT;
    int rc;

    buf_adds(&body, text);
    walk_back(&x->w);
    rc = walk_came(&x->w, &x->ask, out, &body, e);
    buf_free(&body); /* of a page that is only looked at */
    return rc;
}

static void
test_status(void **state)
{
    static const struct {
        const char *name;
        const struct provider *provider;
        int status;
        const char *body;
        enum err_kind kind;
        const char *text, *hint; /* parts of them */
    } rows[] = {
        { "a page", &acme, 200, "{}", ERR_NONE, "", "" },
        { "a 200 is read by others, whatever it is", &acme, 200, "<html>",
          ERR_NONE, "", "" },
        { "a permission that is missing", &acme, 401,
          "{\"detail\":\"Your token has no access to the spo2 scope.\"}",
          ERR_SCOPE,
          "GET /v2/sleep: HTTP 401: Your token has no access to the spo2 "
          "scope.",
          "leave the category out" },
        { "the same as a problem document, in other letters", &acme, 401,
          "{\"status\":401,\"title\":\"No\",\"detail\":\"SCOPE missing\"}",
          ERR_SCOPE, "HTTP 401: SCOPE missing", "permission" },
        { "control characters in the server's words", &acme, 401,
          "{\"detail\":\"no\\nscope\\u0000\"}", ERR_SCOPE, "no?scope\\u0000",
          "permission" },
        { "a token that is refused", &acme, 401, "{\"detail\":\"who is it\"}",
          ERR_AUTH, "GET /v2/sleep: HTTP 401: the token was refused",
          "make one at acme" },
        { "nothing said", &acme, 401, "", ERR_AUTH, "the token was refused",
          "make one at acme" },
        { "a page of HTML about the scope", &acme, 401, "<p>scope</p>",
          ERR_AUTH, "the token was refused", "make one" },
        { "the word at another place", &acme, 401,
          "{\"title\":\"scope\",\"detail\":\"no\"}", ERR_AUTH,
          "the token was refused", "make one" },
        { "details that are no text", &acme, 401,
          "{\"detail\":[{\"msg\":\"scope\"}]}", ERR_AUTH,
          "the token was refused", "make one" },
        { "an answer cut short", &acme, 401, "{\"detail\":\"scope", ERR_AUTH,
          "the token was refused", "make one" },
        { "a provider that never says so", &mute, 401, "{\"detail\":\"scope\"}",
          ERR_AUTH, "the token was refused", "ask" },
        { "a membership that ended", &acme, 403, "", ERR_AUTH,
          "GET /v2/sleep: HTTP 403: not allowed", "membership" },
        { "403 is never about a scope", &acme, 403, "{\"detail\":\"scope\"}",
          ERR_AUTH, "HTTP 403: not allowed", "membership" },
        { "no header", &acme, 400, "{\"detail\":\"token is missing\"}",
          ERR_DATA, "GET /v2/sleep: HTTP 400", "" },
        { "not there", &acme, 404, "", ERR_DATA, "GET /v2/sleep: HTTP 404",
          "" },
        { "wrong dates", &acme, 422, "{\"detail\":[]}", ERR_DATA,
          "GET /v2/sleep: HTTP 422", "" },
        { "no content", &acme, 204, "", ERR_DATA, "HTTP 204", "" },
        { "part of it", &acme, 206, "{}", ERR_DATA, "HTTP 206", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_reply reply = { .status = rows[i].status };
        struct err e = ERR_INIT;
        struct fixture x;

        start(&x, rows[i].provider, &sleeps);
        buf_adds(&reply.body, rows[i].body);
        if (walk_status(&x.w, &reply, &e) != (rows[i].kind ? -1 : 1) ||
            e.kind != rows[i].kind || !strstr(e.text, rows[i].text) ||
            !strstr(e.hint, rows[i].hint) || strstr(e.text, "CANARY"))
            fail_msg("%s: kind %d, '%s', '%s'", rows[i].name, (int)e.kind,
                     e.text, e.hint);
        buf_free(&reply.body);
        finish(&x);
    }
}

/* The server's words are cut to what fits a line. */
static void
test_long_words(void **state)
{
    struct http_reply reply = { .status = 401 };
    struct err e = ERR_INIT;
    struct fixture x;

    (void)state;
    start(&x, &acme, &sleeps);
    buf_adds(&reply.body, "{\"detail\":\"scope ");
    for (int i = 0; i < 5000; i++)
        buf_addc(&reply.body, 'x');
    buf_adds(&reply.body, "\"}");
    assert_int_equal(walk_status(&x.w, &reply, &e), -1);
    assert_int_equal(e.kind, ERR_SCOPE);
    assert_true(strlen(e.text) < 260);
    buf_free(&reply.body);
    finish(&x);
}

static void
done(struct http_request *request, struct http_reply *reply)
{
    (void)request;
    (void)reply;
}

/* Where the provider ends its lists with it, it is no fault. */
static void
test_missing(void **state)
{
    struct http_reply reply = { .status = 404 };
    struct err e = ERR_INIT;
    struct fixture x;

    (void)state;
    start(&x, &acme, &list);
    assert_int_equal(walk_status(&x.w, &reply, &e), 0);
    assert_int_equal(come(&x, &(struct page_out){ .records = 1 }, "a", &e), 0);
    walk_ask(&x.ask, &x.w, NULL);
    walk_back(&x.w);
    assert_int_equal(walk_missing(&x.w, &x.ask, &e), 0);
    assert_true(walk_is_done(&x.w));
    finish(&x);
}

static const struct refusal refusals[] = {
    {
        .status = 403,
        .words = { "\"Application\"", "\"Inactive\"" },
        .text = "nobody paid",
        .hint = "pay",
    },
    {
        .status = 401,
        .words = { "_permission\"" },
        .is_for_category = true,
        .text = "a box was not ticked",
        .hint = "tick it",
    },
};
static const struct provider frank = {
    .prefix = "/v2", .token_help = "ask", .refusals = refusals, .refusals_n = 2
};

/* The provider says why. */
static void
test_refusals(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum err_kind kind;
        const char *text, *hint;
        bool is_for_source;
    } rows[] = {
        { 403, "{\"a\":\"Application\",\"code\":\"Inactive\"}", ERR_AUTH,
          "GET /v2/sleep: HTTP 403: nobody paid", "pay", true },
        { 403, "{\"code\":\"inactive\",\"a\":\"application\"}", ERR_AUTH,
          "nobody paid", "pay", true },
        { 403, "{\"a\":\"Application\"}", ERR_AUTH, "HTTP 403: not allowed",
          "membership", false },
        { 403, "", ERR_AUTH, "HTTP 403: not allowed", "membership", false },
        { 402, "{\"a\":\"Application\",\"code\":\"Inactive\"}", ERR_AUTH,
          "HTTP 402: not allowed", "membership", false },
        { 401, "{\"field\":\"activity:read_permission\"}", ERR_SCOPE,
          "HTTP 401: a box was not ticked", "tick it", false },
        { 401, "{\"field\":\"access_token\"}", ERR_AUTH,
          "HTTP 401: the token was refused", "ask", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_reply reply = { .status = rows[i].status };
        struct err e = ERR_INIT;
        struct fixture x;

        start(&x, &frank, &sleeps);
        buf_adds(&reply.body, rows[i].body);
        assert_int_equal(walk_status(&x.w, &reply, &e), -1);
        if (e.kind != rows[i].kind || !strstr(e.text, rows[i].text) ||
            !strstr(e.hint, rows[i].hint) ||
            x.w.is_for_source != rows[i].is_for_source)
            fail_msg("%zu: %s / %s", i, e.text, e.hint);
        buf_free(&reply.body);
        finish(&x);
    }
}

/* One record of another list: nothing is taken before all is there. */
static void
test_item(void **state)
{
    static const struct per_record per = { .missing_is_none = true };
    static const struct category laps = { .name = "laps",
                                          .path = "/run/{id}/laps",
                                          .page = PAGE_NUMBER,
                                          .page_key = "page",
                                          .per = &per };
    static const struct fanout_item item = { .id = "7", .n = 1 };
    struct http_reply reply = { .status = 404 };
    struct err e = ERR_INIT;
    struct fixture x;

    (void)state;
    start(&x, &acme, &laps);
    x.w.window.item = &item;
    x.w.is_whole = true;
    assert_int_equal(come(&x, &(struct page_out){ .records = 1 }, "a", &e), 0);
    assert_false(walk_has_page(&x.w));
    walk_ask(&x.ask, &x.w, NULL);
    assert_string_equal(x.ask.request.url,
                        "https://api.example/v2/run/7/laps?page=2");
    assert_int_equal(come(&x, &(struct page_out){ .records = 0 }, "", &e), 0);
    assert_true(walk_has_page(&x.w));
    finish(&x);

    start(&x, &acme, &laps);
    x.w.window.item = &item;
    walk_back(&x.w);
    assert_int_equal(walk_status(&x.w, &reply, &e), 0);
    walk_none(&x.w);
    assert_true(walk_is_done(&x.w));
    (void)err_set(&e, ERR_DATA, "HTTP 500");
    walk_blame(&x.w, 1, &e);
    assert_string_equal(e.text, "anna/laps 7: HTTP 500");
    finish(&x);
}

static void
test_requests(void **state)
{
    struct buf token_2 = BUF_INIT;
    struct page_out out = { .next = &token_2 };
    struct budget budget = BUDGET_INIT;
    struct err e = ERR_INIT;
    struct fixture x;

    (void)state;
    start(&x, &acme, &sleeps);
    assert_string_equal(x.ask.request.url, "https://api.example/v2/sleep"
                                           "?from=2024-03-01&to=2024-03-03");
    assert_string_equal(x.ask.request.label, "GET /v2/sleep");
    assert_string_equal(x.ask.request.bearer, token);
    assert_ptr_equal(x.ask.request.times, &x.source.times);
    assert_false(walk_wants(&x.w));
    buf_adds(&token_2, "t 1");
    assert_int_equal(come(&x, &out, "{}", &e), 0);
    x.ask.request.done = done;
    x.ask.request.user = &x;
    x.ask.request.attempt = 4;
    walk_ask(&x.ask, &x.w, &budget);
    assert_string_equal(x.ask.request.url,
                        "https://api.example/v2/sleep"
                        "?from=2024-03-01&to=2024-03-03&next=t%201");
    assert_ptr_equal(x.ask.request.budget, &budget);
    assert_true(x.ask.request.done == done && x.ask.request.user == &x);
    assert_int_equal(x.ask.request.attempt, 0);
    buf_free(&token_2);
    finish(&x);
}

/* Pages go on until there is no token, or one came before. */
static void
test_next(void **state)
{
    static const struct {
        const char *name, *tokens[6];
        int pages; /* after which it is over */
        bool is_loop;
    } rows[] = {
        { "one page", { "" }, 1, false },
        { "three pages", { "a", "b", "" }, 3, false },
        { "the same again", { "a", "a" }, 2, true },
        { "in a circle", { "a", "b", "c", "a" }, 4, true },
        { "alike is not the same", { "a", "A", "a ", "" }, 4, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf next = BUF_INIT;
        struct page_out out = { .next = &next };
        struct err e = ERR_INIT;
        struct fixture x;
        int rc = 0;

        start(&x, &acme, &sleeps);
        for (int page = 1;; page++) {
            assert_int_equal(x.ask.page, page);
            buf_clear(&next);
            buf_adds(&next, rows[i].tokens[page - 1]);
            rc = come(&x, &out, "{}", &e);
            if (rc < 0 || !walk_wants(&x.w))
                break;
            walk_ask(&x.ask, &x.w, NULL);
        }
        if (x.ask.page != rows[i].pages || rc != (rows[i].is_loop ? -1 : 0))
            fail_msg("%s: %d at page %d", rows[i].name, rc, (int)x.ask.page);
        if (rows[i].is_loop) {
            assert_int_equal(e.kind, ERR_DATA);
            assert_string_equal(e.text,
                                "GET /v2/sleep: the same page token came "
                                "twice; the list would never end");
        }
        buf_free(&next);
        finish(&x);
    }
}

/* Pages come in any order and are taken in theirs. */
static void
test_hold(void **state)
{
    static const int order[] = { 3, 2, 4 };
    struct page_out out = { .records = 1, .pages = 4 };
    struct buf body = BUF_INIT;
    struct err e = ERR_INIT;
    struct fixture x;

    (void)state;
    start(&x, &acme, &list);
    assert_false(walk_has_page(&x.w));
    assert_int_equal(come(&x, &out, "page 1", &e), 0);
    assert_true(walk_has_page(&x.w));
    assert_int_equal(x.w.held_bytes, 6); /* no room to spare */
    for (int i = 0; i < 3; i++)
        walk_ask(&x.ask, &x.w, NULL);
    assert_string_equal(x.ask.request.url,
                        "https://api.example/v2/list?page=4");
    assert_false(walk_wants(&x.w));
    assert_int_equal(walk_take(&x.w, &body), 1);
    assert_string_equal(buf_str(&body), "page 1");
    assert_int_equal(x.w.held_bytes, 0);
    for (int i = 0; i < 3; i++) {
        char text[8];

        assert_int_equal(walk_has_page(&x.w), i == 2);
        x.ask.page = order[i];
        (void)snprintf(text, sizeof(text), "page %d", order[i]);
        assert_int_equal(come(&x, &out, text, &e), 0);
        if (order[i] == 2) {
            buf_free(&body);
            assert_int_equal(walk_take(&x.w, &body), 2);
            assert_string_equal(buf_str(&body), "page 2");
        }
    }
    assert_true(walk_has_page(&x.w));
    assert_true(walk_wants(&x.w)); /* to see if the first one has changed */
    buf_free(&body);
    finish(&x);
    walk_free(&x.w);
}

/* A page that is lost leaves no hole before those that are there. */
static void
test_take_over_a_hole(void **state)
{
    struct page_out out = { .records = 1, .pages = 3 };
    struct buf body = BUF_INIT;
    struct err e = ERR_INIT;
    struct fixture x;

    (void)state;
    start(&x, &acme, &list);
    assert_int_equal(come(&x, &out, "page 1", &e), 0);
    assert_int_equal(walk_take(&x.w, &body), 1);
    buf_free(&body);
    walk_ask(&x.ask, &x.w, NULL);
    walk_ask(&x.ask, &x.w, NULL);
    assert_int_equal(come(&x, &out, "page 3", &e), 0);
    assert_false(walk_has_page(&x.w));
    x.ask.page = 2;
    walk_back(&x.w);
    assert_int_equal(walk_missing(&x.w, &x.ask, &e), 0);
    assert_true(walk_has_page(&x.w));
    assert_int_equal(walk_take(&x.w, &body), 3);
    assert_string_equal(buf_str(&body), "page 3");
    buf_free(&body);
    walk_ask(&x.ask, &x.w, NULL); /* the list is read again */
    assert_int_equal(x.ask.page, 1);
    assert_int_equal(come(&x, &out, "page I", &e), 0);
    assert_int_equal(walk_take(&x.w, &body), 1);
    assert_string_equal(buf_str(&body), "page I");
    buf_free(&body);
    finish(&x);
}

/* Nothing of a window is taken before its end is known, and nothing of one
 * that failed. */
static void
test_whole_window(void **state)
{
    static const struct category newest = {
        .name = "sleep",
        .path = "/sleep",
        .window = WINDOW_DAY,
        .from_key = "from",
        .to_key = "to",
        .span_days = 90,
        .page = PAGE_TOKEN,
        .page_key = "next",
        .newest_first = true,
    };
    struct buf next = BUF_INIT, body = BUF_INIT;
    struct page_out out = { .records = 1, .next = &next };
    struct err e = ERR_INIT;
    struct fixture x;

    (void)state;
    for (int fails = 0; fails < 2; fails++) {
        start(&x, &acme, &newest);
        buf_adds(&next, "t");
        assert_int_equal(come(&x, &out, "page 1", &e), 0);
        assert_false(walk_has_page(&x.w));
        walk_ask(&x.ask, &x.w, NULL);
        buf_clear(&next);
        if (fails) {
            walk_back(&x.w);
            x.w.is_over = true;
            x.w.error.kind = ERR_NET;
            assert_false(walk_has_page(&x.w));
        } else {
            assert_int_equal(come(&x, &out, "page 2", &e), 0);
            assert_true(walk_has_page(&x.w));
            assert_int_equal(walk_take(&x.w, &body), 1);
            buf_free(&body);
            assert_true(walk_has_page(&x.w));
        }
        assert_true(walk_is_done(&x.w));
        finish(&x);
    }
    buf_free(&next);
}

static void
test_blame(void **state)
{
    struct err e = ERR_INIT;
    struct fixture x;

    (void)state;
    start(&x, &acme, &sleeps);
    (void)err_set(&e, ERR_NET, "GET /v2/sleep: HTTP 502");
    (void)err_hint(&e, "later");
    walk_blame(&x.w, 3, &e);
    assert_string_equal(e.text, "anna/sleep 2024-03-01..2024-03-03 page 3: "
                                "GET /v2/sleep: HTTP 502");
    assert_int_equal(e.kind, ERR_NET);
    assert_string_equal(e.hint, "later");
    finish(&x);

    start(&x, &acme, &info);
    (void)err_set(&e, ERR_NET, "GET /v2/info: HTTP 502");
    walk_blame(&x.w, 1, &e);
    assert_string_equal(e.text, "anna/info page 1: GET /v2/info: HTTP 502");
    x.w.window.id = "a-1";
    (void)err_set(&e, ERR_NET, "GET /v2/info/a-1: HTTP 502");
    walk_blame(&x.w, 1, &e);
    assert_string_equal(e.text,
                        "anna/info record a-1: GET /v2/info/a-1: HTTP 502");
    finish(&x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_item),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_hold),
        cmocka_unit_test(test_take_over_a_hole),
        cmocka_unit_test(test_whole_window),
        cmocka_unit_test(test_blame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
