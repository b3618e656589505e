#include "data/jsonplain.h"

#include <stdbool.h>
#include <string.h>

#include "data/jsonscan.h"

enum { STEP = 16 };

/* The quote that ends a string, or NULL. */
static const char *
string_end(const char *p, const char *end)
{
    for (; end - p >= STEP; p += STEP) {
        uint64_t odd = jsonscan_odd_16(p);

        if (odd) {
            p += __builtin_ctzll(odd);
            return *p == '"' ? p : NULL;
        }
    }
    for (; p < end && *p != '"'; p++)
        if ((signed char)*p < ' ' || *p == '\\')
            return NULL;
    return p < end ? p : NULL;
}

static bool
is_text(const struct json_token *t, const char *text, size_t n)
{
    return t->n == n && memcmp(t->p, text, n) == 0;
}

/* What is no string, by its first byte. */
static bool
set_type(struct json_token *t)
{
    switch (*t->p) {
    case 't':
        t->type = JSON_TRUE;
        return is_text(t, "true", 4);
    case 'f':
        t->type = JSON_FALSE;
        return is_text(t, "false", 5);
    case 'n':
        t->type = JSON_NULL;
        return is_text(t, "null", 4);
    default: /* a character, not an enum */
        t->type = JSON_NUMBER;
        return json_is_number(t->p, t->n);
    }
}

static const char *
read_value(struct json_token *t, const char *p, const char *end)
{
    const char *start = p;

    if (*p == '"') {
        p = string_end(++start, end);
        if (!p)
            return NULL;
        *t = (struct json_token){ JSON_STRING, 0, start, (size_t)(p - start) };
        return p + 1;
    }
    while (p < end && *p != ',' && *p != '}')
        p++;
    *t = (struct json_token){ JSON_NUMBER, 0, start, (size_t)(p - start) };
    return p > start && set_type(t) ? p : NULL;
}

const char *
jsonplain_member(struct jsonplain *m, const char *p, const char *end)
{
    const char *start = p + 1, *stop;

    if (p == end || *p != '"' || !(stop = string_end(start, end)) ||
        end - stop < 3 || stop[1] != ':')
        return NULL;
    m->name = (struct json_token){ JSON_KEY, 0, start, (size_t)(stop - start) };
    p = read_value(&m->value, stop + 2, end);
    return p && p < end && (*p == ',' || *p == '}') ? p : NULL;
}
