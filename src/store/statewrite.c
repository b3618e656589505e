#include "store/statewrite.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/tm.h"
#include "data/doc.h"
#include "store/state.h"

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

void
statewrite_category(cJSON *object, const struct category_state *c)
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
