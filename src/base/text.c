#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
list_add(struct list *l, const char *s)
{
    l->item = mem_resize(l->item, l->n + 1, sizeof(*l->item));
    l->item[l->n++] = mem_strdup(s);
}

void
list_split(struct list *l, const char *s)
{
    static const char between[] = ", \t\r\n";

    for (s += strspn(s, between); *s; s += strspn(s, between)) {
        size_t n = strcspn(s, between);
        char *piece = mem_strndup(s, n);

        list_add(l, piece);
        free(piece);
        s += n;
    }
}

bool
list_has(const struct list *l, const char *s)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->item[i], s) == 0)
            return true;
    return false;
}

void
list_free(struct list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->item[i]);
    free(l->item);
    *l = (struct list)LIST_INIT;
}

bool
text_is(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

bool
text_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
text_ends(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);

    return n >= m && strcmp(s + n - m, suffix) == 0;
}

static char
lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c + ('a' - 'A'));
    return c;
}

bool
text_has_nocase(const char *p, size_t n, const char *word)
{
    size_t m = strlen(word);

    for (size_t i = 0; i + m <= n; i++) {
        size_t k = 0;

        while (k < m && lower(p[i + k]) == lower(word[k]))
            k++;
        if (k == m)
            return true;
    }
    return false;
}

char *
text_trim(char *s)
{
    static const char blank[] = " \t\r\n";
    size_t n;

    s += strspn(s, blank);
    n = strlen(s);
    while (n > 0 && strchr(blank, s[n - 1]))
        s[--n] = '\0';
    return s;
}

enum { WORD_MAX = 64 };

/* Levenshtein distance, one row at a time. */
static size_t
distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    size_t n = strlen(a), m = strlen(b);

    if (n > WORD_MAX || m > WORD_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));

            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[m];
}

const char *
text_nearest(const char *word, const char *(*get)(const void *arg, size_t i),
             const void *arg)
{
    size_t best = strlen(word) / 3 + 1;
    const char *found = NULL, *candidate;

    for (size_t i = 0; (candidate = get(arg, i)); i++) {
        size_t d = distance(word, candidate);

        if (d <= best && !(found && d == best)) {
            best = d;
            found = candidate;
        }
    }
    return found;
}
