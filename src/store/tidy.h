#ifndef STORE_TIDY_H
#define STORE_TIDY_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct layout;

/*
 * Writes a new version of the file with its rows in order of time, then key;
 * rows without a time come first. Keeps 16 bytes a row in memory. If the rows
 * are in order already nothing is written and *moved is false.
 */
int tidy_run(int64_t *size, bool *moved, const struct layout *l, int fd,
             struct err *e);

#endif
