#include "store/rewrite.h"

#include "base/buf.h"
#include "base/err.h"
#include "data/csvwiden.h"
#include "store/batch.h"
#include "store/journal.h"
#include "store/layout.h"
#include "store/newfile.h"
#include "store/probe.h"
#include "store/rows.h"
#include "sys/beside.h"
#include "sys/fs.h"

enum { COPY_AT_ONCE = 256 << 10 };

/* Where it goes: to a new file, or to a journal. */
struct output {
    const struct rewrite *w;
    struct newfile *file;
    struct journal *journal;
    struct buf *b; /* of either */
};

static int
put(struct output *o, struct err *e)
{
    return o->file ? newfile_put(o->file, e) : journal_put(o->journal, e);
}

static int
add_row(struct output *o, const char *p, size_t n, size_t width, struct err *e)
{
    const struct layout *l = o->w->layout;

    buf_add(o->b, p, n);
    if (l->spec->format == TABLE_CSV)
        layout_add_pad(o->b, l, o->w->width - (width ? width : 1));
    layout_add_end(o->b, l);
    return put(o, e);
}

static int
add_entry(struct output *o, size_t i, struct err *e)
{
    const struct batch *b = o->w->batch;
    const struct entry *entry = &b->entry[i];

    return add_row(o, b->rows.p + entry->row, entry->row_n, entry->width, e);
}

/* Bytes of the old file as they are. */
static int
copy_bytes(struct output *o, int64_t from, int64_t to, struct err *e)
{
    const struct rewrite *w = o->w;
    size_t got = 0;

    for (; from < to; from += (int64_t)got) {
        int64_t left = to - from;
        size_t n = left < COPY_AT_ONCE ? (size_t)left : COPY_AT_ONCE;
        char *p = buf_room(o->b, n);

        if (fs_pread(w->fd, w->path, p, n, from, &got, e) < 0)
            return -1;
        if (got == 0)
            return err_set(e, ERR_IO, "%s: became shorter", w->path);
        o->b->n += got;
        if (put(o, e) < 0)
            return -1;
    }
    return 0;
}

/* No row becomes wider: what is between the edits need not be looked at. */
static int
copy_runs(struct output *o, int64_t at, struct err *e)
{
    const struct rewrite *w = o->w;

    for (size_t i = 0; w->probe && i < w->probe->n; i++) {
        const struct edit *edit = &w->probe->edit[i];

        if (copy_bytes(o, at, edit->offset, e) < 0 ||
            (edit->entry >= 0 && add_entry(o, (size_t)edit->entry, e) < 0))
            return -1;
        at = edit->offset + (int64_t)edit->full;
    }
    if (copy_bytes(o, at, w->end, e) < 0)
        return -1;
    if (w->lacks_end && at < w->end)
        layout_add_end(o->b, w->layout);
    return 0;
}

/* Rows before the next edit, while they are easy: nearly all are. */
static void
copy_easy(struct output *o, struct rows *r, const struct edit *next)
{
    const struct layout *l = o->w->layout;
    const struct csvwiden w = { &l->dialect, l->file_n, o->w->width };
    size_t n = r->n - r->at;

    if (next && next->offset - r->base - (int64_t)r->at < (int64_t)n)
        n = (size_t)(next->offset - r->base) - r->at;
    rows_pass(r, csvwiden_rows(o->b, r->p + r->at, n, &w));
}

static int
copy_row(struct output *o, struct line *line, struct err *e)
{
    const struct rewrite *w = o->w;
    size_t width;

    if (line->n == 0) /* a blank line is no row, and stays none */
        return 0;
    if (layout_width(&width, w->layout, line, w->fd, e) < 0)
        return -1;
    return add_row(o, line->p, line->n, width, e);
}

/* Each row gets the new width, those that a person left short, too. Goes on to
 * stop; or to where a row starts that does not end there. */
static int
copy_rows(struct output *o, int64_t *at, int64_t stop, struct err *e)
{
    const struct rewrite *w = o->w;
    const struct edit *edit = w->probe ? w->probe->edit : NULL;
    const struct edit *last = edit ? edit + w->probe->n : NULL;
    struct rows rows;
    struct line line;
    int rc;

    rows_start(&rows, w->fd, w->path, &w->layout->dialect, *at);
    rows.stop = stop;
    while (edit != last && edit->offset < *at)
        edit++;
    *at = stop;
    while ((rc = rows_next(&line, &rows, e)) == 1) {
        if (!line.is_ended && stop < w->end) {
            *at = line.offset;
            rc = 0;
            break;
        }
        if (edit == last || edit->offset != line.offset)
            rc = copy_row(o, &line, e);
        else if (edit++->entry >= 0)
            rc = add_entry(o, (size_t)edit[-1].entry, e);
        if (rc < 0)
            break;
        copy_easy(o, &rows, edit == last ? NULL : edit);
    }
    rows_free(&rows);
    return rc;
}

/* Where the row at the split goes, if all rows before it have as many cells as
 * the header. */
static int64_t
place_of_split(const struct rewrite *w, size_t header_n)
{
    const struct seen *seen = &w->probe->seen;
    int64_t more = (int64_t)(w->width - w->layout->file_n);
    int64_t end_n = w->layout->dialect.crlf ? 2 : 1;
    int64_t at = (int64_t)header_n + seen->split - w->layout->body +
                 seen->split_rows * more;

    for (size_t i = 0; i < w->probe->n; i++) {
        const struct edit *edit = &w->probe->edit[i];
        const struct entry *new;

        if (edit->offset >= seen->split)
            break;
        at -= (int64_t)edit->full + more;
        if (edit->entry < 0)
            continue;
        new = &w->batch->entry[edit->entry];
        at += (int64_t)(new->row_n + w->width) + end_n;
        at -= new->width ? new->width : 1;
    }
    return at;
}

/* The second half of a file, on its way to where it most likely goes. */
struct second {
    struct output o;
    struct newfile file;
    int64_t at;
    int rc;
    struct err e;
};

static void
run_second(void *arg)
{
    struct second *s = arg;

    s->rc = copy_rows(&s->o, &s->at, s->o.w->end, &s->e);
    if (s->rc == 0)
        s->rc = newfile_flush(&s->file, &s->e);
}

/* 1 if all rows are copied; 0 if the halves did not meet, or there is nobody to
 * take the second: the file has the header only, as before. */
static int
copy_halves(struct output *o, struct err *e)
{
    const struct rewrite *w = o->w;
    const int64_t split = w->probe->seen.split;
    const int64_t place = place_of_split(w, o->b->n);
    struct second s = { .at = split, .file = NEWFILE_INIT, .e = ERR_INIT };
    struct beside *other = NULL;
    int64_t at = w->layout->body;
    bool is_good = false;
    int rc = newfile_branch(&s.file, o->file, place, e);

    s.o = (struct output){ .w = w, .file = &s.file, .b = &s.file.b };
    if (rc == 0)
        other = beside_start(run_second, &s);
    if (other) {
        rc = copy_rows(o, &at, split, e);
        if (rc == 0)
            rc = newfile_flush(o->file, e);
        beside_end(other);
        is_good = rc == 0 && at == split && o->file->size == place;
    }
    if (is_good && s.rc < 0) {
        *e = s.e;
        rc = -1;
    }
    /* the first failure is the news */
    if (newfile_join(o->file, &s.file, is_good, rc < 0 ? &s.e : e) < 0)
        rc = -1;
    if (rc == 0 && !is_good) {
        buf_clear(o->b);
        layout_add_header(o->b, w->layout, w->width);
    }
    return rc < 0 ? -1 : is_good;
}

static int
copy_wider(struct output *o, struct err *e)
{
    const struct rewrite *w = o->w;
    int64_t at = w->layout->body;
    int rc = 0;

    if (w->probe && w->probe->seen.split > at && w->probe->seen.split < w->end)
        rc = copy_halves(o, e);
    if (rc == 0)
        rc = copy_rows(o, &at, w->end, e);
    return rc < 0 ? -1 : 0;
}

static int
add_new_rows(struct output *o, struct err *e)
{
    const struct rewrite *w = o->w;

    for (size_t i = 0; i < w->added_n; i++)
        if (add_entry(o, w->added[i], e) < 0)
            return -1;
    return 0;
}

static int
write_whole(struct output *o, struct err *e)
{
    const struct rewrite *w = o->w;
    bool is_wider = w->width != w->layout->file_n;

    layout_add_header(o->b, w->layout, w->width);
    if (w->fd >= 0 && !is_wider && copy_runs(o, w->layout->body, e) < 0)
        return -1;
    if (w->fd >= 0 && is_wider && copy_wider(o, e) < 0)
        return -1;
    if (add_new_rows(o, e) < 0)
        return -1;
    return newfile_finish(o->file, e);
}

int
rewrite_new(struct newfile *file, const struct rewrite *w, struct err *e)
{
    struct output o = { .w = w, .file = file, .b = &file->b };

    if (newfile_open(file, w->path, w->fd, e) < 0)
        return -1;
    return write_whole(&o, e);
}

int
rewrite_whole(int64_t *size, const struct rewrite *w, struct err *e)
{
    struct newfile file = NEWFILE_INIT;
    int rc = rewrite_new(&file, w, e);

    if (rc == 0)
        rc = newfile_commit(&file, e);
    *size = file.size;
    newfile_close(&file);
    return rc;
}

int
rewrite_tail(struct journal *j, const struct rewrite *w, struct err *e)
{
    struct output o = { .w = w, .journal = j, .b = journal_buf(j) };
    int64_t from = w->probe->edit[0].offset;

    if (journal_file(j, w->path, w->fd, from, e) < 0 ||
        copy_runs(&o, from, e) < 0)
        return -1;
    return add_new_rows(&o, e);
}

bool
rewrite_is_small(const struct rewrite *w)
{
    return w->fd >= 0 && w->probe && w->probe->n > 0 &&
           w->width == w->layout->file_n &&
           w->probe->edit[0].offset > w->layout->body &&
           (w->end - w->probe->edit[0].offset) * 2 < w->end;
}
