#include "cmd/preview.h"

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "data/doc.h"
#include "engine/run.h"
#include "engine/source.h"
#include "spec/category.h"

enum { SHOWN_MAX = 3 };

/* A category and the requests for it. */
struct plans {
    const struct source *source;
    const struct category *category;
    struct list urls;
    size_t n; /* all of them */
};

static void
add_text(struct buf *out, const struct plans *p)
{
    buf_addf(out, "%s/%s: %zu request%s or more\n", p->source->name,
             p->category->name, p->n, p->n == 1 ? "" : "s");
    for (size_t i = 0; i < p->urls.n; i++)
        buf_addf(out, "  GET %s\n", p->urls.item[i]);
    if (p->n > p->urls.n)
        buf_addf(out, "  and %zu more\n", p->n - p->urls.n);
}

static void
add_json(struct cJSON *categories, const struct plans *p)
{
    struct buf name = BUF_INIT;
    struct cJSON *one, *urls;

    buf_addf(&name, "%s/%s", p->source->name, p->category->name);
    one = doc_make_object(categories, buf_str(&name));
    doc_set_string(one, "source", p->source->name);
    doc_set_string(one, "category", p->category->name);
    doc_set_i64(one, "requests", (int64_t)p->n);
    urls = doc_make_array(one, "urls");
    for (size_t i = 0; i < p->urls.n; i++)
        doc_append_string(urls, p->urls.item[i]);
    buf_free(&name);
}

static int
preview_source(struct buf *text, struct cJSON *categories,
               const struct run_in *in, const struct source *source,
               struct err *e)
{
    size_t max = categories ? SIZE_MAX : SHOWN_MAX;
    int rc = 0;

    for (size_t i = 0; i < source->category_n && rc == 0; i++) {
        struct plans p = { source, source->category[i], LIST_INIT, 0 };

        rc = run_preview(&p.urls, &p.n, max, in, source, p.category, e);
        if (rc == 0 && categories)
            add_json(categories, &p);
        else if (rc == 0)
            add_text(text, &p);
        list_free(&p.urls);
    }
    return rc;
}

int
preview(const struct run_in *in, const struct options *o, struct err *e)
{
    struct buf text = BUF_INIT;
    struct cJSON *doc = o->json ? out_object() : NULL, *categories = NULL;
    int rc = 0;

    if (doc)
        categories = doc_make_object(doc, "categories");
    for (size_t i = 0; i < in->n && rc == 0; i++)
        rc = preview_source(&text, categories, in, &in->source[i], e);
    if (rc == 0)
        rc = doc ? out_json(doc, e) : out_print(&text, e);
    buf_free(&text);
    doc_free(doc);
    return rc;
}
