#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/secret.h"
#include "base/buf.h"
#include "base/err.h"
#include "store/config.h"
#include "sys/run.h"
#include "sys/signal.h"
#include "tempdir.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const none[] = { NULL };
static const char *const secret_keys[] = { "access_token", NULL };
static const char *const providers[] = { "oura", NULL };

static const struct config_rules rules = {
    .archive_keys = none,
    .source_keys = none,
    .secret_keys = secret_keys,
    .providers = providers,
    .others = none,
};

/* What secret_find() gives with this config. */
static int
find_in(struct buf *out, const char *source, const char *config, struct err *e)
{
    struct config c = CONFIG_INIT;
    struct secret_query q = {
        .config = &c,
        .source = source,
        .key = "access_token",
        .env = "OURA_PERSONAL_ACCESS_TOKEN",
    };
    int rc;

    if (config) {
        tempdir_write("a.conf", config);
        if (config_load(&c, in_tempdir("a.conf"), &rules, e) < 0)
            fail_msg("%s", e->text);
    }
    rc = secret_find(out, &q, e);
    config_free(&c);
    return rc;
}

static void
assert_found(const char *source, const char *config, const char *want)
{
    struct buf out = BUF_INIT;
    struct err e = ERR_INIT;
    int rc = find_in(&out, source, config, &e);

    if (rc < 0)
        fail_msg("%s", e.text);
    assert_int_equal(rc, want != NULL);
    assert_string_equal(buf_str(&out), want ? want : "");
    buf_wipe(&out);
}

static int
forget_environment(void **state)
{
    (void)unsetenv("OURA_PERSONAL_ACCESS_TOKEN");
    (void)unsetenv("OURA_ACCESS_TOKEN");
    (void)unsetenv("ANNA_2_ACCESS_TOKEN");
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    return tempdir_remove(state);
}

static void
test_environment(void **state)
{
    (void)state;
    assert_found("oura", NULL, NULL);
    assert_int_equal(setenv("ANNA_2_ACCESS_TOKEN", "anna", 1), 0);
    assert_found("oura", NULL, NULL);
    assert_found("anna-2", NULL, "anna");
    assert_int_equal(setenv("OURA_ACCESS_TOKEN", " second\n", 1), 0);
    assert_found("oura", "[oura]\naccess_token = third", "second");
    assert_int_equal(setenv("OURA_PERSONAL_ACCESS_TOKEN", "first", 1), 0);
    assert_found("oura", NULL, "first");
    assert_int_equal(setenv("OURA_PERSONAL_ACCESS_TOKEN", "", 1), 0);
    assert_found("oura", NULL, "second");
}

static void
test_config(void **state)
{
    (void)state;
    tempdir_write("token", "\r\n from-file \n");
    assert_found("oura", "[oura]\n", NULL);
    assert_found("oura", "[oura]\naccess_token = a # b", "a # b");
    assert_found("oura", "[oura]\naccess_token =\n", NULL);
    assert_found("oura", "[oura]\naccess_token_file = token", "from-file");
    assert_found("oura", "[oura]\naccess_token_command = echo from-command",
                 "from-command");
    assert_found(
        "oura", "[oura]\naccess_token =\naccess_token_command = echo x\n", "x");
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", tempdir, 1), 0);
    tempdir_write("access_token", "from-folder");
    assert_found("oura", "[oura]\naccess_token_file = token", "from-file");
}

static void
test_folder(void **state)
{
    (void)state;
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", tempdir, 1), 0);
    assert_found("oura", NULL, NULL);
    tempdir_write("access_token", "third\n");
    assert_found("oura", NULL, "third");
    tempdir_write("oura_personal_access_token", "second");
    assert_found("oura", NULL, "second");
    tempdir_write("oura_access_token", "first");
    assert_found("oura", NULL, "first");
    assert_int_equal(
        setenv("CREDENTIALS_DIRECTORY", in_tempdir("access_token"), 1), 0);
    assert_found("oura", NULL, NULL);
}

static void
test_refused(void **state)
{
    static const struct {
        const char *config;
        enum err_kind kind;
        const char *want;
    } rows[] = {
        { "access_token = CANARY\naccess_token_file = x", ERR_USAGE,
          "line 2: [oura] access_token: only one of" },
        { "access_token_command = x\naccess_token_file = x", ERR_USAGE,
          "[oura] access_token: only one of" },
        { "access_token = CANARY\x01", ERR_USAGE,
          "[oura] access_token holds a control character" },
        { "access_token_file = no", ERR_USAGE, "[oura] access_token_file: " },
        { "access_token_file = empty", ERR_USAGE, "/empty is empty" },
        { "access_token_file = lines", ERR_USAGE, "several lines" },
        { "access_token_file = large", ERR_USAGE, "is larger than" },
        { "access_token_command = false", ERR_AUTH,
          "[oura] access_token_command: false: exit status 1" },
        { "access_token_command = printf CANARY\\\\nCANARY", ERR_USAGE,
          "the output holds a control character" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = BUF_INIT;
        struct err e = ERR_INIT;
        char config[200];

        (void)snprintf(config, sizeof(config), "[oura]\n%s", rows[i].config);
        tempdir_write("empty", "\n");
        tempdir_write("lines", "CANARY\nCANARY\n");
        tempdir_write("large", "");
        assert_int_equal(truncate(in_tempdir("large"), 65537), 0);
        assert_int_equal(find_in(&out, "oura", config, &e), -1);
        assert_int_equal(e.kind, rows[i].kind);
        if (!strstr(e.text, rows[i].want))
            fail_msg("'%s' is not in '%s'", rows[i].want, e.text);
        assert_null(strstr(e.text, "CANARY"));
        assert_int_equal(out.n, 0);
    }
}

static void
test_read_file(void **state)
{
    int saved = dup(STDIN_FILENO);
    struct buf out = BUF_INIT;
    struct err e = ERR_INIT;
    int fd;

    (void)state;
    tempdir_write("token", " abc\n");
    assert_int_equal(secret_read_file(&out, in_tempdir("token"), &e), 0);
    assert_string_equal(buf_str(&out), "abc");
    assert_int_equal(secret_read_file(&out, in_tempdir("no"), &e), -1);
    assert_int_equal(e.kind, ERR_USAGE);
    fd = open(in_tempdir("token"), O_RDONLY | O_CLOEXEC);
    assert_true(dup2(fd, STDIN_FILENO) >= 0);
    assert_int_equal(secret_read_file(&out, "-", &e), 0);
    assert_string_equal(buf_str(&out), "abcabc");
    assert_true(saved < 0 || dup2(saved, STDIN_FILENO) >= 0);
    (void)close(saved);
    (void)close(fd);
    buf_wipe(&out);
}

static void
test_raw(void **state)
{
    static const struct {
        const char *text; /* in the file */
        size_t raw_n;
        const char *want; /* NULL: refused */
    } rows[] = {
        { "\x80 b\n", 4, "\x80 b\n" }, { " \xc3\xa4\n", 4, "\xc3\xa4" },
        { "a\x01z\n", 4, "a\x01z\n" }, { "a\x01z\n", 5, NULL },
        { "a\x01z\n", 0, NULL },       { "abc\n", 4, "abc" },
        { "a\nb\n", 4, "a\nb\n" },     { " \n\t\r", 4, NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = BUF_INIT;
        struct err e = ERR_INIT;
        int rc;

        tempdir_write("token", rows[i].text);
        rc = secret_read_raw_file(&out, in_tempdir("token"), rows[i].raw_n, &e);
        assert_int_equal(rc, rows[i].want ? 0 : -1);
        assert_string_equal(buf_str(&out), rows[i].want ? rows[i].want : "");
        buf_wipe(&out);
    }
}

static void
test_run(void **state)
{
    static const struct {
        const char *command;
        const char *out;  /* NULL: fails */
        const char *text; /* of the failure */
    } rows[] = {
        { "echo  a\tb ", "a b", NULL },
        { "echo 'a  b'", "a  b", NULL },
        { "echo a | tr a b; echo c", "b\nc", NULL },
        { "cat", NULL, "cat: no output" },
        { "true", NULL, "true: no output" },
        { "echo CANARY; exit 3", NULL, "the command: exit status 3" },
        { "echo CANARY; kill -9 $$", NULL, "the command: ended by signal 9" },
        { "no-such-command-here CANARY", NULL, "no-such-command-here: " },
        { "", NULL, "no command" },
        { " \t", NULL, "no command" },
        { "head -c 65537 /dev/zero", NULL, "head: more than 65536 bytes" },
        { "sleep 100", NULL, "sleep: took too long" },
        { "sleep 100 & exec >&-; wait", NULL, "the command: took too long" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = BUF_INIT;
        struct err e = ERR_INIT;
        int timeout_s = strstr(rows[i].command, "sleep") ? 1 : 30;
        int rc = run_output(&out, rows[i].command, timeout_s, &e);

        if (rc == 0) {
            assert_non_null(rows[i].out);
            assert_string_equal(buf_str(&out), rows[i].out);
        } else if (rows[i].out || !strstr(e.text, rows[i].text)) {
            fail_msg("'%s': %s", rows[i].command, e.text);
        }
        assert_null(strstr(e.text, "CANARY"));
        buf_wipe(&out);
    }
}

/* The last test, as the flag stays set. */
static void
test_stop(void **state)
{
    struct buf out = BUF_INIT;
    struct err e = ERR_INIT;

    (void)state;
    signal_setup();
    assert_int_equal(run_output(&out, "kill -TERM $PPID; sleep 100", 30, &e),
                     -1);
    assert_int_equal(e.kind, ERR_STOP);
    assert_int_equal(
        find_in(&out, "oura", "[oura]\naccess_token_command = echo x", &e), -1);
    assert_int_equal(e.kind, ERR_STOP);
    buf_wipe(&out);
}

#define IN_TEMPDIR(f)                                                          \
    cmocka_unit_test_setup_teardown(f, tempdir_make, forget_environment)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TEMPDIR(test_environment), IN_TEMPDIR(test_config),
        IN_TEMPDIR(test_folder),      IN_TEMPDIR(test_refused),
        IN_TEMPDIR(test_read_file),   IN_TEMPDIR(test_raw),
        IN_TEMPDIR(test_run),         IN_TEMPDIR(test_stop),
    };

    (void)unsetenv("CREDENTIALS_DIRECTORY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
