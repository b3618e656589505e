#include "engine/engine.h"

#include "engine/lane.h"

const struct err *
engine_fault_of(const struct engine *g, const struct lane *lane)
{
    if (g->fault.kind != ERR_NONE)
        return &g->fault;
    return lane->fault.kind != ERR_NONE ? &lane->fault : NULL;
}

void
engine_blame(struct engine *g, const struct fetcher *f, const struct err *e)
{
    if (g->fault.kind != ERR_NONE)
        return;
    g->fault = *e;
    g->fault_by = f;
}
