#ifndef ENGINE_PAGES_H
#define ENGINE_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct category;

/*
 * Which page of a walk is to be asked for, and whether the list was read as a
 * whole. Pure.
 *
 * Pages with a token come one after the other, and so do numbered ones until
 * an answer says how many there are; then several may be under way at once.
 * Such a list can move while it is read: a record that is added or taken away
 * shifts all behind it, and one may slip through. So the first and the last
 * page are asked for again at the end. If they are not as they were, if the
 * number of pages changed, or if a page in between was short or missing, the
 * whole list is read again, a few times at most. Where the provider counts the
 * records (counted_by), that tells, and no page is asked for twice here. Where
 * nobody says how many pages there are, the first one without records is the
 * end; behind a page that is full it may be one that was lost, which the next
 * one shows (page_full): then the list is read again, too. Pages
 * with a token are read again if they are not of one size (even_pages), or if
 * the last one is empty: a provider may end a list like this, but nothing is
 * proven by it.
 */

enum { PAGES_ROUNDS = 3, PAGES_MAX = 1000000 };

enum pages_phase { PAGES_READ, PAGES_CHECK, PAGES_OVER };

struct pages {
    const struct category *category;
    enum pages_phase phase;
    int64_t first;   /* of this round: where it begins */
    int64_t next;    /* to be asked for, from first */
    bool is_known;   /* the next one can be asked for */
    int64_t last;    /* as the answers say; 0 = not known */
    int64_t size;    /* records on the first page */
    int64_t latest;  /* and on the one that came last */
    int64_t records; /* of all pages of this round so far */
    int under_way;
    int round; /* from 0 */
    bool has_moved;
    bool ends_empty;     /* the last page, and there are some before it */
    bool is_unproven;    /* so it did each time that the list was read */
    struct err doubt;    /* what was wrong in this round */
    uint64_t first_mark; /* of the text of the first page */
    uint64_t last_mark;  /* and of the last one */
    int64_t last_came, to_check; /* numbers; 0 = none */
};

/* A page as it came. */
struct page_told {
    int64_t page;
    bool is_check;
    int64_t records;
    int64_t pages; /* how many there are; 0 = nothing said */
    bool has_next; /* a token */
    uint64_t mark; /* hash of its text */
};

/* first: the page to begin with, if those before it were read in another run;
 * else 1. A list that is read in parts is not looked at again: the next one
 * that is read as a whole tells. */
void pages_init(struct pages *p, const struct category *c, int64_t first);
/* True if a page can be asked for now. */
bool pages_want(const struct pages *p);
/* Its number; is_check: only to see if it is as it was. */
int64_t pages_ask(struct pages *p, bool *is_check);
/* The request for a page is no more under way, whatever came of it. */
void pages_back(struct pages *p);
/*
 * After pages_back(): the page came, or there is no such page (HTTP 404 where
 * that is no error). 1 if the list is read again from its first page, 0, or -1
 * with ERR_DATA: it was read and is not whole.
 */
int pages_came(struct pages *p, const struct page_told *told, struct err *e);
int pages_missing(struct pages *p, int64_t page, bool is_check, struct err *e);

#endif
