#ifndef STORE_REWRITE_H
#define STORE_REWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch;
struct err;
struct layout;
struct probe;

/*
 * A new version of a whole file, streamed: rows replaced or removed by the
 * edits of a probe, rows padded to a wider header, new rows at the end.
 * Written to PATH.new, synced, renamed over PATH, the directory synced: a
 * crash leaves the old file or the new one.
 */
struct rewrite {
    const char *path;
    int fd;                      /* the file as it is; -1: there is none */
    int64_t end;                 /* rows of it to keep end here */
    bool lacks_end;              /* the last one has no line end */
    const struct layout *layout; /* of the file; file_n is its width */
    size_t width;                /* columns afterwards */
    const struct probe *probe;   /* edits, or NULL */
    const struct batch *batch;   /* that edits and added speak of */
    const size_t *added;         /* entries to add at the end */
    size_t added_n;
};

/* Gives the size of the new file. */
int rewrite_run(int64_t *size, const struct rewrite *w, struct err *e);

#endif
