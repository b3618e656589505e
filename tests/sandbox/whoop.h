#ifndef SANDBOX_WHOOP_H
#define SANDBOX_WHOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "account.h"
#include "quota.h"

struct buf;
struct world;

/*
 * The account at WHOOP, API v2. Lists and ids as in the service's document;
 * what the person does is made up.
 */
struct whoop {
    struct account account;
    const struct world *world;
    struct quota minute, day;
    struct shelf *cycles, *sleeps, *recoveries, *workouts;
};

/* A list of the service. */
struct whoop_kind {
    const char *name;
    const char *path;
    void (*write)(struct buf *b, const struct whoop *w, const struct record *r);
    /* When the record ends, for the window; INT64_MAX if it is open. */
    int64_t (*end)(const struct whoop *w, const struct record *r);
};

/* NULL ends the list. */
const struct whoop_kind *whoop_kind_at(int i);

/* Fills the account with all that there is at world->person.now. */
void whoop_fill(struct whoop *w, const struct world *world);
void whoop_profile(struct buf *b);
void whoop_body(struct buf *b);
/* Of a sleep or a workout. */
void whoop_uuid(char out[37], const struct whoop *w, const struct shelf *s,
                int number);
int64_t whoop_cycle_id(int number);
/* Seconds of samples of a sleep. */
void whoop_stream(struct buf *b, const struct whoop *w, const struct record *r);

#endif
