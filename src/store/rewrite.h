#ifndef STORE_REWRITE_H
#define STORE_REWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch;
struct err;
struct journal;
struct layout;
struct newfile;
struct probe;

/*
 * A new version of a file, streamed: rows replaced or removed by the edits of
 * a probe, rows padded to a wider header, new rows at the end. Either the
 * whole file, written beside it and renamed over it (store/newfile); or only
 * its tail from the first edit on, through a redo journal (store/journal). A
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

/* The whole file, durable, but not yet under its name: newfile_commit(). The
 * file is closed by the caller in every case. */
int rewrite_new(struct newfile *file, const struct rewrite *w, struct err *e);
/* The whole file. Gives its new size. */
int rewrite_whole(int64_t *size, const struct rewrite *w, struct err *e);

/* Only the tail: the probe has edits and the width stays. The file is written
 * when journal_commit() is called. */
int rewrite_tail(struct journal *j, const struct rewrite *w, struct err *e);

/* True if rewriting only the tail moves fewer bytes: it is written twice; and
 * if rows stand before it, for by them a journal knows its archive. */
bool rewrite_is_small(const struct rewrite *w);

#endif
