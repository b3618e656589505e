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
    case ERR_FILE:
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

/* Two different kinds make ERR_OTHER, but a stop stays one. */
static enum err_kind
merge(enum err_kind a, enum err_kind b)
{
    if (a == ERR_STOP || b == ERR_STOP)
        return ERR_STOP;
    return a == b ? a : ERR_OTHER;
}

void
exit_count(struct exit_tally *t, enum err_kind kind)
{
    int code = exit_code(kind);

    if (kind == ERR_NONE) {
        t->done++;
        return;
    }
    if (t->failed) {
        kind = merge(t->kind, kind);
        code = t->code == code ? code : EXIT_PARTIAL;
    }
    t->kind = kind;
    t->code = code;
    t->failed++;
}

int
exit_result(const struct exit_tally *t)
{
    bool is_general = t->code == EXIT_STORAGE || t->kind == ERR_RATE ||
                      (t->kind == ERR_AUTH && t->is_login);

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
