/* Quotas: headers of answers become windows of a budget. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/quota.h"
#include "net/budget.h"
#include "spec/provider.h"
#include "spec/quota.h"

enum {
    NOW = 1709294460, /* 2024-03-01T12:01:00Z, 14 minutes before the quarter */
    QUARTER_MS = 14 * 60 * 1000 + 3000,
    MIDNIGHT_MS = (11 * 60 + 59) * 60 * 1000 + 3000,
};

/* Two sets of lists, as Strava has them. */
static const struct quota pairs[] = {
    {
        .limit = "X-RateLimit-Limit",
        .used = "X-RateLimit-Usage",
        .seconds = { 900, 86400 },
        .is_aligned = true,
    },
    {
        .limit = "X-ReadRateLimit-Limit",
        .used = "X-ReadRateLimit-Usage",
        .seconds = { 900, 86400 },
        .is_aligned = true,
    },
};
static const struct provider by_pairs = { .quota = pairs, .quota_n = 2 };

/* Policies, as WHOOP has them. */
static const struct quota policies[] = {
    {
        .limit = "X-RateLimit-Limit",
        .left = "X-RateLimit-Remaining",
        .reset = "X-RateLimit-Reset",
        .seconds = { 60, 86400 },
    },
};
static const struct provider by_policies = { .quota = policies, .quota_n = 1 };

/* One window, as Fitbit has it, beside a pace of our own. */
static const struct quota hour[] = {
    {
        .limit = "Fitbit-Rate-Limit-Limit",
        .left = "Fitbit-Rate-Limit-Remaining",
        .reset = "Fitbit-Rate-Limit-Reset",
        .seconds = { 3600 },
    },
};
static const struct provider by_hour = {
    .rate_limit = 10, .rate_seconds = 1, .quota = hour, .quota_n = 1
};

static void
send(struct budget *b, int n, int64_t now_ms)
{
    for (int i = 0; i < n; i++)
        budget_spend(b, now_ms);
}

/* One request and its answer at now_ms. */
static void
answer(struct budget *b, const struct provider *p, const char *const *value,
       int64_t now_ms)
{
    send(b, 1, now_ms);
    budget_land(b);
    quota_told(b, p, value, now_ms);
}

static void
test_headers(void **state)
{
    const char *names[QUOTA_HEADERS + 1];

    (void)state;
    quota_headers(names, &by_pairs);
    assert_string_equal(names[0], "X-RateLimit-Limit");
    assert_string_equal(names[3], "X-ReadRateLimit-Usage");
    assert_null(names[4]);
    quota_headers(names, &by_policies);
    assert_string_equal(names[1], "X-RateLimit-Remaining");
    assert_string_equal(names[2], "X-RateLimit-Reset");
    assert_null(names[3]);
    quota_headers(names, &(struct provider){ .name = "x" });
    assert_null(names[0]);
}

/* What stops is said by the headers: of either pair, of either window. */
static const struct {
    const char *value[4];
    int64_t wait_ms; /* after it, at the same time */
} listed[] = {
    { { "200,2000", "199,1999", "100,1000", "99,999" }, 0 },
    { { "200,2000", "200,300", "100,1000", "50,300" }, QUARTER_MS },
    { { "200,2000", "150,300", "100,1000", "100,300" }, QUARTER_MS },
    { { "200,2000", "150,300", "100,1000", "101,300" }, QUARTER_MS },
    { { "200,2000", "150,2000", "100,1000", "90,999" }, MIDNIGHT_MS },
    { { "200,2000", "150,300", "100,1000", "1,1000" }, MIDNIGHT_MS },
    { { "600,30000", "314,27536", NULL, NULL }, 0 },
    { { "600,30000", "600,27536", NULL, NULL }, QUARTER_MS },
    { { " 200 , 2000 ", " 200 , 300 ", NULL, NULL }, QUARTER_MS },
    { { "200,2000", "66,209", "100,1000", "," }, 0 },
    { { "200", "200", NULL, NULL }, QUARTER_MS },
    { { "200,2000", "nothing", NULL, NULL }, 0 },
    { { "-1,2000", "200,-5", "", "" }, 0 },
    { { NULL, NULL, NULL, NULL }, 0 },
    { { NULL, "200,2000", NULL, NULL }, 0 },
    { { "99999999999999999999,1", "5,1", NULL, NULL }, MIDNIGHT_MS },
};

static void
test_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++) {
        struct budget b;
        int64_t wait;

        quota_start(&b, &by_pairs, 1000, NOW);
        assert_int_equal(budget_wait(&b, 1000), 0);
        answer(&b, &by_pairs, listed[i].value, 1000);
        wait = budget_wait(&b, 1000);
        if (wait != listed[i].wait_ms ||
            budget_quota_wait(&b, 1000) != listed[i].wait_ms)
            fail_msg("%zu: %lld", i, (long long)wait);
    }
}

/* The quarter of an hour ends by the clock, not after 15 minutes. */
static void
test_aligned_windows(void **state)
{
    static const char *const full[] = { "4,100", "4,4", NULL, NULL };
    static const char *const later[] = { "4,100", "1,5", NULL, NULL };
    struct budget b;

    (void)state;
    quota_start(&b, &by_pairs, 0, NOW);
    answer(&b, &by_pairs, full, 0);
    assert_int_equal(budget_wait(&b, QUARTER_MS - 1), 1);
    assert_int_equal(budget_wait(&b, QUARTER_MS), 0);
    answer(&b, &by_pairs, later, QUARTER_MS);
    send(&b, 2, QUARTER_MS);
    assert_int_equal(budget_wait(&b, QUARTER_MS + 5), 0);
    send(&b, 1, QUARTER_MS);
    assert_int_equal(budget_wait(&b, QUARTER_MS + 5), 900000 - 5);
    /* Whole windows without a request. */
    assert_int_equal(budget_wait(&b, QUARTER_MS + 2000000), 0);
    send(&b, 4, QUARTER_MS + 2000000);
    assert_int_equal(budget_wait(&b, QUARTER_MS + 2000000), 700000);
}

/* Requests on their way are not in the server's count for sure. */
static void
test_flying(void **state)
{
    static const char *const value[] = { "200,2000", "90,90", "100,1000",
                                         "90,90" };
    struct budget b;

    (void)state;
    quota_start(&b, &by_pairs, 0, NOW);
    send(&b, 4, 0);
    budget_land(&b);
    quota_told(&b, &by_pairs, value, 0); /* 3 more may come: 93 */
    send(&b, 6, 0);
    assert_int_equal(budget_wait(&b, 0), 0);
    send(&b, 1, 0);
    assert_int_equal(budget_wait(&b, 0), QUARTER_MS);
    /* An answer that is older than what we know changes nothing. */
    budget_land(&b);
    quota_told(&b, &by_pairs, value, 0);
    assert_int_equal(budget_wait(&b, 0), QUARTER_MS);
}

/* Details leave a share of the shortest window to the lists. */
static void
test_share_that_is_kept(void **state)
{
    static const char *const value[] = { "200,2000", "88,900", "100,1000",
                                         "88,980" };
    static const char *const few[] = { "200,2000", "1,1", "1,1000", "0,1" };
    struct budget b, rest = { .of = &b, .kept_percent = 10 };

    (void)state;
    quota_start(&b, &by_pairs, 0, NOW);
    answer(&b, &by_pairs, value, 0);
    assert_int_equal(budget_wait(&rest, 0), 0);
    send(&rest, 1, 0);
    assert_int_equal(budget_wait(&rest, 0), 0);
    send(&rest, 1, 0); /* 90 of 100 */
    assert_int_equal(budget_wait(&rest, 0), QUARTER_MS);
    assert_int_equal(budget_quota_wait(&rest, 0), QUARTER_MS);
    assert_int_equal(budget_wait(&b, 0), 0);
    send(&b, 10, 0);
    assert_int_equal(budget_wait(&b, 0), QUARTER_MS);
    /* Nothing of the day is kept: 992 of 1000. */
    assert_int_equal(budget_wait(&rest, QUARTER_MS), 0);
    send(&rest, 8, QUARTER_MS);
    assert_int_equal(budget_wait(&rest, QUARTER_MS), MIDNIGHT_MS - QUARTER_MS);
    /* A share is never all. */
    quota_start(&b, &by_pairs, 0, NOW);
    quota_told(&b, &by_pairs, few, 0);
    assert_int_equal(budget_wait(&rest, 0), 0);
}

static void
test_pause_reaches_both(void **state)
{
    struct budget b, rest = { .of = &b, .kept_percent = 10 };

    (void)state;
    quota_start(&b, &by_pairs, 0, NOW);
    budget_pause(&rest, 700);
    assert_int_equal(budget_wait(&b, 0), 700);
    assert_int_equal(budget_wait(&rest, 0), 700);
    assert_int_equal(budget_quota_wait(&rest, 0), 0);
}

static const struct {
    const char *value[3];
    int64_t wait_ms;
} told[] = {
    { { "100, 100;window=60, 10000;window=86400", "1", "40" }, 0 },
    { { "100, 100;window=60, 10000;window=86400", "0", "40" }, 43000 },
    { { "100,100;w=60,10000;w=86400", "0", "40" }, 43000 },
    { { "100, 10000;window=86400, 100;foo=1; window=60", "0", "40" }, 43000 },
    { { "10000, 100;window=60, 10000;window=86400", "0", "7200" }, 7203000 },
    { { "100", "0", "40" }, 43000 },
    { { NULL, "0", "40" }, 43000 },
    { { NULL, "1", "40" }, 0 },
    { { "100, 100;window=60, 10000;window=86400", "0", NULL }, 60000 },
    { { "100, 100;window=60", "0", "1790000000" }, 60000 }, /* no seconds */
    { { "100, 100;window=60", "many", "40" }, 0 },
    { { "100, 100;window=60", "500", "40" }, 0 },
    { { "100;window, ;;, window=60", "0", "40" }, 43000 },
    { { NULL, NULL, NULL }, 0 },
};

static void
test_policies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        struct budget b;
        int64_t wait;

        quota_start(&b, &by_policies, 1000, NOW);
        answer(&b, &by_policies, told[i].value, 1000);
        wait = budget_wait(&b, 1000);
        if (wait != told[i].wait_ms)
            fail_msg("%zu: %lld", i, (long long)wait);
    }
}

/* The server's minute ends before ours does. */
static void
test_server_begins_anew(void **state)
{
    static const char *const old[] = { "3, 3;window=60", "1", "1" };
    static const char *const new[] = { "3, 3;window=60", "2", "60" };
    struct budget b;

    (void)state;
    quota_start(&b, &by_policies, 0, NOW);
    answer(&b, &by_policies, old, 0);
    answer(&b, &by_policies, new, 1500);
    send(&b, 1, 1500);
    assert_int_equal(budget_wait(&b, 1500), 0);
    send(&b, 1, 1500);
    assert_int_equal(budget_wait(&b, 1500), 63000);
}

/* A pace of ours is a window of its own, and no quota. */
static void
test_pace_and_quota(void **state)
{
    static const char *const value[] = { "150", "0", "100" };
    struct budget b;

    (void)state;
    quota_start(&b, &by_hour, 0, NOW);
    send(&b, 10, 0);
    assert_int_equal(budget_wait(&b, 0), 1000);
    assert_int_equal(budget_quota_wait(&b, 0), 0);
    answer(&b, &by_hour, value, 2000);
    assert_int_equal(budget_wait(&b, 2000), 103000);
    assert_int_equal(budget_quota_wait(&b, 2000), 103000);
}

/* Refusals that do not say of what. */
static void
test_refused(void **state)
{
    struct budget b, rest = { .of = &b, .kept_percent = 10 };

    (void)state;
    quota_start(&b, &by_pairs, 0, NOW);
    send(&b, 3, 0);
    assert_int_equal(budget_wait(&rest, 0), 0);
    budget_refused(&rest, 0);
    assert_int_equal(budget_quota_wait(&b, 0), QUARTER_MS);
    assert_int_equal(budget_wait(&rest, QUARTER_MS - 1), 1);
    budget_spend(&rest, QUARTER_MS); /* the next one is another one */
    assert_int_equal(budget_wait(&b, QUARTER_MS), 0);
    quota_start(&b, &by_hour, 0, NOW); /* who knows when it ends */
    send(&b, 3, 0);
    budget_refused(&b, 0);
    assert_int_equal(budget_quota_wait(&b, 0), 0);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_aligned_windows),
        cmocka_unit_test(test_flying),
        cmocka_unit_test(test_share_that_is_kept),
        cmocka_unit_test(test_pause_reaches_both),
        cmocka_unit_test(test_policies),
        cmocka_unit_test(test_server_begins_anew),
        cmocka_unit_test(test_pace_and_quota),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
