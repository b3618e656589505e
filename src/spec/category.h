#ifndef SPEC_CATEGORY_H
#define SPEC_CATEGORY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The words a category is described in. A category is one kind of record of a
 * provider and one table of the archive. Everything here is constant data.
 */

enum window_style {
    WINDOW_NONE, /* no dates in the request: all there is, every run */
    WINDOW_DAY,  /* from_key=2024-03-01, both days as the provider reads them */
    WINDOW_TIME, /* from_key=2024-03-01T00:00:00Z, exact instants */
    WINDOW_UNIX, /* from_key=1709251200, seconds since 1970 */
};

enum page_style {
    PAGE_ONE,    /* one answer holds everything */
    PAGE_TOKEN,  /* next_at holds a token that page_key sends back */
    PAGE_NUMBER, /* page_key=1, 2, ...: as many as pages_at says, and where it
                    says nothing, up to the first one without records */
};

enum time_style {
    TIME_NONE,    /* records have no time of their own */
    TIME_DAY,     /* 2024-03-01 */
    TIME_RFC3339, /* 2024-03-01T04:00:00+01:00, fraction allowed */
};

enum { CATEGORY_KEYS_MAX = 3, SWEEP_ASKED = -1 };

/* A column that is copied from the record of the parent. One that is there
 * twice gets the value that there is. */
struct inherited {
    const char *column;
    const char *from;
};

/* Lists in lists: the sets of each exercise of a workout. */
struct inner_list {
    const char *list_at;   /* member of the items of the outer list */
    const char *index_col; /* number of the outer item; or NULL */
    const struct inherited *inherited; /* from it; a column NULL at the end */
};

/*
 * A child table: what stands in a list in each record of another category, its
 * parent, a row for each item. It comes with the parent's records and is not
 * asked for; a record's rows are replaced as a set. Items are objects, whose
 * members are columns, or plain values; or, if there is a start, samples at
 * even intervals: those without a value are left out.
 */
struct child_of {
    const char *parent;  /* name of the category whose records have the list */
    const char *list_at; /* its column with the list */
    const struct inherited *inherited; /* a column NULL at the end */
    int owner_ids; /* the first so many ids name the parent's record */
    const struct inner_list *inner; /* rows are the items of the lists in the
                                       items; or NULL */
    const char *index_col;          /* number of the item, from 0; or NULL */
    const char *index_at; /* its member that says so, where all of a list have
                             different ones; also of an outer item; or NULL */
    /* Members that are other columns, from first; a column NULL: none, and
     * they are left out. A from NULL at the end. Or NULL. */
    const struct inherited *renamed;
    const char *value_col;   /* a plain value; NULL: items are objects */
    const char *start_at;    /* the parent's column with the first item's time;
                                the row's time is in time_col; or NULL */
    const char *interval_at; /* and that with the seconds between two */
};

/*
 * A category that tells what happened to the records of another one, the newest
 * first. Once the list of that one was read as a whole, this is read in its
 * place: of the events about a record only the newest counts. It comes with the
 * other category, and its events are rows of its own table.
 */
struct feed_of {
    const char *category;
    const char *type_at;   /* column that says what happened */
    const char *gone;      /* its word for: the record was deleted, */
    const char *gone_id;   /* and then the column with the record's id */
    const char *record_at; /* member with the record, if it was not */
};

enum { FILLED_FROM_MAX = 3 };

/* A column that gets the first value that one of others has. */
struct filled {
    const char *column;
    const char *from[FILLED_FROM_MAX + 1];
};

/* Where ids stand: a category, and its column with the id; or with a list of
 * objects that have it as a member. */
struct id_source {
    const char *category;
    const char *column;
    const char *member; /* NULL: the cell itself is the id */
};

enum { PER_IDS_MAX = 4, PER_PRINT_MAX = 40 };

/*
 * A category that is asked for once for each record of others: "{id}" in its
 * path is the record's id. It comes after them, the newest records first, and
 * leaves a share of the provider's quota to all else.
 */
struct per_record {
    const struct id_source
        *ids;           /* a category NULL at the end, at most PER_IDS_MAX */
    const char *id_col; /* our column that gets the id in every row; NULL: the
                           answer has it as ids[0] */
    const char *index_col;    /* and the one that gets the number of the record
                                 among those of the id, from 0; or NULL */
    const char *index_within; /* or among those that have the same value in this
                                 column, too; or NULL */
    bool is_set; /* what comes for an id is all that it has: the rows that it
                    had go. The id is ids[0] then */
    /* Columns of the category of ids[0], at most PER_PRINT_MAX: a record whose
     * request was answered is asked for again when one of them changes. NULL:
     * each run asks for all.
     */
    const char *const *print;
    const char *count_col; /* one of print: if it is 0, there is nothing for the
                              record, and no request is made; or NULL */
    int recent_days; /* and once a day while it is no older, for what they do
                        not show; 0 = never */
    bool missing_is_none; /* HTTP 404: there is nothing, and that is no error */
    const char *refusal; /* why 402 and 403 may be the answer to all of them, so
                            that the category is skipped: "needs ..."; or NULL
                          */
};

struct category {
    const char *name;              /* file stem, word on the command line */
    const struct child_of *child;  /* NULL: it is asked for */
    const struct feed_of *feed_of; /* NULL: it is no feed */
    const char *feed; /* the category that is one of this; or NULL */
    /* A category whose one record has at count_at how many rows this one must
     * have once its list was read as a whole. Or NULL. */
    const char *counted_by;
    const char *count_at;
    const struct per_record *per; /* NULL: it is not asked for by id */
    bool on_demand;               /* only if it is named, or all are wanted */
    const char *path;  /* below the provider's prefix, starts with '/' */
    const char *docs;  /* the page that the facts come from */
    const char *note;  /* for `categories`: deprecated, needs ...; or NULL */
    const char *scope; /* permission that the login needs; or NULL */
    const char *cost; /* requests, for people: "1", "1 a page of 25", ...; NULL:
                         it comes with another one */
    const char *query; /* "limit=25", in every request, encoded; or NULL */

    enum window_style window;
    const char *from_key; /* query parameters of the window */
    const char *to_key;
    /* Whatever there is since a time: windows always reach up to now, are not
     * cut, and to_key (may be NULL) is sent only with --until. */
    bool one_sided;
    bool unfiltered; /* a first run asks without the window's parameters, unless
                        the user said where to start; needs one_sided */
    int sweep_days;  /* so often the whole list is compared with the table, see
                        engine/sweep.h; SWEEP_ASKED: only if somebody says so;
                        0 = never. Needs a list that can be asked for as a
                        whole: unfiltered, or no window */
    int span_days;   /* widest window to ask for; 0 = any */
    int pad_days;    /* ask for this many days more on both sides */
    bool tells_gone; /* what is read again is compared with the table: records
                        that are not there any more are told */
    int overlap_days; /* read again this far back: data arrives late */
    /* A category whose earliest record bounds this one's backfill (less
     * bound_days), so that years before the first record are not asked for. */
    const char *bounded_by;
    int bound_days;

    enum page_style page;
    const char *page_key; /* query parameter of the token or number */
    int page_full;        /* PAGE_NUMBER: records on a page that is full: an
                             empty one behind it is the end only if the one behind
                             that is empty, too; 0 = not known */
    const char *next_at;  /* path of the next token in the answer */
    bool even_pages;      /* PAGE_TOKEN: every page but the last one has as many
                             records as the first */
    const char *pages_at; /* path of the number of pages; or NULL */
    bool missing_ends;    /* HTTP 404: there is no such page any more; or,
                             with PAGE_ONE, no such record, which is fine */
    const char *records_at; /* path of the list of records; "": the answer
                               itself is the list; NULL: it is the one record
                             */
    bool
        is_single; /* what stands at records_at is the one record, not a list */
    bool next_in_last;    /* next_at is a path in the page's last record; a page
                             without records is the last one */
    const char *lists_at; /* the answer is an object of objects that have a list
                             at this path: a column each; or NULL */
    bool empty_object_ends; /* `{}` is this provider's way to say "nothing" */

    const char *ids[CATEGORY_KEYS_MAX + 1]; /* columns that name a record */
    const struct filled *filled; /* a column NULL at the end; or NULL */
    const char *constant_id; /* of the one record there is, which has no id: its
                                value in ids[0]; or NULL */
    const char *version_col; /* a time: a version older than the one that is
                                stored never takes its place; or NULL */
    bool instant_id;    /* ids[0] is a time: compare instants, not spellings */
    const char *unique; /* another column of which no two rows are alike (one
                           record a day): a new id for a known value replaces
                           the old row; or NULL */
    const char *time_col;
    enum time_style time_style;
    bool newest_first; /* of two versions in one walk the first one wins */
    /* A record without a value here is still open (a night in progress): it
     * is read again until it is closed, at most open_days back. Or NULL. */
    const char *end_col;
    int open_days;
    /* One that has this word there is open, too. Or NULL. */
    const char *open_col;
    const char *open_word;
    int late_days; /* what windows go by may be so much before time_col */
    /* One that is open for longer is asked for alone: the path, "/sleep/{id}",
     * whose answer is the record. Or NULL. */
    const char *by_id;

    const char *const *columns; /* declared columns in order, NULL at the end */
};

#endif
