#include "store/convert.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "data/bits.h"
#include "data/columns.h"
#include "data/csvcheck.h"
#include "data/csvtext.h"
#include "data/flatten.h"
#include "data/json.h"
#include "store/layout.h"
#include "store/rows.h"

enum { PEEK = 1 << 20 };

/* What one pass works with. */
struct pass {
    const struct convert *in;
    const struct convert_sink *sink; /* NULL: only checking */
    struct table_spec spec;
    struct layout layout; /* of the CSV, on whichever side it is */
    struct list header;   /* CSV: its names */
    struct buf names;     /* ,"name": of each column ... */
    size_t *name; /* ... starts here, by position; one more at the end */
    struct csvcheck cells; /* of the CSV row */
    struct flattener *flattener;
    struct row row;
    int64_t rows;
    int64_t until;  /* rows that start behind it are not read; -1 = all are */
    unsigned notes; /* of enum row_note: seen so far */
};

/* --- from CSV ----------------------------------------------------------- */

/* The names by the delimiter that makes the most of them, or is named. */
static int
guess_header(struct pass *p, const struct line *line, const char *delimiters,
             struct err *e)
{
    static const char mark[] = "\xEF\xBB\xBF";
    size_t skip = line->n >= 3 && memcmp(line->p, mark, 3) == 0 ? 3 : 0;
    const char *wrong = csvcheck_text(line->p + skip, line->n - skip);
    bool is_csv = false;

    if (wrong)
        return err_set(e, ERR_DATA, "line 1: %s", wrong);
    for (const char *d = delimiters; *d; d++) {
        struct csv_dialect dialect = { .delimiter = *d };
        struct list names = LIST_INIT;

        if (csv_header(&names, line->p + skip, line->n - skip, &dialect, e) <
                0 ||
            names.n <= p->header.n) {
            list_free(&names);
            continue;
        }
        list_free(&p->header);
        p->header = names;
        is_csv = true;
    }
    return is_csv ? 0 : -1;
}

static int
read_header(struct pass *p, struct err *e)
{
    const struct csv_dialect usual = CSV_DIALECT_INIT;
    char named[2] = "";
    struct rows rows;
    struct line line;
    int rc;

    rows_start(&rows, p->in->fd, p->in->path, &usual, 0);
    rc = rows_next(&line, &rows, e);
    if (rc == 1 && csv_is_sep_line(named, line.p, line.n))
        rc = rows_next(&line, &rows, e);
    if (rc == 1 && line.is_ended) /* without names it has failed */
        (void)guess_header(p, &line, *named ? named : CSV_DELIMITERS, e);
    else if (rc >= 0)
        (void)err_set(e, ERR_DATA, "line 1: no whole header line");
    rows_free(&rows);
    if (p->header.n == 0)
        return -1;
    p->spec.ids[0] = p->header.item[0]; /* it is there, by this delimiter */
    return layout_read(&p->layout, &p->spec, p->in->fd, e) < 0 ? -1 : 0;
}

/* ,"name": for each position, so that no name is quoted twice. */
static void
quote_names(struct pass *p)
{
    const struct layout *l = &p->layout;

    p->name = mem_resize(NULL, l->file_n + 1, sizeof(*p->name));
    for (size_t i = 0; i < l->file_n; i++) {
        const char *name = columns_name(l->spec->columns, (size_t)l->order[i]);

        p->name[i] = p->names.n;
        buf_addc(&p->names, ',');
        json_quote(&p->names, name, strlen(name));
        buf_addc(&p->names, ':');
    }
    p->name[l->file_n] = p->names.n;
    (void)buf_room(&p->names, BITS_STEP); /* for bits_copy() */
    p->cells.cell = mem_resize(NULL, l->file_n + 1, sizeof(*p->cells.cell));
    p->cells.max = l->file_n;
}

/* Cells in quotes are JSON strings as they stand there, as long as the quotes
 * are all that is special in the row; but a list or a guard may be in them. */
static bool
is_verbatim(const struct csvcheck *c)
{
    bool is = c->is_simple;

    for (size_t i = 0; i < c->n && is; i++) {
        const struct csv_slice *cell = &c->cell[i];
        char first = '\0';

        if (cell->n > cell->quoted)
            first = cell->p[cell->quoted];
        is = first != '\'' && (!cell->quoted || (first != '[' && first != '{'));
    }
    return is;
}

/* No text of the row has to be changed for JSON. */
static void
add_plain_members(struct pass *p, const struct line *line)
{
    const struct csvcheck *c = &p->cells;
    struct buf *out = p->sink->b;
    char *to = buf_room(out, p->names.n + line->n + 2 * c->n + BITS_STEP);
    char *start = to;

    for (size_t i = 0; i < c->n; i++) {
        const struct csv_slice *cell = &c->cell[i];

        if (csv_is_absent(cell))
            continue;
        to =
            bits_copy(to, p->names.p + p->name[i], p->name[i + 1] - p->name[i]);
        if (cell->quoted || csv_is_typed(cell->p, cell->n)) {
            to = bits_copy(to, cell->p, cell->n);
            continue;
        }
        *to++ = '"';
        to = bits_copy(to, cell->p, cell->n);
        *to++ = '"';
    }
    out->n += (size_t)(to - start);
}

static void
add_members(struct pass *p)
{
    struct buf *out = p->sink->b;

    for (size_t i = 0; i < p->cells.n; i++) {
        if (csv_is_absent(&p->cells.cell[i]))
            continue;
        buf_add(out, p->names.p + p->name[i], p->name[i + 1] - p->name[i]);
        csv_cell_json(out, &p->cells.cell[i], &p->layout.dialect);
    }
}

static void
add_object(struct pass *p, const struct line *line)
{
    struct buf *out = p->sink->b;
    size_t start = out->n;

    if (p->cells.is_plain || is_verbatim(&p->cells))
        add_plain_members(p, line);
    else
        add_members(p);
    if (out->n == start)
        buf_addc(out, '{');
    out->p[start] = '{'; /* the first comma */
    buf_add(out, "}\n", 2);
}

static bool
says(const struct csv_slice *cell, const char *name)
{
    struct buf text = BUF_INIT;
    size_t n = strlen(name);
    bool same;

    if (!cell->quoted && (cell->n == 0 || *cell->p != '\'')) /* mostly */
        return cell->n == n && memcmp(cell->p, name, n) == 0;
    csv_cell_value(&text, cell);
    same = text.n == n && strcmp(buf_str(&text), name) == 0;
    buf_free(&text);
    return same;
}

/* Two tables that a person put together are no table. */
static bool
is_header(const struct pass *p)
{
    size_t i = 0;

    while (i < p->cells.n && says(&p->cells.cell[i], p->header.item[i]))
        i++;
    return i == p->cells.n;
}

static int
take_csv(struct pass *p, const struct line *line, struct err *e)
{
    const char *wrong =
        csvcheck_row(&p->cells, line->p, line->n, &p->layout.dialect);
    size_t cells = p->cells.n;

    if (wrong)
        return err_set(e, ERR_DATA, "%s", wrong);
    if (cells != p->layout.file_n)
        return err_set(e, ERR_DATA, "%zu cell%s, the header has %zu", cells,
                       cells == 1 ? "" : "s", p->layout.file_n);
    if (is_header(p))
        return layout_header_again(&p->layout, line, p->in->fd, e);
    if (p->sink)
        add_object(p, line);
    return 0;
}

/* --- from JSON ---------------------------------------------------------- */

static int
read_object(struct pass *p, const struct line *line, struct err *e)
{
    struct json j;
    struct json_token t;

    json_start_more(&j, line->p, line->n);
    if (json_next(&t, &j, e) < 0)
        return -1;
    if (t.type != JSON_OBJECT)
        return err_set(e, ERR_DATA, "not a JSON object");
    if (flatten(&p->row, p->flattener, &j, e) < 0)
        return -1;
    p->notes |= p->row.notes;
    return json_next(&t, &j, e);
}

/* No record has a value, so that CSV is nothing at all. */
static bool
is_without_columns(const struct pass *p)
{
    return p->in->to == TABLE_CSV && p->layout.n == 0;
}

static int
take_json(struct pass *p, const struct line *line, struct err *e)
{
    struct layout *l = &p->layout;
    size_t width;

    if (read_object(p, line, e) < 0)
        return -1;
    if (!p->sink || is_without_columns(p))
        return 0;
    width = layout_add_row(p->sink->b, l, &p->row);
    if (p->in->to == TABLE_CSV)
        layout_add_pad(p->sink->b, l, l->n - (width ? width : 1));
    layout_add_end(p->sink->b, l);
    return 0;
}

/* --- both --------------------------------------------------------------- */

static int
start(struct pass *p, struct err *e)
{
    const struct convert *in = p->in;

    p->spec = (struct table_spec){ .path = in->path,
                                   .format = in->to,
                                   .profile = in->profile,
                                   .columns = in->columns };
    if (in->from == TABLE_CSV) {
        p->spec.format = TABLE_CSV;
        if (read_header(p, e) < 0)
            return -1;
        quote_names(p);
        return 0;
    }
    p->flattener = in->from == TABLE_RAW ? flattener_new(in->columns)
                                         : flattener_new_flat(in->columns);
    layout_fresh(&p->layout, &p->spec);
    if (p->sink && in->to == TABLE_CSV && p->layout.n > 0)
        layout_add_header(p->sink->b, &p->layout, p->layout.n);
    return 0;
}

/* A header that is there again has said where. */
static void
add_place(struct err *e, const struct pass *p, const struct line *line)
{
    if (e->kind == ERR_FILE)
        return;
    e->kind = ERR_DATA; /* cut short is wrong, too */
    (void)err_in(e, "line %lld",
                 (long long)rows_line_number(p->in->fd, line->offset));
}

static int
take_rows(struct pass *p, struct err *e)
{
    bool is_csv = p->in->from == TABLE_CSV;
    struct rows rows;
    struct line line;
    int rc;

    rows_start(&rows, p->in->fd, p->in->path,
               is_csv ? &p->layout.dialect : NULL, 0);
    while ((rc = rows_next(&line, &rows, e)) == 1) {
        if (p->until >= 0 && line.offset > p->until) {
            rc = 0;
            break;
        }
        if (line.n > 0 && (!is_csv || line.offset >= p->layout.body)) {
            rc = is_csv ? take_csv(p, &line, e) : take_json(p, &line, e);
            if (rc < 0) {
                add_place(e, p, &line);
                break;
            }
            p->rows++;
            if (p->sink && (rc = p->sink->put(p->sink->user, e)) < 0)
                break;
        }
    }
    rows_free(&rows);
    return rc;
}

static void
free_pass(struct pass *p)
{
    layout_free(&p->layout);
    list_free(&p->header);
    buf_free(&p->names);
    free(p->name);
    free(p->cells.cell);
    flattener_free(p->flattener);
    row_free(&p->row);
}

static int
run(struct pass *p, struct err *e)
{
    int rc = start(p, e);

    if (rc == 0)
        rc = take_rows(p, e);
    free_pass(p);
    return rc;
}

int
convert_check(const struct convert *c, struct err *e)
{
    struct pass p = { .in = c, .until = -1 };

    return run(&p, e);
}

int
convert_peek(const struct convert *c, struct err *e)
{
    struct pass p = { .in = c, .until = PEEK };

    return run(&p, e);
}

int
convert_run(int64_t *rows, const struct convert *c,
            const struct convert_sink *sink, struct err *e)
{
    struct pass p = { .in = c, .sink = sink, .until = -1 };
    int rc = run(&p, e);

    *rows = p.rows;
    if (rc == 0 && p.notes & ROW_DUPLICATE_KEY)
        log_warn("%s: a record has a key twice; the last one is kept", c->path);
    if (rc == 0 && p.notes & ROW_BAD_UTF8)
        log_warn("%s: bytes that are not UTF-8 became U+FFFD", c->path);
    return rc;
}
