#ifndef STORE_TIDY_H
#define STORE_TIDY_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct layout;
struct sorter_limits;

/*
 * Writes a new version of the file with its rows in order of time, then of
 * key, then as they stood; rows without a time come first. About 150 bytes a
 * row in memory up to a bound (store/bounds); above it pieces of that size are
 * sorted, kept in the archive's own folder and merged. If the rows are in
 * order already nothing is written and *moved is false.
 */
int tidy_run(int64_t *size, bool *moved, const struct layout *l, int fd,
             struct err *e);
/* The same with other bounds. */
int tidy_run_within(int64_t *size, bool *moved, const struct layout *l, int fd,
                    const struct sorter_limits *limits, struct err *e);

#endif
