#include "engine/empties.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/archive.h"
#include "engine/fanout.h"
#include "engine/fetcher.h"
#include "engine/plan.h"
#include "engine/source.h"
#include "engine/walk.h"
#include "spec/category.h"
#include "store/done.h"

enum { IDS_TOLD = 5 };

static void
add(struct fetcher *f, const struct empty *one)
{
    f->empty = mem_resize(f->empty, f->empty_n + 1, sizeof(*f->empty));
    f->empty[f->empty_n++] = *one;
}

void
empties_part(struct fetcher *f)
{
    struct fanout *fan = &f->fanout;
    size_t n = 0;

    for (size_t i = 0; i < fan->todo_n; i++)
        if (fan->todo[i]->has_none)
            add(f, &(struct empty){ fan->todo[i], EMPTY_LISTED });
        else
            fan->todo[n++] = fan->todo[i];
    fan->todo_n = n;
}

void
empties_came(struct fetcher *f, const struct walk *w)
{
    add(f, &(struct empty){ w->window.item,
                            w->is_none ? EMPTY_MISSING : EMPTY_ANSWER });
}

/* Which of them have rows. */
static int
find_rows(struct done *found, const struct fetcher *f, struct err *e)
{
    const struct fanout_in in = { .dir = f->dir,
                                  .source = f->source,
                                  .category = f->category };
    struct fanout came = FANOUT_INIT;
    int rc = 0;

    came.item = mem_resize(NULL, f->empty_n + 1, sizeof(*came.item));
    for (size_t i = 0; i < f->empty_n; i++)
        if (f->empty[i].how != EMPTY_LISTED)
            came.item[came.n++] = *f->empty[i].item;
    if (came.n > 0)
        rc = fanout_rebuild(found, &came, &in, e);
    fanout_free(&came);
    return rc;
}

/* All that it has is nothing: rows go to the history. */
static int
clear(struct fetcher *f, const struct fanout_item *item, struct err *e)
{
    return archive_item(f->archive, item, e) < 0 ? -1
                                                 : archive_own(f->archive, e);
}

static void
note_done(struct fetcher *f, const struct fanout_item *item)
{
    const struct window w = { .span = { f->now, f->now },
                              .is_recent = true,
                              .item = item };

    archive_window_done(f->archive, &w);
}

static void
tell(const struct fetcher *f, const struct done *found)
{
    struct buf ids = BUF_INIT;

    for (size_t i = 0; i < found->n && i < IDS_TOLD; i++)
        buf_addf(&ids, "%s%.*s", i ? ", " : "", (int)found->entry[i].n,
                 found->texts.p + found->entry[i].at);
    log_warn("%s/%s: nothing came for %zu record%s that %s rows, which stay: "
             "%s%s",
             f->source->name, f->category->name, found->n,
             found->n == 1 ? "" : "s", found->n == 1 ? "has" : "have",
             buf_str(&ids), found->n > IDS_TOLD ? ", ..." : "");
    buf_free(&ids);
}

/* An answer without anything may be a passing fault: then it is asked for
 * again. */
static int
settle_one(struct fetcher *f, const struct empty *one, const struct done *found,
           struct err *e)
{
    const struct fanout_item *item = one->item;
    uint32_t print;

    if (one->how == EMPTY_LISTED && clear(f, item, e) < 0)
        return -1;
    if (one->how == EMPTY_ANSWER && done_find(&print, found, item->id, item->n))
        return 0;
    f->result.windows_done += one->how != EMPTY_LISTED; /* it had a window */
    note_done(f, item);
    return 0;
}

int
empties_settle(struct fetcher *f, struct err *e)
{
    struct done found = DONE_INIT;
    int rc = find_rows(&found, f, e);

    for (size_t i = 0; rc == 0 && i < f->empty_n; i++)
        rc = settle_one(f, &f->empty[i], &found, e);
    if (rc == 0 && found.n > 0)
        tell(f, &found);
    done_free(&found);
    free(f->empty);
    f->empty = NULL;
    f->empty_n = 0;
    return rc;
}
