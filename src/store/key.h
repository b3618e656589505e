#ifndef STORE_KEY_H
#define STORE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct err;
struct csv_slice;
struct layout;
struct line;
struct row;

/*
 * What names a row: the text of its key columns (U+001F between them), the
 * text of its second unique column, and its time in a form that sorts. All in
 * one buffer, so that a batch can keep many.
 */
struct key {
    uint64_t hash;
    uint64_t unique_hash; /* of another seed; 0 = none */
    uint64_t owner_hash;  /* of another one; 0 = the row is its own */
    uint32_t at;          /* of the key's text in the buffer */
    uint32_t n;           /* 0: the row has no key */
    uint32_t owner_n;     /* so much of the key names the row's owner */
    uint32_t unique_at;
    uint32_t unique_n;
    uint32_t time_at;
    uint32_t time_n;
};

/*
 * A time as text that sorts as the instants do: 2024-03-01T04:00:00 in UTC,
 * with the digits of a fraction that is not zero. Text that is no time, or is
 * a day, stays as it is.
 */
void key_instant(struct buf *out, const char *p, size_t n);
/* The same as a number, by which rows are put in order: nanoseconds since 1970;
 * INT64_MIN for nothing, text that is no time, and years that do not fit (1685
 * to 2255 do). */
int64_t key_nanoseconds(const char *p, size_t n);
/* True if the first so many bytes of a time are that text already; else it may
 * be so, or not. */
enum { KEY_SECONDS_N = 19 };
bool key_is_utc(const char *p, size_t n);

/* The key of the record that owns rows: only the front of their own. */
void key_of_owner(struct key *k, struct buf *texts, const struct layout *l,
                  const struct row *row);
uint64_t key_owner_hash(const char *p, size_t n);
/* The key of a record. Text is added to texts. */
void key_of_row(struct key *k, struct buf *texts, const struct layout *l,
                const struct row *row);
/*
 * A row's key the quick way: for CSV and JSON lines without a second unique
 * column, when the cells or members up to the key are plain. The text is in the
 * line or in room; time is that of the row if the key starts with it, else
 * empty. False: use key_of_line().
 */
struct key_quick {
    const char *p;
    size_t n;
    size_t time_n;  /* the time is the first so many bytes of p */
    size_t owner_n; /* the owner is; 0: none */
    char room[128];
};
bool key_quick(struct key_quick *k, const struct layout *l,
               const struct line *line);
/* The same from the cells of a row, n of them, which are all that the layout
 * asks for, quoted or not; time is that of the row as it stands there, wherever
 * that is, empty if it has none. */
bool key_quick_cells(struct key_quick *k, struct csv_slice *time,
                     const struct layout *l, const struct csv_slice *cell,
                     size_t n);
/* The same from a line of JSON, of which nothing has been checked, with the
 * time if the table has one. */
enum key_found {
    KEY_NOT_FOUND, /* use key_of_line() */
    KEY_IN_FRONT,  /* behind it the line has not been looked at */
    KEY_IN_ROW,    /* and the whole line is correct */
};
enum key_found key_quick_json(struct key_quick *k, struct csv_slice *time,
                              const struct layout *l, const struct line *line);
/* True if a key's text is the names of its columns: such a row of a CSV table
 * is most likely the header once more. */
bool key_is_header(const struct layout *l, const char *p, size_t n);
/* The hash of a key's text, as in struct key. */
uint64_t key_hash(const char *p, size_t n);
/* The key of a row of the file. A line that is no JSON: ERR_FILE. */
int key_of_line(struct key *k, struct buf *texts, const struct layout *l,
                const struct line *line, struct err *e);

#endif
