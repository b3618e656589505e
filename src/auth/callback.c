#include "auth/callback.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"

static const struct field {
    const char *name;
    size_t offset;
    bool is_text; /* for people: control characters are taken for blanks */
} fields[] = {
    { "code", offsetof(struct callback, code), false },
    { "state", offsetof(struct callback, state), false },
    { "scope", offsetof(struct callback, scope), false },
    { "iss", offsetof(struct callback, iss), false },
    { "error", offsetof(struct callback, error), true },
    { "error_description", offsetof(struct callback, error_description), true },
};

static struct buf *
field_of(struct callback *c, const struct field *f)
{
    return (struct buf *)(void *)((char *)c + f->offset);
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 'a' - 'A';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that starts at *p, which moves behind it; false: a bad escape. */
static bool
next_byte(unsigned char *out, const char **p, const char *end)
{
    int high, low;

    *out = (unsigned char)*(*p)++;
    if (*out != '%')
        return true;
    if (end - *p < 2)
        return false;
    high = hex_digit((*p)[0]);
    low = hex_digit((*p)[1]);
    *p += 2;
    *out = (unsigned char)(high * 16 + low);
    return high >= 0 && low >= 0;
}

/* Adds a value with its escapes decoded. In a query, plus is a blank. */
static int
add_value(struct buf *out, const char *p, const char *end, bool is_query,
          bool is_text)
{
    (void)buf_room(out, (size_t)(end - p) + 1); /* once: it is a secret */
    while (p < end) {
        bool is_plus = is_query && *p == '+';
        unsigned char c;
        bool is_whole = next_byte(&c, &p, end);
        bool is_control = c < ' ' || c == 0x7f;

        if (!is_whole || (is_control && !is_text))
            return -1;
        if (is_plus || is_control)
            c = ' ';
        buf_add(out, &c, 1);
    }
    (void)buf_str(out);
    return 0;
}

/* NAME=VALUE; others than ours are left out. */
static int
add_param(struct callback *c, const char *p, const char *end, struct err *e)
{
    const char *equal = memchr(p, '=', (size_t)(end - p));
    size_t n;

    if (!equal)
        return 0;
    n = (size_t)(equal - p);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const struct field *f = &fields[i];
        struct buf *value = field_of(c, f);

        if (n != strlen(f->name) || memcmp(p, f->name, n) != 0)
            continue;
        if (value->n > 0)
            return err_set(e, ERR_USAGE, "%s is there twice", f->name);
        if (add_value(value, equal + 1, end, true, f->is_text) < 0)
            return err_set(e, ERR_USAGE, "%s holds a byte that it cannot",
                           f->name);
    }
    return 0;
}

static int
add_params(struct callback *c, const char *p, const char *end, struct err *e)
{
    while (p < end) {
        const char *next = memchr(p, '&', (size_t)(end - p));

        if (!next)
            next = end;
        if (add_param(c, p, next, e) < 0)
            return -1;
        p = next < end ? next + 1 : end;
    }
    return 0;
}

/* A code may end with "=", as base64 does. */
bool
callback_is_bare(const char *text)
{
    static const char *const marks[] = { "?", "://",
                                         "code=", "state=", "error=" };

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (strstr(text, marks[i]))
            return false;
    return true;
}

/* What comes along when an address is copied: blanks, and marks around it. */
static bool
is_around(char c)
{
    return c != '\0' && strchr(" \t\r\n'\"`<>", c) != NULL;
}

int
callback_parse(struct callback *c, const char *text, struct err *e)
{
    const char *query = strchr(text, '?');
    const char *end = text + strlen(text);

    while (is_around(*text))
        text++;
    while (end > text && is_around(end[-1]))
        end--;
    if (memchr(text, '#', (size_t)(end - text)))
        end = text + strcspn(text, "#");
    if (callback_is_bare(text)) {
        if (add_value(&c->code, text, end, false, false) < 0)
            return err_set(e, ERR_USAGE,
                           "the code holds a byte that it cannot");
    } else if (add_params(c, query && query < end ? query + 1 : text, end, e) <
               0) {
        return -1;
    }
    if (c->code.n > 0 && c->error.n > 0)
        return err_set(e, ERR_USAGE, "both a code and an error");
    if (c->code.n == 0 && c->error.n == 0)
        return err_set(e, ERR_USAGE, "neither a code nor an error");
    return 0;
}

void
callback_free(struct callback *c)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        buf_wipe(field_of(c, &fields[i]));
}
