#ifndef STORE_LOOK_H
#define STORE_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct err;
struct layout;
struct line;
struct probe_in;

/* What there is in the rows of a file, or in a part of them. */
struct seen {
    int64_t rows;
    int64_t end;        /* where the next row goes */
    int64_t torn_at;    /* an incomplete last row starts here; -1 = none */
    bool lacks_end;     /* the last row is whole but has no line end */
    int64_t unended_at; /* where that row starts */
    struct buf latest;  /* the latest time of all rows, as in a key */
    int64_t split;      /* near the middle of a large file a row starts here,
                           0 = not known; and so many are before it */
    int64_t split_rows;
};

#define SEEN_INIT                                                              \
    {                                                                          \
        .torn_at = -1                                                          \
    }

/* Adds what there is in the part that follows. */
void seen_join(struct seen *s, const struct seen *next);

/* What a row is to the batch: the entry with the same key, or one of these. */
enum {
    HIT_GONE = -2,   /* its owner came without it */
    HIT_HEADER = -3, /* nothing: it is the header again */
};

typedef int look_fn(void *arg, const struct line *line, long hit,
                    struct err *e);

/* A pass over the rows from one offset to another. */
struct look {
    const struct probe_in *in;
    look_fn *hit; /* called with each row that the batch has to do with */
    void *arg;
    int64_t from;
    int64_t stop;   /* -1: the end of the file */
    int64_t cut_at; /* found: a row that goes on behind stop; -1 = none */
};

/* Fills s. Changes nothing that in points to, but for in->all. */
int look_run(struct seen *s, struct look *look, struct err *e);

/* Of a last row without line end: a person's editor may leave a whole one, a
 * crash leaves a piece. */
bool look_is_whole(const struct layout *l, const struct line *line);

#endif
