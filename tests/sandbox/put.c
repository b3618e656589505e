#include "put.h"

#include <string.h>

#include "base/buf.h"
#include "base/tm.h"

static void
start(struct buf *b, const char *key)
{
    char last = b->n > 0 ? b->p[b->n - 1] : '{';

    if (last != '{' && last != '[' && last != ':')
        buf_addc(b, ',');
    if (!key)
        return;
    buf_addc(b, '"');
    buf_adds(b, key);
    buf_add(b, "\":", 2);
}

void
put_open(struct buf *b, const char *key, char bracket)
{
    start(b, key);
    buf_addc(b, bracket);
}

void
put_close(struct buf *b, char bracket)
{
    buf_addc(b, bracket);
}

/* Digits of value, at least min of them. */
static void
add_digits(struct buf *b, uint64_t value, int min)
{
    char text[24];
    size_t i = sizeof(text);

    while (value > 0 || min > 0) {
        text[--i] = (char)('0' + value % 10);
        value /= 10;
        min--;
    }
    buf_add(b, text + i, sizeof(text) - i);
}

static uint64_t
add_sign(struct buf *b, int64_t value)
{
    if (value < 0)
        buf_addc(b, '-');
    return value < 0 ? (uint64_t)-value : (uint64_t)value;
}

void
put_int(struct buf *b, const char *key, int64_t value)
{
    start(b, key);
    add_digits(b, add_sign(b, value), 1);
}

void
put_dec(struct buf *b, const char *key, int64_t value, int digits)
{
    uint64_t rest, unit = 1;

    start(b, key);
    rest = add_sign(b, value);
    for (int i = 0; i < digits; i++)
        unit *= 10;
    add_digits(b, rest / unit, 1);
    buf_addc(b, '.');
    rest %= unit;
    while (digits > 1 && rest % 10 == 0) {
        rest /= 10;
        digits--;
    }
    add_digits(b, rest, digits);
}

void
put_bool(struct buf *b, const char *key, bool value)
{
    start(b, key);
    buf_adds(b, value ? "true" : "false");
}

void
put_null(struct buf *b, const char *key)
{
    start(b, key);
    buf_add(b, "null", 4);
}

void
put_text(struct buf *b, const char *key, const char *text)
{
    if (!text) {
        put_null(b, key);
        return;
    }
    start(b, key);
    buf_addc(b, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') {
            buf_addc(b, '\\');
            buf_addc(b, *text);
        } else if (*text == '\n') {
            buf_add(b, "\\n", 2);
        } else if ((unsigned char)*text < 0x20) {
            buf_addf(b, "\\u%04x", (unsigned)(unsigned char)*text);
        } else {
            buf_addc(b, *text);
        }
    }
    buf_addc(b, '"');
}

/* Two digits and what stands before them. */
static char *
two(char *p, char before, int64_t value)
{
    *p++ = before;
    *p++ = (char)('0' + value / 10 % 10);
    *p++ = (char)('0' + value % 10);
    return p;
}

/* The civil calendar of base/tm without its printf: a page of a thousand
 * samples holds a thousand dates. */
static char *
date(char *p, int64_t day)
{
    int64_t z = day + 719468, era = z / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153, m = mp + (mp < 10 ? 3 : -9);
    int64_t y = yoe + era * 400 + (m <= 2);

    *p++ = (char)('0' + y / 1000 % 10);
    *p++ = (char)('0' + y / 100 % 10);
    *p++ = (char)('0' + y / 10 % 10);
    *p++ = (char)('0' + y % 10);
    p = two(p, '-', m);
    return two(p, '-', doy - (153 * mp + 2) / 5 + 1);
}

/* Date and time of day; unix_s is already shifted to the wanted zone. */
static char *
date_time(char *p, int64_t unix_s)
{
    int64_t midnight = tm_floor_day(unix_s), s = unix_s - midnight;

    p = date(p, midnight / DAY);
    p = two(p, 'T', s / 3600);
    p = two(p, ':', s / 60 % 60);
    return two(p, ':', s % 60);
}

void
put_day(struct buf *b, const char *key, int64_t day)
{
    char *p;

    start(b, key);
    p = buf_room(b, 12);
    *p++ = '"';
    p = date(p, day);
    *p = '"';
    b->n += 12;
}

void
put_local(struct buf *b, const char *key, int64_t unix_s, int offset_s,
          bool has_fraction)
{
    char text[40] = "\"", *p = date_time(text + 1, unix_s + offset_s);
    int minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;

    if (has_fraction) {
        memcpy(p, ".000", 4);
        p += 4;
    }
    p = two(p, offset_s < 0 ? '-' : '+', minutes / 60);
    p = two(p, ':', minutes % 60);
    *p++ = '"';
    start(b, key);
    buf_add(b, text, (size_t)(p - text));
}

void
put_utc(struct buf *b, const char *key, int64_t unix_s)
{
    char *p;

    start(b, key);
    p = buf_room(b, 26);
    *p++ = '"';
    p = date_time(p, unix_s);
    memcpy(p, ".000Z\"", 6);
    b->n += 26;
}

void
put_utc_ms(struct buf *b, const char *key, int64_t ms)
{
    char *digits;

    put_utc(b, key, ms / 1000);
    digits = b->p + b->n - 5; /* in .000Z" */
    digits[0] = (char)('0' + ms / 100 % 10);
    digits[1] = (char)('0' + ms / 10 % 10);
    digits[2] = (char)('0' + ms % 10);
}

void
put_stamp(struct buf *b, const char *key, int64_t unix_s)
{
    put_utc(b, key, unix_s);
    b->n -= 4; /* 00Z", and the point becomes the zone */
    memcpy(b->p + b->n - 2, "Z\"", 2);
}

void
put_key(struct buf *b, const char *key)
{
    start(b, key);
}

void
put_raw(struct buf *b, const char *key, const char *json)
{
    start(b, key);
    buf_adds(b, json);
}
