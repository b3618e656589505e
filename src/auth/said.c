#include "auth/said.h"

#include <stdbool.h>

#include "auth/redact.h"
#include "base/buf.h"
#include "base/err.h"
#include "data/json.h"

enum { CODE_MAX = 60 };

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* Adds the text at a path, if there is one. */
static bool
get(struct buf *out, const char *p, size_t n, const char *path)
{
    struct err ignored = ERR_INIT; /* it is JSON; this is not in it */
    size_t before = out->n;
    struct json_token t;

    if (json_at(&t, p, n, path, &ignored) != 1)
        return false;
    if (t.type == JSON_STRING)
        json_text(out, &t);
    else if (t.type == JSON_NUMBER)
        buf_add(out, t.p, t.n);
    return out->n > before;
}

/* The first of a list, or whatever else is there; of no length if nothing
 * is. */
static struct json_token
first_of(const char *p, size_t n, const char *path)
{
    struct err ignored = ERR_INIT;
    struct json_token t = { .type = JSON_END };
    struct json j;

    if (json_at(&t, p, n, path, &ignored) != 1)
        return (struct json_token){ .type = JSON_END };
    if (t.type != JSON_ARRAY)
        return t;
    json_start(&j, t.p, t.n);
    if (json_next(&t, &j, &ignored) != 1 || json_next(&t, &j, &ignored) != 1 ||
        t.type == JSON_ARRAY_END || json_skip(&t, &j, &ignored) < 0)
        return (struct json_token){ .type = JSON_END };
    return t;
}

/* Adds all of them, blanks between. */
static void
get_all(struct buf *out, const struct json_token *object,
        const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t before = out->n;

        if (before)
            buf_addc(out, ' ');
        if (!get(out, object->p, object->n, names[i]))
            out->n = before;
    }
}

static void
find_code(struct buf *out, const char *p, size_t n,
          const struct json_token *first)
{
    static const char *const parts[] = { "errorType", "resource", "field",
                                         "code" };

    if (get(out, p, n, "error") || get(out, p, n, "error.status"))
        return;
    if (first->type == JSON_STRING)
        json_text(out, first);
    else if (first->type == JSON_OBJECT)
        get_all(out, first, parts, COUNT(parts));
}

static void
find_words(struct buf *out, const char *p, size_t n,
           const struct json_token *first)
{
    static const char *const paths[] = { "error_description", "message",
                                         "error.message", "error_hint",
                                         "detail" };

    for (size_t i = 0; i < COUNT(paths); i++)
        if (get(out, p, n, paths[i]))
            return;
    if (first->type == JSON_OBJECT)
        (void)get(out, first->p, first->n, "message");
}

void
said_add(struct buf *out, const char *p, size_t n)
{
    const struct json_token first = first_of(p, n, "errors");
    struct buf code = BUF_INIT, words = BUF_INIT;

    find_code(&code, p, n, &first);
    find_words(&words, p, n, &first);
    if (code.n) {
        buf_adds(out, ": ");
        redact(out, code.p, code.n < CODE_MAX ? code.n : CODE_MAX);
    }
    if (words.n) {
        buf_adds(out, " (");
        redact(out, words.p, words.n);
        buf_addc(out, ')');
    }
    buf_wipe(&code);
    buf_wipe(&words);
}
