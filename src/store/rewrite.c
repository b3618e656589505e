#include "store/rewrite.h"

#include "base/buf.h"
#include "base/err.h"
#include "store/batch.h"
#include "store/layout.h"
#include "store/newfile.h"
#include "store/probe.h"
#include "store/rows.h"
#include "sys/fs.h"

enum { COPY_AT_ONCE = 256 << 10 };

struct output {
    const struct rewrite *w;
    struct newfile file;
};

static int
add_row(struct output *o, const char *p, size_t n, size_t width, struct err *e)
{
    const struct layout *l = o->w->layout;

    buf_add(&o->file.b, p, n);
    if (l->spec->format == TABLE_CSV)
        layout_add_pad(&o->file.b, l, o->w->width - (width ? width : 1));
    layout_add_end(&o->file.b, l);
    return newfile_put(&o->file, e);
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
        char *p = buf_room(&o->file.b, n);

        if (fs_pread(w->fd, w->path, p, n, from, &got, e) < 0)
            return -1;
        if (got == 0)
            return err_set(e, ERR_IO, "%s: became shorter", w->path);
        o->file.b.n += got;
        if (newfile_put(&o->file, e) < 0)
            return -1;
    }
    return 0;
}

/* No row becomes wider: what is between the edits need not be looked at. */
static int
copy_runs(struct output *o, struct err *e)
{
    const struct rewrite *w = o->w;
    int64_t at = w->layout->body;

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
        layout_add_end(&o->file.b, w->layout);
    return 0;
}

static int
copy_rows(struct output *o, struct err *e)
{
    const struct rewrite *w = o->w;
    const struct layout *l = w->layout;
    const struct edit *edit = w->probe ? w->probe->edit : NULL;
    const struct edit *last = edit ? edit + w->probe->n : NULL;
    struct rows rows;
    struct line line;
    int rc;

    rows_start(&rows, w->fd, w->path,
               l->spec->format == TABLE_CSV ? &l->dialect : NULL, l->body);
    rows.stop = w->end;
    while ((rc = rows_next(&line, &rows, e)) == 1) {
        if (edit != last && edit->offset == line.offset) {
            rc = edit->entry < 0 ? 0 : add_entry(o, (size_t)edit->entry, e);
            edit++;
        } else {
            rc = add_row(o, line.p, line.n, l->file_n, e);
        }
        if (rc < 0)
            break;
    }
    rows_free(&rows);
    return rc;
}

static int
write_all(struct output *o, struct err *e)
{
    const struct rewrite *w = o->w;

    layout_add_header(&o->file.b, w->layout, w->width);
    if (w->fd >= 0 && w->width == w->layout->file_n && copy_runs(o, e) < 0)
        return -1;
    if (w->fd >= 0 && w->width != w->layout->file_n && copy_rows(o, e) < 0)
        return -1;
    for (size_t i = 0; i < w->added_n; i++)
        if (add_entry(o, w->added[i], e) < 0)
            return -1;
    return newfile_commit(&o->file, e);
}

int
rewrite_run(int64_t *size, const struct rewrite *w, struct err *e)
{
    struct output o = { .w = w, .file = NEWFILE_INIT };
    int rc = newfile_open(&o.file, w->path, w->fd, e);

    if (rc == 0)
        rc = write_all(&o, e);
    *size = o.file.size;
    newfile_close(&o.file);
    return rc;
}
