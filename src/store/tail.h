#ifndef STORE_TAIL_H
#define STORE_TAIL_H

#include <stdint.h>

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

/*
 * Cuts it off if a crash can have left it: its bytes are kept in
 * DIR/LABEL-NAME-OFFSET of the torn folder first (durable, no other piece is
 * overwritten), then the file is truncated. Warns once, with the label.
 */
int tail_cut(const struct layout *l, int fd, int64_t at, struct err *e);

#endif
