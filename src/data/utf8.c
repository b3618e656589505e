#include "data/utf8.h"

#include <stdbool.h>

#include "base/buf.h"

static bool
is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

size_t
utf8_len(const char *p, const char *end)
{
    const unsigned char *u = (const unsigned char *)p;
    size_t room = (size_t)(end - p);

    if (u[0] < 0x80)
        return 1;
    if (u[0] < 0xC2 || u[0] > 0xF4 || room < 2 || !is_tail(u[1]))
        return 0;
    if (u[0] < 0xE0)
        return 2;
    if (room < 3 || !is_tail(u[2]))
        return 0;
    if (u[0] < 0xF0) {
        if ((u[0] == 0xE0 && u[1] < 0xA0) || (u[0] == 0xED && u[1] > 0x9F))
            return 0;
        return 3;
    }
    if (room < 4 || !is_tail(u[3]))
        return 0;
    if ((u[0] == 0xF0 && u[1] < 0x90) || (u[0] == 0xF4 && u[1] > 0x8F))
        return 0;
    return 4;
}

size_t
utf8_put(char out[4], uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* 80 to 9F; the rest is Latin-1. Bytes that mean nothing stay what they are. */
static const uint16_t windows[] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
    0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
};

void
utf8_add_1252(struct buf *out, const char *p, size_t n)
{
    const char *end = p + n, *good = p;

    while (p < end) {
        size_t length = utf8_len(p, end);
        unsigned byte = (unsigned char)*p;
        char c[4];

        if (length > 0) {
            p += length;
            continue;
        }
        buf_add(out, good, (size_t)(p - good));
        buf_add(out, c, utf8_put(c, byte < 0xA0 ? windows[byte - 0x80] : byte));
        good = ++p;
    }
    buf_add(out, good, (size_t)(end - good));
}
