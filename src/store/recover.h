#ifndef STORE_RECOVER_H
#define STORE_RECOVER_H

#include <stdint.h>

struct err;

/*
 * At the start of a run, under the archive's lock: finishes the job of a
 * journal that a kill left. One that is damaged, or does not fit the files it
 * names (of another archive, or files changed since before the tails), is never
 * applied: it is kept aside in DIR/torn/ with a warning. The end of a file that
 * was written a minute or more after the journal, by a person then, is kept
 * there before the journal's takes its place.
 */
int recover_run(const char *dir, const char *root, int64_t now, struct err *e);

#endif
