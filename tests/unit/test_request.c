#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "engine/fanout.h"
#include "engine/plan.h"
#include "engine/request.h"
#include "spec/category.h"
#include "spec/provider.h"

static const struct provider acme = { .prefix = "/v2/usercollection" };
static const struct provider bare = { .prefix = "" };

static const struct category day = { .path = "/sleep",
                                     .window = WINDOW_DAY,
                                     .from_key = "start_date",
                                     .to_key = "end_date",
                                     .page_key = "next_token" };
static const struct category padded = { .path = "/sleep",
                                        .window = WINDOW_DAY,
                                        .from_key = "start_date",
                                        .to_key = "end_date",
                                        .pad_days = 2 };
static const struct category at = { .path = "/hr",
                                    .window = WINDOW_TIME,
                                    .from_key = "from",
                                    .to_key = "to",
                                    .page_key = "p" };
static const struct category at_padded = { .path = "/hr",
                                           .window = WINDOW_TIME,
                                           .from_key = "from",
                                           .to_key = "to",
                                           .pad_days = 1 };
static const struct category since = { .path = "/list",
                                       .window = WINDOW_UNIX,
                                       .from_key = "after",
                                       .to_key = "before",
                                       .query = "per_page=200&x=%5B",
                                       .page = PAGE_NUMBER,
                                       .page_key = "page",
                                       .one_sided = true };
static const struct category pages = {
    .path = "/list", .query = "size=10", .page = PAGE_NUMBER, .page_key = "page"
};
static const struct category none = { .path = "/info",
                                      .page_key = "next_token" };

#define API "https://api.example"
enum { MARCH = 1709251200 }; /* 2024-03-01T00:00:00Z */

static void
test_requests(void **state)
{
    static const struct {
        const char *name;
        const struct provider *provider;
        const struct category *category;
        const char *base;
        int64_t from, to;
        const char *token, *url, *label, *window;
    } rows[] = {
        { "pages of a list", &bare, &pages, API, MARCH, MARCH, NULL,
          API "/list?size=10&page=7", "GET /list", "" },
        { "days, the last one included", &acme, &day, API, MARCH,
          MARCH + 2 * DAY, NULL,
          API "/v2/usercollection/sleep?start_date=2024-03-01"
              "&end_date=2024-03-02",
          "GET /v2/usercollection/sleep", "2024-03-01..2024-03-02" },
        { "days, up to the middle of one", &acme, &day, API, MARCH,
          MARCH + DAY + 5, NULL,
          API "/v2/usercollection/sleep?start_date=2024-03-01"
              "&end_date=2024-03-02",
          "GET /v2/usercollection/sleep", "2024-03-01..2024-03-02" },
        { "days, padded; people see the window", &acme, &padded, API, MARCH,
          MARCH + DAY, NULL,
          API "/v2/usercollection/sleep?start_date=2024-02-28"
              "&end_date=2024-03-03",
          "GET /v2/usercollection/sleep", "2024-03-01..2024-03-01" },
        { "a page token is escaped", &acme, &day, API, MARCH, MARCH + DAY,
          "a b&c=/+\xC3\xA9%",
          API "/v2/usercollection/sleep?start_date=2024-03-01"
              "&end_date=2024-03-01&next_token=a%20b%26c%3D%2F%2B%C3%A9%25",
          "GET /v2/usercollection/sleep", "2024-03-01..2024-03-01" },
        { "instants", &acme, &at, API, MARCH, MARCH + 90, "t",
          API "/v2/usercollection/hr?from=2024-03-01T00%3A00%3A00Z"
              "&to=2024-03-01T00%3A01%3A30Z&p=t",
          "GET /v2/usercollection/hr", "2024-03-01..2024-03-01" },
        { "instants, padded", &acme, &at_padded, API, MARCH, MARCH + DAY, NULL,
          API "/v2/usercollection/hr?from=2024-02-29T00%3A00%3A00Z"
              "&to=2024-03-03T00%3A00%3A00Z",
          "GET /v2/usercollection/hr", "2024-03-01..2024-03-01" },
        { "no window", &acme, &none, API, MARCH, MARCH, NULL,
          API "/v2/usercollection/info", "GET /v2/usercollection/info", "" },
        { "no window, a token", &acme, &none, API, MARCH, MARCH, "t",
          API "/v2/usercollection/info?next_token=t",
          "GET /v2/usercollection/info", "" },
        { "a base URL with a path", &acme, &none, API "/proxy", MARCH, MARCH,
          NULL, API "/proxy/v2/usercollection/info",
          "GET /proxy/v2/usercollection/info", "" },
        { "a base URL with a prefix of its own", &acme, &none,
          API "/v2/sandbox/usercollection", MARCH, MARCH, NULL,
          API "/v2/sandbox/usercollection/info",
          "GET /v2/sandbox/usercollection/info", "" },
        { "a base URL that only ends like it", &acme, &none,
          API "/myusercollection", MARCH, MARCH, NULL,
          API "/myusercollection/v2/usercollection/info",
          "GET /myusercollection/v2/usercollection/info", "" },
        { "no prefix", &bare, &none, API, MARCH, MARCH, NULL, API "/info",
          "GET /info", "" },
        { "a port", &acme, &none, "http://127.0.0.1:8080", MARCH, MARCH, NULL,
          "http://127.0.0.1:8080/v2/usercollection/info",
          "GET /v2/usercollection/info", "" },
    };
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct window w = { .span = { rows[i].from, rows[i].to } };
        struct page_request r = {
            .provider = rows[i].provider,
            .category = rows[i].category,
            .base_url = rows[i].base,
            .window = &w,
            .token = rows[i].token,
            .token_n = rows[i].token ? strlen(rows[i].token) : 0,
            .page = 7,
        };

        request_url(&b, &r);
        if (strcmp(buf_str(&b), rows[i].url) != 0)
            fail_msg("%s: %s", rows[i].name, b.p);
        request_label(&b, &r);
        if (strcmp(buf_str(&b), rows[i].label) != 0)
            fail_msg("%s: %s", rows[i].name, b.p);
        buf_clear(&b);
        request_window(&b, rows[i].category, &w);
        if (strcmp(buf_str(&b), rows[i].window) != 0)
            fail_msg("%s: %s", rows[i].name, b.p);
    }
    buf_free(&b);
}

/* A prefix that the user gives is taken as it is. */
static void
test_prefix(void **state)
{
    static const struct window w = { .span = { MARCH, MARCH } };
    static const struct {
        const char *base, *prefix, *url;
    } rows[] = {
        { API, "/v4", API "/v4/info" },
        { API, "", API "/info" },
        { API "/usercollection", "/usercollection",
          API "/usercollection/usercollection/info" },
    };
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct page_request r = { .provider = &acme,
                                  .category = &none,
                                  .base_url = rows[i].base,
                                  .prefix = rows[i].prefix,
                                  .window = &w };

        request_url(&b, &r);
        assert_string_equal(buf_str(&b), rows[i].url);
    }
    buf_clear(&b);
    request_base(&b, &acme, API, "/v4");
    assert_string_equal(buf_str(&b), API "/v4");
    buf_free(&b);
}

/* Windows of one side, in seconds. */
static void
test_one_sided(void **state)
{
    static const struct {
        struct window window;
        const char *url;
    } rows[] = {
        { { .span = { MARCH, MARCH + DAY } },
          API "/list?after=1709251200&before=1709337600&per_page=200&x=%5B"
              "&page=7" },
        { { .span = { MARCH, MARCH + DAY }, .is_open = true },
          API "/list?after=1709251200&per_page=200&x=%5B&page=7" },
        { { .span = { MARCH, MARCH + DAY }, .is_open = true, .is_all = true },
          API "/list?per_page=200&x=%5B&page=7" },
    };
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct page_request r = { .provider = &bare,
                                  .category = &since,
                                  .base_url = API,
                                  .window = &rows[i].window,
                                  .page = 7 };

        request_url(&b, &r);
        assert_string_equal(buf_str(&b), rows[i].url);
    }
    buf_free(&b);
}

static void
test_by_id(void **state)
{
    static const struct category sleeps = { .path = "/sleep",
                                            .window = WINDOW_TIME,
                                            .from_key = "from",
                                            .to_key = "to",
                                            .query = "limit=25",
                                            .by_id = "/one/{id}/sleep" };
    static const struct window w = { .span = { MARCH, MARCH }, .id = "a-1" };
    struct page_request r = { .provider = &acme,
                              .category = &sleeps,
                              .base_url = API,
                              .window = &w,
                              .page = 1 };
    struct buf b = BUF_INIT;

    (void)state;
    request_url(&b, &r);
    assert_string_equal(buf_str(&b), API "/v2/usercollection/one/a-1/sleep");
    request_label(&b, &r);
    assert_string_equal(buf_str(&b), "GET /v2/usercollection/one/a-1/sleep");
    buf_clear(&b);
    request_window(&b, &sleeps, &w);
    assert_string_equal(buf_str(&b), "");
    buf_free(&b);
}

/* A request for a record of another list. */
static void
test_item(void **state)
{
    static const struct category laps = { .path = "/run/{id}/laps",
                                          .query = "size=9",
                                          .page = PAGE_NUMBER,
                                          .page_key = "page" };
    static const struct category zones = { .path = "/zones" };
    static const struct fanout_item item = { .id = "160-7", .n = 5 };
    static const struct window w = { .span = { MARCH, MARCH }, .item = &item };
    struct page_request r = { .provider = &acme,
                              .category = &laps,
                              .base_url = API,
                              .window = &w,
                              .page = 2 };
    struct buf b = BUF_INIT;

    (void)state;
    request_url(&b, &r);
    assert_string_equal(buf_str(&b),
                        API "/v2/usercollection/run/160-7/laps?size=9&page=2");
    request_label(&b, &r);
    assert_string_equal(buf_str(&b), "GET /v2/usercollection/run/160-7/laps");
    buf_clear(&b);
    request_window(&b, &laps, &w);
    assert_string_equal(buf_str(&b), "160-7");
    r.category = &zones; /* the path need not have it */
    request_url(&b, &r);
    assert_string_equal(buf_str(&b), API "/v2/usercollection/zones");
    buf_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests), cmocka_unit_test(test_one_sided),
        cmocka_unit_test(test_by_id),    cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_item),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
