#ifndef SANDBOX_SCENARIO_H
#define SANDBOX_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct reply;
struct scenarios;
struct world;

enum id_style { ID_TEXT, ID_NUMBER, ID_DIGITS };

/* How scenarios change records and pages; all zero changes nothing. */
struct page_edits {
    bool repeat_last;  /* each page begins with the last record before it */
    bool same_token;   /* next_token never ends and never moves */
    bool has_changed;  /* one record has another value */
    bool hard_text;    /* the last days hold what is hard to store */
    size_t extra_from; /* a new member from this page on; 0 = never */
    enum id_style ids; /* of every second day */
    bool is_short;     /* a page lacks its last records */
    bool is_empty;     /* a page without any, that says it is the last */
    bool is_halved;    /* every second record is not in the list */
};

/* The misbehaviours asked for with --scenario; may be used by many threads. */
struct scenarios *scenarios_open(void);
void scenarios_close(struct scenarios *s);
/* Adds "NAME[:TOPIC][:ARG[:TIMES]]"; a topic is CATEGORY of Oura, or
 * PROVIDER/CATEGORY. Returns 0, or -1 if there is no such
 * scenario or topic or the argument does not fit. */
int scenarios_add(struct scenarios *s, const char *spec);
/* The list for --help. */
void scenarios_help(FILE *out);

/* What to do with one request. */
struct misdeed {
    const struct scenario_kind *reply; /* instead of the page; NULL = none */
    const struct scenario_kind *body;  /* spoils the page; NULL = none */
    size_t big_bytes;
    long wait_ms;
    struct page_edits edits;
};

/*
 * Decides for one request about a topic, counts it, and waits if that is
 * wanted. True if r is already what is to be sent; scope is for its words.
 */
bool misdeed_takes(struct reply *r, struct misdeed *m, const struct world *w,
                   const char *topic, const char *scope, size_t page);
/* Spoils a finished reply if that is wanted. */
void misdeed_spoil(struct reply *r, const struct misdeed *m);

#endif
