#include "store/state.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/tm.h"
#include "data/doc.h"
#include "data/profile.h"
#include "data/utf8.h"
#include "sys/fs.h"

enum { STATE_MAX = 64 * 1024 * 1024 };

#define REBUILD                                                                \
    "run `wearchive fetch --full` to rebuild it from the provider "            \
    "(the tables are kept)"
#define UPDATE                                                                 \
    "update wearchive; or move the file away and run "                         \
    "`wearchive fetch --full`"

/* The document as it was read stays; saving changes the members we know, so
 * everything else in it survives. */
struct state {
    char *path;
    cJSON *doc;
    struct category_state **category;
    size_t n;
};

/* --- from the document ------------------------------------------------- */

/* An absent member is STATE_NO_TIME. */
static int
load_time(int64_t *out, const cJSON *object, const char *name, struct err *e)
{
    const char *text = doc_string(object, name);

    *out = STATE_NO_TIME;
    if (!cJSON_GetObjectItemCaseSensitive(object, name))
        return 0;
    if (!text || tm_parse(out, text) < 0)
        return err_set(e, ERR_DATA, "%s is no time", name);
    return 0;
}

/* A name that is there twice would be read twice and saved once: what one of
 * them says would come back. */
static int
check_object(const cJSON *object, struct err *e)
{
    const cJSON *item, *other;

    if (!cJSON_IsObject(object))
        return err_set(e, ERR_DATA, "no object");
    cJSON_ArrayForEach(item, object)
    {
        for (other = item->next; other; other = other->next)
            if (strcmp(item->string, other->string) == 0)
                return err_set(e, ERR_DATA, "%s is there twice", item->string);
    }
    return 0;
}

/* Sources, categories and formats have plain names. What has another one,
 * with an escape or a bad byte, is not known to us and kept as it is. */
static bool
is_ours(const cJSON *item)
{
    const char *p = item->string, *end = p + strlen(p);
    size_t n;

    while (p < end && *p != '\\' && (n = utf8_len(p, end)) > 0)
        p += n;
    return p == end;
}

/* Gives *out = NULL if absent. */
static int
load_object(cJSON **out, const cJSON *object, const char *name, struct err *e)
{
    *out = doc_object(object, name);
    if (!*out && cJSON_GetObjectItemCaseSensitive(object, name))
        return err_set(e, ERR_DATA, "%s is no object", name);
    return *out ? check_object(*out, e) : 0;
}

static int
parse_span(struct span *out, const cJSON *item)
{
    const char *text = cJSON_IsString(item) ? item->valuestring : "";
    const char *slash = strchr(text, '/');
    char *from;
    int rc;

    if (!slash)
        return -1;
    from = mem_strndup(text, (size_t)(slash - text));
    rc = tm_parse(&out->from, from);
    free(from);
    if (rc < 0 || tm_parse(&out->to, slash + 1) < 0)
        return -1;
    return out->from < out->to ? 0 : -1;
}

static int
load_coverage(struct coverage *out, const cJSON *table, struct err *e)
{
    const cJSON *list = doc_array(table, "coverage");
    const cJSON *item;
    size_t i = 0;

    if (!list && cJSON_GetObjectItemCaseSensitive(table, "coverage"))
        return err_set(e, ERR_DATA, "coverage is no list");
    cJSON_ArrayForEach(item, list)
    {
        struct span span;

        i++;
        if (parse_span(&span, item) < 0)
            return err_set(e, ERR_DATA, "coverage: entry %zu is no span", i);
        coverage_add(out, span);
    }
    return 0;
}

/* A word that we do not know is that of another version: kept as it is. */
static int
load_profile(struct table_state *t, const cJSON *table, struct err *e)
{
    const char *word = doc_string(table, "profile");

    if (!word && cJSON_GetObjectItemCaseSensitive(table, "profile"))
        return err_set(e, ERR_DATA, "profile is no word");
    state_set_profile(t, word);
    return 0;
}

static int
load_done(struct done *out, const cJSON *table, struct err *e)
{
    const char *text = doc_string(table, "done");

    if (!text && cJSON_GetObjectItemCaseSensitive(table, "done"))
        return err_set(e, ERR_DATA, "done is no text");
    if (text && done_parse(out, text) < 0)
        return err_set(e, ERR_DATA, "done is no list of ids");
    return 0;
}

static int
load_reading(struct table_state *t, const cJSON *table, struct err *e)
{
    cJSON *reading;

    if (load_object(&reading, table, "reading", e) < 0)
        return -1;
    if (!reading)
        return 0;
    if (doc_i64(&t->page, reading, "page") < 0 || t->page < 1)
        return err_set(e, ERR_DATA, "reading: page is no number of a page");
    if (load_time(&t->began, reading, "began", e) < 0)
        return -1;
    return t->began == STATE_NO_TIME
               ? err_set(e, ERR_DATA, "reading: no time when it began")
               : 0;
}

static int
load_table(struct category_state *c, const cJSON *object, struct err *e)
{
    const cJSON *order = cJSON_GetObjectItemCaseSensitive(object, "in_order");
    struct table_state *t = state_table(c, object->string);

    if (check_object(object, e) < 0)
        return -1;
    t->rows = -1;
    if (cJSON_GetObjectItemCaseSensitive(object, "rows") &&
        (doc_i64(&t->rows, object, "rows") < 0 || t->rows < 0))
        return err_set(e, ERR_DATA, "rows is no count");
    if (order && !cJSON_IsBool(order))
        return err_set(e, ERR_DATA, "in_order is not true or false");
    t->in_order = cJSON_IsTrue(order); /* not known is not in order */
    if (load_profile(t, object, e) < 0 || load_done(&t->done, object, e) < 0 ||
        load_reading(t, object, e) < 0)
        return -1;
    return load_coverage(&t->coverage, object, e);
}

static int
load_tables(struct category_state *c, const cJSON *object, struct err *e)
{
    const cJSON *table;
    cJSON *tables;

    if (load_object(&tables, object, "tables", e) < 0)
        return -1;
    cJSON_ArrayForEach(table, tables)
    {
        if (is_ours(table) && load_table(c, table, e) < 0)
            return err_in(e, "table %s", table->string);
    }
    return 0;
}

static int
load_error(struct category_state *c, const cJSON *object, struct err *e)
{
    const char *text;
    cJSON *last;

    if (load_object(&last, object, "last_error", e) < 0)
        return -1;
    if (!last)
        return 0;
    text = doc_string(last, "text");
    if (!text)
        return err_set(e, ERR_DATA, "last_error without text");
    c->last_error = mem_strdup(text);
    return load_time(&c->last_error_at, last, "at", e);
}

static int
load_count(int64_t *out, const cJSON *object, const char *name, struct err *e)
{
    if (doc_i64(out, object, name) < 0 || *out < 0)
        return err_set(e, ERR_DATA, "asked: %s is no count", name);
    return 0;
}

static int
load_asked(struct category_state *c, const cJSON *object, struct err *e)
{
    cJSON *asked;

    if (load_object(&asked, object, "asked", e) < 0)
        return -1;
    if (!asked)
        return 0;
    if (load_count(&c->asked_done, asked, "done", e) < 0)
        return -1;
    return load_count(&c->asked_of, asked, "of", e);
}

static int
load_list(struct list *out, const cJSON *object, const char *name,
          struct err *e)
{
    const cJSON *list = doc_array(object, name);
    const cJSON *item;

    if (!list && cJSON_GetObjectItemCaseSensitive(object, name))
        return err_set(e, ERR_DATA, "%s is no list", name);
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item))
            return err_set(e, ERR_DATA, "%s: an entry is no name", name);
        list_add(out, item->valuestring);
    }
    return 0;
}

static int
load_category(struct category_state *c, const cJSON *object, struct err *e)
{
    if (check_object(object, e) < 0)
        return -1;
    if (load_time(&c->last_fetch, object, "last_fetch", e) < 0 ||
        load_time(&c->last_success, object, "last_success", e) < 0 ||
        load_time(&c->first_record, object, "first_record", e) < 0 ||
        load_time(&c->last_record, object, "last_record", e) < 0 ||
        load_time(&c->open_since, object, "open_since", e) < 0 ||
        load_time(&c->last_sweep, object, "last_sweep", e) < 0 ||
        load_time(&c->last_reread, object, "last_reread", e) < 0)
        return -1;
    if (load_error(c, object, e) < 0 || load_asked(c, object, e) < 0 ||
        load_list(&c->columns, object, "columns", e) < 0 ||
        load_list(&c->open, object, "open", e) < 0)
        return -1;
    if (cJSON_GetObjectItemCaseSensitive(object, "listed") &&
        (doc_i64(&c->listed, object, "listed") < 0 || c->listed < 0))
        return err_set(e, ERR_DATA, "listed is no count");
    if (cJSON_GetObjectItemCaseSensitive(object, "gone") &&
        (doc_i64(&c->gone, object, "gone") < 0 || c->gone < 0))
        return err_set(e, ERR_DATA, "gone is no count");
    return load_tables(c, object, e);
}

static int
load_source(struct state *s, const cJSON *source, struct err *e)
{
    const cJSON *item;
    cJSON *categories;

    if (check_object(source, e) < 0 ||
        load_object(&categories, source, "categories", e) < 0)
        return err_in(e, "%s", source->string);
    cJSON_ArrayForEach(item, categories)
    {
        struct category_state *c;

        if (!is_ours(item))
            continue;
        c = state_category(s, source->string, item->string);
        if (load_category(c, item, e) < 0)
            return err_in(e, "%s/%s", source->string, item->string);
    }
    return 0;
}

/* ERR_IO: of a newer version; ERR_DATA, ERR_CUT: damaged. */
static int
load_doc(struct state *s, const struct buf *text, struct err *e)
{
    const cJSON *source;
    cJSON *sources;
    int64_t version;

    if (text->n == 0)
        return err_set(e, ERR_DATA, "the file is empty");
    s->doc = doc_parse(text->p, text->n, e);
    if (!s->doc || check_object(s->doc, e) < 0)
        return -1;
    if (doc_i64(&version, s->doc, "version") < 0 || version < 1)
        return err_set(e, ERR_DATA, "no version");
    if (version > STATE_VERSION) {
        err_set(e, ERR_IO, "%s has version %lld, this wearchive knows %d",
                s->path, (long long)version, STATE_VERSION);
        return err_hint(e, UPDATE);
    }
    if (load_object(&sources, s->doc, "sources", e) < 0)
        return -1;
    cJSON_ArrayForEach(source, sources)
    {
        if (is_ours(source) && load_source(s, source, e) < 0)
            return -1;
    }
    return 0;
}

/* --- loading and saving ------------------------------------------------ */

static struct state *
state_new(const char *path)
{
    struct state *s = mem_zalloc(sizeof(*s));

    s->path = mem_strdup(path);
    return s;
}

static cJSON *
empty_doc(void)
{
    static const char text[] = "{}";
    struct err ignored = ERR_INIT; /* this text is right */
    cJSON *doc = doc_parse(text, sizeof(text) - 1, &ignored);

    doc_set_i64(doc, "version", STATE_VERSION);
    return doc;
}

/* 1 and the text, 0 if there is no file, -1. */
static int
read_text(struct buf *text, const char *path, struct err *e)
{
    struct stat st;
    int rc = fs_stat(&st, path, e);

    if (rc <= 0)
        return rc;
    if (S_ISDIR(st.st_mode))
        return err_set(e, ERR_IO, "%s is a directory", path);
    if (fs_read(text, path, STATE_MAX, e) == 0)
        return 1;
    e->kind = ERR_IO;
    return -1;
}

static int
move_aside(const char *path, int64_t now, struct err *e)
{
    struct buf to = BUF_INIT;
    char time[21];
    int rc;

    tm_utc(time, now);
    buf_addf(&to, "%s.damaged-", path);
    for (const char *p = time; *p; p++)
        if (*p != '-' && *p != ':')
            buf_addc(&to, *p);
    rc = fs_rename(path, buf_str(&to), e);
    if (rc == 0)
        log_warn("%s was damaged and is now %s", path, buf_str(&to));
    buf_free(&to);
    return rc;
}

int
state_load(struct state **s, const char *path, bool rebuild, int64_t now,
           struct err *e)
{
    struct buf text = BUF_INIT;
    int rc;

    *s = state_new(path);
    rc = read_text(&text, path, e);
    if (rc > 0) {
        rc = load_doc(*s, &text, e);
        if (rc < 0 && e->kind != ERR_IO) { /* damaged */
            state_free(*s);
            *s = state_new(path);
            if (rebuild) {
                rc = move_aside(path, now, e);
            } else {
                err_in(e, "%s is damaged", path);
                e->kind = ERR_IO;
                err_hint(e, REBUILD);
            }
        }
    }
    if (rc < 0) {
        state_free(*s);
        *s = NULL;
    } else if (!(*s)->doc) {
        (*s)->doc = empty_doc();
    }
    buf_free(&text);
    return rc;
}

static void
save_time(cJSON *object, const char *name, int64_t time)
{
    char text[21];

    if (time == STATE_NO_TIME) {
        doc_remove(object, name);
        return;
    }
    tm_utc(text, time);
    doc_set_string(object, name, text);
}

/* The place of a name in the list; its end for one that is not there. */
static size_t
place_of(const char *const *name, const char *word)
{
    size_t i = 0;

    while (name[i] && strcmp(name[i], word) != 0)
        i++;
    return i;
}

static bool
is_in_order(const cJSON *object, const char *const *name)
{
    const cJSON *item;
    size_t last = 0;

    cJSON_ArrayForEach(item, object)
    {
        size_t at = place_of(name, item->string);

        if (!name[at])
            continue;
        if (at < last)
            return false;
        last = at;
    }
    return true;
}

/* The members we know stand in one order, whenever they were added. */
static void
put_in_order(cJSON *object, const char *const *name)
{
    if (is_in_order(object, name))
        return;
    for (; *name; name++) {
        cJSON *item = cJSON_DetachItemFromObjectCaseSensitive(object, *name);

        if (item) /* fails only without memory */
            (void)cJSON_AddItemToObject(object, *name, item);
    }
}

static void
save_done(cJSON *object, const struct done *done)
{
    struct buf text = BUF_INIT;

    if (done->n == 0) {
        doc_remove(object, "done");
        return;
    }
    done_print(&text, done);
    doc_set_string(object, "done", buf_str(&text));
    buf_free(&text);
}

static void
save_reading(cJSON *object, const struct table_state *t)
{
    cJSON *reading;

    if (t->page == 0) {
        doc_remove(object, "reading");
        return;
    }
    reading = doc_make_object(object, "reading");
    doc_set_i64(reading, "page", t->page);
    save_time(reading, "began", t->began);
}

static void
save_table(cJSON *object, const struct table_state *t)
{
    static const char *const names[] = { "rows",     "in_order", "profile",
                                         "coverage", "reading",  "done",
                                         NULL };

    cJSON *list;

    if (t->rows >= 0)
        doc_set_i64(object, "rows", t->rows);
    else
        doc_remove(object, "rows");
    doc_set_bool(object, "in_order", t->in_order);
    if (t->profile)
        doc_set_string(object, "profile", t->profile);
    else
        doc_remove(object, "profile");
    list = doc_make_array(object, "coverage");
    for (size_t i = 0; i < t->coverage.n; i++) {
        char text[2 * 21];

        tm_utc(text, t->coverage.span[i].from);
        text[20] = '/';
        tm_utc(text + 21, t->coverage.span[i].to);
        doc_append_string(list, text);
    }
    save_reading(object, t);
    save_done(object, &t->done);
    put_in_order(object, names);
}

static void
save_asked(cJSON *object, const struct category_state *c)
{
    cJSON *asked;

    if (c->asked_of < 0) {
        doc_remove(object, "asked");
        return;
    }
    asked = doc_make_object(object, "asked");
    doc_set_i64(asked, "done", c->asked_done);
    doc_set_i64(asked, "of", c->asked_of);
}

static void
save_list(cJSON *object, const char *name, const struct list *items)
{
    cJSON *list;

    if (items->n == 0) {
        doc_remove(object, name);
        return;
    }
    list = doc_make_array(object, name);
    for (size_t i = 0; i < items->n; i++)
        doc_append_string(list, items->item[i]);
}

static void
save_category(cJSON *object, const struct category_state *c)
{
    static const char *const names[] = {
        "last_fetch", "last_success", "first_record", "last_record",
        "open_since", "last_sweep",   "last_reread",  "asked",
        "last_error", "columns",      "open",         "listed",
        "gone",       "tables",       NULL,
    };

    save_time(object, "last_fetch", c->last_fetch);
    save_time(object, "last_success", c->last_success);
    save_time(object, "first_record", c->first_record);
    save_time(object, "last_record", c->last_record);
    save_time(object, "open_since", c->open_since);
    save_time(object, "last_sweep", c->last_sweep);
    save_time(object, "last_reread", c->last_reread);
    save_asked(object, c);
    if (c->last_error) {
        cJSON *last = doc_make_object(object, "last_error");

        save_time(last, "at", c->last_error_at);
        doc_set_string(last, "text", c->last_error);
    } else {
        doc_remove(object, "last_error");
    }
    save_list(object, "columns", &c->columns);
    save_list(object, "open", &c->open);
    if (c->listed >= 0)
        doc_set_i64(object, "listed", c->listed);
    else
        doc_remove(object, "listed");
    if (c->gone > 0)
        doc_set_i64(object, "gone", c->gone);
    else
        doc_remove(object, "gone");
    for (size_t i = 0; i < c->table_n; i++) {
        cJSON *tables = doc_make_object(object, "tables");

        save_table(doc_make_object(tables, c->table[i].format), c->table + i);
    }
    put_in_order(object, names);
}

int
state_save(struct state *s, struct err *e)
{
    cJSON *sources = doc_make_object(s->doc, "sources");
    struct buf text = BUF_INIT;
    int rc;

    for (size_t i = 0; i < s->n; i++) {
        const struct category_state *c = s->category[i];
        cJSON *source = doc_make_object(sources, c->source);
        cJSON *categories = doc_make_object(source, "categories");

        save_category(doc_make_object(categories, c->name), c);
    }
    doc_print(&text, s->doc);
    rc = fs_replace(s->path, text.p, text.n, e);
    buf_free(&text);
    return rc;
}

static void
category_free(struct category_state *c)
{
    for (size_t i = 0; i < c->table_n; i++) {
        free(c->table[i].format);
        free(c->table[i].profile);
        coverage_free(&c->table[i].coverage);
        done_free(&c->table[i].done);
    }
    free(c->table);
    free(c->source);
    free(c->name);
    free(c->last_error);
    list_free(&c->columns);
    list_free(&c->open);
    free(c);
}

void
state_free(struct state *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        category_free(s->category[i]);
    free(s->category);
    free(s->path);
    doc_free(s->doc);
    free(s);
}

/* --- records ----------------------------------------------------------- */

static struct category_state *
find(const struct state *s, const char *source, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (text_is(s->category[i]->source, source) &&
            text_is(s->category[i]->name, name))
            return s->category[i];
    return NULL;
}

struct category_state *
state_category(struct state *s, const char *source, const char *name)
{
    struct category_state *c = find(s, source, name);

    if (c)
        return c;
    c = mem_alloc(sizeof(*c));
    *c = (struct category_state){
        .source = mem_strdup(source),
        .name = mem_strdup(name),
        .last_fetch = STATE_NO_TIME,
        .last_success = STATE_NO_TIME,
        .first_record = STATE_NO_TIME,
        .last_record = STATE_NO_TIME,
        .open_since = STATE_NO_TIME,
        .last_sweep = STATE_NO_TIME,
        .last_reread = STATE_NO_TIME,
        .asked_of = -1,
        .listed = -1,
        .last_error_at = STATE_NO_TIME,
    };
    s->category = mem_resize(s->category, s->n + 1, sizeof(*s->category));
    s->category[s->n++] = c;
    return c;
}

const struct category_state *
state_find(const struct state *s, const char *source, const char *name)
{
    return find(s, source, name);
}

const struct category_state *
state_each(const struct state *s, size_t i)
{
    return i < s->n ? s->category[i] : NULL;
}

struct table_state *
state_table(struct category_state *c, const char *format)
{
    struct table_state *t;

    for (size_t i = 0; i < c->table_n; i++)
        if (text_is(c->table[i].format, format))
            return c->table + i;
    c->table = mem_resize(c->table, c->table_n + 1, sizeof(*c->table));
    t = c->table + c->table_n++;
    *t = (struct table_state){
        .format = mem_strdup(format),
        .in_order = true,
        .coverage = COVERAGE_INIT,
        .done = DONE_INIT,
    };
    return t;
}

void
state_set_profile(struct table_state *t, const char *word)
{
    bool is_plain = !word || text_is(word, profile_word(CSV_PLAIN));
    char *copy = is_plain ? NULL : mem_strdup(word);

    free(t->profile);
    t->profile = copy;
}

void
state_set_error(struct category_state *c, const char *text, int64_t at)
{
    char *copy = mem_strdup(text);

    free(c->last_error);
    c->last_error = copy;
    c->last_error_at = copy ? at : STATE_NO_TIME;
}
