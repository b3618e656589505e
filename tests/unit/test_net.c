/* The pure parts of net: retry table, Retry-After, budgets, URLs, queue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/budget.h"
#include "net/limit.h"
#include "net/link.h"
#include "net/queue.h"
#include "net/retry.h"
#include "net/transfer.h"
#include "net/url.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define NOW INT64_C(1709294400) /* 2024-03-01T12:00:00Z */

enum { GIVE_UP = -1 };

static const struct {
    const char *name;
    int status, attempt;
    int64_t told_s;
    int jitter;
    int64_t wait_ms;
} retries[] = {
    { "no answer", 0, 1, -1, 0, 1000 },
    { "each wait is twice the last", 0, 2, -1, 0, 2000 },
    { "third", 503, 3, -1, 0, 4000 },
    { "fourth", 503, 4, -1, 0, 8000 },
    { "five tries are enough", 503, 5, -1, 0, GIVE_UP },
    { "beyond", 503, 6, -1, 0, GIVE_UP },
    { "jitter takes up to a half", 500, 1, -1, 999, 501 },
    { "jitter, middle", 500, 4, -1, 500, 6000 },
    { "the server's word wins", 429, 1, 40, 0, 40000 },
    { "the server's word is not shortened", 429, 1, 40, 999, 40000 },
    { "a word below our own wait", 429, 4, 1, 0, 8000 },
    { "a word of 0 is no reason to hammer", 429, 1, 0, 0, 1000 },
    { "a very long word", 429, 1, INT64_MAX, 0, INT64_C(1000000000000000) },
    { "the word does not add tries", 429, 5, 3, 0, GIVE_UP },
    { "408 passes", 408, 1, -1, 0, 1000 },
    { "502 passes", 502, 1, -1, 0, 1000 },
    { "599 passes", 599, 1, -1, 0, 1000 },
    { "200 is an answer", 200, 1, -1, 0, GIVE_UP },
    { "204 is an answer", 204, 1, 5, 0, GIVE_UP },
    { "302 is final", 302, 1, -1, 0, GIVE_UP },
    { "400 is final", 400, 1, -1, 0, GIVE_UP },
    { "401 is final", 401, 1, 5, 0, GIVE_UP },
    { "403 is final", 403, 1, -1, 0, GIVE_UP },
    { "404 is final", 404, 1, -1, 0, GIVE_UP },
    { "600 is final", 600, 1, -1, 0, GIVE_UP },
};

static void
test_retry(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(retries); i++) {
        struct retry r = retry_after(retries[i].status, retries[i].attempt,
                                     retries[i].told_s, retries[i].jitter);
        int64_t got = r.give_up ? GIVE_UP : r.wait_ms;

        if (got != retries[i].wait_ms)
            fail_msg("%s: %lld", retries[i].name, (long long)got);
    }
}

static void
test_retry_leaves_server_alone(void **state)
{
    (void)state;
    /* The last try too says how long others should wait. */
    assert_int_equal(retry_after(429, 5, 30, 0).wait_ms, 30000);
    assert_int_equal(retry_after(429, 5, -1, 0).wait_ms, 16000);
    assert_int_equal(retry_after(429, 100, -1, 0).wait_ms,
                     RETRY_WAIT_MAX_S * 1000);
}

static const struct {
    const char *text;
    int64_t seconds;
} told[] = {
    { "0", 0 },
    { "120", 120 },
    { "Fri, 01 Mar 2024 12:01:00 GMT", 60 },
    { "Fri, 01 Mar 2024 11:00:00 GMT", 0 },
    { "99999999999999999999999999", INT64_C(1000000000000) },
    { "9000000000000000000", INT64_C(1000000000000) },
    { "", -1 },
    { "-1", -1 },
    { "1.5", -1 },
    { "soon", -1 },
    { "1 s", -1 },
    { "Fri, 01 Mar 2024 12:01:00 CET", -1 },
};

static void
test_retry_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(told); i++) {
        int64_t got = retry_parse(told[i].text, NOW);

        if (got != told[i].seconds)
            fail_msg("%s: %lld", told[i].text, (long long)got);
    }
}

static void
test_budget(void **state)
{
    struct budget b = BUDGET_INIT;

    (void)state;
    assert_int_equal(budget_wait(&b, 5), 0);
    for (int i = 0; i < 1000; i++)
        budget_spend(&b, 5);
    assert_int_equal(budget_wait(&b, 5), 0); /* no limit known */

    b = (struct budget){ .window = { { .limit = 2, .length_ms = 1000 } },
                         .n = 1 };
    budget_spend(&b, 7000);
    assert_int_equal(budget_wait(&b, 7100), 0);
    budget_spend(&b, 7400);
    assert_int_equal(budget_wait(&b, 7400), 600);
    assert_int_equal(budget_wait(&b, 7999), 1);
    assert_int_equal(budget_wait(&b, 8000), 0);
    budget_spend(&b, 8000); /* a window of its own */
    assert_int_equal(budget_wait(&b, 8000), 0);
    budget_spend(&b, 8900);
    assert_int_equal(budget_wait(&b, 8900), 100);
}

static void
test_budget_pause(void **state)
{
    struct budget b = { .window = { { .limit = 1, .length_ms = 1000 } },
                        .n = 1 };

    (void)state;
    budget_pause(&b, 5000);
    budget_pause(&b, 3000); /* never shortens */
    assert_int_equal(budget_wait(&b, 4000), 1000);
    assert_int_equal(budget_wait(&b, 5000), 0);
    budget_spend(&b, 4800);
    assert_int_equal(budget_wait(&b, 4900), 900); /* the later of both */
}

static void
test_url_param(void **state)
{
    struct buf url = BUF_INIT;
    static const char all[] = "a-Z_0.~ +&=/?#%:,\xc3\xa9";

    (void)state;
    buf_adds(&url, "https://h/x");
    url_param(&url, "a", all, sizeof(all) - 1);
    url_param(&url, "b[]", "", 0);
    url_param(&url, "c", "\0", 1);
    assert_string_equal(buf_str(&url),
                        "https://h/x?a=a-Z_0.~%20%2B%26%3D%2F%3F%23%25%3A%2C"
                        "%C3%A9&b[]=&c=%00");
    buf_free(&url);
}

static const struct {
    const char *url;
    const char *error; /* NULL: good */
} bases[] = {
    { "https://api.ouraring.com", NULL },
    { "https://api.ouraring.com:8443/prefix", NULL },
    { "HTTPS://api.ouraring.com", NULL },
    { "https://[2001:db8::1]/", NULL },
    { "http://localhost:8080", NULL },
    { "http://LOCALHOST:8080", NULL },
    { "http://127.0.0.1:1", NULL },
    { "http://127.9.8.7", NULL },
    { "http://127.1", NULL }, /* curl asks 127.0.0.1 */
    { "http://[::1]:80/x", NULL },
    { "http://api.ouraring.com", "plain http" },
    { "http://127.0.0.1.evil.example", "plain http" },
    { "http://localhost.evil.example", "plain http" },
    { "http://128.0.0.1", "plain http" },
    { "http://0.0.0.0", "plain http" },
    { "http://[::2]", "plain http" },
    { "http://[::ffff:8.8.8.8]", "plain http" },
    { "http://localhost@evil.example", "user name" },
    { "https://me:CANARY@api.ouraring.com", "user name" },
    { "https://me@api.ouraring.com", "user name" },
    { "https://h/?a=CANARY", "has no ?" },
    { "https://h?", "has no ?" },
    { "https://h/#x", "has no ?" },
    { "https://", "not a complete" },
    { "https://h:99999", "not a complete" },
    { "https://h:x", "not a complete" },
    { "https://a b", "not a complete" },
    { "https://h/\x01", "not a complete" },
    { "https:/h", "starts with" },
    { "api.ouraring.com", "starts with" },
    { "ftp://h", "starts with" },
    { "file:///etc/passwd", "starts with" },
    { "", "starts with" },
};

static void
test_url_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bases); i++) {
        struct err e = ERR_INIT;
        int rc = url_check(bases[i].url, &e);

        if ((rc == 0) != (bases[i].error == NULL))
            fail_msg("%s: %d %s", bases[i].url, rc, e.text);
        if (rc == 0)
            continue;
        assert_int_equal(e.kind, ERR_USAGE);
        if (!strstr(e.text, bases[i].error) || strstr(e.text, "CANARY"))
            fail_msg("%s: %s", bases[i].url, e.text);
    }
}

static void
test_link(void **state)
{
    struct buf host = BUF_INIT;
    struct err e = ERR_INIT;
    bool is_plain;

    (void)state;
    assert_int_equal(link_check(&is_plain, "https://h/x?a=b#c", &e), 0);
    assert_false(is_plain);
    assert_int_equal(link_check(&is_plain, "http://[::1]:1/x?a=b", &e), 0);
    assert_true(is_plain);
    assert_int_equal(link_check(&is_plain, "http://h/x", &e), -1);
    assert_int_equal(e.kind, ERR_DATA);
    assert_int_equal(link_check(&is_plain, "ftp://h/x", &e), -1);
    assert_int_equal(link_check(&is_plain, "gopherus://h/x", &e), -1);
    assert_string_equal(e.text, "gopherus is refused: use https");
    assert_int_equal(link_check(&is_plain, "/v2/x", &e), -1);
    assert_int_equal(link_check(&is_plain, "", &e), -1);
    link_host(&host, "https://me:secret@login.example:444/x?y=z");
    assert_string_equal(buf_str(&host), "login.example");
    buf_clear(&host);
    link_host(&host, "/nowhere");
    assert_string_equal(buf_str(&host), "elsewhere");
    buf_free(&host);
}

static void
test_queue_order(void **state)
{
    struct budget one = { .window = { { .limit = 1, .length_ms = 100 } },
                          .n = 1 };
    static const struct queue_patience some = { 20, 20, 0 },
                                       less = { 19, 19, 0 };
    struct http_request a = { .label = "a", .budget = &one };
    struct http_request b = { .label = "b", .budget = &one };
    struct http_request c = { .label = "c" }, d = { .label = "d" };
    struct queue q = QUEUE_INIT;
    int64_t wait;

    (void)state;
    assert_int_equal(queue_wait(&q, 0), -1);
    assert_null(queue_next(&q, 0));
    queue_add(&q, &a);
    queue_add(&q, &b);
    assert_int_equal(queue_wait(&q, 0), 0);
    assert_ptr_equal(queue_next(&q, 0), &a);
    budget_spend(&one, 0);
    assert_null(queue_next(&q, 0)); /* first come, first served */
    assert_int_equal(queue_wait(&q, 0), 100);
    queue_later(&q, &a, 70);
    queue_later(&q, &d, 60);
    queue_later(&q, &c, 50);
    assert_int_equal(queue_wait(&q, 0), 50);
    assert_null(queue_next(&q, 49));
    assert_ptr_equal(queue_next(&q, 80), &c);
    assert_ptr_equal(queue_next(&q, 80), &d);
    assert_null(queue_next(&q, 80)); /* a is due, its budget closed */
    assert_int_equal(queue_wait(&q, 80), 20);
    assert_null(queue_hopeless(&q, 80, &some, &wait));
    assert_ptr_equal(queue_hopeless(&q, 80, &less, &wait), &a);
    assert_int_equal(wait, 20);
    assert_ptr_equal(queue_next(&q, 100), &b);
    assert_int_equal(queue_wait(&q, 100), -1);
    queue_add(&q, &a);
    queue_later(&q, &b, 1);
    assert_ptr_equal(queue_any(&q), &b);
    assert_ptr_equal(queue_any(&q), &a);
    assert_null(queue_any(&q));
    queue_add(&q, &a);
    queue_later(&q, &b, 1);
    queue_later(&q, &c, 1);
    queue_free(&q);
}

static void
test_limit_texts(void **state)
{
    struct net_options o = NET_OPTIONS_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(limit_start(&o, 1000000, INT64_MAX, &e), 0);
    assert_int_equal(limit_wait_ms(&o, 5), 900000);
    o.deadline_ms = 900005;
    assert_int_equal(limit_wait_ms(&o, 5), 899999);
    assert_int_equal(limit_start(&o, 0, 900004, &e), 0);
    assert_int_equal(limit_start(&o, 0, 900005, &e), -1);
    assert_int_equal(e.kind, ERR_RATE);
    assert_string_equal(e.text, "time is up");
    (void)err_set(&e, ERR_NET, "HTTP 503");
    assert_int_equal(limit_asked(&e, 3599001), -1);
    assert_int_equal(e.kind, ERR_NET);
    assert_string_equal(e.text, "HTTP 503: asked to wait 3600 s; "
                                "run again after 13:00 UTC");
    (void)err_set(&e, ERR_RATE, "HTTP 429");
    (void)limit_asked(&e, 3601000);
    assert_string_equal(e.text, "HTTP 429: asked to wait 3601 s; "
                                "run again after 13:01 UTC");
    (void)err_set(&e, ERR_RATE, "HTTP 429");
    (void)limit_asked(&e, INT64_C(12) * 3600 * 1000);
    assert_string_equal(e.text, "HTTP 429: asked to wait 43200 s; "
                                "run again after 2024-03-02 00:00 UTC");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_retry_leaves_server_alone),
        cmocka_unit_test(test_retry_parse),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_budget_pause),
        cmocka_unit_test(test_url_param),
        cmocka_unit_test(test_url_check),
        cmocka_unit_test(test_link),
        cmocka_unit_test(test_queue_order),
        cmocka_unit_test(test_limit_texts),
    };

    if (setenv("WEARCHIVE_NOW", "1709294400", 1) < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
