#include "data/csvrow.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "data/bits.h"
#include "data/csvtext.h"
#include "data/flatten.h"
#include "data/json.h"

/*
 * Nearly all cells are short and need no quotes. They are written while they
 * are looked at, to where there is room for sure; the others are left to
 * csv_add_cell().
 */

enum { QUOTES = 2 };

/* What the first byte of a string may make of it. */
enum start {
    START_RARE = 0, /* a guard, a blank or a list: not for here */
    START_PLAIN,
    START_TYPED, /* a number, true or false */
};

/* For all profiles: what is no text for a spreadsheet starts with less. */
static enum start
start_of(char c, enum csv_profile profile)
{
    if (c == '[' || c == '{')
        return START_RARE;
    if (c == 't' || c == 'f')
        return START_TYPED;
    if ((unsigned char)c >= 'A')
        return START_PLAIN;
    if (profile != CSV_PLAIN || c == '\'' || c == ' ' || c == '\t')
        return START_RARE;
    return c == '-' || (c >= '0' && c <= '9') ? START_TYPED : START_PLAIN;
}

static char *
put_quoted(char *to, const char *p, size_t n)
{
    *to++ = '"';
    memcpy(to, p, n);
    to += n;
    *to++ = '"';
    return to;
}

/* The end of what was written; NULL: nothing was. Here and below there is no
 * quote in the text and no line end. */
static char *
put_string(char *to, const char *p, size_t n, const struct csv_dialect *d)
{
    enum start start = n ? start_of(*p, d->profile) : START_RARE;

    if (start == START_RARE)
        return NULL;
    if ((start == START_TYPED && csv_is_typed(p, n)) || p[n - 1] == ' ' ||
        p[n - 1] == '\t' || !bits_copy_without(to, p, n, d->delimiter))
        return put_quoted(to, p, n);
    return to + n;
}

static char *
put_list(char *to, const char *p, size_t n, const struct csv_dialect *d)
{
    if (bits_copy_without(to, p, n, d->delimiter))
        return to + n;
    return put_quoted(to, p, n);
}

static char *
put_cell(char *to, const struct cell *cell, const struct csv_dialect *d)
{
    switch ((enum cell_type)cell->type) {
    case CELL_NUMBER:
    case CELL_TRUE:
    case CELL_FALSE:
        return bits_copy_few(to, cell->p, cell->n);
    case CELL_STRING:
        return cell->flags ? NULL : put_string(to, cell->p, cell->n, d);
    case CELL_ARRAY:
        return cell->flags ? NULL : put_list(to, cell->p, cell->n, d);
    case CELL_NONE:
    case CELL_OBJECT:
        break;
    }
    return NULL;
}

size_t
csvrow_add(struct buf *out, const struct row *row, const int32_t *order,
           size_t n, const struct csv_dialect *d)
{
    size_t width = 0;

    for (size_t i = 0, done = 0; i < n; i++) {
        size_t column = (size_t)order[i];
        const struct cell *cell;
        char *to, *end;

        if (column >= row->n || row->cell[column].type == CELL_NONE)
            continue;
        cell = &row->cell[column];
        to = buf_room(out, i - done + cell->n + QUOTES);
        for (; done < i; done++)
            *to++ = d->delimiter;
        end = put_cell(to, cell, d);
        out->n = (size_t)((end ? end : to) - out->p);
        if (!end)
            csv_add_cell(out, cell, d);
        width = i + 1;
    }
    return width;
}
