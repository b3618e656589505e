#ifndef STORE_WENT_H
#define STORE_WENT_H

struct batch;
struct err;
struct layout;
struct owners;
struct probe;

/* The keys of records that lost their row in a flush, to another record or to
 * a deletion: tables whose rows they own lose these rows with it. */

/* Adds records that came and have no row: another one has their place. */
void went_losers(struct batch *went, const struct batch *losers,
                 const struct batch *fresh, const struct batch *pending);
/* Adds those whose row has to go, and that do not get another one. pending is
 * indexed. */
int went_edits(struct batch *went, const struct probe *p,
               const struct layout *l, const struct batch *pending,
               struct err *e);
/* What the parent has lost is lost by the owners of a child's rows. */
void went_follow(struct owners *owners, const struct batch *went);

#endif
