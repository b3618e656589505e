#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "base/tm.h"
#include "cmd/command.h"
#include "cmd/exit.h"
#include "cmd/found.h"
#include "cmd/hold.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "cmd/setup.h"
#include "data/columns.h"
#include "data/doc.h"
#include "spec/category.h"
#include "store/names.h"
#include "store/repair.h"
#include "store/state.h"
#include "store/verify.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/signal.h"

enum { COLUMNS = 5, ROWS_RIGHT = 1 << 1 };

static const char *const heading[COLUMNS] = { "TABLE", "ROWS", "SORTED",
                                              "COVERED", "RESULT" };

struct check {
    const struct options *o;
    const struct setup *setup;
    struct state *state; /* NULL: it cannot be read */
    struct found_list found;
    struct list cells;   /* of the table that is printed */
    struct buf repaired; /* lines that say what was put right */
    struct cJSON *files; /* of the JSON that is printed, or NULL */
    bool is_damaged;
    bool is_dirty;   /* the state has to be saved */
    bool has_hinted; /* at --repair: once is enough */
};

/* A file or folder that is looked at. */
struct item {
    const char *name;
    const char *path;
    const struct found *table; /* NULL: it is none */
    bool is_history;
};

static struct table_state *
state_of(const struct check *c, const struct found *t)
{
    const char *word = names_of(t->format)->word;
    struct category_state *known;

    if (!c->state || !state_find(c->state, t->source, t->category->name))
        return NULL;
    known = state_category(c->state, t->source, t->category->name);
    for (size_t i = 0; i < known->table_n; i++)
        if (text_is(known->table[i].format, word))
            return &known->table[i];
    return NULL;
}

/* --- what is said ------------------------------------------------------- */

static void
add_place(struct buf *out, const char *name, const struct finding *f)
{
    buf_adds(out, name);
    if (f->line > 0)
        buf_addf(out, " line %lld", (long long)f->line);
    buf_addf(out, ": %s", f->text);
}

static const char *
hint_of(struct check *c, const struct finding *f)
{
    if (f->hint || f->kind != FINDING_FIXABLE || c->o->repair || c->has_hinted)
        return f->hint;
    c->has_hinted = true;
    return "verify --repair puts it right";
}

static void
print_finding(struct check *c, const char *name, const struct finding *f)
{
    const char *hint = hint_of(c, f);
    struct err line = ERR_INIT;
    struct buf text = BUF_INIT;

    add_place(&text, name, f);
    (void)err_set(&line, ERR_FILE, "%s", buf_str(&text));
    if (hint)
        (void)err_hint(&line, "%s", hint);
    exit_print(&line);
    buf_free(&text);
}

/* Notes are for those who look: a sound archive is silent under cron. */
static void
print_findings(struct check *c, const char *name, const struct verify *v)
{
    bool has_notes = (c->o->verbose > 0 || isatty(STDOUT_FILENO)) &&
                     !c->o->quiet && !c->o->json;

    for (size_t i = 0; i < v->n; i++)
        if (v->finding[i].kind != FINDING_NOTE || has_notes)
            print_finding(c, name, &v->finding[i]);
}

static const char *
result_word(const struct verify *v)
{
    if (verify_has(v, FINDING_DAMAGE))
        return "damaged";
    return verify_has(v, FINDING_FIXABLE) ? "to be repaired" : "well";
}

/* Are all rows where the state says that everything was fetched? */
static const char *
covered_word(const struct verify *v)
{
    if (!v->was_read || !v->has_times)
        return "-";
    return v->outside == 0 ? "yes" : "no";
}

static void
add_cells(struct check *c, const char *name, const struct verify *v)
{
    char rows[24] = "-";

    if (v->was_read)
        (void)snprintf(rows, sizeof(rows), "%lld", (long long)v->rows);
    list_add(&c->cells, name);
    list_add(&c->cells, rows);
    list_add(&c->cells, !v->was_read ? "-" : v->is_in_order ? "yes" : "no");
    list_add(&c->cells, covered_word(v));
    list_add(&c->cells, result_word(v));
}

/* What is counted, as far as it was. */
static void
add_counts(struct cJSON *file, const struct item *item, const struct verify *v,
           const struct table_state *known)
{
    char mode[8];

    if (item->table && v->is_there) {
        (void)snprintf(mode, sizeof(mode), "%04o", (unsigned)v->mode);
        doc_set_string(file, "mode", mode);
    }
    if (known && known->rows >= 0)
        doc_set_i64(file, "rows_in_state", known->rows);
    if (verify_first_bad(v) > 0)
        doc_set_i64(file, "first_bad_line", verify_first_bad(v));
    if (!v->was_read)
        return;
    doc_set_i64(file, "rows", v->rows);
    doc_set_i64(file, "bytes", v->bytes);
    doc_set_i64(file, "rows_with_same_key", v->repeated);
    doc_set_bool(file, "in_order", v->is_in_order);
    if (v->disorder > 0)
        doc_set_i64(file, "out_of_order_from_line", v->disorder);
    if (v->has_times)
        doc_set_i64(file, "rows_not_covered", v->outside);
}

static void
add_json(struct check *c, const struct item *item, const struct verify *v)
{
    static const char *const lists[] = {
        [FINDING_NOTE] = "notes",
        [FINDING_DAMAGE] = "damage",
        [FINDING_FIXABLE] = "repairable",
    };
    struct cJSON *file = doc_make_object(c->files, item->name), *list;
    const struct table_state *known =
        item->table && !item->is_history ? state_of(c, item->table) : NULL;

    doc_set_string(file, "result", result_word(v));
    add_counts(file, item, v, known);
    for (int kind = FINDING_NOTE; kind <= FINDING_FIXABLE; kind++) {
        list = doc_make_array(file, lists[kind]);
        for (size_t i = 0; i < v->n; i++) {
            struct buf text = BUF_INIT;

            if (v->finding[i].line > 0)
                buf_addf(&text, "line %lld: ", (long long)v->finding[i].line);
            buf_adds(&text, v->finding[i].text);
            if ((int)v->finding[i].kind == kind)
                doc_append_string(list, buf_str(&text));
            buf_free(&text);
        }
    }
}

static void
tell(struct check *c, const struct item *item, const struct verify *v)
{
    print_findings(c, item->name, v);
    if (item->table)
        add_cells(c, item->name, v);
    if (c->files && (item->table || v->n > 0))
        add_json(c, item, v);
    c->is_damaged = c->is_damaged || verify_has(v, FINDING_DAMAGE) ||
                    verify_has(v, FINDING_FIXABLE);
}

static void
tell_repair(struct check *c, const struct item *item, const struct repair *r)
{
    if (r->cut)
        buf_addf(&c->repaired, "%s: the torn last line was cut off and kept\n",
                 item->name);
    if (r->removed)
        buf_addf(&c->repaired,
                 "%s: %lld row%s that a later one stands for moved to %s\n",
                 item->name, (long long)r->removed, r->removed == 1 ? "" : "s",
                 item->table->history_name);
    if (r->mode)
        buf_addf(&c->repaired, "%s: others can no longer read it\n",
                 item->name);
}

/* --- tables ------------------------------------------------------------- */

static int
look(struct verify *v, struct check *c, const struct item *item, struct err *e)
{
    struct columns *columns = columns_new();
    struct table_spec spec = found_spec(&c->found, item->table, columns);
    struct verify_in in = {
        .spec = &spec,
        .is_history = item->is_history,
        .is_wanted = item->table->is_wanted,
        .state = item->is_history ? NULL : state_of(c, item->table),
        .slack_s = (int64_t)(item->table->category->pad_days + 2) * DAY,
    };
    int rc;

    spec.path = item->path;
    rc = verify_table(v, &in, e);
    columns_free(columns);
    return rc;
}

/* The state counted the rows that are now in the history. */
static void
count_removed(struct check *c, const struct found *t, int64_t before,
              int64_t removed)
{
    struct table_state *known = state_of(c, t);

    if (!known || removed == 0 || known->rows > before ||
        known->rows <= before - removed)
        return;
    known->rows = before - removed;
    c->is_dirty = true;
}

/* Puts right what can be, and looks again. */
static int
repair(struct verify *v, struct check *c, const struct item *item,
       struct err *e)
{
    struct columns *columns = columns_new();
    struct table_spec spec = found_spec(&c->found, item->table, columns);
    struct repair r = { .removed = 0 };
    int64_t before = v->rows;
    int rc;

    spec.path = item->path;
    rc = repair_table(&r, &spec, v, clock_now(), e);
    tell_repair(c, item, &r);
    count_removed(c, item->table, before, r.removed);
    columns_free(columns);
    if (rc < 0)
        return -1;
    verify_free(v);
    return look(v, c, item, e);
}

static void
check_table(struct check *c, const struct item *item)
{
    struct verify v = VERIFY_INIT;
    struct err e = ERR_INIT;
    int rc = look(&v, c, item, &e);

    if (rc == 0 && c->o->repair && verify_has(&v, FINDING_FIXABLE))
        rc = repair(&v, c, item, &e);
    if (rc < 0)
        verify_error(&v, 0, &e);
    tell(c, item, &v);
    verify_free(&v);
}

static int
check_tables(struct check *c, struct err *e)
{
    for (size_t i = 0; i < c->found.n; i++) {
        const struct found *t = &c->found.item[i];
        struct item table = { t->name, t->path, t, false };
        struct item history = { t->history_name, t->history, t, true };

        if (signal_stop())
            return err_set(e, ERR_STOP, "stopped before %s", t->name);
        check_table(c, &table);
        if (t->has_history)
            check_table(c, &history);
    }
    return 0;
}

/* --- what is around them ------------------------------------------------ */

/* Folders, and the state: only their owner may look into them. */
static void
check_mode(struct check *c, const char *name, const char *path)
{
    struct item item = { .name = name, .path = path };
    struct repair r = { .mode = true };
    struct verify v = VERIFY_INIT;
    struct err e = ERR_INIT;
    struct stat st;
    int rc = fs_stat(&st, path, &e);

    if (rc > 0 && st.st_mode & 077) {
        if (c->o->repair && (rc = repair_mode(path, st.st_mode, &e)) == 0)
            tell_repair(c, &item, &r);
        else
            verify_note(&v, FINDING_FIXABLE, 0,
                        "others may look into it: its mode is %04o",
                        (unsigned)st.st_mode & 07777);
    }
    if (rc < 0)
        verify_error(&v, 0, &e);
    tell(c, &item, &v);
    verify_free(&v);
}

static void
check_around(struct check *c)
{
    struct buf path = BUF_INIT;
    const char *last = NULL;

    check_mode(c, c->setup->dir, c->setup->dir);
    check_mode(c, ".wearchive", c->found.own_dir);
    check_mode(c, "state.json", c->setup->state_path);
    for (size_t i = 0; i < c->found.n; i++) {
        const char *source = c->found.item[i].source;

        if (last && text_is(source, last))
            continue;
        check_mode(c, source, fs_join(&path, c->setup->dir, source));
        last = source;
    }
    buf_free(&path);
}

/* A state that cannot be read is one finding; the tables stand for
 * themselves. */
static void
load_state(struct check *c)
{
    struct item item = { .name = "state.json" };
    struct verify v = VERIFY_INIT;
    struct err e = ERR_INIT;

    if (state_load(&c->state, c->setup->state_path, false, clock_now(), &e) < 0)
        verify_error(&v, 0, &e);
    tell(c, &item, &v);
    verify_free(&v);
}

/* --- the command -------------------------------------------------------- */

static int
print(struct check *c, struct cJSON *doc, struct err *e)
{
    struct buf out = BUF_INIT;
    int rc;

    if (doc) {
        doc_set_bool(doc, "well", !c->is_damaged);
        return out_json(doc, e);
    }
    if (!c->o->quiet && (c->o->verbose > 0 || isatty(STDOUT_FILENO)))
        out_table(&out, &c->cells, COLUMNS, ROWS_RIGHT);
    buf_add(&out, c->repaired.p, c->repaired.n);
    rc = out_print(&out, e);
    buf_free(&out);
    return rc;
}

static void
add_repaired(struct cJSON *doc, const struct buf *lines)
{
    struct cJSON *list = doc_make_array(doc, "repaired");
    const char *p = lines->p, *end = lines->p + lines->n, *to;
    struct buf line = BUF_INIT;

    for (; p < end; p = to + 1) {
        for (to = p; *to != '\n'; to++)
            ;
        buf_clear(&line);
        buf_add(&line, p, (size_t)(to - p));
        doc_append_string(list, buf_str(&line));
    }
    buf_free(&line);
}

static int
verify(struct check *c, struct cJSON *doc, struct err *e)
{
    load_state(c);
    if (found_load(&c->found, c->setup, &c->o->words, c->state, e) < 0)
        return -1;
    check_around(c);
    if (check_tables(c, e) < 0)
        return -1;
    if (c->is_dirty && state_save(c->state, e) < 0)
        return -1;
    if (doc && c->o->repair)
        add_repaired(doc, &c->repaired);
    if (print(c, doc, e) < 0)
        return -1;
    return c->is_damaged ? EXIT_STORAGE : EXIT_OK;
}

/* Looking needs no lock, and must be possible on a disk that cannot be
 * written; what a run is writing at the moment may look torn. */
static int
take_archive(struct lock *lock, const struct check *c, struct err *e)
{
    if (!c->o->repair)
        return 0;
    return hold_existing(lock, c->setup, c->o, e);
}

int
cmd_verify(const struct options *o, struct err *e)
{
    struct setup s = SETUP_INIT;
    struct check c = { .o = o, .setup = &s, .found = FOUND_INIT };
    struct lock lock = LOCK_INIT;
    struct cJSON *doc = o->json ? out_object() : NULL;
    int rc = setup_load(&s, o, SETUP_PATHS, e);

    for (size_t i = 0; i < COLUMNS; i++)
        list_add(&c.cells, heading[i]);
    if (doc) {
        doc_set_bool(doc, "well", false); /* so that it comes first */
        c.files = doc_make_object(doc, "files");
    }
    if (rc == 0)
        rc = take_archive(&lock, &c, e);
    if (rc == 0)
        rc = verify(&c, doc, e);
    lock_release(&lock);
    doc_free(doc);
    state_free(c.state);
    found_free(&c.found);
    list_free(&c.cells);
    buf_free(&c.repaired);
    setup_free(&s);
    return rc;
}
