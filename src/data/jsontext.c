/* What is said with the scanner's slices: members, text, quoting. */
#include "data/json.h"

#include <string.h>

#include "base/buf.h"
#include "base/load.h"
#include "data/utf8.h"

enum { BAD = 0xFFFD }; /* U+FFFD */

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* u and four hex digits at p. */
static bool
is_unicode(const char *p, const char *end)
{
    if (end - p < 5 || *p != 'u')
        return false;
    for (int i = 1; i <= 4; i++)
        if (hex_digit(p[i]) < 0)
            return false;
    return true;
}

static uint32_t
unicode(const char *p)
{
    uint32_t code = 0;

    for (int i = 1; i <= 4; i++)
        code = code << 4 | (uint32_t)hex_digit(p[i]);
    return code;
}

static bool
is_surrogate(uint32_t code)
{
    return code >= 0xD800 && code <= 0xDFFF;
}

/* A control character that text keeps as an escape. */
static bool
is_control(uint32_t code)
{
    return code < ' ' && code != '\t' && code != '\r' && code != '\n';
}

/* A surrogate escape with the one that belongs to it, if it is there. */
static uint32_t
pair(const char **pp, const char *end, uint32_t high)
{
    const char *p = *pp;
    uint32_t low;

    if (high >= 0xDC00 || end - p < 6 || *p != '\\' || !is_unicode(p + 1, end))
        return high;
    low = unicode(p + 1);
    if (low < 0xDC00 || low > 0xDFFF)
        return high;
    *pp = p + 6;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

static uint32_t
escape(const char **pp, const char *end)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *p = *pp + 1, *found;
    uint32_t code;

    if (is_unicode(p, end)) {
        code = unicode(p);
        *pp = p + 5;
        return is_surrogate(code) ? pair(pp, end, code) : code;
    }
    *pp = p + 1;
    found = memchr(from, *p, sizeof(from) - 1);
    return found ? (unsigned char)to[found - from] : (unsigned char)*p;
}

static uint32_t
utf8_code(const char *p, size_t n)
{
    uint32_t code = (unsigned char)*p;

    if (n > 1)
        code &= 0xFFU >> (n + 1);
    for (size_t i = 1; i < n; i++)
        code = code << 6 | ((unsigned char)p[i] & 0x3F);
    return code;
}

/* The next character of a string's raw text (*pp < end), its escape undone;
 * a lone surrogate as itself, a byte that is not UTF-8 as U+FFFD. */
static uint32_t
next_code(const char **pp, const char *end)
{
    const char *p = *pp;
    size_t n;

    if (*p == '\\' && end - p > 1)
        return escape(pp, end);
    n = utf8_len(p, end);
    *pp = p + (n ? n : 1);
    return n ? utf8_code(p, n) : BAD;
}

/* Is the key the first n bytes of name, escapes undone? */
static bool
key_is(const struct json_token *key, const char *name, size_t n)
{
    const char *p = key->p, *end = key->p + key->n;
    char utf8[4];
    size_t used;

    if (!(key->flags & JSON_ESCAPED))
        return key->n == n && memcmp(key->p, name, n) == 0;
    while (p < end) {
        uint32_t code = next_code(&p, end);

        if (is_surrogate(code))
            return false;
        used = utf8_put(utf8, code);
        if (used > n || memcmp(utf8, name, used) != 0)
            return false;
        name += used;
        n -= used;
    }
    return n == 0;
}

/* The last member with the first n bytes of name as its name. */
static int
member(struct json_token *found, const struct json_token *object,
       const char *name, size_t n, struct err *e)
{
    struct json_token t;
    struct json j;
    bool is_match = false;
    int rc, is_found = 0;

    json_start(&j, object->p, object->n);
    rc = json_next(&t, &j, e);
    while (rc > 0 && (rc = json_next(&t, &j, e)) > 0) {
        if (t.type == JSON_KEY) {
            is_match = key_is(&t, name, n);
            continue;
        }
        if (json_skip(&t, &j, e) < 0)
            return -1;
        if (is_match) {
            *found = t;
            is_found = 1;
            is_match = false;
        }
    }
    return rc < 0 ? -1 : is_found;
}

int
json_at(struct json_token *t, const char *p, size_t n, const char *path,
        struct err *e)
{
    struct json_token object = { .type = JSON_OBJECT, .p = p, .n = n };
    int rc;

    for (;;) {
        size_t name = strcspn(path, ".");

        rc = object.type == JSON_OBJECT
                 ? member(&object, &object, path, name, e)
                 : 0;
        if (rc <= 0)
            return rc;
        path += name;
        if (!*path)
            break;
        path++;
    }
    *t = object;
    return 1;
}

/* Adds text with U+FFFD for each byte that is not UTF-8. */
static void
add_utf8(struct buf *out, const char *p, size_t n)
{
    const char *end = p + n, *from = p;

    while (p < end) {
        size_t length = utf8_len(p, end);

        if (length) {
            p += length;
            continue;
        }
        buf_add(out, from, (size_t)(p - from));
        buf_adds(out, UTF8_BAD);
        from = ++p;
    }
    buf_add(out, from, (size_t)(p - from));
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The end of the next piece without white space: of a string, or of what
 * stands between strings. */
static const char *
piece_end(const char *p, const char *end)
{
    if (*p != '"') {
        while (p < end && *p != '"' && !is_space(*p))
            p++;
        return p;
    }
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\' && end - p > 1)
            p++;
    return p < end ? p + 1 : end;
}

void
json_compact(struct buf *out, const struct json_token *value)
{
    const char *p = value->p, *end = value->p + value->n;
    bool is_string = value->type == JSON_STRING || value->type == JSON_KEY;

    if (is_string)
        buf_addc(out, '"');
    if (!(value->flags & (JSON_BAD_UTF8 | JSON_SPACED))) {
        buf_add(out, p, value->n);
    } else if (is_string) {
        add_utf8(out, p, value->n);
    } else {
        while (p < end) {
            const char *to = piece_end(p, end);

            add_utf8(out, p, (size_t)(to - p));
            p = to;
            while (p < end && is_space(*p))
                p++;
        }
    }
    if (is_string)
        buf_addc(out, '"');
}

/*
 * Text with escapes undone. A run of backslashes that was no escape has to be
 * doubled when an escape text, or u and four hex digits, turns out to follow
 * it; the state says how long the run is and how much has followed.
 */
struct writer {
    struct buf *out;
    size_t run;   /* literal backslashes */
    size_t after; /* characters of u and four hex digits that came behind */
};

static void
double_run(struct writer *w)
{
    char *room = buf_room(w->out, w->run);

    memmove(room - w->after + w->run, room - w->after, w->after);
    memset(room - w->after, '\\', w->run);
    w->out->n += w->run;
    w->run = 0;
    w->after = 0;
}

static void
write_code(struct writer *w, uint32_t code)
{
    bool is_next;

    if (is_surrogate(code) || is_control(code)) {
        if (w->after == 0)
            double_run(w);
        buf_addf(w->out, "\\u%04x", code);
        w->run = 0;
        w->after = 0;
        return;
    }
    w->out->n += utf8_put(buf_room(w->out, 4), code);
    if (code == '\\') {
        w->run = w->after ? 1 : w->run + 1;
        w->after = 0;
        return;
    }
    is_next = w->after ? code < 0x80 && hex_digit((char)code) >= 0
                       : w->run > 0 && code == 'u';
    w->after = is_next ? w->after + 1 : 0;
    if (!is_next)
        w->run = 0;
    if (w->after == 5)
        double_run(w);
}

void
json_text(struct buf *out, const struct json_token *string)
{
    const char *p = string->p, *end = string->p + string->n;
    bool is_utf8 = !(string->flags & JSON_BAD_UTF8);
    struct writer w = { .out = out };

    while (p < end) {
        /* Whole stretches without a run behind them need no looking at. */
        if (is_utf8 && w.run == 0) {
            const char *to = memchr(p, '\\', (size_t)(end - p));

            to = to ? to : end;
            buf_add(out, p, (size_t)(to - p));
            p = to;
        }
        if (p < end)
            write_code(&w, next_code(&p, end));
    }
}

/* A run of backslashes: literal, or, if an odd number stands before u and
 * four hex digits, the last one begins an escape. Gives what was read. */
static size_t
quote_run(struct buf *out, const char *p, const char *end)
{
    const char *from = p;
    size_t run, literal;

    while (p < end && *p == '\\')
        p++;
    run = literal = (size_t)(p - from);
    if (is_unicode(p, end))
        literal = run / 2;
    for (size_t i = 0; i < literal; i++)
        buf_adds(out, "\\\\");
    if (literal == run || run % 2 == 0)
        return run;
    buf_addc(out, '\\');
    buf_add(out, p, 5);
    return run + 5;
}

/* One character that does not stand for itself; gives the bytes read. */
static size_t
quote_one(struct buf *out, const char *p, const char *end)
{
    static const char from[] = "\"\n\r\t", to[] = "\"nrt";
    const char *found = memchr(from, *p, sizeof(from) - 1);

    if (*p == '\\')
        return quote_run(out, p, end);
    if (found) {
        buf_addc(out, '\\');
        buf_addc(out, to[found - from]);
    } else if ((unsigned char)*p < ' ') {
        buf_addf(out, "\\u%04x", (unsigned)*p);
    } else {
        buf_adds(out, UTF8_BAD);
    }
    return 1;
}

/* Nothing but ASCII that stands for itself, which is nearly all there is:
 * eight bytes at a time, each with a bit of its own at the top. */
static bool
is_plain(const char *p, size_t n)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t odd = 0;

    for (; n >= sizeof(ones); p += sizeof(ones), n -= sizeof(ones)) {
        uint64_t v = load_8(p);
        uint64_t quote = v ^ ones * '"', slash = v ^ ones * '\\';

        odd |= v | (v - ones * ' ') | (quote - ones) | (slash - ones);
    }
    for (; n > 0; p++, n--)
        if ((unsigned char)*p >= 0x80 || *p < ' ' || *p == '"' || *p == '\\')
            return false;
    return (odd & tops) == 0;
}

void
json_quote(struct buf *out, const char *p, size_t n)
{
    const char *end = n ? p + n : p; /* an empty buf has no p */
    const char *from = p;

    if (n > 0 && is_plain(p, n)) {
        char *to = buf_room(out, n + 2);

        *to = '"';
        memcpy(to + 1, p, n);
        to[n + 1] = '"';
        out->n += n + 2;
        return;
    }
    buf_addc(out, '"');
    while (p < end) {
        unsigned char c = (unsigned char)*p;
        size_t length;

        if (c < 0x80 && c >= ' ' && c != '"' && c != '\\') {
            p++;
            continue;
        }
        length = utf8_len(p, end);
        if (c >= 0x80 && length) {
            p += length;
            continue;
        }
        buf_add(out, from, (size_t)(p - from));
        p += quote_one(out, p, end);
        from = p;
    }
    buf_add(out, from, (size_t)(p - from));
    buf_addc(out, '"');
}
