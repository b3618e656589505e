#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/callback.h"
#include "base/err.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_parse(void **state)
{
    static const struct {
        const char *text;
        const char *code, *state, *scope, *iss, *error, *description;
    } rows[] = {
        { "http://localhost:8080/callback?code=abc&state=xyz", "abc", "xyz", "",
          "", "", "" },
        { "https://example.org/?state=xyz&code=abc#_=_", "abc", "xyz", "", "",
          "", "" },
        { "code=abc&state=xyz&scope=read%3Asleep+offline&iss=https%3a%2F%2Fx",
          "abc", "xyz", "read:sleep offline", "https://x", "", "" },
        { "/callback?&&code=a+b%2Bc%20d&other=1&codes=2&flag", "a b+c d", "",
          "", "", "", "" },
        { "?state=&code=abc%3D%3D", "abc==", "", "", "", "", "" },
        { "wearchive://back?code=x", "x", "", "", "", "", "" },
        { "4%2F0Ab+c-_", "4/0Ab+c-_", "", "", "", "", "" },
        { "bare==#_", "bare==", "", "", "", "", "" },
        { " 'http://localhost:8080/callback?code=abc&state=xyz'\r\n", "abc",
          "xyz", "", "", "", "" },
        { "\"?state=xyz&code=abc#_=_\" ", "abc", "xyz", "", "", "", "" },
        { "<http://localhost/?code=abc&state=xyz", "abc", "xyz", "", "", "",
          "" },
        { "`bare=='\t", "bare==", "", "", "", "", "" },
        { "?error=access_denied&error_description=a%0Ab+c%00d&state=s", "", "s",
          "", "", "access_denied", "a b c d" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct callback c = CALLBACK_INIT;
        struct err e = ERR_INIT;

        if (callback_parse(&c, rows[i].text, &e) < 0)
            fail_msg("%s: %s", rows[i].text, e.text);
        assert_string_equal(buf_str(&c.code), rows[i].code);
        assert_string_equal(buf_str(&c.state), rows[i].state);
        assert_string_equal(buf_str(&c.scope), rows[i].scope);
        assert_string_equal(buf_str(&c.iss), rows[i].iss);
        assert_string_equal(buf_str(&c.error), rows[i].error);
        assert_string_equal(buf_str(&c.error_description), rows[i].description);
        callback_free(&c);
    }
}

static void
test_refused(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "", "neither a code nor an error" },
        { "#code", "neither a code nor an error" },
        { "http://localhost:8080/callback", "neither a code nor an error" },
        { "http://localhost/?code=&state=CANARY", "neither a code nor an" },
        { "state=CANARY", "neither a code nor an error" },
        { "?code=CANARY&error=x", "both a code and an error" },
        { "?code=CANARY&code=CANARY", "code is there twice" },
        { "?code=a&state=CANARY&state=b", "state is there twice" },
        { "?code=CANARY%0a", "code holds a byte that it cannot" },
        { "?code=CANARY%00x", "code holds a byte that it cannot" },
        { "?code=CANARY%7f", "code holds a byte that it cannot" },
        { "?code=CANARY%4", "code holds a byte that it cannot" },
        { "?code=CANARY%4&state=1", "code holds a byte that it cannot" },
        { "?code=a&state=CANARY%4g", "state holds a byte that it cannot" },
        { "?code=a&state=CANARY%@0", "state holds a byte that it cannot" },
        { "CANARY%0a", "the code holds a byte that it cannot" },
        { "CANARY\tx", "the code holds a byte that it cannot" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct callback c = CALLBACK_INIT;
        struct err e = ERR_INIT;

        if (callback_parse(&c, rows[i].text, &e) == 0)
            fail_msg("%s: taken", rows[i].text);
        assert_int_equal(e.kind, ERR_USAGE);
        if (!strstr(e.text, rows[i].want))
            fail_msg("%s: %s", rows[i].text, e.text);
        assert_null(strstr(e.text, "CANARY"));
        callback_free(&c);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
