#ifndef STORE_UNIQUE_H
#define STORE_UNIQUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/keypile.h"
#include "data/keyset.h"

struct key;
struct layout;

/* So many doubtful hashes are kept; any number is counted. */
enum { UNIQUE_SUSPECTS_MAX = 1 << 17 };

enum unique_how { UNIQUE_BY_TIME, UNIQUE_BY_PILE, UNIQUE_ONE_BY_ONE };

/*
 * Finds out whether the keys of a file's rows are unique, by hash: suspects
 * are those that came again, or the first of them in the file if they are too
 * many (see store/twice for the truth). About 8 bytes a row; none where the key
 * begins with the time and no other column is unique, as long as the rows rise:
 * then what does not rise is the suspect.
 */
struct unique {
    struct keyset suspects;
    int64_t repeated;
    /* Private. */
    enum unique_how how;
    struct keypile pile;
    struct keyset seen;
    struct buf first;
    struct buf highest;
};

void unique_start(struct unique *u, const struct layout *l);
/* For another part of the file; false if there can be none. */
bool unique_start_part(struct unique *part, const struct unique *u);
/* What came behind the rows of u, and is freed. False if that does not tell
 * what one would have found out about all: then begin again with
 * unique_reset(). */
bool unique_join(struct unique *u, struct unique *part);
void unique_reset(struct unique *u);
void unique_add(struct unique *u, const struct key *k, const char *texts);
/* The same for a key of which only the text is there. */
void unique_add_text(struct unique *u, const char *p, size_t n);
/* Too many rows do not rise: there is no use in reading on before the end. */
bool unique_gives_up(const struct unique *u);
/* After the last row. True if that was not the way to do it: then the file has
 * to be read once more from its first row on. */
bool unique_end(struct unique *u);
void unique_free(struct unique *u); /* but for the suspects */

#endif
