#ifndef ENGINE_OPEN_H
#define ENGINE_OPEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct category;
struct columns;
struct row;

/*
 * Records that are not final yet: a night in progress, a score that is still
 * to come (end_col and open_col in spec/category.h). They are read again, and
 * those that are open for so long that no window has them any more are asked
 * for one by one. Pure.
 *
 * A list of them, as the state keeps it, has "2026-11-19T23:01:00Z ID" for
 * each: the time from which on a window has it, and what its path is made of.
 */
struct open_records {
    const struct category *category;
    int32_t end, word, time, id; /* columns; -1 = none */
    int64_t now;
    int64_t since;     /* oldest of those that windows reach; PLAN_NO_TIME */
    struct list open;  /* met in this run, as in the state */
    struct list final; /* ids that were open and are not any more */
};

/* columns has those of the category. To be freed. */
void open_init(struct open_records *o, const struct category *c,
               const struct columns *columns, int64_t now);
void open_free(struct open_records *o);
/* A record came; known is the list of the state. */
void open_note(struct open_records *o, const struct row *row,
               const struct list *known);
/* The provider has no record of that id any more. */
void open_gone(struct open_records *o, const char *id);
/* Brings the list of the state up to date. */
void open_merge(struct list *known, const struct open_records *o);

/* Adds the ids of those that began before a time. */
void open_before(struct list *ids, const struct list *known, int64_t time);

#endif
