#ifndef STORE_TWICE_H
#define STORE_TWICE_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct keyset;
struct layout;

/* A row whose record a later row stands for, because it has the same key, or
 * the same value in the second unique column. */
struct twice_row {
    int64_t offset;
    int64_t line;  /* as an editor counts */
    int64_t other; /* line of the later row */
};

/* All of them in file order. Where three rows are tied to each other, the last
 * one stays, then every one that is not like one that stays. */
struct twice {
    struct twice_row *row;
    size_t n;
};

#define TWICE_INIT                                                             \
    {                                                                          \
        .row = NULL                                                            \
    }

/* Among the rows one of whose hashes is in suspects; keeps these in memory. */
int twice_find(struct twice *t, const struct layout *l, int fd,
               const struct keyset *suspects, struct err *e);
void twice_free(struct twice *t);

#endif
