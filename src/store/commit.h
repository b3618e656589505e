#ifndef STORE_COMMIT_H
#define STORE_COMMIT_H

#include <stdint.h>

struct err;
struct rewrite;

/*
 * New versions of several files that count as one change: a parent's table and
 * those of its children, in each format. A kill at any moment leaves all of
 * them old, or a journal from which the next run makes all of them new. One
 * file alone that is written anew needs no journal, only its rename.
 */
struct commit;

/* dir: .wearchive of the archive, NULL: there is none, and each file is
 * changed for itself; root: the archive. Borrowed until commit_close(). */
struct commit *commit_open(const char *dir, const char *root);
/* Prepares the new tail of a file, or the whole of it; the file stays as it
 * is. Each file once. What w points to is read before it returns. */
int commit_tail(struct commit *c, const struct rewrite *w, struct err *e);
int commit_whole(struct commit *c, int64_t *size, const struct rewrite *w,
                 struct err *e);
/* All of them are new and durable when it returns 0. */
int commit_run(struct commit *c, struct err *e);
/* What was not run is dropped. NULL is allowed. */
void commit_close(struct commit *c);

#endif
