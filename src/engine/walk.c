#include "engine/walk.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "base/text.h"
#include "data/json.h"
#include "engine/request.h"
#include "engine/source.h"
#include "spec/category.h"
#include "spec/provider.h"

void
walk_init(struct walk *w, const struct source *source,
          const struct category *category, const struct window *window)
{
    *w = (struct walk){
        .source = source,
        .category = category,
        .window = *window,
        .page = 1,
    };
}

void
walk_free(struct walk *w)
{
    buf_free(&w->url);
    buf_free(&w->label);
    buf_free(&w->token);
    keyset_free(&w->tokens);
    for (size_t i = 0; i < w->held_n; i++)
        buf_free(&w->held[i]);
    free(w->held);
    w->held = NULL;
    w->held_n = w->taken = 0;
}

void
walk_request(struct walk *w, struct budget *budget)
{
    struct page_request r = {
        .provider = w->source->provider,
        .category = w->category,
        .base_url = w->source->base_url,
        .window = &w->window,
        .token = w->token.n > 0 ? w->token.p : NULL,
        .token_n = w->token.n,
    };
    void (*done)(struct http_request *, struct http_reply *) = w->request.done;
    void *user = w->request.user;

    request_url(&w->url, &r);
    request_label(&w->label, &r);
    w->request = (struct http_request){
        .url = buf_str(&w->url),
        .label = buf_str(&w->label),
        .bearer = w->source->token.p,
        .bearer_header = w->source->provider->token_header,
        .budget = budget,
        .times = &w->source->times,
        .done = done,
        .user = user,
    };
}

int
walk_next(struct walk *w, struct err *e)
{
    if (w->token.n == 0)
        return 0;
    if (!keyset_add(&w->tokens, XXH3_64bits(w->token.p, w->token.n)))
        return err_set(e, ERR_DATA,
                       "%s: the same page token came twice; the list would "
                       "never end",
                       buf_str(&w->label));
    w->page++;
    return 1;
}

void
walk_hold(struct walk *w, struct buf *body)
{
    w->held = mem_resize(w->held, w->held_n + 1, sizeof(*w->held));
    buf_fit(body);
    w->held[w->held_n++] = *body;
    *body = (struct buf)BUF_INIT;
}

bool
walk_has_page(const struct walk *w)
{
    return w->taken < w->held_n;
}

size_t
walk_held_bytes(const struct walk *w)
{
    size_t n = 0;

    for (size_t i = 0; i < w->held_n; i++)
        n += w->held[i].room;
    return n;
}

void
walk_blame(const struct walk *w, int64_t page, struct err *e)
{
    struct buf where = BUF_INIT;

    if (e->kind == ERR_SCOPE) { /* the same for every window */
        (void)err_in(e, "%s/%s: skipped", w->source->name, w->category->name);
        return;
    }
    buf_addf(&where, "%s/%s ", w->source->name, w->category->name);
    request_window(&where, w->category, &w->window);
    if (w->category->window != WINDOW_NONE)
        buf_addc(&where, ' ');
    (void)err_in(e, "%spage %lld", buf_str(&where), (long long)page);
    buf_free(&where);
}

/* Adds the server's own words if they name a permission. */
static bool
is_scope(struct buf *words, const struct provider *p,
         const struct http_reply *reply)
{
    struct err not_json = ERR_INIT;
    struct json_token t;

    if (!p->scope_at ||
        json_at(&t, reply->body.p, reply->body.n, p->scope_at, &not_json) != 1)
        return false;
    if (t.type != JSON_STRING || !text_has_nocase(t.p, t.n, p->scope_word))
        return false;
    json_text(words, &t);
    return true;
}

/* A server that repeats the token shall not bring it into a message. */
static void
hide_token(struct buf *words, const struct source *source)
{
    const char *token = source->token.p;

    if (source->token.n == 0 || !strstr(buf_str(words), token))
        return;
    buf_wipe(words);
    buf_adds(words, "a permission (scope) is missing");
}

static int
refused(const struct walk *w, const char *label, const struct http_reply *reply,
        struct err *e)
{
    const struct provider *p = w->source->provider;
    struct buf words = BUF_INIT;

    if (reply->status == 401 && is_scope(&words, p, reply)) {
        hide_token(&words, w->source);
        (void)err_set(e, ERR_SCOPE, "%s: HTTP 401: %.200s", label,
                      buf_str(&words));
        (void)err_hint(e, "give the login this permission to have it, or "
                          "leave the category out of categories");
    } else if (reply->status == 401) {
        (void)err_set(e, ERR_AUTH, "%s: HTTP 401: the token was refused",
                      label);
        (void)err_hint(e, "%s", p->token_help);
    } else {
        (void)err_set(e, ERR_AUTH, "%s: HTTP 403: not allowed", label);
        (void)err_hint(e, "is the membership active, and has the login the "
                          "permission for this category?");
    }
    buf_free(&words);
    return -1;
}

int
walk_status(const struct walk *w, const struct http_reply *reply, struct err *e)
{
    const char *label = w->request.label;

    if (reply->status == 200)
        return 0;
    if (reply->status == 401 || reply->status == 403)
        return refused(w, label, reply, e);
    return err_set(e, ERR_DATA, "%s: HTTP %d", label, reply->status);
}
