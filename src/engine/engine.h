#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct fetcher;
struct lane;
struct run_in;
struct transfer;

/* What the parts of a run share: run, commit, failure, result. */
struct engine {
    const struct run_in *in;
    struct lane *lane;
    struct transfer *transfer;
    int64_t committed_ms;
    bool is_committing;  /* category by category, between other things ... */
    size_t commit_at[2]; /* ... from this one on: its lane, and its place */
    struct err fault;    /* the disk or a signal: why everything stops */
    const struct fetcher *fault_by; /* the category where it came up */
    bool is_dirty;                  /* the state has to be saved */
};

/* Why nothing more is asked of that source, or NULL. */
const struct err *engine_fault_of(const struct engine *g,
                                  const struct lane *lane);

/* Everything stops; the first reason stays. f: where it came up, or NULL. */
void engine_blame(struct engine *g, const struct fetcher *f,
                  const struct err *e);

#endif
