#include "data/doc.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/json.h"

/*
 * In our trees the name of a member is its JSON text without the quotes, so
 * that any name fits a C string and is written back as it was read; ordinary
 * names look the same either way.
 */

/* Length of a run of backslashes that stands before u and four hex digits,
 * or 0. */
static size_t
escape_run(const char *s)
{
    static const char hex[] = "0123456789abcdefABCDEF";
    size_t n = strspn(s, "\\");

    return n && s[n] == 'u' && strspn(s + n + 1, hex) >= 4 ? n : 0;
}

/*
 * json_text() writes what no C string holds as escape text and doubles the
 * backslashes of literal text that looks the same. Undoes the doubling; false
 * if there was real escape text (an odd run).
 */
static bool
plain_text(struct buf *out, const char *s)
{
    if (!strchr(s, '\\')) { /* nearly always */
        buf_adds(out, s);
        return true;
    }
    while (*s) {
        size_t run = strspn(s, "\\");
        size_t doubled = escape_run(s);

        if (doubled % 2)
            return false;
        buf_add(out, s, doubled ? run / 2 : run);
        s += run;
        if (*s)
            buf_addc(out, *s++);
    }
    return true;
}

/* The reverse of plain_text(), then quotes. */
void
doc_quote(struct buf *out, const char *s)
{
    struct buf text = BUF_INIT;

    if (!strchr(s, '\\')) { /* nearly always */
        json_quote(out, s, strlen(s));
        return;
    }
    while (*s) {
        size_t run = strspn(s, "\\");

        buf_add(&text, s, run);
        buf_add(&text, s, escape_run(s));
        s += run;
        if (*s)
            buf_addc(&text, *s++);
    }
    json_quote(out, buf_str(&text), text.n);
    buf_wipe(&text); /* it may be a secret */
}

/* The form in which a name stands in the tree; the caller frees out. */
static const char *
tree_name(struct buf *out, const char *name)
{
    doc_quote(out, name);
    out->n--; /* the closing quote */
    return buf_str(out) + 1;
}

static cJSON *
raw_item(const char *p, size_t n)
{
    char *text = mem_strndup(p, n);
    cJSON *item = cJSON_CreateRaw(text);

    free(text);
    return item;
}

static cJSON *
string_item(const struct json_token *t)
{
    struct buf text = BUF_INIT;
    struct buf plain = BUF_INIT;
    cJSON *item;

    json_text(&text, t);
    if (!(t->flags & JSON_BAD_UTF8) && plain_text(&plain, buf_str(&text)))
        item = cJSON_CreateString(buf_str(&plain));
    else
        item = raw_item(t->p - 1, t->n + 2); /* with its quotes */
    buf_free(&text);
    buf_free(&plain);
    return item;
}

static cJSON *
new_item(const struct json_token *t)
{
    switch (t->type) {
    case JSON_OBJECT:
        return cJSON_CreateObject();
    case JSON_ARRAY:
        return cJSON_CreateArray();
    case JSON_STRING:
        return string_item(t);
    case JSON_NUMBER:
        return raw_item(t->p, t->n);
    case JSON_TRUE:
        return cJSON_CreateTrue();
    case JSON_FALSE:
        return cJSON_CreateFalse();
    case JSON_NULL:
    case JSON_KEY:
    case JSON_END:
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
        break;
    }
    return cJSON_CreateNull();
}

/* The name of a member in its one form, so that names can be compared. */
static char *
key_name(const struct json_token *t)
{
    struct buf text = BUF_INIT;
    struct buf quoted = BUF_INIT;
    char *name;

    if (!(t->flags & JSON_ESCAPED) || (t->flags & JSON_BAD_UTF8))
        return mem_strndup(t->p, t->n);
    json_text(&text, t);
    json_quote(&quoted, buf_str(&text), text.n);
    name = mem_strndup(quoted.p + 1, quoted.n - 2);
    buf_free(&text);
    buf_free(&quoted);
    return name;
}

struct builder {
    cJSON *open[JSON_DEPTH_MAX + 1];
    size_t depth;
    char *key; /* of the value that comes next, in an object */
};

static void
build(struct builder *b, const struct json_token *t)
{
    cJSON *item, *parent;

    if (t->type == JSON_OBJECT_END || t->type == JSON_ARRAY_END) {
        b->depth--;
        return;
    }
    if (t->type == JSON_KEY) {
        b->key = key_name(t);
        return;
    }
    item = new_item(t);
    if (b->depth > 0) {
        parent = b->open[b->depth - 1];
        if (b->key)
            cJSON_AddItemToObject(parent, b->key, item);
        else
            cJSON_AddItemToArray(parent, item);
        free(b->key);
        b->key = NULL;
    }
    if (t->type == JSON_OBJECT || t->type == JSON_ARRAY)
        b->open[b->depth++] = item;
}

struct cJSON *
doc_parse(const char *p, size_t n, struct err *e)
{
    /* Without memory the program ends, here too: no item is ever NULL. */
    cJSON_Hooks hooks = { .malloc_fn = mem_alloc, .free_fn = free };
    struct builder b = { .depth = 0 };
    struct json_token t;
    struct json j;
    int rc;

    cJSON_InitHooks(&hooks);
    json_start(&j, p, n);
    rc = json_next(&t, &j, e);
    if (rc < 0)
        return NULL;
    if (rc == 0 || t.type != JSON_OBJECT) {
        err_set(e, ERR_DATA, "no JSON object");
        return NULL;
    }
    do
        build(&b, &t);
    while ((rc = json_next(&t, &j, e)) > 0);
    free(b.key);
    if (rc == 0)
        return b.open[0];
    cJSON_Delete(b.open[0]);
    return NULL;
}

static bool
is_container(const cJSON *item)
{
    return cJSON_IsObject(item) || cJSON_IsArray(item);
}

static void
print_scalar(struct buf *out, const cJSON *item)
{
    if (cJSON_IsString(item))
        doc_quote(out, item->valuestring);
    else if (cJSON_IsRaw(item))
        buf_adds(out, item->valuestring);
    else if (cJSON_IsTrue(item))
        buf_adds(out, "true");
    else if (cJSON_IsFalse(item))
        buf_adds(out, "false");
    else
        buf_adds(out, "null");
}

/* Starts a line, or stays on it with a blank where depth is negative. */
static void
print_break(struct buf *out, int depth)
{
    buf_addc(out, depth < 0 ? ' ' : '\n');
    for (int i = 0; i < depth; i++)
        buf_adds(out, "  ");
}

static bool
fits_line(const cJSON *item)
{
    const cJSON *child;

    if (!cJSON_IsArray(item))
        return false;
    cJSON_ArrayForEach(child, item)
    {
        if (is_container(child))
            return false;
    }
    return true;
}

/* Recursion is bounded: the scanner refuses deep text. */
static void
print_item(struct buf *out, const cJSON *item, int depth)
{
    bool is_object = cJSON_IsObject(item);
    bool one_line = fits_line(item);
    const cJSON *child;

    if (!is_container(item)) {
        print_scalar(out, item);
        return;
    }
    buf_addc(out, is_object ? '{' : '[');
    cJSON_ArrayForEach(child, item)
    {
        print_break(out, one_line ? -1 : depth + 1);
        if (is_object)
            buf_addf(out, "\"%s\": ", child->string);
        print_item(out, child, depth + 1);
        if (child->next)
            buf_addc(out, ',');
    }
    if (item->child)
        print_break(out, one_line ? -1 : depth);
    buf_addc(out, is_object ? '}' : ']');
}

void
doc_print(struct buf *out, const struct cJSON *doc)
{
    print_item(out, doc, 0);
    buf_addc(out, '\n');
}

void
doc_free(struct cJSON *doc)
{
    cJSON_Delete(doc);
}

/* Recursion is bounded: the scanner refuses deep text. */
static void
wipe_item(cJSON *item)
{
    cJSON *child;

    if (item->valuestring)
        mem_wipe(item->valuestring, strlen(item->valuestring));
    cJSON_ArrayForEach(child, item)
    {
        wipe_item(child);
    }
}

void
doc_wipe(struct cJSON *doc)
{
    if (doc)
        wipe_item(doc);
    cJSON_Delete(doc);
}

/* The last of duplicate members wins, as everywhere. */
static cJSON *
find(const cJSON *object, const char *name)
{
    struct buf key = BUF_INIT;
    const char *wanted = tree_name(&key, name);
    cJSON *item, *found = NULL;

    cJSON_ArrayForEach(item, object)
    {
        if (item->string && strcmp(item->string, wanted) == 0)
            found = item;
    }
    buf_free(&key);
    return found;
}

struct cJSON *
doc_object(const struct cJSON *object, const char *name)
{
    cJSON *item = find(object, name);

    return cJSON_IsObject(item) ? item : NULL;
}

struct cJSON *
doc_array(const struct cJSON *object, const char *name)
{
    cJSON *item = find(object, name);

    return cJSON_IsArray(item) ? item : NULL;
}

const char *
doc_string(const struct cJSON *object, const char *name)
{
    const cJSON *item = find(object, name);

    return cJSON_IsString(item) ? item->valuestring : NULL;
}

const char *
doc_name(const struct cJSON *object, size_t i)
{
    const cJSON *item = object->child;

    while (item && i-- > 0)
        item = item->next;
    return item ? item->string : NULL;
}

int
doc_i64(int64_t *out, const struct cJSON *object, const char *name)
{
    const cJSON *item = find(object, name);

    return cJSON_IsRaw(item) ? num_str(out, item->valuestring) : -1;
}

/* Puts fresh in the place of the member, or behind the last one. */
static void
set(cJSON *object, const char *name, cJSON *fresh)
{
    struct buf key = BUF_INIT;
    cJSON *old = find(object, name);

    if (old) {
        fresh->string = old->string; /* the name moves over */
        old->string = NULL;
        if (old->valuestring) /* it may be a secret */
            mem_wipe(old->valuestring, strlen(old->valuestring));
        cJSON_ReplaceItemViaPointer(object, old, fresh);
        return;
    }
    cJSON_AddItemToObject(object, tree_name(&key, name), fresh);
    buf_free(&key);
}

void
doc_set_string(struct cJSON *object, const char *name, const char *s)
{
    set(object, name, cJSON_CreateString(s));
}

void
doc_set_i64(struct cJSON *object, const char *name, int64_t value)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    set(object, name, cJSON_CreateRaw(text));
}

void
doc_set_bool(struct cJSON *object, const char *name, bool value)
{
    set(object, name, cJSON_CreateBool(value));
}

struct cJSON *
doc_make_object(struct cJSON *object, const char *name)
{
    cJSON *item = doc_object(object, name);

    if (!item) {
        item = cJSON_CreateObject();
        set(object, name, item);
    }
    return item;
}

struct cJSON *
doc_make_array(struct cJSON *object, const char *name)
{
    cJSON *item = cJSON_CreateArray();

    set(object, name, item);
    return item;
}

void
doc_append_string(struct cJSON *array, const char *s)
{
    cJSON_AddItemToArray(array, cJSON_CreateString(s));
}

void
doc_remove(struct cJSON *object, const char *name)
{
    cJSON *item;

    while ((item = find(object, name)))
        doc_wipe(cJSON_DetachItemViaPointer(object, item));
}
