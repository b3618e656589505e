#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static enum log_level current = LOG_WARN;

void
log_set_level(enum log_level level)
{
    current = level;
}

enum log_level
log_get_level(void)
{
    return current;
}

static void __attribute__((format(printf, 2, 0)))
line(enum log_level level, const char *fmt, va_list args)
{
    char text[1200];

    if (level > current || vsnprintf(text, sizeof(text), fmt, args) < 0)
        return;
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = '?';
    (void)fprintf(stderr, "wearchive: %s\n", text);
}

void
log_warn(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    line(LOG_WARN, fmt, args);
    va_end(args);
}

void
log_info(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    line(LOG_INFO, fmt, args);
    va_end(args);
}

void
log_debug(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    line(LOG_DEBUG, fmt, args);
    va_end(args);
}
