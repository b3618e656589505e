#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "provider/registry.h"
#include "spec/category.h"
#include "spec/check.h"
#include "spec/oauth.h"
#include "spec/provider.h"
#include "spec/quota.h"

/* A provider without a fault: "sleep" is the one that rows below break, and
 * "night" bounds its backfill. */

static const char *const good_columns[] = {
    "id", "day", "start", "end", "score", NULL,
};

static const char *const beat_columns[] = { "sleep_id", "at", "value", NULL };
static const struct inherited good_inherited[] = { { "sleep_id", "id" },
                                                   { NULL, NULL } };
static const struct inherited lost_inherited[] = { { "sleep_id", "uuid" },
                                                   { NULL, NULL } };
static const struct inherited extra_inherited[] = { { "sleep_id", "id" },
                                                    { "more", "id" },
                                                    { NULL, NULL } };
static const struct inherited lost_rename[] = { { "uuid", "id" },
                                                { NULL, NULL } };
static const struct feed_of lost_feed = { .category = "person",
                                          .type_at = "day",
                                          .gone = "deleted",
                                          .gone_id = "id",
                                          .record_at = "person" };
static const struct filled empty_filled[] = { { "day", { NULL } },
                                              { NULL, { NULL } } };
static const struct filled lost_filled[] = { { "day", { "uuid" } },
                                             { NULL, { NULL } } };
static const struct inner_list nameless_inner = { .list_at = "" };
static const struct child_of good_child = {
    .parent = "sleep",
    .list_at = "end",
    .inherited = good_inherited,
    .owner_ids = 1,
    .value_col = "value",
    .start_at = "start",
    .interval_at = "day",
};

static const struct id_source good_ids[] = { { "night", "id", NULL },
                                             { NULL, NULL, NULL } };
static const struct id_source no_ids[] = { { NULL, NULL, NULL } };
static const struct id_source lost_ids[] = { { "night", "uuid", NULL },
                                             { NULL, NULL, NULL } };
static const struct id_source own_ids[] = { { "lap", "id", NULL },
                                            { NULL, NULL, NULL } };
static const struct id_source many_ids[] = {
    { "night", "id", NULL },    { "night", "day", NULL },
    { "night", "start", NULL }, { "night", "end", NULL },
    { "night", "score", "id" }, { NULL, NULL, NULL },
};
static const char *const good_print[] = { "start", "score", NULL };
static const char *const no_print[] = { NULL };
static const char *const lost_print[] = { "start", "colour", NULL };
static const struct per_record good_per = {
    .ids = good_ids,
    .id_col = "id",
    .index_col = "day",
    .is_set = true,
    .print = good_print,
    .recent_days = 14,
    .refusal = "needs money",
};

static const struct category good_categories[] = {
    {
        .name = "sleep",
        .path = "/v2/sleep",
        .docs = "https://example.com/docs",
        .window = WINDOW_DAY,
        .from_key = "from",
        .to_key = "to",
        .span_days = 30,
        .pad_days = 1,
        .overlap_days = 3,
        .bounded_by = "night",
        .bound_days = 31,
        .page = PAGE_TOKEN,
        .page_key = "token",
        .next_at = "next",
        .records_at = "data",
        .ids = { "id" },
        .unique = "day",
        .time_col = "start",
        .time_style = TIME_RFC3339,
        .end_col = "end",
        .open_days = 90,
        .columns = good_columns,
    },
    {
        .name = "night",
        .path = "/v2/night",
        .docs = "https://example.com/docs",
        .window = WINDOW_TIME,
        .from_key = "from",
        .to_key = "to",
        .ids = { "id", "day" },
        .time_col = "day",
        .time_style = TIME_DAY,
        .columns = good_columns,
    },
    {
        .name = "person",
        .path = "/v2/person",
        .docs = "https://example.com/docs",
        .note = "one record",
        .ids = { "id" },
        .columns = good_columns,
    },
    {
        .name = "lap",
        .per = &good_per,
        .path = "/v2/night/{id}/laps",
        .docs = "https://example.com/docs",
        .page = PAGE_TOKEN,
        .page_key = "cursor",
        .next_at = "cursor",
        .next_in_last = true,
        .records_at = "",
        .ids = { "id", "day" },
        .columns = good_columns,
    },
    {
        .name = "beat",
        .child = &good_child,
        .docs = "https://example.com/docs",
        .ids = { "sleep_id", "at" },
        .time_col = "at",
        .time_style = TIME_RFC3339,
        .columns = beat_columns,
    },
};

static const struct quota good_quota = {
    .limit = "X-Limit",
    .left = "X-Left",
    .reset = "X-Reset",
    .seconds = { 60, 86400 },
};

enum { GOOD_N = sizeof(good_categories) / sizeof(good_categories[0]) };

static const struct provider good_provider = {
    .name = "acme",
    .title = "Acme",
    .docs = "https://example.com/docs",
    .base_url = "https://api.example.com",
    .prefix = "",
    .token_key = "access_token",
    .token_env = "ACME_TOKEN",
    .token_help = "https://example.com/tokens",
    .parallel = 4,
    .rate_limit = 60,
    .rate_seconds = 60,
    .quota_n = 1,
    .scope_at = "detail",
    .scope_word = "scope",
    .categories_n = GOOD_N,
};

/* Lists of columns, each with a fault. */
static const char *const no_columns[] = { NULL };
static const char *const empty_column[] = { "id", "", NULL };
static const char *const twice_column[] = {
    "id", "day", "start", "end", "id", NULL,
};

static const struct oauth no_login = { .grant = OAUTH_KEY };

/* One member of the good provider or of one of its categories gets another
 * value; spec_check() must name the member. */
struct broken {
    const char *what;
    enum { PROVIDER, SLEEP, NIGHT, PERSON, LAP, BEAT, CHILD, QUOTA, PER } whose;
    size_t at;
    enum { POINTER, INT, BOOL } kind;
    const void *pointer;
    int number;
    const char *word; /* in the text of the error */
};

#define P_PTR(member) PROVIDER, offsetof(struct provider, member), POINTER
#define P_INT(member) PROVIDER, offsetof(struct provider, member), INT, NULL
#define CHILD_PTR(member) CHILD, offsetof(struct child_of, member), POINTER
#define CHILD_INT(member) CHILD, offsetof(struct child_of, member), INT, NULL
#define QUOTA_PTR(member) QUOTA, offsetof(struct quota, member), POINTER
#define QUOTA_INT(member) QUOTA, offsetof(struct quota, member), INT, NULL
#define PER_PTR(member) PER, offsetof(struct per_record, member), POINTER
#define PER_INT(member) PER, offsetof(struct per_record, member), INT, NULL
#define C_PTR(whose, member) whose, offsetof(struct category, member), POINTER
#define C_INT(whose, member) whose, offsetof(struct category, member), INT, NULL

#define C_BOOL(whose, member)                                                  \
    whose, offsetof(struct category, member), BOOL, NULL

static const struct broken rows[] = {
    { "no name", P_PTR(name), NULL, 0, "name" },
    { "a name in capitals", P_PTR(name), "Acme", 0, "name" },
    { "no title", P_PTR(title), "", 0, "acme: title" },
    { "no docs of the provider", P_PTR(docs), NULL, 0, "acme: docs" },
    { "no address", P_PTR(base_url), NULL, 0, "base_url" },
    { "a plain http address", P_PTR(base_url), "http://a.example", 0,
      "base_url" },
    { "https without a host", P_PTR(base_url), "https://", 0, "base_url" },
    { "an address with a slash", P_PTR(base_url), "https://a.example/", 0,
      "base_url" },
    { "an address with a blank", P_PTR(base_url), "https://a. example", 0,
      "base_url" },
    { "no prefix", P_PTR(prefix), NULL, 0, "prefix" },
    { "a prefix without a slash", P_PTR(prefix), "v2", 0, "prefix" },
    { "a prefix that ends in one", P_PTR(prefix), "/v2/", 0, "prefix" },
    { "no token key", P_PTR(token_key), NULL, 0, "token_key" },
    { "no token variable", P_PTR(token_env), NULL, 0, "token_env" },
    { "no token help", P_PTR(token_help), NULL, 0, "token_help" },
    { "an empty note", P_PTR(note), "", 0, "note" },
    { "a header for nothing", P_PTR(token_header), "api-key", 0,
      "token_header" },
    { "a login without a page", P_PTR(login), &no_login, 0, "login: setup" },
    { "nothing in flight", P_INT(parallel), 0, "parallel" },
    { "too much in flight", P_INT(parallel), 17, "parallel" },
    { "a rate without its limit", P_INT(rate_limit), 0, "rate_limit" },
    { "a rate below zero", P_INT(rate_limit), -1, "rate_limit" },
    { "a rate without its time", P_INT(rate_seconds), 0, "rate_seconds" },
    { "more kept than half", P_INT(quota_kept), 51, "quota_kept" },
    { "too many quotas", P_INT(quota_n), QUOTAS_MAX + 1, "acme: quota" },
    { "a quota without a limit", QUOTA_PTR(limit), "", 0, "acme: quota" },
    { "a quota that does not count", QUOTA_PTR(left), NULL, 0, "used or left" },
    { "a quota that counts twice", QUOTA_PTR(used), "X-Used", 0,
      "used or left" },
    { "a quota without a window", QUOTA_INT(seconds[0]), 0, "seconds" },
    { "the day before the minute", QUOTA_INT(seconds[1]), 60, "seconds" },
    { "scope word without a place", P_PTR(scope_at), NULL, 0, "scope_at" },
    { "scope place without a word", P_PTR(scope_word), NULL, 0, "scope_word" },
    { "no categories", P_PTR(categories), NULL, 0, "categories" },

    { "a nameless category", C_PTR(SLEEP, name), NULL, 0, "name" },
    { "a name with a dash", C_PTR(SLEEP, name), "sl-eep", 0, "name" },
    { "two of one name", C_PTR(PERSON, name), "sleep", 0, "name" },
    { "no path", C_PTR(SLEEP, path), NULL, 0, "acme: sleep: path" },
    { "a path without a slash", C_PTR(SLEEP, path), "sleep", 0, "path" },
    { "a path with a query", C_PTR(SLEEP, path), "/sleep?a=1", 0, "path" },
    { "no docs", C_PTR(SLEEP, docs), NULL, 0, "sleep: docs" },
    { "docs over plain http", C_PTR(SLEEP, docs), "http://a.example", 0,
      "docs" },
    { "an empty note of one", C_PTR(PERSON, note), "", 0, "note" },

    { "no list of columns", C_PTR(SLEEP, columns), NULL, 0, "columns" },
    { "an empty list of columns", C_PTR(SLEEP, columns), no_columns, 0,
      "columns" },
    { "a column without a name", C_PTR(SLEEP, columns), empty_column, 0,
      "columns" },
    { "a column that is there twice", C_PTR(SLEEP, columns), twice_column, 0,
      "columns" },

    { "no ids", C_PTR(SLEEP, ids[0]), NULL, 0, "ids" },
    { "an empty id", C_PTR(SLEEP, ids[0]), "", 0, "ids" },
    { "an unknown id", C_PTR(SLEEP, ids[0]), "uuid", 0, "ids" },
    { "an unknown second id", C_PTR(NIGHT, ids[1]), "uuid", 0, "ids" },
    { "an id that is there twice", C_PTR(NIGHT, ids[1]), "id", 0, "ids" },
    { "ids without an end", C_PTR(NIGHT, ids[CATEGORY_KEYS_MAX]), "day", 0,
      "ids" },
    { "an unknown unique column", C_PTR(SLEEP, unique), "date", 0, "unique" },

    { "an unknown time column", C_PTR(SLEEP, time_col), "when", 0, "time_col" },
    { "an unknown end column", C_PTR(SLEEP, end_col), "till", 0, "end_col" },
    { "a time without a column", C_PTR(SLEEP, time_col), NULL, 0,
      "time_style" },
    { "a time without a style", C_INT(SLEEP, time_style), TIME_NONE,
      "time_style" },
    { "open days without an end", C_PTR(SLEEP, end_col), NULL, 0, "open_days" },
    { "an end without open days", C_INT(SLEEP, open_days), 0, "open_days" },
    { "open days below zero", C_INT(PERSON, open_days), -1, "open_days" },

    { "a version in no column", C_PTR(SLEEP, version_col), "v", 0,
      "version_col" },
    { "open by no column", C_PTR(SLEEP, open_col), "state", 0, "open_col" },
    { "open by a column without a word", C_PTR(SLEEP, open_col), "score", 0,
      "open_word" },
    { "open by a word without a column", C_PTR(SLEEP, open_word), "OPEN", 0,
      "open_word" },
    { "late, but never open", C_INT(PERSON, late_days), 2, "late_days" },
    { "late below zero", C_INT(SLEEP, late_days), -1, "late_days" },
    { "alone, but never open", C_PTR(PERSON, by_id), "/p/{id}", 0, "by_id" },
    { "alone without a place for the id", C_PTR(SLEEP, by_id), "/sleep", 0,
      "by_id" },
    { "one record in a list", C_PTR(SLEEP, constant_id), "me", 0,
      "constant_id" },
    { "one record without a name", C_PTR(PERSON, constant_id), "", 0,
      "constant_id" },

    { "a window without a start", C_PTR(SLEEP, from_key), NULL, 0, "from_key" },
    { "a window without an end", C_PTR(NIGHT, to_key), "", 0, "to_key" },
    { "start and end of one name", C_PTR(SLEEP, to_key), "from", 0, "to_key" },
    { "a start without a window", C_PTR(PERSON, from_key), "from", 0,
      "window" },
    { "keys without a window", C_INT(SLEEP, window), WINDOW_NONE, "window" },
    { "overlap without a window", C_INT(PERSON, overlap_days), 3, "window" },
    { "a span below zero", C_INT(SLEEP, span_days), -1, "window" },
    { "a pad below zero", C_INT(SLEEP, pad_days), -1, "window" },
    { "an overlap below zero", C_INT(SLEEP, overlap_days), -1, "window" },
    { "open to both sides", C_PTR(SLEEP, to_key), NULL, 0, "to_key" },
    { "cut, but without an end", C_BOOL(SLEEP, one_sided), true, "span_days" },
    { "no filter for one part of it", C_BOOL(SLEEP, unfiltered), true,
      "unfiltered" },
    { "a full page that has no number", C_INT(SLEEP, page_full), 200,
      "page_full" },
    { "a sweep of windows", C_INT(SLEEP, sweep_days), 7, "sweep_days" },
    { "a sweep of the past", C_INT(PERSON, sweep_days), -2, "window" },
    { "gone from no window", C_BOOL(PERSON, tells_gone), true, "tells_gone" },
    { "one side of no window", C_BOOL(PERSON, one_sided), true, "window" },
    { "a window of no style", C_INT(SLEEP, window), 99, "window" },

    { "a token without its key", C_PTR(SLEEP, page_key), NULL, 0, "page_key" },
    { "a token without its place", C_PTR(SLEEP, next_at), NULL, 0, "next_at" },
    { "pages without records", C_PTR(SLEEP, records_at), NULL, 0,
      "records_at" },
    { "a token beside a list", C_PTR(SLEEP, records_at), "", 0, "records_at" },
    { "a token and a count", C_PTR(SLEEP, pages_at), "pages", 0, "page" },
    { "even pages without a token", C_BOOL(PERSON, even_pages), true,
      "even_pages" },
    { "one page with a count", C_PTR(PERSON, pages_at), "pages", 0, "page" },
    { "numbers with a token", C_INT(SLEEP, page), PAGE_NUMBER, "next_at" },
    { "a query without values", C_PTR(SLEEP, query), "limit", 0, "query" },
    { "a query with its mark", C_PTR(SLEEP, query), "?limit=1", 0, "query" },
    { "one page with a token", C_PTR(PERSON, page_key), "token", 0, "page" },
    { "one page with a next one", C_PTR(PERSON, next_at), "next", 0, "page" },
    { "pages of no style", C_INT(SLEEP, page), 99, "page" },

    { "a feed that is none", C_PTR(PERSON, feed), "night", 0, "feed" },
    { "a feed of nothing known", C_PTR(PERSON, feed), "day", 0, "feed" },
    { "the feed of one that has none", C_PTR(NIGHT, feed_of), &lost_feed, 0,
      "feed_of" },
    { "a count without a place", C_PTR(PERSON, counted_by), "night", 0,
      "count_at" },
    { "filled from nothing", C_PTR(SLEEP, filled), empty_filled, 0, "filled" },
    { "filled from no column", C_PTR(SLEEP, filled), lost_filled, 0, "filled" },
    { "one record, in pages", C_BOOL(SLEEP, is_single), true, "is_single" },
    { "one record at no place", C_BOOL(PERSON, is_single), true, "is_single" },

    { "bound by nothing known", C_PTR(SLEEP, bounded_by), "day", 0,
      "bounded_by" },
    { "bound by itself", C_PTR(SLEEP, bounded_by), "sleep", 0, "bounded_by" },
    { "bound by one without time", C_PTR(SLEEP, bounded_by), "person", 0,
      "bounded_by" },
    { "bound by one that is bound", C_PTR(NIGHT, bounded_by), "sleep", 0,
      "bounded_by" },
    { "bound without a window", C_PTR(PERSON, bounded_by), "night", 0,
      "bounded_by" },
    { "days of no bound", C_PTR(SLEEP, bounded_by), NULL, 0, "bound_days" },
    { "a bound below zero", C_INT(SLEEP, bound_days), -1, "bound_days" },

    { "ids of nothing", PER_PTR(ids), no_ids, 0, "lap: per: no ids" },
    { "ids of a column that is not there", PER_PTR(ids), lost_ids, 0,
      "night has no column" },
    { "ids of its own", PER_PTR(ids), own_ids, 0, "no list" },
    { "ids of too many", PER_PTR(ids), many_ids, 0, "more than" },
    { "an id in no column", PER_PTR(id_col), "uuid", 0, "id_col" },
    { "a number of no column", PER_PTR(index_col), "i", 0, "index_col" },
    { "a set that has no owner", PER_PTR(id_col), "day", 0, "a set" },
    { "a set of one", C_PTR(LAP, ids[1]), NULL, 0, "a set" },
    { "a print of nothing", PER_PTR(print), no_print, 0, "print" },
    { "a print of what is not there", PER_PTR(print), lost_print, 0, "print" },
    { "a count that is not in the print", PER_PTR(count_col), "end", 0,
      "count_col" },
    { "recent without a print", PER_PTR(print), NULL, 0, "recent_days" },
    { "recent below zero", PER_INT(recent_days), -1, "recent_days" },
    { "an empty refusal", PER_PTR(refusal), "", 0, "refusal" },
    { "asked for by id besides", C_PTR(LAP, by_id), "/x/{id}", 0, "by_id" },
    { "a list for each column, beside records", C_PTR(LAP, lists_at), "data", 0,
      "lists_at" },
    { "the token in the last of no list", C_PTR(LAP, records_at), NULL, 0,
      "next_in_last" },
    { "child of nothing known", CHILD_PTR(parent), "day", 0, "child of" },
    { "child of itself", CHILD_PTR(parent), "beat", 0, "child of" },
    { "a list that is not there", CHILD_PTR(list_at), "list", 0, "list_at" },
    { "no list", CHILD_PTR(list_at), NULL, 0, "list_at" },
    { "a number in no column", CHILD_PTR(index_col), "i", 0, "index_col" },
    { "a value in no column", CHILD_PTR(value_col), "x", 0, "value_col" },
    { "a series without values", CHILD_PTR(value_col), NULL, 0, "value_col" },
    { "a start without interval", CHILD_PTR(interval_at), NULL, 0,
      "interval_at" },
    { "a start that is not there", CHILD_PTR(start_at), "begin", 0,
      "start_at" },
    { "another name for no column", CHILD_PTR(renamed), lost_rename, 0,
      "renamed" },
    { "numbers for no column", CHILD_PTR(index_at), "index", 0, "index_at" },
    { "lists in lists without a name", CHILD_PTR(inner), &nameless_inner, 0,
      "inner" },
    { "nothing of its record", CHILD_PTR(inherited), NULL, 0, "owner_ids" },
    { "no owner", CHILD_INT(owner_ids), 0, "owner_ids" },
    { "nothing but the owner", CHILD_INT(owner_ids), 2, "owner_ids" },
    { "a column that the record lacks", CHILD_PTR(inherited), lost_inherited, 0,
      "inherited" },
    { "a column that the child lacks", CHILD_PTR(inherited), extra_inherited, 0,
      "inherited" },
    { "a child that is asked for", C_PTR(BEAT, path), "/v2/beat", 0, "child" },
    { "a child with windows", C_INT(BEAT, window), WINDOW_DAY, "child" },
    { "a child with a second key", C_PTR(BEAT, unique), "at", 0, "child" },
    { "a series without time", C_INT(BEAT, time_style), TIME_DAY, "time_col" },
};

static void
break_at(void *struct_, const struct broken *row)
{
    char *member = (char *)struct_ + row->at;

    if (row->kind == POINTER)
        memcpy(member, &row->pointer, sizeof(row->pointer));
    else if (row->kind == BOOL)
        *(bool *)member = row->number != 0;
    else
        memcpy(member, &row->number, sizeof(row->number));
}

static void
test_good(void **state)
{
    struct provider p = good_provider;
    struct err e = ERR_INIT;

    (void)state;
    p.categories = good_categories;
    p.quota = &good_quota;
    if (spec_check(&p, &e) < 0)
        fail_msg("the good provider: %s", e.text);
}

static void
test_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct broken *row = &rows[i];
        struct category categories[GOOD_N];
        struct provider p = good_provider;
        struct child_of child = good_child;
        struct quota quota = good_quota;
        struct per_record per = good_per;
        struct err e = ERR_INIT;

        memcpy(categories, good_categories, sizeof(categories));
        p.categories = categories;
        categories[LAP - SLEEP].per = &per;
        p.quota = &quota;
        if (row->whose == PROVIDER)
            break_at(&p, row);
        else if (row->whose == CHILD)
            break_at(&child, row);
        else if (row->whose == QUOTA)
            break_at(&quota, row);
        else if (row->whose == PER)
            break_at(&per, row);
        else
            break_at(&categories[row->whose - SLEEP], row);
        if (row->whose == CHILD)
            categories[BEAT - SLEEP].child = &child;
        if (spec_check(&p, &e) == 0)
            fail_msg("%s: accepted", row->what);
        if (!strstr(e.text, row->word))
            fail_msg("%s: no \"%s\" in \"%s\"", row->what, row->word, e.text);
    }
}

static void
test_registry(void **state)
{
    (void)state;
    assert_true(registry_n > 0);
    for (size_t i = 0; i < registry_n; i++) {
        struct err e = ERR_INIT;

        if (spec_check(registry[i], &e) < 0)
            fail_msg("%s", e.text);
        /* Fails if an earlier provider has the same name. */
        assert_ptr_equal(registry_find(registry[i]->name), registry[i]);
        assert_string_equal(registry_name(NULL, i), registry[i]->name);
    }
    assert_null(registry_name(NULL, registry_n));
    assert_null(registry_find("acme"));
    assert_null(registry_find(NULL));
}

static void
test_category(void **state)
{
    const struct provider *oura = registry_find("oura");
    size_t asked = 0;

    (void)state;
    assert_non_null(oura);
    for (size_t i = 0; i < oura->categories_n; i++)
        asked += !oura->categories[i].child;
    assert_int_equal(asked, 19);
    for (size_t i = 0; i < oura->categories_n; i++)
        assert_ptr_equal(provider_category(oura, oura->categories[i].name),
                         &oura->categories[i]);
    assert_null(provider_category(oura, "slep"));
    assert_null(provider_category(oura, NULL));
    /* The one path that is not its name, in the case that the server wants. */
    assert_string_equal(provider_category(oura, "vo2_max")->path, "/vO2_max");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_registry),
        cmocka_unit_test(test_category),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
