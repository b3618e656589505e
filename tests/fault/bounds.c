#include "store/bounds.h"

#include "store/sorter.h"

/* Four rows at a time, two pieces at a time. */
const struct sorter_limits bounds_sorter = {
    .bytes = 400,
    .at_once = 2,
    .piece = 64,
};
