#include "store/bounds.h"

#include "store/sorter.h"

/* With what tables that grow and qsort() take besides: 64 MB. */
const struct sorter_limits bounds_sorter = {
    .bytes = 40 << 20,
    .at_once = 64,
    .piece = 256 << 10,
};
