#include "engine/open.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/tm.h"
#include "data/columns.h"
#include "data/flatten.h"
#include "engine/plan.h"
#include "spec/category.h"

/* One that did not come to its end after so long never will. */
enum { GIVE_UP_DAYS = 365, OPEN_MAX = 1000, ID_MAX = 100 };

static int32_t
find(const struct columns *columns, const char *name)
{
    return name ? columns_find(columns, name, strlen(name)) : -1;
}

void
open_init(struct open_records *o, const struct category *c,
          const struct columns *columns, int64_t now)
{
    *o = (struct open_records){
        .category = c,
        .end = find(columns, c->end_col),
        .word = find(columns, c->open_col),
        .time = find(columns, c->time_col),
        .id = find(columns, c->by_id ? c->ids[0] : NULL),
        .now = now,
        .since = PLAN_NO_TIME,
    };
}

void
open_free(struct open_records *o)
{
    list_free(&o->open);
    list_free(&o->final);
}

static const struct cell *
cell_of(const struct row *row, int32_t column)
{
    static const struct cell none = { .type = CELL_NONE };

    return column >= 0 && (size_t)column < row->n ? &row->cell[column] : &none;
}

static bool
is_open(const struct open_records *o, const struct row *row)
{
    const struct cell *word = cell_of(row, o->word);
    const char *open = o->category->open_word;

    if (o->end >= 0 && cell_of(row, o->end)->type == CELL_NONE)
        return true;
    return word->type == CELL_STRING && strlen(open) == word->n &&
           memcmp(open, word->p, word->n) == 0;
}

static const char *
id_in(const char *entry)
{
    const char *blank = strchr(entry, ' ');

    return blank ? blank + 1 : "";
}

static long
find_id(const struct list *list, const char *p, size_t n)
{
    for (size_t i = 0; i < list->n; i++) {
        const char *id = id_in(list->item[i]);

        if (strlen(id) == n && memcmp(id, p, n) == 0)
            return (long)i;
    }
    return -1;
}

/* It goes into a path as it is. */
static bool
is_usable(const struct cell *id)
{
    static const char chars[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

    if (id->n == 0 || id->n > ID_MAX ||
        (id->type != CELL_STRING && id->type != CELL_NUMBER))
        return false;
    for (size_t i = 0; i < id->n; i++)
        if (!id->p[i] || !strchr(chars, id->p[i]))
            return false;
    return true;
}

static void
remove_item(struct list *list, long i)
{
    if (i < 0)
        return;
    free(list->item[i]);
    for (size_t k = (size_t)i + 1; k < list->n; k++)
        list->item[k - 1] = list->item[k];
    list->n--;
}

static void
add_open(struct open_records *o, const struct cell *id, int64_t time)
{
    struct buf entry = BUF_INIT;
    char text[21];

    if (!is_usable(id) || o->open.n >= OPEN_MAX ||
        find_id(&o->open, id->p, id->n) >= 0)
        return;
    tm_utc(text, time);
    buf_addf(&entry, "%s %.*s", text, (int)id->n, id->p);
    list_add(&o->open, buf_str(&entry));
    buf_free(&entry);
}

static void
add_final(struct open_records *o, const char *p, size_t n)
{
    char *id = mem_strndup(p, n);

    remove_item(&o->open, find_id(&o->open, p, n));
    if (!list_has(&o->final, id))
        list_add(&o->final, id);
    free(id);
}

void
open_note(struct open_records *o, const struct row *row,
          const struct list *known)
{
    const struct cell *time = cell_of(row, o->time), *id = cell_of(row, o->id);
    struct instant t;

    if (o->end < 0 && o->word < 0)
        return;
    if (!is_open(o, row)) {
        if (id->type != CELL_NONE && (find_id(known, id->p, id->n) >= 0 ||
                                      find_id(&o->open, id->p, id->n) >= 0))
            add_final(o, id->p, id->n);
        return;
    }
    if (time->type != CELL_STRING || tm_instant(&t, time->p, time->n) < 0)
        return;
    t.sec -= (int64_t)o->category->late_days * DAY;
    if (t.sec >= o->now - (int64_t)o->category->open_days * DAY &&
        (o->since == PLAN_NO_TIME || t.sec < o->since))
        o->since = t.sec;
    add_open(o, id, t.sec);
}

void
open_gone(struct open_records *o, const char *id)
{
    add_final(o, id, strlen(id));
}

/* The time of an entry; one that cannot be read is of no use. */
static int64_t
time_in(const char *entry)
{
    struct instant t;

    if (tm_instant(&t, entry, strcspn(entry, " ")) < 0)
        return PLAN_NO_TIME;
    return t.sec;
}

void
open_merge(struct list *known, const struct open_records *o)
{
    int64_t oldest = o->now - (int64_t)GIVE_UP_DAYS * DAY;

    for (size_t i = known->n; i-- > 0;) {
        const char *id = id_in(known->item[i]);

        if (time_in(known->item[i]) < oldest || list_has(&o->final, id) ||
            find_id(&o->open, id, strlen(id)) >= 0)
            remove_item(known, (long)i);
    }
    for (size_t i = 0; i < o->open.n; i++)
        if (time_in(o->open.item[i]) >= oldest)
            list_add(known, o->open.item[i]);
}

void
open_before(struct list *ids, const struct list *known, int64_t time)
{
    for (size_t i = 0; i < known->n; i++)
        if (time_in(known->item[i]) < time && *id_in(known->item[i]))
            list_add(ids, id_in(known->item[i]));
}
