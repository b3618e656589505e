#ifndef CMD_EXIT_H
#define CMD_EXIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Exit codes, part of the interface: see wearchive(1). Stopped by a signal:
 * 128 + its number. */
enum exit_code {
    EXIT_OK = 0,
    EXIT_OTHER = 1,
    EXIT_USAGE = 2,
    EXIT_PARTIAL = 3, /* some categories failed, the rest is stored */
    EXIT_LOGIN = 4,
    EXIT_LATER = 5, /* network, rate limit, budget spent: run again */
    EXIT_STORAGE = 6,
    EXIT_LOCKED = 7,
};

int exit_code(enum err_kind kind);

/* What became of the parts of a run. Start with = EXIT_TALLY_INIT. */
struct exit_tally {
    size_t done;        /* parts that went well */
    size_t failed;      /* parts that did not */
    enum err_kind kind; /* of the failures; ERR_OTHER if they differ */
    int code;           /* of the failures; EXIT_PARTIAL if they differ */
    bool is_login;      /* set by the caller: where they are ERR_AUTH, nothing
                           of their sources went well */
};

#define EXIT_TALLY_INIT                                                        \
    {                                                                          \
        .kind = ERR_NONE                                                       \
    }

/* Counts one part; ERR_NONE: it went well. */
void exit_count(struct exit_tally *t, enum err_kind kind);
/*
 * The exit code of the whole. Nothing failed: 0. Stopped by a signal: its
 * code. Everything failed for one reason: the code of that reason. So also
 * if some parts went well but the reason is the disk (6), a spent limit or
 * budget (5), or a source's login (4), which are not one category's own
 * trouble. Otherwise 3.
 */
int exit_result(const struct exit_tally *t);

/* Prints an error: "wearchive: TEXT" and, if there is one, "hint: TEXT". */
void exit_print(const struct err *e);

#endif
