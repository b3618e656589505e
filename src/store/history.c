#include "store/history.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/tm.h"
#include "data/columns.h"
#include "data/csvtext.h"
#include "data/utf8.h"
#include "store/batch.h"
#include "store/layout.h"
#include "store/probe.h"
#include "store/replaced.h"
#include "store/rewrite.h"
#include "store/rows.h"
#include "store/tail.h"
#include "sys/fs.h"

static const char at_name[] = REPLACED_AT;
static const char reason_name[] = REPLACED_REASON;
static const char updated[] = "updated";

/* A history file is a table of the same kind with two more columns. */
struct history {
    struct table_spec spec;
    struct layout layout;
    struct columns *columns;
    const struct layout *table;
    size_t width; /* cells of its rows */
    int fd;       /* -1: none yet */
    int64_t end;
    bool lacks_end;
    struct batch old; /* rows to add, in the layout of the history */
};

/* The columns of the table, then our two. */
static void
name_columns(struct history *h)
{
    const struct columns *from = h->table->spec->columns;

    for (size_t i = 0; i < h->table->n; i++) {
        const char *name = columns_name(from, (size_t)h->table->order[i]);

        if (i >= h->width && h->spec.format == TABLE_CSV)
            break;
        (void)columns_add(h->columns, name, strlen(name));
    }
    (void)columns_add(h->columns, at_name, strlen(at_name));
    (void)columns_add(h->columns, reason_name, strlen(reason_name));
}

static void
add_csv(struct buf *out, const struct history *h, const char *p, size_t n,
        const char *stamp, const char *reason)
{
    const struct layout *l = &h->layout;
    struct csv_slice *cell = mem_zalloc(l->n * sizeof(*cell));
    const char *end = p + n;

    for (size_t i = 0; p && i < h->width; i++) {
        const char *name =
            columns_name(h->table->spec->columns, (size_t)h->table->order[i]);
        int32_t column = columns_find(h->columns, name, strlen(name));

        cell[l->position[column]] = csv_take(&p, end, &h->table->dialect);
    }
    for (size_t i = 0; i < l->n; i++) {
        const char *name = columns_name(h->columns, (size_t)l->order[i]);

        if (i > 0)
            buf_addc(out, l->dialect.delimiter);
        if (strcmp(name, at_name) == 0)
            buf_adds(out, stamp);
        else if (strcmp(name, reason_name) == 0)
            buf_adds(out, reason);
        else if (cell[i].quoted && !csv_is_sound(&cell[i]))
            csv_add_text(out, cell[i].p, cell[i].n, &l->dialect);
        else if (cell[i].n > 0)
            csv_add_slice(out, &cell[i], &h->table->dialect, &l->dialect);
    }
    free(cell);
}

static void
add_json(struct buf *out, const char *p, size_t n, const char *stamp,
         const char *reason)
{
    while (n > 0 && p[n - 1] != '}')
        n--;
    buf_add(out, p, n ? n - 1 : 0);
    buf_addf(out, "%s\"%s\":\"%s\",\"%s\":\"%s\"}", n > 2 ? "," : "{", at_name,
             stamp, reason_name, reason);
}

/* An old row with its key, so that it can be looked for. A person's program may
 * have saved it in Windows-1252; the history stays UTF-8. */
static int
add_old(struct history *h, const char *p, size_t n, const char *stamp,
        const char *reason, struct err *e)
{
    struct line line = { .p = p, .n = n };
    struct entry *entry = batch_new_entry(&h->old);
    struct buf text = BUF_INIT;

    utf8_add_1252(&text, p, n);
    if (h->spec.format == TABLE_CSV)
        add_csv(&h->old.rows, h, text.p, text.n, stamp, reason);
    else
        add_json(&h->old.rows, text.p, text.n, stamp, reason);
    buf_free(&text);
    entry->row_n = (uint32_t)(h->old.rows.n - entry->row);
    entry->width = (uint32_t)h->layout.n;
    return key_of_line(&entry->key, &h->old.keys, h->table, &line, e);
}

/* The rows of a probe's edits. */
static int
add_edits(struct history *h, const struct probe *probe, const char *stamp,
          const char *reason, struct err *e)
{
    for (size_t i = 0; i < probe->n; i++) {
        const struct edit *edit = &probe->edit[i];

        if (!edit->is_torn &&
            add_old(h, probe->texts.p + edit->old, edit->old_n, stamp,
                    edit->is_gone ? "deleted" : reason, e) < 0)
            return -1;
    }
    return 0;
}

/* The rows of a batch's entries that are in a state. */
static int
add_entries(struct history *h, const struct batch *b, enum entry_state state,
            const char *stamp, struct err *e)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct entry *entry = &b->entry[i];

        if (entry->state == state &&
            add_old(h, b->rows.p + entry->row, entry->row_n, stamp, updated,
                    e) < 0)
            return -1;
    }
    return 0;
}

static bool
says_the_same(const struct history *h, const struct entry *entry,
              const struct line *line)
{
    struct buf a = BUF_INIT, b = BUF_INIT;
    bool same;

    replaced_core(&a, &h->layout, h->old.rows.p + entry->row, entry->row_n);
    replaced_core(&b, &h->layout, line->p, line->n);
    same = a.n == b.n && memcmp(buf_str(&a), buf_str(&b), a.n) == 0;
    buf_free(&a);
    buf_free(&b);
    return same;
}

/* Marks the entry that a row of the file is of as ENTRY_SAME if the row says
 * the same, unless one came later; newest is when. A person may have sorted the
 * file. */
static int
meet(struct history *h, int64_t *newest, struct buf *texts,
     const struct line *line, struct err *e)
{
    const struct layout *l = &h->layout;
    struct entry *entry;
    struct key k;
    int64_t at;
    long i;

    buf_clear(texts);
    if (key_of_line(&k, texts, l, line, e) < 0)
        return -1;
    i = batch_by_key(&h->old, &k, texts->p);
    if (i < 0)
        return 0;
    at = replaced_at(l, line->p, line->n);
    if (at != INT64_MIN && at < newest[i])
        return 0;
    newest[i] = at > newest[i] ? at : newest[i];
    entry = &h->old.entry[i];
    entry->state = says_the_same(h, entry, line) ? ENTRY_SAME : ENTRY_LIVE;
    return 0;
}

/* Marks rows whose newest version in the file is the same as ENTRY_SAME, and
 * finds the end of the file. */
static int
look_back(struct history *h, int64_t *torn_at, struct err *e)
{
    const struct layout *l = &h->layout;
    int64_t *newest = mem_resize(NULL, h->old.n, sizeof(*newest));
    struct buf texts = BUF_INIT;
    struct rows rows;
    struct line line;
    int rc;

    for (size_t i = 0; i < h->old.n; i++)
        newest[i] = INT64_MIN;
    *torn_at = -1;
    h->end = l->body;
    rows_start(&rows, h->fd, h->spec.path,
               h->spec.format == TABLE_CSV ? &l->dialect : NULL, l->body);
    while ((rc = rows_next(&line, &rows, e)) == 1) {
        if (!line.is_ended) {
            *torn_at = line.offset;
            break;
        }
        h->end = line.offset + (int64_t)line.full;
        if ((rc = meet(h, newest, &texts, &line, e)) < 0)
            break;
    }
    rows_free(&rows);
    buf_free(&texts);
    free(newest);
    return rc < 0 ? -1 : 0;
}

static int
open_file(struct history *h, struct err *e)
{
    struct stat st;
    int rc = fs_stat(&st, h->spec.path, e);

    if (rc == 1 && st.st_size > 0) {
        if (fs_open(&h->fd, h->spec.path, O_RDWR | O_APPEND, e) < 0)
            return -1;
        return layout_read(&h->layout, &h->spec, h->fd, e);
    }
    if (rc < 0)
        return -1;
    name_columns(h);
    layout_fresh(&h->layout, &h->spec);
    return 0;
}

static int
append(struct history *h, struct err *e)
{
    struct buf out = BUF_INIT;
    struct err ignored = ERR_INIT;
    int rc = 0;

    for (size_t i = 0; i < h->old.n; i++) {
        const struct entry *entry = &h->old.entry[i];

        if (entry->state == ENTRY_SAME)
            continue;
        buf_add(&out, h->old.rows.p + entry->row, entry->row_n);
        layout_add_end(&out, &h->layout);
    }
    if (out.n > 0 && (fs_write(h->fd, h->spec.path, out.p, out.n, e) < 0 ||
                      fs_sync(h->fd, h->spec.path, e) < 0)) {
        (void)fs_truncate(h->fd, h->spec.path, h->end, &ignored);
        rc = -1;
    }
    buf_free(&out);
    return rc;
}

/* A new file, or one that needs more columns. */
static int
write_anew(struct history *h, struct err *e)
{
    struct rewrite w = { .path = h->spec.path,
                         .fd = h->fd,
                         .end = h->end,
                         .layout = &h->layout,
                         .width = h->layout.n,
                         .batch = &h->old };
    size_t *added = mem_resize(NULL, h->old.n, sizeof(*added));
    int64_t size;
    int rc;

    for (size_t i = 0; i < h->old.n; i++)
        if (h->old.entry[i].state != ENTRY_SAME)
            added[w.added_n++] = i;
    w.added = added;
    rc = rewrite_whole(&size, &w, e);
    free(added);
    return rc;
}

/* Opens the history, with columns for rows of so many cells of the table. */
static int
start(struct history *h, const struct layout *table, size_t width,
      struct err *e)
{
    *h = (struct history){
        .spec = *table->spec,
        .columns = columns_new(),
        .table = table,
        .width = width,
        .fd = -1,
    };
    h->spec.path = table->spec->history;
    h->spec.columns = h->columns;
    if (h->spec.format != TABLE_CSV)
        name_columns(h); /* no header will name them */
    if (open_file(h, e) < 0)
        return -1;
    name_columns(h);
    layout_fit(&h->layout);
    return 0;
}

static void
finish(struct history *h)
{
    if (h->fd >= 0)
        (void)close(h->fd); /* what was written is synced */
    layout_free(&h->layout);
    columns_free(h->columns);
    batch_free(&h->old);
}

static int
write_old(struct history *h, struct err *e)
{
    int64_t torn_at;

    if (h->old.n == 0)
        return 0;
    batch_index_keys(&h->old);
    if (h->fd < 0)
        return write_anew(h, e);
    if (look_back(h, &torn_at, e) < 0)
        return -1;
    if (torn_at >= 0 && tail_cut(&h->layout, h->fd, torn_at, e) < 0)
        return -1;
    if (h->layout.n > h->layout.file_n && h->spec.format == TABLE_CSV)
        return write_anew(h, e);
    return append(h, e);
}

int
history_add(const struct layout *layout, const struct probe *probe,
            const char *reason, int64_t now, struct err *e)
{
    struct history h;
    char stamp[21];
    int rc;

    if (!layout->spec->history || probe->n == 0)
        return 0;
    tm_utc(stamp, now);
    rc = start(&h, layout, layout->file_n, e);
    if (rc == 0)
        rc = add_edits(&h, probe, stamp, reason, e);
    if (rc == 0)
        rc = write_old(&h, e);
    finish(&h);
    return rc;
}

/* That of the widest row, but at least that of the file. */
static size_t
widest(const struct layout *l, const struct batch *b)
{
    size_t width = l->file_n;

    for (size_t i = 0; i < b->n; i++)
        width = b->entry[i].width > width ? b->entry[i].width : width;
    return width;
}

int
history_add_losers(const struct layout *layout, struct batch *losers,
                   int64_t now, struct err *e)
{
    struct history h;
    char stamp[21];
    int rc;

    if (!layout->spec->history || losers->n == 0)
        return 0;
    tm_utc(stamp, now);
    batch_index_keys(losers); /* the last version of each stays live */
    rc = start(&h, layout, widest(layout, losers), e);
    if (rc == 0)
        rc = add_entries(&h, losers, ENTRY_LIVE, stamp, e);
    if (rc == 0)
        rc = write_old(&h, e);
    finish(&h);
    return rc;
}

/* Of each edit the key of the old row. */
static int
read_keys(struct batch *keys, const struct layout *l, const struct probe *p,
          struct err *e)
{
    for (size_t i = 0; i < p->n; i++) {
        struct line line = { .p = p->texts.p + p->edit[i].old,
                             .n = p->edit[i].old_n };

        if (key_of_line(&batch_new_entry(keys)->key, &keys->keys, l, &line, e) <
            0)
            return -1;
    }
    return 0;
}

/* Copies the entries that would take the row of another record, and notes
 * which edits they are of. */
static void
find_rivals(struct batch *rivals, size_t *edits, const struct probe *probe,
            const struct batch *batch, const struct batch *old,
            const struct batch *losers)
{
    for (size_t i = 0; i < probe->n; i++) {
        long entry = probe->edit[i].entry;

        if (entry < 0 ||
            batch_by_key(old, &batch->entry[entry].key, batch->keys.p) >= 0 ||
            batch_by_key(losers, &old->entry[i].key, old->keys.p) >= 0)
            continue;
        edits[rivals->n] = i;
        batch_copy(rivals, batch, (size_t)entry);
    }
}

static void
drop_settled(struct probe *probe, struct batch *batch, const size_t *edits,
             const struct batch *rivals)
{
    size_t n = 0, next = 0;

    for (size_t i = 0; i < probe->n; i++) {
        struct entry *entry = NULL;

        if (next < rivals->n && edits[next] == i &&
            rivals->entry[next++].state == ENTRY_SAME)
            entry = &batch->entry[probe->edit[i].entry];
        if (!entry) {
            probe->edit[n++] = probe->edit[i];
            continue;
        }
        entry->state = ENTRY_SAME;
        entry->has_lost = true;
    }
    probe->n = n;
}

int
history_settle(const struct layout *layout, struct probe *probe,
               struct batch *batch, struct batch *losers, struct err *e)
{
    struct history h = { .fd = -1 };
    struct batch old = BATCH_INIT, rivals = BATCH_INIT;
    size_t *edits;
    int64_t torn_at;
    int rc = -1;

    if (!layout->spec->history || !layout->spec->unique || probe->n == 0)
        return 0;
    edits = mem_resize(NULL, probe->n, sizeof(*edits));
    if (read_keys(&old, layout, probe, e) < 0)
        goto out;
    batch_index_keys(&old);
    batch_index_keys(losers);
    find_rivals(&rivals, edits, probe, batch, &old, losers);
    if (rivals.n > 0) {
        if (start(&h, layout, widest(layout, &rivals), e) < 0 ||
            add_entries(&h, &rivals, ENTRY_LIVE, "", e) < 0)
            goto out;
        batch_index_keys(&h.old);
        if (h.fd >= 0 && look_back(&h, &torn_at, e) < 0)
            goto out;
        drop_settled(probe, batch, edits, &h.old);
    }
    rc = 0;
out:
    finish(&h);
    batch_free(&old);
    batch_free(&rivals);
    free(edits);
    return rc;
}
