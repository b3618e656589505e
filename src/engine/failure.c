#include "engine/failure.h"

#include <inttypes.h>

#include "auth/login.h"
#include "engine/byid.h"
#include "engine/engine.h"
#include "engine/fetcher.h"
#include "engine/lane.h"
#include "engine/run.h"
#include "engine/source.h"
#include "engine/ticket.h"
#include "engine/walk.h"
#include "net/transfer.h"
#include "spec/provider.h"

static void
blame_lane(struct ticket *t, const struct err *e)
{
    if (t->lane->fault.kind != ERR_NONE)
        return;
    t->lane->fault = *e;
    t->lane->fault_by = t->fetcher;
}

/* A token that other categories are asked with is not what is wrong, unless it
 * was good for this one, too: then it has ended. */
static bool
is_about_token(const struct ticket *t)
{
    const struct login *login = t->lane->source->login;

    if (login)
        return !login_has_worked(login);
    return !t->lane->has_worked || t->fetcher->result.pages > 0;
}

/* Its other windows would fail, too. Records that are asked for one by one may
 * be refused alone. */
static void
close_fetcher(struct ticket *t, bool may_be_alone)
{
    if (!may_be_alone || !t->walk->window.item)
        t->fetcher->is_closed = true;
}

/* It may be about the token, or a permission. */
static bool
is_mute(const struct ticket *t, int status)
{
    return status == 401 && t->walk->is_for_source &&
           t->lane->source->provider->scope_is_mute;
}

/* How far a failure reaches beyond its window. */
static void
spread(struct ticket *t, const struct err *e, int status)
{
    if (t->is_login_fault && e->kind != ERR_STOP) {
        blame_lane(t, e);
        return;
    }
    switch (e->kind) {
    case ERR_IO:
    case ERR_STOP:
    case ERR_LOCK:
        engine_blame(t->engine, t->fetcher, e);
        return;
    case ERR_RATE:
        blame_lane(t, e);
        return;
    case ERR_AUTH:
        if (is_mute(t, status)) {
            t->fetcher->is_refused = t->fetcher->is_closed = true;
            return;
        }
        if (t->walk->is_for_source && (status != 401 || is_about_token(t)))
            blame_lane(t, e);
        close_fetcher(t, !t->walk->is_for_source);
        return;
    case ERR_NET:
        if (status == 0)
            blame_lane(t, e);
        close_fetcher(t, status != 0);
        return;
    case ERR_DATA:
        if (status != 200)
            close_fetcher(t, true);
        return;
    case ERR_SCOPE:
    case ERR_USAGE:
    case ERR_OTHER:
    case ERR_FILE:
    case ERR_CUT:
        t->fetcher->is_closed = true;
        return;
    case ERR_NONE:
        return;
    }
}

/* The run finished a window like this one. */
static bool
got_further(const struct fetcher *f, const struct walk *w)
{
    for (size_t i = 0; i < f->head; i++)
        if (f->plan.window[i].is_recent == w->window.is_recent)
            return true;
    return false;
}

static bool
has_done_any(const struct engine *g)
{
    for (size_t i = 0; i < g->in->n; i++)
        for (size_t k = 0; k < g->lane[i].n; k++)
            if (g->lane[i].fetcher[k].result.windows_done > 0)
                return true;
    return false;
}

/* The next run goes on where this one ended. */
static bool
is_kept(const struct walk *w)
{
    return w->window.is_kept && w->taken > 1;
}

/* A window that a whole run is too short for is not finished by the next one,
 * either. */
static void
advise(const struct ticket *t, struct err *e, int status)
{
    const struct engine *g = t->engine;
    int64_t max = g->in->net->requests_max, pages = t->fetcher->result.pages;

    if (e->kind != ERR_RATE || status != 0 || pages == 0 || is_kept(t->walk))
        return;
    if (max > 0 && pages == max && !got_further(t->fetcher, t->walk))
        (void)err_hint(e,
                       "no run of %" PRId64 " request%s finishes this window; "
                       "give --max-requests more",
                       max, max == 1 ? "" : "s");
    else if (g->in->net->deadline_ms > 0 && !has_done_any(g))
        (void)err_hint(e, "no window was finished in this time; give "
                          "--max-time more");
}

void
failure_take(struct ticket *t, struct err *e, const struct http_reply *reply)
{
    int status = reply->status;

    if (e->kind == ERR_RATE && t->walk->window.item) {
        byid_stop(t->fetcher, t->walk, e, reply->wait_ms);
        return;
    }
    if (e->kind == ERR_RATE && reply->wait_ms > 0 &&
        t->lane->later.kind == ERR_NONE)
        byid_later(&t->lane->later, reply->wait_ms);
    advise(t, e, status);
    spread(t, e, status);
    fetcher_fail(t->fetcher, t->walk, t->is_login_fault ? -1 : t->ask.page, e);
}
