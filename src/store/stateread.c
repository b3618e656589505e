#include "store/stateread.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/tm.h"
#include "data/doc.h"
#include "data/utf8.h"
#include "store/state.h"

#define UPDATE                                                                 \
    "update wearchive; or move the file away and run "                         \
    "`wearchive fetch --full`"

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

int
stateread_doc(cJSON **doc, struct state *s, const char *path,
              const struct buf *text, struct err *e)
{
    const cJSON *source;
    cJSON *sources;
    int64_t version;

    if (text->n == 0)
        return err_set(e, ERR_DATA, "the file is empty");
    *doc = doc_parse(text->p, text->n, e);
    if (!*doc || check_object(*doc, e) < 0)
        return -1;
    if (doc_i64(&version, *doc, "version") < 0 || version < 1)
        return err_set(e, ERR_DATA, "no version");
    if (version > STATE_VERSION) {
        err_set(e, ERR_IO, "%s has version %lld, this wearchive knows %d", path,
                (long long)version, STATE_VERSION);
        return err_hint(e, UPDATE);
    }
    if (load_object(&sources, *doc, "sources", e) < 0)
        return -1;
    cJSON_ArrayForEach(source, sources)
    {
        if (is_ours(source) && load_source(s, source, e) < 0)
            return -1;
    }
    return 0;
}
