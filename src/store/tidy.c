#include "store/tidy.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/tm.h"
#include "store/batch.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/newfile.h"
#include "store/rows.h"

enum { NANO = 1000000000, JUMP_AHEAD = 4096 };

struct place {
    int64_t time;   /* nanoseconds since 1970 */
    int64_t offset; /* of the row */
};

struct order {
    const struct layout *layout;
    int fd;
    struct place *place;
    size_t n;
    size_t room;
    bool is_sorted;
};

/* Times that providers can send fit: the years 1678 to 2262. */
static int64_t
nanoseconds(const char *p, size_t n)
{
    const int64_t sec_max = 9000000000;
    struct instant t;

    if (n == 0 || tm_instant(&t, p, n) < 0 || t.sec > sec_max ||
        t.sec < -sec_max)
        return INT64_MIN;
    return t.sec * NANO + t.nsec;
}

static void
add_place(struct order *o, const struct line *line, int64_t time)
{
    if (o->n == o->room) {
        o->room = o->room ? o->room + o->room / 2 : 1024;
        o->place = mem_resize(o->place, o->room, sizeof(*o->place));
    }
    o->place[o->n++] = (struct place){ time, line->offset };
}

static void
start_rows(struct rows *rows, const struct order *o, int64_t offset)
{
    const struct layout *l = o->layout;

    rows_start(rows, o->fd, l->spec->path,
               l->spec->format == TABLE_CSV ? &l->dialect : NULL, offset);
}

/* All rows' times, and whether they are in order as they stand. */
static int
collect(struct order *o, struct err *e)
{
    struct rows rows;
    struct line line;
    struct key k, before = { .n = 0 };
    struct buf texts = BUF_INIT, last = BUF_INIT;
    int rc;

    o->is_sorted = true;
    (void)buf_str(&last); /* an address */
    start_rows(&rows, o, o->layout->body);
    while ((rc = rows_next(&line, &rows, e)) == 1) {
        buf_clear(&texts);
        if ((rc = key_of_line(&k, &texts, o->layout, &line, e)) < 0)
            break;
        if (o->n > 0 && batch_compare(&before, last.p, &k, texts.p) > 0)
            o->is_sorted = false;
        add_place(o, &line, nanoseconds(texts.p + k.time_at, k.time_n));
        buf_clear(&last);
        buf_add(&last, texts.p, texts.n);
        before = k;
    }
    rows_free(&rows);
    buf_free(&texts);
    buf_free(&last);
    return rc;
}

static int
by_time(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

struct tied {
    struct place place;
    struct key key;
    const char *texts;
};

static int
by_key(const void *a, const void *b)
{
    const struct tied *x = a, *y = b;

    return batch_compare(&x->key, x->texts, &y->key, y->texts);
}

static int
read_row(struct line *line, struct rows *rows, const struct order *o,
         int64_t offset, struct err *e)
{
    start_rows(rows, o, offset);
    rows->ahead = JUMP_AHEAD;
    if (rows_next(line, rows, e) == 1)
        return 0;
    return err_set(e, ERR_IO, "%s: changed while it was read",
                   o->layout->spec->path);
}

/* Rows of one instant: by key. */
static int
sort_ties(const struct order *o, struct place *place, size_t n, struct err *e)
{
    struct tied *tied = mem_zalloc(n * sizeof(*tied));
    struct buf texts = BUF_INIT;
    int rc = 0;

    for (size_t i = 0; i < n && rc == 0; i++) {
        struct rows rows;
        struct line line;

        tied[i].place = place[i];
        rc = read_row(&line, &rows, o, place[i].offset, e);
        if (rc == 0)
            rc = key_of_line(&tied[i].key, &texts, o->layout, &line, e);
        rows_free(&rows);
    }
    for (size_t i = 0; i < n; i++)
        tied[i].texts = texts.p;
    if (rc == 0)
        qsort(tied, n, sizeof(*tied), by_key);
    for (size_t i = 0; i < n && rc == 0; i++)
        place[i] = tied[i].place;
    buf_free(&texts);
    free(tied);
    return rc;
}

static int
sort(struct order *o, struct err *e)
{
    qsort(o->place, o->n, sizeof(*o->place), by_time);
    for (size_t i = 0; i < o->n;) {
        size_t n = 1;

        while (i + n < o->n && o->place[i + n].time == o->place[i].time)
            n++;
        if (n > 1 && sort_ties(o, o->place + i, n, e) < 0)
            return -1;
        i += n;
    }
    return 0;
}

/* Writes the rows in their new order. Rows that stand one behind the other
 * are read as one piece. */
static int
write_sorted(struct newfile *f, const struct order *o, struct err *e)
{
    struct rows rows;
    struct line line = { .offset = -1 };
    int rc = 0;

    layout_add_header(&f->b, o->layout, o->layout->file_n);
    start_rows(&rows, o, o->layout->body);
    for (size_t i = 0; i < o->n && rc == 0; i++) {
        if (line.offset + (int64_t)line.full != o->place[i].offset) {
            rows_free(&rows);
            start_rows(&rows, o, o->place[i].offset);
            rows.ahead = JUMP_AHEAD;
        }
        rc = rows_next(&line, &rows, e) - 1;
        if (rc == -1)
            rc = err_set(e, ERR_IO, "%s: changed while it was read",
                         o->layout->spec->path);
        if (rc == 0) {
            buf_add(&f->b, line.p, line.n);
            layout_add_end(&f->b, o->layout);
            rc = newfile_put(f, e);
        }
    }
    rows_free(&rows);
    return rc < 0 ? -1 : newfile_commit(f, e);
}

int
tidy_run(int64_t *size, bool *moved, const struct layout *l, int fd,
         struct err *e)
{
    struct order o = { .layout = l, .fd = fd };
    struct newfile f = NEWFILE_INIT;
    int rc = collect(&o, e);

    *moved = false;
    if (rc == 0 && !o.is_sorted) {
        rc = sort(&o, e);
        if (rc == 0)
            rc = newfile_open(&f, l->spec->path, fd, e);
        if (rc == 0)
            rc = write_sorted(&f, &o, e);
        *moved = rc == 0;
        *size = f.size;
        newfile_close(&f);
    }
    free(o.place);
    return rc;
}
