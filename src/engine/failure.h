#ifndef ENGINE_FAILURE_H
#define ENGINE_FAILURE_H

struct err;
struct http_reply;
struct ticket;

/* A request failed for good: its walk ends, and as much else as the reason
 * reaches: the category, the source, or the run. Adds advice to e. */
void failure_take(struct ticket *t, struct err *e,
                  const struct http_reply *reply);

#endif
