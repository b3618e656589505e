/*
 * Any bytes as a file through store/rows, read in very small pieces, with
 * libcsv as the oracle: where it accepts a text in strict mode, it must find
 * the same rows and cells in it, CR LF and a last row without line end
 * included. And what store/rows says of itself: the rows are the whole file,
 * reading may start at any row and stop anywhere, JSON lines end at each line
 * feed.
 *
 * The first byte chooses the delimiter and a byte order mark, the second the
 * read-ahead and where to stop.
 */
#include <csv.h>

#include "base/err.h"
#include "data/csvtext.h"
#include "fuzz.h"
#include "store/rows.h"

static const char mark[] = "\xEF\xBB\xBF";

struct text {
    const char *p;
    size_t n;
    const struct csv_dialect *dialect; /* NULL: lines */
    size_t ahead;
    int fd;
};

static void
on_cell(void *p, size_t n, void *user)
{
    buf_addf(user, "%zu:", n);
    buf_add(user, p, n);
}

static void
on_row(int end, void *user)
{
    (void)end;
    buf_addc(user, 'R');
}

static int
no_blank(unsigned char c)
{
    (void)c;
    return 0;
}

/* The cells by libcsv; false if it refuses the text. */
static bool
by_oracle(struct buf *seen, const struct text *t)
{
    struct csv_parser parser;
    bool is_good;

    REQUIRE(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) == 0);
    csv_set_delim(&parser, (unsigned char)t->dialect->delimiter);
    csv_set_space_func(&parser, no_blank);
    is_good = csv_parse(&parser, t->p, t->n, on_cell, on_row, seen) == t->n &&
              csv_fini(&parser, on_cell, on_row, seen) == 0;
    csv_free(&parser);
    return is_good;
}

/* True if a CR outside quotes has no LF behind it: for libcsv it ends a row,
 * for us it is a part of the cell. Only for a text that libcsv accepts. */
static bool
has_bare_cr(const struct text *t)
{
    bool is_quoted = false;

    for (size_t i = 0; i < t->n; i++) {
        if (t->p[i] == '"')
            is_quoted = !is_quoted;
        else if (t->p[i] == '\r' && !is_quoted && i + 1 < t->n &&
                 t->p[i + 1] != '\n')
            return true;
    }
    return false;
}

static void
start(struct rows *r, const struct text *t, size_t offset, size_t stop)
{
    rows_start(r, t->fd, "rows", t->dialect, (int64_t)offset);
    r->ahead = t->ahead;
    if (stop < t->n)
        r->stop = (int64_t)stop;
}

static void
add_cells(struct buf *seen, const struct line *line,
          const struct csv_dialect *d)
{
    const char *p = line->p, *end = p + line->n;
    struct buf text = BUF_INIT;

    while (p) {
        struct csv_slice cell = csv_take(&p, end, d);

        buf_clear(&text);
        csv_cell_text(&text, &cell);
        on_cell(text.p, text.n, seen);
    }
    on_row('\n', seen);
    buf_free(&text);
}

/* The row is where it says, and ends where a slow reader says. */
static void
check_line(const struct line *line, const struct text *t, size_t at, size_t end)
{
    const char *p = t->p + at, *stop;
    size_t ends = 0;

    REQUIRE(line->offset == (int64_t)at && line->full <= end - at);
    REQUIRE_SAME(line->p, line->n, p, line->n);
    stop = t->dialect ? csv_row_end(p, t->p + end, t->dialect)
                      : memchr(p, '\n', end - at);
    REQUIRE(line->is_ended == (stop != NULL));
    REQUIRE(line->full == (stop ? (size_t)(stop - p) + 1 : end - at));
    REQUIRE(line->full >= line->n && line->full - line->n <= 2);
    for (size_t i = 0; i < line->full; i++)
        ends += p[i] == '\n';
    /* a CR that is cut off has no line feed in it */
    REQUIRE(rows_line_ends(line) == (int64_t)ends);
}

/* All rows from at to end; seen: their cells, or NULL. */
static void
read_rows(struct buf *seen, const struct text *t, size_t at, size_t end)
{
    struct err e = ERR_INIT;
    struct rows r;
    struct line line;
    bool was_ended = true;
    int rc;

    start(&r, t, at, end);
    while ((rc = rows_next(&line, &r, &e)) == 1) {
        REQUIRE(was_ended);
        check_line(&line, t, at, end);
        was_ended = line.is_ended;
        at += line.full;
        if (seen && line.n > 0)
            add_cells(seen, &line, t->dialect);
    }
    REQUIRE(rc == 0 && at == end);
    REQUIRE(rows_next(&line, &r, &e) == 0);
    rows_free(&r);
}

static size_t
number_of(const struct text *t, size_t offset)
{
    size_t number = 1;

    for (size_t i = 0; i < offset; i++)
        number += t->p[i] == '\n';
    return number;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csv_dialect d = CSV_DIALECT_INIT;
    struct buf whole = BUF_INIT, have = BUF_INIT, want = BUF_INIT;
    struct text t = { .dialect = &d };
    size_t cut;

    if (size < 2)
        return 0;
    d.delimiter = ",;\t,"[data[0] & 3];
    if (data[0] & 4)
        buf_adds(&whole, mark);
    buf_add(&whole, data + 2, size - 2);
    t.p = buf_str(&whole);
    t.n = whole.n;
    t.ahead = 1 + (data[1] & 15);
    t.fd = scratch_fd(t.p, t.n);
    cut = t.n > 0 ? data[1] % t.n : 0;
    read_rows(&have, &t, 0, t.n);
    read_rows(NULL, &t, 0, cut);
    read_rows(NULL, &t, cut, t.n);
    REQUIRE(rows_line_number(t.fd, (int64_t)cut) ==
            (int64_t)number_of(&t, cut));
    if (by_oracle(&want, &t) && !has_bare_cr(&t))
        REQUIRE_SAME(want.p, want.n, have.p, have.n);
    t.dialect = NULL;
    read_rows(NULL, &t, cut, t.n);
    buf_free(&whole);
    buf_free(&have);
    buf_free(&want);
    return 0;
}
