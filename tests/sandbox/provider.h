#ifndef SANDBOX_PROVIDER_H
#define SANDBOX_PROVIDER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "person.h"

struct MHD_Connection;
struct oauth;
struct reply;
struct scenarios;

enum { PROVIDERS_MAX = 16, PLACES_MAX = 8 };

/* What all providers share: the person and what the command line says. */
struct world {
    struct person person; /* with now */
    struct scenarios *scenarios;
    const char *token;    /* what a client has to send */
    int64_t began;        /* when the person joined the services but Oura */
    int64_t span_s;       /* how long the years are that are told of */
    int64_t started;      /* of the machine's clock, when now was */
    const char *waits;    /* file with what the client waited, ms a line */
    size_t page;          /* records on a page, where the server decides */
    char stolen[64];      /* where a redirect leads */
    struct oauth *oauth;  /* who may ask, see oauth.h */
    pthread_mutex_t lock; /* for busy and peak */
    int busy, peak;       /* requests at a time: now, and at most so far */
    void *state[PROVIDERS_MAX];
};

/* One request, complete with its body. */
struct asked {
    struct MHD_Connection *connection;
    const char *method;
    const char *path;  /* without the query, percent-decoded */
    const char *uri;   /* as it was sent, with the query */
    const char *place; /* where the provider's place begins in path */
    struct buf body;
};

/* A header, whatever its case; NULL if there is none. */
const char *asked_header(const struct asked *q, const char *name);
/* A parameter of the query, percent-decoded; NULL if there is none. */
const char *asked_param(const struct asked *q, const char *name);
/* The same as a number; otherwise if there is none, -1 if it is no number. */
int64_t asked_number(const struct asked *q, const char *name,
                     int64_t otherwise);

/*
 * One service of the sandbox. It answers every path that contains one of its
 * places, whatever stands before (a base URL may have a path of its own); the
 * first provider of the list that has one is taken.
 */
struct provider {
    const char *name;
    const char *places[PLACES_MAX]; /* NULL ends them */
    const char *help;               /* what set() knows; NULL = nothing */
    bool (*has)(const char *category);
    /* The provider's own memory, as it is given to the others; may be NULL. */
    void *(*open)(struct world *w);
    void (*close)(void *state);
    /* "--set NAME.KEY=VALUE", or POST /sandbox/set?NAME.KEY=VALUE while it
     * runs, in any thread. Returns 0, -1 if key or value are not known. */
    int (*set)(void *state, const char *key, const char *value);
    /* The records of a category; NULL if there is no need to look. */
    int (*dump)(struct buf *out, const struct world *w, void *state,
                const char *category);
    /* Fills r; called by many threads at a time. */
    void (*answer)(struct reply *r, const struct world *w, void *state,
                   const struct asked *q);
};

extern const struct provider oura_provider;
extern const struct provider whoop_provider;
extern const struct provider hevy_provider;
extern const struct provider strava_provider;

/*
 * The time by which requests are counted: now, and what has passed since. A
 * client whose clock stands still but for its waits has written them down.
 */
int64_t world_clock(const struct world *w);

/* NULL ends the list. */
const struct provider *provider_at(size_t i);
/* Opens all of them, for the rest of the run. */
void providers_open(struct world *w);
void providers_close(struct world *w);
/* NAME.KEY=VALUE. Returns 0, or -1 if nobody knows it. */
int providers_set(struct world *w, const char *text);
/* Requests of clients that are being answered: one more, one less. */
void world_enter(struct world *w);
void world_leave(struct world *w);
/* A category of Oura, or PROVIDER/CATEGORY. */
bool providers_have(const char *topic);
/* Adds every record of PROVIDER/CATEGORY as it is now, an object a line.
 * Returns 0, or -1 if there is no such category. */
int providers_dump(struct buf *out, struct world *w, const char *topic);
/* Fills r by whoever serves the path; 404 if nobody does. */
void providers_answer(struct reply *r, struct world *w, struct asked *q);

#endif
