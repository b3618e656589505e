#ifndef STORE_BLOCKS_H
#define STORE_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/key.h"

struct batch;
struct err;
struct layout;

/*
 * The pieces that this run wrote a new file in, each in order of time and then
 * of key, one behind the other from the first row on. A list that comes newest
 * first, or a recent window before the older ones, is put in order by moving
 * whole pieces: no row has to be read again.
 */
struct block {
    int64_t from; /* of the file */
    int64_t to;
    struct key first; /* of its rows, in the texts of all blocks */
    struct key last;
};

struct blocks {
    struct block *block;
    size_t n;
    size_t room;
    struct buf texts;
    uint32_t time_n; /* length of each time, so that texts sort as the times
                        do */
    bool is_lost;    /* the file may have rows that are in no block */
};

#define BLOCKS_INIT                                                            \
    {                                                                          \
        .n = 0                                                                 \
    }

/* What was written at the end of a file, or as the first rows of a new one. */
struct written {
    const struct batch *batch;
    const size_t *entry; /* of it, n of them */
    size_t n;
    const struct layout *layout; /* with its line ends */
    size_t cells;                /* of each row of a CSV file */
    int64_t from;
    int64_t to; /* behind the last one; -1: not known yet */
};
void blocks_add(struct blocks *b, const struct written *w);
/* They stand there: in a file that has just come to be, where the first one was
 * added with from 0. */
void blocks_place(struct blocks *b, int64_t from, int64_t to);
/* The file is not known in this way, now and later. */
void blocks_lose(struct blocks *b);
/* True if the order of the whole file is known: moving blocks is enough, if
 * there is anything to do at all. Puts them in order of time. */
bool blocks_settle(struct blocks *b);
/* After it. Writes a new version of the file unless the blocks stand as they
 * should. size and moved as of tidy_run(). */
int blocks_tidy(int64_t *size, bool *moved, const struct blocks *b,
                const struct layout *l, int fd, struct err *e);
void blocks_free(struct blocks *b);

#endif
