#ifndef STORE_TAIL_H
#define STORE_TAIL_H

#include <stdint.h>

struct err;

/*
 * Cuts an incomplete last line off an open file: its bytes from at on are
 * kept in DIR/NAME-OFFSET first (durable), then the file is truncated. Warns
 * once, with the label.
 */
int tail_cut(int fd, const char *path, int64_t at, const char *dir,
             const char *label, struct err *e);

#endif
