#ifndef STORE_TAIL_H
#define STORE_TAIL_H

#include <stdint.h>

struct buf;
struct err;
struct layout;

/*
 * The end of an open file that is no whole row, from the offset at on. A
 * crash of an append leaves one row without its end. A person's stray quote
 * makes one row of all the rest of a file, and so do line ends of another
 * kind: then whole rows lie in there.
 */

/* 0 if a crash can have left it, else ERR_FILE with the place to look at. */
int tail_check(const struct layout *l, int fd, int64_t at, struct err *e);

/* What stands in an open file from an offset on. */
struct piece {
    const char *torn_dir; /* where it is to be kept */
    const char *label;    /* oura/sleep */
    const char *path;
    int fd;
    int64_t at;
};

/* Keeps it in DIR/LABEL-NAME-OFFSET of the torn folder: durable, and no other
 * piece is overwritten. Gives that name. */
int tail_keep(struct buf *name, const struct piece *p, struct err *e);

/*
 * Cuts it off if a crash can have left it: its bytes are kept first, then the
 * file is truncated. Warns once, with the label.
 */
int tail_cut(const struct layout *l, int fd, int64_t at, struct err *e);

#endif
