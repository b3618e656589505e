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

/* Each row gets the new width, those that a person left short, too. */
static int
copy_rows(struct output *o, struct err *e)
{
    const struct rewrite *w = o->w;
    const struct edit *edit = w->probe ? w->probe->edit : NULL;
    const struct edit *last = edit ? edit + w->probe->n : NULL;
    struct rows rows;
    struct line line;
    int rc;

    rows_start(&rows, w->fd, w->path, &w->layout->dialect, w->layout->body);
    rows.stop = w->end;
    while ((rc = rows_next(&line, &rows, e)) == 1) {
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
    if (w->fd >= 0 && is_wider && copy_rows(o, e) < 0)
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
