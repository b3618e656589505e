#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/keyset.h"

static void
test_small(void **state)
{
    static const uint64_t hashes[] = {
        0, 1, UINT64_MAX, UINT64_MAX - 1, (uint64_t)1 << 63, 2
    };
    struct keyset k = KEYSET_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        assert_false(keyset_has(&k, hashes[i]));
        assert_true(keyset_add(&k, hashes[i]));
        assert_false(keyset_add(&k, hashes[i]));
        for (size_t n = 0; n <= i; n++)
            assert_true(keyset_has(&k, hashes[n]));
    }
    assert_false(keyset_has(&k, 3));
    keyset_free(&k);
    keyset_free(&k);
    assert_false(keyset_has(&k, 0));
    assert_false(keyset_has(&k, 1));
}

static uint64_t
hash_of(uint64_t i)
{
    return i * 0x9E3779B97F4A7C15U;
}

static void
test_many(void **state)
{
    enum { MANY = 200000 };
    struct keyset k = KEYSET_INIT;

    (void)state;
    for (uint64_t i = 0; i < MANY; i++)
        assert_true(keyset_add(&k, hash_of(i)));
    for (uint64_t i = 0; i < MANY; i++)
        assert_true(keyset_has(&k, hash_of(i)));
    for (uint64_t i = MANY; i < 2 * MANY; i++)
        assert_false(keyset_has(&k, hash_of(i)));
    assert_true(k.slots * sizeof(*k.slot) < (size_t)MANY * 16);
    keyset_free(&k);
}

/* Hashes that all belong to the last slots run over to the first ones. */
static void
test_crowd(void **state)
{
    struct keyset k = KEYSET_INIT;

    (void)state;
    for (uint64_t i = 0; i < 5000; i++)
        assert_true(keyset_add(&k, UINT64_MAX - i));
    for (uint64_t i = 0; i < 5000; i++)
        assert_true(keyset_has(&k, UINT64_MAX - i));
    assert_false(keyset_has(&k, UINT64_MAX - 5000));
    assert_false(keyset_has(&k, 1));
    keyset_free(&k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_crowd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
