#ifndef STORE_UNIQUE_H
#define STORE_UNIQUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/keyset.h"

struct key;
struct layout;

/* So many doubtful hashes are kept; any number is counted. */
enum { UNIQUE_SUSPECTS_MAX = 1 << 17, UNIQUE_LATE = 64 };

/*
 * Finds out whether the keys of a file's rows are unique, by hash: suspects
 * are those that came again (see store/twice for the truth). About 12 bytes a
 * row; none where the key begins with the time and no other column is unique,
 * as long as the rows rise: then what does not rise is the suspect.
 */
struct unique {
    struct keyset suspects;
    int64_t repeated;
    /* Private. */
    struct keyset seen;
    uint64_t late[UNIQUE_LATE]; /* go into seen a little later */
    size_t late_n;
    struct buf highest;
    bool is_by_time;
};

void unique_start(struct unique *u, const struct layout *l);
void unique_add(struct unique *u, const struct key *k, const char *texts);
/* The same for a key of which only the text is there. */
void unique_add_text(struct unique *u, const char *p, size_t n);
/* After the last row. True if too many rows do not rise: then the file has to
 * be read once more, and each row is remembered. */
bool unique_end(struct unique *u);
void unique_free(struct unique *u); /* but for the suspects */

#endif
