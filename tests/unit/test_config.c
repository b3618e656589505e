#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "store/config.h"
#include "sys/dirs.h"
#include "tempdir.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const archive_keys[] = { "dir", "format", NULL };
static const char *const source_keys[] = { "categories", "start_date",
                                           "base_url", "parallel", NULL };
static const char *const secret_keys[] = { "access_token", "api_key", NULL };
static const char *const providers[] = { "oura", NULL };
static const char *const others[] = { "withings", "fitbit", "plugins", "oura",
                                      NULL };
static const char *const other_keys[] = { "page_size", NULL };

static const struct config_rules rules = {
    .archive_keys = archive_keys,
    .source_keys = source_keys,
    .secret_keys = secret_keys,
    .providers = providers,
    .others = others,
    .other_keys = other_keys,
};

static void
load(struct config *c, const char *name, const char *text)
{
    struct err e = ERR_INIT;

    tempdir_write(name, text);
    if (config_load(c, in_tempdir(name), &rules, &e) < 0)
        fail_msg("%s: %s", text, e.text);
}

static void
assert_refused(const char *name, const char *text, const char *want)
{
    struct config c = CONFIG_INIT;
    struct err e = ERR_INIT;

    tempdir_write(name, text);
    assert_int_equal(config_load(&c, in_tempdir(name), &rules, &e), -1);
    assert_int_equal(e.kind, ERR_USAGE);
    if (!strstr(e.text, want) || !strstr(e.text, name))
        fail_msg("'%s': '%s' is not in '%s'", text, want, e.text);
    assert_null(strstr(e.text, "CANARY"));
    assert_null(c.path);
    assert_int_equal(c.n, 0);
}

/* What the program prints while f runs. */
static const char *
stderr_of(void (*f)(void))
{
    int saved = dup(STDERR_FILENO);
    int fd = open(in_tempdir("stderr"), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(saved >= 0 && fd >= 0);
    assert_true(dup2(fd, STDERR_FILENO) >= 0);
    f();
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(saved);
    (void)close(fd);
    return tempdir_read("stderr");
}

static void
test_conf(void **state)
{
    static const char text[] = "\xef\xbb\xbf# a comment\r\n"
                               "; and another\n"
                               "[archive]\n"
                               "dir = ~/health\n"
                               "\n"
                               "[oura]\r\n"
                               "access_token = a;b # \"c\" [d] = e\r\n"
                               "  categories=sleep, daily_sleep\n"
                               "[anna-2]\n"
                               "provider: oura\n"
                               "api_key_command = pass show x\n"
                               "[ bob ]   ; his\n"
                               "provider = oura";
    struct config c = CONFIG_INIT;

    (void)state;
    load(&c, "a.conf", text);
    assert_string_equal(config_get(&c, "archive", "dir"), "~/health");
    assert_string_equal(config_get(&c, "oura", "access_token"),
                        "a;b # \"c\" [d] = e");
    assert_string_equal(config_get(&c, "oura", "categories"),
                        "sleep, daily_sleep");
    assert_string_equal(config_get(&c, "anna-2", "provider"), "oura");
    assert_null(config_get(&c, "oura", "base_url"));
    assert_null(config_get(&c, "no", "base_url"));
    assert_int_equal(c.source_n, 3);
    assert_string_equal(c.source[0], "oura");
    assert_string_equal(c.source[1], "anna-2");
    assert_string_equal(c.source[2], "bob");
    assert_int_equal(c.setting[1].line, 7);
    config_free(&c);
    config_free(&c);
    load(&c, "a.conf", "");
    assert_int_equal(c.n, 0);
    config_free(&c);
    load(&c, "a.conf", "[oura]"); /* the token comes from elsewhere */
    assert_int_equal(c.source_n, 1);
    config_free(&c);
}

static void
test_long_line(void **state)
{
    enum { N = 100000 };
    struct config c = CONFIG_INIT;
    struct buf text = BUF_INIT;

    (void)state;
    buf_adds(&text, "[oura]\naccess_token = ");
    for (int i = 0; i < N; i++)
        buf_addc(&text, 'x');
    buf_adds(&text, "\ncategories = sleep\n");
    load(&c, "a.conf", buf_str(&text));
    assert_int_equal(strlen(config_get(&c, "oura", "access_token")), N);
    assert_int_equal(c.setting[1].line, 3);
    config_free(&c);
    buf_free(&text);
}

static void
test_conf_refused(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "[oura]\n\n# x\nacces_token = CANARY\n",
          "a.conf line 4: [oura] unknown key acces_token (did you mean "
          "access_token?)" },
        { "[oura]\naccess_tokn_file = x",
          "unknown key access_tokn_file (did you mean access_token_file?)" },
        { "[oura]\nCANARY_eyJhbGciOiJIUzI1NiIsInR5cCI6 = x", "unknown key" },
        { "[oura]\n= x", "line 2: [oura] unknown key" },
        { "[oura]\ndir = x", "line 2: [oura] unknown key dir" },
        { "[archive]\ndirr = x", "[archive] unknown key dirr (did you mean "
                                 "dir?)" },
        { "[archive]\naccess_token = CANARY", "[archive] unknown key" },
        { "x = 1\n[oura]", "line 1: a key before the first [section]" },
        { "[oura]\nCANARY\n", "line 2: neither a [section] nor key = value" },
        { "[oura\nx = 1", "line 1: neither a [section] nor key = value" },
        { "[oura] access_token = CANARY", "line 1: text after the section" },
        { "[oura]\napi_key = CANARY\n\napi_key = CANARY",
          "line 4: [oura] api_key again, first in line 2" },
        { "[oura]\n[archive]\n[oura]",
          "line 3: section [oura] again, first in line 1" },
        { "[archive]\n\n[archive]",
          "line 3: section [archive] again, first in line 1" },
        { "\n[ouar]\n", "line 2: [ouar] no provider is called ouar (did you "
                        "mean oura?)" },
        { "[archiv]\n", "(did you mean archive?)" },
        { "[anna]\ncategories = sleep", "line 1: [anna] no provider is" },
        { "[anna]\n\nprovider = ourra",
          "line 3: [anna] unknown provider ourra (did you mean oura?)" },
        { "[anna]\nprovider = withings",
          "line 2: [anna] this version does not have the provider withings "
          "yet" },
        { "[fitbit]\nenabled = no",
          "this version does not have the provider fitbit" },
        { "[Oura]", "line 1: a section name is made of" },
        { "[../oura]", "a section name is made of" },
        { "[_x]", "a section name is made of" },
        { "[-x]", "a section name is made of" },
        { "[]", "a section name is made of" },
        { "[app]\n", "no provider is called app" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_refused("a.conf", rows[i].text, rows[i].want);
}

static void
test_file_refused(void **state)
{
    struct config c = CONFIG_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(config_load(&c, tempdir, &rules, &e), -1);
    assert_int_equal(e.kind, ERR_USAGE);
    assert_non_null(strstr(e.text, tempdir));
    assert_int_equal(config_load(&c, in_tempdir("no"), &rules, &e), -1);
    assert_int_equal(e.kind, ERR_USAGE);
    tempdir_write("nul.conf", "[oura]\n");
    assert_int_equal(truncate(in_tempdir("nul.conf"), 9), 0);
    assert_int_equal(config_load(&c, in_tempdir("nul.conf"), &rules, &e), -1);
    assert_int_equal(e.kind, ERR_USAGE);
    assert_non_null(strstr(e.text, "is no text file"));
    assert_int_equal(truncate(in_tempdir("nul.conf"), 2000000), 0);
    assert_int_equal(config_load(&c, in_tempdir("nul.conf"), &rules, &e), -1);
    assert_int_equal(e.kind, ERR_USAGE);
}

static void
test_toml_values(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: refused */
    } rows[] = {
        { "\"a\"", "a" },
        { "'a\\b'", "a\\b" },
        { "\"a # b\" # c", "a # b" },
        { "\"q\\\" \\\\ \\t\"", "q\" \\ \t" },
        { "\"it's\" # it's", "it's" },
        { "\"\"", "" },
        { "true", "true" },
        { "false   # off", "false" },
        { "300", "300" },
        { "2024-01-01", "2024-01-01" },
        { "[]", "" },
        { "[ \"a\", 'b' ]", "a b" },
        { "[\"a\",\"b\",] # c", "a b" },
        { "[ # first\n  \"a\", # ]\n  \"b\"\n]\n", "a b" },
        { "[\"a]\", \"b\"]", "a] b" },
        { "", NULL },
        { "bare", NULL },
        { "truely", NULL },
        { "\"CANARY", NULL },
        { "\"CANARY\" x", NULL },
        { "\"CANARY\\", NULL },
        { "\"CANARY\\x\"", NULL },
        { "[\"CANARY\"", NULL },
        { "[\"CANARY\" \"b\"]", NULL },
        { "[bare]", NULL },
        { "{ a = 1 }", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct config c = CONFIG_INIT;
        char text[200];

        (void)snprintf(text, sizeof(text), "[oura] # me\n\ncategories = %s",
                       rows[i].text);
        if (!rows[i].want) {
            assert_refused("a.toml", text, "line 3: [oura] categories: not a");
            continue;
        }
        load(&c, "a.toml", text);
        assert_string_equal(config_get(&c, "oura", "categories"), rows[i].want);
        assert_int_equal(c.setting[0].line, 3);
        config_free(&c);
    }
}

static const char sync_toml[] = "[app]\n"
                                "data_dir = \"x\"\n"
                                "[app.more]\n"
                                "a = { b = 1 }\n"
                                "[withings]\n"
                                "enabled = true\n"
                                "client_secret = \"CANARY\"\n"
                                "meastypes = [\n"
                                "  1,\n"
                                "]\n"
                                "[fitbit]\n"
                                "enabled = false # later\n"
                                "[plugins.garmin]\n"
                                "module = \"a.b:c\"\n"
                                "[oura]\n"
                                "enabled = true\n"
                                "page_size = 10 # 1-10\n"
                                "access_token = \"t\"\n"
                                "nonsense = 1\n";

static void
load_sync(void)
{
    struct config c = CONFIG_INIT;
    struct err e = ERR_INIT;

    assert_int_equal(
        config_load(&c, in_tempdir("health-sync.toml"), &rules, &e), 0);
    assert_int_equal(c.source_n, 1);
    assert_int_equal(c.n, 2);
    assert_string_equal(config_get(&c, "oura", "access_token"), "t");
    config_free(&c);
}

static void
test_health_sync(void **state)
{
    char text[sizeof(sync_toml)];
    const char *said;

    (void)state;
    assert_refused("health-sync.toml", sync_toml,
                   "line 19: [oura] unknown key nonsense");
    assert_refused("health-sync.conf", "[oura]\npage_size = 10\n",
                   "line 2: [oura] unknown key page_size");
    (void)snprintf(text, sizeof(text), "%s", sync_toml);
    *strstr(text, "nonsense") = '\0';
    tempdir_write("health-sync.toml", text);
    log_set_level(LOG_INFO);
    said = stderr_of(load_sync);
    assert_non_null(strstr(said, "[app] is not used"));
    assert_non_null(strstr(said, "[withings] is not supported by this"));
    assert_non_null(strstr(said, "[plugins] is not supported by this"));
    assert_non_null(strstr(said, "line 17: page_size is not used"));
    assert_null(strstr(said, "fitbit"));
    assert_null(strstr(said, "CANARY"));
    log_set_level(LOG_WARN);
}

static void
load_a(void)
{
    struct config c = CONFIG_INIT;
    struct err e = ERR_INIT;

    assert_int_equal(config_load(&c, in_tempdir("a.conf"), &rules, &e), 0);
    config_free(&c);
}

static void
test_mode_warning(void **state)
{
    static const struct {
        const char *text;
        mode_t mode;
        bool is_warned;
    } rows[] = {
        { "[oura]\naccess_token = CANARY", 0644, true },
        { "[oura]\naccess_token = CANARY", 0640, true },
        { "[oura]\naccess_token = CANARY", 0600, false },
        { "[oura]\naccess_token =", 0644, false },
        { "[oura]\naccess_token_file = x", 0644, false },
        { "[oura]\naccess_token_command = x", 0644, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *said;

        tempdir_write("a.conf", rows[i].text);
        assert_int_equal(chmod(in_tempdir("a.conf"), rows[i].mode), 0);
        said = stderr_of(load_a);
        if (rows[i].is_warned)
            assert_non_null(strstr(said, "a.conf holds a secret and others "
                                         "can read it (mode 06"));
        else
            assert_string_equal(said, "");
        assert_null(strstr(said, "CANARY"));
    }
}

static void
test_typed(void **state)
{
    static const struct {
        const char *value;
        int yes, number; /* -1: refused */
    } rows[] = {
        { "yes", 1, -1 }, { "true", 1, -1 }, { "on", 1, -1 },
        { "1", 1, 1 },    { "no", 0, -1 },   { "false", 0, -1 },
        { "off", 0, -1 }, { "0", 0, -1 },    { "9", -1, 9 },
        { "10", -1, -1 }, { "Yes", -1, -1 }, { "9223372036854775808", -1, -1 },
        { "", -1, -1 },
    };
    struct config c = CONFIG_INIT;
    struct err e = ERR_INIT;
    bool yes = true;
    int number;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[100];

        (void)snprintf(text, sizeof(text), "[oura]\nparallel = %s\n",
                       rows[i].value);
        load(&c, "a.conf", text);
        if (rows[i].yes >= 0) {
            assert_int_equal(
                config_bool(&yes, &c, "oura", "parallel", false, &e), 0);
            assert_int_equal(yes, rows[i].yes);
        } else {
            assert_int_equal(
                config_bool(&yes, &c, "oura", "parallel", false, &e), -1);
            assert_int_equal(e.kind, ERR_USAGE);
            assert_non_null(strstr(e.text, "yes or no is wanted"));
        }
        if (rows[i].number >= 0) {
            assert_int_equal(
                config_int(&number, &c, "oura", "parallel", 1, 9, 5, &e), 0);
            assert_int_equal(number, rows[i].number);
        } else {
            assert_int_equal(
                config_int(&number, &c, "oura", "parallel", 1, 9, 5, &e), -1);
            assert_int_equal(e.kind, ERR_USAGE);
            assert_non_null(
                strstr(e.text, "a.conf line 2: [oura] parallel = "));
            assert_non_null(strstr(e.text, "from 1 to 9 is wanted"));
        }
        config_free(&c);
    }
    assert_int_equal(config_bool(&yes, &c, "oura", "x", true, &e), 0);
    assert_true(yes);
    assert_int_equal(config_int(&number, &c, "oura", "x", 1, 9, 5, &e), 0);
    assert_int_equal(number, 5);
}

static void
test_bad(void **state)
{
    struct config c = CONFIG_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(config_bad(&e, &c, "oura", "start_date", "no day"), -1);
    assert_int_equal(e.kind, ERR_USAGE);
    assert_string_equal(e.text, "[oura] start_date: no day");
    load(&c, "a.conf", "[oura]\nstart_date = x\napi_key = CANARY\n");
    config_bad(&e, &c, "oura", "start_date", "no day");
    assert_non_null(strstr(e.text, "line 2: [oura] start_date = x: no day"));
    config_bad(&e, &c, "oura", "api_key", "too short");
    assert_non_null(strstr(e.text, "line 3: [oura] api_key: too short"));
    config_bad(&e, &c, "oura", "base_url", "missing");
    assert_non_null(strstr(e.text, "a.conf: [oura] base_url: missing"));
    config_free(&c);
}

static void
test_path(void **state)
{
    static const struct {
        const char *config, *value, *want;
    } rows[] = {
        { NULL, "token", "token" },
        { "wearchive.conf", "token", "token" },
        { "/etc/wearchive.conf", "token", "/etc/token" },
        { "/x.conf", "a/token", "/a/token" },
        { "/etc/wearchive.conf", "/run/token", "/run/token" },
        { "/etc/wearchive.conf", "~/token", "/home/me/token" },
    };

    (void)state;
    assert_int_equal(setenv("HOME", "/home/me", 1), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct config c = { .path =
                                strdup(rows[i].config ? rows[i].config : "") };
        char *path;

        if (!rows[i].config) {
            free(c.path);
            c.path = NULL;
        }
        path = config_path(&c, rows[i].value);
        assert_string_equal(path, rows[i].want);
        free(path);
        config_free(&c);
    }
}

/* 1 and the path, as a name in the directory. */
static void
assert_found(const char *given, int rc, const char *want)
{
    struct err e = ERR_INIT;
    char *path;

    assert_int_equal(config_find(&path, given, &e), rc);
    if (rc < 0)
        assert_int_equal(e.kind, ERR_USAGE);
    if (want)
        assert_string_equal(path, want);
    else
        assert_null(path);
    free(path);
}

static void
test_find(void **state)
{
    struct buf dir = BUF_INIT;
    char *before = getcwd(NULL, 0);

    (void)state;
    assert_non_null(before);
    assert_int_equal(chdir(tempdir), 0);
    assert_int_equal(setenv("XDG_CONFIG_HOME", in_tempdir("xdg"), 1), 0);
    assert_found(NULL, 0, NULL);
    assert_found("no.conf", -1, NULL);
    tempdir_write("health-sync.toml", "");
    assert_found(NULL, 1, "health-sync.toml");
    assert_found("no.conf", -1, NULL);
    assert_found("health-sync.toml", 1, "health-sync.toml");
    assert_found("health-sync.toml/x", -1, NULL);
    assert_int_equal(mkdir(in_tempdir("xdg"), 0700), 0);
    assert_int_equal(mkdir(in_tempdir("xdg/wearchive"), 0700), 0);
    tempdir_write("xdg/wearchive/wearchive.conf", "");
    assert_found(NULL, 1, in_tempdir("xdg/wearchive/wearchive.conf"));
    tempdir_write("wearchive.conf", "");
    assert_found(NULL, 1, "wearchive.conf");

    assert_int_equal(setenv("XDG_CONFIG_HOME", "relative", 1), 0);
    assert_int_equal(setenv("HOME", "/home/me", 1), 0);
    assert_string_equal(dirs_config(&dir), "/home/me/.config");
    assert_int_equal(unsetenv("HOME"), 0);
    assert_string_equal(dirs_config(&dir), "");
    assert_int_equal(unlink("wearchive.conf"), 0);
    assert_found(NULL, 1, "health-sync.toml");
    assert_int_equal(unlink("health-sync.toml"), 0);
    tempdir_write("file", "");
    assert_int_equal(setenv("XDG_CONFIG_HOME", in_tempdir("file"), 1), 0);
    assert_found(NULL, 0, NULL); /* not a folder: nothing there */
    assert_int_equal(chdir(before), 0);
    buf_free(&dir);
    free(before);
}

#define IN_TEMPDIR(f)                                                          \
    cmocka_unit_test_setup_teardown(f, tempdir_make, tempdir_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TEMPDIR(test_conf),         IN_TEMPDIR(test_long_line),
        IN_TEMPDIR(test_conf_refused), IN_TEMPDIR(test_file_refused),
        IN_TEMPDIR(test_toml_values),  IN_TEMPDIR(test_health_sync),
        IN_TEMPDIR(test_mode_warning), IN_TEMPDIR(test_typed),
        IN_TEMPDIR(test_bad),          cmocka_unit_test(test_path),
        IN_TEMPDIR(test_find),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
