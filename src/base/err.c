#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

static void __attribute__((format(printf, 3, 0)))
format(char *out, size_t size, const char *fmt, va_list args)
{
    if (vsnprintf(out, size, fmt, args) < 0)
        out[0] = '\0';
    one_line(out);
}

int
err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    format(e->text, sizeof(e->text), fmt, args);
    va_end(args);
    e->kind = kind;
    e->hint[0] = '\0';
    return -1;
}

int
err_sys(struct err *e, const char *fmt, ...)
{
    int number = errno;
    size_t used;
    va_list args;

    va_start(args, fmt);
    format(e->text, sizeof(e->text), fmt, args);
    va_end(args);
    used = strlen(e->text);
    (void)snprintf(e->text + used, sizeof(e->text) - used, ": %s",
                   strerror(number));
    e->kind = ERR_IO;
    e->hint[0] = '\0';
    errno = number;
    return -1;
}

int
err_in(struct err *e, const char *fmt, ...)
{
    char where[sizeof(e->text)];
    size_t used, rest;
    va_list args;

    va_start(args, fmt);
    format(where, sizeof(where) - 2, fmt, args);
    va_end(args);
    used = strlen(where);
    where[used++] = ':';
    where[used++] = ' ';
    rest = sizeof(e->text) - used - 1;
    memmove(e->text + used, e->text, rest);
    memcpy(e->text, where, used);
    e->text[sizeof(e->text) - 1] = '\0';
    return -1;
}

int
err_hint(struct err *e, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    format(e->hint, sizeof(e->hint), fmt, args);
    va_end(args);
    return -1;
}
