#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "store/journal.h"
#include "store/recover.h"
#include "store/newfile.h"
#include "sys/fs.h"
#include "tempdir.h"

static const char old_a[] = "head of a\nold tail\n";
static const char old_b[] = "head of b\nanother old tail, a longer one\n";
static const char new_a[] =
    "head of a\nthe new tail, longer than the old one\n";
static const char new_b[] = "head of b\nshort\n";

enum { HEAD = 10, NOW = 1780000000 };

static void
assert_file(const char *name, const char *want)
{
    struct buf b = BUF_INIT;
    struct err e = ERR_INIT;

    assert_int_equal(fs_read(&b, in_tempdir(name), 1 << 20, &e), 0);
    assert_string_equal(buf_str(&b), want);
    buf_free(&b);
}

static int
exists(const char *name)
{
    struct stat st;

    return stat(in_tempdir(name), &st) == 0;
}

static void
write_old(void)
{
    tempdir_write("a.csv", old_a);
    tempdir_write("b.csv", old_b);
}

static void
add_tail(struct journal *j, const char *name, const char *content)
{
    struct buf path = BUF_INIT;
    struct err e = ERR_INIT;
    int fd;

    buf_adds(&path, in_tempdir(name));
    assert_int_equal(fs_open(&fd, buf_str(&path), O_RDWR, &e), 0);
    assert_int_equal(journal_file(j, buf_str(&path), fd, HEAD, &e), 0);
    buf_adds(journal_buf(j), content + HEAD);
    assert_int_equal(journal_put(j, &e), 0);
    (void)close(fd);
    buf_free(&path);
}

/* Both files get their new tails; if they are gone at the time, the journal
 * stays behind as after a kill. */
static int
commit(int with_files)
{
    struct journal *j = NULL;
    struct err e = ERR_INIT;
    char dir[600];
    int rc;

    (void)snprintf(dir, sizeof(dir), "%s/own", tempdir);
    write_old();
    assert_int_equal(journal_open(&j, dir, tempdir, &e), 0);
    add_tail(j, "a.csv", new_a);
    add_tail(j, "b.csv", new_b);
    if (!with_files)
        assert_int_equal(unlink(in_tempdir("a.csv")), 0);
    rc = journal_commit(j, &e);
    journal_close(j);
    return rc;
}

static int
replay(void)
{
    struct err e = ERR_INIT;
    char dir[600];

    (void)snprintf(dir, sizeof(dir), "%s/own", tempdir);
    return recover_run(dir, tempdir, NOW, &e);
}

/* A journal that a kill left, as bytes. */
static void
leave_journal(struct buf *bytes)
{
    struct err e = ERR_INIT;

    assert_int_equal(commit(0), -1);
    assert_true(exists("own/journal"));
    buf_clear(bytes);
    assert_int_equal(fs_read(bytes, in_tempdir("own/journal"), 1 << 20, &e), 0);
    write_old();
}

static void
put_journal(const char *p, size_t n)
{
    struct err e = ERR_INIT;

    assert_int_equal(fs_replace(in_tempdir("own/journal"), p, n, &e), 0);
}

static void
test_commit(void **state)
{
    (void)state;
    assert_int_equal(commit(1), 0);
    assert_file("a.csv", new_a);
    assert_file("b.csv", new_b);
    assert_false(exists("own/journal"));
    assert_false(exists("own/journal.new"));
    assert_int_equal(replay(), 0);
}

/* A new version that waits beside its file gets the name with the tails. */
static int
commit_with_new(int with_files)
{
    struct newfile file = NEWFILE_INIT;
    struct journal *j = NULL;
    struct buf path = BUF_INIT;
    struct err e = ERR_INIT;
    char dir[600];
    int rc;

    (void)snprintf(dir, sizeof(dir), "%s/own", tempdir);
    write_old();
    buf_adds(&path, in_tempdir("b.csv"));
    assert_int_equal(newfile_open(&file, buf_str(&path), -1, &e), 0);
    buf_adds(&file.b, new_b);
    assert_int_equal(newfile_finish(&file, &e), 0);
    assert_int_equal(journal_open(&j, dir, tempdir, &e), 0);
    add_tail(j, "a.csv", new_a);
    assert_int_equal(journal_new(j, buf_str(&path), &file, &e), 0);
    assert_file("b.csv", old_b);
    if (!with_files)
        assert_int_equal(unlink(in_tempdir("a.csv")), 0);
    rc = journal_commit(j, &e);
    assert_int_equal(journal_counts(j), 1);
    newfile_release(&file);
    newfile_close(&file);
    journal_close(j);
    buf_free(&path);
    return rc;
}

static void
test_new_version(void **state)
{
    (void)state;
    assert_int_equal(commit_with_new(1), 0);
    assert_file("a.csv", new_a);
    assert_file("b.csv", new_b);
    assert_false(exists("b.csv.new"));
    assert_false(exists("own/journal"));
}

static void
test_replay_new(void **state)
{
    static const char mine[] = "by a person\n";
    static const char kept[] = "own/torn/b.csv-b.csv-0";
    static const struct {
        const char *what, *a, *waiting, *b;
        const char *want_a, *want_b;
        bool is_kept;
    } rows[] = {
        { "the kill came first", old_a, new_b, old_b, new_a, new_b, false },
        { "it had its name already", old_a, NULL, new_b, new_a, new_b, false },
        { "the new version is another one", old_a, "else", old_b, old_a, old_b,
          false },
        { "the new version is gone", old_a, NULL, old_b, old_a, old_b, false },
        { "the old version is another one", old_a, new_b, mine, old_a, mine,
          false },
        { "another one, and the rest has begun", new_a, new_b, mine, new_a,
          new_b, true },
        { "the old version is gone", old_a, new_b, NULL, old_a, NULL, false },
        { "gone, and the rest has begun", new_a, new_b, NULL, new_a, new_b,
          false },
    };

    (void)state;
    log_set_level(LOG_QUIET);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("%s\n", rows[i].what);
        assert_int_equal(commit_with_new(0), -1);
        assert_true(exists("own/journal"));
        assert_true(exists("b.csv.new"));
        tempdir_write("a.csv", rows[i].a);
        (void)unlink(in_tempdir("b.csv"));
        if (rows[i].b)
            tempdir_write("b.csv", rows[i].b);
        (void)unlink(in_tempdir("b.csv.new"));
        if (rows[i].waiting)
            tempdir_write("b.csv.new", rows[i].waiting);
        assert_int_equal(replay(), 0);
        assert_false(exists("own/journal"));
        assert_file("a.csv", rows[i].want_a);
        if (rows[i].want_b)
            assert_file("b.csv", rows[i].want_b);
        else
            assert_false(exists("b.csv"));
        assert_int_equal(exists(kept), rows[i].is_kept);
        if (rows[i].is_kept) {
            assert_file(kept, mine);
            assert_int_equal(unlink(in_tempdir(kept)), 0);
        }
    }
    log_set_level(LOG_WARN);
}

/* As if a person had saved it an hour after the kill. */
static void
touch_late(const char *name)
{
    struct timespec later[2];
    struct stat st;

    assert_int_equal(stat(in_tempdir("own/journal"), &st), 0);
    later[0] = later[1] = st.st_mtim;
    later[1].tv_sec += 3600;
    assert_int_equal(utimensat(AT_FDCWD, in_tempdir(name), later, 0), 0);
}

/* An editor saved a table after the kill: if the job had begun, it is done, and
 * what the editor wrote is kept. */
static void
test_edited(void **state)
{
    static const struct {
        const char *what, *a, *b;
        bool is_late;
        bool is_kept;
    } rows[] = {
        { "another tail", "head of a\nby a person\n", new_b, false, true },
        { "one row more",
          "head of a\nthe new tail, longer than the old one\nmine\n", old_b,
          false, true },
        { "one of the old ones", "head of a\n", new_b, false, true },
        { "long afterwards", new_a, old_b, true, true },
        { "saved as it was", old_a, new_b, true, false },
    };
    struct buf bytes = BUF_INIT;

    (void)state;
    log_set_level(LOG_QUIET);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("%s\n", rows[i].what);
        leave_journal(&bytes);
        tempdir_write("a.csv", rows[i].a);
        tempdir_write("b.csv", rows[i].b);
        if (rows[i].is_late)
            touch_late("a.csv");
        assert_int_equal(replay(), 0);
        assert_file("a.csv", new_a);
        assert_file("b.csv", new_b);
        assert_false(exists("own/journal"));
        assert_int_equal(exists("own/torn/a.csv-a.csv-10"), rows[i].is_kept);
        if (rows[i].is_kept) {
            assert_file("own/torn/a.csv-a.csv-10", rows[i].a + HEAD);
            assert_int_equal(unlink(in_tempdir("own/torn/a.csv-a.csv-10")), 0);
        }
    }
    log_set_level(LOG_WARN);
    buf_free(&bytes);
}

/* Where the new tail is the shorter one. */
static void
test_edited_shorter(void **state)
{
    static const char *const edited[] = {
        "head of b\nshort\nmine\n", /* less than the old one */
        "head of b\nshort\nold tail, a longer one\nmine\n",
        "head of b\nsho\n",
    };
    struct buf bytes = BUF_INIT;

    (void)state;
    log_set_level(LOG_QUIET);
    for (size_t i = 0; i < sizeof(edited) / sizeof(edited[0]); i++) {
        leave_journal(&bytes);
        tempdir_write("a.csv", new_a);
        tempdir_write("b.csv", edited[i]);
        assert_int_equal(replay(), 0);
        assert_file("b.csv", new_b);
        assert_file("own/torn/b.csv-b.csv-10", edited[i] + HEAD);
        assert_int_equal(unlink(in_tempdir("own/torn/b.csv-b.csv-10")), 0);
    }
    log_set_level(LOG_WARN);
    buf_free(&bytes);
}

static void
test_abandoned(void **state)
{
    struct journal *j = NULL;
    struct err e = ERR_INIT;
    char dir[600];

    (void)state;
    (void)snprintf(dir, sizeof(dir), "%s/own", tempdir);
    write_old();
    assert_int_equal(journal_open(&j, dir, tempdir, &e), 0);
    add_tail(j, "a.csv", new_a);
    journal_close(j);
    assert_false(exists("own/journal.new"));
    assert_file("a.csv", old_a);
    assert_int_equal(journal_open(&j, dir, tempdir, &e), 0);
    assert_int_equal(journal_file(j, "/elsewhere/x.csv", 0, 0, &e), -1);
    journal_close(j);
    /* One that a kill left unfinished. */
    tempdir_write("own/journal.new", JOURNAL_MAGIC "file");
    assert_int_equal(replay(), 0);
    assert_false(exists("own/journal.new"));
}

/* One that waits to be finished is not written over. */
static void
test_waiting(void **state)
{
    struct journal *j = NULL;
    struct err e = ERR_INIT;
    struct buf bytes = BUF_INIT;
    char dir[600];

    (void)state;
    (void)snprintf(dir, sizeof(dir), "%s/own", tempdir);
    leave_journal(&bytes);
    assert_int_equal(journal_open(&j, dir, tempdir, &e), -1);
    assert_int_equal(e.kind, ERR_IO);
    assert_int_equal(replay(), 0);
    assert_file("a.csv", new_a);
    assert_int_equal(journal_open(&j, dir, tempdir, &e), 0);
    journal_close(j);
    buf_free(&bytes);
}

/* However far the kill let it come, and how often it is done. */
static void
test_replay(void **state)
{
    static const char *const b_too_long =
        "head of b\nshort\nr old tail, a longer one\n";
    const char *const a[] = { old_a, new_a };
    const char *const b[] = { old_b, b_too_long, new_b };
    struct buf bytes = BUF_INIT;

    (void)state;
    leave_journal(&bytes);
    for (size_t i = 0; i < 6; i++) {
        put_journal(bytes.p, bytes.n);
        tempdir_write("a.csv", a[i % 2]);
        tempdir_write("b.csv", b[i / 2]);
        assert_int_equal(replay(), 0);
        assert_file("a.csv", new_a);
        assert_file("b.csv", new_b);
        assert_false(exists("own/journal"));
        assert_false(exists("own/torn"));
    }
    put_journal(bytes.p, bytes.n);
    assert_int_equal(replay(), 0);
    assert_file("a.csv", new_a);
    assert_file("b.csv", new_b);
    assert_false(exists("own/torn"));
    buf_free(&bytes);
}

enum { PAGE = 4096, PAGES = 4 };

/* A head of ten bytes, then what rows of a kind there is room for. */
static void
make_large(char *text, char kind, size_t n)
{
    memset(text, kind, n);
    memcpy(text, "the head.\n", HEAD);
    for (size_t i = HEAD + 49; i < n; i += 50)
        text[i] = '\n';
    text[n] = '\0';
}

/* Pages of a large tail may have come to the disk in any order, and the end of
 * the file last. */
static void
replay_pages(size_t old_n, size_t new_n)
{
    char old[PAGES * PAGE + 1], new[PAGES * PAGE + 1];
    size_t least = old_n < new_n ? old_n : new_n;
    struct journal *j = NULL;
    struct buf bytes = BUF_INIT;
    struct err e = ERR_INIT;
    char dir[600];

    (void)snprintf(dir, sizeof(dir), "%s/own", tempdir);
    make_large(old, 'o', old_n);
    make_large(new, 'n', new_n);
    tempdir_write("a.csv", old);
    assert_int_equal(journal_open(&j, dir, tempdir, &e), 0);
    add_tail(j, "a.csv", new);
    assert_int_equal(unlink(in_tempdir("a.csv")), 0);
    assert_int_equal(journal_commit(j, &e), -1);
    journal_close(j);
    assert_int_equal(fs_read(&bytes, in_tempdir("own/journal"), 1 << 20, &e),
                     0);
    for (unsigned on_disk = 0; on_disk < 1 << PAGES; on_disk++) {
        char now[PAGES * PAGE + 1];

        memcpy(now, old, sizeof(now));
        for (size_t at = 0; at < new_n; at += PAGE)
            if (on_disk >> at / PAGE & 1)
                memcpy(now + at, new + at,
                       new_n - at < PAGE ? new_n - at : PAGE);
        /* a longer file has its new size with its last page only */
        now[on_disk >> (new_n - 1) / PAGE & 1 && new_n > least ? new_n
                                                               : old_n] = '\0';
        tempdir_write("a.csv", now);
        put_journal(bytes.p, bytes.n);
        assert_int_equal(replay(), 0);
        assert_file("a.csv", new);
        assert_false(exists("own/torn"));
    }
    buf_free(&bytes);
}

static void
test_replay_pages(void **state)
{
    (void)state;
    replay_pages(3 * PAGE + 100, 3 * PAGE + 100);
    replay_pages(3 * PAGE + 100, 3 * PAGE + 200);
    replay_pages(3 * PAGE + 200, 3 * PAGE + 100);
    replay_pages(3 * PAGE + 200, 2 * PAGE + 100);
    replay_pages(2 * PAGE + 200, 3 * PAGE + 100);
}

/* The journal is kept aside, and the files stay as they are. */
static void
assert_refused(const char *a, const char *b)
{
    static const char aside[] = "own/torn/journal-2026-05-28T20:26:40Z";

    assert_int_equal(replay(), 0);
    assert_file("a.csv", a);
    assert_file("b.csv", b);
    assert_false(exists("own/journal"));
    assert_true(exists(aside));
    assert_int_equal(unlink(in_tempdir(aside)), 0);
}

static void
test_damaged(void **state)
{
    struct buf bytes = BUF_INIT;

    (void)state;
    log_set_level(LOG_QUIET);
    leave_journal(&bytes);
    for (size_t i = 0; i < bytes.n; i++) {
        put_journal(bytes.p, i); /* cut */
        assert_refused(old_a, old_b);
        bytes.p[i] ^= 1; /* one wrong bit */
        put_journal(bytes.p, bytes.n);
        bytes.p[i] ^= 1;
        assert_refused(old_a, old_b);
    }
    buf_addc(&bytes, '\n');
    put_journal(bytes.p, bytes.n);
    assert_refused(old_a, old_b);
    log_set_level(LOG_WARN);
    buf_free(&bytes);
}

#define NO "2d06800538d394c2" /* the hash of nothing */

/* Paths that no table of ours has: no failure, or each run would end so. */
static void
test_no_file(void **state)
{
    char long_name[400];
    const struct {
        const char *name, *line;
    } rows[] = {
        { "a folder", "file 0 " NO " 0 " NO " own" },
        { "the archive itself", "file 0 " NO " 0 " NO " ." },
        { "in a file", "file 0 " NO " 0 " NO " a.csv/b" },
        { "a new version in a file", "new 0 " NO " 0 " NO " a.csv/b" },
        { "behind the end", "file 9223372036854775807 " NO " 0 " NO " a.csv" },
        { "outside", "file 0 " NO " 0 " NO " ../a.csv" },
        { "a long name", long_name },
    };

    (void)state;
    (void)snprintf(long_name, sizeof(long_name),
                   "file 0 " NO " 0 " NO " %0300d", 1);
    log_set_level(LOG_QUIET);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf text = BUF_INIT;
        struct err e = ERR_INIT;

        buf_addf(&text, JOURNAL_MAGIC "%s\n", rows[i].line);
        print_message("%s\n", rows[i].name);
        assert_int_equal(fs_mkdirs(in_tempdir("own"), &e), 0);
        put_journal(text.p, text.n);
        write_old();
        assert_refused(old_a, old_b);
        buf_free(&text);
    }
    log_set_level(LOG_WARN);
}

/* Files that are not those it was made for. */
static void
test_other_archive(void **state)
{
    static const struct {
        const char *what, *a, *b;
    } rows[] = {
        { "another head", old_a,
          "HEAD of b\nanother old tail, a longer one\n" },
        { "another row", "head of a\nnew tail\n", old_b },
        { "rows of the same length", "head of a\nmy  tail\n",
          "head of b\nanother new tail, a longer one\n" },
        { "more rows", "head of a\nold tail\nand more\n",
          "head of b\nanother old tail, a longer one\nand more\n" },
        { "no rows", "head of a\n", "head of b\n" },
    };
    struct buf bytes = BUF_INIT;

    (void)state;
    log_set_level(LOG_QUIET);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("%s\n", rows[i].what);
        leave_journal(&bytes);
        tempdir_write("a.csv", rows[i].a);
        tempdir_write("b.csv", rows[i].b);
        assert_refused(rows[i].a, rows[i].b);
    }
    log_set_level(LOG_WARN);
    buf_free(&bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_commit, tempdir_make,
                                        tempdir_remove),
        cmocka_unit_test_setup_teardown(test_new_version, tempdir_make,
                                        tempdir_remove),
        cmocka_unit_test_setup_teardown(test_replay_new, tempdir_make,
                                        tempdir_remove),
        cmocka_unit_test_setup_teardown(test_edited, tempdir_make,
                                        tempdir_remove),
        cmocka_unit_test_setup_teardown(test_edited_shorter, tempdir_make,
                                        tempdir_remove),
        cmocka_unit_test_setup_teardown(test_abandoned, tempdir_make,
                                        tempdir_remove),
        cmocka_unit_test_setup_teardown(test_waiting, tempdir_make,
                                        tempdir_remove),
        cmocka_unit_test_setup_teardown(test_replay, tempdir_make,
                                        tempdir_remove),
        cmocka_unit_test_setup_teardown(test_replay_pages, tempdir_make,
                                        tempdir_remove),
        cmocka_unit_test_setup_teardown(test_damaged, tempdir_make,
                                        tempdir_remove),
        cmocka_unit_test_setup_teardown(test_no_file, tempdir_make,
                                        tempdir_remove),
        cmocka_unit_test_setup_teardown(test_other_archive, tempdir_make,
                                        tempdir_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
