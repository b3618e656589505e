#include "store/blocks.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/batch.h"
#include "store/layout.h"
#include "store/newfile.h"
#include "store/table.h"
#include "sys/fs.h"

/* More of them are not worth their memory. */
enum { COPY_AT_ONCE = 1 << 20, BLOCKS_MAX = 4096 };

static const struct key *
key_at(const struct written *w, size_t i)
{
    return &w->batch->entry[w->entry[i]].key;
}

/* Bytes of a row in the file. */
static int64_t
row_size(const struct written *w, size_t i)
{
    const struct entry *entry = &w->batch->entry[w->entry[i]];
    size_t n = entry->row_n + (w->layout->dialect.crlf ? 2 : 1);

    if (w->layout->spec->format == TABLE_CSV)
        n += w->cells - (entry->width ? entry->width : 1);
    return (int64_t)n;
}

/* Rows from at on that stand one behind the other, with times whose texts sort
 * as they do; 0: there is no such time. */
static size_t
run_length(const struct written *w, size_t at, uint32_t time_n)
{
    const char *texts = w->batch->keys.p;
    size_t n = 0;

    for (; at + n < w->n && time_n > 0; n++) {
        const struct key *k = key_at(w, at + n);

        if (k->time_n != time_n)
            return 0;
        if (n > 0 && !w->batch->is_sorted &&
            batch_compare(key_at(w, at + n - 1), texts, k, texts) > 0)
            break;
    }
    return n;
}

/* A copy of the key, whose text goes to those of the blocks. */
static struct key
keep(struct blocks *b, const struct key *k, const struct buf *texts)
{
    struct key kept = { .n = k->n, .time_n = k->time_n };

    kept.at = (uint32_t)b->texts.n;
    buf_add(&b->texts, texts->p + k->at, k->n);
    kept.time_at = (uint32_t)b->texts.n;
    buf_add(&b->texts, texts->p + k->time_at, k->time_n);
    return kept;
}

static int
compare(const struct blocks *b, const struct key *x, const struct key *y)
{
    return batch_compare(x, b->texts.p, y, b->texts.p);
}

static void
append(struct blocks *b, const struct block *new)
{
    struct block *last = b->block && b->n > 0 ? &b->block[b->n - 1] : NULL;

    if (last && compare(b, &last->last, &new->first) <= 0) {
        last->to = new->to;
        last->last = new->last;
        return;
    }
    if (!b->block || b->n == b->room) {
        b->room = b->room ? b->room * 2 : 8;
        b->block = mem_resize(b->block, b->room, sizeof(*b->block));
    }
    b->block[b->n++] = *new;
}

void
blocks_add(struct blocks *b, const struct written *w)
{
    const struct buf *texts = &w->batch->keys;
    int64_t at = w->from;

    if (b->is_lost || w->n == 0)
        return;
    if (b->n == 0)
        b->time_n = key_at(w, 0)->time_n;
    else if (b->block[b->n - 1].to != at)
        blocks_lose(b); /* something stands between them */
    for (size_t i = 0, n; i < w->n && !b->is_lost; i += n) {
        struct block new = { .from = at };

        n = run_length(w, i, b->time_n);
        if (n == 0 || b->n == BLOCKS_MAX) {
            blocks_lose(b);
            return;
        }
        for (size_t k = i; k < i + n; k++)
            at += row_size(w, k);
        new.to = at;
        new.first = keep(b, key_at(w, i), texts);
        new.last = keep(b, key_at(w, i + n - 1), texts);
        append(b, &new);
    }
    if (w->to >= 0 && at != w->to)
        blocks_lose(b);
}

void
blocks_place(struct blocks *b, int64_t from, int64_t to)
{
    int64_t end = b->n > 0 ? from + b->block[b->n - 1].to : to;

    if (end != to) {
        blocks_lose(b);
        return;
    }
    for (size_t i = 0; i < b->n; i++) {
        b->block[i].from += from;
        b->block[i].to += from;
    }
}

void
blocks_lose(struct blocks *b)
{
    blocks_free(b);
    b->is_lost = true;
}

/* There are few, and most stand the other way round. */
static void
sort(struct blocks *b)
{
    for (size_t i = 1; i < b->n; i++) {
        struct block block = b->block[i];
        size_t at = i;

        for (; at > 0 && compare(b, &b->block[at - 1].first, &block.first) > 0;
             at--)
            b->block[at] = b->block[at - 1];
        b->block[at] = block;
    }
}

bool
blocks_settle(struct blocks *b)
{
    if (b->is_lost || b->n == 0)
        return false;
    sort(b);
    for (size_t i = 1; i < b->n; i++)
        if (compare(b, &b->block[i - 1].last, &b->block[i].first) > 0) {
            blocks_lose(b);
            return false;
        }
    return true;
}

static int
copy(struct newfile *f, const char *path, int fd, int64_t from, int64_t to,
     struct err *e)
{
    while (from < to) {
        size_t n = to - from < COPY_AT_ONCE ? (size_t)(to - from)
                                            : (size_t)COPY_AT_ONCE;
        size_t got;

        if (fs_pread(fd, path, buf_room(&f->b, n), n, from, &got, e) < 0)
            return -1;
        if (got < n)
            return err_set(e, ERR_IO, "%s: changed while it was read", path);
        f->b.n += n;
        from += (int64_t)n;
        if (newfile_put(f, e) < 0)
            return -1;
    }
    return 0;
}

static int
write_blocks(struct newfile *f, const struct blocks *b, const struct layout *l,
             int fd, struct err *e)
{
    const char *path = l->spec->path;

    if (copy(f, path, fd, 0, l->body, e) < 0) /* the header */
        return -1;
    for (size_t i = 0; i < b->n; i++)
        if (copy(f, path, fd, b->block[i].from, b->block[i].to, e) < 0)
            return -1;
    return newfile_commit(f, e);
}

int
blocks_tidy(int64_t *size, bool *moved, const struct blocks *b,
            const struct layout *l, int fd, struct err *e)
{
    struct newfile f = NEWFILE_INIT;
    int rc;

    *moved = false;
    if (b->n == 1) /* what follows in time is added to it */
        return 0;
    rc = newfile_open(&f, l->spec->path, fd, e);
    if (rc == 0)
        rc = write_blocks(&f, b, l, fd, e);
    *moved = rc == 0;
    *size = f.size;
    newfile_close(&f);
    return rc;
}

void
blocks_free(struct blocks *b)
{
    free(b->block);
    buf_free(&b->texts);
    *b = (struct blocks)BLOCKS_INIT;
}
