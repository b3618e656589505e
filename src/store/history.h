#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include <stdint.h>

struct err;
struct layout;
struct probe;

/*
 * Appends the old rows of a probe's edits to X.history.csv or .jsonl, with
 * _replaced_at (UTC, from now) and _reason, and makes them durable: before the
 * table itself changes. A crash between the two makes the same edits come
 * again; a row whose newest entry in the history is the same is not added
 * twice. layout is that of the table.
 */
int history_add(const struct layout *layout, const struct probe *probe,
                const char *reason, int64_t now, struct err *e);

#endif
