#include "store/sorter.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "sys/fs.h"

enum { WRITE_AT = 1 << 20, HEAD = 24, FILES = 2 };

/* A sorted piece, somewhere in a file. */
struct piece {
    int64_t from;
    int64_t to;
};

/* One that is being read. */
struct reader {
    struct piece left; /* not read yet */
    struct buf b;
    size_t at; /* in b, behind item */
    struct sorter_item item;
};

struct sorter {
    const char *dir;
    struct sorter_limits limits;
    struct sorter_item *item;
    size_t n;
    size_t room;
    size_t next; /* the next one to give, if there are no pieces */
    struct buf texts;

    int fd[FILES]; /* pieces are merged from one into the other */
    int from;      /* the one that has the pieces */
    int64_t end[FILES];
    struct piece *piece;
    size_t pieces;
    struct buf out; /* not written yet */

    struct reader **heap; /* the first one has the lowest item */
    size_t heap_n;
};

/* --- order -------------------------------------------------------------- */

static int
compare(const struct sorter_item *a, const struct sorter_item *b)
{
    int order;

    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    order = text_order(a->text, a->n, b->text, b->n);
    return order ? order : (a->offset > b->offset) - (a->offset < b->offset);
}

static int
by_order(const void *a, const void *b)
{
    return compare(a, b);
}

static void
sort(struct sorter *s)
{
    const char *texts = buf_str(&s->texts);

    for (size_t i = 0, at = 0; i < s->n; i++) {
        s->item[i].text = texts + at;
        at += s->item[i].n + s->item[i].row_n;
    }
    if (s->n > 0)
        qsort(s->item, s->n, sizeof(*s->item), by_order);
}

/* --- files -------------------------------------------------------------- */

static const char *
file_name(struct buf *out, const char *dir, int i)
{
    return fs_join(out, dir, i ? "tidy.1" : "tidy.0");
}

int
sorter_sweep(const char *dir, struct err *e)
{
    struct buf path = BUF_INIT;
    int rc = 0;

    for (int i = 0; i < FILES && rc == 0; i++)
        rc = fs_remove(file_name(&path, dir, i), e);
    buf_free(&path);
    return rc;
}

static int
open_file(struct sorter *s, int i, struct err *e)
{
    struct buf path = BUF_INIT;
    const char *name = file_name(&path, s->dir, i);
    int rc = 0;

    if (s->fd[i] < 0) {
        rc = fs_mkdirs(s->dir, e);
        if (rc == 0)
            rc = fs_open(&s->fd[i], name, O_RDWR | O_CREAT | O_TRUNC, e);
        if (rc == 0)
            rc = fs_remove(name, e);
    }
    buf_free(&path);
    return rc;
}

static int
put_all(struct sorter *s, int i, struct err *e)
{
    int rc = fs_write(s->fd[i], s->dir, s->out.p, s->out.n, e);

    s->end[i] += (int64_t)s->out.n;
    buf_clear(&s->out);
    return rc;
}

static int
put(struct sorter *s, int i, const struct sorter_item *item, struct err *e)
{
    uint32_t n = (uint32_t)item->n; /* of a row, which is below 1 GiB */
    uint32_t row_n = (uint32_t)item->row_n;
    char *head = buf_room(&s->out, HEAD);

    memcpy(head, &item->number, 8);
    memcpy(head + 8, &item->offset, 8);
    memcpy(head + 16, &n, 4);
    memcpy(head + 20, &row_n, 4);
    s->out.n += HEAD;
    buf_add(&s->out, item->text, item->n + item->row_n);
    return s->out.n < WRITE_AT ? 0 : put_all(s, i, e);
}

static void
add_piece(struct sorter *s, int64_t from, int64_t to)
{
    s->piece = mem_resize(s->piece, s->pieces + 1, sizeof(*s->piece));
    s->piece[s->pieces++] = (struct piece){ from, to };
}

/* What is in memory becomes a piece. */
static int
spill(struct sorter *s, struct err *e)
{
    int64_t start = s->end[s->from];
    int rc = open_file(s, s->from, e);

    sort(s);
    for (size_t i = 0; i < s->n && rc == 0; i++)
        rc = put(s, s->from, &s->item[i], e);
    if (rc == 0)
        rc = put_all(s, s->from, e);
    add_piece(s, start, s->end[s->from]);
    s->n = 0;
    buf_clear(&s->texts);
    return rc;
}

/* --- merging ------------------------------------------------------------ */

/* At least n bytes of what is left, or all, behind what is there. */
static int
read_more(struct reader *r, const struct sorter *s, size_t n, struct err *e)
{
    size_t want = s->limits.piece > n ? s->limits.piece : n, got;

    memmove(r->b.p, r->b.p + r->at, r->b.n - r->at);
    r->b.n -= r->at;
    r->at = 0;
    if ((int64_t)want > r->left.to - r->left.from)
        want = (size_t)(r->left.to - r->left.from);
    if (fs_pread(s->fd[s->from], s->dir, buf_room(&r->b, want), want,
                 r->left.from, &got, e) < 0)
        return -1;
    if (got < want)
        return err_set(e, ERR_IO, "%s: a file of tidy was cut short", s->dir);
    r->b.n += got;
    r->left.from += (int64_t)got;
    return 0;
}

/* 1 and item, 0 at the end. */
static int
read_item(struct reader *r, const struct sorter *s, struct err *e)
{
    uint32_t n, row_n;
    size_t full;

    if (r->b.n - r->at < HEAD) {
        if (r->left.from == r->left.to && r->b.n == r->at)
            return 0;
        if (read_more(r, s, HEAD, e) < 0)
            return -1;
    }
    memcpy(&n, r->b.p + r->at + 16, 4);
    memcpy(&row_n, r->b.p + r->at + 20, 4);
    full = HEAD + (size_t)n + row_n;
    if (r->b.n - r->at < full && read_more(r, s, full, e) < 0)
        return -1;
    memcpy(&r->item.number, r->b.p + r->at, 8);
    memcpy(&r->item.offset, r->b.p + r->at + 8, 8);
    r->item.text = r->b.p + r->at + HEAD;
    r->item.n = n;
    r->item.row_n = row_n;
    r->at += full;
    return 1;
}

static void
free_reader(struct reader *r)
{
    buf_free(&r->b);
    free(r);
}

/* The item at i may be too high for its place. */
static void
sink(struct sorter *s, size_t i)
{
    struct reader *r = s->heap[i];

    for (size_t k; (k = 2 * i + 1) < s->heap_n; i = k) {
        if (k + 1 < s->heap_n &&
            compare(&s->heap[k + 1]->item, &s->heap[k]->item) < 0)
            k++;
        if (compare(&r->item, &s->heap[k]->item) <= 0)
            break;
        s->heap[i] = s->heap[k];
    }
    s->heap[i] = r;
}

static int
start_merge(struct sorter *s, const struct piece *piece, size_t n,
            struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        struct reader *r = mem_zalloc(sizeof(*r));

        r->left = piece[i];
        s->heap[s->heap_n++] = r;
        (void)buf_str(&r->b); /* has an address */
        if (read_item(r, s, e) < 0)
            return -1;
    }
    for (size_t i = s->heap_n; i-- > 0;)
        sink(s, i);
    return 0;
}

/* The lowest item was taken. */
static int
step(struct sorter *s, struct err *e)
{
    int rc = read_item(s->heap[0], s, e);

    if (rc < 0)
        return -1;
    if (rc == 0) {
        free_reader(s->heap[0]);
        s->heap[0] = s->heap[--s->heap_n];
    }
    if (s->heap_n > 0)
        sink(s, 0);
    return 0;
}

static int
merge_group(struct sorter *s, const struct piece *piece, size_t n, int to,
            struct err *e)
{
    int rc = start_merge(s, piece, n, e);

    while (rc == 0 && s->heap_n > 0) {
        rc = put(s, to, &s->heap[0]->item, e);
        if (rc == 0)
            rc = step(s, e);
    }
    return rc == 0 ? put_all(s, to, e) : rc;
}

/* All pieces into fewer in the other file. */
static int
merge_level(struct sorter *s, struct err *e)
{
    size_t pieces = s->pieces, merged = 0;
    int to = 1 - s->from, rc = open_file(s, to, e);

    s->end[to] = 0;
    for (size_t i = 0, n; i < pieces && rc == 0; i += n) {
        int64_t start = s->end[to];

        n = pieces - i < s->limits.at_once ? pieces - i : s->limits.at_once;
        rc = merge_group(s, s->piece + i, n, to, e);
        s->piece[merged++] = (struct piece){ start, s->end[to] };
    }
    s->pieces = merged;
    if (rc == 0)
        rc = fs_truncate(s->fd[s->from], s->dir, 0, e);
    if (rc == 0 && lseek(s->fd[s->from], 0, SEEK_SET) < 0)
        rc = err_sys(e, "%s", s->dir);
    s->from = to;
    return rc;
}

/* --- from outside ------------------------------------------------------- */

struct sorter *
sorter_new(const char *dir, const struct sorter_limits *limits)
{
    struct sorter *s = mem_zalloc(sizeof(*s));

    s->dir = dir;
    s->limits = *limits;
    s->fd[0] = s->fd[1] = -1;
    s->heap = mem_resize(NULL, limits->at_once, sizeof(*s->heap));
    return s;
}

int
sorter_add(struct sorter *s, const struct sorter_item *item, const char *row,
           struct err *e)
{
    if (s->n == s->room) {
        s->room = s->room ? s->room + s->room / 2 : 1024;
        s->item = mem_resize(s->item, s->room, sizeof(*s->item));
    }
    s->item[s->n++] = *item;
    buf_add(&s->texts, item->text, item->n);
    buf_add(&s->texts, row, item->row_n);
    /* Sorting needs as much again for the items. */
    if (!s->dir || 2 * s->n * sizeof(*s->item) + s->texts.n < s->limits.bytes)
        return 0;
    return spill(s, e);
}

int
sorter_end(struct sorter *s, struct err *e)
{
    int rc = 0;

    if (s->pieces == 0) {
        sort(s);
        return 0;
    }
    if (s->n > 0)
        rc = spill(s, e);
    free(s->item);
    s->item = NULL;
    buf_free(&s->texts);
    while (rc == 0 && s->pieces > s->limits.at_once)
        rc = merge_level(s, e);
    return rc == 0 ? start_merge(s, s->piece, s->pieces, e) : rc;
}

int
sorter_next(struct sorter_item *item, struct sorter *s, struct err *e)
{
    if (s->pieces == 0) {
        if (s->next == s->n)
            return 0;
        *item = s->item[s->next++];
        return 1;
    }
    if (s->next++ > 0 && step(s, e) < 0) /* the one before was given away */
        return -1;
    if (s->heap_n == 0)
        return 0;
    *item = s->heap[0]->item;
    return 1;
}

void
sorter_free(struct sorter *s)
{
    if (!s)
        return;
    for (int i = 0; i < FILES; i++)
        if (s->fd[i] >= 0)
            (void)close(s->fd[i]); /* has no name */
    for (size_t i = 0; i < s->heap_n; i++)
        free_reader(s->heap[i]);
    free(s->heap);
    free(s->item);
    free(s->piece);
    buf_free(&s->texts);
    buf_free(&s->out);
    free(s);
}
