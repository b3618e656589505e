#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/batch.h"
#include "store/blocks.h"
#include "store/layout.h"

/* What is written is "TIME KEY,TIME KEY ...", rows of 10 bytes one behind the
 * other from the tenth on. What a table makes of it is in test_table.c. */

enum { AT = 10, ROW = 10, ENTRIES_MAX = 8 };

static void
add_entry(struct batch *b, const char *text)
{
    struct entry *entry = batch_new_entry(b);
    struct key *k = &entry->key;
    const char *space = strchr(text, ' ');

    entry->row_n = ROW - 3; /* a delimiter and CR LF follow */
    entry->width = 1;

    k->time_at = (uint32_t)b->keys.n;
    k->time_n = (uint32_t)(space - text);
    buf_add(&b->keys, text, k->time_n);
    k->at = (uint32_t)b->keys.n;
    k->n = (uint32_t)strcspn(space + 1, ",");
    buf_add(&b->keys, space + 1, k->n);
}

/* At a place, and up to an end, which the size of the rows may contradict. */
static void
add_at(struct blocks *b, int64_t at, int64_t to, const char *text)
{
    static const struct table_spec spec = { .format = TABLE_CSV };
    static const struct layout layout = { .spec = &spec, .dialect.crlf = true };
    struct batch batch = BATCH_INIT;
    size_t entry[ENTRIES_MAX];
    struct written w = { &batch, entry, 0, &layout, 2, at, to };

    for (const char *p = text; p; p = strchr(p, ',')) {
        p += *p == ',';
        entry[batch.n] = batch.n;
        add_entry(&batch, p);
    }
    w.n = batch.n;
    blocks_add(b, &w);
    batch_free(&batch);
}

static void
add_all(struct blocks *b, const char *const *text)
{
    int64_t at = AT;

    for (size_t i = 0; i < 4 && text[i]; i++) {
        int64_t to = at + ROW;

        for (const char *p = text[i]; (p = strchr(p, ',')); p++)
            to += ROW;
        add_at(b, at, to, text[i]);
        at = to;
    }
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
        const char *written[4];
        const char *want;
    } rows[] = {
        { "no block is no order", { NULL }, "" },
        { "one stays", { "1 a,2 b" }, "10-30" },
        { "what follows in time is added", { "1 a", "2 b", "3 c" }, "10-40" },
        { "so is the next key of a time", { "1 a", "1 b" }, "10-30" },
        { "the newest first", { "3 c", "2 b", "1 a" }, "30-40 20-30 10-20" },
        { "a recent window, then older ones",
          { "8 x,9 y", "1 a", "2 b,3 c" },
          "30-60 10-30" },
        { "two windows at once, then older ones",
          { "8 x,9 y,1 a", "2 b,3 c" },
          "30-60 10-30" },
        { "all the other way round", { "3 c,2 b,1 a" }, "30-40 20-30 10-20" },
        { "keys of one time count, too", { "1 b", "1 a" }, "20-30 10-20" },
        { "blocks that mix", { "3 c,5 e", "4 d" }, "" },
        { "one around another", { "4 d", "3 c,5 e" }, "" },
        { "a time of another length", { "1 a", "02 b" }, "" },
        { "the same in a block", { "1 a,02 b" }, "" },
        { "no time", { " a, b" }, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct blocks b = BLOCKS_INIT;
        char have[100] = "";

        add_all(&b, rows[i].written);
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
    add_at(&b, 10, 20, "1 a");
    add_at(&b, 30, 40, "2 b"); /* something stands between them */
    assert_false(blocks_settle(&b));
    blocks_free(&b);
    add_at(&b, 10, 21, "1 a"); /* of another size */
    assert_false(blocks_settle(&b));
    blocks_free(&b);
    blocks_lose(&b);
    add_at(&b, 10, 20, "1 a");
    assert_false(blocks_settle(&b));
    blocks_free(&b);
}

static void
test_place(void **state)
{
    struct blocks b = BLOCKS_INIT;
    char have[100];

    (void)state;
    add_at(&b, 0, -1, "5 a,3 b");
    blocks_place(&b, 7, 27);
    add_at(&b, 27, 37, "1 c");
    assert_true(blocks_settle(&b));
    show(have, sizeof(have), &b);
    assert_string_equal(have, "27-37 17-27 7-17");
    blocks_free(&b);
    add_at(&b, 0, -1, "5 a");
    blocks_place(&b, 7, 18); /* there is more in it */
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
