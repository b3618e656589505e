#include "cmd/report.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd/exit.h"
#include "cmd/out.h"
#include "data/doc.h"
#include "engine/run.h"
#include "engine/source.h"
#include "net/transfer.h"
#include "spec/category.h"
#include "spec/provider.h"

static const char *
outcome_name(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_OK:
        return "ok";
    case OUTCOME_FAILED:
        return "failed";
    case OUTCOME_SKIPPED:
        return "skipped";
    case OUTCOME_NOT_RUN:
        return "not run";
    }
    return "";
}

void
report_progress(const struct category_result *r, void *user)
{
    (void)user;
    if (r->outcome == OUTCOME_NOT_RUN)
        return;
    (void)fprintf(stderr, "%s/%s: %lld new, %lld changed%s%s\n",
                  r->source->name, r->category->name,
                  (long long)r->counts.added, (long long)r->counts.changed,
                  r->outcome == OUTCOME_OK ? "" : ", ",
                  r->outcome == OUTCOME_OK ? "" : outcome_name(r->outcome));
}

/* The categories of one source that have the same outcome as r, from r on:
 * how many, for the one line that stands for all. */
static size_t
count_like(const struct run_out *out, size_t i)
{
    const struct category_result *r = &out->result[i];
    size_t n = 0;

    for (size_t k = i; k < out->n; k++)
        n += out->result[k].source == r->source &&
             out->result[k].outcome == OUTCOME_NOT_RUN;
    return n;
}

/* True if an earlier result had the same line already. */
static bool
is_said(const struct run_out *out, size_t i, const struct err *said)
{
    const struct category_result *r = &out->result[i];

    if (said && text_is(r->error.text, said->text))
        return true;
    for (size_t k = 0; k < i; k++) {
        const struct category_result *other = &out->result[k];

        if (r->outcome == OUTCOME_NOT_RUN && other->source == r->source &&
            other->outcome == OUTCOME_NOT_RUN)
            return true;
        if (r->error.kind == ERR_STOP && other->error.kind == ERR_STOP)
            return true;
    }
    return false;
}

/* The reason has a line of its own where it came up in a category. */
static bool
is_explained(const struct run_out *out, size_t i)
{
    const struct category_result *r = &out->result[i];

    for (size_t k = 0; k < out->n; k++)
        if (out->result[k].outcome == OUTCOME_FAILED &&
            (out->result[k].error.kind == r->error.kind))
            return true;
    return false;
}

static void
report_not_run(const struct run_out *out, size_t i)
{
    const struct category_result *r = &out->result[i];
    size_t n = count_like(out, i);

    if (r->error.kind == ERR_STOP) {
        exit_print(&r->error);
        return;
    }
    if (!is_explained(out, i)) {
        exit_print(&r->error);
        return;
    }
    (void)fprintf(stderr,
                  "wearchive: %s: %zu more %s not fetched for the same "
                  "reason\n",
                  r->source->name, n,
                  n == 1 ? "category was" : "categories were");
}

void
report_failures(const struct run_out *out, const struct err *said)
{
    for (size_t i = 0; i < out->n; i++) {
        const struct category_result *r = &out->result[i];

        if (is_said(out, i, said))
            continue;
        if (r->outcome == OUTCOME_FAILED ||
            (r->outcome == OUTCOME_SKIPPED && !r->is_old_news &&
             log_get_level() >= LOG_WARN))
            exit_print(&r->error);
    }
    for (size_t i = 0; i < out->n; i++)
        if (out->result[i].outcome == OUTCOME_NOT_RUN && !is_said(out, i, said))
            report_not_run(out, i);
}

static void
add_number(struct list *cells, int64_t n)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%lld", (long long)n);
    list_add(cells, n < 0 ? "-" : text);
}

static void
add_result(struct list *cells, const struct category_result *r)
{
    struct buf name = BUF_INIT;

    buf_addf(&name, "%s/%s", r->source->name, r->category->name);
    list_add(cells, buf_str(&name));
    add_number(cells, r->counts.fetched);
    add_number(cells, r->counts.added);
    add_number(cells, r->counts.changed);
    add_number(cells, r->counts.unchanged);
    add_number(cells, r->counts.removed);
    add_number(cells, r->pages);
    add_number(cells, r->rows);
    list_add(cells, outcome_name(r->outcome));
    buf_free(&name);
}

int
report_table(const struct run_out *out, struct err *e)
{
    static const char *const head[] = { "category", "fetched", "new",
                                        "changed",  "same",    "deleted",
                                        "pages",    "rows",    "result" };
    enum { COLUMNS = 9, RIGHT = 0xfe };
    struct list cells = LIST_INIT;
    struct buf text = BUF_INIT;
    int rc;

    for (size_t i = 0; i < COLUMNS; i++)
        list_add(&cells, head[i]);
    for (size_t i = 0; i < out->n; i++)
        add_result(&cells, &out->result[i]);
    out_table(&text, &cells, COLUMNS, RIGHT);
    if (out->net)
        buf_addf(&text, "%lld requests, %lld of them again; waited %lld s\n",
                 (long long)out->net->requests, (long long)out->net->retries,
                 (long long)(out->net->waited_ms / 1000));
    rc = out_print(&text, e);
    list_free(&cells);
    buf_free(&text);
    return rc;
}

/* Records that are no longer listed, and their ids. */
static void
add_vanished(struct cJSON *o, const struct vanished *v)
{
    struct cJSON *ids;
    const char *p = v->ids.p;

    if (v->n == 0)
        return;
    doc_set_i64(o, "vanished", v->n);
    ids = doc_make_array(o, "vanished_ids");
    while (*p) {
        const char *comma = strstr(p, ", ");
        size_t n = comma ? (size_t)(comma - p) : strlen(p);
        char *id = mem_strndup(p, n);

        doc_append_string(ids, id);
        free(id);
        p += comma ? n + 2 : n;
    }
}

static void
add_json(struct cJSON *all, const struct category_result *r)
{
    struct buf name = BUF_INIT;
    struct cJSON *o;

    buf_addf(&name, "%s/%s", r->source->name, r->category->name);
    o = doc_make_object(all, buf_str(&name));
    buf_free(&name);
    doc_set_string(o, "source", r->source->name);
    doc_set_string(o, "category", r->category->name);
    doc_set_string(o, "result",
                   r->outcome == OUTCOME_NOT_RUN ? "not_run"
                                                 : outcome_name(r->outcome));
    doc_set_i64(o, "fetched", r->counts.fetched);
    doc_set_i64(o, "new", r->counts.added);
    doc_set_i64(o, "changed", r->counts.changed);
    doc_set_i64(o, "unchanged", r->counts.unchanged);
    doc_set_i64(o, "deleted", r->counts.removed);
    if (r->pages >= 0) {
        doc_set_i64(o, "pages", r->pages);
        doc_set_i64(o, "windows", (int64_t)r->windows);
        doc_set_i64(o, "windows_done", (int64_t)r->windows_done);
    } else {
        doc_set_string(o, "parent", category_parent(r->category));
    }
    if (r->rows >= 0)
        doc_set_i64(o, "rows", r->rows);
    add_vanished(o, &r->vanished);
    if (r->error.kind != ERR_NONE)
        doc_set_string(o, "error", r->error.text);
}

int
report_json(const struct run_out *out, int code, struct err *e)
{
    struct cJSON *doc = out_object();
    struct cJSON *all = doc_make_object(doc, "categories");
    int rc;

    doc_set_i64(doc, "exit_code", code);
    if (out->net) {
        doc_set_i64(doc, "requests", out->net->requests);
        doc_set_i64(doc, "retries", out->net->retries);
        doc_set_i64(doc, "waited_ms", out->net->waited_ms);
    }
    for (size_t i = 0; i < out->n; i++)
        add_json(all, &out->result[i]);
    rc = out_json(doc, e);
    doc_free(doc);
    return rc;
}
