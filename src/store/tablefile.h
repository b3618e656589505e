#ifndef STORE_TABLEFILE_H
#define STORE_TABLEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "store/layout.h"

struct batch;
struct behind;
struct commit;
struct err;
struct probe;
struct table_spec;

/* What a commit will make of the file. */
enum staged_how { STAGED_NOTHING, STAGED_TAIL, STAGED_WHOLE };

struct staged {
    enum staged_how how;
    size_t width; /* columns */
    int64_t size; /* of the whole */
};

/*
 * The file of a table as this run left it: where it ends, how much of it is
 * durable, and the ways to change it. It is ours as long as nobody else writes
 * it; that is looked at before each change.
 */
struct tablefile {
    const struct table_spec *spec; /* borrowed */
    struct layout layout;
    int fd;                /* -1: there is no file yet */
    bool was_there;        /* when the run began */
    struct stat as;        /* as we left it */
    int64_t end;           /* where the next row goes */
    bool lacks_end;        /* the last row has no line end yet */
    int64_t unended_at;    /* that row, for the rest of the run; -1 = none */
    bool is_dirty;         /* written, not synced */
    int64_t safe_end;      /* so much is durable */
    struct behind *behind; /* may still be writing rows */
    struct staged staged;
};

/* What is to be written: entries of a batch, at the end; and the edits of a
 * probe, or NULL, which speak of the same batch. */
struct addition {
    const struct batch *batch;
    const struct probe *probe;
    const size_t *added;
    size_t n;
};

/* Reads the header if there is a file, after what a kill left is gone or
 * durable. To be closed in every case. */
int tablefile_open(struct tablefile *f, const struct table_spec *spec,
                   struct err *e);
void tablefile_close(struct tablefile *f);

/* Fails if another program changed it meanwhile, or if rows that were handed
 * over could not be written. To be called before fd is used. */
int tablefile_untouched(struct tablefile *f, struct err *e);
/* What a pass over the file found of its end; cuts a torn row off. */
int tablefile_found(struct tablefile *f, const struct probe *p, struct err *e);

/* Writes it: at the end of the file, or into the commit if it needs a new
 * version of it. What was appended is not durable yet,
 * maybe not even written. */
int tablefile_write(struct tablefile *f, struct commit *c,
                    const struct addition *a, struct err *e);
/* After the commit was run; or what was staged is not to come. */
int tablefile_take_staged(struct tablefile *f, struct err *e);
/* Under its name stands another version, of so many columns and bytes. */
int tablefile_reopen(struct tablefile *f, size_t width, int64_t size,
                     struct err *e);
/* What was appended is durable when it returns 0. */
int tablefile_sync(struct tablefile *f, struct err *e);
/* Takes back what is not durable: the next run would take such rows for
 * stored, and the kernel does not try to write them again. */
void tablefile_cut_back(struct tablefile *f);

#endif
