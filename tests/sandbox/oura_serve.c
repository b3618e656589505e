#include "base/buf.h"
#include "base/text.h"
#include "oauth.h"
#include "oura.h"
#include "provider.h"
#include "reply.h"
#include "scenario.h"

/* The Oura API: who may ask, and what goes wrong. */

/* 0 if the token is the right one; otherwise r refuses. */
static int
check_token(struct reply *r, const struct world *w, const struct asked *q,
            const struct oura_category *c)
{
    enum oauth_verdict verdict;

    if (!asked_header(q, "Authorization")) {
        reply_detail(r, 400,
                     "Token is missing from Request Authorization Heade");
        return -1;
    }
    verdict = oauth_judge(w, q, "oura", c->scope);
    if (verdict == OAUTH_STRANGE)
        reply_body(r, 401, NULL);
    if (verdict == OAUTH_SCOPE)
        oura_refuse_scope(r, c->scope, NULL);
    return verdict == OAUTH_GOOD ? 0 : -1;
}

static void
answer_category(struct reply *r, const struct world *w, const struct asked *q,
                const struct oura_category *c)
{
    bool is_series = c->filter == BY_INSTANT;
    struct oura_request request = {
        .start = asked_param(q, is_series ? "start_datetime" : "start_date"),
        .end = asked_param(q, is_series ? "end_datetime" : "end_date"),
        .next_token = asked_param(q, "next_token"),
    };
    struct misdeed m;

    if (check_token(r, w, q, c) < 0)
        return;
    if (misdeed_takes(r, &m, w, c->name, c->scope,
                      oura_page_number(&request, w->page)))
        return;
    oura_answer(r, &w->person, c, &request, &m.edits, w->page);
    misdeed_spoil(r, &m);
}

static void
answer(struct reply *r, const struct world *w, void *state,
       const struct asked *q)
{
    const struct oura_category *c = oura_category_of(q->path);

    (void)state; /* every fact comes from the person */
    if (!c)
        reply_detail(r, 404, "Not Found");
    else if (!text_is(q->method, "GET"))
        reply_detail(r, 405, "Method Not Allowed");
    else
        answer_category(r, w, q, c);
}

static bool
has(const char *category)
{
    return oura_category_named(category) != NULL;
}

const struct provider oura_provider = {
    .name = "oura",
    .places = { "/v2/usercollection/" },
    .has = has,
    .answer = answer,
};
