#ifndef STORE_REPAIR_H
#define STORE_REPAIR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct err;
struct keyset;
struct table_spec;
struct verify;

/* What was put right in a file. */
struct repair {
    bool cut;        /* a torn last line; it is kept in the torn folder */
    bool mode;       /* others can no longer read it */
    int64_t removed; /* rows that are now in the history */
};

/*
 * Puts right what verify_table() found and what can be put right without
 * loss, each durable when it returns: the torn last line, the mode, rows whose
 * record a later row stands for (they go to the history with the reason
 * "duplicate"). spec is the one that was verified, with fresh columns. Under
 * the archive's lock.
 */
int repair_table(struct repair *r, const struct table_spec *spec,
                 const struct verify *v, int64_t now, struct err *e);

/* Takes the permissions of others away from a file or folder. */
int repair_mode(const char *path, mode_t mode, struct err *e);

#endif
