#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/signal.h"
#include "tempdir.h"

static mode_t
mode_of(const char *name)
{
    struct stat st;

    assert_int_equal(stat(in_tempdir(name), &st), 0);
    return st.st_mode & 0777;
}

/* The failure is of this kind and names the path. */
static void
assert_fails(int rc, const struct err *e, enum err_kind kind, const char *part)
{
    assert_int_equal(rc, -1);
    assert_int_equal(e->kind, kind);
    if (!strstr(e->text, part))
        fail_msg("'%s' is not in '%s'", part, e->text);
}

static void
test_read(void **state)
{
    struct err e = ERR_INIT;
    struct buf b = BUF_INIT;

    (void)state;
    tempdir_write("a", "hello");
    buf_adds(&b, "> ");
    assert_int_equal(fs_read(&b, in_tempdir("a"), 5, &e), 0);
    assert_string_equal(buf_str(&b), "> hello");
    assert_fails(fs_read(&b, in_tempdir("a"), 4, &e), &e, ERR_DATA, "/a is");
    assert_string_equal(buf_str(&b), "> hello");
    assert_fails(fs_read(&b, in_tempdir("no"), 4, &e), &e, ERR_IO, "/no: No");
    assert_fails(fs_read(&b, tempdir, 4, &e), &e, ERR_IO, "Is a directory");
    buf_free(&b);
}

static void
test_replace(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(fs_replace(in_tempdir("a"), "one", 3, &e), 0);
    assert_string_equal(tempdir_read("a"), "one");
    assert_int_equal(mode_of("a"), 0600);
    assert_int_equal(chmod(in_tempdir("a"), 0640), 0);
    tempdir_write("a.new", "left over by a crash");
    assert_int_equal(fs_replace(in_tempdir("a"), "two", 3, &e), 0);
    assert_string_equal(tempdir_read("a"), "two");
    assert_int_equal(mode_of("a"), 0640);
    assert_false(tempdir_has("a.new"));
}

static void
test_try_replace(void **state)
{
    struct rlimit old, small = { .rlim_cur = 100 };
    struct err e = ERR_INIT;
    struct stat before, after;
    int rc;

    (void)state;
    signal_setup(); /* no SIGXFSZ */
    assert_int_equal(fs_try_replace(in_tempdir("a"), 200, &e), 0);
    assert_false(tempdir_has("a"));
    tempdir_write("a", "old");
    assert_int_equal(stat(in_tempdir("a"), &before), 0);
    assert_int_equal(fs_try_replace(in_tempdir("a"), 200, &e), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    rc = fs_try_replace(in_tempdir("a"), 200, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_fails(rc, &e, ERR_IO, "a.new: File too large");
    assert_fails(fs_try_replace(in_tempdir("no/a"), 1, &e), &e, ERR_IO,
                 "create");
    assert_int_equal(stat(in_tempdir("a"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_string_equal(tempdir_read("a"), "old");
    assert_false(tempdir_has("a.new"));
}

static void
test_replace_owner(void **state)
{
    struct err e = ERR_INIT;
    struct stat st;

    (void)state;
    if (geteuid() != 0)
        skip();
    tempdir_write("a", "one");
    assert_int_equal(chown(in_tempdir("a"), 4711, 4712), 0);
    assert_int_equal(chmod(in_tempdir("a"), 0640), 0);
    assert_int_equal(fs_replace(in_tempdir("a"), "two", 3, &e), 0);
    assert_int_equal(stat(in_tempdir("a"), &st), 0);
    assert_int_equal(st.st_uid, 4711);
    assert_int_equal(st.st_gid, 4712);
    assert_int_equal(mode_of("a"), 0640);
}

static void
test_replace_link(void **state)
{
    struct err e = ERR_INIT;
    struct stat st;

    (void)state;
    assert_int_equal(mkdir(in_tempdir("far"), 0700), 0);
    tempdir_write("far/a", "one");
    assert_int_equal(symlink("far/a", in_tempdir("link")), 0);
    assert_int_equal(fs_replace(in_tempdir("link"), "two", 3, &e), 0);
    assert_string_equal(tempdir_read("far/a"), "two");
    assert_int_equal(lstat(in_tempdir("link"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(symlink("loop", in_tempdir("loop")), 0);
    assert_fails(fs_replace(in_tempdir("loop"), "x", 1, &e), &e, ERR_IO,
                 "resolve");
}

static void
test_replace_fails(void **state)
{
    struct rlimit old, small = { .rlim_cur = 100, .rlim_max = RLIM_INFINITY };
    static char big[5000];
    struct err e = ERR_INIT;
    int rc;

    (void)state;
    signal_setup(); /* no SIGXFSZ */
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    tempdir_write("a", "old");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    rc = fs_replace(in_tempdir("a"), big, sizeof(big), &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_fails(rc, &e, ERR_IO, "a.new: File too large");
    assert_string_equal(tempdir_read("a"), "old");
    assert_false(tempdir_has("a.new"));

    assert_int_equal(mkdir(in_tempdir("dir"), 0700), 0);
    assert_fails(fs_replace(in_tempdir("dir"), "x", 1, &e), &e, ERR_IO,
                 "rename");
    assert_false(tempdir_has("dir.new"));
    assert_fails(fs_replace(in_tempdir("no/a"), "x", 1, &e), &e, ERR_IO,
                 "create");
    assert_fails(fs_replace(in_tempdir("a/b"), "x", 1, &e), &e, ERR_IO,
                 "Not a directory");
}

static void
test_full_device(void **state)
{
    struct err e = ERR_INIT;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)state;
    if (fd < 0)
        skip();
    assert_fails(fs_write(fd, "here", "x", 1, &e), &e, ERR_IO, "write here");
    (void)close(fd);
}

/* A pipe takes less than asked for while its reader is slow. */
static void
test_write_short(void **state)
{
    static char big[300000];
    struct err e = ERR_INIT;
    size_t total = 0;
    int ends[2];
    int status;
    pid_t pid;

    (void)state;
    memset(big, 'x', sizeof(big));
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        _exit(fs_write(ends[1], "pipe", big, sizeof(big), &e) == 0 ? 0 : 1);
    }
    (void)close(ends[1]);
    for (ssize_t n; (n = read(ends[0], big, 777)) > 0;)
        total += (size_t)n;
    (void)close(ends[0]);
    assert_int_equal(total, sizeof(big));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void
test_descriptor_calls(void **state)
{
    struct err e = ERR_INIT;
    char part[8] = "";
    size_t got;
    int fd;

    (void)state;
    tempdir_write("a", "0123456789");
    assert_int_equal(fs_open(&fd, in_tempdir("a"), O_RDWR, &e), 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(fs_pread(fd, "a", part, 4, 3, &got, &e), 0);
    assert_int_equal(got, 4);
    assert_memory_equal(part, "3456", 4);
    assert_int_equal(fs_pread(fd, "a", part, 4, 8, &got, &e), 0);
    assert_int_equal(got, 2);
    assert_int_equal(fs_truncate(fd, "a", 2, &e), 0);
    assert_int_equal(fs_sync(fd, "a", &e), 0);
    assert_string_equal(tempdir_read("a"), "01");
    (void)close(fd);

    assert_fails(fs_pread(-1, "a", part, 1, 0, &got, &e), &e, ERR_IO, "read a");
    assert_fails(fs_truncate(-1, "a", 1, &e), &e, ERR_IO, "truncate a");
    assert_fails(fs_sync(-1, "a", &e), &e, ERR_IO, "fsync a");
    assert_fails(fs_open(&fd, in_tempdir("no"), O_RDONLY, &e), &e, ERR_IO,
                 "open ");
}

static void
test_names(void **state)
{
    struct err e = ERR_INIT;
    struct stat st;

    (void)state;
    tempdir_write("a", "x");
    assert_int_equal(fs_stat(&st, in_tempdir("a"), &e), 1);
    assert_int_equal(st.st_size, 1);
    assert_int_equal(fs_stat(&st, in_tempdir("no"), &e), 0);
    assert_fails(fs_stat(&st, in_tempdir("a/b"), &e), &e, ERR_IO, "stat");
    if (symlink("no", in_tempdir("link")) < 0)
        fail_msg("no link");
    assert_fails(fs_stat(&st, in_tempdir("link"), &e), &e, ERR_IO, "is a link");
    assert_int_equal(fs_rename(in_tempdir("a"), in_tempdir("b"), &e), 0);
    assert_false(tempdir_has("a"));
    assert_fails(fs_rename(in_tempdir("a"), in_tempdir("b"), &e), &e, ERR_IO,
                 "rename");
    assert_int_equal(fs_remove(in_tempdir("b"), &e), 0);
    assert_int_equal(fs_remove(in_tempdir("b"), &e), 0);
    assert_fails(fs_remove(tempdir, &e), &e, ERR_IO, "remove");
    assert_int_equal(fs_sync_dir(in_tempdir("b"), &e), 0);
    assert_int_equal(fs_sync_dir("b", &e), 0);
    assert_int_equal(fs_sync_dir("/b", &e), 0);
    assert_fails(fs_sync_dir(in_tempdir("no/b"), &e), &e, ERR_IO, "/no");
}

static void
test_mkdirs(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(fs_mkdirs(in_tempdir("a//b/c/"), &e), 0);
    assert_int_equal(mode_of("a"), 0700);
    assert_int_equal(mode_of("a/b/c"), 0700);
    assert_int_equal(fs_mkdirs(in_tempdir("a/b"), &e), 0);
    tempdir_write("file", "x");
    assert_fails(fs_mkdirs(in_tempdir("file"), &e), &e, ERR_IO,
                 "Not a directory");
    assert_fails(fs_mkdirs(in_tempdir("file/b"), &e), &e, ERR_IO, "/file");
}

static void
test_join(void **state)
{
    static const struct {
        const char *dir, *name, *want;
    } rows[] = {
        { "data", "oura", "data/oura" },
        { "data/", "oura", "data/oura" },
        { "", "oura", "oura" },
        { "data", "/tmp/x", "/tmp/x" },
        { "/", "x", "/x" },
    };
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(fs_join(&b, rows[i].dir, rows[i].name),
                            rows[i].want);
    buf_free(&b);
}

static void
test_lock(void **state)
{
    struct lock l = LOCK_INIT;
    struct err e = ERR_INIT;
    char part[64];
    int status;
    pid_t pid;

    (void)state;
    assert_int_equal(lock_wait(&l, in_tempdir("lock"), 0, &e), 0);
    (void)snprintf(part, sizeof(part), "held by process %ld", (long)getpid());
    pid = fork();
    if (pid == 0) {
        struct lock second = LOCK_INIT;
        int rc = lock_wait(&second, in_tempdir("lock"), 0, &e);

        _exit(rc < 0 && e.kind == ERR_LOCK && strstr(e.text, part) ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    lock_release(&l);
    lock_release(&l);
    assert_true(tempdir_has("lock"));

    pid = fork();
    if (pid == 0)
        _exit(lock_wait(&l, in_tempdir("lock"), 0, &e) == 0 ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(lock_wait(&l, in_tempdir("lock"), 0, &e), 0);
    lock_release(&l);
    assert_fails(lock_wait(&l, in_tempdir("no/lock"), 0, &e), &e, ERR_IO,
                 "/no/");
    assert_int_equal(l.fd, -1);
}

static void
test_room(void **state)
{
    struct err e = ERR_INIT;
    struct stat st;
    int fd;

    (void)state;
    tempdir_write("a", "text");
    assert_int_equal(fs_open(&fd, in_tempdir("a"), O_RDWR, &e), 0);
    if (fs_take_room(fd, 0, 1 << 20)) { /* not all file systems can */
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_size, 4);
        assert_true(st.st_blocks * 512 >= 1 << 20);
        assert_int_equal(fs_truncate(fd, "a", 4, &e), 0);
        assert_int_equal(fstat(fd, &st), 0);
        assert_true(st.st_blocks * 512 < 1 << 19);
    }
    assert_string_equal(tempdir_read("a"), "text");
    (void)close(fd);
    fd = open(in_tempdir("a"), O_RDONLY | O_CLOEXEC);
    assert_false(fs_take_room(fd, 0, 1 << 20));
    (void)close(fd);
}

#define IN_TEMPDIR(f)                                                          \
    cmocka_unit_test_setup_teardown(f, tempdir_make, tempdir_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TEMPDIR(test_read),
        IN_TEMPDIR(test_replace),
        IN_TEMPDIR(test_replace_owner),
        IN_TEMPDIR(test_try_replace),
        IN_TEMPDIR(test_replace_link),
        IN_TEMPDIR(test_replace_fails),
        IN_TEMPDIR(test_full_device),
        IN_TEMPDIR(test_write_short),
        IN_TEMPDIR(test_descriptor_calls),
        IN_TEMPDIR(test_room),
        IN_TEMPDIR(test_names),
        IN_TEMPDIR(test_mkdirs),
        cmocka_unit_test(test_join),
        IN_TEMPDIR(test_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
