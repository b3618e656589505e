#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/crypt.h"
#include "base/buf.h"
#include "base/err.h"
#include "store/config.h"
#include "tempdir.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT "{\"access_token\":\"CANARY\"}"
#define HEX "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

/* The key whose text this is. */
static struct crypt *
key(const char *text)
{
    struct crypt *c;
    struct err e = ERR_INIT;

    tempdir_write("key", text);
    if (crypt_read_file(&c, in_tempdir("key"), &e) < 0)
        fail_msg("%s: %s", text, e.text);
    return c;
}

static void
seal(struct buf *out, const char *key_text)
{
    struct crypt *c = key(key_text);
    struct err e = ERR_INIT;

    assert_int_equal(crypt_seal(out, c, TEXT, strlen(TEXT), &e), 0);
    assert_true(crypt_is_sealed(out->p, out->n));
    assert_null(strstr(buf_str(out), "CANARY"));
    crypt_free(c);
}

/* 0 if it opens with that key, or the kind of the error. */
static enum err_kind
open_with(const char *key_text, const char *p, size_t n)
{
    struct crypt *c = key_text ? key(key_text) : NULL;
    struct buf out = BUF_INIT;
    struct err e = ERR_INIT;

    buf_adds(&out, "<");
    if (crypt_open(&out, c, p, n, &e) == 0)
        assert_string_equal(buf_str(&out), "<" TEXT);
    else
        assert_string_equal(buf_str(&out), "<");
    assert_null(strstr(e.text, "CANARY"));
    crypt_free(c);
    buf_wipe(&out);
    return e.kind;
}

/* One key in all ways to write it, and one that differs in a bit. */
static void
test_keys(void **state)
{
    static const char *const same[] = {
        HEX,
        " " HEX "\n",
        "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff",
        "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=",
        "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8\r\n",
        "ABEiM0RVZneImaq7zN3u_wARIjNEVWZ3iJmqu8zd7v8=",
        "ABEiM0RVZneImaq7zN3u_wARIjNEVWZ3iJmqu8zd7v8",
    };
    static const char other[] =
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeefe";
    struct buf sealed = BUF_INIT;

    (void)state;
    seal(&sealed, HEX);
    assert_non_null(strstr(buf_str(&sealed), "\nkdf none\n"));
    for (size_t i = 0; i < COUNT(same); i++)
        assert_int_equal(open_with(same[i], sealed.p, sealed.n), ERR_NONE);
    assert_int_equal(open_with(other, sealed.p, sealed.n), ERR_AUTH);
    assert_int_equal(open_with("pass phrase", sealed.p, sealed.n), ERR_AUTH);
    assert_int_equal(open_with(NULL, sealed.p, sealed.n), ERR_AUTH);
    buf_free(&sealed);
}

/* 32 bytes in a file, with what would be cut off a text at its ends. */
static void
test_raw(void **state)
{
    static const char bytes[] = "\n\x80 456789012345678901234567890\xff\n";
    char want[65] = "";
    struct buf sealed = BUF_INIT;

    (void)state;
    assert_int_equal(sizeof(bytes) - 1, 32);
    for (size_t i = 0; i < 32; i++)
        (void)snprintf(want + 2 * i, 3, "%02x", (unsigned char)bytes[i]);
    seal(&sealed, want);
    assert_int_equal(open_with(bytes, sealed.p, sealed.n), ERR_NONE);
    buf_free(&sealed);
}

static void
test_phrase(void **state)
{
    /* 32 bytes each, but text */
    static const char *const phrases[] = {
        "a pass phrase of thirty-two byte",
        "a phrase of 29 letters with \xc3\xa4.\n"
    };
    struct buf sealed = BUF_INIT, again = BUF_INIT;
    struct crypt *c;
    struct err e = ERR_INIT;
    const char *kdf;

    (void)state;
    for (size_t i = 0; i < COUNT(phrases); i++) {
        assert_int_equal(strlen(phrases[i]), 32);
        buf_clear(&sealed);
        seal(&sealed, phrases[i]);
        assert_non_null(strstr(buf_str(&sealed), "\nkdf argon2id 3 65536 "));
        assert_int_equal(open_with(phrases[i], sealed.p, sealed.n), ERR_NONE);
    }
    assert_int_equal(open_with(phrases[0], sealed.p, sealed.n), ERR_AUTH);
    assert_int_equal(open_with(HEX, sealed.p, sealed.n), ERR_AUTH);
    /* who opened it seals it with the same salt, and another nonce */
    c = key(phrases[1]);
    assert_int_equal(crypt_open(&again, c, sealed.p, sealed.n, &e), 0);
    buf_clear(&again);
    assert_int_equal(crypt_seal(&again, c, TEXT, strlen(TEXT), &e), 0);
    kdf = strstr(buf_str(&sealed), "\nnonce ");
    assert_memory_equal(again.p, sealed.p, (size_t)(kdf - sealed.p));
    assert_string_not_equal(buf_str(&again), buf_str(&sealed));
    crypt_free(c);
    buf_free(&sealed);
    buf_free(&again);
}

/* Files of this version stay readable. */
#define OLD                                                                    \
    "wearchive-sealed 1\n"                                                     \
    "kdf none\n"                                                               \
    "key 6508425a61a9f43398a8642edf2711f1\n"                                   \
    "nonce 07180aea87adb44fdd9bafa20556e255c8ddc5ecd569fabe\n"                 \
    "2eIeqq2o2nJMZmLTbHPR5aOTamOVc2piZ6Xh94ukKr/u0cVNckCYVVE=\n"
#define OLD_PHRASE                                                             \
    "wearchive-sealed 1\n"                                                     \
    "kdf argon2id 2 256 e3c9bc925374cf8fd38dc0c5a0d3c4c0\n"                    \
    "key c1dadf1b9c418181c587e269777b749f\n"                                   \
    "nonce 762d047d767ba360bd5343c7360a2a2693cd37f4fa873191\n"                 \
    "NpwXQIHsWThhEwtr7rwk0bQB4lASCcBxdFYFt8T2Y7jzQptOPO3LsfE=\n"
#define OLD_KEY "synthetic key in hexadecimal"

static void
test_version_1(void **state)
{
    (void)state;
    assert_int_equal(open_with(HEX, OLD, strlen(OLD)), ERR_NONE);
    assert_int_equal(open_with(OLD_KEY, OLD_PHRASE, strlen(OLD_PHRASE)),
                     ERR_NONE);
}

static void
test_damaged(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "wearchive-sealed 2\nkdf none\n", "by a later version" },
        { "wearchive-sealed 10\nkdf none\n", "by a later version" },
        { "wearchive-sealed \nkdf none\n", "by a later version" },
        { "wearchive-sealed 1\nkdf scrypt\n", "a damaged header" },
        { "wearchive-sealed 1\nkdf argon2id 17 64 00\n", "a damaged header" },
        { "wearchive-sealed 1\nkdf argon2id 0 64 00\n", "a damaged header" },
        { "wearchive-sealed 1\nkdf argon2id 1 7 00\n", "a damaged header" },
        { "wearchive-sealed 1\nkdf argon2id 1 1048577 00\n",
          "a damaged header" },
    };
    struct crypt *c = key(HEX);
    char text[] = OLD;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = BUF_INIT;
        struct err e = ERR_INIT;

        assert_int_equal(
            crypt_open(&out, c, rows[i].text, strlen(rows[i].text), &e), -1);
        assert_int_equal(e.kind, ERR_DATA);
        assert_non_null(strstr(e.text, rows[i].want));
    }
    crypt_free(c);
    for (size_t n = 0; n < strlen(OLD) - 1; n++)
        assert_int_equal(open_with(HEX, OLD, n), ERR_DATA);
    for (size_t i = 0; i < strlen(OLD) - 1; i++) {
        enum err_kind kind;

        text[i] ^= 1;
        kind = open_with(HEX, text, strlen(text));
        assert_true(kind == ERR_DATA || kind == ERR_AUTH);
        text[i] ^= 1;
    }
}

static void
test_is_sealed(void **state)
{
    (void)state;
    assert_true(crypt_is_sealed(OLD, strlen(OLD)));
    assert_true(crypt_is_sealed("wearchive-sealed 9", 18));
    assert_false(crypt_is_sealed("wearchive-sealed", 16));
    assert_false(crypt_is_sealed(TEXT, strlen(TEXT)));
    assert_false(crypt_is_sealed("", 0));
}

static const char *const none[] = { NULL };
static const char *const archive_keys[] = { "token_key_file",
                                            "token_key_command", NULL };
static const struct config_rules rules = {
    .archive_keys = archive_keys,
    .source_keys = none,
    .providers = none,
};

static void
test_find(void **state)
{
    static const struct {
        const char *config, *env, *credential;
        int rc;
    } rows[] = {
        { "", NULL, NULL, 0 },
        { "[archive]\ntoken_key_file = hex\n", NULL, NULL, 1 },
        { "[archive]\ntoken_key_command = echo " HEX "\n", NULL, NULL, 1 },
        { "", HEX, NULL, 1 },
        { "", NULL, HEX, 1 },
        { "[archive]\ntoken_key_file = no\n", NULL, NULL, -1 },
        { "[archive]\ntoken_key_command = false\n", NULL, NULL, -1 },
    };

    (void)state;
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", tempdir, 1), 0);
    tempdir_write("hex", HEX);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct config config = CONFIG_INIT;
        struct buf out = BUF_INIT;
        struct err e = ERR_INIT;
        struct crypt *c;

        tempdir_write("a.conf", rows[i].config);
        assert_int_equal(config_load(&config, in_tempdir("a.conf"), &rules, &e),
                         0);
        (void)unsetenv("WEARCHIVE_TOKEN_KEY");
        (void)unlink(in_tempdir("token_key"));
        if (rows[i].env)
            assert_int_equal(setenv("WEARCHIVE_TOKEN_KEY", HEX, 1), 0);
        if (rows[i].credential)
            tempdir_write("token_key", HEX);
        assert_int_equal(crypt_find(&c, &config, &e), rows[i].rc);
        assert_int_equal(c != NULL, rows[i].rc > 0);
        if (c)
            assert_int_equal(crypt_open(&out, c, OLD, strlen(OLD), &e), 0);
        crypt_free(c);
        buf_wipe(&out);
        config_free(&config);
    }
    (void)unsetenv("WEARCHIVE_TOKEN_KEY");
    (void)unsetenv("CREDENTIALS_DIRECTORY");
}

int
main(void)
{
#define FILE_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown(test, tempdir_make, tempdir_remove)
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_keys),
        FILE_TEST(test_raw),
        FILE_TEST(test_phrase),
        FILE_TEST(test_version_1),
        FILE_TEST(test_damaged),
        FILE_TEST(test_find),
        cmocka_unit_test(test_is_sealed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
