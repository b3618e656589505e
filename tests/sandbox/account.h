#ifndef SANDBOX_ACCOUNT_H
#define SANDBOX_ACCOUNT_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the person's account at a service holds, as short facts: all else is
 * made from a record's number and version when it is asked for. A test may
 * tell the account to change.
 */

struct record {
    int64_t at;      /* when it happened: the order of the lists */
    int64_t created; /* when the service first had it */
    int64_t updated; /* when it last changed */
    int number;      /* names it for good */
    int version;     /* how often it was edited */
};

/* The records of one kind that are there, newest first. */
struct shelf {
    const char *name;
    struct record *p;
    size_t n, room;
    int next; /* number of the next one that an order adds */
};

enum deed {
    DEED_EDIT,
    DEED_DELETE,
    DEED_ADD,  /* it happened long ago and comes only now */
    DEED_NEW,  /* it happened right now */
    DEED_LOSE, /* it is deleted, and no feed tells of it */
};

enum { SHELVES_MAX = 8 };

struct account {
    pthread_mutex_t lock; /* whoever reads or changes anything holds it */
    int64_t now;
    struct shelf shelf[SHELVES_MAX];
    size_t shelves;
    struct order *orders; /* deeds that wait for a number of pages */
    size_t orders_n;
    /* After each deed, or NULL; a deleted record is no longer there. */
    void (*done)(void *arg, struct shelf *s, enum deed deed,
                 const struct record *r);
    void *arg; /* for done() */
};

void account_init(struct account *a, int64_t now);
void account_free(struct account *a);
struct shelf *account_shelf(struct account *a, const char *name);
/* Adds an empty one; good until the end of the account. */
struct shelf *account_add(struct account *a, const char *name);

/*
 * Has the account change, once or from then on: "edit", "delete", "add", "new"
 * or "lose" with SHELF:N[/DAYS][@SECONDS][#PAGES]. The N records are spread
 * over those (of the last DAYS) that were there at the time, which is now if
 * none is given; nothing happens if it is still to come. With PAGES only when
 * so many pages of the shelf have been served. Returns 0, or -1 if that is no
 * order.
 */
int account_order(struct account *a, const char *verb, const char *text);
extern const char account_help[];
/* A page of the shelf was served; the lock is held. */
void account_served(struct account *a, const struct shelf *s);

/* Puts a record in its place; *r has its number already if it has one. */
void shelf_put(struct shelf *s, const struct record *r);
/* By number; NULL if it is not there. */
struct record *shelf_find(const struct shelf *s, int number);
/* One that happened before the others. */
void shelf_drop(struct shelf *s, int number);
/* The first record that happened before t, as an index; n if there is none. */
size_t shelf_before(const struct shelf *s, int64_t t);

#endif
