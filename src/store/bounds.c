#include "store/bounds.h"

#include "store/sorter.h"

const struct sorter_limits bounds_sorter = {
    .bytes = 64 << 20,
    .at_once = 64,
    .piece = 256 << 10,
};
