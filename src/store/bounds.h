#ifndef STORE_BOUNDS_H
#define STORE_BOUNDS_H

struct sorter_limits;

/* Bounds of memory, in a file of their own: the fault tests have small ones,
 * so that few rows go all the ways there are. */

extern const struct sorter_limits bounds_sorter;

#endif
