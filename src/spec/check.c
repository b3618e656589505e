#include "spec/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "spec/category.h"
#include "spec/logincheck.h"
#include "spec/percheck.h"
#include "spec/provider.h"
#include "spec/quota.h"

enum { PARALLEL_MAX = 16 };

static bool
is_given(const char *s)
{
    return s && *s;
}

/* A name is a word on the command line, a file stem and a config section. */
static bool
is_name(const char *s)
{
    static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

    return is_given(s) && s[strspn(s, chars)] == '\0';
}

static bool
is_path(const char *s)
{
    return is_given(s) && s[0] == '/' && !text_ends(s, "/") &&
           !strpbrk(s, "?#% \t\r\n");
}

static bool
is_query(const char *s)
{
    return is_given(s) && strchr(s, '=') && !strpbrk(s, "?# \t\r\n");
}

static bool
is_https(const char *s)
{
    static const char scheme[] = "https://";

    return is_given(s) && text_starts(s, scheme) && s[strlen(scheme)] &&
           !strpbrk(s, " \t\r\n");
}

static bool
has_column(const struct category *c, const char *column)
{
    for (size_t i = 0; c->columns[i]; i++)
        if (strcmp(c->columns[i], column) == 0)
            return true;
    return false;
}

static int
check_columns(const struct category *c, struct err *e)
{
    if (!c->columns || !c->columns[0])
        return err_set(e, ERR_DATA, "columns are missing");
    for (size_t i = 0; c->columns[i]; i++) {
        if (!*c->columns[i])
            return err_set(e, ERR_DATA, "columns: number %zu is empty", i + 1);
        for (size_t j = 0; j < i; j++)
            if (strcmp(c->columns[i], c->columns[j]) == 0)
                return err_set(e, ERR_DATA, "columns: %s is there twice",
                               c->columns[i]);
    }
    return 0;
}

/* column may be NULL: not every category has one of that use. */
static int
check_declared(const struct category *c, const char *use, const char *column,
               struct err *e)
{
    if (column && !has_column(c, column))
        return err_set(e, ERR_DATA, "%s: no column \"%s\"", use, column);
    return 0;
}

static int
check_keys(const struct category *c, struct err *e)
{
    if (!is_given(c->ids[0]))
        return err_set(e, ERR_DATA, "ids are missing");
    if (c->ids[CATEGORY_KEYS_MAX])
        return err_set(e, ERR_DATA, "ids: more than %d",
                       (int)CATEGORY_KEYS_MAX);
    for (size_t i = 0; c->ids[i]; i++) {
        if (check_declared(c, "ids", c->ids[i], e) < 0)
            return -1;
        for (size_t j = 0; j < i; j++)
            if (strcmp(c->ids[i], c->ids[j]) == 0)
                return err_set(e, ERR_DATA, "ids: %s is there twice",
                               c->ids[i]);
    }
    if (c->constant_id && (!*c->constant_id || c->ids[1] || c->records_at))
        return err_set(e, ERR_DATA, "constant_id: there is not one record");
    return check_declared(c, "unique", c->unique, e);
}

/* What is not final yet. */
static int
check_open(const struct category *c, struct err *e)
{
    bool has_open = c->end_col || c->open_col;

    if (check_declared(c, "open_col", c->open_col, e) < 0)
        return -1;
    if (c->open_days < 0 || (c->open_days > 0) != has_open)
        return err_set(e, ERR_DATA, "open_days does not go with end_col");
    if ((c->open_col != NULL) != is_given(c->open_word))
        return err_set(e, ERR_DATA, "open_word does not go with open_col");
    if (c->late_days < 0 || (c->late_days > 0 && !has_open))
        return err_set(e, ERR_DATA, "late_days does not go with open_days");
    if (c->by_id && (!has_open || *c->by_id != '/' ||
                     !strstr(c->by_id, "{id}") || c->ids[1]))
        return err_set(e, ERR_DATA,
                       "by_id is not like /this/{id}, or what it "
                       "is for is missing");
    return 0;
}

static int
check_time(const struct category *c, struct err *e)
{
    if (check_declared(c, "time_col", c->time_col, e) < 0 ||
        check_declared(c, "end_col", c->end_col, e) < 0)
        return -1;
    if ((c->time_style == TIME_NONE) != (c->time_col == NULL))
        return err_set(e, ERR_DATA, "time_style does not go with time_col");
    if (check_declared(c, "version_col", c->version_col, e) < 0)
        return -1;
    return check_open(c, e);
}

/* A time is sent, up to which it is asked for. */
static int
check_window_keys(const struct category *c, struct err *e)
{
    if (!is_given(c->from_key) || (!c->one_sided && !is_given(c->to_key)))
        return err_set(e, ERR_DATA, "window: from_key or to_key missing");
    if (c->to_key && text_is(c->from_key, c->to_key))
        return err_set(e, ERR_DATA, "window: from_key is to_key");
    if (c->one_sided && c->span_days)
        return err_set(e, ERR_DATA, "window: span_days, but one_sided");
    if (c->sweep_days && !c->unfiltered)
        return err_set(e, ERR_DATA, "sweep_days: the list is not unfiltered");
    if (c->unfiltered && !c->one_sided)
        return err_set(e, ERR_DATA, "window: unfiltered, but not one_sided");
    return 0;
}

static int
check_window(const struct category *c, struct err *e)
{
    if (c->span_days < 0 || c->pad_days < 0 || c->overlap_days < 0 ||
        c->sweep_days < SWEEP_ASKED)
        return err_set(e, ERR_DATA, "window: days below zero");
    switch (c->window) {
    case WINDOW_NONE:
        if (c->tells_gone)
            return err_set(e, ERR_DATA, "tells_gone: there is no window");
        if (c->from_key || c->to_key || c->one_sided || c->unfiltered)
            return err_set(e, ERR_DATA, "window: keys, but no window");
        if (c->span_days || c->pad_days || (c->overlap_days && !c->feed))
            return err_set(e, ERR_DATA, "window: days, but no window");
        return 0;
    case WINDOW_DAY:
    case WINDOW_TIME:
    case WINDOW_UNIX:
        return check_window_keys(c, e);
    }
    return err_set(e, ERR_DATA, "window: unknown style");
}

static int
check_page(const struct category *c, struct err *e)
{
    if (c->even_pages && c->page != PAGE_TOKEN)
        return err_set(e, ERR_DATA, "page: even_pages is not for tokens");
    if (c->page_full && (c->page != PAGE_NUMBER || c->page_full < 0))
        return err_set(e, ERR_DATA, "page: page_full is not for numbers");
    if (c->is_single && c->page != PAGE_ONE)
        return err_set(e, ERR_DATA, "page: is_single, but several");
    if (c->query && !is_query(c->query))
        return err_set(e, ERR_DATA, "page: query is not like=this&or=this");
    switch (c->page) {
    case PAGE_ONE:
        if (c->page_key || c->next_at || c->pages_at)
            return err_set(e, ERR_DATA, "page: keys, but only one page");
        if (c->is_single && !is_given(c->records_at))
            return err_set(e, ERR_DATA, "page: is_single without records_at");
        return 0;
    case PAGE_TOKEN:
        if (!is_given(c->page_key) || !is_given(c->next_at) || c->pages_at)
            return err_set(e, ERR_DATA, "page: page_key or next_at missing");
        if (!c->records_at || (!*c->records_at && !c->next_in_last))
            return err_set(e, ERR_DATA, "page: records_at is missing");
        return 0;
    case PAGE_NUMBER:
        if (!is_given(c->page_key) || c->next_at)
            return err_set(e, ERR_DATA,
                           "page: page_key missing, or there is a next_at");
        if (!c->records_at)
            return err_set(e, ERR_DATA, "page: records_at is missing");
        if (c->pages_at && !*c->records_at)
            return err_set(e, ERR_DATA, "page: pages_at beside a list");
        return 0;
    }
    return err_set(e, ERR_DATA, "page: unknown style");
}

static int
check_bound(const struct provider *p, const struct category *c, struct err *e)
{
    const struct category *bound;

    if (c->bound_days < 0 || (!c->bounded_by && c->bound_days > 0))
        return err_set(e, ERR_DATA, "bound_days does not go with bounded_by");
    if (!c->bounded_by)
        return 0;
    bound = provider_category(p, c->bounded_by);
    if (!bound || bound == c)
        return err_set(e, ERR_DATA, "bounded_by: no other category \"%s\"",
                       c->bounded_by);
    if (c->window == WINDOW_NONE)
        return err_set(e, ERR_DATA, "bounded_by: there is no window");
    if (bound->time_style == TIME_NONE)
        return err_set(e, ERR_DATA, "bounded_by: %s has no time", bound->name);
    if (bound->bounded_by)
        return err_set(e, ERR_DATA, "bounded_by: %s is bounded itself",
                       bound->name);
    return 0;
}

/* Where the columns of a child come from. */
static int
check_inherited(const struct category *c, const struct category *parent,
                struct err *e)
{
    const struct inherited *i = c->child->inherited;
    int owners = 0;

    for (; i && i->column; i++) {
        if (!has_column(c, i->column))
            return err_set(e, ERR_DATA, "inherited: no column \"%s\"",
                           i->column);
        if (check_declared(parent, "inherited", i->from, e) < 0)
            return -1;
        for (int k = 0; k < c->child->owner_ids; k++)
            owners += text_is(c->ids[k], i->column);
    }
    if (owners != c->child->owner_ids)
        return err_set(e, ERR_DATA, "owner_ids: not all are inherited");
    return 0;
}

/* Lists in lists. Where the columns come from is known only by the answers. */
static int
check_inner(const struct category *c, struct err *e)
{
    const struct child_of *child = c->child;
    const struct inner_list *inner = child->inner;

    for (const struct inherited *r = child->renamed; r && r->from; r++)
        if (check_declared(c, "renamed", r->column, e) < 0)
            return -1;
    if (child->index_at && !child->index_col)
        return err_set(e, ERR_DATA, "index_at without index_col");
    if (!inner)
        return 0;
    if (!is_given(inner->list_at) || child->start_at || child->value_col)
        return err_set(e, ERR_DATA, "inner: no list_at, or not of objects");
    for (const struct inherited *i = inner->inherited; i && i->column; i++)
        if (!is_given(i->from) || check_declared(c, "inner", i->column, e) < 0)
            return err_set(e, ERR_DATA, "inner: %s comes from nowhere",
                           i->column);
    return check_declared(c, "inner", inner->index_col, e);
}

static int
check_series(const struct category *c, const struct category *parent,
             struct err *e)
{
    const struct child_of *child = c->child;

    if ((child->start_at == NULL) != (child->interval_at == NULL))
        return err_set(e, ERR_DATA, "start_at does not go with interval_at");
    if (!child->start_at)
        return 0;
    if (!child->value_col || c->time_style != TIME_RFC3339)
        return err_set(e, ERR_DATA, "a series without value_col or time_col");
    if (check_declared(parent, "start_at", child->start_at, e) < 0)
        return -1;
    return check_declared(parent, "interval_at", child->interval_at, e);
}

static int
check_child(const struct provider *p, const struct category *c, struct err *e)
{
    const struct child_of *child = c->child;
    const struct category *parent = provider_category(p, child->parent);
    int ids = 0;

    if (!parent || parent->child)
        return err_set(e, ERR_DATA, "child of: no category \"%s\" to ask for",
                       child->parent ? child->parent : "");
    if (c->path || c->window != WINDOW_NONE || c->page != PAGE_ONE ||
        c->bounded_by || c->unique || c->end_col)
        return err_set(e, ERR_DATA,
                       "a child is not asked for, or has a rule "
                       "that is for what is");
    while (ids <= CATEGORY_KEYS_MAX && c->ids[ids])
        ids++;
    if (child->owner_ids < 1 || child->owner_ids >= ids)
        return err_set(e, ERR_DATA, "owner_ids is not 1 to %d", ids - 1);
    if (!is_given(child->list_at))
        return err_set(e, ERR_DATA, "list_at is missing");
    if (check_declared(parent, "list_at", child->list_at, e) < 0 ||
        check_declared(c, "index_col", child->index_col, e) < 0 ||
        check_declared(c, "value_col", child->value_col, e) < 0)
        return -1;
    if (check_inherited(c, parent, e) < 0 || check_inner(c, e) < 0)
        return -1;
    return check_series(c, parent, e);
}

/* A feed has a window of one side, and columns that are said to be there. */
static int
check_feed_of(const struct provider *p, const struct category *c, struct err *e)
{
    const struct feed_of *f = c->feed_of;
    const struct category *of = provider_category(p, f->category);

    if (!of || !text_is(of->feed, c->name))
        return err_set(e, ERR_DATA, "feed_of: \"%s\" has not this feed",
                       f->category ? f->category : "");
    if (!c->one_sided || !is_given(f->type_at) || !is_given(f->gone) ||
        !is_given(f->gone_id) || !is_given(f->record_at) ||
        !is_given(c->time_col))
        return err_set(e, ERR_DATA, "feed_of: a word is missing");
    if (check_declared(c, "type_at", f->type_at, e) < 0)
        return -1;
    return check_declared(c, "gone_id", f->gone_id, e);
}

static int
check_filled(const struct category *c, struct err *e)
{
    for (const struct filled *f = c->filled; f && f->column; f++) {
        if (check_declared(c, "filled", f->column, e) < 0)
            return -1;
        if (!f->from[0] || f->from[FILLED_FROM_MAX])
            return err_set(e, ERR_DATA, "filled: %s from none, or too many",
                           f->column);
        for (size_t i = 0; f->from[i]; i++)
            if (check_declared(c, "filled", f->from[i], e) < 0)
                return -1;
    }
    return 0;
}

static int
check_feed(const struct provider *p, const struct category *c, struct err *e)
{
    const struct category *feed = provider_category(p, c->feed);

    if (check_filled(c, e) < 0 || (c->feed_of && check_feed_of(p, c, e) < 0))
        return -1;
    if (c->feed && (!feed || !feed->feed_of || c->window != WINDOW_NONE ||
                    !text_is(feed->feed_of->category, c->name)))
        return err_set(e, ERR_DATA, "feed: \"%s\" is none of it", c->feed);
    if (is_given(c->counted_by) != is_given(c->count_at))
        return err_set(e, ERR_DATA, "count_at does not go with counted_by");
    if (c->counted_by && (!c->feed || !provider_category(p, c->counted_by)))
        return err_set(e, ERR_DATA,
                       "counted_by: no category \"%s\", or there "
                       "is no feed",
                       c->counted_by);
    return 0;
}

static int
check_category(const struct provider *p, const struct category *c,
               struct err *e)
{
    if (!is_https(c->docs))
        return err_set(e, ERR_DATA, "docs is not an https address");
    if (c->note && !*c->note)
        return err_set(e, ERR_DATA, "note is empty");
    if (check_columns(c, e) < 0 || check_keys(c, e) < 0 ||
        check_time(c, e) < 0 || percheck(p, c, e) < 0)
        return -1;
    if (c->child)
        return check_child(p, c, e);
    if (!is_path(c->path))
        return err_set(e, ERR_DATA, "path is not /like/this");
    if (check_window(c, e) < 0 || check_page(c, e) < 0 ||
        check_feed(p, c, e) < 0)
        return -1;
    return check_bound(p, c, e);
}

static int
check_categories(const struct provider *p, struct err *e)
{
    if (!p->categories || p->categories_n == 0)
        return p->note ? 0
                       : err_set(e, ERR_DATA,
                                 "categories are missing, and no note");
    for (size_t i = 0; i < p->categories_n; i++) {
        const struct category *c = &p->categories[i];

        if (!is_name(c->name))
            return err_set(e, ERR_DATA, "category %zu: name is not a-z0-9_",
                           i + 1);
        if (provider_category(p, c->name) != c)
            return err_set(e, ERR_DATA, "%s: name is there twice", c->name);
        if (check_category(p, c, e) < 0)
            return err_in(e, "%s", c->name);
    }
    return 0;
}

/* Where it is and what it needs. */
static int
check_access(const struct provider *p, struct err *e)
{
    if (!is_given(p->title))
        return err_set(e, ERR_DATA, "title is missing");
    if (!is_https(p->docs))
        return err_set(e, ERR_DATA, "docs is not an https address");
    if (!is_https(p->base_url) || text_ends(p->base_url, "/"))
        return err_set(e, ERR_DATA,
                       "base_url is not https or ends with a slash");
    if (!p->prefix || (*p->prefix && !is_path(p->prefix)))
        return err_set(e, ERR_DATA, "prefix is neither empty nor /like/this");
    if (!is_name(p->token_key))
        return err_set(e, ERR_DATA, "token_key is not a-z0-9_");
    if (!is_given(p->token_env) || !is_given(p->token_help))
        return err_set(e, ERR_DATA, "token_env or token_help is missing");
    if ((p->auth == AUTH_HEADER) != is_given(p->token_header))
        return err_set(e, ERR_DATA, "token_header does not go with auth");
    if (p->note && !*p->note)
        return err_set(e, ERR_DATA, "note is empty");
    return 0;
}

static int
check_quota(const struct quota *q, struct err *e)
{
    if (!is_given(q->limit) || is_given(q->used) == is_given(q->left))
        return err_set(e, ERR_DATA, "limit, and used or left, are needed");
    if (q->reset && !q->left)
        return err_set(e, ERR_DATA, "reset does not go with used");
    if (q->seconds[0] < 1)
        return err_set(e, ERR_DATA, "seconds are missing");
    for (int i = 1; i < QUOTA_WINDOWS_MAX && q->seconds[i] != 0; i++)
        if (q->seconds[i] <= q->seconds[i - 1])
            return err_set(e, ERR_DATA, "seconds: not the shortest first");
    return 0;
}

static int
check_refusals(const struct provider *p, struct err *e)
{
    if (p->quota_kept < 0 || p->quota_kept > 50)
        return err_set(e, ERR_DATA, "quota_kept is not 0 to 50 percent");
    for (size_t i = 0; i < p->refusals_n; i++)
        if (p->refusals[i].status < 401 || p->refusals[i].status > 403 ||
            !is_given(p->refusals[i].words[0]) ||
            !is_given(p->refusals[i].text) || !is_given(p->refusals[i].hint))
            return err_set(e, ERR_DATA, "refusals: number %zu is not whole",
                           i + 1);
    return 0;
}

static int
check_quotas(const struct provider *p, struct err *e)
{
    if (p->quota_n > QUOTAS_MAX)
        return err_set(e, ERR_DATA, "quota: more than %d", (int)QUOTAS_MAX);
    for (size_t i = 0; i < p->quota_n; i++)
        if (check_quota(&p->quota[i], e) < 0)
            return err_in(e, "quota");
    return 0;
}

/* How fast it may be asked and how it says no. */
static int
check_limits(const struct provider *p, struct err *e)
{
    if (p->parallel < 1 || p->parallel > PARALLEL_MAX)
        return err_set(e, ERR_DATA, "parallel is not 1 to %d",
                       (int)PARALLEL_MAX);
    if (p->rate_limit < 0 || p->rate_seconds < 0 ||
        (p->rate_limit > 0) != (p->rate_seconds > 0))
        return err_set(e, ERR_DATA, "rate_limit does not go with rate_seconds");
    if (is_given(p->scope_at) != is_given(p->scope_word))
        return err_set(e, ERR_DATA, "scope_at does not go with scope_word");
    return check_refusals(p, e) < 0 ? -1 : check_quotas(p, e);
}

int
spec_check(const struct provider *p, struct err *e)
{
    if (!is_name(p->name))
        return err_set(e, ERR_DATA, "provider: name is not a-z0-9_");
    if (check_access(p, e) < 0 || check_limits(p, e) < 0 ||
        logincheck(p, e) < 0 || check_categories(p, e) < 0)
        return err_in(e, "%s", p->name);
    return 0;
}
