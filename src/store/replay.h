#ifndef STORE_REPLAY_H
#define STORE_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

struct err;

/* A pass over the journal of an archive (store/journal): to look at it, or to
 * do what it says. Doing it again changes nothing. */
struct replay {
    const char *dir; /* .wearchive of the archive */
    const char *root;
    bool do_apply;     /* else only look */
    const char *torn;  /* keep the ends of files that were edited there; or
                          NULL */
    int64_t written_s; /* when looking: the journal was */
    bool is_good;      /* found: it is whole and fits the files it names */
    bool has_begun;    /* found: part of it is done */
    bool has_other;    /* found: a file has neither its old nor its new end */
    bool has_edited;   /* found: somebody else wrote the end of one since */
};

int replay_run(struct replay *r, struct err *e);
/* Does what a whole journal says, then removes it. */
int replay_apply(const char *dir, const char *root, struct err *e);

#endif
