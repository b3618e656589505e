#include "engine/pages.h"

#include <stdio.h>

#include "spec/category.h"

enum { NAME_ROOM = 48 };

void
pages_init(struct pages *p, const struct category *c, int64_t first)
{
    *p = (struct pages){
        .category = c, .first = first, .next = first, .is_known = true
    };
}

bool
pages_want(const struct pages *p)
{
    return p->phase != PAGES_OVER && p->is_known;
}

static bool
is_counted(const struct pages *p)
{
    return p->category->page == PAGE_NUMBER && p->last > 0;
}

int64_t
pages_ask(struct pages *p, bool *is_check)
{
    int64_t page;

    p->under_way++;
    *is_check = p->phase == PAGES_CHECK;
    if (*is_check) {
        page = p->to_check;
        p->to_check = page == 1 ? p->last : 0;
        p->is_known = p->to_check > 0;
        return page;
    }
    page = p->next++;
    p->is_known = is_counted(p) && p->next <= p->last;
    return page;
}

void
pages_back(struct pages *p)
{
    p->under_way--;
}

/* Others tell whether it is whole. */
static bool
is_judged(const struct pages *p)
{
    return p->category->counted_by != NULL;
}

static void
doubt(struct pages *p, const struct err *e)
{
    p->has_moved = true;
    if (p->doubt.kind == ERR_NONE)
        p->doubt = *e;
}

/* Asks from the first page on; the pages of this round stay as well. */
static void
start_round(struct pages *p)
{
    int round = p->round + 1;

    pages_init(p, p->category, 1);
    p->round = round;
}

/* Everything asked for has come. 1, 0, -1 as in pages_came(). */
static int
end_round(struct pages *p, struct err *e)
{
    p->phase = PAGES_OVER;
    if (!p->has_moved || is_judged(p))
        return 0;
    if (p->round + 1 < PAGES_ROUNDS) {
        start_round(p);
        return 1;
    }
    if (p->ends_empty && p->doubt.kind == ERR_NONE) {
        p->is_unproven = true;
        return 0;
    }
    if (p->doubt.kind == ERR_NONE)
        return err_set(e, ERR_DATA,
                       "the list changed each of the %d times it was read",
                       (int)PAGES_ROUNDS);
    *e = p->doubt;
    return -1;
}

static void
start_check(struct pages *p)
{
    p->phase = PAGES_CHECK;
    p->to_check = 1;
    p->is_known = true;
}

static int
settle(struct pages *p, struct err *e)
{
    if (p->under_way > 0 || p->is_known)
        return 0;
    if (p->phase == PAGES_READ && is_counted(p) && p->last_came > 1 &&
        p->first == 1 && !p->has_moved && !is_judged(p)) {
        start_check(p);
        return 0;
    }
    return end_round(p, e);
}

/* "2 of 7", or "2". */
static const char *
name_page(char name[NAME_ROOM], const struct pages *p, int64_t page)
{
    if (p->last > 0)
        (void)snprintf(name, NAME_ROOM, "%lld of %lld", (long long)page,
                       (long long)p->last);
    else
        (void)snprintf(name, NAME_ROOM, "%lld", (long long)page);
    return name;
}

/* Each page but the last one has as many records as the first that is read. */
static void
look_at_size(struct pages *p, const struct page_told *told, bool is_last)
{
    struct err e = ERR_INIT;
    char name[NAME_ROOM];

    if (told->page == p->first)
        p->size = told->records;
    if (is_last ? told->records <= p->size
                : told->records > 0 && told->records == p->size)
        return;
    (void)err_set(&e, ERR_DATA,
                  "page %s has %lld records where the first one has %lld: the "
                  "list is not whole",
                  name_page(name, p, told->page), (long long)told->records,
                  (long long)p->size);
    doubt(p, &e);
}

/* The end of a list that is not counted; or a page is lost, and the next one is
 * there. */
static void
look_behind(struct pages *p, const struct page_told *told)
{
    int64_t full = p->category->page_full;

    if (full == 0 || told->page == p->first ||
        (p->latest != full &&
         (told->page == p->first + 1 || p->latest != p->size)))
        return;
    p->phase = PAGES_CHECK;
    p->to_check = told->page + 1;
    p->is_known = true;
}

static void
read_uncounted(struct pages *p, const struct page_told *told)
{
    if (told->page == p->first)
        p->size = told->records;
    p->is_known = told->records > 0;
    if (!p->is_known)
        look_behind(p, told);
    p->latest = told->records;
}

static void
read_number(struct pages *p, const struct page_told *told)
{
    if (told->pages > 0 && p->last > 0 && told->pages != p->last)
        p->has_moved = true;
    if (told->pages > 0)
        p->last = told->pages;
    if (told->page == 1)
        p->first_mark = told->mark;
    if (told->page > p->last_came) {
        p->last_came = told->page;
        p->last_mark = told->mark;
    }
    if (p->last == 0) {
        read_uncounted(p, told);
        return;
    }
    if (told->page < p->last)
        look_at_size(p, told, false);
    p->is_known = p->next <= p->last;
}

/* A token leads to the next page, if only because there are more records. */
static void
read_token(struct pages *p, const struct page_told *told)
{
    p->is_known = told->has_next;
    if (!p->category->even_pages)
        return;
    look_at_size(p, told, !told->has_next);
    if (!told->has_next && told->page > 1 && told->records == 0)
        p->has_moved = p->ends_empty = true;
}

static void
check_behind(struct pages *p, const struct page_told *told)
{
    struct err e = ERR_INIT;

    if (told->records == 0)
        return;
    (void)err_set(&e, ERR_DATA,
                  "page %lld is empty, and page %lld is not: the list is not "
                  "whole",
                  (long long)told->page - 1, (long long)told->page);
    doubt(p, &e);
}

static void
check(struct pages *p, const struct page_told *told)
{
    uint64_t mark = told->page == 1 ? p->first_mark : p->last_mark;

    if (!is_counted(p))
        check_behind(p, told);
    else if (told->mark != mark)
        p->has_moved = true;
}

int
pages_came(struct pages *p, const struct page_told *told, struct err *e)
{
    if (!told->is_check)
        p->records += told->records;
    if (told->is_check)
        check(p, told);
    else if (p->category->page == PAGE_NUMBER)
        read_number(p, told);
    else
        read_token(p, told);
    return settle(p, e);
}

int
pages_missing(struct pages *p, int64_t page, bool is_check, struct err *e)
{
    struct err why = ERR_INIT;

    if (is_check) {
        p->has_moved = is_counted(p); /* else nothing is behind the end */
    } else if (page <= p->last) {
        (void)err_set(&why, ERR_DATA, "page %lld of %lld is missing: HTTP 404",
                      (long long)page, (long long)p->last);
        doubt(p, &why);
    }
    return settle(p, e);
}
