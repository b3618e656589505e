#include "engine/request.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/tm.h"
#include "engine/plan.h"
#include "net/url.h"
#include "spec/category.h"
#include "spec/provider.h"

static bool
has_own_prefix(const struct page_request *r)
{
    const char *last = strrchr(r->provider->prefix, '/');

    return last && last[1] && text_ends(r->base_url, last);
}

static void
add_path(struct buf *out, const struct page_request *r)
{
    if (!has_own_prefix(r))
        buf_adds(out, r->provider->prefix);
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
add_window(struct buf *url, const struct page_request *r)
{
    const struct category *c = r->category;
    const struct span *span = &r->window->span;
    int64_t pad = (int64_t)c->pad_days * DAY;

    switch (c->window) {
    case WINDOW_NONE:
        return;
    case WINDOW_DAY:
        add_day(url, c->from_key, span->from - pad);
        add_day(url, c->to_key, span->to - 1 + pad);
        return;
    case WINDOW_TIME:
        add_time(url, c->from_key, span->from - pad);
        add_time(url, c->to_key, span->to + pad);
        return;
    }
}

void
request_url(struct buf *url, const struct page_request *r)
{
    buf_clear(url);
    buf_adds(url, r->base_url);
    add_path(url, r);
    add_window(url, r);
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

    if (c->window == WINDOW_NONE)
        return;
    tm_day(from, w->span.from);
    tm_day(to, w->span.to - 1);
    buf_addf(text, "%s..%s", from, to);
}
