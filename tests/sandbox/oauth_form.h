#ifndef SANDBOX_OAUTH_FORM_H
#define SANDBOX_OAUTH_FORM_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Names and values of a query, a form or a flat JSON object, decoded. */
struct form {
    struct form_field {
        char *name, *value;
    } * p;
    size_t n;
};

#define FORM_INIT                                                              \
    {                                                                          \
        .p = NULL                                                              \
    }

void form_free(struct form *f);
void form_add(struct form *f, const char *name, const char *value);
/* "a=1&b=2"; NULL adds nothing. -1 if an escape is broken. */
int form_read(struct form *f, const char *text);
/* -1 if the text is not one object. */
int form_read_json(struct form *f, const char *text);
/* "Basic ..." as client_id and client_secret; -1 if it is not that. */
int form_read_basic(struct form *f, const char *authorization);

/* The first of that name, or NULL. */
const char *form_get(const struct form *f, const char *name);
bool form_is(const struct form *f, const char *name, const char *value);
/* Whether a name is there twice. */
bool form_repeats(const struct form *f);

/* Percent-encodes all but letters, digits and "-._~". */
void form_escape(struct buf *out, const char *text);

#endif
