#include "engine/result.h"

#include "base/mem.h"
#include "engine/engine.h"
#include "engine/fetcher.h"
#include "engine/lane.h"
#include "engine/run.h"

static void
add_result(struct run_out *out, const struct category_result *r)
{
    out->result = mem_resize(out->result, out->n + 1, sizeof(*out->result));
    out->result[out->n++] = *r;
}

/* Child tables, behind the records that they come with. */
static void
add_children(struct run_out *out, const struct fetcher *f)
{
    struct category_result child = f->result;

    if (!f->archive || f->result.outcome != OUTCOME_OK)
        return;
    child.pages = -1;
    child.windows = child.windows_done = 0;
    child.vanished = (struct vanished)VANISHED_INIT;
    for (size_t i = 0; (child.category = archive_child(
                            &child.counts, &child.rows, f->archive, i));
         i++)
        add_result(out, &child);
}

void
result_collect(struct run_out *out, const struct engine *g)
{
    for (size_t i = 0; i < g->in->n; i++)
        for (size_t k = 0; k < g->lane[i].n; k++) {
            add_result(out, &g->lane[i].fetcher[k].result);
            add_children(out, &g->lane[i].fetcher[k]);
        }
}

bool
result_has_fault(const struct engine *g)
{
    for (size_t i = 0; i < g->in->n; i++)
        for (size_t k = 0; k < g->lane[i].n; k++) {
            const struct category_result *r = &g->lane[i].fetcher[k].result;

            if (r->outcome == OUTCOME_FAILED && r->error.kind == ERR_IO)
                return true;
        }
    return false;
}
