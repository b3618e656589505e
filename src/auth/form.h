#ifndef AUTH_FORM_H
#define AUTH_FORM_H

#include <stdbool.h>

#include "base/buf.h"

/* The body of a request for a token: a form
 * (application/x-www-form-urlencoded) or a JSON object. Holds secrets. */
struct form {
    struct buf body;
    bool is_json;
};

/* With room, so that no copy is left behind while it grows. */
void form_start(struct form *f, bool is_json);
void form_add(struct form *f, const char *name, const char *value);
void form_end(struct form *f);
/* The content type of its request; NULL: that of a form. */
const char *form_type(const struct form *f);
void form_wipe(struct form *f);

/* Adds a value as a form has it, percent-encoded. */
void form_escape(struct buf *out, const char *value);

#endif
