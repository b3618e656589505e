/* The token store: what is in it and what it survives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "auth/answer.h"
#include "auth/client.h"
#include "auth/renew.h"
#include "auth/tokens.h"
#include "base/err.h"
#include "base/mem.h"
#include "provider/logins.h"
#include "store/config.h"
#include "sys/fs.h"
#include "tempdir.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static struct config no_config = CONFIG_INIT;

static struct token_store
store_at(const char *path)
{
    return (struct token_store){ .path = mem_strdup(in_tempdir(path)),
                                 .config = &no_config };
}

static void
test_round_trip(void **state)
{
    struct token_store s = store_at("tokens.json");
    struct tokens all = TOKENS_INIT;
    struct token t = TOKEN_INIT, back = TOKEN_INIT;
    struct err e = ERR_INIT;
    struct stat st;

    (void)state;
    assert_int_equal(tokens_read(&all, &s, &e), 0);
    assert_false(tokens_get(&back, &all, "oura"));
    token_set(&t.access, "A");
    token_set(&t.refresh, "R");
    token_set(&t.scope, "daily \"x\"");
    t.got_at = 1700000000;
    t.ends_at = 1700003600;
    tokens_put(&all, "oura", &t);
    tokens_put(&all, "anna", &t);
    assert_int_equal(tokens_save(&all, &e), 0);
    tokens_free(&all);
    assert_int_equal(stat(s.path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);

    assert_int_equal(tokens_read(&all, &s, &e), 0);
    assert_string_equal(tokens_source(&all, 0), "oura");
    assert_string_equal(tokens_source(&all, 1), "anna");
    assert_null(tokens_source(&all, 2));
    assert_true(tokens_get(&back, &all, "oura"));
    assert_string_equal(back.access.p, "A");
    assert_string_equal(back.refresh.p, "R");
    assert_string_equal(back.scope.p, "daily \"x\"");
    assert_int_equal(back.user.n, 0);
    assert_int_equal(back.ends_at, 1700003600);
    assert_true(tokens_remove(&all, "anna"));
    assert_false(tokens_remove(&all, "anna"));
    assert_null(tokens_source(&all, 1));
    token_free(&t);
    token_free(&back);
    tokens_free(&all);
    token_store_free(&s);
}

static void
test_unknown_members_stay(void **state)
{
    static const char before[] = "{\"version\":7,\"mine\":1e400,\"sources\":{"
                                 "\"x\":{\"note\":\"keep\",\"access_token\":"
                                 "\"A\"},\"y\":[1]}}";
    struct token_store s = store_at("known.json");
    struct tokens all = TOKENS_INIT;
    struct token t = TOKEN_INIT;
    struct err e = ERR_INIT;
    struct buf text = BUF_INIT;

    (void)state;
    tempdir_write("known.json", before);
    assert_int_equal(tokens_read(&all, &s, &e), 0);
    token_set(&t.refresh, "R");
    tokens_put(&all, "x", &t);
    assert_int_equal(tokens_save(&all, &e), 0);
    assert_int_equal(fs_read(&text, s.path, 10000, &e), 0);
    assert_non_null(strstr(buf_str(&text), "\"mine\": 1e400"));
    assert_non_null(strstr(buf_str(&text), "\"version\": 7"));
    assert_non_null(strstr(buf_str(&text), "\"note\": \"keep\""));
    assert_non_null(strstr(buf_str(&text), "\"refresh_token\": \"R\""));
    assert_null(strstr(buf_str(&text), "access_token\": \"A\""));
    assert_non_null(strstr(buf_str(&text), "\"y\": [ 1 ]"));
    buf_free(&text);
    token_free(&t);
    tokens_free(&all);
    token_store_free(&s);
}

static const struct {
    const char *name, *text;
} damaged[] = {
    { "nothing", "" },
    { "half of it", "{\"sources\":{\"oura\":{\"access_tok" },
    { "no JSON", "oura = CANARY" },
    { "a list", "[]" },
    { "something behind it", "{\"sources\":{}} x" },
    { "another document", "{\"a\":1}" },
    { "sources that are none", "{\"sources\":[]}" },
};

static void
test_damaged(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(damaged); i++) {
        struct token_store s = store_at("damaged.json");
        struct tokens all = TOKENS_INIT;
        struct err e = ERR_INIT;

        tempdir_write("damaged.json", damaged[i].text);
        if (tokens_read(&all, &s, &e) == 0)
            fail_msg("%s: taken", damaged[i].name);
        if (e.kind != ERR_FILE || !strstr(e.text, "damaged.json") ||
            strstr(e.text, "CANARY") || !e.hint[0])
            fail_msg("%s: kind %d %s", damaged[i].name, e.kind, e.text);
        tokens_free(&all);
        token_store_free(&s);
    }
}

static void
test_pending(void **state)
{
    struct token_store s = store_at("pending.json");
    struct tokens all = TOKENS_INIT;
    struct token t = TOKEN_INIT;
    struct pending p = PENDING_INIT, back = PENDING_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(tokens_read(&all, &s, &e), 0);
    token_set(&p.state, "S");
    token_set(&p.redirect_uri, "http://localhost/x");
    p.made_at = 5;
    tokens_set_pending(&all, "oura", &p);
    assert_true(tokens_get(&t, &all, "oura"));
    assert_int_equal(t.access.n, 0); /* that is no login */
    assert_true(tokens_pending(&back, &all, "oura"));
    assert_string_equal(back.state.p, "S");
    assert_int_equal(back.verifier.n, 0);
    assert_int_equal(back.made_at, 5);
    tokens_put(&all, "oura", &t);
    assert_true(tokens_pending(&back, &all, "oura")); /* it stays meanwhile */
    tokens_set_pending(&all, "oura", NULL);
    assert_false(tokens_pending(&back, &all, "oura"));
    pending_free(&p);
    pending_free(&back);
    token_free(&t);
    tokens_free(&all);
    token_store_free(&s);
}

/* A fresh answer in the place of a pair. */
static void
test_take(void **state)
{
    const struct client c = { .spec = &withings_login };
    struct answer a = ANSWER_INIT;
    struct token t = TOKEN_INIT;

    (void)state;
    buf_adds(&a.access, "A1");
    buf_adds(&a.refresh, "R1");
    buf_adds(&a.scope, "x y");
    a.lifetime_s = 100;
    renew_take(&t, &c, &a, 1000);
    assert_string_equal(t.access.p, "A1");
    assert_int_equal(t.ends_at, 1100);
    assert_int_equal(t.replaced_at, 0);
    assert_int_equal(t.refresh_ends_at, 1000 + 365 * 86400);
    answer_free(&a);
    buf_adds(&a.access, "A2");
    a.lifetime_s = 50;
    renew_take(&t, &c, &a, 2000); /* no refresh token, no scopes: as before */
    assert_string_equal(t.access.p, "A2");
    assert_string_equal(t.refresh.p, "R1");
    assert_string_equal(t.old_access.p, "A1");
    assert_string_equal(t.old_refresh.p, "R1");
    assert_string_equal(t.scope.p, "x y");
    assert_int_equal(t.replaced_at, 2000);
    assert_int_equal(t.ends_at, 2050);
    assert_int_equal(t.refresh_ends_at, 1000 + 365 * 86400);
    answer_free(&a);
    token_free(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_unknown_members_stay),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_pending),
        cmocka_unit_test(test_take),
    };

    return cmocka_run_group_tests(tests, tempdir_make, tempdir_remove);
}
