#include "data/profile.h"

#include "base/text.h"

enum { EXACT_DIGITS = 15 }; /* that a spreadsheet keeps of a number */

static const char *const words[] = {
    [CSV_PLAIN] = "plain",
    [CSV_EXCEL] = "excel",
    [CSV_DUCKDB] = "duckdb",
};

enum { PROFILES = sizeof(words) / sizeof(words[0]) };

const char *
profile_word(enum csv_profile p)
{
    return words[p];
}

bool
profile_find(enum csv_profile *p, const char *word)
{
    for (int i = 0; i < PROFILES; i++)
        if (text_is(word, words[i])) {
            *p = (enum csv_profile)i;
            return true;
        }
    return false;
}

const char *
profile_each(const void *arg, size_t i)
{
    (void)arg; /* there is one list */
    return i < PROFILES ? words[i] : NULL;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_between(char c)
{
    return c == '.' || c == ',' || c == ' ';
}

/* Digits with dots, commas and blanks, in any order: what some spreadsheet
 * takes for a number. Perhaps an exponent. */
static bool
is_long_number(const char *p, size_t n)
{
    size_t digits = 0, i = 0;

    if (n <= EXACT_DIGITS)
        return false;
    for (; i < n && (is_digit(p[i]) || is_between(p[i])); i++)
        digits += is_digit(p[i]);
    if (i < n && digits > 0 && (p[i] == 'e' || p[i] == 'E')) {
        i++;
        if (i < n && (p[i] == '+' || p[i] == '-'))
            i++;
        for (; i < n && is_digit(p[i]); i++)
            digits++;
    }
    return i == n && digits > EXACT_DIGITS;
}

static bool
is_risky(const char *p, size_t n)
{
    if (n == 0)
        return false;
    switch (*p) {
    case '=':
    case '+':
    case '-':
    case '@':
    case '\t':
    case '\r':
    case '\n':
        return true;
    default: /* a character, not an enum */
        return is_long_number(p, n);
    }
}

bool
profile_is_guarded(const char *text, size_t n)
{
    size_t i = 0;

    while (i < n && text[i] == '\'')
        i++;
    return i > 0 && is_risky(text + i, n - i);
}

bool
profile_guards(enum csv_profile p, const char *text, size_t n)
{
    if (profile_is_guarded(text, n))
        return true;
    switch (p) {
    case CSV_PLAIN:
        return false;
    case CSV_EXCEL:
        return is_risky(text, n);
    case CSV_DUCKDB:
        return is_long_number(text, n);
    }
    return false;
}

size_t
profile_length(const char *text, size_t n)
{
    size_t units = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];

        units += (c & 0xC0) != 0x80; /* no byte inside a character */
        units += c >= 0xF0;          /* one that takes two */
    }
    return units;
}
