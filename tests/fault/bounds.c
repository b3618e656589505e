#include "store/bounds.h"

#include "store/sorter.h"

/* A few rows at a time, two pieces at a time. */
const struct sorter_limits bounds_sorter = {
    .bytes = 600,
    .at_once = 2,
    .piece = 64,
};
