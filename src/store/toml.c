#include "store/toml.h"

#include <string.h>

#include "base/buf.h"

/* Adds one string, "..." or '...'; p stands at its quote. Returns what is
 * behind it, or NULL. */
static const char *
add_string(struct buf *out, const char *p)
{
    static const char from[] = "\"\\ntr";
    static const char to[] = "\"\\\n\t\r";
    char quote = *p++;

    for (; *p && *p != quote; p++) {
        const char *escape;

        if (*p != '\\' || quote == '\'') {
            buf_addc(out, *p);
            continue;
        }
        p++;
        escape = *p ? strchr(from, *p) : NULL;
        if (!escape)
            return NULL;
        buf_addc(out, to[escape - from]);
    }
    return *p ? p + 1 : NULL;
}

/* Adds a string, true, false, a number or a date. */
static const char *
add_scalar(struct buf *out, const char *p)
{
    size_t n = strcspn(p, " \t,]");

    if (*p == '"' || *p == '\'')
        return add_string(out, p);
    if (!(n == 4 && strncmp(p, "true", n) == 0) &&
        !(n == 5 && strncmp(p, "false", n) == 0) &&
        (n == 0 || strspn(p, "0123456789+-.:TZ") < n))
        return NULL;
    buf_add(out, p, n);
    return p + n;
}

static const char *
skip_blanks(const char *p)
{
    return p + strspn(p, " \t");
}

/* Adds the items with a blank between them; p stands behind the bracket. */
static const char *
add_list(struct buf *out, const char *p)
{
    size_t before = out->n;

    for (p = skip_blanks(p); *p != ']'; p = skip_blanks(p)) {
        if (out->n > before)
            buf_addc(out, ' ');
        p = add_scalar(out, p);
        if (!p)
            return NULL;
        p = skip_blanks(p);
        if (*p == ',')
            p++;
        else if (*p != ']')
            return NULL;
    }
    return p + 1;
}

int
toml_value(struct buf *out, const char *p)
{
    p = *p == '[' ? add_list(out, p + 1) : add_scalar(out, p);
    return p && !*skip_blanks(p) ? 0 : -1;
}

int
toml_cut(struct buf *line, size_t start, int open)
{
    char quote = '\0';

    for (size_t i = start; i < line->n; i++) {
        char c = line->p[i];

        if (quote) {
            if (c == '\\' && quote == '"')
                i++;
            else if (c == quote)
                quote = '\0';
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '#') {
            line->n = i;
        } else if (c == '[') {
            open++;
        } else if (c == ']') {
            open--;
        }
    }
    return open;
}
