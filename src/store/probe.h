#ifndef STORE_PROBE_H
#define STORE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/look.h"

struct batch;
struct err;
struct keyset;
struct layout;
struct line;
struct owners;

/* A row of the file that has to go: replaced, or removed because another row
 * now stands for its record. */
struct edit {
    int64_t offset; /* of the row */
    size_t full;    /* bytes with line end */
    long entry;     /* batch entry that takes its place; -1: removed */
    size_t old;     /* offset of the row's text in texts */
    size_t old_n;
    bool is_torn; /* the row was cut short by a crash: no history */
    bool is_gone; /* its owner has it no more */
};

/* What one pass over a file found out. */
struct probe {
    struct edit *edit; /* in file order */
    size_t n;
    struct buf texts; /* old rows */
    struct seen seen;
};

#define PROBE_INIT                                                             \
    {                                                                          \
        .seen = SEEN_INIT                                                      \
    }

/*
 * Streams the file past an indexed batch: entries become ENTRY_SAME or
 * ENTRY_CHANGED (with an edit), the others stay as they are: new. Adds what is
 * to be known of every key to all, unless NULL. met: see
 * layout_is_foreign().
 */
struct probe_in {
    int fd;
    const struct layout *layout;
    struct batch *batch;
    const struct owners *owners; /* rows of theirs that are not in the batch
                                    have to go; NULL: none */
    struct keyset *all;
    const bool *met;
    size_t met_n;
    int64_t unended_at; /* a row known to have ended without line end in this
                           run; -1 = none */
    int64_t large;      /* a file of so many bytes is looked at by two threads,
                           see store/halves.h */
};
/* A row that has to go and has more cells than the header, and one that is
 * the header again: ERR_FILE. */
int probe_run(struct probe *p, const struct probe_in *in, struct err *e);
/* Marks a row of the file at fd for removal; rows come in file order. One with
 * more cells than the header: ERR_FILE. */
int probe_remove(struct probe *p, const struct layout *l, int fd,
                 const struct line *line, struct err *e);
void probe_free(struct probe *p);

#endif
