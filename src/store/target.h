#ifndef STORE_TARGET_H
#define STORE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct err;

/* What a journal says of a file that gets a new tail. */
struct target_line {
    int64_t offset;  /* of the tail */
    uint64_t before; /* hash of the bytes right before it */
    int64_t size;    /* of the file with its old tail */
    uint64_t last;   /* hash of the bytes right before that */
    const char *path;
};

/*
 * Such a file while the journal is read (store/replay): its new tail goes into
 * it piece by piece, or is only looked for there. However far a kill or a power
 * loss let it come, the file has its old end or a trace of the new tail. One
 * that has neither is not the file that the journal was written for, or a
 * person has saved it since.
 */
struct target {
    char *path;
    int fd; /* -1: none is open */
    int64_t offset;
    int64_t at;       /* the next piece belongs there */
    int64_t old_size; /* with its old tail */
    bool is_old;      /* has its old size and end */
    bool is_begun; /* has a page of the new tail, or all that is left of it */
};

#define TARGET_INIT                                                            \
    {                                                                          \
        .fd = -1                                                               \
    }

/* 1 if there is a file at path, 0 if there is none, or can be none. */
int target_find(struct stat *st, const char *path, struct err *e);
/* 1 if the file is there and has the bytes before the tail, 0 if not. */
int target_open(struct target *t, const char *root,
                const struct target_line *line, bool do_write, struct err *e);
int target_write(struct target *t, const char *p, size_t n, struct err *e);
/* After the last piece that was written: cuts off what is left of the old tail
 * and makes the file durable. */
int target_end(struct target *t, struct err *e);
int target_look(struct target *t, const char *p, size_t n, struct err *e);
/* After the last piece that was looked for: true if somebody else wrote behind
 * the offset since the journal was written. */
int target_is_edited(bool *is, struct target *t, int64_t written_s,
                     struct err *e);
/* In every case. */
void target_close(struct target *t);

#endif
