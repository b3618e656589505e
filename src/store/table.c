#include "store/table.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "data/columns.h"
#include "data/flatten.h"
#include "store/batch.h"
#include "store/commit.h"
#include "store/history.h"
#include "store/known.h"
#include "store/layout.h"
#include "store/owners.h"
#include "store/probe.h"
#include "store/rewrite.h"
#include "store/tail.h"
#include "store/tidy.h"
#include "store/times.h"
#include "sys/fs.h"

enum { FULL_BYTES = 4 << 20, WRITE_AT = 1 << 20 };

/* What a commit will make of the file. */
enum staged_how { STAGED_NOTHING, STAGED_TAIL, STAGED_WHOLE };

struct staged {
    enum staged_how how;
    size_t width; /* columns */
    int64_t size; /* of the whole */
};

struct table {
    struct table_spec spec;
    struct layout layout;
    int fd;             /* -1: there is no file yet */
    struct stat as;     /* the file as we left it */
    int64_t end;        /* where the next row goes */
    int64_t rows;       /* -1: not looked at yet */
    bool lacks_end;     /* the last row has no line end yet */
    int64_t unended_at; /* that row, for the rest of the run; -1 = none */
    bool is_dirty;      /* written, not synced */
    int64_t safe_end;   /* so much of the file is durable */
    struct staged staged;

    struct batch fresh;   /* added since the last spill */
    size_t sealed;        /* entries of fresh that are in order */
    struct batch pending; /* may be in the file: to be looked up */
    struct batch losers;  /* records that another one has no room for */
    struct owners owners; /* of the entries of fresh and pending */

    struct known known;
    bool was_scanned;

    bool *met; /* by column number: a record had it, now or in other runs */
    size_t met_n;
    struct times times;
    bool is_disordered;         /* a new row is earlier than one before it */
    struct table_counts counts; /* of this flush so far */
};

static int
note_file(struct table *t, struct err *e)
{
    if (fstat(t->fd, &t->as) < 0)
        return err_sys(e, "%s", t->spec.path);
    return 0;
}

/* The file as it is now is durable. */
static int
note_safe(struct table *t, struct err *e)
{
    if (note_file(t, e) < 0)
        return -1;
    t->safe_end = (int64_t)t->as.st_size;
    t->is_dirty = false;
    return 0;
}

/* Opens the file if there is one. */
static int
open_file(struct table *t, struct err *e)
{
    struct stat st;
    int rc = fs_stat(&st, t->spec.path, e);

    if (rc <= 0 || (st.st_size == 0 && S_ISREG(st.st_mode)))
        return rc < 0 ? -1 : 0;
    if (S_ISDIR(st.st_mode))
        return err_set(e, ERR_FILE, "%s: a folder, not a table", t->spec.path);
    if (fs_open(&t->fd, t->spec.path, O_RDWR | O_APPEND, e) < 0)
        return -1;
    layout_free(&t->layout);
    if (layout_read(&t->layout, &t->spec, t->fd, e) < 0)
        return -1;
    t->rows = -1;
    known_forget(&t->known);
    t->end = t->layout.body;
    return note_safe(t, e);
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

static void
make_met(struct table *t, size_t n)
{
    if (n <= t->met_n)
        return;
    t->met = mem_resize(t->met, n, sizeof(*t->met));
    while (t->met_n < n)
        t->met[t->met_n++] = false;
}

/* Columns of the file that come from the provider, whatever it sends today. */
static void
recall_sent(struct table *t)
{
    const struct list *sent = t->spec.sent;

    for (size_t i = 0; sent && i < sent->n; i++) {
        int32_t column =
            columns_find(t->spec.columns, sent->item[i], strlen(sent->item[i]));

        if (column < 0)
            continue;
        make_met(t, (size_t)column + 1);
        t->met[column] = true;
    }
}

/* Rows that a killed run wrote are taken for stored when they are met again:
 * makes them so. */
static int
settle(const char *path, struct err *e)
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
settle_files(const struct table_spec *spec, struct err *e)
{
    if (!spec->was_killed)
        return 0;
    if (settle(spec->path, e) < 0)
        return -1;
    return spec->history ? settle(spec->history, e) : 0;
}

int
table_open(struct table **out, const struct table_spec *spec, struct err *e)
{
    struct table *t = mem_zalloc(sizeof(*t));

    t->spec = *spec;
    t->fd = -1;
    t->unended_at = -1;
    t->fresh.losers = t->pending.losers = &t->losers;
    t->known.has_keys = true;
    t->known.has_latest = true;
    layout_fresh(&t->layout, &t->spec);
    if (remove_leftover(spec, e) < 0 || settle_files(spec, e) < 0 ||
        open_file(t, e) < 0) {
        table_close(t);
        return -1;
    }
    recall_sent(t);
    t->known.is_by_time = !spec->unique && t->layout.time_at >= 0 &&
                          t->layout.time_at == t->layout.id_at[0];
    /* Such a table is mostly written in order: then no set is needed. */
    t->known.has_keys = t->known.has_keys && !t->known.is_by_time;
    *out = t;
    return 0;
}

void
table_close(struct table *t)
{
    if (!t)
        return;
    if (t->fd >= 0)
        (void)close(t->fd); /* what counts was synced by table_flush() */
    layout_free(&t->layout);
    batch_free(&t->fresh);
    batch_free(&t->pending);
    batch_free(&t->losers);
    owners_free(&t->owners);
    known_free(&t->known);
    free(t->met);
    times_free(&t->times);
    free(t);
}

static void
note_met(struct table *t, const struct row *row)
{
    make_met(t, row->n);
    for (size_t i = t->spec.declared; i < row->n; i++)
        if (row->cell[i].type != CELL_NONE)
            t->met[i] = true;
}

/* The first key column without a value. */
static const char *
missing_id(const struct table *t, const struct row *row)
{
    const struct layout *l = &t->layout;
    int i = 0;

    for (; i + 1 < l->ids_n; i++) {
        size_t column = (size_t)l->order[l->id_at[i]];

        if (column >= row->n || row->cell[column].type == CELL_NONE ||
            row->cell[column].n == 0)
            break;
    }
    return t->spec.ids[i];
}

int
table_own(struct table *t, const struct row *row, struct err *e)
{
    if (owners_add(&t->owners, &t->layout, row) > 0)
        return 0;
    return err_set(e, ERR_DATA, "a record without %s", missing_id(t, row));
}

int
table_add(struct table *t, const struct row *row, struct err *e)
{
    struct batch *b = &t->fresh;
    struct entry *entry = batch_new_entry(b);

    entry->width = (uint32_t)layout_add_row(&b->rows, &t->layout, row);
    entry->row_n = (uint32_t)(b->rows.n - entry->row);
    key_of_row(&entry->key, &b->keys, &t->layout, row);
    if (entry->key.n == 0) {
        batch_cut(b, b->n - 1);
        return err_set(e, ERR_DATA, "a record without %s", missing_id(t, row));
    }
    if (t->spec.owner_ids > 0)
        entry->owner = (uint32_t)t->owners.b.n; /* the last one */
    if (row->n > t->spec.declared)
        note_met(t, row);
    return 0;
}

int
table_delete(struct table *t, const struct row *row, struct err *e)
{
    struct batch *b = &t->fresh;
    struct entry *entry = batch_new_entry(b);

    entry->is_gone = true;
    key_of_row(&entry->key, &b->keys, &t->layout, row);
    if (entry->key.n > 0)
        return 0;
    batch_cut(b, b->n - 1);
    return err_set(e, ERR_DATA, "a deletion without %s", missing_id(t, row));
}

struct table_mark
table_mark(const struct table *t)
{
    return (struct table_mark){ t->fresh.n, t->owners.b.n };
}

void
table_rollback(struct table *t, struct table_mark mark)
{
    batch_cut(&t->fresh, mark.rows);
    owners_cut(&t->owners, mark.owners);
    layout_cut(&t->layout);
    if (t->met_n > columns_n(t->spec.columns))
        t->met_n = columns_n(t->spec.columns);
}

/* Entries of a set that another one of the same owner took the place of. */
static void
bury(struct batch *b, const struct owners *owners)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->entry[i].owner && !owners_lives(owners, b->entry[i].owner))
            b->entry[i].state = ENTRY_DEAD;
}

void
table_seal(struct table *t)
{
    if (t->spec.owner_ids > 0) {
        owners_index(&t->owners, t->spec.newest_first);
        bury(&t->fresh, &t->owners);
    }
    if (t->sealed == t->fresh.n)
        return;
    batch_index(&t->fresh, t->spec.newest_first);
    batch_sort(&t->fresh, t->sealed);
    t->sealed = t->fresh.n;
}

size_t
table_bytes(const struct table *t)
{
    return batch_bytes(&t->fresh) + batch_bytes(&t->pending);
}

bool
table_is_full(const struct table *t)
{
    return batch_bytes(&t->fresh) > FULL_BYTES;
}

/* Rows at the end of the file. */
static void
note_new(struct table *t, const struct batch *b, const size_t *added, size_t n)
{
    struct time_text latest = known_latest(&t->known);
    struct time_range range = TIME_RANGE_INIT;

    for (size_t i = 0; i < n; i++) {
        const struct entry *entry = &b->entry[added[i]];
        struct time_text time = times_of(b, entry);

        if (t->known.has_keys)
            known_add(&t->known, entry);
        if (time.n == 0)
            continue;
        if (times_compare(time, latest) >= 0)
            latest = time;
        else
            t->is_disordered = true;
        times_widen(&range, time);
    }
    times_new(&t->times, &range);
    known_time(&t->known, latest);
}

/* Columns the file needs to hold these rows. */
static size_t
needed_width(const struct table *t, const struct batch *b, const size_t *added,
             size_t n)
{
    size_t width = t->layout.file_n;

    if (t->spec.format != TABLE_CSV)
        return 0;
    if (t->fd < 0)
        width = t->spec.declared;
    for (size_t i = 0; i < n; i++)
        if (b->entry[added[i]].width > width)
            width = b->entry[added[i]].width;
    for (size_t i = 0; i < b->n; i++)
        if (b->entry[i].state == ENTRY_CHANGED && b->entry[i].width > width)
            width = b->entry[i].width;
    return width;
}

/* After the file got a new version under its name. */
static int
reopen(struct table *t, size_t width, int64_t size, struct err *e)
{
    if (t->fd >= 0)
        (void)close(t->fd); /* the old version */
    t->fd = -1;
    if (fs_open(&t->fd, t->spec.path, O_RDWR | O_APPEND, e) < 0)
        return -1;
    if (t->spec.format == TABLE_CSV) {
        struct buf header = BUF_INIT;

        layout_add_header(&header, &t->layout, width);
        t->layout.body = (int64_t)header.n;
        t->layout.file_n = width;
        buf_free(&header);
    }
    t->end = size;
    t->lacks_end = false;
    return note_safe(t, e);
}

static void
say_widened(const struct table *t, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        log_info("%s: new column %s", t->spec.label,
                 columns_name(t->spec.columns, (size_t)t->layout.order[i]));
}

/* A new version of the file, to be had when the commit was run. */
static int
rewrite(struct table *t, struct commit *c, const struct batch *b,
        const struct probe *probe, const size_t *added, size_t n, struct err *e)
{
    struct rewrite w = {
        .path = t->spec.path,
        .fd = t->fd,
        .end = t->end,
        .lacks_end = t->lacks_end,
        .layout = &t->layout,
        .width = needed_width(t, b, added, n),
        .probe = probe,
        .batch = b,
        .added = added,
        .added_n = n,
    };
    bool is_tail = t->spec.own_dir && rewrite_is_small(&w);

    t->staged.width = w.width;
    t->staged.how = is_tail ? STAGED_TAIL : STAGED_WHOLE;
    return is_tail ? commit_tail(c, &w, e)
                   : commit_whole(c, &t->staged.size, &w, e);
}

/* The commit was run. */
static int
take_staged(struct table *t, struct err *e)
{
    struct staged new = t->staged;

    t->staged.how = STAGED_NOTHING;
    switch (new.how) {
    case STAGED_NOTHING:
        break;
    case STAGED_TAIL: /* the file stays the same one */
        t->lacks_end = false;
        if (note_safe(t, e) < 0)
            return -1;
        t->end = t->safe_end;
        break;
    case STAGED_WHOLE:
        if (t->fd >= 0)
            say_widened(t, t->layout.file_n, new.width);
        return reopen(t, new.width, new.size, e);
    }
    return 0;
}

static int
put_out(struct table *t, struct buf *out, struct err *e)
{
    if (fs_write(t->fd, t->spec.path, out->p, out->n, e) < 0)
        return -1;
    t->is_dirty = true;
    buf_clear(out);
    return 0;
}

static int
append(struct table *t, const struct batch *b, const size_t *added, size_t n,
       struct err *e)
{
    const struct layout *l = &t->layout;
    struct buf out = BUF_INIT;
    struct err ignored = ERR_INIT;
    int64_t size = t->end;
    int rc = 0;

    if (t->lacks_end)
        layout_add_end(&out, l);
    for (size_t i = 0; i < n && rc == 0; i++) {
        const struct entry *entry = &b->entry[added[i]];
        size_t before = out.n;

        buf_add(&out, b->rows.p + entry->row, entry->row_n);
        if (t->spec.format == TABLE_CSV)
            layout_add_pad(&out, l,
                           l->file_n - (entry->width ? entry->width : 1));
        layout_add_end(&out, l);
        size += (int64_t)(out.n - before);
        if (out.n >= WRITE_AT)
            rc = put_out(t, &out, e);
    }
    if (rc == 0 && out.n > 0)
        rc = put_out(t, &out, e);
    buf_free(&out);
    if (rc < 0) {
        (void)fs_truncate(t->fd, t->spec.path, t->end, &ignored);
        (void)note_file(t, &ignored); /* the next try may go better */
        return -1;
    }
    t->end = size + (t->lacks_end ? (l->dialect.crlf ? 2 : 1) : 0);
    t->lacks_end = false;
    return note_file(t, e);
}

/* Puts new rows at the end of the file: the live entries in added. */
static int
add_rows(struct table *t, struct commit *c, const struct batch *b,
         const struct probe *probe, const size_t *added, size_t n,
         struct err *e)
{
    bool must_rewrite = t->fd < 0 || (probe && probe->n > 0) ||
                        needed_width(t, b, added, n) > t->layout.file_n;
    int rc;

    if (n == 0 && !(probe && probe->n > 0))
        return 0;
    if (must_rewrite)
        rc = rewrite(t, c, b, probe, added, n, e);
    else
        rc = append(t, b, added, n, e);
    if (rc < 0)
        return -1;
    note_new(t, b, added, n);
    t->rows += t->rows >= 0 ? (int64_t)n : 0;
    t->counts.added += (int64_t)n;
    return 0;
}

static int
check_untouched(struct table *t, struct err *e)
{
    struct stat st;
    int rc = fs_stat(&st, t->spec.path, e);

    if (rc < 0)
        return -1;
    if (t->fd < 0 && (rc == 0 || st.st_size == 0))
        return 0;
    if (t->fd >= 0 && rc == 1 && st.st_ino == t->as.st_ino &&
        st.st_dev == t->as.st_dev && st.st_size == t->as.st_size &&
        st.st_mtim.tv_sec == t->as.st_mtim.tv_sec &&
        st.st_mtim.tv_nsec == t->as.st_mtim.tv_nsec)
        return 0;
    (void)err_set(e, ERR_IO, "%s: another program changed it while we ran",
                  t->spec.path);
    return err_hint(e, "close it there and run again");
}

/* The pass over the file, and what it leaves known about it. */
static int
scan(struct probe *p, struct table *t, struct err *e)
{
    bool learn = t->was_scanned && !t->known.has_keys;
    struct probe_in in = {
        .fd = t->fd,
        .layout = &t->layout,
        .batch = &t->pending,
        .owners = t->owners.b.n > 0 ? &t->owners : NULL,
        .all = learn ? &t->known.keys : NULL,
        .met = t->met,
        .met_n = t->met_n,
        .unended_at = t->unended_at,
    };

    if (probe_run(p, &in, e) < 0)
        return -1;
    if (history_settle(&t->layout, p, &t->pending, &t->losers, e) < 0)
        return -1;
    if (p->torn_at >= 0 &&
        (tail_cut(&t->layout, t->fd, p->torn_at, e) < 0 || note_safe(t, e) < 0))
        return -1;
    t->end = p->end;
    t->rows = p->rows;
    t->lacks_end = p->lacks_end;
    if (p->lacks_end)
        t->unended_at = p->unended_at;
    t->was_scanned = true;
    t->known.has_keys = t->known.has_keys || learn;
    known_time(&t->known, (struct time_text){ p->latest.p, p->latest.n });
    t->known.has_latest = true;
    return 0;
}

static void
count_known(struct table *t, const struct probe *p)
{
    for (size_t i = 0; i < t->pending.n; i++) {
        t->counts.unchanged += t->pending.entry[i].state == ENTRY_SAME &&
                               !t->pending.entry[i].is_gone;
        t->counts.changed += t->pending.entry[i].state == ENTRY_CHANGED;
    }
    for (size_t i = 0; i < p->n; i++) {
        t->rows -= p->edit[i].entry < 0;
        t->counts.removed += p->edit[i].is_gone;
    }
}

/* Looks up what is pending: same, changed or new. */
static int
look_up(struct probe *p, struct table *t, int64_t now, struct err *e)
{
    bury(&t->pending, &t->owners);
    batch_index(&t->pending, t->spec.newest_first);
    if (t->fd < 0)
        return 0;
    if (check_untouched(t, e) < 0 || scan(p, t, e) < 0)
        return -1;
    return history_add(&t->layout, p, "updated", now, e);
}

/* Writes what came of the look, and n entries of fresh that are new. */
static int
write_found(struct table *t, struct commit *c, const struct probe *p,
            const size_t *new, size_t n, struct err *e)
{
    struct batch *b = &t->pending;
    size_t *added, added_n = 0;
    int rc;

    for (size_t i = 0; i < n; i++)
        batch_copy(b, &t->fresh, new[i]);
    added = mem_resize(NULL, b->n, sizeof(*added));
    for (size_t i = 0; i < b->n; i++)
        if (b->entry[i].state == ENTRY_LIVE && !b->entry[i].is_gone)
            added[added_n++] = i;
        else if (b->entry[i].state == ENTRY_CHANGED)
            known_add(&t->known, &b->entry[i]); /* one of its two may be new */
    rc = add_rows(t, c, b, p, added, added_n, e);
    free(added);
    if (rc < 0)
        return -1;
    count_known(t, p);
    if (p->n > 0)
        t->unended_at = -1;
    return 0;
}

/* What is pending goes first: it stands before the others in time. */
static int
resolve(struct table *t, struct commit *c, const size_t *new, size_t n,
        int64_t now, struct err *e)
{
    struct probe p = PROBE_INIT;
    int rc = look_up(&p, t, now, e);

    if (rc == 0)
        rc = write_found(t, c, &p, new, n, e);
    if (rc == 0)
        batch_cut(&t->pending, 0);
    probe_free(&p);
    return rc;
}

/* Of what was added, finds the entries whose key is surely not in the file;
 * the others go to pending. */
static size_t
split_fresh(struct table *t, size_t *added)
{
    const struct batch *b = &t->fresh;
    struct time_range range = TIME_RANGE_INIT;
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        const struct entry *entry = &b->entry[i];

        if (entry->state == ENTRY_DEAD)
            continue;
        if (!entry->is_gone)
            times_widen(&range, times_of(b, entry));
        if (known_may_have(&t->known, b, entry))
            batch_copy(&t->pending, b, i);
        else if (!entry->is_gone)
            added[n++] = i;
    }
    times_came(&t->times, &range);
    return n;
}

/* A set came, maybe an empty one, of an owner that has rows in the file. */
static bool
has_known_owner(const struct table *t)
{
    const struct batch *b = &t->owners.b;

    for (size_t i = 0; i < b->n; i++)
        if (b->entry[i].state == ENTRY_LIVE &&
            known_may_have_owner(&t->known, b->entry[i].key.hash))
            return true;
    return false;
}

/* Writes what was added, and what is pending once it is more than that. */
static int
write_fresh(struct table *t, struct commit *c, size_t pending_max, int64_t now,
            struct err *e)
{
    struct batch *b = &t->fresh;
    size_t *new, n;
    int rc = 0;

    table_seal(t);
    new = mem_resize(NULL, b->n, sizeof(*new));
    n = split_fresh(t, new);
    if (batch_bytes(&t->pending) > pending_max || has_known_owner(t)) {
        rc = resolve(t, c, new, n, now, e);
    } else if (n > 0) {
        rc = check_untouched(t, e);
        if (rc == 0)
            rc = add_rows(t, c, b, NULL, new, n, e);
    }
    free(new);
    batch_cut(b, 0);
    t->sealed = 0;
    return rc;
}

/* Gives the memory back, too: many tables are open at once. */
static void
drop(struct table *t)
{
    batch_free(&t->fresh);
    batch_free(&t->pending);
    batch_free(&t->losers);
    owners_free(&t->owners);
    t->fresh.losers = t->pending.losers = &t->losers;
    t->sealed = 0;
    t->counts = (struct table_counts){ .added = 0 };
}

/* Rows that may not be on the disk must not be met by the next run, which
 * would take them for stored: the kernel does not try to write them again. */
static void
cut_back(struct table *t)
{
    struct err ignored = ERR_INIT; /* the first failure is the news */

    (void)fs_truncate(t->fd, t->spec.path, t->safe_end, &ignored);
    (void)note_file(t, &ignored);
    t->is_dirty = false;
    t->rows = -1;
    known_forget(&t->known); /* the next flush looks at the file first */
}

/* Rows do not count as written if their file lost its name meanwhile: an
 * editor that saves puts another one there. */
static int
make_durable(struct table *t, struct err *e)
{
    if (t->is_dirty && fs_sync(t->fd, t->spec.path, e) < 0) {
        cut_back(t);
        return -1;
    }
    if (t->is_dirty)
        t->safe_end = t->end;
    t->is_dirty = false;
    if (t->counts.added == 0 && t->counts.changed == 0 &&
        t->counts.removed == 0)
        return 0;
    return check_untouched(t, e);
}

/* The file as it was, or as a journal will make it; what was added is gone. */
static void
give_up(struct table *t)
{
    if (t->is_dirty)
        cut_back(t);
    if (t->staged.how != STAGED_NOTHING) {
        t->staged.how = STAGED_NOTHING;
        t->rows = -1;
        known_forget(&t->known);
    }
    drop(t);
}

int
table_spill(struct table *t, int64_t now, struct err *e)
{
    struct commit *c;
    int rc;

    /* A version that is in the file would lose to an older one. */
    if (t->spec.newest_first)
        return 0;
    c = commit_open(t->spec.own_dir, t->spec.root);
    rc = write_fresh(t, c, FULL_BYTES, now, e);
    if (rc == 0)
        rc = commit_run(c, e);
    if (rc == 0)
        rc = take_staged(t, e);
    commit_close(c);
    if (rc < 0)
        give_up(t);
    return rc;
}

/* After the commit. */
static int
finish(struct table *t, struct table_counts *counts, int64_t now, struct err *e)
{
    if (take_staged(t, e) < 0 ||
        history_add_losers(&t->layout, &t->losers, now, e) < 0 ||
        make_durable(t, e) < 0)
        return -1;
    counts->added += t->counts.added;
    counts->changed += t->counts.changed;
    counts->unchanged += t->counts.unchanged;
    counts->removed += t->counts.removed;
    drop(t);
    return 0;
}

int
table_flush_all(struct table *const *t, struct table_counts *counts, size_t n,
                int64_t now, struct err *e)
{
    struct commit *c;
    int rc = 0;

    if (n == 0)
        return 0;
    c = commit_open(t[0]->spec.own_dir, t[0]->spec.root);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = write_fresh(t[i], c, 0, now, e);
    if (rc == 0)
        rc = commit_run(c, e);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = finish(t[i], &counts[i], now, e);
    commit_close(c);
    for (size_t i = 0; i < n && rc < 0; i++)
        give_up(t[i]);
    return rc;
}

int
table_flush(struct table *t, struct table_counts *counts, int64_t now,
            struct err *e)
{
    return table_flush_all(&t, counts, 1, now, e);
}

void
table_sent(const struct table *t, struct list *names)
{
    for (size_t i = t->spec.declared; i < t->met_n; i++) {
        const char *name = columns_name(t->spec.columns, i);

        if (t->met[i] && !list_has(names, name))
            list_add(names, name);
    }
}

int64_t
table_rows(const struct table *t)
{
    return t->fd < 0 ? 0 : t->rows;
}

const char *
table_earliest(const struct table *t)
{
    return t->times.earliest;
}

const char *
table_latest(const struct table *t)
{
    return t->times.latest;
}

const char *
table_earliest_new(const struct table *t)
{
    return t->times.earliest_new;
}

bool
table_is_disordered(const struct table *t)
{
    return t->is_disordered;
}

/* A piece that a crash left at the end is no row. */
static int
heal(struct table *t, struct err *e)
{
    struct probe p = PROBE_INIT;
    int rc = t->was_scanned ? 0 : scan(&p, t, e);

    probe_free(&p);
    return rc;
}

int
table_tidy(struct table *t, bool *moved, struct err *e)
{
    int64_t size;

    *moved = false;
    if (t->fd < 0 || t->layout.time_at < 0)
        return 0;
    if (check_untouched(t, e) < 0 || heal(t, e) < 0 ||
        tidy_run(&size, moved, &t->layout, t->fd, e) < 0)
        return -1;
    return *moved ? reopen(t, t->layout.file_n, size, e) : 0;
}
