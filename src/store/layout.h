#ifndef STORE_LAYOUT_H
#define STORE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/csvtext.h"
#include "store/table.h"

struct buf;
struct columns;
struct err;
struct line;
struct row;

/*
 * How the rows of one file are written: for CSV the order of its columns and
 * its dialect, as found in its header; and where in a row its key is. A file
 * that a person moved columns about in, or saved with other line ends or
 * another delimiter, keeps them; one that starts with Excel's line "sep=;"
 * keeps that. What is written goes by the profile of the spec.
 */
struct layout {
    const struct table_spec *spec;
    struct csv_dialect dialect;
    char *sep_line;    /* with its end, see csv_is_sep_line(); NULL: none */
    int32_t *order;    /* column number at each position */
    size_t n;          /* positions, with new columns at the right */
    size_t file_n;     /* positions in the file's header; 0: no file */
    int32_t *position; /* of each column number, -1 = none yet */
    size_t position_n;
    int64_t body;              /* offset of the first row */
    int id_at[TABLE_KEYS_MAX]; /* positions; -1 = none, also below */
    int ids_n;
    int unique_at;
    int time_at;
    int last_at; /* the rightmost of these */
};

/* For a file that does not exist yet: all known columns. */
void layout_fresh(struct layout *l, const struct table_spec *spec);
/*
 * From an open file that is not empty. ERR_FILE if it is not a table of this
 * category, or CSV without a whole header line: ours are born with one, so a
 * crash cannot have torn it.
 */
int layout_read(struct layout *l, const struct table_spec *spec, int fd,
                struct err *e);
void layout_free(struct layout *l);
/* The number of the header's line, from 1. */
int layout_header_line(const struct layout *l);

/* Whole first lines for a file with the first width columns, byte order mark
 * included; nothing for JSON lines. */
void layout_add_header(struct buf *out, const struct layout *l, size_t width);
/* Adds a record's row without line end, empty cells at the right left out.
 * Returns the number of cells. */
size_t layout_add_row(struct buf *out, struct layout *l, const struct row *row);
/* Delimiters for so many more cells. */
void layout_add_pad(struct buf *out, const struct layout *l, size_t cells);
void layout_add_end(struct buf *out, const struct layout *l);
/*
 * The cells of a row of the file, at fd. Empty cells behind the header's last
 * column are cut off the line; others there: ERR_FILE, for nobody knows what
 * they are, and no way to write the row anew keeps them where they are.
 */
int layout_width(size_t *width, const struct layout *l, struct line *line,
                 int fd, struct err *e);
/* Such a row as an error. */
int layout_too_wide(const struct layout *l, const struct line *line, int fd,
                    struct err *e);
/* A row that is the header again as an error. */
int layout_header_again(const struct layout *l, const struct line *line, int fd,
                        struct err *e);
/* Gives columns that are new their place at the right. */
void layout_fit(struct layout *l);
/* To be called after columns_cut(). */
void layout_cut(struct layout *l);
/* True if no record and no declaration has the column: a person added it. met:
 * by column number, what the records of this and other runs had. */
bool layout_is_foreign(const struct layout *l, size_t position, const bool *met,
                       size_t met_n);

#endif
