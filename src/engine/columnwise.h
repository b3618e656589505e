#ifndef ENGINE_COLUMNWISE_H
#define ENGINE_COLUMNWISE_H

struct err;
struct page_in;
struct page_out;

/*
 * An answer that has a list for each column, {"time": {"data": [0, 1]}, "hr":
 * {"data": [70, 71]}}, as records {"time":0,"hr":70} and {"time":1,"hr":71}
 * (lists_at of struct category). Members without such a list are left out. As
 * many records as the longest list has: others lack the members whose lists
 * have ended. Pure.
 *
 * Sets records and is_uneven. An answer that is no object: ERR_DATA; otherwise
 * as pager_read().
 */
int columnwise_read(struct page_out *out, const struct page_in *in,
                    struct err *e);

#endif
