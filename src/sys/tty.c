#include "sys/tty.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "sys/clock.h"
#include "sys/signal.h"

enum {
    LINE_BYTES = 65536,
    TERMINAL_MAX = 4094, /* one more, and the kernel has dropped the rest */
};

static bool
is_there(void)
{
    return isatty(STDIN_FILENO) == 1;
}

/* The terminal as we need it, in case the last program left it raw. */
static void
take_terminal(struct termios *before, bool is_hidden)
{
    struct termios t;

    (void)tcgetattr(STDIN_FILENO, before); /* it is a terminal */
    t = *before;
    t.c_iflag |= ICRNL;
    t.c_lflag |= ICANON | ISIG;
    if (is_hidden) {
        t.c_lflag &= ~(tcflag_t)ECHO;
        t.c_lflag |= ECHONL;
        /* They would leave it without echo. */
        t.c_cc[VQUIT] = t.c_cc[VSUSP] = _POSIX_VDISABLE;
    }
    /* At once: what was typed ahead counts. */
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

/* A terminal that does not take it is read all the same. */
static void
say(const char *text)
{
    while (text && *text) {
        ssize_t put = write(STDERR_FILENO, text, strlen(text));

        if (put < 0 && (errno != EINTR || signal_stop()))
            return;
        if (put > 0)
            text += put;
    }
}

/* Until there is something to read. */
static int
wait_for_input(const struct tty_question *q, int64_t deadline_ms, struct err *e)
{
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

    for (;;) {
        int64_t left = q->timeout_s > 0 ? deadline_ms - clock_ms() : -1;
        int rc;

        if (signal_stop())
            return err_set(e, ERR_STOP, "stopped by a signal");
        if (q->timeout_s > 0 && left < 0)
            left = 0;
        rc = poll(&input, 1, (int)left);
        if (rc > 0)
            return 0;
        if (rc == 0)
            return err_set(e, ERR_AUTH, "nothing was entered within %d s",
                           q->timeout_s);
        if (errno != EINTR)
            return err_set(e, ERR_OTHER, "stdin: %s", strerror(errno));
    }
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Byte by byte, so that the rest is there for whoever reads next. */
static int
read_line(struct buf *out, const struct tty_question *q, size_t limit,
          struct err *e)
{
    int64_t deadline_ms = clock_ms() + (int64_t)q->timeout_s * 1000;
    bool has_input = false;
    size_t start = out->n;
    ssize_t got;
    char c;

    (void)buf_room(out, limit + 1); /* once: no copy is left behind */
    for (;;) {
        if (wait_for_input(q, deadline_ms, e) < 0)
            return -1;
        got = read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            return err_set(e, ERR_OTHER, "stdin: %s", strerror(errno));
        if (got == 0)
            return has_input;
        if (got < 0)
            continue;
        if (c == '\n')
            return 1;
        if (out->n - start == limit)
            return err_set(e, ERR_USAGE, "more than %zu bytes in one line",
                           limit);
        has_input = true;
        if (out->n > start || !is_blank(c))
            buf_addc(out, c);
    }
}

int
tty_line(struct buf *out, const struct tty_question *q, struct err *e)
{
    bool is_terminal = is_there();
    size_t start = out->n;
    struct termios before;
    int rc;

    if (is_terminal) {
        take_terminal(&before, q->is_hidden);
        say(q->prompt);
    }
    rc = read_line(out, q, is_terminal ? TERMINAL_MAX : LINE_BYTES, e);
    if (is_terminal)
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
    if (rc < 0)
        out->n = start;
    while (out->n > start && is_blank(out->p[out->n - 1]))
        out->n--;
    (void)buf_str(out);
    return rc;
}
