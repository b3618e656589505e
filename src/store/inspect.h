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
    const struct layout *layout;
    bool is_history;
    int fd;
    struct timeline times;
    struct csvcheck cells; /* of the CSV row */
    struct buf header;     /* key of a row that is a header */
    struct buf texts;
    int64_t number; /* of the line that is being read */
    struct err why; /* what is wrong with it */
};

/* A history's rows have no key of their own and no order. Of coverage and
 * slack_s see store/timeline. All is borrowed. */
void inspect_start(struct inspect *in, const struct layout *l, int fd,
                   bool is_history);
void inspect_cover(struct inspect *in, const struct coverage *c,
                   int64_t slack_s);
/* Faults are no failure: -1 means that the file could not be read. */
int inspect_rows(struct inspect *in, struct err *e);
void inspect_free(struct inspect *in); /* but for the suspects */

#endif
