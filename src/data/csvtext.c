#include "data/csvtext.h"

#include <csv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "data/bits.h"
#include "data/flatten.h"
#include "data/json.h"

enum { BLOCK = BITS_BLOCK, STEP = BITS_STEP };

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
    struct err ignored;

    if (n < 2 || (*p != '[' && *p != '{'))
        return false;
    ignored = (struct err)ERR_INIT; /* it is large */
    return json_check(p, n, &ignored) == 0;
}

/* So without quotes the text of a string would read back as something else. */
bool
csv_is_typed(const char *p, size_t n)
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
        if (n > 4 && p[4] == '-' && p[3] >= '0' && p[3] <= '9')
            return false; /* a date: nearly always, and at once */
        return (*p == '-' || (*p >= '0' && *p <= '9')) && json_is_number(p, n);
    }
}

/* Quotes are a few bytes apart in JSON text: what lies between two is copied
 * 16 bytes at a time, whatever its length; out has room for the rest. */
static char *
double_quotes(char *to, const char *p, size_t n)
{
    while (n >= BLOCK + STEP) {
        uint64_t quotes = bits_64(p, '"');
        size_t done = 0;

        for (; quotes; quotes &= quotes - 1) {
            size_t next = (size_t)__builtin_ctzll(quotes) + 1;

            to = bits_copy(to, p + done, next - done);
            *to++ = '"';
            done = next;
        }
        to = bits_copy(to, p + done, BLOCK - done);
        p += BLOCK;
        n -= BLOCK;
    }
    for (size_t i = 0; i < n; i++) {
        *to++ = p[i];
        if (p[i] == '"')
            *to++ = '"';
    }
    return to;
}

static void
add_quoted(struct buf *out, const char *p, size_t n)
{
    char *to = buf_room(out, 2 * n + 2 + STEP), *start = to;

    *to++ = '"';
    to = double_quotes(to, p, n);
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

/* What texts with a guard, or in need of one, start with is before the letters
 * and all that is not ASCII; in plain only an apostrophe. */
static inline bool
may_be_guarded(const char *p, size_t n, enum csv_profile profile)
{
    if (n == 0)
        return false;
    return profile == CSV_PLAIN ? *p == '\'' : (unsigned char)*p < 'A';
}

static void
add_guarded(struct buf *out, const char *p, size_t n,
            const struct csv_dialect *d)
{
    struct buf text = BUF_INIT;

    buf_addc(&text, '\'');
    buf_add(&text, p, n);
    csv_add_text(out, text.p, text.n, d);
    buf_free(&text);
}

void
csv_add_name(struct buf *out, const char *p, size_t n,
             const struct csv_dialect *d)
{
    struct buf text = BUF_INIT;

    if (profile_guards(d->profile, p, n))
        buf_addc(&text, '\'');
    buf_add(&text, p, n);
    if (d->profile == CSV_DUCKDB) /* it learns from it what quotes are */
        add_quoted(out, buf_str(&text), text.n);
    else
        csv_add_text(out, buf_str(&text), text.n, d);
    buf_free(&text);
}

struct csv_dialect
csv_dialect_of(enum csv_profile profile)
{
    bool is_excel = profile == CSV_EXCEL;

    return (struct csv_dialect){
        .delimiter = ',',
        .crlf = is_excel,
        .bom = is_excel,
        .profile = profile,
    };
}

/* must: CSV itself asks for the quotes. */
static void
add_string_text(struct buf *out, const char *p, size_t n, bool must,
                const struct csv_dialect *d)
{
    if (may_be_guarded(p, n, d->profile) && profile_guards(d->profile, p, n)) {
        add_guarded(out, p, n, d);
    } else if (must && is_list_text(p, n)) {
        struct buf marked = BUF_INIT;

        buf_addf(&marked, "\\u00%02x", (unsigned char)*p);
        buf_add(&marked, p + 1, n - 1);
        add_quoted(out, marked.p, marked.n);
        buf_free(&marked);
    } else if (must || csv_is_typed(p, n)) {
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
                        needs_quotes(text.p, text.n, d), d);
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
                            plain_needs_quotes(cell->p, cell->n, d), d);
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

bool
csv_is_sep_line(char *delimiter, const char *p, size_t n)
{
    static const char mark[] = "\xEF\xBB\xBF", word[] = "sep=";
    static const char fillers[] = CSV_DELIMITERS "\"";
    const char *end = p + n;
    char named;

    if (n >= 3 && memcmp(p, mark, 3) == 0)
        p += 3;
    if (p < end && *p == '"')
        p++;
    if (end - p <= 4 || strncasecmp(p, word, 4) != 0)
        return false;
    p += 4;
    if (end - p > 1 && *p == '"') /* the cells "sep=" and nothing */
        p++;
    named = *p++;
    while (p < end && memchr(fillers, *p, sizeof(fillers) - 1))
        p++;
    if (p < end)
        return false;
    *delimiter = named;
    return true;
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

/* As csv_row_end(), byte by byte; p is the start of a cell. */
static const char *
slow_row_end(const char *p, const char *end, const struct csv_dialect *d)
{
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

const char *
csv_row_end(const char *p, const char *end, const struct csv_dialect *d)
{
    const char *start = p, *stop = memchr(p, '\n', (size_t)(end - p));
    uint64_t inside = 0, may_open = 1;

    if (!stop || !memchr(p, '"', (size_t)(stop - p)))
        return stop;
    /* Between quotes is what has an odd number of them in front. That holds
     * as long as each opening one starts a cell or follows a closing one. */
    for (; end - p >= BLOCK; p += BLOCK) {
        uint64_t quotes = bits_64(p, '"'), quoted = inside, ends, before;

        if (!quotes && inside) { /* lists are long */
            may_open = 0;
            continue;
        }
        if (quotes)
            quoted ^= bits_parity_up_to(quotes);
        before = (bits_64(p, d->delimiter) & ~quoted) | quotes;
        if (quotes & quoted & ~(before << 1 | may_open))
            break;
        ends = bits_64(p, '\n') & ~quoted;
        if (ends)
            return p + __builtin_ctzll(ends);
        inside = (uint64_t)0 - (quoted >> (BLOCK - 1));
        may_open = before >> (BLOCK - 1);
    }
    return slow_row_end(start, end, d);
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

/* A guard is there, or might be. */
static bool
has_apostrophe(const struct csv_slice *cell)
{
    return cell->n > cell->quoted && cell->p[cell->quoted] == '\'';
}

void
csv_cell_value(struct buf *out, const struct csv_slice *cell)
{
    size_t at = out->n;

    csv_cell_text(out, cell);
    if (out->n == at || !has_apostrophe(cell) ||
        !profile_is_guarded(out->p + at, out->n - at))
        return;
    out->n--;
    memmove(out->p + at, out->p + at + 1, out->n - at);
}

bool
csv_is_absent(const struct csv_slice *cell)
{
    return cell->n == 0;
}

bool
csv_is_sound(const struct csv_slice *cell)
{
    size_t quotes = 0;

    if (!cell->quoted)
        return !memchr(cell->p, '"', cell->n);
    /* A pair of quotes inside means one: a closed cell has an even number. */
    for (size_t i = 0; i < cell->n; i++)
        quotes += cell->p[i] == '"';
    return cell->p[cell->n - 1] == '"' && quotes % 2 == 0;
}

size_t
csv_cells(const char *p, size_t n, const struct csv_dialect *d)
{
    const char *end = p + n;
    size_t cells = 0;

    if (n > 0 && memchr(p, '"', n)) {
        for (; p; cells++)
            (void)csv_take(&p, end, d);
        return cells;
    }
    return bits_count(p, n, d->delimiter) + 1;
}

const char *
csv_unsound(const char *p, size_t n, const struct csv_dialect *d)
{
    const char *end = p + n;

    while (p) {
        struct csv_slice cell = csv_take(&p, end, d);

        if (!csv_is_sound(&cell))
            return cell.p;
    }
    return NULL;
}

static void
add_json(struct buf *out, const char *p, size_t n, bool is_typed)
{
    if (is_typed)
        buf_add(out, p, n);
    else
        json_quote(out, p, n);
}

/* The text of a quoted cell stands for the list or object that it is. */
static bool
is_quoted_list(const char *p, size_t n, const struct csv_dialect *d)
{
    return is_list_text(p, n) && needs_quotes(p, n, d);
}

/* Adds what a quoted cell says; most have no quote between theirs, and are not
 * copied. */
static void
add_quoted_json(struct buf *out, const struct csv_slice *cell,
                const struct csv_dialect *d)
{
    const char *p = cell->p + 1;
    size_t n = cell->n < 2 ? 0 : cell->n - 2;
    struct buf text = BUF_INIT;

    if (n == 0 || p[n] != '"' || memchr(p, '"', n)) {
        csv_cell_text(&text, cell);
        p = buf_str(&text);
        n = text.n;
    }
    add_json(out, p, n, is_quoted_list(p, n, d));
    buf_free(&text);
}

void
csv_cell_json(struct buf *out, const struct csv_slice *cell,
              const struct csv_dialect *d)
{
    struct buf text = BUF_INIT;

    if (csv_is_absent(cell)) {
        buf_adds(out, "null");
    } else if (has_apostrophe(cell)) {
        csv_cell_value(&text, cell);
        json_quote(out, text.p, text.n);
    } else if (!cell->quoted) {
        add_json(out, cell->p, cell->n, csv_is_typed(cell->p, cell->n));
    } else {
        add_quoted_json(out, cell, d);
    }
    buf_free(&text);
}

/* Written anew, by what it says. */
static void
add_anew(struct buf *out, const struct csv_slice *cell,
         const struct csv_dialect *from, const struct csv_dialect *to)
{
    struct buf text = BUF_INIT;

    csv_cell_value(&text, cell);
    (void)buf_str(&text);
    if (!has_apostrophe(cell) &&
        (cell->quoted ? is_quoted_list(text.p, text.n, from)
                      : csv_is_typed(text.p, text.n)))
        csv_add_text(out, text.p, text.n, to);
    else
        add_string_text(out, text.p, text.n, needs_quotes(text.p, text.n, to),
                        to);
    buf_free(&text);
}

/* The guard that it has, or has not, is not what the profile asks for. */
static bool
has_other_guard(const struct csv_slice *cell, enum csv_profile profile)
{
    const char *p = cell->p;
    size_t n = cell->n;
    struct buf text = BUF_INIT;
    bool has, is_other;

    if (!may_be_guarded(p + cell->quoted, n - cell->quoted, profile))
        return false;
    if (cell->quoted) {
        csv_cell_text(&text, cell);
        p = buf_str(&text);
        n = text.n;
    }
    has = profile_is_guarded(p, n);
    is_other = has != profile_guards(profile, p + has, n - has) &&
               (cell->quoted || !csv_is_typed(p, n));
    buf_free(&text);
    return is_other;
}

/* Of a quoted cell that is not sound nobody knows what it says. */
static bool
stays_as_it_is(const struct csv_slice *cell, const struct csv_dialect *from,
               const struct csv_dialect *to)
{
    if (from->delimiter != to->delimiter)
        return false;
    if (!csv_is_sound(cell))
        return cell->quoted;
    return !has_other_guard(cell, to->profile);
}

void
csv_add_slice(struct buf *out, const struct csv_slice *cell,
              const struct csv_dialect *from, const struct csv_dialect *to)
{
    if (csv_is_absent(cell))
        return;
    if (stays_as_it_is(cell, from, to))
        buf_add(out, cell->p, cell->n);
    else
        add_anew(out, cell, from, to);
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
        list_add(reader->names, name + profile_is_guarded(name, n));
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
    /* a name with a NUL in it would be kept as a shorter one */
    if ((n > 0 && memchr(p, '\0', n)) ||
        csv_parse(&parser, p, n, on_cell, on_row, &reader) != n ||
        csv_fini(&parser, on_cell, on_row, &reader) != 0 || reader.rows != 1)
        rc = err_set(e, ERR_DATA, "the header is not CSV");
    csv_free(&parser);
    return rc;
}
