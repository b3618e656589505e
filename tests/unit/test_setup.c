#include "cmd/setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/tm.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "engine/source.h"
#include "spec/category.h"
#include "spec/provider.h"
#include "tempdir.h"

static const char *const variables[] = {
    "WEARCHIVE_CONFIG",
    "WEARCHIVE_OUTPUT_DIR",
    "WEARCHIVE_STATE_FILE",
    "WEARCHIVE_FORMAT",
    "OURA_PERSONAL_ACCESS_TOKEN",
    "OURA_ACCESS_TOKEN",
    "OURA_BASE_URL",
    "OURA_PROFILE",
    "OURA_START_DATE",
    "ANNA_BASE_URL",
    "ANNA_ACCESS_TOKEN",
    "XDG_CONFIG_HOME",
    "CREDENTIALS_DIRECTORY",
};

static void
clear_variables(void)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        assert_int_equal(unsetenv(variables[i]), 0);
    assert_int_equal(setenv("HOME", tempdir, 1), 0);
}

static int
enter(void **state)
{
    if (tempdir_make(state) < 0 || chdir(tempdir) < 0)
        return -1;
    clear_variables();
    return 0;
}

static int
leave(void **state)
{
    if (chdir("/") < 0)
        return -1;
    return tempdir_remove(state);
}

/* What a run starts from: "NAME=value NAME=value", the text of
 * wearchive.conf, the words of a command line. */
struct given {
    const char *env;
    const char *config; /* NULL: no file */
    const char *line;
};

static void
set_variables(const char *text)
{
    struct list pairs = LIST_INIT;

    clear_variables();
    list_split(&pairs, text ? text : "");
    for (size_t i = 0; i < pairs.n; i++) {
        char *equals = strchr(pairs.item[i], '=');

        assert_non_null(equals);
        *equals = '\0';
        assert_int_equal(setenv(pairs.item[i], equals + 1, 1), 0);
    }
    list_free(&pairs);
}

static int
load(struct setup *s, const struct given *g, enum setup_depth depth,
     struct err *e)
{
    struct options o = OPTIONS_INIT;
    struct list words = LIST_INIT;
    char *argv[16] = { NULL };
    int argc = 0, rc;

    set_variables(g->env);
    (void)unlink("wearchive.conf");
    if (g->config)
        tempdir_write("wearchive.conf", g->config);
    list_add(&words, "wearchive");
    list_split(&words, g->line ? g->line : "fetch");
    for (size_t i = 0; i < words.n && argc < 15; i++)
        argv[argc++] = words.item[i];
    rc = options_parse(&o, argc, argv, e);
    if (rc == 0)
        rc = setup_load(s, &o, depth, e);
    options_free(&o);
    list_free(&words);
    return rc;
}

/* Those that are asked for. */
static size_t
asked_n(const struct provider *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->categories_n; i++)
        n += !p->categories[i].child;
    return n;
}

/* "oura CANARY csv 2010-01-01 https://... a b c" */
static void
describe(struct buf *out, const struct setup *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct source *source = &s->source[i];
        char day[11];

        tm_day(day, source->start);
        buf_addf(out, "%s%s %s %u %s %s", i ? "; " : "", source->name,
                 source->token.n ? buf_str(&source->token) : "-",
                 source->formats, day, source->base_url);
        if (source->series)
            buf_adds(out, " series");
        if (source->category_n == asked_n(source->provider)) {
            buf_adds(out, " ALL");
            continue;
        }
        for (size_t k = 0; k < source->category_n; k++)
            buf_addf(out, " %s", source->category[k]->name);
    }
}

#define TOKEN "OURA_PERSONAL_ACCESS_TOKEN=CANARY"
#define URL "https://api.ouraring.com"
#define OURA "[oura]\naccess_token = CANARY\n"
#define TWO                                                                    \
    "[anna]\nprovider = oura\naccess_token = A\n"                              \
    "[bert]\nprovider = oura\naccess_token = B\ncategories = sleep, workout\n"

static const struct {
    const char *name;
    struct given given;
    const char *want;
} good[] = {
    { "a token in the environment is enough",
      { TOKEN, NULL, NULL },
      "oura CANARY 1 2010-01-01 " URL " ALL" },
    { "the other name of it",
      { "OURA_ACCESS_TOKEN=CANARY", NULL, NULL },
      "oura CANARY 1 2010-01-01 " URL " ALL" },
    { "a token on the command line",
      { NULL, NULL, "fetch --token CANARY" },
      "oura CANARY 1 2010-01-01 " URL " ALL" },
    { "a token on the command line, named source",
      { NULL, NULL, "fetch --token CANARY --sources oura" },
      "oura CANARY 1 2010-01-01 " URL " ALL" },
    { "a config without sections",
      { TOKEN, "[archive]\nformat = raw\n", NULL },
      "oura CANARY 4 2010-01-01 " URL " ALL" },
    { "a config",
      { NULL, OURA, NULL },
      "oura CANARY 1 2010-01-01 " URL " ALL" },
    { "environment over config: token",
      { "OURA_PERSONAL_ACCESS_TOKEN=E", OURA, NULL },
      "oura E 1 2010-01-01 " URL " ALL" },
    { "option over environment: token",
      { "OURA_PERSONAL_ACCESS_TOKEN=E", OURA, "fetch --token O" },
      "oura O 1 2010-01-01 " URL " ALL" },
    { "source over archive",
      { NULL,
        "[archive]\nformat = raw\nstart_date = 2012-01-01\n" OURA
        "format = jsonl\nstart_date = 2013-01-01\n",
        NULL },
      "oura CANARY 2 2013-01-01 " URL " ALL" },
    { "archive over default",
      { NULL, "[archive]\nformat=csv,raw\nstart_date=2012-01-01\n" OURA, NULL },
      "oura CANARY 5 2012-01-01 " URL " ALL" },
    { "environment over source",
      { "WEARCHIVE_FORMAT=raw OURA_START_DATE=2014-02-03 "
        "OURA_BASE_URL=http://127.0.0.1:8080/x",
        OURA "format = jsonl\nstart_date = 2013-01-01\n", NULL },
      "oura CANARY 4 2014-02-03 http://127.0.0.1:8080/x ALL" },
    { "option over environment",
      { "WEARCHIVE_FORMAT=raw", OURA, "fetch --format jsonl" },
      "oura CANARY 2 2010-01-01 " URL " ALL" },
    { "series",
      { NULL, OURA "series = yes\n", NULL },
      "oura CANARY 1 2010-01-01 " URL " series ALL" },
    { "a slash at the end of a URL is dropped",
      { NULL, OURA "base_url = https://example.org/a/\n", NULL },
      "oura CANARY 1 2010-01-01 https://example.org/a ALL" },
    { "keys for later versions are fine",
      { NULL, OURA "client_id = x\nscopes = a b\ntimezone = UTC\n", NULL },
      "oura CANARY 1 2010-01-01 " URL " ALL" },
    { "a key without a value is none",
      { NULL, OURA "start_date =\nbase_url =\n", NULL },
      "oura CANARY 1 2010-01-01 " URL " ALL" },
    { "categories, in the provider's order",
      { TOKEN, NULL, "fetch sleep,daily_readiness" },
      "oura CANARY 1 2010-01-01 " URL " daily_readiness sleep" },
    { "a category twice",
      { TOKEN, NULL, "fetch -c sleep oura/sleep" },
      "oura CANARY 1 2010-01-01 " URL " sleep" },
    { "all",
      { TOKEN, NULL, "fetch -c sleep all" },
      "oura CANARY 1 2010-01-01 " URL " ALL" },
    { "two accounts and their categories",
      { NULL, TWO, NULL },
      "anna A 1 2010-01-01 " URL " ALL; bert B 1 2010-01-01 " URL
      " sleep workout" },
    { "a bare name counts in both",
      { NULL, TWO, "fetch -c tag" },
      "anna A 1 2010-01-01 " URL " tag; bert B 1 2010-01-01 " URL " tag" },
    { "source/category in one",
      { NULL, TWO, "fetch -c bert/tag" },
      "bert B 1 2010-01-01 " URL " tag" },
    { "source/all",
      { NULL, TWO, "fetch -c bert/all anna/tag" },
      "anna A 1 2010-01-01 " URL " tag; bert B 1 2010-01-01 " URL " ALL" },
    { "--sources",
      { NULL, TWO, "fetch --sources bert" },
      "bert B 1 2010-01-01 " URL " sleep workout" },
    { "--providers",
      { NULL, TWO, "fetch --providers oura -c tag" },
      "anna A 1 2010-01-01 " URL " tag; bert B 1 2010-01-01 " URL " tag" },
    { "a token for the chosen one",
      { NULL, TWO, "fetch --sources bert --token O" },
      "bert O 1 2010-01-01 " URL " sleep workout" },
    { "enabled = no",
      { NULL, TWO "enabled = no\n", NULL },
      "anna A 1 2010-01-01 " URL " ALL" },
    { "the provider's variable is not for two accounts",
      { TOKEN, "[anna]\nprovider = oura\n[oura]\n", NULL },
      "anna - 1 2010-01-01 " URL " ALL; oura CANARY 1 2010-01-01 " URL " ALL" },
    { "but for an only one of another name",
      { TOKEN, "[anna]\nprovider = oura\n", NULL },
      "anna CANARY 1 2010-01-01 " URL " ALL" },
};

static void
good_setups(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct setup s = SETUP_INIT;
        struct err e = ERR_INIT;
        struct buf got = BUF_INIT;

        if (load(&s, &good[i].given, SETUP_TOKENS, &e) < 0)
            fail_msg("%s: %s", good[i].name, e.text);
        describe(&got, &s);
        if (!text_is(buf_str(&got), good[i].want))
            fail_msg("%s: %s", good[i].name, buf_str(&got));
        buf_free(&got);
        setup_free(&s);
    }
}

static const struct {
    const char *name;
    struct given given;
    const char *text; /* part of the line */
    const char *hint; /* part of the hint, or NULL */
} bad[] = {
    { "nothing at all",
      { NULL, NULL, NULL },
      "no config file and no token",
      "wearchive init" },
    { "nothing, the other way out",
      { NULL, NULL, NULL },
      "no config file and no token",
      "OURA_PERSONAL_ACCESS_TOKEN=" },
    { "nothing for the one that is named, but for another one",
      { TOKEN, NULL, "--sources hevy" },
      "no config file and no token",
      "HEVY_API_KEY=...; or log in: wearchive auth hevy" },
    { "a config with nothing in it",
      { NULL, "[archive]\ndir = x\n", NULL },
      "no source and no token",
      "wearchive init" },
    { "nothing enabled",
      { NULL, OURA "enabled = no\n", NULL },
      "no source is enabled",
      NULL },
    { "no such config",
      { NULL, NULL, "fetch --config gone.conf" },
      "there is no config file gone.conf",
      NULL },
    { "no such config in the environment",
      { "WEARCHIVE_CONFIG=gone.conf", NULL, NULL },
      "there is no config file gone.conf",
      NULL },
    { "unknown key",
      { NULL, OURA "start_dat = 2013-01-01\n", NULL },
      "unknown key start_dat (did you mean start_date?)",
      NULL },
    { "profile",
      { NULL, "[archive]\nprofile = exel\n" OURA, NULL },
      "line 2: [archive] profile = exel: plain, excel or duckdb is wanted",
      "did you mean excel?" },
    { "another profile",
      { NULL, "[archive]\nprofile = lotus\n" OURA, NULL },
      "line 2: [archive] profile = lotus: plain, excel or duckdb is wanted",
      NULL },
    { "profile of a source",
      { NULL, "[archive]\nprofile = excel\n" OURA "profile = Duck DB\n", NULL },
      "line 5: [oura] profile = Duck DB: plain, excel or duckdb is wanted",
      "did you mean duckdb?" },
    { "profile in the environment",
      { "OURA_PROFILE=excell", OURA, NULL },
      "OURA_PROFILE = excell: plain, excel or duckdb is wanted",
      "did you mean excel?" },
    { "start date",
      { NULL, OURA "start_date = 2013\n", NULL },
      "line 3: [oura] start_date = 2013: a day like 2024-03-01 is wanted",
      NULL },
    { "start date of all",
      { NULL, "[archive]\nstart_date = 2013\n" OURA, NULL },
      "line 2: [archive] start_date = 2013: a day",
      NULL },
    { "start date in the environment",
      { "OURA_START_DATE=soon", OURA, NULL },
      "OURA_START_DATE = soon: a day like 2024-03-01 is wanted",
      NULL },
    { "format",
      { NULL, OURA "format = xml\n", NULL },
      "line 3: [oura] format = xml: one or several of csv, jsonl, raw is "
      "wanted",
      NULL },
    { "format in the environment",
      { "WEARCHIVE_FORMAT=xml", OURA, NULL },
      "WEARCHIVE_FORMAT = xml: one or several",
      NULL },
    { "overlap",
      { NULL, OURA "overlap_days = -1\n", NULL },
      "[oura] overlap_days = -1: a whole number from 0",
      NULL },
    { "timeout",
      { NULL, "[archive]\ntimeout = 0\n" OURA, NULL },
      "[archive] timeout = 0: a whole number from 1",
      NULL },
    { "history",
      { NULL, OURA "history = maybe\n", NULL },
      "[oura] history = maybe: yes or no",
      NULL },
    { "plain http to anywhere",
      { NULL, OURA "base_url = http://example.org\n", NULL },
      "line 3: [oura] base_url = http://example.org: ",
      NULL },
    { "a prefix that is no path",
      { NULL, OURA "path_prefix = api/v4\n", NULL },
      "[oura] path_prefix = api/v4: a path like /api/v3",
      NULL },
    { "a password in a URL is not shown",
      { "OURA_BASE_URL=https://me:CANARY@example.org", OURA, NULL },
      "oura: base_url: ",
      NULL },
    { "no URL in the environment",
      { "OURA_BASE_URL=localhost", OURA, NULL },
      "OURA_BASE_URL = localhost: ",
      NULL },
    { "a category in the config",
      { NULL, OURA "categories = sleep, slep\n", NULL },
      "unknown category slep; did you mean sleep?",
      NULL },
    { "a category",
      { TOKEN, NULL, "fetch --categories slep" },
      "unknown category slep; did you mean sleep?",
      "daily_activity, daily_sleep" },
    { "a category like none",
      { TOKEN, NULL, "fetch -c xylophone" },
      "unknown category xylophone",
      "personal_info" },
    { "the source of a category",
      { TOKEN, NULL, "fetch -c orua/sleep" },
      "unknown source orua; did you mean oura?",
      NULL },
    { "the category of a source",
      { TOKEN, NULL, "fetch -c oura/slep" },
      "unknown category oura/slep; did you mean sleep?",
      "sleep_time" },
    { "one of two",
      { TOKEN, NULL, "fetch -c sleep wrkout" },
      "unknown category wrkout; did you mean workout?",
      "workout" },
    { "a source",
      { NULL, TWO, "fetch --sources ana" },
      "unknown source ana; did you mean anna?",
      NULL },
    { "a source that is off",
      { NULL, TWO "enabled = no\n", "fetch --sources bert" },
      "source bert is not enabled",
      NULL },
    { "a provider",
      { NULL, TWO, "fetch --providers ora" },
      "unknown provider ora; did you mean oura?",
      NULL },
    { "one token for two",
      { NULL, TWO, "fetch --token O" },
      "which source is the token for? choose one with --sources",
      NULL },
    { "a token for a source that is none",
      { NULL, NULL, "fetch --token O --sources orua" },
      "unknown source orua; did you mean oura?",
      NULL },
    { "a token for a provider that is none",
      { NULL, NULL, "fetch --token O --providers orua" },
      "unknown provider orua; did you mean oura?",
      NULL },
    { "a token file that is not there",
      { NULL, OURA, "fetch --token-file gone" },
      "gone",
      NULL },
};

static void
bad_setups(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct setup s = SETUP_INIT;
        struct err e = ERR_INIT;

        if (load(&s, &bad[i].given, SETUP_TOKENS, &e) == 0)
            fail_msg("%s: accepted", bad[i].name);
        if (!strstr(e.text, bad[i].text) ||
            (bad[i].hint && !strstr(e.hint, bad[i].hint)))
            fail_msg("%s: %s (%s)", bad[i].name, e.text, e.hint);
        if (strstr(e.text, "CANARY") || strstr(e.hint, "CANARY"))
            fail_msg("%s: shows a token", bad[i].name);
        setup_free(&s);
    }
}

/* One source without a token does not stop the others. */
static void
faults(void **state)
{
    const struct given g = {
        NULL,
        "[anna]\nprovider = oura\naccess_token = A\n[bert]\n"
        "provider = oura\n[carl]\nprovider = oura\nclient_id = x\n"
        "[dora]\nprovider = oura\naccess_token_file = gone\n",
        NULL,
    };
    struct setup s = SETUP_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(load(&s, &g, SETUP_TOKENS, &e), 0);
    assert_int_equal(s.n, 4);
    assert_int_equal(s.fault[0].kind, ERR_NONE);
    assert_int_equal(s.fault[1].kind, ERR_AUTH);
    assert_string_equal(s.fault[1].text, "bert: no access token and no login");
    assert_non_null(strstr(s.fault[1].hint, "BERT_ACCESS_TOKEN"));
    assert_int_equal(s.fault[2].kind, ERR_AUTH);
    assert_non_null(strstr(s.fault[2].hint, "wearchive auth carl"));
    assert_true(s.fault[3].kind != ERR_NONE);
    assert_true(text_starts(s.fault[3].text, "dora: "));
    assert_int_equal(s.source[1].token.n, 0);
    setup_free(&s);
}

static const struct {
    const char *name;
    struct given given;
    const char *dir;
    const char *state;
} paths[] = {
    { "default", { NULL, NULL, NULL }, "./data", "./data/state.json" },
    { "config", { NULL, "[archive]\ndir = a\n", NULL }, "a", "a/state.json" },
    { "environment over config",
      { "WEARCHIVE_OUTPUT_DIR=b", "[archive]\ndir = a\n", NULL },
      "b",
      "b/state.json" },
    { "option over environment",
      { "WEARCHIVE_OUTPUT_DIR=b", NULL, "fetch --output-dir c" },
      "c",
      "c/state.json" },
    { "state file",
      { NULL, "[archive]\nstate_file = s.json\n", NULL },
      "./data",
      "s.json" },
    { "state file, environment",
      { "WEARCHIVE_STATE_FILE=/e", "[archive]\nstate_file = s.json\n", NULL },
      "./data",
      "/e" },
    { "state file, option",
      { "WEARCHIVE_STATE_FILE=/e", NULL, "fetch --state-file f" },
      "./data",
      "f" },
};

static void
places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct setup s = SETUP_INIT;
        struct err e = ERR_INIT;

        if (load(&s, &paths[i].given, SETUP_PATHS, &e) < 0)
            fail_msg("%s: %s", paths[i].name, e.text);
        if (!text_is(s.dir, paths[i].dir) ||
            !text_is(s.state_path, paths[i].state))
            fail_msg("%s: %s, %s", paths[i].name, s.dir, s.state_path);
        setup_free(&s);
    }
}

/* Paths in a config are meant from its folder. */
static void
config_elsewhere(void **state)
{
    const struct given g = { NULL, NULL, "fetch --config sub/my.conf" };
    struct setup s = SETUP_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(fs_mkdirs("sub", &e), 0);
    tempdir_write("sub/my.conf",
                  "[archive]\ndir = a\nstate_file = ../s.json\n" OURA);
    assert_int_equal(load(&s, &g, SETUP_TOKENS, &e), 0);
    assert_string_equal(s.dir, "sub/a");
    assert_string_equal(s.state_path, "sub/../s.json");
    setup_free(&s);
}

static void
numbers(void **state)
{
    const struct given g = {
        NULL,
        "[archive]\ntimeout = 100\nstall_timeout = 9\n" OURA
        "timeout = 50\noverlap_days = 3\nhistory = off\n",
        "fetch sleep"
    };
    struct setup s = SETUP_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(load(&s, &g, SETUP_TOKENS, &e), 0);
    assert_int_equal(s.source[0].times.total_s, 50);
    assert_int_equal(s.source[0].times.stall_s, 9);
    assert_int_equal(s.source[0].times.connect_s, 15);
    assert_int_equal(s.source[0].overlap_days, 3);
    assert_false(s.source[0].history);
    assert_true(s.source[0].named);
    setup_free(&s);
}

static void
defaults(void **state)
{
    const struct given g = { TOKEN, NULL, "fetch -c all" };
    struct setup s = SETUP_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(load(&s, &g, SETUP_TOKENS, &e), 0);
    assert_int_equal(s.source[0].overlap_days, -1);
    assert_true(s.source[0].history);
    assert_false(s.source[0].named);
    setup_free(&s);
}

/* Without a token there is nothing to fetch with, but much to look at. */
static void
sources_without_tokens(void **state)
{
    const struct given none = { NULL, NULL, "categories" };
    const struct given one = { NULL, "[oura]\n", "categories" };
    struct setup s = SETUP_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(load(&s, &none, SETUP_SOURCES, &e), 0);
    assert_int_equal(s.n, 0);
    setup_free(&s);
    assert_int_equal(load(&s, &one, SETUP_SOURCES, &e), 0);
    assert_int_equal(s.n, 1);
    setup_free(&s);
}

static void
profiles(void **state)
{
    static const struct {
        const char *env, *config;
        enum csv_profile oura, other;
    } rows[] = {
        { NULL, OURA, CSV_PLAIN, CSV_PLAIN },
        { NULL, "[archive]\nprofile = excel\n" OURA, CSV_EXCEL, CSV_EXCEL },
        { NULL, "[archive]\nprofile = excel\n" OURA "profile = duckdb\n",
          CSV_DUCKDB, CSV_EXCEL },
        { NULL, "[archive]\nprofile = excel\n" OURA "profile = plain\n",
          CSV_PLAIN, CSV_EXCEL },
        { NULL, "[archive]\nprofile = excel\n" OURA "profile =\n", CSV_EXCEL,
          CSV_EXCEL },
        { "OURA_PROFILE=duckdb", OURA "profile = excel\n", CSV_DUCKDB,
          CSV_PLAIN },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct given g = { rows[i].env, rows[i].config, NULL };
        struct setup s = SETUP_INIT;
        struct err e = ERR_INIT;
        enum csv_profile p;

        set_variables(rows[i].env);
        if (load(&s, &g, SETUP_TOKENS, &e) < 0)
            fail_msg("%zu: %s", i, e.text);
        if (s.source[0].profile != rows[i].oura)
            fail_msg("%zu: %s", i, profile_word(s.source[0].profile));
        assert_int_equal(setup_profile(&p, &s, "gone", &e), 0);
        assert_int_equal(p, rows[i].other);
        setup_free(&s);
    }
}

static int
run_init(const char *line, struct err *e)
{
    struct options o = OPTIONS_INIT;
    struct list words = LIST_INIT;
    int rc;

    list_split(&words, line);
    rc = options_parse(&o, (int)words.n, words.item, e);
    if (rc == 0)
        rc = cmd_init(&o, e);
    options_free(&o);
    list_free(&words);
    return rc;
}

/* What init writes is read without an error, as it is. */
static void
init_and_load(void **state)
{
    const struct given g = { TOKEN, NULL, "fetch --config made/my.conf" };
    struct setup s = SETUP_INIT;
    struct err e = ERR_INIT;
    struct buf dir = BUF_INIT;
    struct stat st;

    (void)state;
    set_variables(NULL);
    if (run_init("x init -q --config made/my.conf archive", &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(stat("made/my.conf", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat("archive/.wearchive", &st), 0);
    assert_int_equal(stat("archive", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    if (load(&s, &g, SETUP_TOKENS, &e) < 0)
        fail_msg("%s", e.text);
    assert_int_equal(s.n, 1);
    buf_addf(&dir, "%s/archive", tempdir);
    assert_string_equal(s.dir, buf_str(&dir));
    buf_free(&dir);
    setup_free(&s);
}

static void
init_never_overwrites(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    set_variables(NULL);
    tempdir_write("mine.conf", "# mine\n");
    assert_int_equal(run_init("x init -q --config mine.conf other", &e), -1);
    assert_int_equal(e.kind, ERR_USAGE);
    assert_string_equal(e.text, "mine.conf exists already");
    assert_string_equal(tempdir_read("mine.conf"), "# mine\n");
    assert_false(tempdir_has("other"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(good_setups, enter, leave),
        cmocka_unit_test_setup_teardown(bad_setups, enter, leave),
        cmocka_unit_test_setup_teardown(faults, enter, leave),
        cmocka_unit_test_setup_teardown(places, enter, leave),
        cmocka_unit_test_setup_teardown(config_elsewhere, enter, leave),
        cmocka_unit_test_setup_teardown(numbers, enter, leave),
        cmocka_unit_test_setup_teardown(defaults, enter, leave),
        cmocka_unit_test_setup_teardown(sources_without_tokens, enter, leave),
        cmocka_unit_test_setup_teardown(profiles, enter, leave),
        cmocka_unit_test_setup_teardown(init_and_load, enter, leave),
        cmocka_unit_test_setup_teardown(init_never_overwrites, enter, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
