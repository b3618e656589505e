#include "engine/fanout.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/tm.h"
#include "data/columns.h"
#include "data/json.h"
#include "engine/source.h"
#include "engine/tables.h"
#include "spec/category.h"
#include "spec/provider.h"
#include "store/done.h"
#include "store/names.h"
#include "store/pick.h"

/* Where the values of a picked row stand: the id, the time, then the print. */
enum { AT_ID, AT_TIME, AT_PRINT };

enum { ID_MAX = 200 };

/* One pass over one table. */
struct pass {
    struct fanout *f;
    const struct fanout_in *in;
    const char *member; /* of the objects in a list; NULL: the cell is the id */
    const char *column[PICK_MAX + 1];
    size_t print_n;     /* columns of the print */
    struct done *seen;  /* ids, and the places of their items */
    bool *is_odd;       /* an id cannot be used */
    struct done *done;  /* of fanout_rebuild(); NULL: ids are read */
    struct done *known; /* and the prints of all items */
};

/* The one that every run writes. */
static enum table_format
first_format(const struct source *source)
{
    int i = 0;

    while (i + 1 < NAMES_FORMATS && !(source->formats >> i & 1))
        i++;
    return (enum table_format)i;
}

static void
choose_columns(struct pass *p, const char *id, const char *time,
               const char *const *print)
{
    p->column[AT_ID] = id;
    p->column[AT_TIME] = time ? time : id;
    for (p->print_n = 0; print && print[p->print_n]; p->print_n++)
        p->column[AT_PRINT + p->print_n] = print[p->print_n];
    p->column[AT_PRINT + p->print_n] = NULL;
}

static int
pick_table(struct pass *p, const struct category *c,
           int (*row)(void *, const struct picked *, struct err *),
           struct err *e)
{
    const struct source *source = p->in->source;
    struct buf path = BUF_INIT;
    struct table_spec spec = { .format = first_format(source),
                               .profile = source->profile };
    struct pick in = {
        .spec = &spec, .column = p->column, .row = row, .user = p
    };
    int rc;

    buf_addf(&path, "%s/%s/%s%s", p->in->dir, source->name, c->name,
             names_of(spec.format)->suffix);
    spec.path = spec.label = buf_str(&path);
    spec.columns = columns_new();
    spec.declared = tables_declare(spec.columns, c);
    tables_describe(&spec, c);
    rc = pick_rows(&in, e);
    columns_free(spec.columns);
    buf_free(&path);
    return rc;
}

/* A hash of the columns that tell whether a record has changed. */
static uint32_t
make_print(const struct pass *p, const struct picked *value)
{
    struct buf all = BUF_INIT;
    uint32_t print;

    for (size_t i = 0; i < p->print_n; i++) {
        const struct picked *v = &value[AT_PRINT + i];

        buf_adds(&all, !v->is_there ? "-" : v->is_text ? "\"" : "=");
        buf_add(&all, v->text.p, v->text.n);
        buf_addc(&all, '\n');
    }
    print = (uint32_t)XXH3_64bits(buf_str(&all), all.n);
    buf_free(&all);
    return print;
}

/* The column of the print that counts what is asked for says: none. */
static bool
has_none(const struct pass *p, const struct picked *value)
{
    const char *count = p->in->category->per->count_col;

    for (size_t i = 0; count && i < p->print_n; i++) {
        const struct picked *v = &value[AT_PRINT + i];

        if (strcmp(p->column[AT_PRINT + i], count) == 0)
            return v->is_there && v->text.n == 1 && v->text.p[0] == '0';
    }
    return false;
}

/* It goes into a URL, into a row and into the state as it is. */
static bool
is_usable(const char *p, size_t n)
{
    static const char chars[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~";

    for (size_t i = 0; i < n; i++)
        if (!p[i] || !strchr(chars, p[i]))
            return false;
    return n > 0 && n <= ID_MAX;
}

/* The item of an id, made if it is not there. */
static struct fanout_item *
item_of(struct pass *p, const char *id, size_t n)
{
    struct fanout *f = p->f;
    struct fanout_item *item;
    uint32_t at;

    if (done_find(&at, p->seen, id, n))
        return &f->item[at];
    done_put(p->seen, id, n, (uint32_t)f->n);
    f->item = mem_resize(f->item, f->n + 1, sizeof(*f->item));
    item = &f->item[f->n++];
    *item = (struct fanout_item){
        .at = f->ids.n,
        .n = (uint32_t)n,
        .is_text = true,
        .time = INT64_MIN,
    };
    buf_add(&f->ids, id, n);
    buf_addc(&f->ids, '\0');
    return item;
}

/* An id that stands in several records has the prints of all, whatever their
 * order, and the time of the newest. */
static void
add_id(struct pass *p, const char *id, size_t n, bool is_text,
       const struct picked *value)
{
    const struct picked *time = &value[AT_TIME];
    struct fanout_item *item;
    struct instant t;

    if (!is_usable(id, n)) {
        *p->is_odd = true;
        return;
    }
    item = item_of(p, id, n);
    item->is_text = is_text;
    item->has_none = has_none(p, value);
    item->print += make_print(p, value);
    if (time->text.n > 0 && tm_instant(&t, time->text.p, time->text.n) == 0 &&
        t.sec > item->time)
        item->time = t.sec;
}

/* The ids of the objects in a list. */
static int
add_members(struct pass *p, const struct picked *value, struct err *e)
{
    const struct buf *list = &value[AT_ID].text;
    struct json_token t, id;
    struct json j;
    int rc;

    json_start(&j, list->p, list->n);
    if (json_next(&t, &j, e) < 0)
        return -1;
    if (t.type != JSON_ARRAY)
        return 0;
    while ((rc = json_next(&t, &j, e)) == 1 && t.type != JSON_ARRAY_END) {
        if (json_skip(&t, &j, e) < 0)
            return -1;
        if (t.type != JSON_OBJECT)
            continue;
        if ((rc = json_at(&id, t.p, t.n, p->member, e)) < 0)
            return -1;
        if (rc == 1 && (id.type == JSON_STRING || id.type == JSON_NUMBER))
            add_id(p, id.p, id.n, id.type == JSON_STRING, value);
    }
    return rc < 0 ? -1 : 0;
}

static int
take_id(void *user, const struct picked *value, struct err *e)
{
    struct pass *p = user;
    const struct picked *id = &value[AT_ID];

    if (!id->is_there)
        return 0;
    if (p->member)
        return add_members(p, value, e);
    add_id(p, id->text.p, id->text.n, id->is_text, value);
    return 0;
}

static int
by_time(const void *a, const void *b)
{
    const struct fanout_item *x = a, *y = b;

    if (x->time != y->time)
        return x->time < y->time ? 1 : -1;
    return x->at < y->at ? 1 : -1; /* the file has the oldest first */
}

static bool
is_todo(const struct fanout_in *in, const struct fanout_item *item)
{
    const struct per_record *per = in->category->per;

    if (!per->print || !in->has_done(in->user, item))
        return true;
    return in->rereads &&
           item->time >= in->now - (int64_t)per->recent_days * DAY;
}

static void
sort(struct fanout *f)
{
    for (size_t i = 0; i < f->n; i++)
        f->item[i].id = f->ids.p + f->item[i].at;
    if (f->n > 1)
        qsort(f->item, f->n, sizeof(*f->item), by_time);
}

/* A record without a time may be of any. */
static bool
is_in_range(const struct fanout_in *in, const struct fanout_item *item)
{
    if (item->time == INT64_MIN)
        return true;
    return item->time >= in->since &&
           (in->until == INT64_MIN || item->time < in->until);
}

static void
keep_range(struct fanout *f, const struct fanout_in *in)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n; i++)
        if (is_in_range(in, &f->item[i]))
            f->item[n++] = f->item[i];
    f->n = n;
}

void
fanout_choose(struct fanout *f, const struct fanout_in *in)
{
    keep_range(f, in);
    f->todo = mem_resize(NULL, f->n + 1, sizeof(struct fanout_item *));
    for (size_t i = 0; i < f->n; i++)
        if (is_todo(in, &f->item[i]))
            f->todo[f->todo_n++] = &f->item[i];
}

int
fanout_read(struct fanout *f, const struct fanout_in *in, struct err *e)
{
    const struct per_record *per = in->category->per;
    struct done seen = DONE_INIT;
    bool is_odd = false;
    struct pass p = { .f = f, .in = in, .seen = &seen, .is_odd = &is_odd };
    int rc = 0;

    for (const struct id_source *from = per->ids; rc == 0 && from->category;
         from++) {
        const struct category *c =
            provider_category(in->source->provider, from->category);

        p.member = from->member;
        choose_columns(&p, from->column, c->time_col, per->print);
        rc = pick_table(&p, c, take_id, e);
    }
    for (size_t i = 0; in->known && i < in->known->n; i++) {
        const struct done_entry *known = &in->known->entry[i];

        (void)item_of(&p, in->known->texts.p + known->at, known->n);
    }
    done_free(&seen);
    if (is_odd)
        log_warn("%s/%s: an id has characters that cannot be sent; it is left "
                 "out",
                 in->source->name, in->category->name);
    if (rc == 0)
        sort(f);
    return rc;
}

void
fanout_free(struct fanout *f)
{
    free(f->item);
    free(f->todo);
    buf_free(&f->ids);
    *f = (struct fanout)FANOUT_INIT;
}

/* The rows may have no columns of the print, or others than the list. */
static bool
has_print(const struct category *c)
{
    for (const char *const *print = c->per->print; *print; print++) {
        size_t i = 0;

        while (c->columns[i] && strcmp(c->columns[i], *print) != 0)
            i++;
        if (!c->columns[i])
            return false;
    }
    return true;
}

static int
take_done(void *user, const struct picked *value, struct err *e)
{
    struct pass *p = user;
    const struct buf *id = &value[AT_ID].text;
    uint32_t print;

    (void)e; /* nothing fails */
    if (!is_usable(id->p, id->n) || !done_find(&print, p->known, id->p, id->n))
        return 0;
    if (p->print_n > 0)
        print = make_print(p, value);
    done_put(p->done, id->p, id->n, print);
    return 0;
}

int
fanout_rebuild(struct done *done, const struct fanout *f,
               const struct fanout_in *in, struct err *e)
{
    const struct category *c = in->category;
    struct done known = DONE_INIT;
    struct pass p = { .in = in, .done = done, .known = &known };
    int rc;

    for (size_t i = 0; i < f->n; i++)
        done_put(&known, f->item[i].id, f->item[i].n, f->item[i].print);
    choose_columns(&p, c->per->id_col ? c->per->id_col : c->ids[0], NULL,
                   has_print(c) ? c->per->print : NULL);
    rc = pick_table(&p, c, take_done, e);
    done_free(&known);
    return rc;
}
