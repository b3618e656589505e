#include "spec/percheck.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "spec/category.h"
#include "spec/provider.h"

static bool
has_column(const struct category *c, const char *column)
{
    for (size_t i = 0; c->columns && c->columns[i]; i++)
        if (strcmp(c->columns[i], column) == 0)
            return true;
    return false;
}

static int
check_ids(const struct provider *p, const struct category *c, struct err *e)
{
    const struct id_source *from = c->per->ids;

    if (!from || !from->category)
        return err_set(e, ERR_DATA, "per: no ids");
    for (size_t n = 1; from->category; from++, n++) {
        const struct category *parent = provider_category(p, from->category);

        if (n > PER_IDS_MAX)
            return err_set(e, ERR_DATA, "per: more than %d places of ids",
                           (int)PER_IDS_MAX);
        if (!parent || parent == c || parent->per)
            return err_set(e, ERR_DATA, "per: no list \"%s\" that has ids",
                           from->category);
        if (!from->column || !has_column(parent, from->column))
            return err_set(e, ERR_DATA, "per: %s has no column \"%s\"",
                           parent->name, from->column ? from->column : "");
    }
    return 0;
}

static bool
has_print(const struct per_record *per, const char *column)
{
    for (const char *const *print = per->print; print && *print; print++)
        if (strcmp(*print, column) == 0)
            return true;
    return false;
}

/* A record is asked for again by what the first list says of it. */
static int
check_print(const struct provider *p, const struct category *c, struct err *e)
{
    const struct per_record *per = c->per;
    const struct category *parent = provider_category(p, per->ids[0].category);
    size_t n = 0;

    for (; per->print && per->print[n]; n++)
        if (!has_column(parent, per->print[n]))
            return err_set(e, ERR_DATA, "per: print: %s has no column \"%s\"",
                           parent->name, per->print[n]);
    if (n > PER_PRINT_MAX || (per->print && n == 0))
        return err_set(e, ERR_DATA, "per: print has not 1 to %d columns",
                       (int)PER_PRINT_MAX);
    if (per->count_col && (!per->is_set || !has_print(per, per->count_col)))
        return err_set(e, ERR_DATA,
                       "per: count_col is not in print, or it is "
                       "no set");
    if (per->recent_days < 0 ||
        (per->recent_days > 0 && (!per->print || !parent->time_col)))
        return err_set(e, ERR_DATA, "per: recent_days without print or time");
    return 0;
}

static int
check_own(const struct category *c, struct err *e)
{
    const struct per_record *per = c->per;

    if (c->child || c->window != WINDOW_NONE || c->by_id || c->end_col)
        return err_set(e, ERR_DATA,
                       "per: a child, a window or open records beside it");
    if ((per->id_col && !has_column(c, per->id_col)) ||
        (per->index_col && !has_column(c, per->index_col)))
        return err_set(e, ERR_DATA, "per: id_col or index_col is no column");
    if (per->index_within &&
        (!per->index_col || !has_column(c, per->index_within)))
        return err_set(e, ERR_DATA,
                       "per: index_within is no column, or there "
                       "is no index_col");
    if (per->is_set &&
        (!per->id_col || !text_is(per->id_col, c->ids[0]) || !c->ids[1]))
        return err_set(e, ERR_DATA,
                       "per: a set, but ids[0] is not id_col, or "
                       "there is no other");
    if (per->refusal && !*per->refusal)
        return err_set(e, ERR_DATA, "per: refusal is empty");
    return 0;
}

static int
check_lists(const struct category *c, struct err *e)
{
    if (c->next_in_last && (c->page != PAGE_TOKEN || !c->records_at))
        return err_set(e, ERR_DATA, "next_in_last: there is no token");
    if (c->lists_at && (!*c->lists_at || c->page != PAGE_ONE || c->records_at))
        return err_set(e, ERR_DATA, "lists_at: empty, or beside pages");
    return 0;
}

int
percheck(const struct provider *p, const struct category *c, struct err *e)
{
    if (check_lists(c, e) < 0)
        return -1;
    if (!c->per)
        return 0;
    if (check_ids(p, c, e) < 0 || check_print(p, c, e) < 0)
        return -1;
    return check_own(c, e);
}
