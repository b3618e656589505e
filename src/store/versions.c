#include "store/versions.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/tm.h"
#include "data/columns.h"
#include "data/csvtext.h"
#include "data/flatten.h"
#include "data/json.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/replaced.h"
#include "store/rows.h"
#include "store/table.h"
#include "sys/fs.h"

/* One of the two files. */
struct file {
    struct versions *out;
    struct layout layout;
    int fd;
    bool is_history;
    struct buf key; /* that is looked for */
};

static void
free_version(struct version *v)
{
    list_free(&v->name);
    list_free(&v->value);
    free(v->until);
    free(v->reason);
}

void
versions_free(struct versions *v)
{
    for (size_t i = 0; i < v->n; i++)
        free_version(&v->item[i]);
    free(v->item);
    *v = (struct versions)VERSIONS_INIT;
}

const char *
version_value(const struct version *v, const char *name)
{
    for (size_t i = 0; i < v->name.n; i++)
        if (strcmp(v->name.item[i], name) == 0)
            return v->value.item[i];
    return NULL;
}

/* The text of a value that we wrote: it has no escapes. */
static char *
plain(const char *json)
{
    size_t n = strlen(json);

    if (n >= 2 && *json == '"')
        return mem_strndup(json + 1, n - 2);
    return mem_strdup(json);
}

static void
add_value(struct version *v, const struct file *f, const char *name,
          const char *json)
{
    if (f->is_history && strcmp(name, REPLACED_AT) == 0 && !v->until) {
        v->until = plain(json);
    } else if (f->is_history && strcmp(name, REPLACED_REASON) == 0 &&
               !v->reason) {
        v->reason = plain(json);
    } else {
        list_add(&v->name, name);
        list_add(&v->value, json);
    }
}

static void
take_csv(struct version *v, const struct file *f, const struct line *line)
{
    const struct layout *l = &f->layout;
    const char *p = line->p, *end = line->p + line->n;
    struct buf json = BUF_INIT;

    for (size_t i = 0; p && i < l->file_n; i++) {
        struct csv_slice cell = csv_take(&p, end, &l->dialect);

        if (csv_is_absent(&cell))
            continue;
        buf_clear(&json);
        csv_cell_json(&json, &cell, &l->dialect);
        add_value(v, f, columns_name(l->spec->columns, (size_t)l->order[i]),
                  buf_str(&json));
    }
    buf_free(&json);
}

static void
take_cell(struct buf *out, const struct cell *cell)
{
    struct json_token t = { JSON_ARRAY, cell->flags, cell->p, cell->n };

    if (cell->type == CELL_STRING)
        t.type = JSON_STRING;
    json_compact(out, &t);
}

static int
take_json(struct version *v, const struct file *f, const struct line *line,
          struct err *e)
{
    struct columns *columns = columns_new();
    struct flattener *flattener = f->layout.spec->format == TABLE_RAW
                                      ? flattener_new(columns)
                                      : flattener_new_flat(columns);
    struct row row = ROW_INIT;
    struct buf json = BUF_INIT;
    struct json j;
    struct json_token t;
    int rc;

    json_start(&j, line->p, line->n);
    rc = json_next(&t, &j, e); /* an object: it has the key */
    if (rc > 0)
        rc = flatten(&row, flattener, &j, e);
    for (size_t i = 0; rc == 0 && i < row.n; i++) {
        if (row.cell[i].type == CELL_NONE)
            continue;
        buf_clear(&json);
        take_cell(&json, &row.cell[i]);
        add_value(v, f, columns_name(columns, i), buf_str(&json));
    }
    buf_free(&json);
    row_free(&row);
    flattener_free(flattener);
    columns_free(columns);
    return rc;
}

/* The key as key_of_line() makes it. */
static void
make_key(struct buf *out, const struct table_spec *spec, const struct list *key)
{
    for (size_t i = 0; i < key->n; i++) {
        const char *text = key->item[i];

        if (i > 0)
            buf_addc(out, 0x1f);
        if (i == 0 && spec->instant_id)
            key_instant(out, text, strlen(text));
        else
            buf_adds(out, text);
    }
}

static int
take_line(struct file *f, const struct line *line, struct err *e)
{
    struct versions *out = f->out;
    struct version *v;

    out->item = mem_resize(out->item, out->n + 1, sizeof(*out->item));
    v = &out->item[out->n++];
    *v = (struct version){ .name = LIST_INIT, .value = LIST_INIT };
    if (f->layout.spec->format == TABLE_CSV)
        take_csv(v, f, line);
    else if (take_json(v, f, line, e) < 0)
        return -1;
    if (f->is_history && !v->until)
        v->until = mem_strdup(""); /* a person took the cell out */
    return 0;
}

static int
search(struct file *f, struct err *e)
{
    const struct layout *l = &f->layout;
    struct rows rows;
    struct line line;
    struct buf texts = BUF_INIT;
    int rc;

    rows_start(&rows, f->fd, l->spec->path,
               l->spec->format == TABLE_CSV ? &l->dialect : NULL, l->body);
    while ((rc = rows_next(&line, &rows, e)) == 1) {
        struct key k;

        buf_clear(&texts);
        if (line.n == 0)
            continue;
        if ((rc = key_of_line(&k, &texts, l, &line, e)) < 0)
            break;
        if (k.n == f->key.n && k.n > 0 &&
            memcmp(texts.p + k.at, f->key.p, k.n) == 0 &&
            (rc = take_line(f, &line, e)) < 0)
            break;
    }
    rows_free(&rows);
    buf_free(&texts);
    return rc;
}

/* No file has no versions. */
static int
read_file(struct versions *out, const struct table_spec *spec,
          const struct list *key, bool is_history, struct err *e)
{
    struct file f = { .out = out, .is_history = is_history };
    struct stat st;
    int rc = fs_stat(&st, spec->path, e);

    if (rc <= 0 || st.st_size == 0)
        return rc < 0 ? -1 : 0;
    if (fs_open(&f.fd, spec->path, O_RDONLY, e) < 0)
        return -1;
    make_key(&f.key, spec, key);
    rc = layout_read(&f.layout, spec, f.fd, e);
    if (rc == 0)
        rc = search(&f, e);
    layout_free(&f.layout);
    buf_free(&f.key);
    (void)close(f.fd); /* only read */
    return rc;
}

static bool
is_later(const struct version *a, const struct version *b)
{
    struct instant x, y;

    return tm_instant(&x, a->until, strlen(a->until)) == 0 &&
           tm_instant(&y, b->until, strlen(b->until)) == 0 &&
           (x.sec > y.sec || (x.sec == y.sec && x.nsec > y.nsec));
}

/* We write the oldest first, but a person may have sorted the file. */
static void
sort_by_time(struct versions *v)
{
    for (size_t i = 1; i < v->n; i++) {
        struct version moved = v->item[i];
        size_t at = i;

        for (; at > 0 && is_later(&v->item[at - 1], &moved); at--)
            v->item[at] = v->item[at - 1];
        v->item[at] = moved;
    }
}

static void
turn_around(struct versions *v)
{
    for (size_t i = 0; i < v->n / 2; i++) {
        struct version other = v->item[i];

        v->item[i] = v->item[v->n - 1 - i];
        v->item[v->n - 1 - i] = other;
    }
}

int
versions_find(struct versions *v, const struct table_spec *spec,
              const struct list *key, struct err *e)
{
    struct table_spec history = *spec;
    int rc;

    history.path = spec->history;
    history.columns = columns_new();
    for (size_t i = 0; i < columns_n(spec->columns); i++) {
        const char *name = columns_name(spec->columns, i);

        (void)columns_add(history.columns, name, strlen(name));
    }
    rc = read_file(v, &history, key, true, e);
    sort_by_time(v);
    if (rc == 0)
        rc = read_file(v, spec, key, false, e);
    columns_free(history.columns);
    turn_around(v);
    return rc;
}
