#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/batch.h"

/* Entries are written "key,time,unique"; rows are "row of KEY". */

static void
add_part(struct batch *b, uint32_t *at, uint32_t *n, const char *p, size_t len)
{
    *at = (uint32_t)b->keys.n;
    *n = (uint32_t)len;
    buf_add(&b->keys, p, len);
}

/* Any hash that is the same for the same text; few of them, so that places in
 * the index are fought for. */
static uint64_t
hash_of(const char *p, size_t n)
{
    return n ? (uint64_t)(unsigned char)p[0] % 3 + 1 : 0;
}

static void
add(struct batch *b, const char *text)
{
    struct entry *entry = batch_new_entry(b);
    struct key *k = &entry->key;
    size_t n = strcspn(text, ","), m = strcspn(text + n + 1, ",");
    const char *time = text + n + 1, *unique = time + m + 1;

    buf_addf(&b->rows, "row of %.*s", (int)n, text);
    entry->row_n = (uint32_t)b->rows.n - entry->row;
    add_part(b, &k->at, &k->n, text, n);
    add_part(b, &k->time_at, &k->time_n, time, m);
    add_part(b, &k->unique_at, &k->unique_n, unique, strlen(unique));
    k->hash = hash_of(text, n);
    k->unique_hash = hash_of(unique, strlen(unique));
}

static void
add_all(struct batch *b, const char *const *text)
{
    (void)buf_str(&b->keys);
    for (; *text; text++)
        add(b, *text);
}

static void
show(struct buf *out, const struct batch *b)
{
    buf_clear(out);
    for (size_t i = 0; i < b->n; i++) {
        const struct key *k = &b->entry[i].key;

        if (b->entry[i].state != ENTRY_DEAD)
            buf_addf(out, "%.*s@%.*s ", (int)k->n, b->keys.p + k->at,
                     (int)k->time_n, b->keys.p + k->time_at);
    }
}

static void
test_who_lives(void **state)
{
    static const struct {
        const char *name;
        bool first_wins;
        const char *entries[8];
        const char *want;
    } rows[] = {
        { "nothing", false, { NULL }, "" },
        { "all different",
          false,
          { "a,1,", "b,2,", "c,3,", NULL },
          "a@1 b@2 c@3 " },
        { "the last of a key",
          false,
          { "a,1,", "b,2,", "a,3,", NULL },
          "b@2 a@3 " },
        { "the first of a key",
          true,
          { "a,1,", "b,2,", "a,3,", NULL },
          "a@1 b@2 " },
        { "three of a key", false, { "a,1,", "a,2,", "a,3,", NULL }, "a@3 " },
        { "three of a key, the first",
          true,
          { "a,1,", "a,2,", "a,3,", NULL },
          "a@1 " },
        { "the last of a unique value",
          false,
          { "a,1,x", "b,2,x", NULL },
          "b@2 " },
        { "the first of a unique value",
          true,
          { "a,1,x", "b,2,x", NULL },
          "a@1 " },
        { "no value is not unique",
          false,
          { "a,1,", "b,2,", NULL },
          "a@1 b@2 " },
        { "one takes the places of two",
          false,
          { "a,1,x", "b,2,y", "a,3,y", NULL },
          "a@3 " },
        { "a value that became free",
          false,
          { "a,1,x", "a,2,y", "b,3,x", NULL },
          "a@2 b@3 " },
        { "key and unique value are not mixed up",
          false,
          { "a,1,b", "b,2,a", NULL },
          "a@1 b@2 " },
        { "hashes that meet",
          false,
          { "a,1,", "d,2,", "g,3,", "d,4,", NULL },
          "a@1 g@3 d@4 " },
    };
    struct buf have = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct batch b = BATCH_INIT;

        add_all(&b, rows[i].entries);
        batch_index(&b, rows[i].first_wins);
        batch_index(&b, rows[i].first_wins); /* the dead stay so */
        show(&have, &b);
        if (strcmp(buf_str(&have), rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].name, have.p);
        for (size_t k = 0; k < b.n; k++) {
            const struct entry *entry = &b.entry[k];

            if (entry->state == ENTRY_DEAD)
                continue;
            assert_int_equal(batch_by_key(&b, &entry->key, b.keys.p), k);
            if (entry->key.unique_n > 0)
                assert_int_equal(batch_by_unique(&b, &entry->key, b.keys.p), k);
        }
        batch_free(&b);
        batch_free(&b);
    }
    buf_free(&have);
}

static void
test_sort(void **state)
{
    static const struct {
        const char *name;
        size_t from;
        const char *entries[8];
        const char *want;
    } rows[] = {
        { "nothing", 0, { NULL }, "" },
        { "one", 0, { "a,1,", NULL }, "a@1 " },
        { "in order", 0, { "a,1,", "b,2,", "c,3,", NULL }, "a@1 b@2 c@3 " },
        { "backwards", 0, { "c,3,", "b,2,", "a,1,", NULL }, "a@1 b@2 c@3 " },
        { "runs backwards",
          0,
          { "e,5,", "f,6,", "c,3,", "d,4,", "a,1,", NULL },
          "a@1 c@3 d@4 e@5 f@6 " },
        { "runs backwards that mix",
          0,
          { "e,5,", "f,6,", "c,3,", "g,7,", "a,1,", NULL },
          "a@1 c@3 e@5 f@6 g@7 " },
        { "runs backwards that meet",
          0,
          { "c,3,", "d,4,", "a,1,", "c,3,", NULL },
          "a@1 c@3 c@3 d@4 " },
        { "runs backwards behind a place",
          2,
          { "x,8,", "y,9,", "c,3,", "d,4,", "a,1,", "b,2,", NULL },
          "x@8 y@9 a@1 b@2 c@3 d@4 " },
        { "one late",
          0,
          { "b,2,", "c,3,", "d,4,", "a,1,", NULL },
          "a@1 b@2 c@3 d@4 " },
        { "late ones in between",
          0,
          { "a,1,", "e,5,", "b,2,", "f,6,", "d,4,", "c,3,", NULL },
          "a@1 b@2 c@3 d@4 e@5 f@6 " },
        { "ties by key", 0, { "b,1,", "a,1,", "c,1,", NULL }, "a@1 b@1 c@1 " },
        { "a shorter text first",
          0,
          { "a,10,", "b,1,", "c,,", NULL },
          "c@ b@1 a@10 " },
        { "only from a place on",
          2,
          { "d,4,", "c,3,", "b,2,", "a,1,", NULL },
          "d@4 c@3 a@1 b@2 " },
        { "from the last one on",
          2,
          { "c,3,", "b,2,", "a,1,", NULL },
          "c@3 b@2 a@1 " },
        { "from the end on",
          3,
          { "c,3,", "b,2,", "a,1,", NULL },
          "c@3 b@2 a@1 " },
    };
    struct buf have = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct batch b = BATCH_INIT;

        add_all(&b, rows[i].entries);
        batch_sort(&b, rows[i].from);
        show(&have, &b);
        if (strcmp(buf_str(&have), rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].name, have.p);
        batch_free(&b);
    }
    buf_free(&have);
}

static void
test_sort_many(void **state)
{
    struct batch b = BATCH_INIT;
    uint32_t seed = 7;
    char text[40];

    (void)state;
    for (int i = 0; i < 5000; i++) {
        seed = seed * 1664525 + 1013904223;
        (void)snprintf(text, sizeof(text), "k%04d,%05u,", i,
                       i % 3 ? (unsigned)i : seed >> 20);
        add(&b, text);
    }
    batch_sort(&b, 1000);
    for (size_t i = 1001; i < b.n; i++)
        assert_true(batch_compare(&b.entry[i - 1].key, b.keys.p,
                                  &b.entry[i].key, b.keys.p) < 0);
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(text, sizeof(text), "k%04d", i);
        assert_memory_equal(b.keys.p + b.entry[i].key.at, text, 5);
    }
    batch_free(&b);
}

/* The filter knows every key; without one, or with an old one, nothing is
 * ruled out. An order is that of all entries, and ends with the next one. */
static void
test_filter_and_order(void **state)
{
    enum { KEYS = 3000 };
    struct batch b = BATCH_INIT;
    char text[40];
    int others = 0;

    (void)state;
    assert_false(batch_may_have(&b, "k0000001", 8));
    for (int i = 0; i < KEYS; i++) {
        (void)snprintf(text, sizeof(text), "k%07d,%d,", i * 2, i);
        add(&b, text);
    }
    batch_index(&b, false);
    assert_true(batch_may_have(&b, "k0000001", 8));
    batch_filter(&b);
    for (int i = 0; i < 2 * KEYS; i++) {
        (void)snprintf(text, sizeof(text), "k%07d", i);
        if (i % 2 == 0)
            assert_true(batch_may_have(&b, text, 8));
        else
            others += batch_may_have(&b, text, 8);
    }
    assert_true(others < KEYS / 10);
    batch_sort(&b, 1);
    assert_false(b.is_sorted);
    batch_sort(&b, 0);
    assert_true(b.is_sorted);
    add(&b, "k0,0,");
    assert_false(b.is_sorted);
    batch_index(&b, false);
    assert_true(batch_may_have(&b, "k0", 2));
    batch_free(&b);
}

static void
test_copy_and_cut(void **state)
{
    static const char *const some[] = { "a,1,x", "bb,22,y", "c,3,", NULL };
    struct batch b = BATCH_INIT, copy = BATCH_INIT;
    struct buf have = BUF_INIT;

    (void)state;
    add_all(&b, some);
    b.entry[1].width = 5;
    batch_copy(&copy, &b, 1);
    batch_copy(&copy, &b, 0);
    show(&have, &copy);
    assert_string_equal(buf_str(&have), "bb@22 a@1 ");
    assert_int_equal(copy.entry[0].width, 5);
    assert_memory_equal(copy.rows.p + copy.entry[1].row, "row of a", 8);
    batch_index(&copy, false);
    assert_int_equal(batch_by_key(&copy, &b.entry[0].key, b.keys.p), 1);
    assert_int_equal(batch_by_unique(&copy, &b.entry[1].key, b.keys.p), 0);
    assert_int_equal(batch_by_key(&copy, &b.entry[2].key, b.keys.p),
                     BATCH_NONE);
    assert_int_equal(batch_by_unique(&copy, &b.entry[2].key, b.keys.p),
                     BATCH_NONE);
    assert_true(batch_bytes(&b) > batch_bytes(&copy));

    batch_cut(&b, 3);
    batch_cut(&b, 1);
    show(&have, &b);
    assert_string_equal(buf_str(&have), "a@1 ");
    add(&b, "d,4,");
    show(&have, &b);
    assert_string_equal(buf_str(&have), "a@1 d@4 ");
    assert_memory_equal(b.rows.p, "row of arow of d", 16);
    batch_cut(&b, 0);
    assert_int_equal(batch_bytes(&b), 0);
    batch_index(&b, false);
    assert_int_equal(batch_by_key(&b, &copy.entry[0].key, copy.keys.p),
                     BATCH_NONE);
    batch_free(&b);
    batch_free(&copy);
    buf_free(&have);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_lives),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_sort_many),
        cmocka_unit_test(test_filter_and_order),
        cmocka_unit_test(test_copy_and_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
