#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/load.h"

/* A list of owned strings, in the order they were added. */
struct list {
    char **item;
    size_t n;
};

#define LIST_INIT                                                              \
    {                                                                          \
        .item = NULL                                                           \
    }

void list_add(struct list *l, const char *s);
/* Adds the pieces of s between commas and blanks; empty pieces are left out. */
void list_split(struct list *l, const char *s);
bool list_has(const struct list *l, const char *s);
void list_free(struct list *l);

/* Less than, equal to or greater than 0, as the bytes of a are earlier than,
 * the same as or later than those of b; what goes on is later. */
static inline int text_order(const char *a, size_t n, const char *b, size_t m);

bool text_is(const char *a, const char *b); /* equal; NULL is no text */
bool text_starts(const char *s, const char *prefix);
bool text_ends(const char *s, const char *suffix);
/* ASCII case is ignored. */
bool text_has_nocase(const char *p, size_t n, const char *word);
/* Cuts blanks and line ends off both ends, in place; returns the start. */
char *text_trim(char *s);
/*
 * The candidate most like word (edit distance of at most a third of its
 * length and one more, case ignored), or NULL. get(arg, i) gives candidate i,
 * NULL after the last.
 */
const char *text_nearest(const char *word,
                         const char *(*get)(const void *arg, size_t i),
                         const void *arg);

/* The rest is here to be inlined: it is asked of each row, of short texts. */

static inline int
text_order(const char *a, size_t n, const char *b, size_t m)
{
    size_t both = n < m ? n : m, at = 0;
    int order = 0;

    if (both < 8) {
        order = both > 0 ? memcmp(a, b, both) : 0;
        return order ? order : (n > m) - (n < m);
    }
    /* The last eight may overlap those before, which are the same. */
    while (at + 8 < both && load_8_in_order(a + at) == load_8_in_order(b + at))
        at += 8;
    if (at + 8 > both)
        at = both - 8;
    order = (load_8_in_order(a + at) > load_8_in_order(b + at)) -
            (load_8_in_order(a + at) < load_8_in_order(b + at));
    return order ? order : (n > m) - (n < m);
}

#endif
