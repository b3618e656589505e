#include <stdio.h>
#include <stdlib.h>

#include "auth/tokens.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "base/tm.h"
#include "cmd/command.h"
#include "cmd/exit.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "cmd/setup.h"
#include "data/doc.h"
#include "provider/registry.h"
#include "spec/category.h"
#include "spec/provider.h"
#include "store/state.h"
#include "sys/clock.h"

enum { COLUMNS = 7, ROWS_RIGHT = 1 << 2, HOLES_RIGHT = 1 << 5 };

static const char *const heading[COLUMNS] = {
    "CATEGORY", "FORMAT", "ROWS", "FROM", "TO", "HOLES", "LAST FETCH",
};

/* What a report is made from. */
struct report {
    const struct setup *setup;
    const struct state *state;
    const struct tokens *logins;
};

/* The description of a category in the state, or NULL if it is none of ours
 * (any more). */
static const struct category *
describe(const struct report *r, const struct category_state *c)
{
    const char *name = config_get(&r->setup->config, c->source, "provider");
    const struct provider *p = registry_find(name ? name : c->source);

    return p ? provider_category(p, c->name) : NULL;
}

/* Where the backfill of a category begins: a category that is bounded by
 * another does not ask for the years before that one's first record. */
static int
backfill_start(int64_t *out, const struct report *r,
               const struct category_state *c, struct err *e)
{
    const struct category *category = describe(r, c);
    const struct category_state *bound = NULL;
    int64_t from;

    if (setup_start(out, r->setup, c->source, e) < 0)
        return -1;
    if (category && category->bounded_by)
        bound = state_find(r->state, c->source, category->bounded_by);
    if (!bound || bound->first_record == STATE_NO_TIME)
        return 0;
    from = bound->first_record - (int64_t)category->bound_days * DAY;
    if (from > *out)
        *out = from;
    return 0;
}

/* What is missing between the start and the newest time that is proven. */
static int
find_holes(struct coverage *out, const struct report *r,
           const struct category_state *c, const struct table_state *t,
           struct err *e)
{
    struct span within = { 0 };

    if (backfill_start(&within.from, r, c, e) < 0)
        return -1;
    within.to = coverage_newest(&t->coverage, within.from);
    if (within.to > within.from)
        coverage_holes(out, &t->coverage, within);
    return 0;
}

static void
add_time(struct list *cells, int64_t t, bool is_day)
{
    char utc[21] = "-", day[11] = "-";

    if (t != STATE_NO_TIME) {
        tm_utc(utc, t);
        tm_day(day, t);
    }
    list_add(cells, is_day ? day : utc);
}

static void
add_number(struct list *cells, int64_t n)
{
    char text[24] = "-";

    if (n >= 0)
        (void)snprintf(text, sizeof(text), "%lld", (long long)n);
    list_add(cells, text);
}

/* A span ends before its end: that of March is 2024-04-01T00:00:00Z, and its
 * last day the 31st. */
static void
add_last_day(struct list *cells, const struct coverage *covered)
{
    add_time(cells,
             covered->n ? coverage_newest(covered, 0) - 1 : STATE_NO_TIME,
             true);
}

static int
add_row(struct list *cells, const struct report *r,
        const struct category_state *c, const struct table_state *t,
        struct err *e)
{
    const struct coverage *covered = &t->coverage;
    struct coverage holes = COVERAGE_INIT;
    struct buf name = BUF_INIT;

    if (find_holes(&holes, r, c, t, e) < 0)
        return -1;
    buf_addf(&name, "%s/%s", c->source, c->name);
    list_add(cells, buf_str(&name));
    list_add(cells, t->format);
    add_number(cells, t->rows);
    add_time(cells, covered->n ? covered->span[0].from : STATE_NO_TIME, true);
    add_last_day(cells, covered);
    add_number(cells, covered->n ? (int64_t)holes.n : -1);
    add_time(cells, c->last_fetch, false);
    coverage_free(&holes);
    buf_free(&name);
    return 0;
}

/* A category that never got as far as a table. */
static void
add_empty_row(struct list *cells, const struct category_state *c)
{
    struct buf name = BUF_INIT;

    buf_addf(&name, "%s/%s", c->source, c->name);
    list_add(cells, buf_str(&name));
    for (int i = 1; i < COLUMNS - 1; i++)
        list_add(cells, "-");
    add_time(cells, c->last_fetch, false);
    buf_free(&name);
}

/* How far it is where each record has a request of its own. */
static void
add_asked(struct buf *out, const struct category_state *c)
{
    if (c->asked_of >= 0)
        buf_addf(out, "%s/%s: %lld of %lld done\n", c->source, c->name,
                 (long long)c->asked_done, (long long)c->asked_of);
}

static void
add_error(struct buf *out, const struct category_state *c)
{
    char at[21] = "-";

    if (!c->last_error)
        return;
    if (c->last_error_at != STATE_NO_TIME)
        tm_utc(at, c->last_error_at);
    buf_addf(out, "%s/%s failed %s: %s\n", c->source, c->name, at,
             c->last_error);
}

/* When the login of each source ends. */
static void
add_logins(struct buf *out, const struct report *r)
{
    const char *name;

    for (size_t i = 0; (name = tokens_source(r->logins, i)); i++) {
        struct token t = TOKEN_INIT;
        char at[21];

        if (tokens_get(&t, r->logins, name) && t.ends_at) {
            tm_utc(at, t.ends_at);
            buf_addf(out, "%s: token ends %s%s\n", name, at,
                     t.refresh.n ? ", renewed by itself" : "");
        }
        if (t.refresh_ends_at) {
            tm_utc(at, t.refresh_ends_at);
            buf_addf(out, "%s: login ends %s\n", name, at);
        }
        token_free(&t);
    }
}

static int
text_report(struct buf *out, const struct report *r, struct err *e)
{
    const struct category_state *c;
    struct list cells = LIST_INIT;
    struct buf errors = BUF_INIT;
    int rc = 0;

    for (size_t i = 0; i < COLUMNS; i++)
        list_add(&cells, heading[i]);
    for (size_t i = 0; rc == 0 && (c = state_each(r->state, i)); i++) {
        for (size_t k = 0; rc == 0 && k < c->table_n; k++)
            rc = add_row(&cells, r, c, &c->table[k], e);
        if (c->table_n == 0)
            add_empty_row(&cells, c);
        add_asked(&errors, c);
        add_error(&errors, c);
    }
    if (rc == 0 && cells.n == COLUMNS)
        buf_addf(out, "nothing fetched yet: %s holds no category\n",
                 r->setup->state_path);
    else if (rc == 0)
        out_table(out, &cells, COLUMNS, ROWS_RIGHT | HOLES_RIGHT);
    buf_add(out, errors.p, errors.n);
    add_logins(out, r);
    buf_free(&errors);
    list_free(&cells);
    return rc;
}

static void
set_time(struct cJSON *object, const char *name, int64_t t)
{
    char utc[21];

    if (t == STATE_NO_TIME)
        return;
    tm_utc(utc, t);
    doc_set_string(object, name, utc);
}

static int
json_table(struct cJSON *tables, const struct report *r,
           const struct category_state *c, const struct table_state *t,
           struct err *e)
{
    struct cJSON *table = doc_make_object(tables, t->format), *missing;
    struct coverage holes = COVERAGE_INIT;
    char from[21], to[21], span[48];

    if (find_holes(&holes, r, c, t, e) < 0)
        return -1;
    if (t->rows >= 0)
        doc_set_i64(table, "rows", t->rows);
    if (t->profile)
        doc_set_string(table, "profile", t->profile);
    if (t->coverage.n)
        set_time(table, "from", t->coverage.span[0].from);
    set_time(table, "to", coverage_newest(&t->coverage, STATE_NO_TIME));
    missing = doc_make_array(table, "holes");
    for (size_t i = 0; i < holes.n; i++) {
        tm_utc(from, holes.span[i].from);
        tm_utc(to, holes.span[i].to);
        (void)snprintf(span, sizeof(span), "%s/%s", from, to);
        doc_append_string(missing, span);
    }
    coverage_free(&holes);
    return 0;
}

static int
json_category(struct cJSON *sources, const struct report *r,
              const struct category_state *c, struct err *e)
{
    struct cJSON *source = doc_make_object(sources, c->source);
    struct cJSON *all = doc_make_object(source, "categories");
    struct cJSON *object = doc_make_object(all, c->name), *tables, *error;

    set_time(object, "last_fetch", c->last_fetch);
    set_time(object, "last_success", c->last_success);
    set_time(object, "first_record", c->first_record);
    set_time(object, "last_record", c->last_record);
    if (c->asked_of >= 0) {
        doc_set_i64(object, "done", c->asked_done);
        doc_set_i64(object, "of", c->asked_of);
    }
    if (c->last_error) {
        error = doc_make_object(object, "last_error");
        set_time(error, "at", c->last_error_at);
        doc_set_string(error, "text", c->last_error);
    }
    tables = doc_make_object(object, "tables");
    for (size_t i = 0; i < c->table_n; i++)
        if (json_table(tables, r, c, &c->table[i], e) < 0)
            return -1;
    return 0;
}

static void
json_login(struct cJSON *sources, const struct report *r, const char *name)
{
    struct token t = TOKEN_INIT;
    struct cJSON *object;

    if (tokens_get(&t, r->logins, name) && (t.access.n || t.refresh.n)) {
        object = doc_make_object(doc_make_object(sources, name), "login");
        set_time(object, "expires_at", t.ends_at ? t.ends_at : STATE_NO_TIME);
        set_time(object, "refresh_expires_at",
                 t.refresh_ends_at ? t.refresh_ends_at : STATE_NO_TIME);
        doc_set_bool(object, "has_refresh_token", t.refresh.n > 0);
    }
    token_free(&t);
}

static int
json_report(const struct report *r, struct err *e)
{
    struct cJSON *doc = out_object();
    const struct category_state *c;
    struct cJSON *sources;
    const char *name;
    int rc = 0;

    doc_set_string(doc, "archive", r->setup->dir);
    doc_set_string(doc, "state", r->setup->state_path);
    sources = doc_make_object(doc, "sources");
    for (size_t i = 0; rc == 0 && (c = state_each(r->state, i)); i++)
        rc = json_category(sources, r, c, e);
    for (size_t i = 0; (name = tokens_source(r->logins, i)); i++)
        json_login(sources, r, name);
    if (rc == 0)
        rc = out_json(doc, e);
    doc_free(doc);
    return rc;
}

static int
report(const struct report *r, const struct options *o, struct err *e)
{
    struct buf out = BUF_INIT;
    int rc;

    if (o->json)
        return json_report(r, e);
    rc = text_report(&out, r, e);
    if (rc == 0)
        rc = out_print(&out, e);
    buf_free(&out);
    return rc;
}

int
cmd_status(const struct options *o, struct err *e)
{
    struct setup s = SETUP_INIT;
    struct state *state = NULL;
    struct tokens logins = TOKENS_INIT;
    struct report r = { .setup = &s, .logins = &logins };
    struct err no_logins = ERR_INIT;
    int rc = setup_load(&s, o, SETUP_PATHS, e);

    if (rc == 0)
        rc = state_load(&state, s.state_path, false, clock_now(), e);
    r.state = state;
    if (rc == 0 && tokens_read(&logins, &s.store, &no_logins) < 0)
        log_warn("%s", no_logins.text); /* the archive is there all the same */
    if (rc == 0)
        rc = report(&r, o, e);
    tokens_free(&logins);
    state_free(state);
    setup_free(&s);
    return rc < 0 ? -1 : EXIT_OK;
}
