#include "store/pick.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "data/cell.h"
#include "data/columns.h"
#include "data/csvtext.h"
#include "data/flatten.h"
#include "data/json.h"
#include "store/layout.h"
#include "store/look.h"
#include "store/rows.h"
#include "store/table.h"
#include "sys/fs.h"

struct reader {
    const struct pick *in;
    struct layout layout;
    int fd;
    size_t n;
    int32_t column[PICK_MAX]; /* their numbers; -1 = not in the file */
    struct picked value[PICK_MAX];
    struct flattener *flattener; /* NULL: CSV */
    struct row row;
};

static void
find_columns(struct reader *r)
{
    const struct pick *in = r->in;

    for (r->n = 0; r->n < PICK_MAX && in->column[r->n]; r->n++)
        r->column[r->n] = columns_find(in->spec->columns, in->column[r->n],
                                       strlen(in->column[r->n]));
}

static void
clear(struct reader *r)
{
    for (size_t i = 0; i < r->n; i++) {
        buf_clear(&r->value[i].text);
        r->value[i].is_there = r->value[i].is_text = false;
    }
}

static void
take_slice(struct picked *value, const struct csv_slice *cell)
{
    if (csv_is_absent(cell))
        return;
    value->is_there = true;
    value->is_text = cell->quoted || !csv_is_typed(cell->p, cell->n);
    csv_cell_value(&value->text, cell);
}

static void
read_csv(struct reader *r, const struct line *line)
{
    const struct layout *l = &r->layout;
    const char *p = line->p, *end = line->p + line->n;

    for (size_t i = 0; p && i < l->file_n; i++) {
        struct csv_slice cell = csv_take(&p, end, &l->dialect);

        for (size_t k = 0; k < r->n; k++)
            if (r->column[k] == l->order[i])
                take_slice(&r->value[k], &cell);
    }
}

static int
read_json(struct reader *r, const struct line *line, struct err *e)
{
    struct json j;
    struct json_token t;

    json_start(&j, line->p, line->n);
    if (json_next(&t, &j, e) < 0)
        return -1;
    if (t.type != JSON_OBJECT)
        return err_set(e, ERR_DATA, "not a JSON object");
    if (flatten(&r->row, r->flattener, &j, e) < 0)
        return -1;
    find_columns(r); /* the row may have brought them */
    for (size_t i = 0; i < r->n; i++) {
        const struct cell *cell;

        if (r->column[i] < 0 || (size_t)r->column[i] >= r->row.n)
            continue;
        cell = &r->row.cell[r->column[i]];
        r->value[i].is_there = cell->type != CELL_NONE;
        r->value[i].is_text = cell->type == CELL_STRING;
        cell_text(&r->value[i].text, cell);
    }
    return 0;
}

static int
bad_line(const struct reader *r, const struct line *line, struct err *e)
{
    (void)err_in(e, "%s: line %lld", r->in->spec->path,
                 (long long)rows_line_number(r->fd, line->offset));
    e->kind = ERR_FILE;
    return -1;
}

static int
read_row(struct reader *r, const struct line *line, struct err *e)
{
    clear(r);
    if (!r->flattener)
        read_csv(r, line);
    else if (read_json(r, line, e) < 0)
        return bad_line(r, line, e);
    return r->in->row(r->in->user, r->value, e);
}

static int
read_rows(struct reader *r, struct err *e)
{
    const struct layout *l = &r->layout;
    struct rows rows;
    struct line line;
    int rc;

    rows_start(&rows, r->fd, r->in->spec->path,
               r->flattener ? NULL : &l->dialect, l->body);
    while ((rc = rows_next(&line, &rows, e)) == 1) {
        if (line.n == 0)
            continue;
        if (!line.is_ended && !look_is_whole(l, &line))
            break; /* torn; the next write cuts it off */
        if ((rc = read_row(r, &line, e)) < 0)
            break;
    }
    rows_free(&rows);
    return rc;
}

static void
close_reader(struct reader *r)
{
    for (size_t i = 0; i < PICK_MAX; i++)
        buf_free(&r->value[i].text);
    row_free(&r->row);
    flattener_free(r->flattener);
    layout_free(&r->layout);
    (void)close(r->fd); /* only read */
}

int
pick_rows(const struct pick *in, struct err *e)
{
    struct reader r = { .in = in };
    struct stat st;
    int rc = fs_stat(&st, in->spec->path, e);

    if (rc <= 0 || st.st_size == 0)
        return rc < 0 ? -1 : 0;
    if (fs_open(&r.fd, in->spec->path, O_RDONLY, e) < 0)
        return -1;
    rc = layout_read(&r.layout, in->spec, r.fd, e);
    if (in->spec->format == TABLE_RAW)
        r.flattener = flattener_new(in->spec->columns);
    else if (in->spec->format == TABLE_JSONL)
        r.flattener = flattener_new_flat(in->spec->columns);
    find_columns(&r);
    if (rc == 0)
        rc = read_rows(&r, e);
    close_reader(&r);
    return rc;
}
