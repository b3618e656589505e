#include "store/recast.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/csvtext.h"
#include "store/layout.h"
#include "store/look.h"
#include "store/newfile.h"
#include "store/rows.h"
#include "store/table.h"
#include "store/tail.h"
#include "sys/fs.h"

struct pass {
    struct recast *r;
    const struct table_spec *spec;
    int fd;
    struct stat was;    /* the file when it was opened */
    struct layout from; /* as it is */
    struct layout to;   /* borrows from that one */
    struct newfile file;
};

static struct layout
layout_to(const struct layout *from)
{
    struct layout to = *from;

    to.dialect.profile = from->spec->profile;
    to.dialect.bom = to.dialect.crlf = to.dialect.profile == CSV_EXCEL;
    return to;
}

static int
add_header(struct pass *p, struct err *e)
{
    struct buf old = BUF_INIT, *out = &p->file.b;
    size_t n = (size_t)p->from.body; /* it was in memory */
    int rc;

    layout_add_header(out, &p->to, p->to.file_n);
    rc = fs_pread(p->fd, p->spec->path, buf_room(&old, n), n, 0, &old.n, e);
    if (rc == 0 && (old.n != out->n || memcmp(old.p, out->p, old.n) != 0))
        p->r->changed = true;
    buf_free(&old);
    return rc;
}

static void
note_length(struct recast *r, const struct csv_slice *cell)
{
    struct buf text = BUF_INIT;
    size_t n;

    if (cell->n <= r->longest) /* no more characters than bytes */
        return;
    csv_cell_text(&text, cell);
    n = profile_length(buf_str(&text), text.n);
    if (n > r->longest)
        r->longest = n;
    buf_free(&text);
}

static void
add_cells(struct pass *p, const struct line *line)
{
    const struct csv_dialect *from = &p->from.dialect, *to = &p->to.dialect;
    const char *at = line->p, *end = line->p + line->n;
    struct buf *out = &p->file.b;

    while (at) {
        struct csv_slice cell = csv_take(&at, end, from);

        csv_add_slice(out, &cell, from, to);
        if (at)
            buf_addc(out, to->delimiter);
        if (to->profile == CSV_EXCEL)
            note_length(p->r, &cell);
    }
}

static int
add_row(struct pass *p, const struct line *line, struct err *e)
{
    struct buf *out = &p->file.b;
    size_t start = out->n;

    if (!line->is_ended && !look_is_whole(&p->from, line)) {
        if (tail_check(&p->from, p->fd, line->offset, e) < 0)
            return -1;
        buf_add(out, line->p, line->full); /* for the next flush to cut off */
        return 0;
    }
    add_cells(p, line);
    if (line->is_ended)
        layout_add_end(out, &p->to);
    if (out->n - start != line->full ||
        memcmp(out->p + start, line->p, line->full) != 0)
        p->r->changed = true;
    p->r->rows += line->n > 0;
    return newfile_put(&p->file, e);
}

static int
add_rows(struct pass *p, struct err *e)
{
    struct rows rows;
    struct line line;
    int rc;

    rows_start(&rows, p->fd, p->spec->path, &p->from.dialect, p->from.body);
    while ((rc = rows_next(&line, &rows, e)) == 1)
        if ((rc = add_row(p, &line, e)) < 0)
            break;
    rows_free(&rows);
    return rc;
}

static int
check_untouched(const struct pass *p, struct err *e)
{
    struct stat st;
    int rc = fs_stat(&st, p->spec->path, e);

    if (rc < 0)
        return -1;
    if (rc == 1 && st.st_ino == p->was.st_ino && st.st_dev == p->was.st_dev &&
        st.st_size == p->was.st_size &&
        st.st_mtim.tv_sec == p->was.st_mtim.tv_sec &&
        st.st_mtim.tv_nsec == p->was.st_mtim.tv_nsec)
        return 0;
    (void)err_set(e, ERR_IO, "%s: another program changed it while we ran",
                  p->spec->path);
    return err_hint(e, "close it there and run again");
}

static int
run(struct pass *p, struct err *e)
{
    if (fstat(p->fd, &p->was) < 0)
        return err_sys(e, "%s", p->spec->path);
    if (layout_read(&p->from, p->spec, p->fd, e) < 0)
        return -1;
    p->to = layout_to(&p->from);
    if (newfile_open(&p->file, p->spec->path, p->fd, e) < 0 ||
        add_header(p, e) < 0 || add_rows(p, e) < 0)
        return -1;
    if (!p->r->changed)
        return 0;
    return check_untouched(p, e) < 0 ? -1 : newfile_commit(&p->file, e);
}

int
recast_file(struct recast *r, const struct table_spec *spec, struct err *e)
{
    struct pass p = { .r = r, .spec = spec, .file = NEWFILE_INIT };
    struct stat st;
    int rc = fs_stat(&st, spec->path, e);

    *r = (struct recast){ .rows = 0 };
    if (rc <= 0 || (st.st_size == 0 && S_ISREG(st.st_mode)))
        return rc < 0 ? -1 : 0;
    if (S_ISDIR(st.st_mode))
        return err_set(e, ERR_FILE, "%s: a folder, not a table", spec->path);
    if (fs_open(&p.fd, spec->path, O_RDONLY, e) < 0)
        return -1;
    rc = run(&p, e);
    newfile_close(&p.file);
    layout_free(&p.from);
    (void)close(p.fd); /* only read */
    return rc;
}
