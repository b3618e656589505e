#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "data/keypile.h"
#include "data/keyset.h"

enum { ALL = 1 << 30 };

static int64_t
again(struct keyset *set, size_t max, const uint64_t *hash, size_t n)
{
    struct keypile k = KEYPILE_INIT;
    int64_t found;

    for (size_t i = 0; i < n; i++)
        keypile_add(&k, hash[i]);
    found = keypile_again(set, max, &k);
    keypile_free(&k);
    return found;
}

static void
nothing_came_twice(void **state)
{
    static const uint64_t hash[] = { 0, 1, UINT64_MAX, (uint64_t)1 << 56 };
    struct keyset set = KEYSET_INIT;

    (void)state;
    assert_int_equal(again(&set, ALL, hash, 0), 0);
    assert_int_equal(again(&set, ALL, hash, 4), 0);
    assert_int_equal(set.n, 0);
    assert_false(set.has_zero);
}

static void
each_further_one_counts(void **state)
{
    static const uint64_t hash[] = { 7, 0, 7, UINT64_MAX, 0, 7, 5 };
    struct keyset set = KEYSET_INIT;

    (void)state;
    assert_int_equal(again(&set, ALL, hash, 7), 3);
    assert_true(keyset_has(&set, 7));
    assert_true(keyset_has(&set, 0));
    assert_false(keyset_has(&set, 5));
    assert_int_equal(set.n, 1);
    keyset_free(&set);
}

/* So many that chunks and blocks are filled, evenly and all in one part. */
static void
many(void **state)
{
    enum { MANY = 300000, TWICE = 1000 };
    uint64_t *hash = mem_resize(NULL, MANY, sizeof(*hash));

    (void)state;
    for (int shift = 0; shift <= 8; shift += 8) {
        struct keyset set = KEYSET_INIT;

        for (uint64_t i = 0; i < MANY; i++)
            hash[i] = (i % (MANY - TWICE) + 1) * 0x9E3779B97F4A7C15U >> shift;
        assert_int_equal(again(&set, ALL, hash, MANY), TWICE);
        assert_int_equal(set.n, TWICE);
        for (size_t i = 0; i < MANY; i++)
            assert_int_equal(keyset_has(&set, hash[i]),
                             i < TWICE || i >= MANY - TWICE);
        keyset_free(&set);
        assert_int_equal(again(&set, 10, hash, MANY), TWICE);
        assert_int_equal(set.n, 10);
        keyset_free(&set);
    }
    free(hash);
}

/* Two piles become one, of any sizes. */
static void
joined(void **state)
{
    enum { MOST = 5000 };
    static const size_t sizes[] = { 0, 1, 62, 63, 64, 127, 200, MOST };
    enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

    (void)state;
    for (size_t i = 0; i < (size_t)SIZES * SIZES * 2; i++) {
        size_t a = sizes[i % SIZES], b = sizes[i / SIZES % SIZES];
        int shift = i < (size_t)SIZES * SIZES ? 8 : 0; /* 8: all in one part */
        struct keypile k = KEYPILE_INIT, from = KEYPILE_INIT;
        struct keyset set = KEYSET_INIT;

        for (uint64_t n = 1; n <= a; n++)
            keypile_add(&k, n * 0x9E3779B97F4A7C15U >> shift);
        for (uint64_t n = 1; n <= b; n++)
            keypile_add(&from, n * 0x9E3779B97F4A7C15U >> shift);
        keypile_join(&k, &from);
        assert_int_equal(keypile_again(&set, ALL, &from), 0);
        assert_int_equal(keypile_again(&set, ALL, &k), a < b ? a : b);
        assert_int_equal(set.n, a < b ? a : b);
        keyset_free(&set);
        keypile_free(&k);
        keypile_free(&from);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_came_twice),
        cmocka_unit_test(each_further_one_counts),
        cmocka_unit_test(many),
        cmocka_unit_test(joined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
