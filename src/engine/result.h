#ifndef ENGINE_RESULT_H
#define ENGINE_RESULT_H

#include <stdbool.h>

struct engine;
struct run_out;

/* What a run says of its categories when it is over. */

/* Adds all results, child tables behind the records that they come with. */
void result_collect(struct run_out *out, const struct engine *g);

/* True if the engine's fault, the disk, is a category's own result. */
bool result_has_fault(const struct engine *g);

#endif
