/* For posix_openpt() and its kin, which are XSI. */
#define _XOPEN_SOURCE 700

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "sys/signal.h"
#include "sys/tty.h"
#include "tempdir.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int master = -1, slave = -1;

static int
open_terminal(void **state)
{
    (void)state;
    master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
        return -1;
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    return slave < 0 ? -1 : 0;
}

static int
close_terminal(void **state)
{
    (void)state;
    (void)close(master);
    (void)close(slave);
    return 0;
}

static void
type(const char *text)
{
    size_t n = strlen(text);

    assert_int_equal((size_t)write(master, text, n), n);
}

/* What the terminal shows, which the kernel brings in pieces and when it has
 * time, and no more. */
static void
assert_shown(const char *want)
{
    char text[8192];
    struct pollfd wait = { .fd = master, .events = POLLIN };
    size_t n = 0;
    ssize_t got = 1;

    while (got > 0 && poll(&wait, 1, n < strlen(want) ? 60000 : 100) > 0) {
        got = read(master, text + n, sizeof(text) - 1 - n);
        n += got > 0 ? (size_t)got : 0;
    }
    text[n] = '\0';
    assert_string_equal(text, want);
}

/* tty_line() with this stdin; stderr is the terminal, too. */
static int
ask(struct buf *out, const struct tty_question *q, int in_fd, struct err *e)
{
    int in = dup(STDIN_FILENO), err = dup(STDERR_FILENO);
    int rc;

    assert_true(dup2(in_fd, STDIN_FILENO) >= 0);
    assert_true(dup2(slave, STDERR_FILENO) >= 0);
    rc = tty_line(out, q, e);
    (void)close(STDIN_FILENO);
    assert_true(in < 0 || dup2(in, STDIN_FILENO) >= 0);
    assert_true(dup2(err, STDERR_FILENO) >= 0);
    (void)close(in);
    (void)close(err);
    return rc;
}

/* stdin is no terminal: the line, without a prompt. */
static void
test_pipe(void **state)
{
    static const struct {
        const char *text;
        int rc;
        const char *line;
    } rows[] = {
        { "a line\nand more\n", 1, "a line" },
        { " \t blanks round it \r\n", 1, "blanks round it" },
        { "no end", 1, "no end" },
        { "\nx\n", 1, "" },
        { "  ", 1, "" },
        { "", 0, "" },
    };
    const struct tty_question q = { .prompt = "Key: ", .is_hidden = true };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = BUF_INIT;
        struct err e = ERR_INIT;
        int ends[2];
        size_t n = strlen(rows[i].text);

        assert_int_equal(pipe(ends), 0);
        assert_int_equal((size_t)write(ends[1], rows[i].text, n), n);
        (void)close(ends[1]);
        assert_int_equal(ask(&out, &q, ends[0], &e), rows[i].rc);
        assert_string_equal(buf_str(&out), rows[i].line);
        assert_shown("");
        (void)close(ends[0]);
        buf_wipe(&out);
    }
}

/* What follows the line is left for the next reader. */
static void
test_rest(void **state)
{
    const struct tty_question q = { .timeout_s = 1 };
    struct buf out = BUF_INIT;
    struct err e = ERR_INIT;
    int ends[2];

    (void)state;
    buf_adds(&out, "<");
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "one\ntwo\nthr", 11), 11);
    assert_int_equal(ask(&out, &q, ends[0], &e), 1);
    assert_int_equal(ask(&out, &q, ends[0], &e), 1);
    assert_string_equal(buf_str(&out), "<onetwo");
    assert_int_equal(ask(&out, &q, ends[0], &e), -1);
    assert_int_equal(e.kind, ERR_AUTH);
    assert_string_equal(e.text, "nothing was entered within 1 s");
    assert_string_equal(buf_str(&out), "<onetwo");
    (void)close(ends[0]);
    (void)close(ends[1]);
    buf_wipe(&out);
}

static void
test_long(void **state)
{
    const struct tty_question q = { .prompt = NULL };
    char *text = malloc(65538);
    int fd;

    assert_int_equal(tempdir_make(state), 0);
    fd = open(in_tempdir("long"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_non_null(text);
    assert_true(fd >= 0);
    memset(text, 'x', 65538);
    for (size_t n = 65536; n <= 65537; n++) {
        struct buf out = BUF_INIT;
        struct err e = ERR_INIT;

        assert_int_equal(pwrite(fd, text, n, 0), n);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(ask(&out, &q, fd, &e), n == 65536 ? 1 : -1);
        assert_int_equal(out.n, n == 65536 ? n : 0);
        if (n > 65536)
            assert_int_equal(e.kind, ERR_USAGE);
        buf_wipe(&out);
    }
    (void)close(fd);
    (void)tempdir_remove(state);
    free(text);
}

static void
assert_echo(bool is_on)
{
    struct termios t;

    assert_int_equal(tcgetattr(slave, &t), 0);
    assert_int_equal((t.c_lflag & ECHO) != 0, is_on);
}

/* A person who waits for the prompt, which ends with a blank. */
static void
wait_for_prompt(void)
{
    for (char c = '\0'; c != ' ';)
        if (read(master, &c, 1) != 1)
            _exit(1);
}

static void
test_terminal(void **state)
{
    static const struct {
        struct tty_question q;
        const char *typed, *line, *shown;
    } rows[] = {
        { { .prompt = "URL: " }, " pasted \n", "pasted", " pasted \r\n" },
        { { .prompt = "Key: ", .is_hidden = true },
          "secret\n",
          "secret",
          "\r\n" },
        { { .prompt = "Key: ", .is_hidden = true },
          "wrong\x15secret\n", /* ^U */
          "secret",
          "\r\n" },
        { { .prompt = "Key: ", .is_hidden = true },
          "\x1csecret\n", /* ^\ would leave the terminal without echo */
          "\x1csecret",
          "\r\n" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = BUF_INIT;
        struct err e = ERR_INIT;
        pid_t person = fork();

        if (person == 0) {
            wait_for_prompt();
            type(rows[i].typed);
            _exit(0);
        }
        assert_int_equal(ask(&out, &rows[i].q, slave, &e), 1);
        assert_int_equal(waitpid(person, NULL, 0), person);
        assert_string_equal(buf_str(&out), rows[i].line);
        assert_shown(rows[i].shown);
        assert_echo(true);
        buf_wipe(&out);
    }
}

/* What was typed before the question counts, and ^D ends the input. */
static void
test_ahead(void **state)
{
    const struct tty_question q = { .prompt = "Key: ", .is_hidden = true };
    struct buf out = BUF_INIT;
    struct err e = ERR_INIT;

    (void)state;
    type("ahead\n\x04");
    assert_int_equal(ask(&out, &q, slave, &e), 1);
    assert_string_equal(buf_str(&out), "ahead");
    assert_int_equal(ask(&out, &q, slave, &e), 0);
    assert_echo(true);
    buf_wipe(&out);
}

/* The kernel keeps 4095 bytes of a line: the rest would be missing. */
static void
test_long_terminal(void **state)
{
    const struct tty_question q = { .is_hidden = true };
    struct buf out = BUF_INIT;
    struct err e = ERR_INIT;
    char text[4096];

    (void)state;
    memset(text, 'x', sizeof(text));
    text[4094] = '\n';
    text[4095] = '\0';
    type(text);
    assert_int_equal(ask(&out, &q, slave, &e), 1);
    assert_int_equal(out.n, 4094);
    text[4094] = 'x';
    type(text);
    type("\n");
    assert_int_equal(ask(&out, &q, slave, &e), -1);
    assert_int_equal(e.kind, ERR_USAGE);
    buf_wipe(&out);
}

static void
test_raw(void **state)
{
    const struct tty_question q = { .prompt = NULL };
    struct buf out = BUF_INIT;
    struct err e = ERR_INIT;
    struct termios t;

    (void)state;
    assert_int_equal(tcgetattr(slave, &t), 0);
    t.c_lflag &= ~(tcflag_t)(ICANON | ISIG | ECHO);
    t.c_iflag &= ~(tcflag_t)ICRNL;
    assert_int_equal(tcsetattr(slave, TCSANOW, &t), 0);
    if (fork() == 0) {
        for (bool is_set = false; !is_set; (void)poll(NULL, 0, 1)) {
            if (tcgetattr(slave, &t) < 0)
                _exit(1);
            is_set = (t.c_lflag & ICANON) != 0;
        }
        type("line\r");
        _exit(0);
    }
    assert_int_equal(ask(&out, &q, slave, &e), 1);
    assert_string_equal(buf_str(&out), "line");
    assert_int_equal(tcgetattr(slave, &t), 0);
    assert_false(t.c_lflag & ICANON);
    while (wait(NULL) > 0)
        ;
    buf_wipe(&out);
}

static void
test_signal(void **state)
{
    static const int signals[] = { SIGINT, SIGTERM };
    const struct tty_question q = { .prompt = "Key: ", .is_hidden = true };

    (void)state;
    for (size_t i = 0; i < COUNT(signals); i++) {
        struct buf out = BUF_INIT;
        struct err e = ERR_INIT;
        pid_t child = fork();
        int status = -1;

        if (child == 0) {
            signal_setup();
            (void)ask(&out, &q, slave, &e);
            _exit((int)e.kind);
        }
        wait_for_prompt();
        assert_echo(false);
        (void)poll(NULL, 0, 20); /* for it to wait */
        assert_int_equal(kill(child, signals[i]), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), ERR_STOP);
        assert_echo(true);
    }
}

int
main(void)
{
#define TERMINAL_TEST(test)                                                    \
    cmocka_unit_test_setup_teardown(test, open_terminal, close_terminal)
    const struct CMUnitTest tests[] = {
        TERMINAL_TEST(test_pipe),          TERMINAL_TEST(test_rest),
        TERMINAL_TEST(test_long),          TERMINAL_TEST(test_terminal),
        TERMINAL_TEST(test_ahead),         TERMINAL_TEST(test_raw),
        TERMINAL_TEST(test_long_terminal), TERMINAL_TEST(test_signal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
