#ifndef ENGINE_JUDGE_H
#define ENGINE_JUDGE_H

#include <stdbool.h>

struct buf;
struct err;
struct fetcher;
struct walk;

/*
 * Whether a walk that came to its end is to be believed: by the provider's own
 * count, by what its list had the last time, by what the table has of the same
 * days. A provider that lists too little by mistake must not make a hole that
 * counts as covered; and no row goes for it.
 */

/* Takes the provider's count from its answer. */
int judge_read_count(struct fetcher *f, const struct buf *body, struct err *e);
/* All pages of the walk were taken. False: it does not count, and has failed or
 * is walked again. */
bool judge_walk(struct fetcher *f, struct walk *w);
/* A list of all since a time has nothing: to believe it proves nothing, for to
 * ask again costs the same one request. */
bool judge_is_empty(const struct fetcher *f, const struct walk *w);

#endif
