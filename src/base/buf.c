#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_ROOM = 64 };

char *
buf_grow(struct buf *b, size_t n)
{
    size_t room = b->room ? b->room : FIRST_ROOM;

    if (n > SIZE_MAX / 4 || b->n > SIZE_MAX / 4)
        return mem_resize(NULL, SIZE_MAX, 2);
    while (room < b->n + n)
        room += room / 2;
    if (room != b->room) {
        b->p = mem_realloc(b->p, room);
        b->room = room;
    }
    return b->p + b->n;
}

void
buf_adds(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list args, again;
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n > 0) {
        (void)vsnprintf(buf_room(b, (size_t)n + 1), (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void
buf_addi(struct buf *b, int64_t n)
{
    char digits[20]; /* of 2^63, and a sign */
    size_t at = sizeof(digits);
    uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;

    do
        digits[--at] = (char)('0' + left % 10);
    while (left /= 10);
    if (n < 0)
        digits[--at] = '-';
    buf_add(b, digits + at, sizeof(digits) - at);
}

const char *
buf_str(struct buf *b)
{
    *buf_room(b, 1) = '\0';
    return b->p;
}

char *
buf_take(struct buf *b)
{
    char *p;

    (void)buf_str(b);
    p = b->p;
    *b = (struct buf)BUF_INIT;
    return p;
}

void
buf_clear(struct buf *b)
{
    b->n = 0;
}

void
buf_fit(struct buf *b)
{
    if (b->n == 0 || b->n == b->room)
        return;
    b->p = mem_realloc(b->p, b->n);
    b->room = b->n;
}

void
buf_free(struct buf *b)
{
    free(b->p);
    *b = (struct buf)BUF_INIT;
}

void
buf_wipe(struct buf *b)
{
    if (b->p)
        mem_wipe(b->p, b->room);
    buf_free(b);
}
