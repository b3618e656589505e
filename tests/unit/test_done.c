/* What was asked for one by one: store/done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "store/done.h"

static void
put(struct done *d, const char *id, uint32_t print)
{
    done_put(d, id, strlen(id), print);
}

static bool
has(const struct done *d, const char *id, uint32_t print)
{
    return done_has(d, id, strlen(id), print);
}

static void
test_put_and_has(void **state)
{
    struct done d = DONE_INIT;

    (void)state;
    assert_false(has(&d, "7", 1));
    put(&d, "7", 1);
    put(&d, "70", 2);
    assert_true(has(&d, "7", 1));
    assert_false(has(&d, "7", 2));
    assert_true(has(&d, "70", 2));
    assert_false(has(&d, "0", 2));
    put(&d, "7", 3);
    assert_true(has(&d, "7", 3));
    assert_false(has(&d, "7", 1));
    assert_int_equal(d.n, 2);
    done_free(&d);
    assert_false(has(&d, "7", 3));
}

static void
test_many(void **state)
{
    struct done d = DONE_INIT, again = DONE_INIT;
    struct buf text = BUF_INIT;
    char id[24];

    (void)state;
    for (uint32_t i = 0; i < 5000; i++) {
        (void)snprintf(id, sizeof(id), "160000%u", i);
        put(&d, id, i * 7);
    }
    done_print(&text, &d);
    assert_int_equal(done_parse(&again, buf_str(&text)), 0);
    assert_int_equal(again.n, 5000);
    for (uint32_t i = 0; i < 5000; i++) {
        (void)snprintf(id, sizeof(id), "160000%u", i);
        assert_true(has(&again, id, i * 7));
        assert_false(has(&again, id, i * 7 + 1));
    }
    buf_free(&text);
    done_free(&d);
    done_free(&again);
}

static void
test_text(void **state)
{
    static const char text[] =
        "16000000005:1a2b3c4d b7:00000000 a%2Fb:ffffffff";
    static const char *const bad[] = {
        "7",
        ":00000000",
        "7:0000000",
        "7:000000000",
        "7:0000000A",
        "7:00000000 ",
        " 7:00000000",
        "7:00000000  8:00000000",
        "7:0000000g",
        "a/b:00000000",
        "7:00000000,8:00000000",
    };
    struct done d = DONE_INIT;
    struct buf out = BUF_INIT;

    (void)state;
    assert_int_equal(done_parse(&d, text), 0);
    assert_true(has(&d, "16000000005", 0x1a2b3c4d));
    assert_true(has(&d, "b7", 0));
    assert_true(has(&d, "a%2Fb", 0xffffffff));
    done_print(&out, &d);
    assert_string_equal(buf_str(&out), text);
    done_free(&d);
    assert_int_equal(done_parse(&d, ""), 0);
    assert_int_equal(d.n, 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (done_parse(&d, bad[i]) == 0)
            fail_msg("accepted: \"%s\"", bad[i]);
        done_free(&d);
    }
    buf_free(&out);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_and_has),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
