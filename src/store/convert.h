#ifndef STORE_CONVERT_H
#define STORE_CONVERT_H

#include <stdint.h>

#include "store/table.h"

struct buf;
struct columns;
struct err;

/*
 * The rows of one table in another format, streamed: CSV to JSON lines and
 * back, and raw records flattened to either. Values keep their types and
 * digits, columns their order (DESIGN 2.1).
 */
struct convert {
    const char *path;
    int fd;
    enum table_format from;
    enum table_format to;     /* not TABLE_RAW, and not from */
    enum csv_profile profile; /* of the CSV that is written */
    struct columns *columns;  /* those of the category if it is known, and
                                 afterwards all */
};

/* Where the text goes: what was added to b is taken from it by put(). */
struct convert_sink {
    struct buf *b;
    int (*put)(void *user, struct err *e); /* once b is large, and at the end */
    void *user;
};

/*
 * Reads everything and writes nothing, so that a line that is wrong is known
 * before; and learns the columns, which a CSV header has to name first: for
 * CSV to be called before convert_run(). ERR_DATA: "line 812: ..."; ERR_FILE: a
 * header that is no table's, or is there again.
 */
int convert_check(const struct convert *c, struct err *e);
/* Only the first rows, for their columns: where a pass may be given up and made
 * again if another column comes up, most files need one pass. */
int convert_peek(const struct convert *c, struct err *e);
/* Gives the number of rows. Errors as above. */
int convert_run(int64_t *rows, const struct convert *c,
                const struct convert_sink *sink, struct err *e);

#endif
