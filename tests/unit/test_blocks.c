#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/batch.h"
#include "store/blocks.h"

/* Blocks are written "TIME KEY,TIME KEY ...", one behind the other, 10 bytes
 * each from the tenth on. What a table makes of them is in test_table.c. */

enum { AT = 10, ENTRIES_MAX = 8 };

static void
add_entry(struct batch *b, const char *text)
{
    struct key *k = &batch_new_entry(b)->key;
    const char *space = strchr(text, ' ');

    k->time_at = (uint32_t)b->keys.n;
    k->time_n = (uint32_t)(space - text);
    buf_add(&b->keys, text, k->time_n);
    k->at = (uint32_t)b->keys.n;
    k->n = (uint32_t)strcspn(space + 1, ",");
    buf_add(&b->keys, space + 1, k->n);
}

static void
add_block(struct blocks *b, size_t i, const char *text)
{
    struct batch batch = BATCH_INIT;
    size_t entry[ENTRIES_MAX];

    for (const char *p = text; p; p = strchr(p, ',')) {
        p += *p == ',';
        entry[batch.n] = batch.n;
        add_entry(&batch, p);
    }
    blocks_add(b, (int64_t)(AT + 10 * i), (int64_t)(AT + 10 * i + 10), &batch,
               entry, batch.n);
    batch_free(&batch);
}

/* "20-40 10-20": where the blocks stand in their order; "" if it is not known.
 */
static void
show(char *out, size_t room, const struct blocks *b)
{
    size_t n = 0;

    *out = '\0';
    for (size_t i = 0; i < b->n; i++)
        n += (size_t)snprintf(out + n, room - n, "%s%d-%d", i ? " " : "",
                              (int)b->block[i].from, (int)b->block[i].to);
}

static void
test_settle(void **state)
{
    static const struct {
        const char *name;
        const char *block[4];
        const char *want;
    } rows[] = {
        { "no block is no order", { NULL }, "" },
        { "one stays", { "1 a,2 b" }, "10-20" },
        { "what follows in time is added", { "1 a", "2 b", "3 c" }, "10-40" },
        { "so is the next key of a time", { "1 a", "1 b" }, "10-30" },
        { "the newest first", { "3 c", "2 b", "1 a" }, "30-40 20-30 10-20" },
        { "a recent window, then older ones",
          { "8 x,9 y", "1 a", "2 b,3 c" },
          "20-40 10-20" },
        { "keys of one time count, too", { "1 b", "1 a" }, "20-30 10-20" },
        { "blocks that mix", { "3 c,5 e", "4 d" }, "" },
        { "one around another", { "4 d", "3 c,5 e" }, "" },
        { "disorder in a block", { "2 b,1 a" }, "" },
        { "a time of another length", { "1 a", "02 b" }, "" },
        { "the same in a block", { "1 a,02 b" }, "" },
        { "no time", { " a, b" }, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct blocks b = BLOCKS_INIT;
        char have[100] = "";

        for (size_t k = 0; k < 4 && rows[i].block[k]; k++)
            add_block(&b, k, rows[i].block[k]);
        if (blocks_settle(&b))
            show(have, sizeof(have), &b);
        if (strcmp(have, rows[i].want) != 0)
            fail_msg("%s: '%s'", rows[i].name, have);
        blocks_free(&b);
    }
}

static void
test_lost(void **state)
{
    struct blocks b = BLOCKS_INIT;

    (void)state;
    add_block(&b, 0, "1 a");
    add_block(&b, 2, "2 b"); /* something stands between them */
    assert_false(blocks_settle(&b));
    blocks_free(&b);
    blocks_lose(&b);
    add_block(&b, 0, "1 a");
    assert_false(blocks_settle(&b));
    blocks_free(&b);
}

static void
test_place(void **state)
{
    struct blocks b = BLOCKS_INIT;
    char have[100];

    (void)state;
    add_block(&b, 0, "5 a");
    blocks_place(&b, 7, 20);
    add_block(&b, 1, "1 b");
    assert_true(blocks_settle(&b));
    show(have, sizeof(have), &b);
    assert_string_equal(have, "20-30 7-20");
    blocks_place(&b, 7, 20); /* of a file that is there already */
    assert_false(blocks_settle(&b));
    blocks_free(&b);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settle),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
