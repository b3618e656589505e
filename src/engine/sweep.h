#ifndef ENGINE_SWEEP_H
#define ENGINE_SWEEP_H

#include <stdbool.h>

struct err;
struct fetcher;
struct run_in;

/*
 * Now and then the whole list of a category is compared with its table (struct
 * category, sweep_days): rows that are not in the list any more were deleted
 * at the provider, or are hidden from us. They are told, and noted in the
 * history if so wanted; no row goes. A list that is empty, or lacks more than
 * half of the rows, is taken for a fault; the latter unless --full says that it
 * is right, from then on.
 */

/* Is it time, or asked for? */
bool sweep_is_due(const struct fetcher *f, const struct run_in *run);
/* The list was read to its end. ERR_DATA: it cannot be right. */
int sweep_check(struct fetcher *f, struct err *e);
/* Everything of it is stored: tells what vanished, and notes it. */
int sweep_finish(struct fetcher *f, struct err *e);

#endif
