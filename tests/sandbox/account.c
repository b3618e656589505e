#include "account.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "base/tm.h"

const char account_help[] =
    "  edit|delete|add|new|lose=KIND:N[/DAYS][@SECONDS][#PAGES]\n"
    "      N records of that kind (no older than DAYS) change, spread over "
    "those that\n      there were at SECONDS (now), or when PAGES pages of the "
    "kind have been served;\n      \"add\" adds what happened long ago, "
    "\"new\" what happens now; \"lose\" deletes without a word\n";

static const char *const verbs[] = {
    [DEED_EDIT] = "edit", [DEED_DELETE] = "delete", [DEED_ADD] = "add",
    [DEED_NEW] = "new",   [DEED_LOSE] = "lose",
};

/* Numbers of what is added by an order: the same whatever else has happened by
 * then. */
enum { ADDED_FROM = 500000 };

struct order {
    struct shelf *shelf;
    enum deed deed;
    int64_t n;
    int64_t at;
    int64_t days;  /* only what is no older; 0 = all */
    int64_t pages; /* still to be served; 0 = done */
};

void
account_init(struct account *a, int64_t now)
{
    *a = (struct account){ .now = now };
    (void)pthread_mutex_init(&a->lock, NULL); /* cannot fail on Linux */
}

void
account_free(struct account *a)
{
    for (size_t i = 0; i < a->shelves; i++)
        free(a->shelf[i].p);
    free(a->orders);
    (void)pthread_mutex_destroy(&a->lock); /* nobody holds it any more */
}

struct shelf *
account_shelf(struct account *a, const char *name)
{
    for (size_t i = 0; i < a->shelves; i++) {
        if (text_is(a->shelf[i].name, name))
            return &a->shelf[i];
    }
    return NULL;
}

struct shelf *
account_add(struct account *a, const char *name)
{
    struct shelf *s = &a->shelf[a->shelves++];

    s->name = name;
    s->next = ADDED_FROM;
    return s;
}

size_t
shelf_before(const struct shelf *s, int64_t t)
{
    size_t low = 0, high = s->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (s->p[mid].at < t)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

void
shelf_put(struct shelf *s, const struct record *r)
{
    size_t at = shelf_before(s, r->at);

    if (s->n == s->room) {
        s->room = s->room ? s->room * 2 : 256;
        s->p = mem_resize(s->p, s->room, sizeof(*s->p));
    }
    memmove(s->p + at + 1, s->p + at, (s->n - at) * sizeof(*s->p));
    s->p[at] = *r;
    s->n++;
}

struct record *
shelf_find(const struct shelf *s, int number)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->p[i].number == number)
            return &s->p[i];
    }
    return NULL;
}

void
shelf_drop(struct shelf *s, int number)
{
    struct record *r = shelf_find(s, number);
    size_t at;

    if (!r)
        return;
    at = (size_t)(r - s->p);
    memmove(r, r + 1, (s->n - at - 1) * sizeof(*r));
    s->n--;
}

/* The records that there were at a time, and how many. */
static struct record *
those_at(size_t *n, const struct shelf *s, int64_t t, int64_t days)
{
    struct record *p = mem_resize(NULL, s->n + 1, sizeof(*p));

    *n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->p[i].created <= t && (days == 0 || s->p[i].at >= t - days * DAY))
            p[(*n)++] = s->p[i];
    }
    return p;
}

static void
do_one(struct account *a, const struct order *o, const struct record *chosen)
{
    struct record r = *chosen;
    struct record *there = shelf_find(o->shelf, r.number);

    r.updated = o->at;
    if (o->deed == DEED_LOSE) {
        shelf_drop(o->shelf, r.number);
        return;
    }
    if (o->deed == DEED_ADD || o->deed == DEED_NEW) {
        r = (struct record){ .at = o->deed == DEED_NEW ? o->at : r.at + 7,
                             .created = o->at,
                             .updated = o->at,
                             .number = o->shelf->next++ };
        shelf_put(o->shelf, &r);
    } else if (o->deed == DEED_DELETE) {
        shelf_drop(o->shelf, r.number);
    } else {
        r.version++;
        *there = r;
    }
    if (a->done)
        a->done(a->arg, o->shelf, o->deed, &r);
}

static void
carry_out(struct account *a, const struct order *o)
{
    /* so that different deeds meet different records */
    enum { APART = 3 };
    size_t there, n = (size_t)o->n;
    struct record *p = those_at(&there, o->shelf, o->at, o->days);

    for (size_t i = 0; i < n && o->at <= a->now && there > 0; i++) {
        size_t at = (2 * i + 1) * there / (2 * n) + APART * o->deed;

        do_one(a, o, &p[at % there]);
    }
    free(p);
}

static int
read_number(int64_t *out, const char *from, const char *end)
{
    return num_i64(out, from, (size_t)(end - from));
}

/* Takes a mark and its number off the end of the text, if they are there. */
static int
read_last(int64_t *out, const char **end, const char *from, char mark)
{
    const char *at = strchr(from, mark);

    if (!at)
        return 0;
    if (read_number(out, at + 1, *end) < 0)
        return -1;
    *end = at;
    return 0;
}

/* SHELF:N[/DAYS][@SECONDS][#PAGES] */
static int
read_order(struct order *o, struct account *a, const char *text)
{
    const char *number = strchr(text, ':');
    const char *end = text + strlen(text);
    char *name;

    if (!number)
        return -1;
    name = mem_strndup(text, (size_t)(number - text));
    o->shelf = account_shelf(a, name);
    free(name);
    if (read_last(&o->pages, &end, number, '#') < 0 ||
        read_last(&o->at, &end, number, '@') < 0 ||
        read_last(&o->days, &end, number, '/') < 0)
        return -1;
    return o->shelf ? read_number(&o->n, number + 1, end) : -1;
}

int
account_order(struct account *a, const char *verb, const char *text)
{
    struct order o = { .at = a->now };
    int rc = -1;

    (void)pthread_mutex_lock(&a->lock); /* cannot fail: not recursive */
    for (int i = 0; i < (int)(sizeof(verbs) / sizeof(verbs[0])); i++) {
        if (text_is(verbs[i], verb)) {
            o.deed = (enum deed)i;
            rc = read_order(&o, a, text);
        }
    }
    if (rc == 0 && o.pages > 0) {
        a->orders = mem_resize(a->orders, a->orders_n + 1, sizeof(*a->orders));
        a->orders[a->orders_n++] = o;
    } else if (rc == 0) {
        carry_out(a, &o);
    }
    (void)pthread_mutex_unlock(&a->lock);
    return rc;
}

void
account_served(struct account *a, const struct shelf *s)
{
    for (size_t i = 0; i < a->orders_n; i++) {
        struct order *o = &a->orders[i];

        if (o->shelf == s && o->pages > 0 && --o->pages == 0)
            carry_out(a, o);
    }
}
