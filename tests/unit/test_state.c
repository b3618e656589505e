#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/log.h"
#include "store/state.h"
#include "tempdir.h"

enum { NOW = 1763632800 }; /* 2025-11-20T10:00:00Z */

/* What we write, with members of somebody else at every level. */
static const char full[] =
    "{\n"
    "  \"version\": 1,\n"
    "  \"note\": 1.50,\n"
    "  \"sources\": {\n"
    "    \"oura\": {\n"
    "      \"colour\": \"red\",\n"
    "      \"categories\": {\n"
    "        \"sleep\": {\n"
    "          \"mine\": [ 1, 2 ],\n"
    "          \"last_fetch\": \"2025-11-20T10:00:00Z\",\n"
    "          \"last_success\": \"2025-11-19T10:00:00Z\",\n"
    "          \"first_record\": \"2023-01-02T22:41:00Z\",\n"
    "          \"open_since\": \"2025-11-19T23:01:00Z\",\n"
    "          \"last_error\": {\n"
    "            \"at\": \"2025-11-20T10:00:00Z\",\n"
    "            \"text\": \"GET /v2: HTTP 502\",\n"
    "            \"code\": 502\n"
    "          },\n"
    "          \"columns\": [ \"new.x\", \"a,b\" ],\n"
    "          \"tables\": {\n"
    "            \"csv\": {\n"
    "              \"rows\": 1204,\n"
    "              \"in_order\": true,\n"
    "              \"profile\": \"excel\",\n"
    "              \"bytes\": 9007199254740993,\n"
    "              \"coverage\": [ "
    "\"2010-01-01T00:00:00Z/2012-01-01T00:00:00Z\", "
    "\"2013-01-01T00:00:00Z/2025-11-20T10:00:00Z\" ]\n"
    "            }\n"
    "          }\n"
    "        }\n"
    "      }\n"
    "    }\n"
    "  }\n"
    "}\n";

static struct state *
load(bool rebuild)
{
    struct err e = ERR_INIT;
    struct state *s;

    if (state_load(&s, in_tempdir("state.json"), rebuild, NOW, &e) < 0)
        fail_msg("%s", e.text);
    return s;
}

static void
save(struct state *s)
{
    struct err e = ERR_INIT;

    if (state_save(s, &e) < 0)
        fail_msg("%s", e.text);
}

static void
test_fresh(void **state)
{
    struct state *s = load(false);

    (void)state;
    assert_null(state_each(s, 0));
    assert_null(state_find(s, "oura", "sleep"));
    save(s);
    assert_string_equal(tempdir_read("state.json"),
                        "{\n  \"version\": 1,\n  \"sources\": {}\n}\n");
    state_free(s);
    state_free(NULL);
}

static void
test_keeps_everything(void **state)
{
    const struct category_state *c;
    struct state *s;

    (void)state;
    tempdir_write("state.json", full);
    s = load(false);
    c = state_find(s, "oura", "sleep");
    assert_non_null(c);
    assert_ptr_equal(state_each(s, 0), c);
    assert_null(state_each(s, 1));
    assert_int_equal(c->last_fetch, NOW);
    assert_int_equal(c->last_success, NOW - DAY);
    assert_int_equal(c->last_error_at, NOW);
    assert_string_equal(c->last_error, "GET /v2: HTTP 502");
    assert_int_equal(c->columns.n, 2);
    assert_string_equal(c->columns.item[0], "new.x");
    assert_string_equal(c->columns.item[1], "a,b");
    assert_int_equal(c->table_n, 1);
    assert_string_equal(c->table[0].format, "csv");
    assert_int_equal(c->table[0].rows, 1204);
    assert_true(c->table[0].in_order);
    assert_string_equal(c->table[0].profile, "excel");
    assert_int_equal(c->table[0].coverage.n, 2);
    assert_int_equal(coverage_newest(&c->table[0].coverage, 0), NOW);
    save(s);
    assert_string_equal(tempdir_read("state.json"), full);
    state_free(s);
}

/* Sources and categories that none of ours can be are kept, not read. */
static void
test_strange_names(void **state)
{
    static const char text[] = "{\n"
                               "  \"version\": 1,\n"
                               "  \"sources\": {\n"
                               "    \"\\u0000\": 1,\n"
                               "    \"a\xff\": {},\n"
                               "    \"oura\": {\n"
                               "      \"categories\": {\n"
                               "        \"a\\\"b\": {},\n"
                               "        \"\\ud800\": {}\n"
                               "      }\n"
                               "    }\n"
                               "  }\n"
                               "}\n";
    struct state *s;

    (void)state;
    tempdir_write("state.json", text);
    s = load(false);
    assert_null(state_each(s, 0));
    save(s);
    assert_string_equal(tempdir_read("state.json"), text);
    state_free(s);
}

/* What was asked for one by one. */
static void
test_asked(void **state)
{
    struct category_state *c;
    struct state *s = load(false);

    (void)state;
    c = state_category(s, "strava", "activity_detail");
    assert_int_equal(c->asked_of, -1);
    save(s);
    assert_null(strstr(tempdir_read("state.json"), "asked"));
    c->asked_done = 1;
    c->asked_of = 900;
    c->last_sweep = NOW;
    c->last_reread = NOW - DAY;
    done_put(&state_table(c, "csv")->done, "16000000005", 11, 0x1a2b3c4d);
    state_table(c, "csv")->page = 51;
    state_table(c, "csv")->began = NOW - DAY;
    save(s);
    state_free(s);
    s = load(false);
    c = state_category(s, "strava", "activity_detail");
    assert_int_equal(c->asked_done, 1);
    assert_int_equal(c->asked_of, 900);
    assert_int_equal(c->last_sweep, NOW);
    assert_int_equal(c->last_reread, NOW - DAY);
    assert_int_equal(state_table(c, "csv")->page, 51);
    assert_int_equal(state_table(c, "csv")->began, NOW - DAY);
    assert_true(
        done_has(&state_table(c, "csv")->done, "16000000005", 11, 0x1a2b3c4d));
    assert_non_null(strstr(tempdir_read("state.json"),
                           "\"done\": \"16000000005:1a2b3c4d\""));
    state_table(c, "csv")->page = 0;
    save(s);
    assert_null(strstr(tempdir_read("state.json"), "reading"));
    state_free(s);
}

static void
test_records(void **state)
{
    struct category_state *sleep;
    struct table_state *csv;
    struct state *s = load(false);

    (void)state;
    sleep = state_category(s, "oura", "sleep");
    for (int i = 0; i < 50; i++) {
        char name[20];

        (void)snprintf(name, sizeof(name), "c%d", i);
        (void)state_category(s, "anna", name);
    }
    assert_ptr_equal(state_category(s, "oura", "sleep"), sleep);
    assert_int_equal(sleep->last_fetch, STATE_NO_TIME);
    csv = state_table(sleep, "csv");
    assert_int_equal(csv->rows, 0);
    assert_true(csv->in_order);
    csv->rows = -1;
    csv->in_order = false;
    coverage_add(&csv->coverage, (struct span){ .from = 0, .to = DAY });
    assert_int_equal(state_table(sleep, "jsonl")->rows, 0);
    assert_int_equal(state_table(sleep, "csv")->rows, -1);
    state_set_error(sleep, "broken \"x\"", NOW);
    save(s);
    state_free(s);

    s = load(false);
    sleep = state_category(s, "oura", "sleep");
    assert_int_equal(sleep->table_n, 2);
    assert_int_equal(sleep->table[0].rows, -1);
    assert_false(sleep->table[0].in_order);
    assert_true(coverage_has(&sleep->table[0].coverage,
                             (struct span){ .from = 0, .to = DAY }));
    assert_string_equal(sleep->last_error, "broken \"x\"");
    assert_null(sleep->table[0].profile);
    state_set_profile(&sleep->table[0], "duckdb");
    assert_string_equal(sleep->table[0].profile, "duckdb");
    state_set_profile(&sleep->table[0], "plain");
    assert_null(sleep->table[0].profile);
    state_set_error(sleep, NULL, NOW);
    assert_int_equal(sleep->last_error_at, STATE_NO_TIME);
    save(s);
    assert_null(strstr(tempdir_read("state.json"), "last_error"));
    state_free(s);
}

#define CATEGORY(text)                                                         \
    "{\"version\":1,\"sources\":{\"oura\":{\"categories\":{\"sleep\":" text    \
    "}}}}"
#define TABLE(text) CATEGORY("{\"tables\":{\"csv\":" text "}}")

static const struct {
    const char *text, *what;
} damaged[] = {
    { "{\"version\":1,\"sources\":{\"a\":{\"categories\":{\"b\":"
      "{\"listed\":-3}}}}}",
      "listed is no count" },
    { "{\"version\":1,\"sources\":{\"a\":{\"categories\":{\"b\":"
      "{\"gone\":\"x\"}}}}}",
      "gone is no count" },
    { "{\"version\":1,\"sources\":{\"a\":{\"categories\":{\"b\":"
      "{\"open\":7}}}}}",
      "open is no list" },
    { "", "the file is empty" },
    { "{\"version\":1", "is damaged" },
    { "{\"version\":1} x", "is damaged" },
    { "[]", "no JSON object" },
    { "{}", "no version" },
    { "{\"version\":\"1\"}", "no version" },
    { "{\"version\":0}", "no version" },
    { "{\"version\":1,\"sources\":[]}", "sources is no object" },
    { "{\"version\":1,\"sources\":{\"oura\":1}}", "oura: no object" },
    { "{\"version\":1,\"sources\":{\"oura\":{\"categories\":1}}}",
      "oura: categories is no object" },
    { CATEGORY("1"), "oura/sleep: no object" },
    { "{\"version\":1,\"version\":1}", "version is there twice" },
    { CATEGORY("{},\"sl\\u0065ep\":{}"), "oura: sleep is there twice" },
    { CATEGORY("{\"last_fetch\":1,\"last_fetch\":1}"),
      "oura/sleep: last_fetch is there twice" },
    { TABLE("{\"x\":1,\"x\":2}"), "table csv: x is there twice" },
    { CATEGORY("{\"last_fetch\":1}"), "oura/sleep: last_fetch is no time" },
    { CATEGORY("{\"last_success\":\"x\"}"), "last_success is no time" },
    { CATEGORY("{\"first_record\":\"\"}"), "first_record is no time" },
    { CATEGORY("{\"open_since\":null}"), "open_since is no time" },
    { CATEGORY("{\"last_error\":\"x\"}"), "last_error is no object" },
    { CATEGORY("{\"last_error\":{}}"), "last_error without text" },
    { CATEGORY("{\"last_error\":{\"text\":\"x\",\"at\":1}}"), "at is no time" },
    { CATEGORY("{\"columns\":{}}"), "columns is no list" },
    { CATEGORY("{\"columns\":[\"a\",1]}"), "columns: an entry is no name" },
    { CATEGORY("{\"last_sweep\":7}"), "last_sweep is no time" },
    { CATEGORY("{\"last_reread\":\"x\"}"), "last_reread is no time" },
    { CATEGORY("{\"asked\":7}"), "asked is no object" },
    { CATEGORY("{\"asked\":{\"of\":7}}"), "asked: done is no count" },
    { CATEGORY("{\"asked\":{\"done\":7,\"of\":-1}}"), "asked: of is no count" },
    { TABLE("{\"done\":7}"), "done is no text" },
    { TABLE("{\"reading\":{\"page\":0}}"),
      "reading: page is no number of a page" },
    { TABLE("{\"reading\":{\"page\":7}}"), "reading: no time when it began" },
    { TABLE("{\"done\":\"7\"}"), "done is no list of ids" },
    { CATEGORY("{\"tables\":[]}"), "tables is no object" },
    { TABLE("[]"), "table csv: no object" },
    { TABLE("{\"rows\":1.5}"), "rows is no count" },
    { TABLE("{\"rows\":-1}"), "rows is no count" },
    { TABLE("{\"in_order\":1}"), "in_order is not true or false" },
    { TABLE("{\"profile\":1}"), "profile is no word" },
    { TABLE("{\"coverage\":{}}"), "coverage is no list" },
    { TABLE("{\"coverage\":[1]}"), "coverage: entry 1 is no span" },
    { TABLE("{\"coverage\":[\"2010-01-01T00:00:00Z\"]}"), "is no span" },
    { TABLE("{\"coverage\":[\"x/2010-01-01T00:00:00Z\"]}"), "is no span" },
    { TABLE("{\"coverage\":[\"2010-01-01T00:00:00Z/\"]}"), "is no span" },
    { TABLE("{\"coverage\":[\"2010-01-01T00:00:00Z/"
            "2011-01-01T00:00:00Z\",\"2010-01-01T00:00:00Z/"
            "2010-01-01T00:00:00Z\"]}"),
      "entry 2 is no span" },
};

static void
test_damaged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        struct err e = ERR_INIT;
        struct state *s;

        tempdir_write("state.json", damaged[i].text);
        assert_int_equal(
            state_load(&s, in_tempdir("state.json"), false, NOW, &e), -1);
        assert_null(s);
        assert_int_equal(e.kind, ERR_IO);
        if (!strstr(e.text, damaged[i].what) ||
            !strstr(e.text, "state.json is damaged: "))
            fail_msg("'%s': %s", damaged[i].what, e.text);
        assert_non_null(strstr(e.hint, "--full"));
        assert_string_equal(tempdir_read("state.json"), damaged[i].text);
    }
}

static void
test_rebuild(void **state)
{
    static const char aside[] = "state.json.damaged-20251120T100000Z";
    struct state *s;

    (void)state;
    log_set_level(LOG_QUIET);
    tempdir_write("state.json", "{\"version\":");
    s = load(true);
    assert_null(state_each(s, 0));
    assert_string_equal(tempdir_read(aside), "{\"version\":");
    assert_false(tempdir_has("state.json"));
    save(s);
    state_free(s);
    tempdir_write("state.json", full);
    s = load(true);
    assert_non_null(state_find(s, "oura", "sleep"));
    state_free(s);
}

static void
test_not_ours_to_move(void **state)
{
    static const char newer[] = "{\"version\":2,\"sources\":[]}";
    struct err e = ERR_INIT;
    struct state *s;

    (void)state;
    tempdir_write("state.json", newer);
    for (int rebuild = 0; rebuild < 2; rebuild++) {
        assert_int_equal(
            state_load(&s, in_tempdir("state.json"), rebuild, NOW, &e), -1);
        assert_int_equal(e.kind, ERR_IO);
        assert_non_null(strstr(e.text, "has version 2, this wearchive knows"));
        assert_non_null(strstr(e.hint, "update wearchive"));
        assert_string_equal(tempdir_read("state.json"), newer);
        assert_int_equal(state_load(&s, tempdir, rebuild, NOW, &e), -1);
        assert_int_equal(e.kind, ERR_IO);
        assert_non_null(strstr(e.text, "is a directory"));
        assert_int_equal(
            state_load(&s, in_tempdir("state.json/x"), rebuild, NOW, &e), -1);
        assert_int_equal(e.kind, ERR_IO);
    }
}

static void
test_too_large(void **state)
{
    struct err e = ERR_INIT;
    struct state *s;

    (void)state;
    tempdir_write("state.json", full);
    assert_int_equal(truncate(in_tempdir("state.json"), 65 * 1024 * 1024), 0);
    assert_int_equal(state_load(&s, in_tempdir("state.json"), true, NOW, &e),
                     -1);
    assert_int_equal(e.kind, ERR_IO);
    assert_true(tempdir_has("state.json"));
}

static void
test_save_fails(void **state)
{
    struct err e = ERR_INIT;
    struct state *s;

    (void)state;
    assert_int_equal(
        state_load(&s, in_tempdir("no/state.json"), false, NOW, &e), 0);
    assert_int_equal(state_save(s, &e), -1);
    assert_int_equal(e.kind, ERR_IO);
    assert_non_null(strstr(e.text, "state.json"));
    state_free(s);
}

#define IN_TEMPDIR(f)                                                          \
    cmocka_unit_test_setup_teardown(f, tempdir_make, tempdir_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TEMPDIR(test_fresh),         IN_TEMPDIR(test_keeps_everything),
        IN_TEMPDIR(test_strange_names), IN_TEMPDIR(test_records),
        IN_TEMPDIR(test_asked),         IN_TEMPDIR(test_damaged),
        IN_TEMPDIR(test_rebuild),       IN_TEMPDIR(test_not_ours_to_move),
        IN_TEMPDIR(test_too_large),     IN_TEMPDIR(test_save_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
