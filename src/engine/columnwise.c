#include "engine/columnwise.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/json.h"
#include "engine/pager.h"
#include "spec/category.h"

enum { LISTS_MAX = 64 };

struct list_of {
    const char *name; /* raw text between the quotes */
    size_t name_n;
    struct json j; /* behind the items that were read */
    bool has_ended;
};

struct reader {
    const struct page_in *in;
    struct list_of list[LISTS_MAX];
    size_t n;
    struct buf record;
};

/* The list of a member, if it has one. */
static int
add_list(struct reader *r, const struct json_token *name,
         const struct json_token *value, struct err *e)
{
    struct list_of *list = &r->list[r->n];
    struct json_token t;
    int rc;

    if (value->type != JSON_OBJECT)
        return 0;
    rc = json_at(&t, value->p, value->n, r->in->category->lists_at, e);
    if (rc <= 0 || t.type != JSON_ARRAY)
        return rc < 0 ? -1 : 0;
    if (r->n == LISTS_MAX)
        return err_set(e, ERR_DATA, "the answer has more than %d lists",
                       (int)LISTS_MAX);
    list->name = name->p;
    list->name_n = name->n;
    json_start(&list->j, t.p, t.n);
    r->n++;
    return json_next(&t, &list->j, e) < 0 ? -1 : 0; /* the bracket */
}

static int
find_lists(struct reader *r, struct err *e)
{
    struct json j;
    struct json_token t, name;
    int rc;

    json_start(&j, r->in->p, r->in->n);
    if (json_next(&t, &j, e) < 0)
        return -1;
    if (t.type != JSON_OBJECT)
        return err_set(e, ERR_DATA, "the answer is not an object");
    while ((rc = json_next(&name, &j, e)) == 1 && name.type == JSON_KEY)
        if (json_next(&t, &j, e) < 0 || json_skip(&t, &j, e) < 0 ||
            add_list(r, &name, &t, e) < 0)
            return -1;
    if (rc < 0)
        return -1;
    return json_next(&t, &j, e) < 0 ? -1 : 0; /* nothing may follow */
}

/* Adds the next item of a list to the record, if there is one. */
static int
add_item(struct reader *r, struct list_of *list, struct err *e)
{
    struct buf *out = &r->record;
    struct json_token t;

    if (list->has_ended)
        return 0;
    if (json_next(&t, &list->j, e) < 0)
        return -1;
    list->has_ended = t.type == JSON_ARRAY_END;
    if (list->has_ended)
        return 0;
    if (json_skip(&t, &list->j, e) < 0)
        return -1;
    buf_addc(out, out->n > 0 ? ',' : '{');
    buf_addc(out, '"');
    buf_add(out, list->name, list->name_n);
    buf_adds(out, "\":");
    json_compact(out, &t);
    return 0;
}

/* 1 a record, 0 all lists have ended, -1. */
static int
make_record(struct reader *r, struct page_out *told, struct err *e)
{
    size_t ended = 0;

    buf_clear(&r->record);
    for (size_t i = 0; i < r->n; i++) {
        if (add_item(r, &r->list[i], e) < 0)
            return -1;
        ended += r->list[i].has_ended;
    }
    if (ended == r->n)
        return 0;
    told->is_uneven = told->is_uneven || ended > 0;
    buf_addc(&r->record, '}');
    return 1;
}

static int
hand_out(struct reader *r, struct err *e)
{
    struct json j;
    struct json_token t;

    json_start(&j, r->record.p, r->record.n);
    if (json_next(&t, &j, e) < 0)
        return -1;
    return r->in->record(r->in->user, &j, e);
}

int
columnwise_read(struct page_out *out, const struct page_in *in, struct err *e)
{
    struct reader r = { .in = in };
    int rc = find_lists(&r, e);

    out->records = 0;
    out->is_uneven = false;
    while (rc == 0 && (rc = make_record(&r, out, e)) == 1) {
        out->records++;
        rc = in->record ? hand_out(&r, e) : 0;
    }
    buf_free(&r.record);
    return rc;
}
