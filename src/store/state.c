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
#include "store/stateread.h"
#include "store/statewrite.h"
#include "sys/fs.h"

enum { STATE_MAX = 64 * 1024 * 1024 };

#define REBUILD                                                                \
    "run `wearchive fetch --full` to rebuild it from the provider "            \
    "(the tables are kept)"

/* The document as it was read stays; saving changes the members we know, so
 * everything else in it survives. */
struct state {
    char *path;
    cJSON *doc;
    struct category_state **category;
    size_t n;
};

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
        rc = stateread_doc(&(*s)->doc, *s, path, &text, e);
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

        statewrite_category(doc_make_object(categories, c->name), c);
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
