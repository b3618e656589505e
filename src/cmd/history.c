#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/exit.h"
#include "cmd/found.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "cmd/setup.h"
#include "data/columns.h"
#include "data/json.h"
#include "spec/category.h"
#include "store/table.h"
#include "store/versions.h"

/* --- text --------------------------------------------------------------- */

static void
add_heading(struct buf *out, const struct version *v)
{
    if (!v->until)
        buf_adds(out, "now\n");
    else
        buf_addf(out, "until %s (%s)\n",
                 *v->until ? v->until : "an unknown time",
                 v->reason ? v->reason : "replaced");
}

static void
add_change(struct buf *out, const char *name, const char *old, const char *new)
{
    buf_addf(out, "  %s: %s -> %s\n", name, old ? old : "(none)",
             new ? new : "(none)");
}

/* What is different from the version before: all columns of the newest one,
 * and what changed of the others. */
static void
add_version(struct buf *out, const struct versions *all, size_t i)
{
    const struct version *v = &all->item[i];
    const struct version *older = i + 1 < all->n ? v + 1 : NULL;

    add_heading(out, v);
    for (size_t k = 0; k < v->name.n; k++) {
        const char *name = v->name.item[k], *new = v->value.item[k];
        const char *old = older ? version_value(older, name) : new;

        if (!text_is(old, new))
            add_change(out, name, old, new);
        else if (i == 0)
            buf_addf(out, "  %s: %s\n", name, new);
    }
    for (size_t k = 0; older && k < older->name.n; k++)
        if (!version_value(v, older->name.item[k]))
            add_change(out, older->name.item[k], older->value.item[k], NULL);
}

/* --- JSON: written by hand, so that numbers keep their digits ------------ */

static void
add_member(struct buf *out, const char *name, const char *json, bool is_first)
{
    if (!is_first)
        buf_addc(out, ',');
    json_quote(out, name, strlen(name));
    buf_addc(out, ':');
    buf_adds(out, json ? json : "null");
}

static void
add_string(struct buf *out, const char *text)
{
    if (text)
        json_quote(out, text, strlen(text));
    else
        buf_adds(out, "null");
}

static void
add_row(struct buf *out, const struct version *v)
{
    buf_addc(out, '{');
    for (size_t k = 0; k < v->name.n; k++)
        add_member(out, v->name.item[k], v->value.item[k], k == 0);
    buf_addc(out, '}');
}

/* Columns that are different from the older version, with its values. */
static void
add_old_values(struct buf *out, const struct version *v,
               const struct version *older)
{
    bool is_first = true;

    buf_addc(out, '{');
    for (size_t k = 0; k < v->name.n; k++) {
        const char *name = v->name.item[k];
        const char *old = version_value(older, name);

        if (text_is(old, v->value.item[k]))
            continue;
        add_member(out, name, old, is_first);
        is_first = false;
    }
    for (size_t k = 0; k < older->name.n; k++) {
        if (version_value(v, older->name.item[k]))
            continue;
        add_member(out, older->name.item[k], older->value.item[k], is_first);
        is_first = false;
    }
    buf_addc(out, '}');
}

static void
add_json(struct buf *out, const struct found *t, const struct versions *all)
{
    buf_adds(out, "{\"category\":");
    add_string(out, t->label);
    buf_adds(out, ",\"versions\":[");
    for (size_t i = 0; i < all->n; i++) {
        const struct version *v = &all->item[i];

        buf_adds(out, i ? ",\n{\"until\":" : "\n{\"until\":");
        add_string(out, v->until);
        buf_adds(out, ",\"reason\":");
        add_string(out, v->reason);
        buf_adds(out, ",\"row\":");
        add_row(out, v);
        if (i + 1 < all->n) {
            buf_adds(out, ",\"before\":");
            add_old_values(out, v, v + 1);
        }
        buf_addc(out, '}');
    }
    buf_adds(out, "]}\n");
}

/* --- the command -------------------------------------------------------- */

/* The first of the category's tables: CSV, JSON lines, raw. Or NULL. */
static const struct found *
choose(const struct found_list *found, struct err *e)
{
    const struct found *first = &found->item[0];

    for (size_t i = 1; i < found->n; i++) {
        const struct found *other = &found->item[i];

        if (!text_is(other->label, first->label)) {
            (void)err_set(e, ERR_USAGE, "%s and %s are there: which one?",
                          first->label, other->label);
            return NULL;
        }
    }
    return first;
}

static int
check_key(const struct found *t, const struct list *key, struct err *e)
{
    const struct category *c = t->category;
    struct buf names = BUF_INIT;
    size_t n = 0;
    int rc = 0;

    for (; c->ids[n]; n++)
        buf_addf(&names, "%s%s", n ? " " : "", c->ids[n]);
    if (key->n != n)
        rc = err_set(e, ERR_USAGE,
                     "history: %s wants %zu word%s for its key: "
                     "%s",
                     t->label, n, n == 1 ? "" : "s", buf_str(&names));
    buf_free(&names);
    return rc;
}

static int
no_record(const struct found *t, const struct list *key, struct err *e)
{
    struct buf words = BUF_INIT;

    for (size_t i = 0; i < key->n; i++)
        buf_addf(&words, " %s", key->item[i]);
    (void)err_set(e, ERR_OTHER, "%s has no record%s", t->name, buf_str(&words));
    buf_free(&words);
    return -1;
}

static int
show(const struct options *o, const struct found_list *found,
     const struct found *t, const struct list *key, struct err *e)
{
    struct columns *columns = columns_new();
    struct table_spec spec = found_spec(found, t, columns);
    struct versions all = VERSIONS_INIT;
    struct buf out = BUF_INIT;
    int rc = versions_find(&all, &spec, key, e);

    if (rc == 0 && all.n == 0)
        rc = no_record(t, key, e);
    if (rc == 0 && o->json)
        add_json(&out, t, &all);
    for (size_t i = 0; rc == 0 && !o->json && i < all.n; i++)
        add_version(&out, &all, i);
    if (rc == 0)
        rc = out_print(&out, e);
    buf_free(&out);
    versions_free(&all);
    columns_free(columns);
    return rc;
}

int
cmd_history(const struct options *o, struct err *e)
{
    struct setup s = SETUP_INIT;
    struct found_list found = FOUND_INIT;
    struct list category = LIST_INIT, key = LIST_INIT;
    const struct found *t = NULL;
    int rc = setup_load(&s, o, SETUP_PATHS, e);

    if (rc == 0 && o->words.n < 2)
        rc = err_set(e, ERR_USAGE, "history: a category and a key are wanted");
    for (size_t i = 0; rc == 0 && i < o->words.n; i++)
        list_add(i == 0 ? &category : &key, o->words.item[i]);
    if (rc == 0)
        rc = found_load(&found, &s, &category, NULL, e);
    if (rc == 0)
        t = choose(&found, e);
    rc = t ? check_key(t, &key, e) : -1;
    if (t && rc == 0)
        rc = show(o, &found, t, &key, e);
    found_free(&found);
    list_free(&category);
    list_free(&key);
    setup_free(&s);
    return rc < 0 ? -1 : EXIT_OK;
}
