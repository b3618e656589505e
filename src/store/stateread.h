#ifndef STORE_STATEREAD_H
#define STORE_STATEREAD_H

struct buf;
struct cJSON;
struct err;
struct state;

/*
 * The document of a state from its text, and into s what it has of each
 * category. path is for messages. ERR_IO: it is of a newer version; ERR_DATA,
 * ERR_CUT: it is damaged. *doc is the caller's, also then; or NULL.
 */
int stateread_doc(struct cJSON **doc, struct state *s, const char *path,
                  const struct buf *text, struct err *e);

#endif
