#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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
    assert_true(k.places * sizeof(*k.slot) < (size_t)MANY * 12);
    keyset_free(&k);
}

/* What gives mixed when it is multiplied as the set does it. */
static uint64_t
unmix(uint64_t mixed)
{
    uint64_t inverse = 1;

    for (int i = 0; i < 6; i++) /* twice as many bits are right each time */
        inverse *= 2 - inverse * 0x9E3779B97F4A7C15U;
    return mixed * inverse;
}

/* Hashes that all belong to one place: the last one, for which there is little
 * room, the first, and one between. From both sides, and mixed. */
static void
test_crowd(void **state)
{
    static const uint64_t places[] = { UINT64_MAX - 5000, 1, UINT64_MAX / 3 };

    (void)state;
    for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++)
        for (int order = 0; order < 3; order++) {
            struct keyset k = KEYSET_INIT;

            for (uint64_t i = 0; i < 5000; i++) {
                uint64_t at = order == 0   ? i
                              : order == 1 ? 4999 - i
                                           : i * 2371 % 5000;

                assert_true(keyset_add(&k, unmix(places[p] + at)));
                assert_true(keyset_has(&k, unmix(places[p] + at)));
            }
            for (uint64_t i = 0; i < 5000; i++)
                assert_false(keyset_add(&k, unmix(places[p] + i)));
            assert_false(keyset_has(&k, unmix(places[p] - 1)));
            assert_false(keyset_has(&k, unmix(places[p] + 5000)));
            assert_int_equal(k.n, 5000);
            keyset_free(&k);
        }
}

/* Numbers serve as hashes. */
static void
test_numbers(void **state)
{
    struct keyset k = KEYSET_INIT;

    (void)state;
    for (uint64_t i = 0; i < 100000; i++)
        assert_true(keyset_add(&k, i));
    for (uint64_t i = 0; i < 100000; i++)
        assert_false(keyset_add(&k, i));
    assert_false(keyset_has(&k, 100000));
    assert_true(k.places * sizeof(*k.slot) < (size_t)100000 * 12);
    keyset_free(&k);
}

/* Against a plain array, with hashes that come again and again. */
static void
test_model(void **state)
{
    enum { VALUES = 3000 };
    static bool has[VALUES];
    struct keyset k = KEYSET_INIT;
    uint64_t seed = 5;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        size_t v;
        uint64_t hash;

        seed = seed * 6364136223846793005U + 1442695040888963407U;
        v = (size_t)(seed >> 33) % VALUES;
        hash = v % 3 ? hash_of(v) : unmix(UINT64_MAX - v / 2);
        assert_int_equal(keyset_has(&k, hash), has[v]);
        assert_int_equal(keyset_add(&k, hash), !has[v]);
        has[v] = true;
    }
    keyset_free(&k);
}

/* The one gets what the other has, and keeps its own. */
static void
test_join(void **state)
{
    struct keyset a = KEYSET_INIT, b = KEYSET_INIT;

    (void)state;
    keyset_join(&a, &b);
    assert_int_equal(a.n, 0);
    for (uint64_t i = 0; i < 5000; i++) {
        (void)keyset_add(&a, hash_of(2 * i));
        (void)keyset_add(&b, hash_of(3 * i));
    }
    keyset_join(&a, &b);
    for (uint64_t i = 0; i < 15000; i++)
        assert_int_equal(keyset_has(&a, hash_of(i)),
                         (i % 2 == 0 && i < 10000) || i % 3 == 0);
    keyset_free(&a);
    keyset_free(&b);
}

/* Begun again, it has nothing of what it had, and room for what comes. */
static void
test_begin(void **state)
{
    static const size_t sizes[] = { 0, 3, 5000, 100, 20000, 1 };
    struct keyset k = KEYSET_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t places;

        keyset_begin(&k, sizes[i]);
        places = k.places;
        for (uint64_t h = 0; h < sizes[i]; h++)
            assert_true(keyset_add(&k, hash_of(h)));
        for (uint64_t h = 0; h < 30000; h++)
            assert_int_equal(keyset_has(&k, hash_of(h)), h < sizes[i]);
        assert_int_equal(k.places, places);
    }
    keyset_free(&k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small), cmocka_unit_test(test_many),
        cmocka_unit_test(test_crowd), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_model), cmocka_unit_test(test_join),
        cmocka_unit_test(test_begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
