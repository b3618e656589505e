#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "cmd/choose.h"
#include "cmd/command.h"
#include "cmd/exit.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "cmd/setup.h"
#include "data/doc.h"
#include "engine/source.h"
#include "provider/registry.h"
#include "spec/category.h"
#include "spec/oauth.h"
#include "spec/provider.h"

static const char *const provider_heading[] = { "PROVIDER", "TITLE", "LOGIN",
                                                "ENABLED",  "NOTE",  NULL };

static const char *const category_heading[] = {
    "CATEGORY", "ENABLED", "KEY",  "WINDOW", "SCOPE",
    "COST",     "PATH",    "NOTE", NULL,
};

/* How wearchive auth gets the credential. */
static const char *
auth_word(const struct provider *p)
{
    return p->login ? oauth_grant_word(p->login->grant) : "token";
}

static const char *
window_word(enum window_style style)
{
    switch (style) {
    case WINDOW_NONE:
        return "all";
    case WINDOW_DAY:
        return "days";
    case WINDOW_TIME:
    case WINDOW_UNIX:
        return "times";
    }
    return "";
}

static const char *
yes_no(bool is_on)
{
    return is_on ? "yes" : "no";
}

/* Adds a heading; returns how many columns it has. */
static size_t
add_heading(struct list *cells, const char *const *heading)
{
    size_t n = 0;

    while (heading[n])
        list_add(cells, heading[n++]);
    return n;
}

static int
print_cells(const struct list *cells, size_t columns, const char *last,
            struct err *e)
{
    struct buf out = BUF_INIT;
    int rc;

    out_table(&out, cells, columns, 0);
    buf_adds(&out, last);
    rc = out_print(&out, e);
    buf_free(&out);
    return rc;
}

static bool
is_enabled(const struct setup *s, const struct provider *p)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->source[i].provider == p)
            return true;
    return false;
}

static int
providers_text(const struct setup *s, struct err *e)
{
    struct list cells = LIST_INIT;
    size_t columns = add_heading(&cells, provider_heading);
    int rc;

    for (size_t i = 0; i < registry_n; i++) {
        const struct provider *p = registry[i];

        list_add(&cells, p->name);
        list_add(&cells, p->title);
        list_add(&cells, auth_word(p));
        list_add(&cells, yes_no(is_enabled(s, p)));
        list_add(&cells, p->note ? p->note : "");
    }
    rc = print_cells(&cells, columns, "", e);
    list_free(&cells);
    return rc;
}

static int
providers_json(const struct setup *s, struct err *e)
{
    struct cJSON *doc = out_object();
    struct cJSON *all = doc_make_object(doc, "providers");
    int rc;

    for (size_t i = 0; i < registry_n; i++) {
        const struct provider *p = registry[i];
        struct cJSON *object = doc_make_object(all, p->name);

        doc_set_string(object, "title", p->title);
        doc_set_string(object, "login", auth_word(p));
        doc_set_string(object, "token_variable", p->token_env);
        doc_set_bool(object, "enabled", is_enabled(s, p));
        doc_set_string(object, "docs", p->docs);
        if (p->note)
            doc_set_string(object, "note", p->note);
    }
    rc = out_json(doc, e);
    doc_free(doc);
    return rc;
}

int
cmd_providers(const struct options *o, struct err *e)
{
    struct setup s = SETUP_INIT;
    int rc = setup_load(&s, o, SETUP_SOURCES, e);

    if (rc == 0)
        rc = o->json ? providers_json(&s, e) : providers_text(&s, e);
    setup_free(&s);
    return rc < 0 ? -1 : EXIT_OK;
}

/* One account, or a provider without one, whose categories are listed. */
struct listed {
    const char *name;
    const struct provider *provider;
    const struct source *source; /* NULL: not enabled */
};

static bool
is_picked(const struct category *c, const struct source *source)
{
    if (source && c->child && c->child->start_at && !source->series)
        return false;
    for (size_t i = 0; source && i < source->category_n; i++)
        if (source->category[i] == c ||
            text_is(category_parent(c), source->category[i]->name))
            return true;
    return false;
}

static void
add_key(struct buf *out, const struct category *c)
{
    for (size_t i = 0; i < CATEGORY_KEYS_MAX && c->ids[i]; i++)
        buf_addf(out, "%s%s", i ? "," : "", c->ids[i]);
}

static void
add_path(struct buf *out, const struct provider *p, const struct category *c)
{
    if (c->path)
        buf_addf(out, "%s%s", p->prefix, c->path);
    else
        buf_addf(out, "(with %s)", category_parent(c));
}

static void
list_text(struct list *cells, const struct listed *l)
{
    for (size_t i = 0; i < l->provider->categories_n; i++) {
        const struct category *c = &l->provider->categories[i];
        struct buf name = BUF_INIT, key = BUF_INIT, path = BUF_INIT;

        buf_addf(&name, "%s/%s", l->name, c->name);
        add_key(&key, c);
        add_path(&path, l->provider, c);
        list_add(cells, buf_str(&name));
        list_add(cells, yes_no(is_picked(c, l->source)));
        list_add(cells, buf_str(&key));
        list_add(cells, c->path ? window_word(c->window) : "-");
        list_add(cells, c->scope ? c->scope : "-");
        list_add(cells, c->cost ? c->cost : "0");
        list_add(cells, buf_str(&path));
        list_add(cells, c->note ? c->note : "");
        buf_free(&name);
        buf_free(&key);
        buf_free(&path);
    }
}

static void
list_json(struct cJSON *sources, const struct listed *l)
{
    struct cJSON *source = doc_make_object(sources, l->name), *all;

    doc_set_string(source, "provider", l->provider->name);
    doc_set_bool(source, "enabled", l->source != NULL);
    all = doc_make_object(source, "categories");
    for (size_t i = 0; i < l->provider->categories_n; i++) {
        const struct category *c = &l->provider->categories[i];
        struct cJSON *object = doc_make_object(all, c->name);
        struct cJSON *key = doc_make_array(object, "key");
        struct buf path = BUF_INIT;

        for (size_t k = 0; k < CATEGORY_KEYS_MAX && c->ids[k]; k++)
            doc_append_string(key, c->ids[k]);
        if (category_parent(c))
            doc_set_string(object, "parent", category_parent(c));
        if (c->path) {
            add_path(&path, l->provider, c);
            doc_set_string(object, "window", window_word(c->window));
            doc_set_string(object, "path", buf_str(&path));
        }
        if (c->scope)
            doc_set_string(object, "scope", c->scope);
        doc_set_string(object, "cost", c->cost ? c->cost : "0");
        doc_set_bool(object, "enabled", is_picked(c, l->source));
        doc_set_string(object, "docs", c->docs);
        if (c->note)
            doc_set_string(object, "note", c->note);
        buf_free(&path);
    }
}

/* What is built up: one of the two. */
struct listing {
    const char *only; /* source or provider, or NULL */
    struct cJSON *json;
    struct list *cells;
    struct buf *docs; /* last lines of the table */
    size_t n;
};

static void
list_one(struct listing *out, const struct listed *l)
{
    if (out->only && !text_is(out->only, l->name) &&
        !text_is(out->only, l->provider->name))
        return;
    out->n++;
    if (out->json) {
        list_json(out->json, l);
        return;
    }
    list_text(out->cells, l);
    buf_addf(out->docs, "%s: %s\n", l->name, l->provider->docs);
}

/* Every enabled source, and every provider that has none. */
static int
list_all(struct listing *out, const struct setup *s, struct err *e)
{
    for (size_t i = 0; i < registry_n; i++) {
        struct listed l = { .name = registry[i]->name,
                            .provider = registry[i] };

        for (size_t k = 0; k < s->n; k++)
            if (s->source[k].provider == l.provider) {
                l.source = &s->source[k];
                l.name = l.source->name;
                list_one(out, &l);
            }
        if (!l.source)
            list_one(out, &l);
    }
    if (out->only && out->n == 0)
        return choose_unknown_source(s, out->only, e);
    return 0;
}

static int
categories_text(const struct setup *s, const char *only, struct err *e)
{
    struct list cells = LIST_INIT;
    struct buf docs = BUF_INIT;
    struct listing out = { .only = only, .cells = &cells, .docs = &docs };
    size_t columns = add_heading(&cells, category_heading);
    int rc;

    buf_adds(&docs, "\n");
    rc = list_all(&out, s, e);
    if (rc == 0)
        rc = print_cells(&cells, columns, buf_str(&docs), e);
    list_free(&cells);
    buf_free(&docs);
    return rc;
}

static int
categories_json(const struct setup *s, const char *only, struct err *e)
{
    struct cJSON *doc = out_object();
    struct listing out = { .only = only,
                           .json = doc_make_object(doc, "sources") };
    int rc = list_all(&out, s, e);

    if (rc == 0)
        rc = out_json(doc, e);
    doc_free(doc);
    return rc;
}

int
cmd_categories(const struct options *o, struct err *e)
{
    const char *only = o->words.n ? o->words.item[0] : NULL;
    struct setup s = SETUP_INIT;
    int rc = setup_load(&s, o, SETUP_SOURCES, e);

    if (rc == 0)
        rc = o->json ? categories_json(&s, only, e)
                     : categories_text(&s, only, e);
    setup_free(&s);
    return rc < 0 ? -1 : EXIT_OK;
}
