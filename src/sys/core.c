#include "sys/core.h"

#include <sys/resource.h>

void
core_none(void)
{
    const struct rlimit none = { 0, 0 };

    (void)setrlimit(RLIMIT_CORE, &none); /* lower is always allowed */
}
