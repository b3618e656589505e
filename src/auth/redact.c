#include "auth/redact.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

enum { WORD_MAX = 15, CODE_MAX = 30, NUMBER_MAX = 4, SECRET_MIN = 4 };

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_blank(char c)
{
    return c == ' ' || (unsigned char)c < ' ' || c == 0x7f;
}

/* What may stand around a word. */
static bool
is_mark(char c)
{
    return strchr(".,:;!?'\"()", c) != NULL && c != '\0';
}

/* Letters, or the small letters and underscores of an error code. */
static bool
is_plain(const char *p, size_t n)
{
    size_t letters = 0, digits = 0, code = 0;

    for (size_t i = 0; i < n; i++) {
        letters += is_letter(p[i]);
        digits += p[i] >= '0' && p[i] <= '9';
        code += (p[i] >= 'a' && p[i] <= 'z') || p[i] == '_';
    }
    return (letters == n && n <= WORD_MAX) ||
           (digits == n && n <= NUMBER_MAX) || (code == n && n <= CODE_MAX);
}

static void
add_word(struct buf *out, const char *p, size_t n)
{
    size_t before = 0, behind = 0;

    while (before < n && is_mark(p[before]))
        before++;
    while (behind < n - before && is_mark(p[n - 1 - behind]))
        behind++;
    if (is_plain(p + before, n - before - behind))
        buf_add(out, p, n);
    else
        buf_adds(out, "...");
}

void
redact(struct buf *out, const char *p, size_t n)
{
    size_t start = out->n, i = 0;

    while (i < n && out->n - start < REDACT_MAX) {
        size_t from;

        while (i < n && is_blank(p[i]))
            i++;
        from = i;
        while (i < n && !is_blank(p[i]))
            i++;
        if (i == from)
            break;
        if (out->n > start)
            buf_addc(out, ' ');
        add_word(out, p + from, i - from);
    }
    if (i < n)
        buf_adds(out, " ...");
}

void
redact_secret(char *text, const char *secret)
{
    static const char dots[] = "...";
    size_t n = secret ? strlen(secret) : 0, dots_n = sizeof(dots) - 1;

    if (n < SECRET_MIN)
        return;
    while ((text = strstr(text, secret))) {
        memcpy(text, dots, dots_n);
        text += dots_n;
        memmove(text, text + n - dots_n, strlen(text + n - dots_n) + 1);
    }
}
