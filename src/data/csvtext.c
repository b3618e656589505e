#include "data/csvtext.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "data/flatten.h"
#include "data/json.h"

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* CSV itself asks for quotes here. */
static bool
needs_quotes(const char *p, size_t n, const struct csv_dialect *d)
{
    if (n == 0)
        return false;
    if (is_blank(p[0]) || is_blank(p[n - 1]))
        return true;
    for (size_t i = 0; i < n; i++)
        if (p[i] == d->delimiter || p[i] == '"' || p[i] == '\n' || p[i] == '\r')
            return true;
    return false;
}

/* The same for a JSON string without escapes: it has no quote and no line
 * end in it. */
static bool
plain_needs_quotes(const char *p, size_t n, const struct csv_dialect *d)
{
    return n > 0 &&
           (is_blank(p[0]) || is_blank(p[n - 1]) || memchr(p, d->delimiter, n));
}

static bool
is_list_text(const char *p, size_t n)
{
    struct err ignored = ERR_INIT;

    return n >= 2 && (*p == '[' || *p == '{') &&
           json_check(p, n, &ignored) == 0;
}

/* Without quotes the text of a string would read back as something else. */
static bool
looks_typed(const char *p, size_t n)
{
    if (n == 0)
        return true;
    switch (*p) {
    case 't':
        return n == 4 && memcmp(p, "true", 4) == 0;
    case 'f':
        return n == 5 && memcmp(p, "false", 5) == 0;
    case '[':
    case '{':
        return is_list_text(p, n);
    default: /* a character, not an enum */
        return (*p == '-' || (*p >= '0' && *p <= '9')) && json_is_number(p, n);
    }
}

static void
add_quoted(struct buf *out, const char *p, size_t n)
{
    char *to = buf_room(out, 2 * n + 2), *start = to;
    const char *end = p + n;

    *to++ = '"';
    while (p < end) {
        const char *quote = memchr(p, '"', (size_t)(end - p));
        size_t plain = (size_t)((quote ? quote + 1 : end) - p);

        memcpy(to, p, plain);
        to += plain;
        p += plain;
        if (quote)
            *to++ = '"';
    }
    *to++ = '"';
    out->n += (size_t)(to - start);
}

void
csv_add_text(struct buf *out, const char *p, size_t n,
             const struct csv_dialect *d)
{
    if (needs_quotes(p, n, d))
        add_quoted(out, p, n);
    else
        buf_add(out, p, n);
}

/* must: CSV itself asks for the quotes. */
static void
add_string_text(struct buf *out, const char *p, size_t n, bool must)
{
    if (must && is_list_text(p, n)) {
        struct buf marked = BUF_INIT;

        buf_addf(&marked, "\\u00%02x", (unsigned char)*p);
        buf_add(&marked, p + 1, n - 1);
        add_quoted(out, marked.p, marked.n);
        buf_free(&marked);
    } else if (must || looks_typed(p, n)) {
        add_quoted(out, p, n);
    } else {
        buf_add(out, p, n);
    }
}

static void
add_decoded(struct buf *out, const struct cell *cell,
            const struct csv_dialect *d, bool is_string)
{
    struct json_token t = { is_string ? JSON_STRING : JSON_ARRAY, cell->flags,
                            cell->p, cell->n };
    struct buf text = BUF_INIT;

    if (is_string) {
        json_text(&text, &t);
        add_string_text(out, buf_str(&text), text.n,
                        needs_quotes(text.p, text.n, d));
    } else {
        json_compact(&text, &t);
        csv_add_text(out, buf_str(&text), text.n, d);
    }
    buf_free(&text);
}

void
csv_add_cell(struct buf *out, const struct cell *cell,
             const struct csv_dialect *d)
{
    switch ((enum cell_type)cell->type) {
    case CELL_NONE:
        return;
    case CELL_NUMBER:
    case CELL_TRUE:
    case CELL_FALSE:
        buf_add(out, cell->p, cell->n);
        return;
    case CELL_STRING:
        if (cell->flags)
            add_decoded(out, cell, d, true);
        else
            add_string_text(out, cell->p, cell->n,
                            plain_needs_quotes(cell->p, cell->n, d));
        return;
    case CELL_ARRAY:
        if (cell->flags & (JSON_SPACED | JSON_BAD_UTF8))
            add_decoded(out, cell, d, false);
        else
            csv_add_text(out, cell->p, cell->n, d);
        return;
    case CELL_OBJECT:
        csv_add_text(out, cell->p, cell->n, d);
        return;
    }
}

/* Behind the closing quote of a cell that starts at p. */
static const char *
quoted_end(const char *p, const char *end)
{
    for (p++; p < end; p++) {
        const char *quote = memchr(p, '"', (size_t)(end - p));

        if (!quote)
            return end;
        p = quote + 1;
        if (p == end || *p != '"')
            return p;
    }
    return end;
}

struct csv_slice
csv_take(const char **p, const char *end, const struct csv_dialect *d)
{
    struct csv_slice cell = { .p = *p };
    const char *stop = *p, *next;

    if (stop < end && *stop == '"') {
        cell.quoted = true;
        stop = quoted_end(stop, end);
    }
    next = stop < end ? memchr(stop, d->delimiter, (size_t)(end - stop)) : NULL;
    cell.n = (size_t)((next ? next : end) - cell.p);
    *p = next ? next + 1 : NULL;
    return cell;
}

const char *
csv_row_end(const char *p, const char *end, const struct csv_dialect *d)
{
    const char *stop = memchr(p, '\n', (size_t)(end - p));

    if (!stop || !memchr(p, '"', (size_t)(stop - p)))
        return stop;
    while (p < end) {
        if (*p == '"') {
            const char *behind = quoted_end(p, end);

            if (behind == end)
                return NULL;
            p = behind;
        }
        while (p < end && *p != d->delimiter && *p != '\n')
            p++;
        if (p < end && *p == '\n')
            return p;
        p++;
    }
    return NULL;
}

void
csv_cell_text(struct buf *out, const struct csv_slice *cell)
{
    const char *p = cell->p, *end = cell->p + cell->n;

    if (!cell->quoted) {
        buf_add(out, p, cell->n);
        return;
    }
    for (p++; p < end; p++) {
        const char *quote = memchr(p, '"', (size_t)(end - p));

        if (!quote) {
            buf_add(out, p, (size_t)(end - p));
            return;
        }
        buf_add(out, p, (size_t)(quote - p));
        p = quote + 1;
        if (p == end)
            return;
        if (*p != '"') { /* text behind the closing quote */
            buf_add(out, p, (size_t)(end - p));
            return;
        }
        buf_addc(out, '"');
    }
}

bool
csv_is_absent(const struct csv_slice *cell)
{
    return cell->n == 0;
}

void
csv_cell_json(struct buf *out, const struct csv_slice *cell,
              const struct csv_dialect *d)
{
    struct buf text = BUF_INIT;
    const char *p;
    bool typed;

    if (csv_is_absent(cell)) {
        buf_adds(out, "null");
        return;
    }
    csv_cell_text(&text, cell);
    p = buf_str(&text);
    typed = text.n > 0 && looks_typed(p, text.n);
    if (cell->quoted)
        typed = typed && (*p == '[' || *p == '{') && needs_quotes(p, text.n, d);
    if (typed)
        buf_add(out, p, text.n);
    else
        json_quote(out, p, text.n);
    buf_free(&text);
}

struct header_reader {
    struct list *names;
    size_t rows;
};

static void
on_cell(void *p, size_t n, void *user)
{
    struct header_reader *reader = user;
    char *name = mem_strndup(p, n);

    if (reader->rows == 0)
        list_add(reader->names, name);
    free(name);
}

static void
on_row(int end, void *user)
{
    struct header_reader *reader = user;

    (void)end;
    reader->rows++;
}

static int
no_blank(unsigned char c)
{
    (void)c;
    return 0;
}

int
csv_header(struct list *names, const char *p, size_t n,
           const struct csv_dialect *d, struct err *e)
{
    struct csv_parser parser;
    struct header_reader reader = { .names = names };
    int rc = 0;

    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return err_set(e, ERR_OTHER, "csv_init failed");
    csv_set_delim(&parser, (unsigned char)d->delimiter);
    csv_set_space_func(&parser, no_blank);
    if (csv_parse(&parser, p, n, on_cell, on_row, &reader) != n ||
        csv_fini(&parser, on_cell, on_row, &reader) != 0 || reader.rows != 1)
        rc = err_set(e, ERR_DATA, "the header is not CSV");
    csv_free(&parser);
    return rc;
}
