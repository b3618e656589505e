#include "engine/request.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/tm.h"
#include "engine/fanout.h"
#include "engine/plan.h"
#include "net/url.h"
#include "spec/category.h"
#include "spec/provider.h"

/* What goes between base_url and a path. */
static const char *
prefix_of(const struct provider *p, const char *base_url, const char *given)
{
    const char *last = strrchr(p->prefix, '/');

    if (given)
        return given;
    return last && last[1] && text_ends(base_url, last) ? "" : p->prefix;
}

void
request_base(struct buf *out, const struct provider *p, const char *base_url,
             const char *prefix)
{
    buf_adds(out, base_url);
    buf_adds(out, prefix_of(p, base_url, prefix));
}

/* "/sleep/{id}" with the id in its place; it need not be there. */
static void
add_template(struct buf *out, const char *path, const char *id)
{
    const char *mark = strstr(path, "{id}");

    if (!mark) {
        buf_adds(out, path);
        return;
    }
    buf_add(out, path, (size_t)(mark - path));
    buf_adds(out, id);
    buf_adds(out, mark + 4);
}

static void
add_path(struct buf *out, const struct page_request *r)
{
    buf_adds(out, prefix_of(r->provider, r->base_url, r->prefix));
    if (r->window && r->window->id)
        add_template(out, r->category->by_id, r->window->id);
    else if (r->window && r->window->item)
        add_template(out, r->category->path, r->window->item->id);
    else
        buf_adds(out, r->category->path);
}

static void
add_day(struct buf *url, const char *key, int64_t t)
{
    char day[11];

    tm_day(day, t);
    url_param(url, key, day, strlen(day));
}

static void
add_time(struct buf *url, const char *key, int64_t t)
{
    char text[21];

    tm_utc(text, t);
    url_param(url, key, text, strlen(text));
}

static void
add_number(struct buf *url, const char *key, int64_t n)
{
    char text[24];

    url_param(url, key, text,
              (size_t)snprintf(text, sizeof(text), "%" PRId64, n));
}

static void
add_instant(struct buf *url, const struct category *c, const char *key,
            int64_t t)
{
    if (c->window == WINDOW_UNIX)
        add_number(url, key, t);
    else
        add_time(url, key, t);
}

static void
add_window(struct buf *url, const struct page_request *r)
{
    const struct category *c = r->category;
    const struct window *w = r->window;
    int64_t pad = (int64_t)c->pad_days * DAY;

    if (c->window == WINDOW_NONE || w->is_all)
        return;
    if (c->window == WINDOW_DAY) {
        add_day(url, c->from_key, w->span.from - pad);
        if (!w->is_open)
            add_day(url, c->to_key, w->span.to - 1 + pad);
        return;
    }
    add_instant(url, c, c->from_key,
                w->is_feed ? w->since : w->span.from - pad);
    if (!w->is_open)
        add_instant(url, c, c->to_key, w->span.to + pad);
}

/* Parameters that are the same in every request. */
static void
add_query(struct buf *url, const char *query)
{
    if (!query)
        return;
    buf_addc(url, strchr(buf_str(url), '?') ? '&' : '?');
    buf_adds(url, query);
}

void
request_url(struct buf *url, const struct page_request *r)
{
    buf_clear(url);
    buf_adds(url, r->base_url);
    add_path(url, r);
    if (r->window->id)
        return;
    add_window(url, r);
    add_query(url, r->category->query);
    if (r->category->page == PAGE_NUMBER)
        add_number(url, r->category->page_key, r->page);
    if (r->token)
        url_param(url, r->category->page_key, r->token, r->token_n);
}

void
request_label(struct buf *label, const struct page_request *r)
{
    const char *host = strstr(r->base_url, "://");
    const char *path = strchr(host ? host + 3 : r->base_url, '/');

    buf_clear(label);
    buf_adds(label, "GET ");
    buf_adds(label, path ? path : "");
    add_path(label, r);
}

void
request_window(struct buf *text, const struct category *c,
               const struct window *w)
{
    char from[11], to[11];

    if (w->item)
        buf_adds(text, w->item->id);
    if (c->window == WINDOW_NONE || w->id)
        return;
    tm_day(from, w->span.from);
    tm_day(to, w->span.to - 1);
    buf_addf(text, "%s..%s", from, to);
}
