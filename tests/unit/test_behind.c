#define _GNU_SOURCE /* sched_setaffinity() */

#include <sched.h>
#include <sys/resource.h>

#include "base/err.h"
#include "sys/behind.h"
#include "sys/signal.h"
#include "tempdir.h"

/* What is written behind stands in the file as if it had been written at
 * once, with a second processor and without. */

enum { PIECES = 50, PIECE = 1000, ROOM = 30 * PIECE };

static void
add_piece(struct buf *out, int i)
{
    char *p = buf_room(out, PIECE);

    memset(p, 'a' + i % 26, PIECE);
    out->n += PIECE;
}

static int
open_file(int flags)
{
    struct err e = ERR_INIT;
    int fd;

    assert_int_equal(fs_open(&fd, in_tempdir("a"), flags, &e), 0);
    return fd;
}

static void
assert_pieces(int n)
{
    const char *text = tempdir_read("a");

    assert_int_equal(strlen(text), (size_t)n * PIECE);
    for (int i = 0; i < n; i++) {
        assert_int_equal(text[i * PIECE], 'a' + i % 26);
        assert_int_equal(text[(i + 1) * PIECE - 1], 'a' + i % 26);
    }
}

static void
write_pieces(int64_t at)
{
    struct buf out = BUF_INIT;
    struct err e = ERR_INIT;
    int fd = open_file(O_WRONLY | O_CREAT | O_TRUNC);
    struct behind *b = behind_new(fd, "a", at);

    for (int i = 0; i < PIECES; i++) {
        add_piece(&out, i);
        assert_int_equal(behind_write(b, &out, &e), 0);
        assert_int_equal(out.n, 0);
        if (i == PIECES / 2) {
            assert_int_equal(behind_wait(b, &e), 0);
            assert_pieces(i + 1);
        }
    }
    assert_int_equal(behind_wait(b, &e), 0);
    assert_pieces(PIECES);
    assert_true(out.room >= PIECE);
    buf_free(&out);
    behind_lend(b, &out);
    assert_int_equal(out.n, 0);
    assert_true(out.room >= PIECE);
    behind_free(b);
    buf_free(&out);
    (void)close(fd);
}

static void
test_pieces(void **state)
{
    (void)state;
    write_pieces(-1);
    write_pieces(0);
}

static void
test_one_processor(void **state)
{
    cpu_set_t old, one;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof(old), &old), 0);
    CPU_ZERO(&one);
    for (size_t i = 0; CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &old))
            CPU_SET(i, &one);
    assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
    write_pieces(-1);
    assert_int_equal(sched_setaffinity(0, sizeof(old), &old), 0);
}

/* What is handed over when all is done is written before the end. */
static void
test_end(void **state)
{
    struct buf out = BUF_INIT;
    struct err e = ERR_INIT;
    int fd = open_file(O_WRONLY | O_CREAT);
    struct behind *b = behind_new(fd, "a", -1);

    (void)state;
    add_piece(&out, 0);
    assert_int_equal(behind_write(b, &out, &e), 0);
    behind_free(b);
    behind_free(NULL);
    assert_pieces(1);
    buf_free(&out);
    (void)close(fd);
}

/* The first failure is told by each later call, and nothing follows it. */
static void
test_failure(void **state)
{
    struct rlimit old, small;
    struct buf out = BUF_INIT;
    struct err e = ERR_INIT;
    int fd = open_file(O_WRONLY | O_CREAT | O_APPEND), i = 0, rc;
    struct behind *b = behind_new(fd, "the file", -1);

    (void)state;
    signal_setup(); /* no SIGXFSZ */
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = ROOM + PIECE / 2;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    do {
        add_piece(&out, i);
        rc = behind_write(b, &out, &e);
    } while (rc == 0 && ++i < PIECES);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(rc, -1);
    assert_int_equal(e.kind, ERR_IO);
    assert_non_null(strstr(e.text, "the file: File too large"));
    e = (struct err)ERR_INIT;
    assert_int_equal(behind_wait(b, &e), -1);
    assert_non_null(strstr(e.text, "File too large"));
    buf_clear(&out);
    add_piece(&out, i);
    assert_int_equal(behind_write(b, &out, &e), -1);
    behind_free(b);
    assert_int_equal(strlen(tempdir_read("a")), ROOM + PIECE / 2);
    buf_free(&out);
    (void)close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pieces, tempdir_make,
                                        tempdir_remove),
        cmocka_unit_test_setup_teardown(test_one_processor, tempdir_make,
                                        tempdir_remove),
        cmocka_unit_test_setup_teardown(test_end, tempdir_make, tempdir_remove),
        cmocka_unit_test_setup_teardown(test_failure, tempdir_make,
                                        tempdir_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
