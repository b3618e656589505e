#ifndef ENGINE_PAGER_H
#define ENGINE_PAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct category;
struct err;
struct json;

/*
 * Reads one page as the category describes it. Pure. The whole text is
 * checked; a page that is not of the declared shape is an error, never an end.
 */

struct page_in {
    const struct category *category;
    const char *p;
    size_t n;
    bool is_record; /* the answer is the one record, whatever records_at says */
    /* For each record, with j right behind its opening brace; must read it to
     * its end. NULL: records are only checked. */
    int (*record)(void *user, struct json *j, struct err *e);
    void *user;
};

struct page_out {
    int64_t records;
    int64_t pages;    /* how many there are, by pages_at; 0 = nothing said */
    bool is_uneven;   /* lists of columns are not of one length */
    struct buf *next; /* the caller's, or NULL: token of the next page
                         (cleared first; empty: this was the last one) */
};

/* Returns 0, or -1 with ERR_DATA, with ERR_CUT if the text ends early, or with
 * record's own error. */
int pager_read(struct page_out *out, const struct page_in *in, struct err *e);

#endif
