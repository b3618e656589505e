#include "cmd/choose.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "cmd/options.h"
#include "cmd/setup.h"
#include "engine/source.h"
#include "provider/registry.h"
#include "spec/category.h"
#include "spec/provider.h"

static const char all[] = "all";

void
choose_drop(struct setup *s, size_t i)
{
    source_free(&s->source[i]);
    s->n--;
    for (; i < s->n; i++) {
        s->source[i] = s->source[i + 1];
        s->fault[i] = s->fault[i + 1];
    }
}

/* For text_nearest(): sources, then providers. */
static const char *
source_name(const void *arg, size_t i)
{
    const struct setup *s = arg;

    return i < s->n ? s->source[i].name : registry_name(NULL, i - s->n);
}

static const char *
category_name(const void *arg, size_t i)
{
    const struct setup *s = arg;

    for (size_t k = 0; k < s->n; k++) {
        const struct provider *p = s->source[k].provider;

        if (i < p->categories_n)
            return p->categories[i].name;
        i -= p->categories_n;
    }
    return NULL;
}

static const char *
item_name(const void *arg, size_t i)
{
    const struct provider *p = arg;

    return i < p->categories_n ? p->categories[i].name : NULL;
}

static bool
has_source(const struct setup *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (text_is(s->source[i].name, name))
            return true;
    return false;
}

static bool
has_provider(const struct setup *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (text_is(s->source[i].provider->name, name))
            return true;
    return false;
}

static int
unknown(const char *what, const char *name, const char *near, struct err *e)
{
    if (near)
        return err_set(e, ERR_USAGE, "unknown %s %s; did you mean %s?", what,
                       name, near);
    return err_set(e, ERR_USAGE, "unknown %s %s", what, name);
}

int
choose_unknown_source(const struct setup *s, const char *name, struct err *e)
{
    if (config_has_source(&s->config, name))
        return err_set(e, ERR_USAGE, "source %s is not enabled", name);
    if (s->config.path && registry_find(name)) {
        (void)err_set(e, ERR_USAGE, "%s has no section [%s]", s->config.path,
                      name);
        return err_hint(e, "wearchive auth %s adds it; or write it there",
                        name);
    }
    return unknown("source", name, text_nearest(name, source_name, s), e);
}

static int
check_names(const struct setup *s, const struct options *o, struct err *e)
{
    for (size_t i = 0; i < o->sources.n; i++)
        if (!has_source(s, o->sources.item[i]))
            return choose_unknown_source(s, o->sources.item[i], e);
    for (size_t i = 0; i < o->providers.n; i++) {
        const char *name = o->providers.item[i];

        if (!registry_find(name))
            return unknown("provider", name,
                           text_nearest(name, registry_name, NULL), e);
        if (!has_provider(s, name))
            return err_set(e, ERR_USAGE, "no source of provider %s is enabled",
                           name);
    }
    return 0;
}

static bool
is_chosen(const struct source *source, const struct options *o)
{
    if (o->sources.n && !list_has(&o->sources, source->name))
        return false;
    return !o->providers.n || list_has(&o->providers, source->provider->name);
}

int
choose_sources(struct setup *s, const struct options *o, struct err *e)
{
    if (check_names(s, o, e) < 0)
        return -1;
    for (size_t i = s->n; i-- > 0;)
        if (!is_chosen(&s->source[i], o))
            choose_drop(s, i);
    if (s->n == 0)
        return err_set(e, ERR_USAGE,
                       "--sources and --providers leave no source");
    return 0;
}

bool
choose_means(const char *word, const char *source, const char *category)
{
    const char *slash = strrchr(word, '/');

    if (slash) {
        size_t n = (size_t)(slash - word);

        if (strlen(source) != n || memcmp(source, word, n) != 0)
            return false;
        word = slash + 1;
    }
    return text_is(word, category) || text_is(word, all);
}

/* Does the word mean the category, or a child table that comes with it? */
static bool
means_itself(const char *word, const struct source *source,
             const struct category *c)
{
    const struct provider *p = source->provider;

    if (category_parent(c))
        return false;
    if (choose_means(word, source->name, c->name))
        return true;
    for (size_t i = 0; i < p->categories_n; i++) {
        const struct category *with = &p->categories[i];

        if (text_is(category_parent(with), c->name) &&
            (source->series || !with->child || !with->child->start_at) &&
            choose_means(word, source->name, with->name))
            return true;
    }
    return false;
}

/* Do the ids that one category is asked for by stand in the other? */
static bool
has_ids_of(const struct category *c, const struct category *by)
{
    for (size_t i = 0; c->per && c->per->ids[i].category; i++)
        if (text_is(c->per->ids[i].category, by->name))
            return true;
    return false;
}

/* Does the word mean the category, or one that has its ids from there? */
static bool
means(const char *word, const struct source *source, const struct category *c)
{
    const struct provider *p = source->provider;

    if (means_itself(word, source, c))
        return true;
    for (size_t i = 0; i < p->categories_n; i++)
        if (has_ids_of(&p->categories[i], c) &&
            means_itself(word, source, &p->categories[i]))
            return true;
    return false;
}

static bool
any_means(const struct list *words, const struct source *source,
          const struct category *c)
{
    for (size_t i = 0; i < words->n; i++)
        if (means(words->item[i], source, c))
            return true;
    return words->n == 0 && !category_parent(c) && !c->on_demand;
}

/* Does the word mean anything in one of n sources? */
static bool
is_known(const char *word, const struct source *source, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < source[i].provider->categories_n; k++)
            if (means(word, &source[i], &source[i].provider->categories[k]))
                return true;
    return false;
}

static void
select_categories(struct source *source, const struct list *words)
{
    const struct provider *p = source->provider;
    const struct category **chosen =
        mem_alloc(p->categories_n * sizeof(*chosen));
    size_t n = 0;

    for (size_t i = 0; i < p->categories_n; i++)
        if (any_means(words, source, &p->categories[i]))
            chosen[n++] = &p->categories[i];
    free(source->category);
    source->category = chosen;
    source->category_n = n;
    source->named = words->n > 0;
    for (size_t i = 0; i < words->n; i++)
        if (text_is(words->item[i], all) || text_ends(words->item[i], "/all"))
            source->named = false;
}

static const struct category *
find_child(const struct setup *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct category *c =
            provider_category(s->source[i].provider, name);

        if (c && category_parent(c))
            return c;
    }
    return NULL;
}

/* The names of all categories that can be asked for, each once; get and arg as
 * in text_nearest(). */
static int
hint_categories(const struct setup *s,
                const char *(*get)(const void *arg, size_t i), const void *arg,
                struct err *e)
{
    struct list names = LIST_INIT;
    struct buf text = BUF_INIT;
    const char *name;

    for (size_t i = 0; (name = get(arg, i)); i++) {
        if (list_has(&names, name) || find_child(s, name))
            continue;
        buf_addf(&text, "%s%s", names.n ? ", " : "", name);
        list_add(&names, name);
    }
    (void)err_hint(e, "there are: %s", buf_str(&text));
    list_free(&names);
    buf_free(&text);
    return -1;
}

static int
comes_with(const struct category *child, const char *word, struct err *e)
{
    (void)err_set(e, ERR_USAGE, "%s is not fetched by itself: it comes with %s",
                  word, category_parent(child));
    if (child->child && child->child->start_at)
        return err_hint(e, "series = yes in the section of the source turns it "
                           "on");
    return -1;
}

static int
unknown_category(const struct setup *s, const char *word, struct err *e)
{
    const struct category *child;
    const char *slash = strrchr(word, '/');
    const char *tail = slash ? slash + 1 : word;

    if (slash) {
        char *name = mem_strndup(word, (size_t)(slash - word));
        bool is_there = has_source(s, name);
        int rc = is_there ? 0 : choose_unknown_source(s, name, e);

        free(name);
        if (rc < 0)
            return -1;
    }
    child = find_child(s, tail);
    if (child)
        return comes_with(child, word, e);
    (void)unknown("category", word, text_nearest(tail, category_name, s), e);
    return hint_categories(s, category_name, s, e);
}

/* The `categories` of a source in the config. */
static int
select_configured(struct setup *s, struct source *source, struct err *e)
{
    const char *value = config_get(&s->config, source->name, "categories");
    struct list words = LIST_INIT;
    int rc = 0;

    if (value)
        list_split(&words, value);
    for (size_t i = 0; rc == 0 && i < words.n; i++) {
        const char *word = words.item[i], *near;
        struct err why = ERR_INIT;

        if (is_known(word, source, 1))
            continue;
        near = text_nearest(word, item_name, source->provider);
        (void)unknown("category", word, near, &why);
        (void)config_bad(e, &s->config, source->name, "categories", why.text);
        rc = hint_categories(s, item_name, source->provider, e);
    }
    if (rc == 0)
        select_categories(source, &words);
    list_free(&words);
    return rc;
}

int
choose_categories(struct setup *s, const struct options *o, struct err *e)
{
    for (size_t i = 0; i < o->categories.n; i++)
        if (!is_known(o->categories.item[i], s->source, s->n))
            return unknown_category(s, o->categories.item[i], e);
    for (size_t i = s->n; i-- > 0;) {
        if (select_configured(s, &s->source[i], e) < 0)
            return -1;
        if (o->categories.n == 0)
            continue;
        select_categories(&s->source[i], &o->categories);
        if (s->source[i].category_n == 0)
            choose_drop(s, i);
    }
    return 0;
}
