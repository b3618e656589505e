#include "store/tablefile.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "data/columns.h"
#include "store/batch.h"
#include "store/commit.h"
#include "store/probe.h"
#include "store/rewrite.h"
#include "store/table.h"
#include "store/tail.h"
#include "sys/behind.h"
#include "sys/fs.h"

/* Rows are written so many bytes at a time; more of them where there are many,
 * while we go on. */
enum {
    WRITE_AT = 128 << 10,
    MANY_BYTES = 3 << 19,
    WRITE_MANY_AT = 4 << 20,
    NAMES_TOLD = 8,
};

static int
note_file(struct tablefile *f, struct err *e)
{
    if (fstat(f->fd, &f->as) < 0)
        return err_sys(e, "%s", f->spec->path);
    return 0;
}

/* The file as it is now is durable. */
static int
note_safe(struct tablefile *f, struct err *e)
{
    if (note_file(f, e) < 0)
        return -1;
    f->safe_end = (int64_t)f->as.st_size;
    f->is_dirty = false;
    return 0;
}

/* Waits for rows that are still being written. */
static int
settle(struct tablefile *f, struct err *e)
{
    if (!f->behind)
        return 0;
    return behind_wait(f->behind, e) < 0 ? -1 : note_file(f, e);
}

/* No thread has the file any more; what it did is known. */
static void
stop_behind(struct tablefile *f)
{
    behind_free(f->behind);
    f->behind = NULL;
}

/* Who may not write it may well write the others. */
static int
this_file(struct err *e)
{
    if (errno == EACCES || errno == EPERM)
        e->kind = ERR_FILE;
    return -1;
}

/* Opens the file if there is one. */
static int
open_file(struct tablefile *f, struct err *e)
{
    struct stat st;
    int rc = fs_stat(&st, f->spec->path, e);

    if (rc <= 0 || (st.st_size == 0 && S_ISREG(st.st_mode)))
        return rc < 0 ? -1 : 0;
    if (S_ISDIR(st.st_mode))
        return err_set(e, ERR_FILE, "%s: a folder, not a table", f->spec->path);
    if (fs_open(&f->fd, f->spec->path, O_RDWR | O_APPEND, e) < 0)
        return this_file(e);
    f->was_there = true;
    layout_free(&f->layout);
    if (layout_read(&f->layout, f->spec, f->fd, e) < 0)
        return -1;
    f->end = f->layout.body;
    return note_safe(f, e);
}

/* A kill may have left the new version of a file that did not get its name. */
static int
remove_leftover(const struct table_spec *spec, struct err *e)
{
    struct buf path = BUF_INIT;
    int rc;

    buf_addf(&path, "%s.new", spec->path);
    rc = fs_remove(buf_str(&path), e);
    if (rc == 0 && spec->history) {
        buf_clear(&path);
        buf_addf(&path, "%s.new", spec->history);
        rc = fs_remove(buf_str(&path), e);
    }
    buf_free(&path);
    return rc;
}

/* Rows that a killed run wrote are taken for stored when they are met again:
 * makes them so. */
static int
harden(const char *path, struct err *e)
{
    struct buf real = BUF_INIT;
    struct stat st;
    int fd, rc = fs_stat(&st, path, e);

    if (rc <= 0 || !S_ISREG(st.st_mode))
        return rc < 0 ? -1 : 0;
    if (fs_real(&real, path, e) < 0 ||
        fs_open(&fd, buf_str(&real), O_RDONLY, e) < 0) {
        buf_free(&real);
        return -1;
    }
    rc = fs_sync(fd, buf_str(&real), e);
    (void)close(fd); /* synced */
    if (rc == 0)
        rc = fs_sync_dir(buf_str(&real), e);
    buf_free(&real);
    return rc;
}

static int
harden_files(const struct table_spec *spec, struct err *e)
{
    if (!spec->was_killed)
        return 0;
    if (harden(spec->path, e) < 0)
        return -1;
    return spec->history ? harden(spec->history, e) : 0;
}

int
tablefile_open(struct tablefile *f, const struct table_spec *spec,
               struct err *e)
{
    *f = (struct tablefile){ .spec = spec, .fd = -1, .unended_at = -1 };
    layout_fresh(&f->layout, spec);
    if (remove_leftover(spec, e) < 0 || harden_files(spec, e) < 0)
        return -1;
    return open_file(f, e);
}

void
tablefile_close(struct tablefile *f)
{
    stop_behind(f);
    if (f->fd >= 0)
        (void)close(f->fd); /* what counts was synced */
    layout_free(&f->layout);
}

int
tablefile_untouched(struct tablefile *f, struct err *e)
{
    struct stat st;
    int rc;

    if (settle(f, e) < 0 || (rc = fs_stat(&st, f->spec->path, e)) < 0)
        return -1;
    if (f->fd < 0 && (rc == 0 || st.st_size == 0))
        return 0;
    if (f->fd >= 0 && rc == 1 && st.st_ino == f->as.st_ino &&
        st.st_dev == f->as.st_dev && st.st_size == f->as.st_size &&
        st.st_mtim.tv_sec == f->as.st_mtim.tv_sec &&
        st.st_mtim.tv_nsec == f->as.st_mtim.tv_nsec)
        return 0;
    (void)err_set(e, ERR_FILE, "%s: another program changed it while we ran",
                  f->spec->path);
    return err_hint(e, "close it there and run again");
}

int
tablefile_found(struct tablefile *f, const struct probe *p, struct err *e)
{
    if (p->seen.torn_at >= 0 &&
        (tail_cut(&f->layout, f->fd, p->seen.torn_at, e) < 0 ||
         note_safe(f, e) < 0))
        return -1;
    f->end = p->seen.end;
    f->lacks_end = p->seen.lacks_end;
    if (p->seen.lacks_end)
        f->unended_at = p->seen.unended_at;
    return 0;
}

/* Columns the file needs to hold these rows. */
static size_t
needed_width(const struct tablefile *f, const struct addition *a)
{
    const struct entry *entry = a->batch->entry;
    size_t width = f->layout.file_n;

    if (f->spec->format != TABLE_CSV)
        return 0;
    if (f->fd < 0)
        width = f->spec->declared;
    for (size_t i = 0; i < a->n; i++)
        if (entry[a->added[i]].width > width)
            width = entry[a->added[i]].width;
    for (size_t i = 0; i < a->batch->n; i++)
        if (entry[i].state == ENTRY_CHANGED && entry[i].width > width)
            width = entry[i].width;
    return width;
}

int
tablefile_reopen(struct tablefile *f, size_t width, int64_t size, struct err *e)
{
    stop_behind(f);
    if (f->fd >= 0)
        (void)close(f->fd); /* the old version */
    f->fd = -1;
    if (fs_open(&f->fd, f->spec->path, O_RDWR | O_APPEND, e) < 0)
        return -1;
    if (f->spec->format == TABLE_CSV) {
        struct buf header = BUF_INIT;

        layout_add_header(&header, &f->layout, width);
        f->layout.body = (int64_t)header.n;
        f->layout.file_n = width;
        buf_free(&header);
    }
    f->end = size;
    f->lacks_end = false;
    return note_safe(f, e);
}

/* The provider has changed something, and so has a table that people use. One
 * that this run began tells nothing by it. */
static void
say_widened(const struct tablefile *f, size_t from, size_t to)
{
    struct buf names = BUF_INIT;
    size_t end = to - from > NAMES_TOLD ? from + NAMES_TOLD : to;

    if (from == to)
        return;
    for (size_t i = from; i < end; i++)
        buf_addf(&names, "%s%s", i > from ? ", " : "",
                 columns_name(f->spec->columns, (size_t)f->layout.order[i]));
    if (end < to)
        buf_addf(&names, " and %zu more", to - end);
    (f->was_there ? log_warn : log_info)("%s: new column%s %s", f->spec->label,
                                         to - from > 1 ? "s" : "",
                                         buf_str(&names));
    buf_free(&names);
}

/* A new version of the file, to be had when the commit was run. */
static int
rewrite(struct tablefile *f, struct commit *c, const struct addition *a,
        struct err *e)
{
    struct rewrite w = {
        .path = f->spec->path,
        .fd = f->fd,
        .end = f->end,
        .lacks_end = f->lacks_end,
        .layout = &f->layout,
        .width = needed_width(f, a),
        .probe = a->probe,
        .batch = a->batch,
        .added = a->added,
        .added_n = a->n,
    };
    bool is_tail = f->spec->own_dir && rewrite_is_small(&w);

    if (a->probe && a->probe->n > 0)
        f->unended_at = -1;
    /* A journal counts on what stands before the tail. */
    if (is_tail && tablefile_sync(f, e) < 0)
        return -1;
    f->staged.width = w.width;
    f->staged.how = is_tail ? STAGED_TAIL : STAGED_WHOLE;
    return is_tail ? commit_tail(c, &w, e)
                   : commit_whole(c, &f->staged.size, &w, e);
}

int
tablefile_take_staged(struct tablefile *f, struct err *e)
{
    struct staged new = f->staged;

    f->staged.how = STAGED_NOTHING;
    switch (new.how) {
    case STAGED_NOTHING:
        break;
    case STAGED_TAIL: /* the file stays the same one */
        f->lacks_end = false;
        if (note_safe(f, e) < 0)
            return -1;
        f->end = f->safe_end;
        break;
    case STAGED_WHOLE:
        if (f->fd >= 0)
            say_widened(f, f->layout.file_n, new.width);
        return tablefile_reopen(f, new.width, new.size, e);
    }
    return 0;
}

static void
add_entry(struct buf *out, const struct layout *l, const struct batch *b,
          const struct entry *entry)
{
    buf_add(out, b->rows.p + entry->row, entry->row_n);
    if (l->spec->format == TABLE_CSV)
        layout_add_pad(out, l, l->file_n - (entry->width ? entry->width : 1));
    layout_add_end(out, l);
}

static int
put_out(struct tablefile *f, struct buf *out, struct err *e)
{
    f->is_dirty = true;
    f->end += (int64_t)out->n;
    if (f->behind)
        return behind_write(f->behind, out, e);
    if (fs_write(f->fd, f->spec->path, out->p, out->n, e) < 0)
        return -1;
    buf_clear(out);
    return 0;
}

static int
append(struct tablefile *f, const struct addition *a, struct err *e)
{
    const struct batch *b = a->batch;
    bool are_many = b->rows.n > MANY_BYTES;
    struct buf out = BUF_INIT;
    int rc = 0;

    if (are_many && !f->behind)
        f->behind = behind_new(f->fd, f->spec->path, -1);
    if (f->behind)
        behind_lend(f->behind, &out);
    if (f->lacks_end)
        layout_add_end(&out, &f->layout);
    for (size_t i = 0; i < a->n && rc == 0; i++) {
        add_entry(&out, &f->layout, b, &b->entry[a->added[i]]);
        if (out.n >= (are_many ? WRITE_MANY_AT : WRITE_AT))
            rc = put_out(f, &out, e);
    }
    if (rc == 0 && out.n > 0)
        rc = put_out(f, &out, e);
    buf_free(&out);
    f->lacks_end = false;
    return rc < 0 || f->behind ? rc : note_file(f, e);
}

int
tablefile_write(struct tablefile *f, struct commit *c, const struct addition *a,
                struct err *e)
{
    bool has_edits = a->probe && a->probe->n > 0;

    if (a->n == 0 && !has_edits)
        return 0;
    if (f->fd < 0 || has_edits || needed_width(f, a) > f->layout.file_n)
        return rewrite(f, c, a, e);
    return append(f, a, e);
}

int
tablefile_sync(struct tablefile *f, struct err *e)
{
    if (!f->is_dirty)
        return 0;
    if (settle(f, e) < 0)
        return -1;
    stop_behind(f);
    if (fs_sync(f->fd, f->spec->path, e) < 0)
        return -1;
    f->safe_end = f->end;
    f->is_dirty = false;
    return 0;
}

void
tablefile_cut_back(struct tablefile *f)
{
    struct err ignored = ERR_INIT; /* the first failure is the news */

    stop_behind(f);
    (void)fs_truncate(f->fd, f->spec->path, f->safe_end, &ignored);
    (void)note_file(f, &ignored);
    f->is_dirty = false;
}
