#include "store/bounds.h"

#include "store/sorter.h"

/* With what tables that grow and qsort() take besides, about 3 MB: a fetch
 * sorts, too, and is not to need more memory for it than for its pages. */
const struct sorter_limits bounds_sorter = {
    .bytes = 1 << 20,
    .at_once = 32,
    .piece = 32 << 10,
};
