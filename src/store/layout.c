#include "store/layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "data/cell.h"
#include "data/columns.h"
#include "data/csvrow.h"
#include "data/flatten.h"
#include "data/json.h"
#include "store/rows.h"

static const char byte_order_mark[] = "\xEF\xBB\xBF";
enum { MARK_N = 3 };

#define PUT_BACK                                                               \
    "put its first line back as it was, or move the file away and fetch "      \
    "with --full"

#define TAKE_OUT                                                               \
    "the header stands in the line after it: take out what is before it"

static void
place(struct layout *l, size_t column)
{
    size_t known = columns_n(l->spec->columns);

    if (known > l->position_n) {
        l->position = mem_resize(l->position, known, sizeof(*l->position));
        while (l->position_n < known)
            l->position[l->position_n++] = -1;
    }
    if (l->position[column] >= 0)
        return;
    l->order = mem_resize(l->order, l->n + 1, sizeof(*l->order));
    l->order[l->n] = (int32_t)column;
    l->position[column] = (int32_t)l->n++;
}

void
layout_fit(struct layout *l)
{
    size_t known = columns_n(l->spec->columns);

    for (size_t i = l->n < known ? 0 : known; i < known; i++)
        place(l, i);
}

void
layout_cut(struct layout *l)
{
    size_t known = columns_n(l->spec->columns);

    while (l->n > 0 && (size_t)l->order[l->n - 1] >= known)
        l->n--;
    if (l->position_n > known)
        l->position_n = known;
}

static int
position_of(const struct layout *l, const char *name)
{
    int32_t column;

    if (!name)
        return -1;
    column = columns_find(l->spec->columns, name, strlen(name));
    if (column < 0 || (size_t)column >= l->position_n)
        return -1;
    return l->position[column];
}

static int
find_keys(struct layout *l, struct err *e)
{
    const struct table_spec *spec = l->spec;

    for (int i = 0; i < TABLE_KEYS_MAX; i++)
        l->id_at[i] = -1;
    for (l->ids_n = 0; spec->ids[l->ids_n]; l->ids_n++) {
        l->id_at[l->ids_n] = position_of(l, spec->ids[l->ids_n]);
        if (l->id_at[l->ids_n] < 0)
            return err_set(e, ERR_FILE, "%s: no column \"%s\" in its header",
                           spec->path, spec->ids[l->ids_n]);
    }
    l->unique_at = position_of(l, spec->unique);
    l->time_at = position_of(l, spec->time);
    l->last_at = l->unique_at > l->time_at ? l->unique_at : l->time_at;
    for (int i = 0; i < l->ids_n; i++)
        l->last_at = l->id_at[i] > l->last_at ? l->id_at[i] : l->last_at;
    return 0;
}

void
layout_fresh(struct layout *l, const struct table_spec *spec)
{
    struct err cannot_fail = ERR_INIT;

    *l = (struct layout){ .spec = spec,
                          .dialect = csv_dialect_of(spec->profile) };
    layout_fit(l);
    (void)find_keys(l, &cannot_fail); /* the ids are declared columns */
}

void
layout_free(struct layout *l)
{
    free(l->sep_line);
    free(l->order);
    free(l->position);
    *l = (struct layout){ .spec = l->spec };
}

int
layout_header_line(const struct layout *l)
{
    return l->sep_line ? 2 : 1;
}

/* Reads the names; true if the key columns are there. */
static bool
has_names(struct list *names, const struct layout *l, const struct line *line)
{
    struct err not_this = ERR_INIT;

    list_free(names);
    if (csv_header(names, line->p, line->n, &l->dialect, &not_this) < 0)
        return false;
    for (int i = 0; l->spec->ids[i]; i++)
        if (!list_has(names, l->spec->ids[i]))
            return false;
    return true;
}

static int
there_twice(const struct layout *l, const char *name, struct err *e)
{
    (void)err_set(e, ERR_FILE, "%s: %s%s%s", l->spec->path,
                  *name ? "column \"" : "two columns without a name", name,
                  *name ? "\" is there twice" : "");
    return *name ? err_hint(e, "give one of them another name in its header")
                 : err_hint(e, "a spreadsheet adds such when one writes at the "
                               "right of the table: give them names, or take "
                               "them out");
}

static int
place_names(struct layout *l, const struct list *names, struct err *e)
{
    for (size_t i = 0; i < names->n; i++) {
        int32_t column = columns_add(l->spec->columns, names->item[i],
                                     strlen(names->item[i]));
        size_t before = l->n;

        if (column < 0)
            return err_set(e, ERR_FILE, "%s: more than %d columns",
                           l->spec->path, COLUMNS_MAX);
        place(l, (size_t)column);
        if (l->n == before)
            return there_twice(l, names->item[i], e);
    }
    l->file_n = l->n;
    return 0;
}

/*
 * Reads the line again by each delimiter, for that decides where it ends, until
 * the key columns are there. The one that is set goes first, and once more at
 * the end, so that it is the one that is spoken of. 1, 0 if there is none, -1.
 */
static int
find_names(struct list *names, struct layout *l, struct line *line,
           struct rows *rows, struct err *e)
{
    char delimiters[] = "?" CSV_DELIMITERS "?";

    delimiters[0] = delimiters[sizeof(delimiters) - 2] = l->dialect.delimiter;
    for (const char *d = delimiters; *d; d++) {
        l->dialect.delimiter = *d;
        rows_seek(rows, line->offset);
        if (rows_next(line, rows, e) < 0)
            return -1;
        if (line->is_ended && has_names(names, l, line))
            return 1;
    }
    return 0;
}

/* True if the header comes only now: somebody put a line before it. */
static bool
comes_next(struct layout *l, struct rows *rows)
{
    struct err ignored = ERR_INIT;
    struct list names = LIST_INIT;
    struct line line;
    bool is_header = rows_next(&line, rows, &ignored) == 1 &&
                     find_names(&names, l, &line, rows, &ignored) == 1;

    list_free(&names);
    return is_header;
}

/* The first line but for a byte order mark: the header or "sep=;". */
static int
first_line(struct layout *l, struct line *line, struct rows *rows,
           struct err *e)
{
    int rc = rows_next(line, rows, e);

    if (rc == 1 && line->n >= MARK_N &&
        memcmp(line->p, byte_order_mark, MARK_N) == 0) {
        l->dialect.bom = true;
        line->p += MARK_N;
        line->n -= MARK_N;
        line->full -= MARK_N;
        line->offset += MARK_N;
    }
    return rc;
}

/* As Excel saves what it calls Unicode text. */
static bool
is_utf16(const struct line *line)
{
    return line->n >= 2 && (memcmp(line->p, "\xFF\xFE", 2) == 0 ||
                            memcmp(line->p, "\xFE\xFF", 2) == 0);
}

/* The header, by the delimiter that a line "sep=;" before it names. */
static int
header_line(struct layout *l, struct line *line, struct rows *rows,
            struct err *e)
{
    int rc = first_line(l, line, rows, e);
    char named;

    if (rc == 1 && is_utf16(line)) {
        (void)err_set(e, ERR_FILE, "%s: its text is UTF-16", l->spec->path);
        return err_hint(e, "save it again as CSV in UTF-8");
    }
    if (rc < 1 || !line->is_ended || !csv_is_sep_line(&named, line->p, line->n))
        return rc;
    if (!memchr(CSV_DELIMITERS, named, sizeof(CSV_DELIMITERS) - 1)) {
        (void)err_set(e, ERR_FILE,
                      "%s: its first line names a separator that is none of "
                      "comma, semicolon, tab and |",
                      l->spec->path);
        return err_hint(e, "save it again with one of these");
    }
    l->sep_line = mem_strndup(line->p, line->full);
    l->dialect.delimiter = named;
    return rows_next(line, rows, e);
}

/* What a file is that has no whole first line; line: all of it. */
static int
no_header(const struct layout *l, const struct line *line, struct err *e)
{
    const char *path = l->spec->path, *quote;

    if (!line && l->sep_line) {
        (void)err_set(e, ERR_FILE, "%s: it has no header", path);
    } else if (!line) {
        (void)err_set(e, ERR_FILE, "%s: it is empty", path);
    } else if (!memchr(line->p, '\n', line->n) &&
               memchr(line->p, '\r', line->n)) {
        (void)err_set(e, ERR_FILE, "%s: its lines end with CR alone", path);
        return err_hint(e, "save it again with LF or CR LF at the line ends");
    } else if ((quote = csv_unsound(line->p, line->n, &l->dialect))) {
        (void)err_set(e, ERR_FILE,
                      "%s: a quote at byte %lld (line %d) is not closed", path,
                      (long long)line->offset + (quote - line->p),
                      layout_header_line(l));
    } else {
        (void)err_set(e, ERR_FILE, "%s: its header line has no line end", path);
    }
    return err_hint(e, PUT_BACK);
}

static int
read_header(struct layout *l, struct rows *rows, struct err *e)
{
    struct list names = LIST_INIT;
    struct line line;
    int rc = header_line(l, &line, rows, e);

    if (rc == 0)
        return no_header(l, NULL, e);
    if (rc == 1)
        rc = find_names(&names, l, &line, rows, e);
    if (rc == 0 && !line.is_ended)
        rc = no_header(l, &line, e);
    if (rc >= 0) {
        l->body = line.offset + (int64_t)line.full;
        l->dialect.crlf = line.full - line.n == 2;
    }
    if (rc == 1)
        rc = place_names(l, &names, e);
    list_free(&names);
    if (rc < 0)
        return -1;
    rc = find_keys(l, e);
    if (rc < 0)
        (void)err_hint(e, comes_next(l, rows) ? TAKE_OUT : PUT_BACK);
    layout_fit(l);
    return rc;
}

int
layout_read(struct layout *l, const struct table_spec *spec, int fd,
            struct err *e)
{
    struct rows rows;
    int rc;

    if (spec->format != TABLE_CSV) {
        layout_fresh(l, spec);
        return 0;
    }
    *l = (struct layout){ .spec = spec, .dialect = CSV_DIALECT_INIT };
    l->dialect.profile = spec->profile;
    rows_start(&rows, fd, spec->path, &l->dialect, 0);
    rc = read_header(l, &rows, e);
    rows_free(&rows);
    return rc;
}

/* Quoted also where another delimiter in it, or a byte order mark, would be
 * taken for that of the file. */
static void
add_name(struct buf *out, const char *name, struct csv_dialect d)
{
    const char *other = strpbrk(name, CSV_DELIMITERS);

    if (text_starts(name, byte_order_mark))
        other = name;
    if (other)
        d.delimiter = *other;
    csv_add_name(out, name, strlen(name), &d);
}

void
layout_add_header(struct buf *out, const struct layout *l, size_t width)
{
    if (l->spec->format != TABLE_CSV)
        return;
    if (l->dialect.bom)
        buf_add(out, byte_order_mark, MARK_N);
    if (l->sep_line)
        buf_adds(out, l->sep_line);
    for (size_t i = 0; i < width; i++) {
        const char *name = columns_name(l->spec->columns, (size_t)l->order[i]);

        if (i > 0)
            buf_addc(out, l->dialect.delimiter);
        if (width == 1 && !*name)
            buf_adds(out, "\"\""); /* an empty line is no header */
        else
            add_name(out, name, l->dialect);
    }
    layout_add_end(out, l);
}

static void
add_jsonl_row(struct buf *out, const struct layout *l, const struct row *row)
{
    size_t start = out->n;

    for (size_t i = 0; i < row->n; i++) {
        const struct buf *member;

        if (row->cell[i].type == CELL_NONE)
            continue;
        member = columns_member(l->spec->columns, i);
        buf_addc(out, out->n == start ? '{' : ',');
        buf_add(out, member->p, member->n);
        cell_json(out, &row->cell[i]);
    }
    buf_addc(out, '}');
}

int
layout_too_wide(const struct layout *l, const struct line *line, int fd,
                struct err *e)
{
    (void)err_set(e, ERR_FILE,
                  "%s: row at byte %lld (line %lld) has %zu cells, its header "
                  "%zu",
                  l->spec->path, (long long)line->offset,
                  (long long)rows_line_number(fd, line->offset),
                  csv_cells(line->p, line->n, &l->dialect), l->file_n);
    return err_hint(e, "take the cell out, or give it a column in every row; "
                       "`wearchive verify` shows all such rows");
}

int
layout_width(size_t *width, const struct layout *l, struct line *line, int fd,
             struct err *e)
{
    const char *p = line->p, *end = p + line->n, *cut;

    *width = csv_cells(p, line->n, &l->dialect);
    if (*width <= l->file_n)
        return 0;
    *width = l->file_n;
    for (size_t i = 0; i < l->file_n; i++)
        (void)csv_take(&p, end, &l->dialect);
    cut = p - 1; /* the delimiter */
    while (p) {
        struct csv_slice cell = csv_take(&p, end, &l->dialect);

        if (cell.n > (cell.quoted ? 2 : 0))
            return layout_too_wide(l, line, fd, e);
    }
    line->n = (size_t)(cut - line->p);
    return 0;
}

int
layout_header_again(const struct layout *l, const struct line *line, int fd,
                    struct err *e)
{
    (void)err_set(e, ERR_FILE, "%s: its header is there again, in line %lld",
                  l->spec->path, (long long)rows_line_number(fd, line->offset));
    return err_hint(e, "take that line out and run again");
}

size_t
layout_add_row(struct buf *out, struct layout *l, const struct row *row)
{
    /* nobody has noted whether the text between the members has blanks */
    struct json_token record = { JSON_OBJECT, JSON_SPACED | JSON_BAD_UTF8,
                                 row->raw, row->raw_n };

    switch (l->spec->format) {
    case TABLE_CSV:
        layout_fit(l);
        return csvrow_add(out, row, l->order, l->n, &l->dialect);
    case TABLE_JSONL:
        add_jsonl_row(out, l, row);
        break;
    case TABLE_RAW:
        json_compact(out, &record);
        break;
    }
    return 0;
}

void
layout_add_pad(struct buf *out, const struct layout *l, size_t cells)
{
    if (cells == 0)
        return;
    memset(buf_room(out, cells), l->dialect.delimiter, cells);
    out->n += cells;
}

void
layout_add_end(struct buf *out, const struct layout *l)
{
    if (l->dialect.crlf)
        buf_addc(out, '\r');
    buf_addc(out, '\n');
}

bool
layout_is_foreign(const struct layout *l, size_t position, const bool *met,
                  size_t met_n)
{
    size_t column = (size_t)l->order[position];

    return column >= l->spec->declared && !(column < met_n && met[column]);
}
