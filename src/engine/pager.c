#include "engine/pager.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "data/json.h"
#include "engine/columnwise.h"
#include "engine/pages.h"
#include "spec/category.h"

/* What is left of a path below the object that is being read; NULL: the path
 * does not lead through here. */
struct level {
    const char *records;
    const char *next;
    const char *pages;
};

enum { LEVELS_MAX = 8 };

struct reader {
    const struct page_in *in;
    struct json j;
    struct page_out *out;
    struct buf name;
    bool has_list;
    bool is_empty; /* the answer is {} */
    struct level level[LEVELS_MAX];
    int depth;
};

static const char *
type_name(enum json_type type)
{
    switch (type) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    case JSON_NUMBER:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        return "null";
    case JSON_KEY:
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
    case JSON_END:
        break;
    }
    return "nothing";
}

/* The rest of a path if its first part is name: "" when it ends here. */
static const char *
follow(const char *path, const struct buf *name)
{
    size_t n;

    if (!path)
        return NULL;
    n = strcspn(path, ".");
    if (n != name->n || memcmp(path, name->p, n) != 0)
        return NULL;
    return path[n] ? path + n + 1 : path + n;
}

static int
read_next(struct reader *r, struct json_token *t, struct err *e)
{
    struct buf *next = r->out->next;

    if (next)
        buf_clear(next);
    if (t->type == JSON_NULL)
        return 0;
    if (t->type == JSON_STRING && next)
        json_text(next, t);
    else if (t->type == JSON_NUMBER && next)
        buf_add(next, t->p, t->n);
    else if (t->type != JSON_STRING && t->type != JSON_NUMBER)
        return err_set(e, ERR_DATA, "\"%s\" is %s, not a page token",
                       r->in->category->next_at, type_name(t->type));
    return 0;
}

/* The token, if this is the page's last record. */
static int
read_last(struct reader *r, const char *p, size_t n, struct err *e)
{
    struct json_token t;
    int rc = json_at(&t, p, n, r->in->category->next_at, e);

    if (rc == 0)
        t.type = JSON_NULL;
    return rc < 0 ? -1 : read_next(r, &t, e);
}

static int
read_record(struct reader *r, struct json_token *t, struct err *e)
{
    const char *start;

    r->out->records++;
    if (t->type != JSON_OBJECT) {
        (void)err_set(e, ERR_DATA, "record %lld is %s, not an object",
                      (long long)r->out->records, type_name(t->type));
        return -1;
    }
    start = r->j.p - 1; /* its brace */
    if (r->in->record ? r->in->record(r->in->user, &r->j, e) < 0
                      : json_skip(t, &r->j, e) < 0)
        return -1;
    return r->in->category->next_in_last
               ? read_last(r, start, (size_t)(r->j.p - start), e)
               : 0;
}

static int
read_list(struct reader *r, struct json_token *t, struct err *e)
{
    const char *path = r->in->category->records_at;

    if (r->in->category->is_single && t->type == JSON_OBJECT) {
        r->has_list = true;
        return read_record(r, t, e);
    }
    if (t->type != JSON_ARRAY)
        return *path ? err_set(e, ERR_DATA, "\"%s\" is %s, not %s", path,
                               type_name(t->type),
                               r->in->category->is_single ? "an object"
                                                          : "a list")
                     : err_set(e, ERR_DATA, "the answer is %s, not a list",
                               type_name(t->type));
    if (r->has_list)
        return err_set(e, ERR_DATA, "\"%s\" is there twice", path);
    r->has_list = true;
    for (;;) {
        if (json_next(t, &r->j, e) < 0)
            return -1;
        if (t->type == JSON_ARRAY_END)
            return 0;
        if (read_record(r, t, e) < 0)
            return -1;
    }
}

static int
read_pages(struct reader *r, const struct json_token *t, struct err *e)
{
    if (t->type == JSON_NULL)
        return 0;
    if (t->type != JSON_NUMBER || num_i64(&r->out->pages, t->p, t->n) < 0 ||
        r->out->pages < 0 || r->out->pages > PAGES_MAX)
        return err_set(e, ERR_DATA, "\"%s\" is no number of pages",
                       r->in->category->pages_at);
    return 0;
}

/* The value of a member that was just named. */
static int
read_member(struct reader *r, struct json_token *t, struct err *e)
{
    const struct level *here = &r->level[r->depth];
    struct level below;

    buf_clear(&r->name);
    json_text(&r->name, t);
    (void)buf_str(&r->name);
    below.records = follow(here->records, &r->name);
    below.next = follow(here->next, &r->name);
    below.pages = follow(here->pages, &r->name);
    if (json_next(t, &r->j, e) < 0)
        return -1;
    if (below.records && !*below.records)
        return read_list(r, t, e);
    if (below.next && !*below.next)
        return read_next(r, t, e);
    if (below.pages && !*below.pages)
        return read_pages(r, t, e);
    if ((below.records || below.next || below.pages) &&
        t->type == JSON_OBJECT && r->depth + 1 < LEVELS_MAX) {
        r->level[++r->depth] = below;
        return 0;
    }
    return json_skip(t, &r->j, e) < 0 ? -1 : 0;
}

static int
read_envelope(struct reader *r, struct err *e)
{
    struct json_token t;
    size_t members = 0;

    for (;;) {
        if (json_next(&t, &r->j, e) < 0)
            return -1;
        if (t.type == JSON_OBJECT_END) {
            if (r->depth-- == 0)
                break;
            continue;
        }
        members++;
        if (read_member(r, &t, e) < 0)
            return -1;
    }
    r->is_empty = members == 0;
    return 0;
}

/* The answer itself. */
static bool
is_record(const struct reader *r)
{
    return r->in->is_record || !r->in->category->records_at;
}

static int
check_end(struct reader *r, struct err *e)
{
    const struct category *c = r->in->category;
    struct json_token t;

    if (json_next(&t, &r->j, e) < 0)
        return -1;
    if (is_record(r) || r->has_list || (r->is_empty && c->empty_object_ends))
        return 0;
    return err_set(e, ERR_DATA, "the answer has no \"%s\"%s", c->records_at,
                   r->is_empty ? ": it is {}" : "");
}

static int
read_page(struct reader *r, struct err *e)
{
    const struct category *c = r->in->category;
    struct json_token t;

    if (c->lists_at)
        return columnwise_read(r->out, r->in, e);
    json_start(&r->j, r->in->p, r->in->n);
    if (json_next(&t, &r->j, e) < 0)
        return -1;
    if (!is_record(r) && !*c->records_at) {
        if (read_list(r, &t, e) < 0)
            return -1;
        return check_end(r, e);
    }
    if (t.type != JSON_OBJECT)
        return err_set(e, ERR_DATA, "the answer is %s, not an object",
                       type_name(t.type));
    if (is_record(r)) {
        if (read_record(r, &t, e) < 0)
            return -1;
    } else {
        r->level[0] = (struct level){ c->records_at, c->next_at, c->pages_at };
        if (read_envelope(r, e) < 0)
            return -1;
    }
    return check_end(r, e);
}

int
pager_read(struct page_out *out, const struct page_in *in, struct err *e)
{
    struct reader r = { .in = in, .out = out };
    int rc;

    out->records = out->pages = 0;
    out->is_uneven = false;
    if (out->next)
        buf_clear(out->next);
    rc = read_page(&r, e);
    buf_free(&r.name);
    return rc;
}
