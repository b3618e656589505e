#ifndef SYS_TTY_H
#define SYS_TTY_H

#include <stdbool.h>

struct buf;
struct err;

/* Asking a person. The terminal is stdin, if it is one: whoever runs us with
 * stdin from elsewhere (cron, a script) does not want to be asked. */

struct tty_question {
    const char *prompt; /* to stderr, if there is a terminal; or NULL */
    bool is_hidden;     /* what is typed does not show */
    int timeout_s;      /* 0: waits for ever */
};

/*
 * Adds the next line of stdin, terminal or not, to out without its end and
 * without blanks around it; a NUL behind it. buf_wipe() it: no other copy is
 * left. The terminal is as before when this returns, also when a signal ended
 * the wait.
 * Returns 1, 0 at the end of the input, or -1: ERR_STOP, ERR_AUTH when it took
 * too long, ERR_USAGE for more than 64 KiB (4094 bytes from a terminal, which
 * drops the rest), ERR_OTHER. No text holds what was typed.
 */
int tty_line(struct buf *out, const struct tty_question *q, struct err *e);

#endif
