#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "data/keyset.h"

struct err;
struct table_spec;
struct table_state;

/*
 * Reads a table or its history from end to end and says what is wrong with
 * it. Changes nothing. Streaming: a read-ahead, the longest row, and about 12
 * bytes a row for its key.
 */

enum finding_kind {
    FINDING_NOTE,    /* worth knowing, but nothing is damaged */
    FINDING_DAMAGE,  /* only a person can tell what to do */
    FINDING_FIXABLE, /* damage that repair_table() undoes */
};

struct finding {
    enum finding_kind kind;
    int64_t line; /* from 1, as an editor counts; 0: the file as a whole */
    char *text;
    char *hint; /* what to do about it, or NULL */
};

struct verify_in {
    const struct table_spec *spec; /* of a history: with its path */
    bool is_history;
    bool is_wanted;                  /* runs write it: it may not be gone */
    const struct table_state *state; /* what is known of it, or NULL */
    int64_t slack_s; /* rows may lie this far outside of the coverage */
};

struct verify {
    struct finding *finding;
    size_t n;
    bool is_there; /* there is a file */
    bool was_read; /* to its end: rows and the following tell */
    int64_t bytes;
    int64_t rows;
    bool is_in_order; /* of time */
    int64_t disorder; /* line of the first row that is not; 0 = none */
    bool has_times;   /* the state has a coverage, and rows have times */
    int64_t outside;  /* rows whose time it has not */
    int64_t repeated; /* rows whose key another row has, too */
    int64_t torn_at;  /* an incomplete last line starts here; -1 = none */
    mode_t mode;
    struct keyset suspects; /* hashes of keys that came again */
};

#define VERIFY_INIT                                                            \
    {                                                                          \
        .torn_at = -1                                                          \
    }

/* Findings are no failure: -1 means that the file could not be read. */
int verify_table(struct verify *v, const struct verify_in *in, struct err *e);
void verify_free(struct verify *v);

/* True if there is a finding of that kind or a worse one. */
bool verify_has(const struct verify *v, enum finding_kind kind);

/* The first line with a finding that is no note, 0 if there is none. */
int64_t verify_first_bad(const struct verify *v);

/* Damage that an error tells of. */
void verify_error(struct verify *v, int64_t line, const struct err *why);
/* For what is wrong around a table: a finding without a line. */
void verify_note(struct verify *v, enum finding_kind kind, int64_t line,
                 const char *fmt, ...)
    __attribute__((format(__printf__, 4, 5)));

#endif
