#ifndef DATA_JSONPLAIN_H
#define DATA_JSONPLAIN_H

#include <stddef.h>

#include "data/json.h"

/* A member of an object that stands as wearchive writes it: no white space
 * outside strings, in them nothing but printing ASCII and no escape, no object
 * or array. Its name is a JSON_KEY. */
struct jsonplain {
    struct json_token name, value;
};

/*
 * Reads one from its opening quote on, in a fraction of the time of
 * json_next(), which says the same of it. Returns where it ends: there is a
 * comma or a closing brace. NULL if it is not of that kind, or is wrong.
 */
const char *jsonplain_member(struct jsonplain *m, const char *p,
                             const char *end);

#endif
