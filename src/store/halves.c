#include "store/halves.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/layout.h"
#include "store/probe.h"
#include "store/rows.h"
#include "sys/beside.h"

/* A row that was noted is looked for in so many bytes at first. */
enum { JUMP_AHEAD = 4096 };

/* A row that the batch has to do with. */
struct note {
    int64_t offset;
    long hit;
};

/* A half of the file, and all that its thread writes. */
struct half {
    struct look look;
    struct seen seen;
    struct note *note;
    size_t n;
    size_t room;
    int rc;
    struct err e;
};

static int
take_note(void *arg, const struct line *line, long hit, struct err *e)
{
    struct half *h = arg;

    (void)e;
    if (h->n == h->room) {
        h->room = h->room ? h->room * 2 : 64;
        h->note = mem_resize(h->note, h->room, sizeof(*h->note));
    }
    h->note[h->n++] = (struct note){ line->offset, hit };
    return 0;
}

static void
run_half(void *arg)
{
    struct half *h = arg;

    h->rc = look_run(&h->seen, &h->look, &h->e);
}

static struct half
half_of(const struct look *look, int64_t from, int64_t stop)
{
    return (struct half){
        .look = { .in = look->in,
                  .hit = take_note,
                  .from = from,
                  .stop = stop },
        .seen = SEEN_INIT,
        .e = ERR_INIT,
    };
}

static void
drop(struct half *h)
{
    free(h->note);
    buf_free(&h->seen.latest);
}

/* Looks at the rows again, now that one may change things. */
static int
tell(const struct half *h, const struct look *look, struct err *e)
{
    const struct layout *l = look->in->layout;
    struct rows rows;
    struct line line;
    int rc = 0;

    rows_start(&rows, look->in->fd, l->spec->path,
               l->spec->format == TABLE_CSV ? &l->dialect : NULL, look->from);
    for (size_t i = 0; i < h->n && rc == 0; i++) {
        rows.ahead = JUMP_AHEAD;
        rows_seek(&rows, h->note[i].offset);
        rc = rows_next(&line, &rows, e);
        if (rc == 0)
            rc = err_set(e, ERR_IO, "%s: became shorter", l->spec->path);
        else if (rc == 1)
            rc = look->hit(look->arg, &line, h->note[i].hit, e);
    }
    rows_free(&rows);
    return rc;
}

/* What a half found, as if it were found just now. */
static int
take(struct seen *s, const struct half *h, const struct look *look,
     struct err *e)
{
    seen_join(s, &h->seen);
    if (tell(h, look, e) < 0)
        return -1;
    if (h->rc < 0)
        *e = h->e;
    return h->rc;
}

/* The second half from where the first one really ends. */
static int
look_on(struct seen *s, const struct look *look, int64_t from, struct err *e)
{
    struct seen rest = SEEN_INIT;
    struct look on = *look;
    int rc;

    on.from = from;
    rc = look_run(&rest, &on, e);
    seen_join(s, &rest);
    buf_free(&rest.latest);
    return rc;
}

/* Where a row starts, most likely, near the middle; -1: nowhere there. */
static int64_t
find_split(const struct look *look)
{
    const struct probe_in *in = look->in;
    struct stat st;
    int64_t split;

    if (fstat(in->fd, &st) < 0 || (int64_t)st.st_size < in->large)
        return -1;
    split = rows_near(in->fd, in->layout->spec->path,
                      look->from + ((int64_t)st.st_size - look->from) / 2);
    return split < (int64_t)st.st_size ? split : -1;
}

int
halves_run(struct seen *s, struct look *look, struct err *e)
{
    int64_t split = look->in->all ? -1 : find_split(look);
    struct half first = half_of(look, look->from, split);
    struct half second = half_of(look, split, -1);
    struct beside *other = NULL;
    int rc;

    first.look.arg = &first;
    second.look.arg = &second;
    if (split >= 0)
        other = beside_start(run_half, &second);
    if (!other)
        return look_run(s, look, e);
    run_half(&first);
    beside_end(other);
    rc = take(s, &first, look, e);
    if (rc == 0 && first.look.cut_at >= 0) {
        rc = look_on(s, look, first.look.cut_at, e);
    } else if (rc == 0) {
        s->split = split;
        s->split_rows = s->rows;
        rc = take(s, &second, look, e);
    }
    drop(&first);
    drop(&second);
    return rc;
}
