#ifndef ENGINE_COLUMNWISE_H
#define ENGINE_COLUMNWISE_H

#include <stdint.h>

struct err;
struct page_in;

/*
 * An answer that has a list for each column, {"time": {"data": [0, 1]}, "hr":
 * {"data": [70, 71]}}, as records {"time":0,"hr":70} and {"time":1,"hr":71}
 * (lists_at of struct category). Members without such a list are left out.
 * Pure.
 *
 * Gives the number of records. Lists that are not of one length, and an answer
 * that is no object: ERR_DATA; otherwise as pager_read().
 */
int columnwise_read(int64_t *records, const struct page_in *in, struct err *e);

#endif
