#include "sys/lock.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/err.h"
#include "sys/signal.h"
#include "tempdir.h"

/* The clock of the tests does not wait: these run at once, except where the
 * holder itself takes its time. */

/* A process that holds the lock until it is told to let go, or for a while. */
struct holder {
    pid_t pid;
    int let_go; /* closing it lets go */
};

static void
hold(const char *path, int ready, int let_go, unsigned for_ms)
{
    struct lock lock = LOCK_INIT;
    struct err e = ERR_INIT;
    const struct timespec time = { .tv_nsec = (long)for_ms * 1000000 };
    char byte = 0;

    if (lock_wait(&lock, path, 0, &e) < 0 || write(ready, &byte, 1) != 1)
        _exit(1);
    if (for_ms)
        (void)nanosleep(&time, NULL);
    else
        (void)!read(let_go, &byte, 1);
    _exit(0);
}

static struct holder
start_holder(const char *path, unsigned for_ms)
{
    struct holder h;
    int ready[2], let_go[2];
    char byte;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(let_go), 0);
    h.pid = fork();
    assert_true(h.pid >= 0);
    if (h.pid == 0) {
        (void)close(let_go[1]);
        hold(path, ready[1], let_go[0], for_ms);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    (void)close(ready[1]);
    (void)close(let_go[0]);
    h.let_go = let_go[1];
    return h;
}

static void
stop_holder(const struct holder *h)
{
    (void)close(h->let_go);
    assert_int_equal(waitpid(h->pid, NULL, 0), h->pid);
}

static void
taken_at_once_says_by_whom(void **state)
{
    const char *path = in_tempdir("lock");
    struct holder h = start_holder(path, 0);
    struct lock lock = LOCK_INIT;
    struct err e = ERR_INIT;
    char who[32];

    (void)state;
    (void)snprintf(who, sizeof(who), "process %ld", (long)h.pid);
    assert_int_equal(lock_wait(&lock, path, 0, &e), -1);
    assert_int_equal(e.kind, ERR_LOCK);
    assert_non_null(strstr(e.text, who));
    stop_holder(&h);
    assert_int_equal(lock_wait(&lock, path, 0, &e), 0);
    lock_release(&lock);
}

static void
waits_until_it_is_free(void **state)
{
    const char *path = in_tempdir("lock");
    struct holder h = start_holder(path, 100);
    struct lock lock = LOCK_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(lock_wait(&lock, path, -1, &e), 0);
    assert_int_equal(e.kind, ERR_NONE);
    lock_release(&lock);
    stop_holder(&h);
}

static void
waits_no_longer_than_told(void **state)
{
    const char *path = in_tempdir("lock");
    struct holder h = start_holder(path, 0);
    struct lock lock = LOCK_INIT;
    struct err e = ERR_INIT;

    (void)state;
    (void)setenv("WEARCHIVE_WAITS", in_tempdir("waits"), 1);
    assert_int_equal(lock_wait(&lock, path, 250, &e), -1);
    (void)unsetenv("WEARCHIVE_WAITS");
    assert_int_equal(e.kind, ERR_LOCK);
    assert_string_equal(tempdir_read("waits"), "5\n10\n20\n40\n80\n95\n");
    stop_holder(&h);
}

/* Last: the wish to stop is not taken back. */
static void
signal_ends_the_wait(void **state)
{
    const char *path = in_tempdir("lock");
    struct holder h = start_holder(path, 0);
    struct lock lock = LOCK_INIT;
    struct err e = ERR_INIT;

    (void)state;
    signal_setup();
    (void)raise(SIGTERM);
    assert_int_equal(lock_wait(&lock, path, -1, &e), -1);
    assert_int_equal(e.kind, ERR_STOP);
    stop_holder(&h);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, tempdir_make, tempdir_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(taken_at_once_says_by_whom),
        TEST(waits_until_it_is_free),
        TEST(waits_no_longer_than_told),
        TEST(signal_ends_the_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
