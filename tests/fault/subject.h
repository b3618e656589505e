#ifndef TESTS_FAULT_SUBJECT_H
#define TESTS_FAULT_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "tree.h"

struct fault_plan;
struct scene;

/* Where a worker works: an archive, the shadow of its disk, what was said. */
struct place {
    char dir[240];
    char root[256];
    char shadow[256];
    char log[256];
    char said[256];
};

/* How a process ended: by a signal, or with a code. */
struct outcome {
    int signal;
    int code;
};

/* What is known of a scene without a fault. */
struct subject {
    const struct scene *scene;
    struct tree before;
    struct tree *mark; /* after each commit; [0]: before, with the journal that
                          was left applied; the last one: the end */
    size_t marks;
    long calls;
    unsigned char *call; /* enum fault_call of each, from 1 */
};

#define SUBJECT_INIT                                                           \
    {                                                                          \
        .scene = NULL                                                          \
    }

/* Memory that a fork does not part. */
void *place_share(size_t n);
/* A fresh folder, in memory if the machine has such. */
void place_base(char out[200]);
void place_open(struct place *p, const char *base, int number);
/* From here on this process counts calls for itself. */
void place_own_counts(void);

/* The scene's script in a process of its own, on what is there. */
struct outcome place_run(const struct place *p, const struct subject *s,
                         const struct fault_plan *plan);
/* What that said, good until the next call. */
const char *place_said(const struct place *p);
/* One failure is one line, and no sanitizer said a word; NULL, or what is
 * wrong. */
const char *place_said_well(const struct place *p, const struct outcome *o);

/*
 * Is what is left an archive, and does a clean run make it what it should be?
 * promised: commits that had returned. NULL, or what is wrong.
 */
const char *place_verdict(const struct place *p, const struct subject *s,
                          const struct tree *left, size_t promised,
                          bool may_be_torn);

/* Runs the scene without a fault and notes what happens. NULL, or what is
 * wrong already. */
const char *subject_make(struct subject *s, const struct scene *scene,
                         const struct place *p);
const struct tree *subject_end(const struct subject *s);
void subject_free(struct subject *s);

#endif
