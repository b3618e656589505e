#ifndef SANDBOX_SCENARIO_H
#define SANDBOX_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "oura.h"

struct reply;
struct scenarios;

/* The misbehaviours asked for with --scenario; may be used by many threads. */
struct scenarios *scenarios_open(void);
void scenarios_close(struct scenarios *s);
/* Adds "NAME[:CATEGORY][:ARG[:TIMES]]". Returns 0, or -1 if there is no such
 * scenario or category or the argument does not fit. */
int scenarios_add(struct scenarios *s, const char *spec);
/* The list for --help. */
void scenarios_help(FILE *out);

/* What to do with one request. */
struct misdeed {
    const struct scenario_kind *reply; /* instead of the page; NULL = none */
    const struct scenario_kind *body;  /* spoils the page; NULL = none */
    size_t big_bytes;
    long wait_ms;
    struct oura_edits edits;
};

/* Decides for one request of a category and counts it. */
void scenarios_judge(struct misdeed *out, struct scenarios *s,
                     const struct oura_category *c, size_t page);
/* The reply that stands for the page; base is where a redirect leads, token
 * what was sent. */
void misdeed_reply(struct reply *r, const struct misdeed *m,
                   const struct oura_category *c, const char *base,
                   const char *token);
/* Spoils a finished 200. */
void misdeed_spoil(struct reply *r, const struct misdeed *m);

#endif
