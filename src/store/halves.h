#ifndef STORE_HALVES_H
#define STORE_HALVES_H

#include "store/look.h"

/*
 * look_run() over a large file, in half of the time: another thread takes the
 * second half of it. It begins at some line feed, which may stand in a quoted
 * cell; what it found counts only if the first half ends with a row there.
 * Else, and where the file is not as large as in->large, all is done by the
 * thread that calls.
 *
 * look->hit is called by that thread alone, once both are done, so that it may
 * change what they look at; rows come in file order.
 */
int halves_run(struct seen *s, struct look *look, struct err *e);

#endif
