#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "data/csvtext.h"
#include "store/rows.h"
#include "tempdir.h"

static const struct csv_dialect commas = CSV_DIALECT_INIT;

static int
open_file(const char *name)
{
    int fd = open(in_tempdir(name), O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static void
test_lines(void **state)
{
    static const struct {
        const char *name, *text;
        bool is_csv;
        int64_t offset, stop;
        const char *want; /* each with where it starts; "-": no line end */
    } rows[] = {
        { "nothing", "", true, 0, -1, "" },
        { "rows", "a,b\nc\n", true, 0, -1, "0[a,b]4[c]" },
        { "a last row without end", "a\nb", true, 0, -1, "0[a]2[b]-" },
        { "empty lines are rows", "\n\na\n", true, 0, -1, "0[]1[]2[a]" },
        { "CR LF", "a\r\nb\r\n\r\n", true, 0, -1, "0[a]3[b]6[]" },
        { "only one CR goes", "a\r\r\n", true, 0, -1, "0[a\r]" },
        { "a CR at the end of the file", "a\r", true, 0, -1, "0[a]-" },
        { "line feeds in quotes", "a,\"b\nc\"\nd\n", true, 0, -1,
          "0[a,\"b\nc\"]8[d]" },
        { "an open quote takes the rest", "a\n\"b\nc\n", true, 0, -1,
          "0[a]2[\"b\nc\n]-" },
        { "JSON knows no quotes of CSV", "\"a\n\"b\n", false, 0, -1,
          "0[\"a]3[\"b]" },
        { "from the middle", "a\nb\nc\n", true, 2, -1, "2[b]4[c]" },
        { "up to a place", "a\nb\nc\n", true, 0, 4, "0[a]2[b]" },
        { "up to the start", "a\nb\n", true, 2, 2, "" },
        { "behind the end", "a\n", true, 9, -1, "" },
    };
    struct buf have = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err e = ERR_INIT;
        struct rows r;
        struct line line;
        int fd, rc;

        tempdir_write("a", rows[i].text);
        fd = open_file("a");
        rows_start(&r, fd, "a", rows[i].is_csv ? &commas : NULL,
                   rows[i].offset);
        r.stop = rows[i].stop;
        buf_clear(&have);
        while ((rc = rows_next(&line, &r, &e)) == 1) {
            buf_addf(&have, "%d[%.*s]%s", (int)line.offset, (int)line.n, line.p,
                     line.is_ended ? "" : "-");
            assert_true(line.full >= line.n + line.is_ended);
        }
        assert_int_equal(rc, 0);
        if (strcmp(buf_str(&have), rows[i].want) != 0)
            fail_msg("%s: '%s'", rows[i].name, have.p);
        rows_free(&r);
        rows_free(&r);
        (void)close(fd);
    }
    buf_free(&have);
}

/* Rows of all lengths around the sizes of the buffers, with short read-ahead
 * and with long. */
static void
test_lengths(void **state)
{
    static const size_t aheads[] = { 16, 4096, 256 << 10 };
    enum { ROWS = 3000 };
    struct buf text = BUF_INIT;
    struct err e = ERR_INIT;
    int fd;

    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        size_t n = i % 100 == 99 ? i * 200 : i % 97;

        buf_addf(&text, "%zu,\"", i);
        memset(buf_room(&text, n), i % 3 ? '\n' : 'x', n);
        text.n += n;
        buf_adds(&text, "\"\n");
    }
    assert_int_equal(fs_replace(in_tempdir("a"), text.p, text.n, &e), 0);
    fd = open_file("a");
    for (size_t k = 0; k < 3; k++) {
        struct rows r;
        struct line line;
        size_t at = 0;

        rows_start(&r, fd, "a", &commas, 0);
        r.ahead = aheads[k];
        for (size_t i = 0; i < ROWS; i++) {
            assert_int_equal(rows_next(&line, &r, &e), 1);
            assert_int_equal(line.offset, at);
            assert_memory_equal(line.p, text.p + at, line.full);
            assert_int_equal(strtoul(line.p, NULL, 10), i);
            at += line.full;
        }
        assert_int_equal(rows_next(&line, &r, &e), 0);
        assert_int_equal(rows_next(&line, &r, &e), 0);
        assert_int_equal(at, text.n);
        rows_free(&r);
    }
    (void)close(fd);
    buf_free(&text);
}

/* Rows far apart and near, within what was read and elsewhere. */
static void
test_seek(void **state)
{
    static const size_t aheads[] = { 16, 4096, 256 << 10 };
    enum { ROWS = 40000, JUMPS = 3000 };
    struct buf text = BUF_INIT;
    int64_t offset[ROWS];
    struct err e = ERR_INIT;
    struct rows r;
    struct line line;
    int fd;

    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        offset[i] = (int64_t)text.n;
        buf_addf(&text, "%zu,\"\n\"%s\n", i, i % 5 ? "" : ",\"\"");
    }
    assert_int_equal(fs_replace(in_tempdir("a"), text.p, text.n, &e), 0);
    fd = open_file("a");
    for (size_t k = 0; k < 3; k++) {
        size_t at = 0;

        rows_start(&r, fd, "a", &commas, 0);
        for (size_t i = 0; i < JUMPS; i++) {
            at = i % 3 ? (at + i % 50) % ROWS : (at * 7919 + i) % ROWS;
            rows_seek(&r, offset[at]);
            r.ahead = aheads[k];
            for (size_t n = i % 4; n > 0 && at < ROWS; n--) {
                assert_int_equal(rows_next(&line, &r, &e), 1);
                assert_int_equal(line.offset, offset[at]);
                assert_int_equal(strtoul(line.p, NULL, 10), at);
                at++;
            }
        }
        rows_free(&r);
    }
    (void)close(fd);
    buf_free(&text);
}

static void
test_unreadable(void **state)
{
    struct err e = ERR_INIT;
    struct rows r;
    struct line line;
    int fd;

    (void)state;
    fd = open(tempdir, O_RDONLY | O_CLOEXEC);
    rows_start(&r, fd, "the folder", &commas, 0);
    assert_int_equal(rows_next(&line, &r, &e), -1);
    assert_int_equal(e.kind, ERR_IO);
    assert_non_null(strstr(e.text, "the folder"));
    rows_free(&r);
    (void)close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, tempdir_make, tempdir_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lines),
        TEST(test_lengths),
        TEST(test_seek),
        TEST(test_unreadable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
