#ifndef DATA_CSVTEXT_H
#define DATA_CSVTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "data/profile.h"

struct buf;
struct cell;
struct err;
struct list;

/*
 * Cells of RFC 4180 text that keep their JSON type (DESIGN 2.1): a string is
 * quoted where CSV needs it, where it has a blank at an end, and where without
 * quotes it would read back as a number, true, false, an array, an object or
 * nothing. A string that is itself the text of a JSON array or object and
 * needs the quotes anyway (so that they cannot tell) has its first bracket
 * written as \u005b or \u007b. A string may have a guard in front, see
 * data/profile.h.
 */

/* How a file is written: found out from the file and kept, but for the
 * profile, which cannot be seen and is for what is written. */
struct csv_dialect {
    char delimiter; /* ',' or what a spreadsheet made of it: see below */
    bool crlf;      /* lines end with CR LF */
    bool bom;       /* the file starts with a UTF-8 byte order mark */
    enum csv_profile profile;
};

#define CSV_DIALECT_INIT                                                       \
    {                                                                          \
        .delimiter = ','                                                       \
    }

/* The delimiters that a file may have. */
#define CSV_DELIMITERS ",;\t|"

/*
 * True if a file's first line, a byte order mark before it aside, is no row
 * but the note "sep=;" by which Excel is told the delimiter: *delimiter is the
 * one it names, which may be none of ours. It may be in quotes and have empty
 * cells behind it, as programs leave it that do not know what it is.
 */
bool csv_is_sep_line(char *delimiter, const char *p, size_t n);

/* Adds a record's cell as it stands in a row. */
void csv_add_cell(struct buf *out, const struct cell *cell,
                  const struct csv_dialect *d);
/* Adds plain text as a cell: without a guard. */
void csv_add_text(struct buf *out, const char *p, size_t n,
                  const struct csv_dialect *d);
/* Adds a column's name. */
void csv_add_name(struct buf *out, const char *p, size_t n,
                  const struct csv_dialect *d);
/* How a new file of a profile is written. */
struct csv_dialect csv_dialect_of(enum csv_profile profile);

/* The line feed that ends the row at p, or NULL if the text ends before it.
 * Line feeds inside a quoted cell are passed over. */
const char *csv_row_end(const char *p, const char *end,
                        const struct csv_dialect *d);

/* A cell as it stands in a row. */
struct csv_slice {
    const char *p; /* with its quotes, if it has them */
    size_t n;
    bool quoted;
};

/*
 * Takes the next cell off a row (without its line end): *p moves behind the
 * cell and its delimiter; past the last cell it becomes NULL. Lenient as
 * readers are: text behind a closing quote belongs to the cell.
 */
struct csv_slice csv_take(const char **p, const char *end,
                          const struct csv_dialect *d);
/* The text of a cell as it stands there, without quotes, added to out. */
void csv_cell_text(struct buf *out, const struct csv_slice *cell);
/* The same without a guard: what the cell says. */
void csv_cell_value(struct buf *out, const struct csv_slice *cell);
/* Adds a cell of a file in one dialect as a row in another one has it: it
 * says the same there. Stays as it is where it can. */
void csv_add_slice(struct buf *out, const struct csv_slice *cell,
                   const struct csv_dialect *from,
                   const struct csv_dialect *to);
/* True if the cell is empty and not quoted: absent. */
bool csv_is_absent(const struct csv_slice *cell);
/* False if a quote in it is not closed, or stands where none may be. */
bool csv_is_sound(const struct csv_slice *cell);
/* How many cells a row has (without its line end). */
size_t csv_cells(const char *p, size_t n, const struct csv_dialect *d);
/* The first cell of a row that is not sound, or NULL. */
const char *csv_unsound(const char *p, size_t n, const struct csv_dialect *d);
/* True if the text of a cell without quotes is no string. */
bool csv_is_typed(const char *p, size_t n);
/* The JSON value of a cell, added to out; an absent cell is null. */
void csv_cell_json(struct buf *out, const struct csv_slice *cell,
                   const struct csv_dialect *d);

/*
 * The names in a header line (without line end), read strictly by libcsv,
 * without guards.
 * Returns 0, or -1 with ERR_DATA if it is not CSV.
 */
int csv_header(struct list *names, const char *p, size_t n,
               const struct csv_dialect *d, struct err *e);

#endif
