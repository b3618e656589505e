#ifndef DATA_FLATTEN_H
#define DATA_FLATTEN_H

#include <stddef.h>
#include <stdint.h>

struct columns;
struct err;
struct json;
struct json_token;

/*
 * One record as cells: what the provider sent, by column (DESIGN 2.1). Cells
 * are slices of the page and valid as long as it is.
 */

enum cell_type {
    CELL_NONE = 0, /* absent or null */
    CELL_STRING,   /* p, n: raw JSON text between the quotes */
    CELL_NUMBER,   /* the digits received */
    CELL_TRUE,
    CELL_FALSE,
    CELL_ARRAY,  /* JSON text from bracket to bracket */
    CELL_OBJECT, /* an empty object */
};

struct cell {
    const char *p;
    uint32_t n;
    uint16_t type;  /* of enum cell_type */
    uint16_t flags; /* of enum json_flag */
};

enum row_note {
    ROW_DUPLICATE_KEY = 1, /* an object had a key twice: the last one won */
    ROW_BAD_UTF8 = 2,      /* a string had a byte that is not UTF-8 */
};

struct row {
    struct cell *cell; /* by column number */
    size_t n;          /* columns known when the row was made */
    size_t room;
    const char *raw; /* the record's own text, from brace to brace */
    size_t raw_n;
    unsigned notes; /* of enum row_note */
};

#define ROW_INIT                                                               \
    {                                                                          \
        .cell = NULL                                                           \
    }

void row_free(struct row *row);
/* Makes room for n columns; those that are new are CELL_NONE. */
void row_fit(struct row *row, size_t n);
/* Puts a value (as json_skip() leaves it) into a column that fits. */
int row_set(struct row *row, size_t column, const struct json_token *value,
            struct err *e);

/* Remembers the shape of the records, so that the next one is quick. */
struct flattener;

/* columns is borrowed and grows as new keys are met. */
struct flattener *flattener_new(struct columns *columns);
/* For rows that were flattened before: keys are names of columns as they
 * are. */
struct flattener *flattener_new_flat(struct columns *columns);
void flattener_free(struct flattener *f); /* NULL is allowed */
/* To be called after columns_cut(). */
void flattener_forget(struct flattener *f);

/*
 * Reads one record: j stands right behind the record's opening brace (the
 * JSON_OBJECT token was read) and afterwards behind its closing one. Returns 0,
 * or -1 with ERR_DATA or ERR_CUT.
 */
int flatten(struct row *row, struct flattener *f, struct json *j,
            struct err *e);

#endif
