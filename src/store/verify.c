#include "store/verify.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "data/columns.h"
#include "data/csvcheck.h"
#include "data/json.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/rows.h"
#include "store/spans.h"
#include "store/state.h"
#include "store/table.h"
#include "store/tail.h"
#include "store/twice.h"
#include "store/unique.h"
#include "sys/fs.h"

enum { TEXT_MAX = 300 };

/* What a row can have; the first one of each kind is told. */
enum fault {
    FAULT_ROW,    /* it is no CSV, or no JSON */
    FAULT_CELLS,  /* more or fewer than the header */
    FAULT_HEADER, /* it is a header again */
    FAULT_KEY,    /* it has none */
    FAULTS,
};

struct tally {
    int64_t n;
    int64_t line; /* the first one */
    char text[TEXT_MAX];
};

struct reader {
    struct verify *v;
    const struct verify_in *in;
    struct layout layout;
    struct csvcheck cells; /* of the CSV row */
    int fd;
    struct buf header; /* key text of a row that is a header */
    struct tally fault[FAULTS];
    struct tally outside;  /* rows that no coverage has */
    struct tally disorder; /* rows earlier than the one before */
    struct spans spans;
    struct unique unique;
    struct buf texts;
    int64_t before; /* time of the row before */
    int64_t number; /* line that is being read */
    struct err why; /* what is wrong with it */
};

/* --- findings ----------------------------------------------------------- */

void
verify_note(struct verify *v, enum finding_kind kind, int64_t line,
            const char *fmt, ...)
{
    char text[TEXT_MAX * 2];
    va_list args;

    va_start(args, fmt);
    if (vsnprintf(text, sizeof(text), fmt, args) < 0)
        text[0] = '\0';
    va_end(args);
    v->finding = mem_resize(v->finding, v->n + 1, sizeof(*v->finding));
    v->finding[v->n++] = (struct finding){ kind, line, mem_strdup(text), NULL };
}

void
verify_error(struct verify *v, int64_t line, const struct err *why)
{
    verify_note(v, FINDING_DAMAGE, line, "%s", why->text);
    if (why->hint[0])
        v->finding[v->n - 1].hint = mem_strdup(why->hint);
}

bool
verify_has(const struct verify *v, enum finding_kind kind)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->finding[i].kind == kind)
            return true;
    return false;
}

int64_t
verify_first_bad(const struct verify *v)
{
    int64_t line = 0;

    for (size_t i = 0; i < v->n; i++)
        if (v->finding[i].kind != FINDING_NOTE && v->finding[i].line > 0 &&
            (line == 0 || v->finding[i].line < line))
            line = v->finding[i].line;
    return line;
}

static void
drop_after(struct verify *v, size_t findings)
{
    while (v->n > findings) {
        free(v->finding[--v->n].text);
        free(v->finding[v->n].hint);
    }
}

void
verify_free(struct verify *v)
{
    drop_after(v, 0);
    free(v->finding);
    keyset_free(&v->suspects);
    *v = (struct verify)VERIFY_INIT;
}

static void __attribute__((format(__printf__, 3, 4)))
count(struct reader *r, struct tally *t, const char *fmt, ...)
{
    va_list args;

    if (t->n++ > 0)
        return;
    t->line = r->number;
    va_start(args, fmt);
    if (vsnprintf(t->text, sizeof(t->text), fmt, args) < 0)
        t->text[0] = '\0';
    va_end(args);
}

static void
report_faults(struct reader *r)
{
    for (int i = 0; i < FAULTS; i++) {
        const struct tally *t = &r->fault[i];

        if (t->n == 1)
            verify_note(r->v, FINDING_DAMAGE, t->line, "%s", t->text);
        else if (t->n > 1)
            verify_note(r->v, FINDING_DAMAGE, t->line, "%s; %lld more like it",
                        t->text, (long long)t->n - 1);
    }
}

/* --- rows --------------------------------------------------------------- */

static bool
is_csv(const struct reader *r)
{
    return r->layout.spec->format == TABLE_CSV;
}

/* What is wrong with the row by itself, or NULL. */
static const char *
json_fault(const struct line *line, struct err *e)
{
    struct json j;
    struct json_token t;

    json_start_more(&j, line->p, line->n);
    if (json_next(&t, &j, e) < 0)
        return e->text;
    if (t.type != JSON_OBJECT)
        return "not a JSON object";
    if (json_skip(&t, &j, e) < 0)
        return e->text;
    if (t.flags & JSON_BAD_UTF8)
        return "a byte that is not UTF-8";
    return json_next(&t, &j, e) < 0 ? e->text : NULL;
}

/* True if the row is as it should be, its key aside. */
static bool
check_row(struct reader *r, const struct line *line)
{
    const char *wrong;
    size_t cells;

    if (!is_csv(r)) {
        wrong = json_fault(line, &r->why);
    } else {
        wrong = csvcheck_row(&r->cells, line->p, line->n, &r->layout.dialect);
        cells = r->cells.n;
        if (!wrong && cells != r->layout.file_n) {
            count(r, &r->fault[FAULT_CELLS], "%zu cell%s, the header has %zu",
                  cells, cells == 1 ? "" : "s", r->layout.file_n);
            return false;
        }
    }
    if (wrong)
        count(r, &r->fault[FAULT_ROW], "%s", wrong);
    return !wrong;
}

static bool
is_header(struct reader *r, const char *key, size_t n)
{
    if (n != r->header.n || memcmp(key, r->header.p, n) != 0)
        return false;
    count(r, &r->fault[FAULT_HEADER], "the header again");
    return true;
}

static void
check_key(struct reader *r, const struct key *k)
{
    const char *texts = r->texts.p;

    if (k->n == 0)
        count(r, &r->fault[FAULT_KEY], "no %s", r->in->spec->ids[0]);
    else if (!is_header(r, texts + k->at, k->n) && !r->in->is_history)
        unique_add(&r->unique, k, texts);
}

static void
check_time(struct reader *r, const char *time, size_t n)
{
    int64_t at = key_nanoseconds(time, n); /* as tidy has it */

    if (at < r->before)
        count(r, &r->disorder, "%s", "");
    if (n > 0 && !spans_have(&r->spans, time, n))
        count(r, &r->outside, "%.*s", (int)n, time);
    r->before = at;
}

/* The table's name is put in front of each finding. */
static void
note_error(struct reader *r, int64_t line, struct err *why)
{
    const char *path = r->in->spec->path;
    size_t n = strlen(path);

    if (strncmp(why->text, path, n) == 0)
        memmove(why->text, why->text + n + 2, strlen(why->text + n + 2) + 1);
    verify_error(r->v, line, why);
}

/* A last line without its end: a person's editor may leave a whole one, a
 * crash leaves a piece. */
static bool
is_torn(struct reader *r, const struct line *line)
{
    struct tally before[FAULTS];
    bool is_whole;

    if (line->is_ended)
        return false;
    memcpy(before, r->fault, sizeof(before));
    is_whole = line->full == line->n && check_row(r, line);
    memcpy(r->fault, before, sizeof(before));
    return !is_whole;
}

/* Rows behind an opening quote are no torn row: somebody's stray quote has to
 * be found, not all behind it cut off. */
static void
note_torn(struct reader *r, const struct line *line)
{
    struct err why = ERR_INIT;

    if (tail_check(&r->layout, r->fd, line->offset, &why) < 0) {
        note_error(r, r->number, &why);
        return;
    }
    r->v->torn_at = line->offset;
    verify_note(r->v, FINDING_FIXABLE, r->number,
                "the last line is torn: %zu bytes without a line end", line->n);
}

/* Nearly all rows: the key as it stands in the row. */
static bool
is_read_quickly(struct reader *r, const struct line *line)
{
    const struct layout *l = &r->layout;
    struct key_quick k;
    struct csv_slice time;

    if (is_csv(r) ? !key_quick_cells(&k, &time, l, r->cells.cell, r->cells.n)
                  : !key_quick_json(&k, &time, l, line))
        return false;
    if (is_header(r, k.p, k.n) || r->in->is_history)
        return true;
    unique_add_text(&r->unique, k.p, k.n);
    if (r->layout.time_at >= 0)
        check_time(r, time.p, time.n);
    return true;
}

static int
read_row(struct reader *r, const struct line *line, struct err *e)
{
    struct key k;

    if (line->n == 0)
        return 0;
    r->v->rows++;
    if (!check_row(r, line) || is_read_quickly(r, line))
        return 0;
    buf_clear(&r->texts);
    if (key_of_line(&k, &r->texts, &r->layout, line, e) < 0)
        return -1;
    check_key(r, &k);
    if (!r->in->is_history && r->layout.time_at >= 0)
        check_time(r, r->texts.p + k.time_at, k.time_n);
    return 0;
}

static int
read_rows(struct reader *r, struct err *e)
{
    const struct layout *l = &r->layout;
    struct rows rows;
    struct line line;
    int rc = 0;

    rows_start(&rows, r->fd, l->spec->path, is_csv(r) ? &l->dialect : NULL, 0);
    r->number = 1;
    while (!unique_gives_up(&r->unique) &&
           (rc = rows_next(&line, &rows, e)) == 1) {
        if (line.offset >= l->body) {
            if (is_torn(r, &line)) {
                note_torn(r, &line);
                rc = 0;
                break;
            }
            if ((rc = read_row(r, &line, e)) < 0)
                break;
        }
        r->number += rows_line_ends(&line);
    }
    rows_free(&rows);
    return rc;
}

static void
start_over(struct reader *r, size_t findings)
{
    struct verify *v = r->v;

    drop_after(v, findings);
    v->torn_at = -1;
    v->rows = 0;
    memset(r->fault, 0, sizeof(r->fault));
    r->disorder.n = 0;
    r->outside.n = 0;
    r->before = INT64_MIN;
}

static int
read_all(struct reader *r, struct err *e)
{
    size_t findings = r->v->n;
    int rc;

    unique_start(&r->unique, &r->layout);
    while ((rc = read_rows(r, e)) >= 0 && unique_end(&r->unique))
        start_over(r, findings);
    r->v->suspects = r->unique.suspects;
    r->v->repeated = r->unique.repeated;
    unique_free(&r->unique);
    return rc;
}

/* --- the file as a whole ------------------------------------------------ */

/* Names the first row that another one repeats. */
static int
check_repeated(struct reader *r, struct err *e)
{
    struct twice twice = TWICE_INIT;
    struct verify *v = r->v;
    bool is_exact = v->suspects.n < UNIQUE_SUSPECTS_MAX;

    if (v->suspects.n == 0 && !v->suspects.has_zero)
        return 0;
    if (twice_find(&twice, &r->layout, r->fd, &v->suspects, e) < 0)
        return -1;
    if (is_exact)
        v->repeated = (int64_t)twice.n; /* two keys may have one hash */
    if (twice.n > 1)
        verify_note(v, FINDING_FIXABLE, twice.row[0].line,
                    "the same record as in line %lld; %lld rows are such",
                    (long long)twice.row[0].other, (long long)v->repeated);
    else if (twice.n == 1)
        verify_note(v, FINDING_FIXABLE, twice.row[0].line,
                    "the same record as in line %lld",
                    (long long)twice.row[0].other);
    twice_free(&twice);
    return 0;
}

static void
check_state(struct reader *r)
{
    const struct table_state *t = r->in->state;
    struct verify *v = r->v;
    long long rows = (long long)v->rows;

    if (r->outside.n > 0)
        verify_note(v, FINDING_NOTE, r->outside.line,
                    "%s is outside of what the state has as covered; %lld "
                    "row%s such",
                    r->outside.text, (long long)r->outside.n,
                    r->outside.n == 1 ? " is" : "s are");
    if (r->disorder.n > 0)
        verify_note(v, FINDING_NOTE, r->disorder.line,
                    "not in order of time from here on; tidy puts it so");
    if (r->in->is_history)
        return;
    if (!t)
        verify_note(v, FINDING_NOTE, 0, "the state does not know this table");
    else if (t->rows > v->rows)
        verify_note(v, FINDING_DAMAGE, 0,
                    "%lld rows, the state has %lld: %lld are gone; fetch "
                    "--full gets back what the provider still has",
                    rows, (long long)t->rows, (long long)t->rows - rows);
    else if (t->rows >= 0 && t->rows < v->rows)
        verify_note(v, FINDING_NOTE, 0, "%lld rows, the state has %lld", rows,
                    (long long)t->rows);
}

/* The key that a row has which is a header: the names of its key columns. */
static void
make_header_key(struct reader *r)
{
    for (int i = 0; is_csv(r) && r->in->spec->ids[i]; i++) {
        if (i > 0)
            buf_addc(&r->header, 0x1f);
        buf_adds(&r->header, r->in->spec->ids[i]);
    }
}

static void
check_history_header(struct reader *r)
{
    static const char *const names[] = { "_replaced_at", "_reason" };

    for (int i = 0; is_csv(r) && i < 2; i++)
        if (columns_find(r->in->spec->columns, names[i], strlen(names[i])) < 0)
            verify_note(r->v, FINDING_DAMAGE, layout_header_line(&r->layout),
                        "no column \"%s\" in its header", names[i]);
}

/* 1 if there is a header to read rows by. A header that is none is a
 * finding. */
static int
check_header(struct reader *r)
{
    struct err why = ERR_INIT;
    int rc = layout_read(&r->layout, r->in->spec, r->fd, &why);

    if (rc < 0)
        note_error(r, layout_header_line(&r->layout), &why);
    return rc == 0;
}

static void
check_mode(struct verify *v, const struct stat *st)
{
    v->mode = st->st_mode & 07777;
    if (v->mode & 077)
        verify_note(v, FINDING_FIXABLE, 0,
                    "others may read it: its mode is "
                    "%04o, not 0600",
                    (unsigned)v->mode);
}

static int
read_file(struct reader *r, struct err *e)
{
    struct stat st;

    if (fstat(r->fd, &st) < 0)
        return err_sys(e, "%s", r->in->spec->path);
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_IO, "%s is not a file", r->in->spec->path);
    r->v->bytes = st.st_size;
    check_mode(r->v, &st);
    if (st.st_size > 0 && !check_header(r))
        return 0;
    if (st.st_size == 0)
        layout_fresh(&r->layout, r->in->spec);
    if (r->in->is_history)
        check_history_header(r);
    make_header_key(r);
    r->cells.max = r->layout.file_n;
    r->cells.cell = mem_resize(NULL, r->cells.max + 1, sizeof(*r->cells.cell));
    if (r->in->state && !r->in->is_history)
        spans_make(&r->spans, &r->in->state->coverage, r->in->slack_s);
    if (read_all(r, e) < 0 || check_repeated(r, e) < 0)
        return -1;
    r->v->was_read = true;
    r->v->is_in_order = r->disorder.n == 0;
    r->v->disorder = r->disorder.n > 0 ? r->disorder.line : 0;
    r->v->has_times = r->spans.n > 0 && r->layout.time_at >= 0;
    r->v->outside = r->outside.n;
    report_faults(r);
    check_state(r);
    return 0;
}

int
verify_table(struct verify *v, const struct verify_in *in, struct err *e)
{
    struct reader r = { .v = v, .in = in, .before = INT64_MIN, .fd = -1 };
    struct stat st;
    int rc = fs_stat(&st, in->spec->path, e);

    v->is_there = rc == 1;
    if (rc == 0 && in->state && in->state->rows > 0)
        verify_note(v, in->is_wanted ? FINDING_DAMAGE : FINDING_NOTE, 0,
                    "it is gone; the state has %lld rows%s",
                    (long long)in->state->rows,
                    in->is_wanted ? "" : " in a format that is not asked for");
    if (rc <= 0)
        return rc;
    if (fs_open(&r.fd, in->spec->path, O_RDONLY, e) < 0)
        return -1;
    rc = read_file(&r, e);
    (void)close(r.fd); /* only read */
    layout_free(&r.layout);
    spans_free(&r.spans);
    buf_free(&r.header);
    buf_free(&r.texts);
    free(r.cells.cell);
    return rc;
}
