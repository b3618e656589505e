#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include <stdint.h>

struct batch;
struct err;
struct layout;
struct probe;

/*
 * Appends the old rows of a probe's edits to X.history.csv or .jsonl, with
 * _replaced_at (UTC, from now) and _reason, and makes them durable: before the
 * table itself changes. A crash between the two makes the same edits come
 * again; a row whose newest entry in the history is the same is not added
 * twice. A row whose owner has it no more is "deleted", whatever the reason.
 * layout is that of the table.
 */
int history_add(const struct layout *layout, const struct probe *probe,
                const char *reason, int64_t now, struct err *e);

/*
 * The same for records that came and have no place in the table, because
 * another one has their value in the second unique column: struct
 * batch.losers. Only the last version of each.
 */
int history_add_losers(const struct layout *layout, struct batch *losers,
                       int64_t now, struct err *e);

/*
 * A server that lists two such records sends the loser again and again, and a
 * flush may end between the two. So an entry that would take the row of
 * another record, has no row itself, and is in the history as it is, is
 * ENTRY_SAME with has_lost, and its edit is dropped: it lost before. Not if the
 * row's record is among the losers of this flush: then the server has changed
 * its mind.
 */
int history_settle(const struct layout *layout, struct probe *probe,
                   struct batch *batch, struct batch *losers, struct err *e);

#endif
