#ifndef ENGINE_EVENTS_H
#define ENGINE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/flatten.h"
#include "store/done.h"

struct category;
struct columns;
struct err;
struct instant;
struct json;

/*
 * The events of a feed (struct feed_of in spec/category.h). Of those about one
 * record the newest counts: by the feed's time_col, and where that does not
 * tell, the one that comes first. Pure.
 */
enum event {
    EVENT_GONE,   /* the record was deleted: id */
    EVENT_RECORD, /* p, n is the record now */
    EVENT_OLD,    /* a newer one about this record came before */
    EVENT_OTHER,  /* a word that is not known */
};

struct events {
    const struct category *category;
    const struct columns *columns;
    struct flattener *flattener;
    struct row row;         /* the last one that was read */
    struct done seen;       /* records that there was one of: number of ... */
    struct instant *newest; /* ... the time of the newest one */
    /* Of the last one; valid as long as the page. */
    struct cell id;
    const char *p;
    size_t n;
};

/* c is a feed, columns are its own and grow. Both borrowed. */
void events_init(struct events *ev, const struct category *c,
                 struct columns *columns);
void events_free(struct events *ev);
/* To be called after columns_cut(). */
void events_forget(struct events *ev);
/* The feed is read from its newest event on. */
void events_start(struct events *ev);
/* Reads one, with j behind its opening brace. An enum event, or -1. */
int events_read(struct events *ev, struct json *j, struct err *e);

/* The last one that was read names a record. */
bool events_has_id(const struct events *ev);

#endif
