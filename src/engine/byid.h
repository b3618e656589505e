#ifndef ENGINE_BYID_H
#define ENGINE_BYID_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct fetcher;
struct walk;

/* The part of a fetcher that is for categories with per_record: a walk for
 * each record of others. */

/* The tables that ids come from are not all there yet. */
bool byid_waits(const struct fetcher *f);
/* Plans a window for each record that is to be asked for. */
void byid_plan(struct fetcher *f);
/* A record is done: notes in the state how far it is. */
void byid_note(struct fetcher *f);
/* One has failed. Some refusals in a row are so for all of them. */
void byid_failed(struct fetcher *f, const struct err *why);
/* The rest is left to another run; w, which is one of them, ends. wait_ms: how
 * long it would have to wait for a quota; 0 = that is not why. */
void byid_stop(struct fetcher *f, struct walk *w, const struct err *why,
               int64_t wait_ms);
/* Makes of a refusal for a quota the words that say when to go on; wait_ms as
 * above, and more than 0. */
void byid_later(struct err *e, int64_t wait_ms);
/* Nothing of it is asked for in this run, for that reason: finds out how much
 * there is. */
void byid_put_off(struct fetcher *f, const struct err *why);
/* Makes the result say how far it came. why: the source or the run was given
 * up; NULL if it was not. -1: its own table cannot be used. */
int byid_finish(struct fetcher *f, const struct err *why, struct err *e);

#endif
