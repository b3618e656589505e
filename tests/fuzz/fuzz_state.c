/*
 * Any bytes as state.json (store/state): what is damaged is refused and stays
 * as it is, or is moved aside; it is never taken for an empty state. What is
 * read and saved says the same: each category is there, members that nobody
 * knows are as they were, and saving once more changes no byte.
 */
#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "data/doc.h"
#include "data/json.h"
#include "fuzz.h"
#include "store/state.h"

#define FILE_NAME "state.json"

/* Members that saving may change, by the depth of their object. */
enum { KNOWN_MAX = 15 };
static const char *const known[][KNOWN_MAX] = {
    { "sources" },
    { NULL }, /* of "sources": names of sources */
    { "categories" },
    { NULL }, /* names of categories */
    { "last_fetch", "last_success", "first_record", "last_record", "open_since",
      "last_sweep", "last_reread", "asked", "last_error", "columns", "open",
      "listed", "gone", "tables" },
    { NULL }, /* of "tables": names of formats */
    { "rows", "in_order", "profile", "coverage", "reading", "done" },
};
enum { TABLE = 6 };

static bool
is_known(const char *name, int depth)
{
    for (size_t i = 0; i < KNOWN_MAX && known[depth][i]; i++)
        if (text_is(known[depth][i], name))
            return true;
    return false;
}

static void
require_equal(const cJSON *a, const cJSON *b)
{
    struct buf one = BUF_INIT, two = BUF_INIT;
    cJSON *first = cJSON_Duplicate(a, true), *second = cJSON_Duplicate(b, true);

    REQUIRE(first && second);
    doc_print(&one, first);
    doc_print(&two, second);
    REQUIRE_SAME(one.p, one.n, two.p, two.n);
    doc_free(first);
    doc_free(second);
    buf_free(&one);
    buf_free(&two);
}

/* A name that none of ours is. */
static bool
is_strange(const cJSON *item)
{
    struct buf name = BUF_INIT;
    bool is_plain = !strchr(item->string, '\\');

    json_quote(&name, item->string, strlen(item->string));
    is_plain = is_plain && name.n == strlen(item->string) + 2 &&
               !memcmp(name.p + 1, item->string, name.n - 2);
    buf_free(&name);
    return !is_plain;
}

/* What was there is there, at each depth that we know the names of. */
static void
check_kept(const cJSON *before, const cJSON *after, int depth)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, before)
    {
        const cJSON *now =
            cJSON_GetObjectItemCaseSensitive(after, item->string);
        bool is_name = known[depth][0] == NULL;
        bool is_inner = is_name || text_is(item->string, "sources") ||
                        text_is(item->string, "categories") ||
                        text_is(item->string, "tables");

        if (is_name ? is_strange(item) : !is_known(item->string, depth)) {
            REQUIRE(now);
            require_equal(item, now);
        } else if (is_inner && depth < TABLE) {
            REQUIRE(cJSON_IsObject(item) && cJSON_IsObject(now));
            check_kept(item, now, depth + 1);
        }
    }
}

static size_t
count_categories(const cJSON *doc)
{
    const cJSON *source, *item;
    size_t n = 0;

    cJSON_ArrayForEach(source, doc_object(doc, "sources"))
    {
        cJSON_ArrayForEach(item, doc_object(source, "categories"))
        {
            n += !is_strange(source) && !is_strange(item);
        }
    }
    return n;
}

static void
same_coverage(const struct coverage *a, const struct coverage *b)
{
    REQUIRE(a->n == b->n);
    for (size_t i = 0; i < a->n; i++) {
        REQUIRE(a->span[i].from < a->span[i].to);
        REQUIRE(i == 0 || a->span[i - 1].to < a->span[i].from);
        REQUIRE(a->span[i].from == b->span[i].from);
        REQUIRE(a->span[i].to == b->span[i].to);
    }
}

static void
same_category(const struct category_state *a, const struct category_state *b)
{
    REQUIRE(text_is(a->source, b->source) && text_is(a->name, b->name));
    REQUIRE(a->last_fetch == b->last_fetch);
    REQUIRE(a->last_success == b->last_success);
    REQUIRE(a->first_record == b->first_record);
    REQUIRE(a->last_record == b->last_record);
    REQUIRE(a->open_since == b->open_since);
    REQUIRE(a->last_error_at == b->last_error_at);
    REQUIRE(!a->last_error == !b->last_error);
    REQUIRE(!a->last_error || text_is(a->last_error, b->last_error));
    REQUIRE(a->columns.n == b->columns.n && a->table_n == b->table_n);
    for (size_t i = 0; i < a->columns.n; i++)
        REQUIRE(text_is(a->columns.item[i], b->columns.item[i]));
    for (size_t i = 0; i < a->table_n; i++) {
        REQUIRE(text_is(a->table[i].format, b->table[i].format));
        REQUIRE(a->table[i].rows == b->table[i].rows);
        REQUIRE(a->table[i].in_order == b->table[i].in_order);
        same_coverage(&a->table[i].coverage, &b->table[i].coverage);
    }
}

static void
same_state(const struct state *a, const struct state *b)
{
    size_t i = 0;

    for (; state_each(a, i); i++) {
        REQUIRE(state_each(b, i));
        same_category(state_each(a, i), state_each(b, i));
    }
    REQUIRE(!state_each(b, i));
}

static void
check_good(struct state *s, const char *path, const char *p, size_t n)
{
    struct buf once = BUF_INIT, twice = BUF_INIT;
    struct err e = ERR_INIT;
    struct state *again = NULL;
    cJSON *before = doc_parse(p, n, &e), *after;
    size_t categories = 0;

    REQUIRE(before);
    while (state_each(s, categories))
        categories++;
    REQUIRE(state_save(s, &e) == 0);
    REQUIRE(scratch_read(&once, FILE_NAME));
    after = doc_parse(once.p, once.n, &e);
    REQUIRE(after);
    REQUIRE(count_categories(before) == categories);
    check_kept(before, after, 0);
    REQUIRE(state_load(&again, path, false, 0, &e) == 0);
    same_state(s, again);
    REQUIRE(state_save(again, &e) == 0);
    REQUIRE(scratch_read(&twice, FILE_NAME));
    REQUIRE_SAME(once.p, once.n, twice.p, twice.n);
    state_free(again);
    doc_free(before);
    doc_free(after);
    buf_free(&once);
    buf_free(&twice);
}

static void
check_bad(const char *path, const struct err *why, const void *p, size_t n)
{
    struct buf text = BUF_INIT;
    struct err e = ERR_INIT;
    struct state *s = NULL;
    int rc;

    REQUIRE(why->kind == ERR_IO && why->hint[0]);
    REQUIRE(scratch_read(&text, FILE_NAME));
    REQUIRE_SAME(text.p, text.n, p, n);
    rc = state_load(&s, path, true, 0, &e);
    if (rc == 0) {
        REQUIRE(!state_each(s, 0));
        REQUIRE(!scratch_has(FILE_NAME));
        REQUIRE(scratch_read(&text, FILE_NAME ".damaged-19700101T000000Z"));
    } else { /* of a newer version */
        REQUIRE(e.kind == ERR_IO && !s);
        REQUIRE(scratch_read(&text, FILE_NAME));
    }
    REQUIRE_SAME(text.p, text.n, p, n);
    state_free(s);
    buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = scratch_path(FILE_NAME);
    struct err e = ERR_INIT;
    struct state *s = NULL;

    log_set_level(LOG_QUIET);
    scratch_write(FILE_NAME, data, size);
    if (state_load(&s, path, false, 0, &e) == 0) {
        check_good(s, path, (const char *)data, size);
    } else {
        REQUIRE(!s);
        check_bad(path, &e, data, size);
    }
    state_free(s);
    scratch_clear();
    free(path);
    return 0;
}
