#ifndef SANDBOX_HEVY_H
#define SANDBOX_HEVY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account.h"

struct buf;
struct world;

/* One entry of the feed of changes. */
struct hevy_event {
    int64_t at;
    struct record workout; /* as it was then */
    bool is_deletion;
};

/* The account at Hevy. */
struct hevy {
    struct account account;
    const struct world *world;
    int64_t wanted;           /* workouts in the years that there are */
    bool no_empty_lists;      /* an empty list is a 404 */
    struct hevy_event *event; /* newest first */
    size_t events, events_room;
};

/* A list of the service. */
struct hevy_kind {
    const char *name; /* category, member of the answer and shelf */
    const char *path;
    int size, size_max; /* records on a page, by default and at most */
    const char *single; /* member around one record, or NULL */
    void (*write)(struct buf *b, const struct hevy *h, const struct record *r);
    void (*id)(char out[40], const struct hevy *h, const struct record *r);
};

/* NULL ends the list. */
const struct hevy_kind *hevy_kind_at(int i);
/* Fills the account with all that there is at world->person.now. */
void hevy_fill(struct hevy *h, const struct world *world);
void hevy_free(struct hevy *h);

void hevy_write_event(struct buf *b, const struct hevy *h,
                      const struct hevy_event *e);
void hevy_user(struct buf *b);
void hevy_workout(struct buf *b, const struct hevy *h, const struct record *r);
/* The sets of an exercise in all workouts that began in [from, to]. */
void hevy_history(struct buf *b, const struct hevy *h, const char *template_id,
                  int64_t from, int64_t to);

/* The exercises, hevy_data.c: what there is, and what is done with it. */
enum hevy_measure { WEIGHT_REPS, REPS_ONLY, DURATION, DISTANCE, FLOORS };

struct hevy_template {
    char id[40];
    char title[64];
    const char *type, *muscle, *second, *equipment;
    enum hevy_measure measure;
    bool is_custom;
};

enum { HEVY_TEMPLATES = 330, HEVY_CUSTOM = 6 };

void hevy_template_of(struct hevy_template *t, int number);
void hevy_template(struct buf *b, const struct hevy *h, const struct record *r);

#endif
