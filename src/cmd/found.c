#include "cmd/found.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd/choose.h"
#include "cmd/setup.h"
#include "engine/tables.h"
#include "provider/registry.h"
#include "spec/category.h"
#include "spec/provider.h"
#include "store/names.h"
#include "store/state.h"
#include "sys/fs.h"

/* What is looked for. */
struct search {
    const struct setup *setup;
    const struct state *state;
    struct list words;
    enum csv_profile profile; /* of the source that is looked at */
    unsigned formats;         /* of it, as bits */
    struct found_list *out;
};

static char *
join(const char *a, const char *b, const char *c)
{
    struct buf text = BUF_INIT;

    buf_addf(&text, "%s/%s%s", a, b, c);
    return buf_take(&text);
}

static bool
is_there(const char *path)
{
    struct err ignored = ERR_INIT; /* told when it is opened */
    struct stat st;

    return fs_stat(&st, path, &ignored) != 0;
}

static bool
is_folder(const char *path)
{
    struct err ignored = ERR_INIT; /* then no table is found in it */
    struct stat st;

    return fs_stat(&st, path, &ignored) == 1 && S_ISDIR(st.st_mode);
}

/* Rows that the state has of a table. */
static bool
is_known(const struct state *state, const struct found *t)
{
    const struct category_state *c =
        state ? state_find(state, t->source, t->category->name) : NULL;

    for (size_t i = 0; c && i < c->table_n; i++)
        if (text_is(c->table[i].format, names_of(t->format)->word))
            return c->table[i].rows > 0;
    return false;
}

static void
free_one(struct found *t)
{
    free(t->source);
    free(t->name);
    free(t->path);
    free(t->history);
    free(t->history_name);
    free(t->label);
}

static void
look_for(struct search *s, const char *source, const struct category *c,
         enum table_format format)
{
    const struct names *names = names_of(format);
    struct found_list *out = s->out;
    struct found t = { .category = c, .format = format, .profile = s->profile };

    t.source = mem_strdup(source);
    t.label = join(source, c->name, "");
    t.name = join(source, c->name, names->suffix);
    t.history_name = join(source, c->name, names->history);
    t.path = join(out->root, t.name, "");
    t.history = join(out->root, t.history_name, "");
    t.is_wanted = s->formats >> format & 1;
    t.has_table = is_there(t.path);
    t.has_history = is_there(t.history);
    if (!t.has_table && !t.has_history && !is_known(s->state, &t)) {
        free_one(&t);
        return;
    }
    out->item = mem_resize(out->item, out->n + 1, sizeof(*out->item));
    out->item[out->n++] = t;
}

static bool
is_wanted(const struct search *s, const char *source, const char *category)
{
    for (size_t i = 0; i < s->words.n; i++)
        if (choose_means(s->words.item[i], source, category))
            return true;
    return s->words.n == 0;
}

static void
look_in(struct search *s, const char *source, const struct provider *p)
{
    for (size_t i = 0; i < p->categories_n; i++) {
        const struct category *c = &p->categories[i];

        for (int k = 0; k < NAMES_FORMATS && is_wanted(s, source, c->name); k++)
            look_for(s, source, c, (enum table_format)k);
    }
}

/* A folder that the configuration does not explain may be of any provider. */
static void
look_in_folder(struct search *s, const char *source)
{
    const char *name = config_get(&s->setup->config, source, "provider");
    const struct provider *p = registry_find(name ? name : source);

    for (size_t i = 0; i < registry_n; i++)
        if (!p || p == registry[i])
            look_in(s, source, registry[i]);
}

int
found_archive(const char *dir, struct err *e)
{
    struct stat st;
    int rc = fs_stat(&st, dir, e);

    if (rc != 0)
        return rc < 0 ? -1 : 0;
    (void)err_set(e, ERR_IO, "open %s: there is no archive", dir);
    return err_hint(e, "--output-dir, or dir in [archive] of the config, "
                       "names it");
}

/* The folders, and the sources that the state knows. */
static int
list_sources(struct list *out, const struct search *s, struct err *e)
{
    const struct category_state *c;
    struct list names = LIST_INIT;
    int rc = found_archive(s->out->root, e);

    if (rc == 0)
        rc = fs_list(&names, s->out->root, e);

    for (size_t i = 0; rc == 0 && i < names.n; i++) {
        char *path = join(s->out->root, names.item[i], "");

        if (is_folder(path))
            list_add(out, names.item[i]);
        free(path);
    }
    for (size_t i = 0; rc == 0 && s->state && (c = state_each(s->state, i));
         i++)
        if (!list_has(out, c->source))
            list_add(out, c->source);
    list_free(&names);
    return rc;
}

/* For text_nearest(): all names of categories. */
static const char *
any_category(const void *arg, size_t i)
{
    (void)arg; /* there is one list */
    for (size_t k = 0; k < registry_n; k++) {
        if (i < registry[k]->categories_n)
            return registry[k]->categories[i].name;
        i -= registry[k]->categories_n;
    }
    return NULL;
}

/* Each word has to mean a table that was found. */
static int
check_words(const struct search *s, struct err *e)
{
    for (size_t i = 0; i < s->words.n; i++) {
        const char *word = s->words.item[i], *slash = strrchr(word, '/');
        const char *near =
            text_nearest(slash ? slash + 1 : word, any_category, NULL);
        bool is_met = false;

        for (size_t k = 0; k < s->out->n && !is_met; k++)
            is_met = choose_means(word, s->out->item[k].source,
                                  s->out->item[k].category->name);
        if (is_met)
            continue;
        (void)err_set(e, ERR_USAGE, "no table of %s in %s", word, s->out->root);
        if (near && !text_is(near, slash ? slash + 1 : word))
            (void)err_hint(e, "did you mean %s?", near);
        return -1;
    }
    return 0;
}

int
found_load(struct found_list *out, const struct setup *s,
           const struct list *words, const struct state *state, struct err *e)
{
    struct search search = { .setup = s, .state = state, .out = out };
    struct list sources = LIST_INIT;
    int rc;

    out->root = mem_strdup(s->dir);
    out->own_dir = join(s->dir, ".wearchive", "");
    out->torn_dir = join(out->own_dir, "torn", "");
    for (size_t i = 0; i < words->n; i++)
        list_split(&search.words, words->item[i]);
    rc = list_sources(&sources, &search, e);
    for (size_t i = 0; rc == 0 && i < sources.n; i++) {
        rc = setup_profile(&search.profile, s, sources.item[i], e);
        if (rc == 0)
            rc = setup_formats(&search.formats, s, sources.item[i], e);
        if (rc == 0)
            look_in_folder(&search, sources.item[i]);
    }
    if (rc == 0)
        rc = check_words(&search, e);
    list_free(&sources);
    list_free(&search.words);
    return rc;
}

void
found_free(struct found_list *f)
{
    for (size_t i = 0; i < f->n; i++)
        free_one(&f->item[i]);
    free(f->item);
    free(f->root);
    free(f->own_dir);
    free(f->torn_dir);
    *f = (struct found_list)FOUND_INIT;
}

struct table_spec
found_spec(const struct found_list *f, const struct found *t,
           struct columns *columns)
{
    struct table_spec spec = {
        .path = t->path,
        .history = t->history,
        .root = f->root,
        .own_dir = f->own_dir,
        .torn_dir = f->torn_dir,
        .label = t->label,
        .format = t->format,
        .profile = t->profile,
        .columns = columns,
    };

    spec.declared = tables_declare(columns, t->category);
    tables_describe(&spec, t->category);
    return spec;
}
