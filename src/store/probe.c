#include "store/probe.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/batch.h"
#include "store/halves.h"
#include "store/layout.h"
#include "store/rows.h"
#include "store/same.h"
#include "store/version.h"

void
probe_free(struct probe *p)
{
    free(p->edit);
    buf_free(&p->texts);
    buf_free(&p->seen.latest);
    *p = (struct probe)PROBE_INIT;
}

/* NULL if the row has cells that would be lost. */
static struct edit *
add_edit(struct probe *p, const struct layout *l, int fd,
         const struct line *line, struct err *e)
{
    struct line cut = *line;
    size_t width;

    if (l->spec->format == TABLE_CSV &&
        layout_width(&width, l, &cut, fd, e) < 0)
        return NULL;
    p->edit = mem_resize(p->edit, p->n + 1, sizeof(*p->edit));
    p->edit[p->n] = (struct edit){
        .offset = line->offset,
        .full = line->full,
        .entry = -1,
        .old = p->texts.n,
        .old_n = line->n,
    };
    buf_add(&p->texts, line->p, line->n);
    return &p->edit[p->n++];
}

int
probe_remove(struct probe *p, const struct layout *l, int fd,
             const struct line *line, struct err *e)
{
    return add_edit(p, l, fd, line, e) ? 0 : -1;
}

/* The provider has it no more. */
static int
remove_gone(struct probe *p, const struct probe_in *in, const struct line *line,
            struct err *e)
{
    if (probe_remove(p, in->layout, in->fd, line, e) < 0)
        return -1;
    p->edit[p->n - 1].is_gone = true;
    return 0;
}

/* The new version, with what a person added, takes the entry's place. */
static void
merge(struct batch *b, struct entry *entry, const struct row_pair *pair)
{
    struct buf merged = BUF_INIT;

    entry->width = (uint32_t)same_merge(&merged, pair);
    entry->row = (uint32_t)b->rows.n;
    entry->row_n = (uint32_t)merged.n;
    buf_add(&b->rows, merged.p, merged.n);
    buf_free(&merged);
}

static int
meet(struct probe *p, const struct probe_in *in, const struct line *line,
     long i, struct err *e)
{
    struct entry *entry = &in->batch->entry[i];
    struct row_pair pair = {
        .layout = in->layout,
        .old = line->p,
        .old_n = line->n,
        .new = in->batch->rows.p + entry->row,
        .new_n = entry->row_n,
        .new_width = entry->width,
        .met = in->met,
        .met_n = in->met_n,
    };
    struct edit *edit;

    if (entry->is_gone) {
        entry->state = ENTRY_SAME; /* there is nothing to write */
        return remove_gone(p, in, line, e);
    }
    if (entry->state != ENTRY_LIVE) /* it stands in another row already */
        return probe_remove(p, in->layout, in->fd, line, e);
    if (same_rows(&pair) || version_compare(in->layout, pair.new, pair.new_n,
                                            line->p, line->n) < 0) {
        entry->state = ENTRY_SAME;
        return 0;
    }
    entry->state = ENTRY_CHANGED;
    edit = add_edit(p, in->layout, in->fd, line, e);
    if (!edit)
        return -1;
    edit->entry = i;
    edit->is_torn = (!line->is_ended || line->offset == in->unended_at) &&
                    line->n < pair.new_n &&
                    memcmp(line->p, pair.new, line->n) == 0;
    merge(in->batch, entry, &pair);
    return 0;
}

struct probing {
    struct probe *p;
    const struct probe_in *in;
};

static int
take_hit(void *arg, const struct line *line, long hit, struct err *e)
{
    struct probing *now = arg;

    if (hit == HIT_HEADER)
        return layout_header_again(now->in->layout, line, now->in->fd, e);
    if (hit == HIT_GONE)
        return remove_gone(now->p, now->in, line, e);
    return meet(now->p, now->in, line, hit, e);
}

int
probe_run(struct probe *p, const struct probe_in *in, struct err *e)
{
    struct probing now = { p, in };
    struct look look = {
        .in = in,
        .hit = take_hit,
        .arg = &now,
        .from = in->layout->body,
        .stop = -1,
    };

    return halves_run(&p->seen, &look, e);
}
