#include "store/inspect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "data/json.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/rows.h"
#include "sys/beside.h"

static void __attribute__((format(__printf__, 3, 4)))
count(struct inspect *r, struct tally *t, const char *fmt, ...)
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

static bool
is_csv(const struct inspect *r)
{
    return r->in->layout->spec->format == TABLE_CSV;
}

/* --- the row by itself -------------------------------------------------- */

/* What is wrong with it, or NULL. */
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

static bool
check_json(struct inspect *r, const struct line *line)
{
    const char *wrong = json_fault(line, &r->why);

    if (wrong)
        count(r, &r->fault[FAULT_ROW], "%s", wrong);
    return !wrong;
}

/* What a spreadsheet leaves of a row of which the cells were cleared. */
static bool
is_empty(const struct csvcheck *c)
{
    size_t i = 0;

    while (i < c->n && c->cell[i].n == (c->cell[i].quoted ? 2 : 0))
        i++;
    return i == c->n;
}

static bool
check_csv(struct inspect *r, const struct line *line)
{
    const struct layout *l = r->in->layout;
    const char *wrong = csvcheck_row(&r->cells, line->p, line->n, &l->dialect);
    size_t cells = r->cells.n;

    if (wrong)
        count(r, &r->fault[FAULT_ROW], "%s", wrong);
    else if (cells != l->file_n)
        count(r, &r->fault[FAULT_CELLS], "%zu cell%s, the header has %zu",
              cells, cells == 1 ? "" : "s", l->file_n);
    return !wrong && cells == l->file_n;
}

/* --- its key and its time ----------------------------------------------- */

static bool
is_header(struct inspect *r, const char *key, size_t n)
{
    if (n != r->header.n || memcmp(key, r->header.p, n) != 0)
        return false;
    count(r, &r->fault[FAULT_HEADER], "the header again");
    return true;
}

static void
check_key(struct inspect *r, const struct key *k)
{
    const char *texts = r->texts.p;

    if (k->n == 0)
        count(r, &r->fault[FAULT_KEY], "no %s", r->in->layout->spec->ids[0]);
    else if (!is_header(r, texts + k->at, k->n) && !r->in->is_history)
        unique_add(&r->unique, k, texts);
}

/* what: of timeline_add(); the time is an instant by now. */
static void
tell_time(struct inspect *r, unsigned what, const char *time, size_t n)
{
    if (what & TIMELINE_EARLIER && r->from > 0 && r->first_line == 0) {
        r->first_time = r->times.before;
        r->first_line = r->number;
        what &= ~(unsigned)TIMELINE_EARLIER;
    }
    if (what & TIMELINE_EARLIER)
        count(r, &r->disorder, "%s", "");
    if (what & TIMELINE_OUTSIDE)
        count(r, &r->outside, "%.*s", (int)n, time);
}

static bool
has_time(const struct inspect *r)
{
    return !r->in->is_history && r->in->layout->time_at >= 0;
}

/* Nearly all rows: the key and the time as they stand in the row. */
static void
check_quickly(struct inspect *r, const struct key_quick *k,
              const struct csv_slice *time)
{
    unsigned what;

    if (is_header(r, k->p, k->n) || r->in->is_history)
        return;
    unique_add_text(&r->unique, k->p, k->n);
    if (!has_time(r) || !(what = timeline_add(&r->times, time->p, time->n)))
        return;
    buf_clear(&r->texts);
    if (r->outside.n == 0)
        key_instant(&r->texts, time->p, time->n);
    tell_time(r, what, buf_str(&r->texts), r->texts.n);
}

static int
check_slowly(struct inspect *r, const struct line *line, struct err *e)
{
    struct key k;
    const char *time;

    buf_clear(&r->texts);
    if (key_of_line(&k, &r->texts, r->in->layout, line, e) < 0)
        return -1;
    check_key(r, &k);
    if (!has_time(r))
        return 0;
    time = r->texts.p + k.time_at;
    tell_time(r, timeline_add_instant(&r->times, time, k.time_n), time,
              k.time_n);
    return 0;
}

/* --- all rows ----------------------------------------------------------- */

static int
read_csv(struct inspect *r, const struct line *line, struct err *e)
{
    struct key_quick k;
    struct csv_slice time;

    if (!check_csv(r, line))
        return 0;
    if (key_quick_cells(&k, &time, r->in->layout, r->cells.cell, r->cells.n))
        check_quickly(r, &k, &time);
    else if (!is_empty(&r->cells))
        return check_slowly(r, line, e);
    else
        count(r, &r->empty, "nothing is in this row");
    return 0;
}

static int
read_json(struct inspect *r, const struct line *line, struct err *e)
{
    struct key_quick k;
    struct csv_slice time;
    enum key_found found = key_quick_json(&k, &time, r->in->layout, line);

    if (found != KEY_IN_ROW && !check_json(r, line))
        return 0;
    if (found == KEY_NOT_FOUND)
        return check_slowly(r, line, e);
    check_quickly(r, &k, &time);
    return 0;
}

static int
read_row(struct inspect *r, const struct line *line, struct err *e)
{
    if (line->n == 0)
        return 0;
    r->rows++;
    return is_csv(r) ? read_csv(r, line, e) : read_json(r, line, e);
}

/* A last line without its end: a person's editor may leave a whole one, a
 * crash leaves a piece. */
static bool
is_torn(struct inspect *r, const struct line *line)
{
    struct tally before[FAULTS];
    bool is_whole;

    if (line->is_ended)
        return false;
    memcpy(before, r->fault, sizeof(before));
    is_whole = line->full == line->n &&
               (is_csv(r) ? check_csv(r, line) : check_json(r, line));
    memcpy(r->fault, before, sizeof(before));
    return !is_whole;
}

/* A row without quotes is one line; so is any row of JSON. */
static int64_t
count_lines(const struct inspect *r, const struct line *line)
{
    if (!is_csv(r) || r->cells.is_plain)
        return line->is_ended;
    return rows_line_ends(line);
}

static int
read_rows(struct inspect *r, struct err *e)
{
    const struct layout *l = r->in->layout;
    struct rows rows;
    struct line line;
    int rc = 0;

    rows_start(&rows, r->in->fd, l->spec->path, is_csv(r) ? &l->dialect : NULL,
               r->from);
    rows.stop = r->stop;
    while (!unique_gives_up(&r->unique) &&
           (rc = rows_next(&line, &rows, e)) == 1) {
        r->is_cut = !line.is_ended && r->stop >= 0;
        if (r->is_cut)
            break;
        if (line.offset >= l->body) {
            if (is_torn(r, &line)) {
                r->torn = (struct tally){ (int64_t)line.n, r->number, "" };
                r->torn_at = line.offset;
                break;
            }
            if ((rc = read_row(r, &line, e)) < 0)
                break;
            if (!line.is_ended)
                r->open_line = r->number;
        }
        r->number += count_lines(r, &line);
    }
    rows_free(&rows);
    return rc < 0 ? -1 : 0;
}

/* From r->from to r->stop. */
static int
read_part(struct inspect *r, struct err *e)
{
    r->rows = 0;
    memset(r->fault, 0, sizeof(r->fault));
    r->empty.n = 0;
    r->disorder.n = 0;
    r->outside.n = 0;
    r->torn_at = -1;
    r->open_line = 0;
    r->first_line = 0;
    r->is_cut = false;
    r->number = 1;
    r->cells.is_plain = false; /* the header's lines are counted */
    timeline_again(&r->times, r->from > 0);
    return read_rows(r, e);
}

/* --- in halves ---------------------------------------------------------- */

/* The second half of the file, which another thread reads. */
struct half {
    struct inspect r;
    int rc;
    struct err e;
};

static void
read_half(void *arg)
{
    struct half *h = arg;

    h->rc = read_part(&h->r, &h->e);
}

/* lines: so many are before those of rest. */
static void
join_tally(struct tally *t, const struct tally *rest, int64_t lines)
{
    int64_t n = t->n;

    if (n == 0 && rest->n > 0) {
        *t = *rest;
        t->line += lines;
    }
    t->n = n + rest->n;
}

/* As if one had read all of it. False: one has to, for a row goes over the
 * split, or the keys do not go on there. */
static bool
join(struct inspect *r, struct inspect *rest)
{
    const struct tally first = { .n = 1, .line = rest->first_line };
    int64_t lines = r->number - 1;

    if (r->is_cut || !unique_join(&r->unique, &rest->unique))
        return false;
    r->rows += rest->rows;
    for (int i = 0; i < FAULTS; i++)
        join_tally(&r->fault[i], &rest->fault[i], lines);
    join_tally(&r->empty, &rest->empty, lines);
    if (first.line > 0 && rest->first_time < r->times.before)
        join_tally(&r->disorder, &first, lines);
    join_tally(&r->disorder, &rest->disorder, lines);
    join_tally(&r->outside, &rest->outside, lines);
    r->torn = rest->torn;
    r->torn.line += lines;
    r->torn_at = rest->torn_at;
    r->open_line = rest->open_line > 0 ? rest->open_line + lines : 0;
    return true;
}

/* Where the second half starts; -1: there is one only. */
static int64_t
find_split(const struct inspect *r)
{
    const struct layout *l = r->in->layout;
    struct stat st;
    int64_t split;

    if (fstat(r->in->fd, &st) < 0 || (int64_t)st.st_size < r->in->large)
        return -1;
    split = rows_near(r->in->fd, l->spec->path, (int64_t)st.st_size / 2);
    return split > l->body && split < (int64_t)st.st_size ? split : -1;
}

static int
join_half(struct inspect *r, struct half *rest, struct err *e)
{
    if (!r->is_cut && rest->rc < 0) {
        *e = rest->e;
        return -1;
    }
    return join(r, &rest->r) ? 0 : 1;
}

/* 1: it is nothing to be read in halves. */
static int
read_halves(struct inspect *r, struct err *e)
{
    struct half rest = { .e = ERR_INIT };
    struct beside *other = NULL;
    int rc = 1;

    inspect_start(&rest.r, r->in);
    rest.r.from = find_split(r);
    if (rest.r.from >= 0 && unique_start_part(&rest.r.unique, &r->unique))
        other = beside_start(read_half, &rest);
    if (other) {
        r->stop = rest.r.from;
        rc = read_part(r, e);
        r->stop = -1;
        beside_end(other);
        if (rc == 0)
            rc = join_half(r, &rest, e);
    }
    unique_reset(&rest.r.unique);
    inspect_free(&rest.r);
    return rc;
}

int
inspect_rows(struct inspect *r, struct err *e)
{
    int rc;

    unique_start(&r->unique, r->in->layout);
    do {
        rc = read_halves(r, e);
        if (rc == 1) {
            unique_reset(&r->unique);
            rc = read_part(r, e);
        }
    } while (rc == 0 && unique_end(&r->unique));
    return rc;
}

void
inspect_start(struct inspect *r, const struct inspect_in *in)
{
    const struct layout *l = in->layout;

    *r = (struct inspect){ .in = in, .stop = -1 };
    timeline_start(&r->times, in->coverage, in->slack_s);
    /* The key of a row that is a header: the names of its key columns. */
    for (int i = 0; is_csv(r) && l->spec->ids[i]; i++) {
        if (i > 0)
            buf_addc(&r->header, 0x1f);
        buf_adds(&r->header, l->spec->ids[i]);
    }
    r->cells.max = l->file_n;
    r->cells.cell = mem_resize(NULL, r->cells.max + 1, sizeof(*r->cells.cell));
}

void
inspect_free(struct inspect *r)
{
    unique_free(&r->unique);
    timeline_free(&r->times);
    buf_free(&r->header);
    buf_free(&r->texts);
    free(r->cells.cell);
}
