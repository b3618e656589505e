/*
 * Any bytes as a CSV file of a category, whatever its header: store/layout
 * reads it, new columns come, a record's row is written, and the file is
 * merged with the record (store/table). Columns never move and none is lost;
 * neither is a cell of a row that was there.
 */
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "data/columns.h"
#include "data/csvtext.h"
#include "data/flatten.h"
#include "data/json.h"
#include "fuzz.h"
#include "store/layout.h"
#include "store/rows.h"
#include "store/table.h"

#define ID "zz-new-9"

static const char *const declared[] = { "id", "day", "score", "a.b" };
enum { DECLARED_N = 4 };

/* The record that is added; two of its columns are declared by nobody. */
static const char record[] =
    "{\"id\":\"" ID "\",\"day\":\"2024-03-01\",\"a\":{\"b\":[1,2],"
    "\"new\":\"x\\\"y\"},\"other\":true}";

static struct columns *
declare(void)
{
    struct columns *c = columns_new();

    for (size_t i = 0; i < DECLARED_N; i++)
        REQUIRE(columns_add(c, declared[i], strlen(declared[i])) == (int)i);
    return c;
}

static struct table_spec
make_spec(const char *path, struct columns *c)
{
    return (struct table_spec){
        .path = path,
        .root = scratch_dir(),
        .torn_dir = scratch_dir(),
        .label = "fuzz",
        .format = TABLE_CSV,
        .columns = c,
        .declared = DECLARED_N,
        .ids = { "id" },
        .time = "day",
    };
}

static void
make_row(struct row *row, struct flattener *f)
{
    struct err e = ERR_INIT;
    struct json_token t;
    struct json j;

    json_start(&j, record, sizeof(record) - 1);
    REQUIRE(json_next(&t, &j, &e) == 1);
    REQUIRE(flatten(row, f, &j, &e) == 0);
}

/* The names of the header as they stand in the file. */
static void
read_names(struct list *names, const char *p, size_t n, const struct layout *l)
{
    const struct csv_dialect *d = &l->dialect;
    const char *at = p + (d->bom ? 3 : 0), *end;
    struct buf name = BUF_INIT;

    if (l->sep_line)
        at += strlen(l->sep_line);
    end = csv_row_end(at, p + n, d);
    REQUIRE(end);
    /* a CR at either end is none of a name's */
    while (at < end && *at == '\r')
        at++;
    while (at < end && end[-1] == '\r')
        end--;
    while (at) {
        struct csv_slice cell = csv_take(&at, end, d);

        buf_clear(&name);
        csv_cell_value(&name, &cell);
        list_add(names, buf_str(&name));
    }
    buf_free(&name);
}

/* Each column has one position, and each position one column. */
static void
check_places(const struct layout *l)
{
    REQUIRE(l->n == columns_n(l->spec->columns));
    REQUIRE(l->file_n <= l->n && l->position_n == l->n);
    for (size_t i = 0; i < l->n; i++) {
        REQUIRE(l->order[i] >= 0 && (size_t)l->order[i] < l->n);
        REQUIRE(l->position[l->order[i]] == (int32_t)i);
    }
}

static void
check_names(const struct layout *l, const struct list *names)
{
    REQUIRE(l->file_n == names->n);
    for (size_t i = 0; i < names->n; i++)
        REQUIRE(text_is(columns_name(l->spec->columns, (size_t)l->order[i]),
                        names->item[i]));
}

/* The header with all columns reads back as it was. */
static void
check_header(const struct layout *l)
{
    struct columns *c = declare();
    struct table_spec spec = make_spec(l->spec->path, c);
    struct buf header = BUF_INIT;
    struct err e = ERR_INIT;
    struct layout again;

    layout_add_header(&header, l, l->n);
    REQUIRE(layout_read(&again, &spec, scratch_fd(header.p, header.n), &e) ==
            0);
    REQUIRE(again.file_n == l->n && again.n == l->n);
    REQUIRE(again.dialect.crlf == l->dialect.crlf);
    REQUIRE(again.dialect.bom == l->dialect.bom);
    REQUIRE(again.body == (int64_t)header.n);
    for (size_t i = 0; i < l->n; i++)
        REQUIRE(text_is(columns_name(c, (size_t)again.order[i]),
                        columns_name(l->spec->columns, (size_t)l->order[i])));
    layout_free(&again);
    columns_free(c);
    buf_free(&header);
}

/* The record's row has each of its values at the place of its name. */
static void
check_row(struct layout *l, const struct row *row)
{
    struct buf text = BUF_INIT, value = BUF_INIT;
    const char *p, *end;
    size_t width = layout_add_row(&text, l, row);
    size_t found = 0;

    REQUIRE(width > 0 && width <= l->n);
    REQUIRE(csv_cells(text.p, text.n, &l->dialect) == width);
    p = buf_str(&text);
    end = p + text.n;
    for (size_t i = 0; p; i++) {
        struct csv_slice cell = csv_take(&p, end, &l->dialect);
        const char *name = columns_name(l->spec->columns, (size_t)l->order[i]);
        const char *want = text_is(name, "id")      ? "\"" ID "\""
                           : text_is(name, "day")   ? "\"2024-03-01\""
                           : text_is(name, "a.b")   ? "[1,2]"
                           : text_is(name, "a.new") ? "\"x\\\"y\""
                           : text_is(name, "other") ? "true"
                                                    : NULL;

        REQUIRE(csv_is_absent(&cell) == (want == NULL));
        if (!want)
            continue;
        buf_clear(&value);
        csv_cell_json(&value, &cell, &l->dialect);
        REQUIRE(text_is(buf_str(&value), want));
        found++;
    }
    REQUIRE(found == 5);
    buf_free(&text);
    buf_free(&value);
}

/* Columns of a page that is refused go again, and nothing else changes. */
static void
check_cut(struct layout *l, const struct row *row)
{
    size_t n = l->n, known = columns_n(l->spec->columns);
    int32_t column = columns_add(l->spec->columns, "cut", 3);
    struct buf before = BUF_INIT, after = BUF_INIT;

    if (column < 0 || (size_t)column < known)
        return;
    layout_add_header(&before, l, n);
    layout_fit(l);
    check_places(l);
    REQUIRE(l->n == n + 1 && l->order[n] == column);
    columns_cut(l->spec->columns, known);
    layout_cut(l);
    check_places(l);
    layout_add_header(&after, l, n);
    REQUIRE_SAME(before.p, before.n, after.p, after.n);
    check_row(l, row);
    buf_free(&before);
    buf_free(&after);
}

/* One text a row: its cells with their lengths, empty ones at the end left
 * out, as nobody can tell them from none. */
static void
add_row(struct list *rows, const struct line *line, const struct csv_dialect *d)
{
    const char *p = line->p, *end = p + line->n;
    struct buf seen = BUF_INIT, text = BUF_INIT;
    size_t kept = 0;

    while (p) {
        struct csv_slice cell = csv_take(&p, end, d);

        buf_clear(&text);
        csv_cell_json(&text, &cell, d);
        buf_addf(&seen, "%s,", buf_str(&text));
        if (cell.n > (cell.quoted ? 2 : 0))
            kept = seen.n;
    }
    seen.n = kept;
    list_add(rows, buf_str(&seen));
    buf_free(&seen);
    buf_free(&text);
}

/* Returns how many of them have a line end. */
static size_t
read_rows(struct list *out, const struct layout *l, const char *p, size_t n)
{
    struct err e = ERR_INIT;
    struct rows rows;
    struct line line;
    size_t ended = 0;

    rows_start(&rows, scratch_fd(p, n), "rows", &l->dialect, l->body);
    while (rows_next(&line, &rows, &e) == 1) {
        if (line.n == 0)
            continue;
        add_row(out, &line, &l->dialect);
        ended += line.is_ended;
    }
    rows_free(&rows);
    return ended;
}

/* Adds the record to the file; false if the file is not one to add to. */
static bool
merge(const char *path)
{
    struct columns *c = declare();
    struct table_spec spec = make_spec(path, c);
    struct flattener *f = flattener_new(c);
    struct table_counts counts = { 0 };
    struct row row = ROW_INIT;
    struct err e = ERR_INIT;
    struct table *t = NULL;
    int rc = table_open(&t, &spec, &e);

    if (rc == 0) {
        make_row(&row, f);
        rc = table_add(t, &row, &e);
    }
    if (rc == 0)
        rc = table_flush_all(&t, &counts, 1, 0, &e);
    REQUIRE(rc == 0 || e.kind == ERR_FILE);
    REQUIRE(rc < 0 || counts.added + counts.changed + counts.unchanged == 1);
    table_close(t);
    row_free(&row);
    flattener_free(f);
    columns_free(c);
    return rc == 0 && counts.added == 1;
}

/* Whatever was in the file before is in it now, in the same order. */
static void
check_merged(const char *path, const struct layout *old, const char *p,
             size_t n)
{
    struct columns *c = declare();
    struct table_spec spec = make_spec(path, c);
    struct list before = LIST_INIT, after = LIST_INIT, names = LIST_INIT;
    struct buf text = BUF_INIT;
    struct err e = ERR_INIT;
    struct layout l;
    size_t at = 0, kept;

    REQUIRE(scratch_read(&text, "rows.csv"));
    REQUIRE(layout_read(&l, &spec, scratch_fd(text.p, text.n), &e) == 0);
    REQUIRE(l.file_n >= old->file_n);
    for (size_t i = 0; i < old->file_n; i++)
        REQUIRE(
            text_is(columns_name(c, (size_t)l.order[i]),
                    columns_name(old->spec->columns, (size_t)old->order[i])));
    read_names(&names, buf_str(&text), text.n, &l);
    REQUIRE(list_has(&names, "a.new") && list_has(&names, "other"));
    kept = read_rows(&before, old, p, n);
    REQUIRE(read_rows(&after, &l, buf_str(&text), text.n) == after.n);
    /* a last row without line end stays if it is whole */
    if (after.n == before.n + 1)
        kept = before.n;
    REQUIRE(after.n == kept + 1);
    for (size_t i = 0; i < kept; i++, at++) {
        /* the new row may stand before rows of later days */
        if (at == i && !text_is(before.item[i], after.item[at]))
            at++;
        REQUIRE(text_is(before.item[i], after.item[at]));
    }
    layout_free(&l);
    list_free(&before);
    list_free(&after);
    list_free(&names);
    buf_free(&text);
    columns_free(c);
}

static void
check_file(const struct layout *l, const char *p, size_t n)
{
    char *path = scratch_path("rows.csv");

    scratch_write("rows.csv", p, n);
    if (merge(path)) {
        check_merged(path, l, p, n);
    } else {
        struct buf now = BUF_INIT;

        /* what is not to be read is not touched; but a torn last line goes */
        REQUIRE(scratch_read(&now, "rows.csv"));
        REQUIRE(now.n <= n);
        REQUIRE_SAME(now.p, now.n, p, now.n);
        buf_free(&now);
    }
    scratch_clear();
    free(path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct columns *c = declare();
    struct table_spec spec = make_spec("rows.csv", c);
    struct flattener *f = flattener_new(c);
    struct list names = LIST_INIT;
    struct row row = ROW_INIT;
    struct err e = ERR_INIT;
    struct layout l;

    log_set_level(LOG_QUIET);
    if (layout_read(&l, &spec, scratch_fd(data, size), &e) < 0) {
        REQUIRE(e.kind == ERR_FILE);
    } else {
        read_names(&names, text, size, &l);
        check_places(&l);
        check_names(&l, &names);
        make_row(&row, f);
        layout_fit(&l);
        check_places(&l);
        check_names(&l, &names);
        check_row(&l, &row);
        check_header(&l);
        check_cut(&l, &row);
        check_file(&l, text, size);
    }
    layout_free(&l);
    list_free(&names);
    row_free(&row);
    flattener_free(f);
    columns_free(c);
    return 0;
}
