#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/proof.h"
#include "base/buf.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Of 64 letters each must come, and no text twice. */
static void
test_random(void **state)
{
    struct buf a = BUF_INIT, b = BUF_INIT;
    size_t seen[256] = { 0 }, letters = 0;

    (void)state;
    buf_adds(&a, "<");
    proof_random(&a, 0);
    proof_random(&a, 43);
    assert_int_equal(a.n, 44);
    proof_random(&b, 43);
    assert_memory_not_equal(a.p + 1, b.p, 43);
    buf_clear(&b);
    proof_random(&b, 64000);
    for (size_t i = 0; i < b.n; i++)
        seen[(unsigned char)b.p[i]]++;
    for (size_t i = 0; i < 256; i++)
        if (seen[i] > 0) {
            assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789-_",
                                   (int)i));
            assert_in_range(seen[i], 800, 1200); /* 6 sigma round 1000 */
            letters++;
        }
    assert_int_equal(letters, 64);
    buf_free(&a);
    buf_free(&b);
}

/* RFC 4648, 10, without the padding; and the two letters that differ. */
static void
test_base64url(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "", "" },
        { "f", "Zg" },
        { "fo", "Zm8" },
        { "foobar", "Zm9vYmFy" },
        { "\xfb\xff\xbe", "-_--" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = BUF_INIT;

        proof_base64url(&out, rows[i].text, strlen(rows[i].text));
        assert_string_equal(buf_str(&out), rows[i].want);
        buf_free(&out);
    }
}

/* RFC 7636, appendix B. */
static void
test_challenge(void **state)
{
    struct buf out = BUF_INIT;

    (void)state;
    proof_challenge(&out, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_string_equal(buf_str(&out),
                        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    buf_free(&out);
}

/* RFC 4231, 4.3 and 4.7 (a key longer than a block). */
static void
test_hmac(void **state)
{
    char key[132] = "";
    struct buf out = BUF_INIT;

    (void)state;
    proof_hmac(&out, "Jefe", "what do ya want for nothing?", 28);
    assert_string_equal(buf_str(&out), "5bdcc146bf60754e6a042426089575c7"
                                       "5a003f089d2739839dec58b964ec3843");
    buf_clear(&out);
    memset(key, 0xaa, 131);
    proof_hmac(&out, key,
               "Test Using Larger Than Block-Size Key - Hash Key First", 54);
    assert_string_equal(buf_str(&out), "60e431591ee0b67f0d8a26aacbf5b77f"
                                       "8e0bc6213728c5140546040f0ee37f54");
    buf_free(&out);
}

static void
test_sign(void **state)
{
    static const char nonce[] = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";
    static const char id[] = "synthetic_client_id";
    static const struct {
        struct proof_param param[3]; /* in no order */
        const char *want;
    } rows[] = {
        { { { "timestamp", "1700000000" },
            { "action", "getnonce" },
            { "client_id", id } },
          "765855aca7f972a2ba587cd710ba2f82e5b265f511677fe77e15517aee90200f" },
        { { { "client_id", id },
            { "nonce", nonce },
            { "action", "requesttoken" } },
          "e132fd818e287f9506161c07325c174cbfb90bf8fe1c9b69c5b07d88bcd5eb97" },
        { { { "action", "revoke" }, { "client_id", id }, { "nonce", nonce } },
          "a15847064112f345dc06847dc3bdf113b889316c8294e983547fe2b503c96ad3" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = BUF_INIT;

        proof_sign(&out, "synthetic_client_secret", rows[i].param, 3);
        assert_string_equal(buf_str(&out), rows[i].want);
        buf_free(&out);
    }
}

static void
test_same(void **state)
{
    (void)state;
    assert_true(proof_same("", ""));
    assert_true(proof_same("state", "state"));
    assert_false(proof_same("state", "statf"));
    assert_false(proof_same("state", "stat"));
    assert_false(proof_same("stat", "state"));
    assert_false(proof_same(NULL, "state"));
    assert_false(proof_same("state", NULL));
    assert_false(proof_same(NULL, NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),    cmocka_unit_test(test_base64url),
        cmocka_unit_test(test_challenge), cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_sign),      cmocka_unit_test(test_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
