#ifndef TESTS_FAULT_ORDER_H
#define TESTS_FAULT_ORDER_H

#include <stdbool.h>

/*
 * Reads a log of FAULT_LOG and proves the order of DESIGN 2.3 from it:
 *
 *   a file is synced before it is renamed, its folder after that and before
 *   anything else is done;
 *   history is synced before rows of a table are changed in place, before a
 *   new version of a table gets its name, and before a journal counts;
 *   rows are changed in place only while a durable journal says how, or a
 *   torn end is cut off that was kept first;
 *   a journal goes only when the tables are synced;
 *   the state gets its name only when everything else is synced;
 *   at the end nothing is left unsynced.
 *
 * has_journal: one was there at the start. Returns NULL, or what is wrong,
 * good until the next call. The text is changed.
 */
const char *order_check(char *log, bool has_journal);

#endif
