#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "data/shape.h"

static bool
follows(const struct shape *s, uint32_t from, const char *text)
{
    char room[2000] = { 0 };
    size_t n = strlen(text);

    assert_true(n + BITS_STEP <= sizeof(room));
    memcpy(room, text, n);
    return shape_is_next(s, &s->node[from], room, room + n,
                         room + sizeof(room));
}

static void
test_nodes(void **state)
{
    struct shape s;
    struct buf path = BUF_INIT;
    uint32_t a, b;

    (void)state;
    shape_init(&s);
    a = shape_node(&s, SHAPE_ROOT, "a.", 2);
    b = shape_node(&s, a, "b", 1);
    assert_int_equal(shape_node(&s, SHAPE_ROOT, "a.", 2), a);
    assert_int_equal(shape_node(&s, a, "b", 1), b);
    assert_int_not_equal(shape_node(&s, SHAPE_ROOT, "b", 1), b);
    assert_int_equal(s.node[a].depth, 0);
    assert_int_equal(s.node[b].depth, 1);
    shape_add_path(&path, &s, b, false);
    assert_string_equal(buf_str(&path), "a\\..b");
    buf_free(&path);
    shape_free(&s);
}

static void
test_links(void **state)
{
    struct shape s;
    uint32_t a;
    char text[1100];

    (void)state;
    shape_init(&s);
    a = shape_node(&s, SHAPE_ROOT, "a", 1);
    assert_false(follows(&s, SHAPE_ROOT, "\"a\":"));
    for (size_t n = 1; n <= 1000; n++) {
        memset(text, ' ', n);
        text[n] = '\0';
        shape_link(&s, SHAPE_ROOT, a, text, n);
        assert_true(follows(&s, SHAPE_ROOT, text));
        text[n - 1] = 'x';
        assert_false(follows(&s, SHAPE_ROOT, text));
        text[n - 1] = '\0';
        assert_false(follows(&s, SHAPE_ROOT, text));
    }
    memset(text, ' ', sizeof(text));
    shape_link(&s, SHAPE_ROOT, a, text, sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_false(follows(&s, SHAPE_ROOT, text));
    shape_free(&s);
}

/* Records of two shapes in turn: memory does not grow with them. */
static void
test_links_take_turns(void **state)
{
    static const char text[] = ",\"key\":{\"another\":";
    struct shape s;

    (void)state;
    for (size_t n = 1; n < sizeof(text); n++) {
        size_t had;

        shape_init(&s);
        shape_link(&s, SHAPE_ROOT, SHAPE_ROOT, text, n);
        had = s.texts.n;
        for (size_t i = 1; i <= n; i++)
            shape_link(&s, SHAPE_ROOT, SHAPE_ROOT, text, i);
        assert_int_equal(s.texts.n, had);
        shape_free(&s);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_links_take_turns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
