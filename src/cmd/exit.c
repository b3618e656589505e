#include "cmd/exit.h"

#include <stdbool.h>
#include <stdio.h>

#include "sys/signal.h"

enum { SIGNAL_BASE = 128, SIGNAL_INTERRUPT = 2 };

int
exit_code(enum err_kind kind)
{
    int number = signal_stop();

    switch (kind) {
    case ERR_NONE:
        return EXIT_OK;
    case ERR_USAGE:
        return EXIT_USAGE;
    case ERR_AUTH:
    case ERR_SCOPE:
        return EXIT_LOGIN;
    case ERR_NET:
    case ERR_CUT:
    case ERR_RATE:
        return EXIT_LATER;
    case ERR_IO:
        return EXIT_STORAGE;
    case ERR_LOCK:
        return EXIT_LOCKED;
    case ERR_STOP:
        return SIGNAL_BASE + (number ? number : SIGNAL_INTERRUPT);
    case ERR_OTHER:
    case ERR_DATA:
        return EXIT_OTHER;
    }
    return EXIT_OTHER;
}

void
exit_count(struct exit_tally *t, enum err_kind kind)
{
    int code = exit_code(kind);

    if (kind == ERR_NONE) {
        t->done++;
        return;
    }
    if (t->kind != ERR_STOP)
        t->kind = kind;
    if (t->failed && t->code != code)
        code = EXIT_PARTIAL;
    t->code = code;
    t->failed++;
}

int
exit_result(const struct exit_tally *t)
{
    bool is_general = t->kind == ERR_IO || t->kind == ERR_RATE;

    if (t->failed == 0)
        return EXIT_OK;
    if (t->kind == ERR_STOP)
        return exit_code(ERR_STOP);
    if (t->done && !is_general)
        return EXIT_PARTIAL;
    return t->code;
}

void
exit_print(const struct err *e)
{
    (void)fprintf(stderr, "wearchive: %s\n", e->text);
    if (e->hint[0])
        (void)fprintf(stderr, "hint: %s\n", e->hint);
}
