#ifndef SANDBOX_OURA_H
#define SANDBOX_OURA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct item;
struct items;
struct page_edits;
struct person;
struct reply;

/* What a record is compared with the window by. */
enum filter {
    BY_DAY,     /* its day; the last day is included */
    BY_LOCAL,   /* its local time: a date as the end leaves out that day */
    BY_UTC,     /* the same in UTC */
    BY_INSTANT, /* from <= t < to, at most 30 days if has_span_limit */
    BY_NOTHING, /* no window */
    BARE,       /* no window and no list: one object */
};

struct oura_category {
    const char *name;  /* as on the command line */
    const char *path;  /* after /v2/usercollection/ */
    const char *scope; /* as in a refusal */
    enum filter filter;
    bool has_span_limit;
    const char *varies; /* the number that "changing" changes, or NULL */
    void (*list)(struct items *out, const struct person *p, int64_t day);
    void (*write)(struct buf *b, const struct person *p, const struct item *it);
};

/* What a client sent; each may be NULL. */
struct oura_request {
    const char *start; /* start_date or start_datetime, as the category wants */
    const char *end;
    const char *next_token;
};

/* NULL ends the list. */
const struct oura_category *oura_category_at(size_t i);
const struct oura_category *oura_category_named(const char *name);
/* path is the request's path; what stands before "/v2/" is not looked at. */
const struct oura_category *oura_category_of(const char *path);
/* The page asked for, from 1; 0 if the token is not one of ours. */
size_t oura_page_number(const struct oura_request *q, size_t page_size);
/* Fills r with the page, or with the refusal of a bad request. */
void oura_answer(struct reply *r, const struct person *p,
                 const struct oura_category *c, const struct oura_request *q,
                 const struct page_edits *edits, size_t page_size);

/* The refusal of a token that lacks a scope; token is what is
 * repeated in it, NULL = nothing. */
void oura_refuse_scope(struct reply *r, const char *scope, const char *token);

#endif
