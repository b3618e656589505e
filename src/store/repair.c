#include "store/repair.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/columns.h"
#include "store/batch.h"
#include "store/history.h"
#include "store/layout.h"
#include "store/probe.h"
#include "store/rewrite.h"
#include "store/rows.h"
#include "store/table.h"
#include "store/tail.h"
#include "store/twice.h"
#include "store/verify.h"
#include "sys/fs.h"

/* So many bytes of rows are removed at a time. */
enum { AT_ONCE = 64 << 20 };

int
repair_mode(const char *path, mode_t mode, struct err *e)
{
    if (chmod(path, mode & 07700) < 0)
        return err_sys(e, "chmod %s", path);
    return 0;
}

static int
cut_tail(const struct table_spec *spec, int64_t at, struct err *e)
{
    struct layout l = { .spec = spec };
    int fd, rc;

    if (fs_open(&fd, spec->path, O_RDWR, e) < 0)
        return -1;
    rc = layout_read(&l, spec, fd, e);
    if (rc == 0)
        rc = tail_cut(&l, fd, at, e);
    layout_free(&l);
    (void)close(fd); /* synced */
    return rc;
}

/* The rows as edits of the file that remove them; not more at a time than
 * fits into memory. */
static int
collect(struct probe *p, const struct layout *l, int fd,
        const struct twice *twice, struct err *e)
{
    struct rows rows;
    struct line line;
    size_t i = 0;
    int rc;

    rows_start(&rows, fd, l->spec->path,
               l->spec->format == TABLE_CSV ? &l->dialect : NULL, l->body);
    while ((rc = rows_next(&line, &rows, e)) == 1) {
        p->seen.end = line.offset + (int64_t)line.full;
        p->seen.lacks_end = !line.is_ended;
        if (i == twice->n || line.offset != twice->row[i].offset)
            continue;
        i++;
        if (p->texts.n < AT_ONCE && (rc = probe_remove(p, l, fd, &line, e)) < 0)
            break;
    }
    rows_free(&rows);
    return rc;
}

/* History first, then the table. */
static int
remove_rows(const struct layout *l, int fd, const struct probe *p, int64_t now,
            struct err *e)
{
    const struct batch none = BATCH_INIT;
    struct rewrite w = {
        .path = l->spec->path,
        .fd = fd,
        .end = p->seen.end,
        .lacks_end = p->seen.lacks_end,
        .layout = l,
        .width = l->file_n,
        .probe = p,
        .batch = &none,
    };
    int64_t size;

    if (history_add(l, p, "duplicate", now, e) < 0)
        return -1;
    return rewrite_whole(&size, &w, e);
}

/* Gives how many rows were removed; 0: nothing is left to do. */
static int
remove_some(size_t *n, const struct table_spec *spec, int64_t now,
            struct err *e)
{
    struct verify_in in = { .spec = spec };
    struct verify v = VERIFY_INIT;
    struct twice twice = TWICE_INIT;
    struct probe p = PROBE_INIT;
    struct layout l = { .spec = spec };
    int fd = -1, rc = -1;

    *n = 0;
    if (verify_table(&v, &in, e) < 0 ||
        fs_open(&fd, spec->path, O_RDONLY, e) < 0 ||
        layout_read(&l, spec, fd, e) < 0 ||
        twice_find(&twice, &l, fd, &v.suspects, e) < 0 ||
        collect(&p, &l, fd, &twice, e) < 0)
        goto out;
    rc = p.n > 0 ? remove_rows(&l, fd, &p, now, e) : 0;
    *n = p.n;
out:
    if (fd >= 0)
        (void)close(fd); /* only read */
    probe_free(&p);
    twice_free(&twice);
    layout_free(&l);
    verify_free(&v);
    return rc;
}

int
repair_table(struct repair *r, const struct table_spec *spec,
             const struct verify *v, int64_t now, struct err *e)
{
    size_t n = 0;

    if (v->torn_at >= 0) {
        if (cut_tail(spec, v->torn_at, e) < 0)
            return -1;
        r->cut = true;
    }
    while (v->repeated > 0) {
        if (remove_some(&n, spec, now, e) < 0)
            return -1;
        r->removed += (int64_t)n;
        if (n == 0)
            break;
    }
    if (v->is_there && v->mode & 077) {
        if (repair_mode(spec->path, v->mode, e) < 0)
            return -1;
        r->mode = true;
    }
    return 0;
}
