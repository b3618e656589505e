#ifndef CMD_CREDENTIAL_H
#define CMD_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;
struct options;
struct setup;
struct source;

/* Part of setup: what each source is let in with. Option, else environment,
 * else config, else the login in the token store. */

/* Is there a token on the command line? */
bool credential_is_given(const struct options *o);

/* The static token of a source as environment or config give it, added to
 * out: 1, 0 if there is none, or -1. */
int credential_static(struct buf *out, const struct setup *s,
                      const struct source *source, struct err *e);
/* That, or the login in the token store, for source i: 1, or 0 with its fault
 * filled. */
int credential_load(struct setup *s, size_t i);
/* For all that have none yet, or the token on the command line. -1: it is not
 * clear which source that is for, or it cannot be read. */
int credential_load_all(struct setup *s, const struct options *o,
                        struct err *e);

#endif
