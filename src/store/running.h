#ifndef STORE_RUNNING_H
#define STORE_RUNNING_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Leaves a file, .wearchive/running, that is there only while a run is under
 * way; whoever ends well removes it. *was_killed: there was one, so that the
 * run before was killed, or the disk failed it. Not synced: after a power cut
 * the tables are as their last sync left them, and so is the state.
 */
int running_mark(bool *was_killed, const char *path, struct err *e);

#endif
