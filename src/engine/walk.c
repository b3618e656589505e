#include "engine/walk.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "auth/login.h"
#include "base/mem.h"
#include "base/text.h"
#include "data/json.h"
#include "engine/fanout.h"
#include "engine/pager.h"
#include "engine/request.h"
#include "engine/source.h"
#include "spec/category.h"
#include "spec/oauth.h"
#include "spec/provider.h"

/* Of pages that wait, beside those that are under way. */
enum { HELD_BYTES = 128 << 10 };

void
walk_init(struct walk *w, const struct source *source,
          const struct category *category, const struct window *window)
{
    struct page_request r = {
        .provider = source->provider,
        .category = category,
        .base_url = source->base_url,
        .prefix = source->prefix,
        .window = window,
    };

    *w = (struct walk){
        .source = source,
        .category = category,
        .window = *window,
        .is_whole = (category->newest_first && category->span_days > 0) ||
                    window->is_feed || window->item,
    };
    pages_init(&w->pages, category, window->page > 1 ? window->page : 1);
    request_label(&w->label, &r);
}

void
walk_free(struct walk *w)
{
    buf_free(&w->label);
    buf_free(&w->token);
    keyset_free(&w->tokens);
    for (size_t i = 0; i < w->held_n; i++)
        buf_free(&w->held[i].body);
    free(w->held);
    w->held = NULL;
    w->held_n = w->taken = w->held_bytes = 0;
}

bool
walk_wants(const struct walk *w)
{
    if (w->is_over || !pages_want(&w->pages))
        return false;
    /* Pages that can be asked for side by side come faster than they are
     * taken. */
    return w->pages.under_way == 0 || w->held_bytes < HELD_BYTES;
}

bool
walk_is_done(const struct walk *w)
{
    return w->is_over && w->pages.under_way == 0;
}

bool
walk_keeps(const struct walk *w)
{
    return w->window.is_kept &&
           (w->error.kind == ERR_RATE || w->error.kind == ERR_NET);
}

void
walk_ask(struct walk_ask *ask, struct walk *w, struct budget *budget)
{
    struct page_request r = {
        .provider = w->source->provider,
        .category = w->category,
        .base_url = w->source->base_url,
        .prefix = w->source->prefix,
        .window = &w->window,
        .token = w->token.n > 0 ? w->token.p : NULL,
        .token_n = w->token.n,
    };
    void (*done)(struct http_request *, struct http_reply *) =
        ask->request.done;
    void *user = ask->request.user;

    ask->page = r.page = pages_ask(&w->pages, &ask->is_check);
    request_url(&ask->url, &r);
    ask->request = (struct http_request){
        .url = buf_str(&ask->url),
        .label = buf_str(&w->label),
        .bearer = w->source->token.p,
        .bearer_header = w->source->provider->token_header,
        .budget = budget,
        .times = &w->source->times,
        .done = done,
        .user = user,
    };
}

void
walk_ask_free(struct walk_ask *ask)
{
    buf_free(&ask->url);
}

void
walk_back(struct walk *w)
{
    pages_back(&w->pages);
}

void
walk_again(struct walk *w)
{
    w->pages.under_way++;
}

static int
check_token(struct walk *w, const struct buf *token, struct err *e)
{
    buf_clear(&w->token);
    if (token->n == 0)
        return 0;
    if (!keyset_add(&w->tokens, XXH3_64bits(token->p, token->n)))
        return err_set(e, ERR_DATA,
                       "%s: the same page token came twice; the list would "
                       "never end",
                       buf_str(&w->label));
    buf_add(&w->token, token->p, token->n);
    return 0;
}

/* The place of a page of this round, made if it is not there yet. */
static struct walk_page *
place(struct walk *w, int64_t page)
{
    size_t n = w->round_at + (size_t)(page - w->pages.first + 1);
    /* bounded by PAGES_MAX */

    if (n > w->held_n) {
        w->held = mem_resize(w->held, n, sizeof(*w->held));
        memset(&w->held[w->held_n], 0,
               (n - w->held_n) * sizeof(*w->held)); /* none came yet */
        w->held_n = n;
    }
    return &w->held[n - 1];
}

static void
hold(struct walk *w, int64_t page, struct buf *body)
{
    struct walk_page *held = place(w, page);

    buf_fit(body);
    held->body = *body;
    held->came = true;
    w->held_bytes += body->room;
    *body = (struct buf)BUF_INIT;
}

/* After pages_came() or pages_missing(). */
static int
go_on(struct walk *w, int rc, struct err *e)
{
    if (rc > 0) {
        w->round_at = w->held_n;
        buf_clear(&w->token);
        keyset_free(&w->tokens);
    }
    if (w->pages.phase == PAGES_OVER)
        w->is_over = true;
    return rc < 0 ? err_in(e, "%s", buf_str(&w->label)) : 0;
}

int
walk_came(struct walk *w, const struct walk_ask *ask,
          const struct page_out *out, struct buf *body, struct err *e)
{
    struct page_told told = {
        .page = ask->page,
        .is_check = ask->is_check,
        .records = out->records,
        .pages = out->pages,
        .has_next = out->next && out->next->n > 0,
    };

    if (w->category->page == PAGE_NUMBER)
        told.mark = XXH3_64bits(body->p, body->n);
    if (!ask->is_check)
        hold(w, ask->page, body);
    if (out->next && check_token(w, out->next, e) < 0)
        return -1;
    return go_on(w, pages_came(&w->pages, &told, e), e);
}

int
walk_missing(struct walk *w, const struct walk_ask *ask, struct err *e)
{
    if (!ask->is_check)
        place(w, ask->page)->is_missing = true;
    return go_on(w, pages_missing(&w->pages, ask->page, ask->is_check, e), e);
}

void
walk_none(struct walk *w)
{
    w->is_none = w->is_over = true;
}

bool
walk_has_page(struct walk *w)
{
    if (w->is_whole && (w->pages.phase != PAGES_OVER || !w->is_over))
        return false;
    while (w->taken < w->held_n && w->held[w->taken].is_missing)
        w->taken++;
    return w->taken < w->held_n && w->held[w->taken].came;
}

int64_t
walk_take(struct walk *w, struct buf *body)
{
    struct walk_page *page = &w->held[w->taken++];

    *body = page->body;
    page->body = (struct buf)BUF_INIT;
    w->held_bytes -= body->room;
    return (int64_t)(w->taken > w->round_at ? w->taken - w->round_at
                                            : w->taken) +
           w->pages.first - 1;
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
    if (w->window.id) {
        buf_addf(&where, "record %s", w->window.id);
    } else if (w->window.item) {
        buf_adds(&where, w->window.item->id);
    } else {
        request_window(&where, w->category, &w->window);
        if (w->category->window != WINDOW_NONE)
            buf_addc(&where, ' ');
        buf_addf(&where, "page %lld", (long long)page);
    }
    (void)err_in(e, "%s", buf_str(&where));
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
    bool has = source->login ? login_is_in(source->login, buf_str(words))
                             : token && strstr(buf_str(words), token);

    if (!has)
        return;
    buf_wipe(words);
    buf_adds(words, "a permission (scope) is missing");
}

/* All words of a refusal stand in the body. */
static bool
is_like(const struct refusal *r, const struct http_reply *reply)
{
    size_t i = 0;

    if (r->status != reply->status)
        return false;
    while (r->words[i] &&
           text_has_nocase(reply->body.p, reply->body.n, r->words[i]))
        i++;
    return !r->words[i];
}

static const struct refusal *
find_refusal(const struct provider *p, const struct http_reply *reply)
{
    for (size_t i = 0; reply->body.n > 0 && i < p->refusals_n; i++)
        if (is_like(&p->refusals[i], reply))
            return &p->refusals[i];
    return NULL;
}

static int
known_refusal(struct walk *w, const struct refusal *r, const char *label,
              struct err *e)
{
    w->is_for_source = !r->is_for_category;
    (void)err_set(e, r->is_for_category ? ERR_SCOPE : ERR_AUTH,
                  "%s: HTTP %d: %s", label, r->status, r->text);
    return err_hint(e, "%s", r->hint);
}

/* What brings a better token than the one that was refused. */
static int
hint_token(const struct source *source, struct err *e)
{
    const struct provider *p = source->provider;

    if (source->login)
        return err_hint(e, "log in again: wearchive auth %s", source->name);
    if (!p->login || p->login->grant == OAUTH_KEY)
        return err_hint(e, "%s", p->token_help);
    return err_hint(e, "%s%swearchive auth %s, and take the token out",
                    p->login->retired ? p->login->retired : "",
                    p->login->retired ? ": " : "", source->name);
}

static int
refused_token(struct walk *w, const char *label, const struct http_reply *reply,
              struct err *e)
{
    const struct provider *p = w->source->provider;
    struct buf words = BUF_INIT;

    if (is_scope(&words, p, reply)) {
        hide_token(&words, w->source);
        (void)err_set(e, ERR_SCOPE, "%s: HTTP 401: %.200s", label,
                      buf_str(&words));
        (void)err_hint(e, "give the login this permission to have it, or "
                          "leave the category out of categories");
    } else {
        w->is_for_source = true;
        (void)err_set(e, ERR_AUTH, "%s: HTTP 401: the token was refused",
                      label);
        (void)hint_token(w->source, e);
    }
    buf_free(&words);
    return -1;
}

static int
refused(struct walk *w, const char *label, const struct http_reply *reply,
        struct err *e)
{
    const struct refusal *known = find_refusal(w->source->provider, reply);

    if (known)
        return known_refusal(w, known, label, e);
    if (reply->status == 401)
        return refused_token(w, label, reply, e);
    (void)err_set(e, ERR_AUTH, "%s: HTTP %d: not allowed", label,
                  reply->status);
    return err_hint(e, "is the membership active, and has the login the "
                       "permission for this category?");
}

static bool
may_be_missing(const struct category *c)
{
    return c->missing_ends || (c->per && c->per->missing_is_none);
}

int
walk_status(struct walk *w, const struct http_reply *reply, struct err *e)
{
    const char *label = w->label.p;

    if (reply->status == 200)
        return 1;
    if (reply->status == 404 && (w->window.id || may_be_missing(w->category)))
        return 0;
    if (reply->status >= 401 && reply->status <= 403)
        return refused(w, label, reply, e);
    return err_set(e, ERR_DATA, "%s: HTTP %d", label, reply->status);
}
