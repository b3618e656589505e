#include "engine/commit.h"

#include "base/log.h"
#include "engine/engine.h"
#include "engine/fetcher.h"
#include "engine/lane.h"
#include "engine/run.h"
#include "engine/source.h"
#include "spec/category.h"
#include "store/state.h"
#include "sys/clock.h"

enum {
    COMMIT_MS = 500,        /* at most so much work is lost by a kill */
    COMMIT_BYTES = 1 << 20, /* rows in memory, all categories together */
    COMMIT_ITEMS = 32,      /* records that were asked for one by one */
};

/* The files of a category could not be written. */
static void
fail_on_disk(struct engine *g, struct fetcher *f, struct err *e)
{
    (void)err_in(e, "%s/%s", f->source->name, f->category->name);
    f->result.error = *e;
    if (e->kind == ERR_IO)
        engine_blame(g, f, e);
    else
        f->is_closed = true;
}

/* The rows that a category took so far become durable: true if there were any.
 */
static bool
flush_one(struct engine *g, struct fetcher *f)
{
    struct err e = ERR_INIT;

    if (!f->archive || f->is_over || !archive_needs_flush(f->archive))
        return false;
    g->is_dirty = true;
    if (archive_flush(f->archive, &e) < 0)
        fail_on_disk(g, f, &e);
    return true;
}

/* Everything taken so far is durable. */
static void
end_commit(struct engine *g)
{
    struct err e = ERR_INIT;

    if (g->is_dirty && state_save(g->in->state, &e) < 0)
        engine_blame(g, NULL, &e);
    g->is_dirty = g->is_committing = false;
    g->committed_ms = clock_ms();
}

/* Rows of one category, or the state when there is none left: answers do not
 * wait for all of them. */
void
commit_step(struct engine *g)
{
    size_t *i = &g->commit_at[0], *k = &g->commit_at[1];

    for (; *i < g->in->n; (*i)++, *k = 0)
        while (*k < g->lane[*i].n)
            if (flush_one(g, &g->lane[*i].fetcher[(*k)++]))
                return;
    end_commit(g);
}

static void
start_commit(struct engine *g)
{
    g->is_committing = true;
    g->commit_at[0] = g->commit_at[1] = 0;
}

void
commit_all(struct engine *g)
{
    start_commit(g);
    while (g->is_committing)
        commit_step(g);
}

/* The rows of the category that has most of them leave the memory. */
static void
make_room(struct engine *g)
{
    struct fetcher *most = NULL;
    struct err e = ERR_INIT;

    for (size_t i = 0; i < g->in->n; i++)
        for (size_t k = 0; k < g->lane[i].n; k++) {
            struct fetcher *f = &g->lane[i].fetcher[k];

            if (!f->is_over && archive_needs_flush(f->archive) &&
                (!most ||
                 archive_bytes(f->archive) > archive_bytes(most->archive)))
                most = f;
        }
    if (most && archive_write(most->archive, &e) < 0)
        fail_on_disk(g, most, &e);
}

void
commit_recast(struct engine *g)
{
    for (size_t i = 0; i < g->in->n && g->fault.kind == ERR_NONE; i++)
        for (size_t k = 0; k < g->lane[i].n && g->fault.kind == ERR_NONE; k++) {
            struct fetcher *f = &g->lane[i].fetcher[k];
            struct err e = ERR_INIT;
            int rc = archive_recast(f->archive, &e);

            if (rc < 0)
                fail_on_disk(g, f, &e);
            g->is_dirty = g->is_dirty || rc == 1;
        }
    if (g->is_dirty)
        commit_all(g);
}

void
commit_if_due(struct engine *g)
{
    size_t bytes = 0, items = 0;

    for (size_t i = 0; i < g->in->n; i++)
        for (size_t k = 0; k < g->lane[i].n; k++) {
            const struct fetcher *f = &g->lane[i].fetcher[k];

            if (f->is_over)
                continue;
            bytes += archive_bytes(f->archive);
            items += fetcher_is_detail(f) ? archive_windows(f->archive) : 0;
        }
    if (bytes > COMMIT_BYTES)
        make_room(g);
    if (!g->is_committing &&
        (items >= COMMIT_ITEMS ||
         clock_ms() - g->committed_ms >= (int64_t)COMMIT_MS))
        start_commit(g);
}

void
commit_tell_unsorted(struct engine *g)
{
    bool is_told = g->fault.kind == ERR_IO;

    for (size_t i = 0; i < g->in->n; i++)
        for (size_t k = 0; k < g->lane[i].n; k++) {
            struct fetcher *f = &g->lane[i].fetcher[k];
            struct category_result *r = &f->result;

            if (!f->is_unsorted || r->outcome != OUTCOME_FAILED)
                continue;
            if (is_told) {
                log_info("%s", r->error.text);
                r->outcome = OUTCOME_OK;
                r->error = (struct err)ERR_INIT;
            }
            is_told = true;
        }
}
