#include "store/inspect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/json.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/rows.h"

static void __attribute__((format(__printf__, 3, 4)))
count(struct inspect *in, struct tally *t, const char *fmt, ...)
{
    va_list args;

    if (t->n++ > 0)
        return;
    t->line = in->number;
    va_start(args, fmt);
    if (vsnprintf(t->text, sizeof(t->text), fmt, args) < 0)
        t->text[0] = '\0';
    va_end(args);
}

static bool
is_csv(const struct inspect *in)
{
    return in->layout->spec->format == TABLE_CSV;
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
check_json(struct inspect *in, const struct line *line)
{
    const char *wrong = json_fault(line, &in->why);

    if (wrong)
        count(in, &in->fault[FAULT_ROW], "%s", wrong);
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
check_csv(struct inspect *in, const struct line *line)
{
    const struct layout *l = in->layout;
    const char *wrong = csvcheck_row(&in->cells, line->p, line->n, &l->dialect);
    size_t cells = in->cells.n;

    if (wrong)
        count(in, &in->fault[FAULT_ROW], "%s", wrong);
    else if (cells != l->file_n)
        count(in, &in->fault[FAULT_CELLS], "%zu cell%s, the header has %zu",
              cells, cells == 1 ? "" : "s", l->file_n);
    return !wrong && cells == l->file_n;
}

/* --- its key and its time ----------------------------------------------- */

static bool
is_header(struct inspect *in, const char *key, size_t n)
{
    if (n != in->header.n || memcmp(key, in->header.p, n) != 0)
        return false;
    count(in, &in->fault[FAULT_HEADER], "the header again");
    return true;
}

static void
check_key(struct inspect *in, const struct key *k)
{
    const char *texts = in->texts.p;

    if (k->n == 0)
        count(in, &in->fault[FAULT_KEY], "no %s", in->layout->spec->ids[0]);
    else if (!is_header(in, texts + k->at, k->n) && !in->is_history)
        unique_add(&in->unique, k, texts);
}

/* what: of timeline_add(); the time is an instant by now. */
static void
tell_time(struct inspect *in, unsigned what, const char *time, size_t n)
{
    if (what & TIMELINE_EARLIER)
        count(in, &in->disorder, "%s", "");
    if (what & TIMELINE_OUTSIDE)
        count(in, &in->outside, "%.*s", (int)n, time);
}

static bool
has_time(const struct inspect *in)
{
    return !in->is_history && in->layout->time_at >= 0;
}

/* Nearly all rows: the key and the time as they stand in the row. */
static void
check_quickly(struct inspect *in, const struct key_quick *k,
              const struct csv_slice *time)
{
    unsigned what;

    if (is_header(in, k->p, k->n) || in->is_history)
        return;
    unique_add_text(&in->unique, k->p, k->n);
    if (!has_time(in) || !(what = timeline_add(&in->times, time->p, time->n)))
        return;
    buf_clear(&in->texts);
    if (in->outside.n == 0)
        key_instant(&in->texts, time->p, time->n);
    tell_time(in, what, buf_str(&in->texts), in->texts.n);
}

static int
check_slowly(struct inspect *in, const struct line *line, struct err *e)
{
    struct key k;
    const char *time;

    buf_clear(&in->texts);
    if (key_of_line(&k, &in->texts, in->layout, line, e) < 0)
        return -1;
    check_key(in, &k);
    if (!has_time(in))
        return 0;
    time = in->texts.p + k.time_at;
    tell_time(in, timeline_add_instant(&in->times, time, k.time_n), time,
              k.time_n);
    return 0;
}

/* --- all rows ----------------------------------------------------------- */

static int
read_csv(struct inspect *in, const struct line *line, struct err *e)
{
    struct key_quick k;
    struct csv_slice time;

    if (!check_csv(in, line))
        return 0;
    if (key_quick_cells(&k, &time, in->layout, in->cells.cell, in->cells.n))
        check_quickly(in, &k, &time);
    else if (!is_empty(&in->cells))
        return check_slowly(in, line, e);
    else
        count(in, &in->empty, "nothing is in this row");
    return 0;
}

static int
read_json(struct inspect *in, const struct line *line, struct err *e)
{
    struct key_quick k;
    struct csv_slice time;
    enum key_found found = key_quick_json(&k, &time, in->layout, line);

    if (found != KEY_IN_ROW && !check_json(in, line))
        return 0;
    if (found == KEY_NOT_FOUND)
        return check_slowly(in, line, e);
    check_quickly(in, &k, &time);
    return 0;
}

static int
read_row(struct inspect *in, const struct line *line, struct err *e)
{
    if (line->n == 0)
        return 0;
    in->rows++;
    return is_csv(in) ? read_csv(in, line, e) : read_json(in, line, e);
}

/* A last line without its end: a person's editor may leave a whole one, a
 * crash leaves a piece. */
static bool
is_torn(struct inspect *in, const struct line *line)
{
    struct tally before[FAULTS];
    bool is_whole;

    if (line->is_ended)
        return false;
    memcpy(before, in->fault, sizeof(before));
    is_whole = line->full == line->n &&
               (is_csv(in) ? check_csv(in, line) : check_json(in, line));
    memcpy(in->fault, before, sizeof(before));
    return !is_whole;
}

/* A row without quotes is one line; so is any row of JSON. */
static int64_t
count_lines(const struct inspect *in, const struct line *line)
{
    if (!is_csv(in) || in->cells.is_plain)
        return line->is_ended;
    return rows_line_ends(line);
}

static int
read_rows(struct inspect *in, struct err *e)
{
    const struct layout *l = in->layout;
    struct rows rows;
    struct line line;
    int rc = 0;

    rows_start(&rows, in->fd, l->spec->path, is_csv(in) ? &l->dialect : NULL,
               0);
    while (!unique_gives_up(&in->unique) &&
           (rc = rows_next(&line, &rows, e)) == 1) {
        if (line.offset >= l->body) {
            if (is_torn(in, &line)) {
                in->torn = (struct tally){ (int64_t)line.n, in->number, "" };
                in->torn_at = line.offset;
                rc = 0;
                break;
            }
            if ((rc = read_row(in, &line, e)) < 0)
                break;
            if (!line.is_ended)
                in->open_line = in->number;
        }
        in->number += count_lines(in, &line);
    }
    rows_free(&rows);
    return rc;
}

static void
start_over(struct inspect *in)
{
    in->rows = 0;
    memset(in->fault, 0, sizeof(in->fault));
    in->empty.n = 0;
    in->disorder.n = 0;
    in->outside.n = 0;
    in->torn_at = -1;
    in->open_line = 0;
    in->number = 1;
    in->cells.is_plain = false; /* the header's lines are counted */
    timeline_again(&in->times);
}

int
inspect_rows(struct inspect *in, struct err *e)
{
    int rc;

    unique_start(&in->unique, in->layout);
    do {
        start_over(in);
        rc = read_rows(in, e);
    } while (rc >= 0 && unique_end(&in->unique));
    return rc;
}

void
inspect_start(struct inspect *in, const struct layout *l, int fd,
              bool is_history)
{
    *in = (struct inspect){ .layout = l, .fd = fd, .is_history = is_history };
    timeline_start(&in->times, NULL, 0);
    /* The key of a row that is a header: the names of its key columns. */
    for (int i = 0; is_csv(in) && l->spec->ids[i]; i++) {
        if (i > 0)
            buf_addc(&in->header, 0x1f);
        buf_adds(&in->header, l->spec->ids[i]);
    }
    in->cells.max = l->file_n;
    in->cells.cell =
        mem_resize(NULL, in->cells.max + 1, sizeof(*in->cells.cell));
}

void
inspect_cover(struct inspect *in, const struct coverage *c, int64_t slack_s)
{
    timeline_free(&in->times);
    timeline_start(&in->times, c, slack_s);
}

void
inspect_free(struct inspect *in)
{
    unique_free(&in->unique);
    timeline_free(&in->times);
    buf_free(&in->header);
    buf_free(&in->texts);
    free(in->cells.cell);
}
