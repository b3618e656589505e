#include "data/json.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "data/bits.h"
#include "data/jsonscan.h"

/* What may come next. The states know their container, so the bits in
 * is_object are only looked at when a bracket closes. */
enum {
    EXPECT_TEXT, /* the one value of the text */
    EXPECT_FIRST_KEY,
    EXPECT_MEMBER, /* the value behind a key and its colon */
    EXPECT_MEMBER_END,
    EXPECT_FIRST_ITEM,
    EXPECT_ITEM_END,
    EXPECT_NOTHING,
};

static const char *const wanted_text[] = {
    [EXPECT_TEXT] = "a value",
    [EXPECT_FIRST_KEY] = "a name or '}'",
    [EXPECT_MEMBER] = "a value",
    [EXPECT_MEMBER_END] = "',' or '}'",
    [EXPECT_FIRST_ITEM] = "a value or ']'",
    [EXPECT_ITEM_END] = "',' or ']'",
    [EXPECT_NOTHING] = "the end of the text",
};

/*
 * The scanner proper is inlined twice: into json_next(), and into the loop of
 * json_skip(), where the slices of single tokens are not wanted and the state
 * stays in registers.
 */
#define INLINE static inline __attribute__((always_inline))

struct step {
    struct json_token *t;
    struct json *j;
    unsigned spaced; /* 0 or JSON_SPACED */
    struct err *e;
};

INLINE bool
is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

INLINE bool
is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static bool
is_blank(const char *p, const char *end)
{
    while (p < end && is_space(*p))
        p++;
    return p == end;
}

static __attribute__((noinline, cold)) int
fail(const char *start, const char *at, const char *end, const char *wanted,
     struct err *e)
{
    size_t offset = (size_t)(at - start);
    const char *hint = "";
    char found[32] = "a byte order mark";

    if (at == end)
        return err_set(e, ERR_CUT,
                       "JSON ends too early, at byte %zu: expected %s", offset,
                       wanted);
    if (end - at < 3 || memcmp(at, "\xEF\xBB\xBF", 3) != 0)
        (void)snprintf(found, sizeof(found),
                       *at > ' ' && *at < 0x7F ? "'%c'" : "byte 0x%02x",
                       (unsigned char)*at);
    if (*at == '<' && is_blank(start, at))
        hint = " (looks like an HTML page)";
    return err_set(e, ERR_DATA, "not JSON at byte %zu: expected %s, found %s%s",
                   offset, wanted, found, hint);
}

static __attribute__((noinline, cold)) int
fail_depth(size_t offset, struct err *e)
{
    return err_set(e, ERR_DATA, "JSON at byte %zu: nested deeper than %d",
                   offset, JSON_DEPTH_MAX);
}

INLINE int
unexpected(struct step *s, const char *at, const char *wanted)
{
    s->j->p = at;
    return fail(s->j->start, at, s->j->end, wanted, s->e);
}

INLINE const char *
skip_space(struct step *s, const char *p)
{
    const char *end = s->j->end;

    if (p == end || !is_space(*p))
        return p;
    s->spaced = JSON_SPACED;
    while (p < end && is_space(*p))
        p++;
    return p;
}

/* The next odd byte at or behind p in a string, or end. Bits are made for 64
 * bytes at a time: strings are short, and the way from one to the next is
 * then a shift and a count instead of a load and three comparisons. */
INLINE const char *
skip_plain(struct json *j, const char *p)
{
    for (;;) {
        size_t at = (size_t)(p - j->block);

        if (at < JSONSCAN_BLOCK && j->odd >> at)
            return p + __builtin_ctzll(j->odd >> at);
        if (at < JSONSCAN_BLOCK)
            p = j->block + JSONSCAN_BLOCK;
        j->block = p;
        j->odd = jsonscan_odd_bits(p, j->end, j->limit);
    }
}

static __attribute__((noinline, cold)) const char *
wanted_in_string(const char *at, const char *end)
{
    if (at == end)
        return "the end of the string";
    if ((unsigned char)*at < ' ')
        return "no control character in a string";
    return "an escape such as \\n or \\u00e9";
}

/* From the opening quote; gives the place behind the closing one, or NULL. */
INLINE const char *
scan_string(struct step *s, const char *p, enum json_type type)
{
    const char *end = s->j->end;
    unsigned flags = 0;

    s->t->type = type;
    s->t->p = ++p;
    for (;;) {
        struct jsonscan_odd odd;

        p = skip_plain(s->j, p);
        if (p < end && *p == '"')
            break;
        odd = jsonscan_odd(p, end);
        p = odd.p;
        flags |= odd.flags;
        if (odd.is_wrong || p == end) {
            (void)unexpected(s, p, wanted_in_string(p, end));
            return NULL;
        }
    }
    s->t->n = (size_t)(p - s->t->p);
    s->t->flags = flags;
    return p + 1;
}

INLINE const char *
skip_digits(const char *p, const char *end)
{
    while (p < end && is_digit(*p))
        p++;
    return p;
}

/* False: *pp is the byte where a digit is missing, or end. */
INLINE bool
scan_number(const char **pp, const char *end)
{
    const char *p = *pp, *q;

    if (p < end && *p == '-')
        p++;
    q = p < end && *p == '0' ? p + 1 : skip_digits(p, end);
    if (q > p && q < end && *q == '.') {
        p = q + 1;
        q = skip_digits(p, end);
    }
    if (q > p && q < end && (*q | 0x20) == 'e') {
        p = q + 1;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        q = skip_digits(p, end);
    }
    *pp = q;
    return q > p;
}

INLINE int
scalar(struct step *s, enum json_type type, const char *from, const char *to,
       unsigned then)
{
    s->t->type = type;
    s->t->flags = 0;
    s->t->p = from;
    s->t->n = (size_t)(to - from);
    s->j->p = to;
    s->j->expect = then;
    return 1;
}

INLINE int
literal(struct step *s, const char *p, enum json_type type, const char *word,
        unsigned then)
{
    const char *from = p, *end = s->j->end;
    size_t n = strlen(word);

    if ((size_t)(end - p) >= n && memcmp(p, word, n) == 0)
        return scalar(s, type, from, p + n, then);
    while (p < end && *p == word[p - from])
        p++;
    return unexpected(s, p, word);
}

INLINE int
open_bracket(struct step *s, const char *p, enum json_type type)
{
    struct json *j = s->j;
    bool is_object = type == JSON_OBJECT;
    uint64_t bit = (uint64_t)1 << (j->depth & 63);
    uint64_t *bits = &j->is_object[(unsigned)j->depth / 64];

    if (j->depth == JSON_DEPTH_MAX) {
        j->p = p;
        return fail_depth((size_t)(p - j->start), s->e);
    }
    *bits = is_object ? *bits | bit : *bits & ~bit;
    j->depth++;
    return scalar(s, type, p, p + 1,
                  is_object ? EXPECT_FIRST_KEY : EXPECT_FIRST_ITEM);
}

/* What may come behind a value. */
INLINE unsigned
expect_behind(const struct json *j)
{
    unsigned top = (unsigned)j->depth - 1;

    if (j->depth == 0)
        return EXPECT_NOTHING;
    return j->is_object[top / 64] >> (top & 63) & 1 ? EXPECT_MEMBER_END
                                                    : EXPECT_ITEM_END;
}

INLINE int
close_bracket(struct step *s, const char *p, enum json_type type)
{
    s->j->depth--;
    return scalar(s, type, p, p + 1, expect_behind(s->j));
}

INLINE int
key(struct step *s, const char *p, const char *wanted)
{
    if (p == s->j->end || *p != '"')
        return unexpected(s, p, wanted);
    p = scan_string(s, p, JSON_KEY);
    if (!p)
        return -1;
    p = skip_space(s, p);
    if (p == s->j->end || *p != ':')
        return unexpected(s, p, "':'");
    s->j->p = p + 1;
    s->j->expect = EXPECT_MEMBER;
    return 1;
}

INLINE int
value(struct step *s, const char *p, unsigned then, const char *wanted)
{
    const char *from = p;

    if (p == s->j->end)
        return unexpected(s, p, wanted);
    switch (*p) {
    case '"':
        p = scan_string(s, p, JSON_STRING);
        if (!p)
            return -1;
        s->j->p = p;
        s->j->expect = then;
        return 1;
    case '{':
        return open_bracket(s, p, JSON_OBJECT);
    case '[':
        return open_bracket(s, p, JSON_ARRAY);
    case 't':
        return literal(s, p, JSON_TRUE, "true", then);
    case 'f':
        return literal(s, p, JSON_FALSE, "false", then);
    case 'n':
        return literal(s, p, JSON_NULL, "null", then);
    default:
        if (*p != '-' && !is_digit(*p))
            return unexpected(s, p, wanted);
        if (!scan_number(&p, s->j->end))
            return unexpected(s, p, "a digit");
        return scalar(s, JSON_NUMBER, from, p, then);
    }
}

INLINE int
text_end(struct step *s)
{
    unsigned expect = s->j->expect;

    if (expect != EXPECT_NOTHING)
        return unexpected(s, s->j->end, wanted_text[expect]);
    (void)scalar(s, JSON_END, s->j->end, s->j->end, expect);
    return 0;
}

INLINE int
step(struct step *s)
{
    unsigned expect = s->j->expect, then = EXPECT_MEMBER_END;
    const char *p = skip_space(s, s->j->p);

    if (p == s->j->end)
        return text_end(s);
    switch (expect) {
    case EXPECT_MEMBER:
        break;
    case EXPECT_MEMBER_END:
        if (*p == ',')
            return key(s, skip_space(s, p + 1), "a name");
        if (*p == '}')
            return close_bracket(s, p, JSON_OBJECT_END);
        return unexpected(s, p, wanted_text[expect]);
    case EXPECT_FIRST_KEY:
        if (*p == '}')
            return close_bracket(s, p, JSON_OBJECT_END);
        return key(s, p, wanted_text[expect]);
    case EXPECT_ITEM_END:
    case EXPECT_FIRST_ITEM:
        if (*p == ']')
            return close_bracket(s, p, JSON_ARRAY_END);
        then = EXPECT_ITEM_END;
        if (expect == EXPECT_FIRST_ITEM)
            break;
        if (*p != ',')
            return unexpected(s, p, wanted_text[expect]);
        p = skip_space(s, p + 1);
        expect = EXPECT_MEMBER;
        break;
    case EXPECT_TEXT:
        then = EXPECT_NOTHING;
        break;
    default:
        return unexpected(s, p, wanted_text[EXPECT_NOTHING]);
    }
    return value(s, p, then, wanted_text[expect]);
}

INLINE void
start(struct json *j, const char *p, size_t n, size_t more)
{
    j->start = j->p = j->block = p;
    j->end = p + n;
    j->limit = p + n + more;
    j->depth = 0;
    memset(j->is_object, 0, sizeof(j->is_object));
    j->expect = EXPECT_TEXT;
    j->odd = jsonscan_odd_bits(p, j->end, j->limit);
}

void
json_start(struct json *j, const char *p, size_t n)
{
    if (!p)
        p = ""; /* of no length, too, but fit for arithmetic */
    start(j, p, n, 0);
}

void
json_start_more(struct json *j, const char *p, size_t n)
{
    start(j, p, n, JSON_MORE);
}

int
json_next(struct json_token *t, struct json *j, struct err *e)
{
    struct step s = { .t = t, .j = j, .e = e };

    return step(&s);
}

void
json_go_on(struct json *j, const char *p, int depth)
{
    for (int i = j->depth; i < depth; i++)
        j->is_object[(unsigned)i / 64] |= (uint64_t)1 << (i & 63);
    j->depth = depth;
    j->p = p;
    j->expect = expect_behind(j);
}

int
json_value_at(struct json_token *t, struct json *j, const char *p, int depth,
              struct err *e)
{
    json_go_on(j, p, depth);
    j->expect = EXPECT_MEMBER;
    return json_next(t, j, e) < 0 ? -1 : json_skip(t, j, e);
}

int
json_skip(struct json_token *t, struct json *j, struct err *e)
{
    struct json k = *j;
    struct json_token inner = { .type = JSON_END };
    struct step s = { .t = &inner, .j = &k, .e = e };
    unsigned flags = 0;

    if (t->type != JSON_OBJECT && t->type != JSON_ARRAY)
        return 0;
    do {
        if (step(&s) < 0)
            return -1;
        flags |= inner.flags;
        if (inner.type == JSON_STRING || inner.type == JSON_KEY)
            flags |= JSON_QUOTES;
        if ((inner.type == JSON_NUMBER || inner.type == JSON_NULL) &&
            k.p < k.end && *k.p == ',' && k.expect == EXPECT_ITEM_END)
            k.p = jsonscan_numbers(k.p, k.end);
    } while (k.depth >= j->depth);
    *j = k;
    t->n = (size_t)(k.p - t->p);
    t->flags = flags | s.spaced;
    return 0;
}

int
json_check(const char *p, size_t n, struct err *e)
{
    struct json j;
    struct json_token t = { .type = JSON_END };
    int rc;

    json_start(&j, p, n);
    rc = json_next(&t, &j, e);
    if (rc > 0)
        rc = json_skip(&t, &j, e);
    return rc < 0 ? -1 : json_next(&t, &j, e);
}

bool
json_is_number(const char *p, size_t n)
{
    const char *end = n ? p + n : p;

    /* Movements are a text of a thousand digits. Unless the first one is zero,
     * what may follow them is what may follow the last one alone. */
    if (n > 1 && *p != '0' && is_digit(*p)) {
        p = jsonscan_digits(p + 1, end) - 1;
        while (p + 1 < end && is_digit(p[1]))
            p++;
        if (p + 1 == end)
            return true;
    }
    return scan_number(&p, end) && p == end;
}
