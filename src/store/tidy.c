#include "store/tidy.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "store/bounds.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/newfile.h"
#include "store/rows.h"
#include "store/sorter.h"

/* Rows up to a length are carried along when pieces are sorted; longer ones are
 * read again where they stand. */
enum { JUMP_AHEAD = 4096, CARRY_MAX = 256 };

/* By what a row is put in order. */
struct place {
    int64_t time;    /* nanoseconds since 1970 */
    const char *key; /* and, before it, the time as text, unless the key
                        starts with it */
    size_t n;
};

/* The rows of a file as they stand. */
struct source {
    const struct layout *layout;
    struct rows rows;
    struct line line;
    struct buf texts;
    struct key_quick quick;
};

static void
open_source(struct source *s, const struct layout *l, int fd)
{
    *s = (struct source){ .layout = l };
    rows_start(&s->rows, fd, l->spec->path,
               l->spec->format == TABLE_CSV ? &l->dialect : NULL, l->body);
}

static void
close_source(struct source *s)
{
    rows_free(&s->rows);
    buf_free(&s->texts);
}

static int
slow_place(struct place *place, struct source *s, struct err *e)
{
    struct key k;

    buf_clear(&s->texts);
    if (key_of_line(&k, &s->texts, s->layout, &s->line, e) < 0)
        return -1;
    place->time = key_nanoseconds(s->texts.p + k.time_at, k.time_n);
    if (k.time_at != k.at) {
        size_t at = s->texts.n;

        (void)buf_room(&s->texts, k.time_n + k.n + 2); /* it stays in place */
        buf_add(&s->texts, s->texts.p + k.time_at, k.time_n);
        buf_addc(&s->texts, '\0'); /* a shorter time comes first */
        buf_add(&s->texts, s->texts.p + k.at, k.n);
        k.at = (uint32_t)at;
        k.n = (uint32_t)(s->texts.n - at);
    }
    place->key = s->texts.p + k.at;
    place->n = k.n;
    return 1;
}

/* The next row and its place: 1, 0, -1. A blank line is none, and goes. */
static int
next_place(struct place *place, struct source *s, struct err *e)
{
    struct key_quick *k = &s->quick;
    int rc;

    do
        rc = rows_next(&s->line, &s->rows, e);
    while (rc == 1 && s->line.n == 0);
    if (rc != 1)
        return rc;
    if (!key_quick(k, s->layout, &s->line) || k->time_n == 0)
        return slow_place(place, s, e);
    *place = (struct place){ key_nanoseconds(k->p, k->time_n), k->p, k->n };
    return 1;
}

static int
compare(const struct place *a, const struct place *b)
{
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return text_order(a->key, a->n, b->key, b->n);
}

/* Looks no further than to the first row that is out of order. */
static int
look(bool *is_sorted, const struct layout *l, int fd, struct err *e)
{
    struct place place, before = { .time = INT64_MIN };
    struct buf last = BUF_INIT;
    struct source s;
    int rc;

    *is_sorted = true;
    before.key = buf_str(&last);
    open_source(&s, l, fd);
    while (*is_sorted && (rc = next_place(&place, &s, e)) == 1) {
        *is_sorted = compare(&before, &place) <= 0;
        buf_clear(&last);
        buf_add(&last, place.key, place.n);
        before = (struct place){ place.time, buf_str(&last), place.n };
    }
    close_source(&s);
    buf_free(&last);
    return *is_sorted ? rc : 0;
}

static int
sort(struct sorter *sorter, const struct layout *l, int fd, struct err *e)
{
    struct place place;
    struct source s;
    int rc;

    open_source(&s, l, fd);
    while ((rc = next_place(&place, &s, e)) == 1) {
        const struct sorter_item item = {
            .number = place.time,
            .offset = s.line.offset,
            .text = place.key,
            .n = place.n,
            .row_n = s.line.n <= CARRY_MAX ? s.line.n : 0,
        };

        if ((rc = sorter_add(sorter, &item, s.line.p, e)) < 0)
            break;
    }
    close_source(&s);
    return rc == 0 ? sorter_end(sorter, e) : rc;
}

/* The row at an offset. Rows that stand one behind the other are read as one
 * piece. */
static int
read_row(struct source *s, int64_t offset, struct err *e)
{
    int rc;

    if (s->line.offset + (int64_t)s->line.full != offset) {
        rows_seek(&s->rows, offset);
        s->rows.ahead = JUMP_AHEAD;
    }
    rc = rows_next(&s->line, &s->rows, e);
    if (rc == 0)
        return err_set(e, ERR_IO, "%s: changed while it was read",
                       s->layout->spec->path);
    return rc < 0 ? -1 : 0;
}

static int
write_row(struct newfile *f, struct source *s, const struct sorter_item *item,
          struct err *e)
{
    if (item->row_n > 0) {
        buf_add(&f->b, item->text + item->n, item->row_n);
    } else {
        if (read_row(s, item->offset, e) < 0)
            return -1;
        buf_add(&f->b, s->line.p, s->line.n);
    }
    layout_add_end(&f->b, s->layout);
    return newfile_put(f, e);
}

static int
write_sorted(struct newfile *f, struct sorter *sorter, const struct layout *l,
             int fd, struct err *e)
{
    struct sorter_item item;
    struct source s;
    int rc;

    layout_add_header(&f->b, l, l->file_n);
    open_source(&s, l, fd);
    s.line.offset = -1;
    while ((rc = sorter_next(&item, sorter, e)) == 1)
        if ((rc = write_row(f, &s, &item, e)) < 0)
            break;
    close_source(&s);
    return rc < 0 ? -1 : newfile_commit(f, e);
}

int
tidy_run_within(int64_t *size, bool *moved, const struct layout *l, int fd,
                const struct sorter_limits *limits, struct err *e)
{
    struct sorter *sorter;
    struct newfile f = NEWFILE_INIT;
    bool is_sorted;
    int rc = look(&is_sorted, l, fd, e);

    *moved = false;
    if (rc < 0 || is_sorted)
        return rc;
    sorter = sorter_new(l->spec->own_dir, limits);
    rc = sort(sorter, l, fd, e);
    if (rc == 0)
        rc = newfile_open(&f, l->spec->path, fd, e);
    if (rc == 0)
        rc = write_sorted(&f, sorter, l, fd, e);
    *moved = rc == 0;
    *size = f.size;
    newfile_close(&f);
    sorter_free(sorter);
    return rc;
}

int
tidy_run(int64_t *size, bool *moved, const struct layout *l, int fd,
         struct err *e)
{
    return tidy_run_within(size, moved, l, fd, &bounds_sorter, e);
}
