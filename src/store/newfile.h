#ifndef STORE_NEWFILE_H
#define STORE_NEWFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct behind;
struct err;

/*
 * The next version of a file: written beside it as PATH.new in large pieces,
 * synced, renamed over it, the directory synced. A crash leaves the old file
 * or the new one. Symbolic links are followed, the mode is kept.
 */
struct newfile {
    int fd;
    struct buf real;       /* the file's own name */
    struct buf path;       /* real + ".new" */
    struct buf b;          /* add here, then newfile_put() */
    int64_t size;          /* bytes written */
    int64_t room;          /* a large one has room on the disk up to here ... */
    bool has_no_room;      /* or that is not to be had */
    bool is_durable;       /* all of it is */
    struct behind *behind; /* writes a large one ... */
    bool has_branch;       /* or this */
};

#define NEWFILE_INIT                                                           \
    {                                                                          \
        .fd = -1                                                               \
    }

/* old_fd: the file as it is, for its mode; -1 if there is none. */
int newfile_open(struct newfile *f, const char *path, int old_fd,
                 struct err *e);
/* Writes out what was added to b once it is large. */
int newfile_put(struct newfile *f, struct err *e);
/* Writes out all of it. */
int newfile_flush(struct newfile *f, struct err *e);
/*
 * Another one that writes to the same new file, from an offset on, in another
 * thread. To be joined in every case. is_good: both were flushed, and what it
 * wrote goes on where f ends: so does f then behind it. Else f is empty again.
 */
int newfile_branch(struct newfile *branch, struct newfile *f, int64_t at,
                   struct err *e);
int newfile_join(struct newfile *f, struct newfile *branch, bool is_good,
                 struct err *e);
/* Everything durable, but not yet under the file's name. */
int newfile_finish(struct newfile *f, struct err *e);
/* Everything durable under the file's name. */
int newfile_commit(struct newfile *f, struct err *e);
/* PATH.new belongs to somebody else from here on: a journal. */
void newfile_release(struct newfile *f);
/* To be called in every case; removes what was not committed. */
void newfile_close(struct newfile *f);

#endif
