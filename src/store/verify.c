#include "store/verify.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "data/columns.h"
#include "store/inspect.h"
#include "store/layout.h"
#include "store/replaced.h"
#include "store/state.h"
#include "store/table.h"
#include "store/tail.h"
#include "store/twice.h"
#include "sys/fs.h"

enum { TEXT_MAX = 300, LARGE_BYTES = 8 << 20 };

struct reader {
    struct verify *v;
    const struct verify_in *in;
    struct layout layout;
    int fd;
    struct inspect found;
    bool is_half_read; /* what rows are behind a place cannot be told */
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

/* Tells of rows that have the same fault. */
static void
report(struct verify *v, enum finding_kind kind, const struct tally *t,
       const char *hint)
{
    if (t->n == 0)
        return;
    if (t->n == 1)
        verify_note(v, kind, t->line, "%s", t->text);
    else
        verify_note(v, kind, t->line, "%s; %lld more like it", t->text,
                    (long long)t->n - 1);
    v->finding[v->n - 1].hint = mem_strdup(hint);
}

static void
report_faults(struct reader *r)
{
    static const char by_hand[] =
        "put the line right by hand; or take it out, and fetch --full gets "
        "back what the provider still has";
    static const char *const hint[FAULTS] = {
        [FAULT_ROW] = by_hand,
        [FAULT_CELLS] = by_hand,
        [FAULT_HEADER] = "take the line out",
        [FAULT_KEY] = by_hand,
    };

    for (int i = 0; i < FAULTS; i++)
        report(r->v, FINDING_DAMAGE, &r->found.fault[i], hint[i]);
    report(r->v, FINDING_NOTE, &r->found.empty, NULL);
    if (r->found.open_line > 0)
        verify_note(r->v, FINDING_NOTE, r->found.open_line,
                    "the last line has no line end");
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

/* Rows behind an opening quote are no torn row: somebody's stray quote has to
 * be found, not all behind it cut off. */
static void
check_torn(struct reader *r)
{
    struct err why = ERR_INIT;
    const struct tally *torn = &r->found.torn;

    if (r->found.torn_at < 0)
        return;
    if (tail_check(&r->layout, r->fd, r->found.torn_at, &why) < 0) {
        r->is_half_read = true;
        note_error(r, torn->line, &why);
        return;
    }
    r->v->torn_at = r->found.torn_at;
    verify_note(r->v, FINDING_FIXABLE, torn->line,
                "the last line is torn: %lld bytes without a line end",
                (long long)torn->n);
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
    const struct tally *outside = &r->found.outside;
    struct verify *v = r->v;
    long long rows = (long long)v->rows;

    if (outside->n > 0)
        verify_note(v, FINDING_NOTE, outside->line,
                    "%s is outside of what the state has as covered; %lld "
                    "row%s such",
                    outside->text, (long long)outside->n,
                    outside->n == 1 ? " is" : "s are");
    if (v->disorder > 0)
        verify_note(v, FINDING_NOTE, v->disorder,
                    "not in order of time from here on; tidy puts it so");
    if (r->in->is_history || r->is_half_read)
        return;
    if (!t)
        verify_note(v, FINDING_NOTE, 0, "the state does not know this table");
    else if (t->rows > v->rows)
        verify_note(v, FINDING_DAMAGE, 0,
                    "%lld rows, the state has %lld: %lld %s gone; fetch "
                    "--full gets back what the provider still has",
                    rows, (long long)t->rows, (long long)t->rows - rows,
                    t->rows - v->rows == 1 ? "is" : "are");
    else if (t->rows >= 0 && t->rows < v->rows)
        verify_note(v, FINDING_NOTE, 0, "%lld rows, the state has %lld", rows,
                    (long long)t->rows);
}

static void
check_history_header(struct reader *r)
{
    static const char *const names[] = { REPLACED_AT, REPLACED_REASON };
    bool is_csv = r->in->spec->format == TABLE_CSV;

    for (int i = 0; is_csv && i < 2; i++)
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
read_rows(struct reader *r, struct err *e)
{
    const struct table_state *t = r->in->state;
    struct inspect_in in = {
        .layout = &r->layout,
        .fd = r->fd,
        .is_history = r->in->is_history,
        .coverage = t && !r->in->is_history ? &t->coverage : NULL,
        .slack_s = r->in->slack_s,
        .large = LARGE_BYTES,
    };
    struct inspect *found = &r->found;
    struct verify *v = r->v;
    int rc;

    inspect_start(found, &in);
    rc = inspect_rows(found, e);
    v->rows = found->rows;
    v->suspects = found->unique.suspects;
    v->repeated = found->unique.repeated;
    v->is_in_order = found->disorder.n == 0;
    v->disorder = found->disorder.n > 0 ? found->disorder.line : 0;
    v->has_times = in.coverage && in.coverage->n > 0 && r->layout.time_at >= 0;
    v->outside = found->outside.n;
    if (rc == 0)
        check_torn(r);
    return rc;
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
    if (read_rows(r, e) < 0 || check_repeated(r, e) < 0)
        return -1;
    r->v->was_read = true;
    report_faults(r);
    check_state(r);
    return 0;
}

int
verify_table(struct verify *v, const struct verify_in *in, struct err *e)
{
    struct reader r = { .v = v, .in = in, .fd = -1 };
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
    inspect_free(&r.found);
    layout_free(&r.layout);
    return rc;
}
