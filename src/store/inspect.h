#ifndef STORE_INSPECT_H
#define STORE_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/csvcheck.h"
#include "store/timeline.h"
#include "store/unique.h"

struct coverage;
struct layout;

/* Reads the rows of a file from the first to the last and looks at each:
 * nearly all of the time that verify takes. */

/* What is looked at. */
struct inspect_in {
    const struct layout *layout;
    int fd;
    bool is_history; /* its rows have no key of their own, and no order */
    const struct coverage *coverage; /* see store/timeline, as slack_s */
    int64_t slack_s;
    int64_t large; /* a file of so many bytes is read by two threads */
};

/* What a row can have. */
enum fault {
    FAULT_ROW,    /* it is no CSV, or no JSON */
    FAULT_CELLS,  /* more or fewer than the header */
    FAULT_HEADER, /* it is a header again */
    FAULT_KEY,    /* it has none */
    FAULTS,
};

/* Rows of one kind. */
struct tally {
    int64_t n;
    int64_t line; /* the first one, from 1, as an editor counts */
    char text[300];
};

struct inspect {
    int64_t rows;
    struct tally fault[FAULTS];
    struct tally empty;    /* rows of CSV with nothing in any cell */
    struct tally disorder; /* rows earlier than the one before */
    struct tally outside;  /* rows that no coverage has */
    struct tally torn;     /* the last line: a piece of one, n bytes */
    int64_t torn_at;       /* it starts here; -1: it is whole */
    int64_t open_line;     /* it is whole, but has no line end; 0: it has */
    struct unique unique;
    /* Private. */
    const struct inspect_in *in;
    int64_t from; /* of the file */
    int64_t stop; /* -1: its end */
    struct timeline times;
    int64_t first_time;    /* of the rows behind others */
    int64_t first_line;    /* 0: there is none */
    bool is_cut;           /* a row goes on behind stop */
    struct csvcheck cells; /* of the CSV row */
    struct buf header;     /* key of a row that is a header */
    struct buf texts;
    int64_t number; /* of the line that is being read */
    struct err why; /* what is wrong with it */
};

/* in is borrowed until the rows are read. */
void inspect_start(struct inspect *r, const struct inspect_in *in);
/* Faults are no failure: -1 means that the file could not be read. */
int inspect_rows(struct inspect *r, struct err *e);
void inspect_free(struct inspect *r); /* but for the suspects */

#endif
