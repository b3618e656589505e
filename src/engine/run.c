#include "engine/run.h"

#include <stdlib.h>

#include "auth/login.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/byid.h"
#include "engine/commit.h"
#include "engine/engine.h"
#include "engine/failure.h"
#include "engine/fetcher.h"
#include "engine/lane.h"
#include "engine/plan.h"
#include "engine/quota.h"
#include "engine/request.h"
#include "engine/result.h"
#include "engine/source.h"
#include "engine/ticket.h"
#include "engine/walk.h"
#include "net/transfer.h"
#include "spec/category.h"
#include "spec/provider.h"
#include "sys/clock.h"

/* True if others met that fault, too: one line is enough, unless it says how
 * far it came. */
static bool
is_shared(const struct fetcher *f, const struct err *fault,
          const struct fetcher *by)
{
    const struct category_result *r = &f->result;

    return r->outcome == OUTCOME_FAILED && by && f != by &&
           r->error.kind == fault->kind && f->stop.kind == ERR_NONE;
}

/* Where others were answered a permission is missing; else it is the token. */
static void
decide(struct lane *lane, struct fetcher *f)
{
    struct err *error = &f->result.error;

    if (lane->has_worked) {
        (void)err_hint(
            error,
            "other categories were answered: has the login the "
            "permission %s? log in again with it: wearchive auth %s; "
            "or leave the category out of categories",
            f->category->scope, lane->source->name);
    } else if (lane->fault.kind == ERR_NONE) {
        lane->fault = *error;
        lane->fault_by = f;
    }
}

static void
finish(struct engine *g, struct lane *lane, struct fetcher *f)
{
    struct category_result *r = &f->result;

    if (f->is_refused)
        decide(lane, f);
    if (lane->later.kind != ERR_NONE && fetcher_is_detail(f))
        byid_put_off(f, &lane->later);
    fetcher_finish(f, engine_fault_of(g, lane));
    if (is_shared(f, &lane->fault, lane->fault_by) ||
        is_shared(f, &g->fault, g->fault_by))
        r->outcome = OUTCOME_NOT_RUN;
    g->is_dirty = true;
    if (r->error.kind == ERR_IO)
        engine_blame(g, f, &r->error);
    if (g->in->finished)
        g->in->finished(r, g->in->user);
}

bool
run_is_limited(const struct run_in *in)
{
    return in->net && /* else it is only a preview */
           (in->net->requests_max > 0 || in->net->deadline_ms > 0);
}

static bool
is_counted(const struct engine *g)
{
    return g->in->net->requests_max > 0;
}

static void
on_heard(struct http_request *request, const char *const *value)
{
    struct lane *lane = ((struct ticket *)request->user)->lane;

    quota_told(&lane->budget, lane->source->provider, value, clock_ms());
}

/* A request that has waited may need another token than when it was made. */
static int
on_ready(struct http_request *request, struct err *e)
{
    struct ticket *t = request->user;
    struct login_token token;

    if (login_token(&token, t->lane->source->login, e) < 0) {
        t->is_login_fault = true;
        return -1;
    }
    request->bearer = token.text;
    t->generation = token.generation;
    if (t->is_renewed)
        t->lane->renewed = token.generation;
    return 0;
}

static void on_reply(struct http_request *request, struct http_reply *reply);

/* It is under way: again, or for the first time. */
static void
count_out(struct ticket *t)
{
    t->lane->in_flight++;
    t->fetcher->in_flight++;
}

static void
ask(struct engine *g, struct lane *lane, struct fetcher *f, struct walk *w)
{
    struct ticket *t = mem_zalloc(sizeof(*t));

    t->engine = g;
    t->lane = lane;
    t->fetcher = f;
    t->walk = w;
    t->ask.request.done = on_reply;
    t->ask.request.user = t;
    walk_ask(&t->ask, w, fetcher_is_detail(f) ? &lane->spare : &lane->budget);
    t->ask.request.headers = lane->headers;
    t->ask.request.heard = on_heard;
    if (lane->source->login)
        t->ask.request.ready = on_ready;
    count_out(t);
    transfer_add(g->transfer, &t->ask.request);
}

static void
ticket_free(struct ticket *t)
{
    walk_ask_free(&t->ask);
    free(t);
}

static bool
has_place(const struct lane *lane)
{
    return lane->in_flight < lane_parallel(lane);
}

/* Walks that can ask for more and did not, because too much was held then or
 * there was no place: the one whose turn it is may always. */
static void
resume(struct engine *g, struct lane *lane, struct fetcher *f)
{
    for (size_t i = f->head; i < f->started && has_place(lane); i++) {
        struct walk *w = f->walk[i];

        while (walk_wants(w) && has_place(lane) &&
               (!lane_is_full(lane) || (i == f->head && !walk_has_page(w))))
            ask(g, lane, f, w);
    }
}

/* Fills the source's free places. */
static void
pump(struct engine *g, struct lane *lane)
{
    struct fetcher *f;

    while (!engine_fault_of(g, lane) && has_place(lane) &&
           (f = is_counted(g) ? lane_pick_alone(g->lane, g->in->n, lane)
                              : lane_pick(lane, run_is_limited(g->in))))
        ask(g, lane, f, fetcher_start(f));
    for (size_t i = 0; i < lane->n && !engine_fault_of(g, lane); i++)
        resume(g, lane, &lane->fetcher[i]);
}

static void
pump_all(struct engine *g)
{
    for (size_t i = 0; i < g->in->n; i++)
        pump(g, &g->lane[i]);
}

/* After something came to its end there. */
static void
pump_after(struct engine *g, struct lane *lane)
{
    if (is_counted(g)) /* it may be the turn of another source */
        pump_all(g);
    else
        pump(g, lane);
}

static bool
is_undecided(const struct lane *lane, const struct fetcher *f)
{
    return f->is_refused && lane_is_undecided(lane);
}

/* Nothing is left to do for a category, or nothing can be done. */
static bool
is_at_end(const struct engine *g, const struct lane *lane, struct fetcher *f)
{
    if (f->is_over || f->in_flight > 0 || byid_waits(f))
        return false;
    if (g->fault.kind != ERR_NONE)
        return true;
    return !fetcher_has_work(f) &&
           (engine_fault_of(g, lane) ||
            (fetcher_is_idle(f) && !is_undecided(lane, f)));
}

/* Finishes a category, which another one may have waited for. False if there is
 * none. */
static bool
finish_one(struct engine *g)
{
    for (size_t i = 0; i < g->in->n; i++)
        for (size_t k = 0; k < g->lane[i].n; k++) {
            if (!is_at_end(g, &g->lane[i], &g->lane[i].fetcher[k]))
                continue;
            finish(g, &g->lane[i], &g->lane[i].fetcher[k]);
            pump_after(g, &g->lane[i]);
            return true;
        }
    return false;
}

/* The same request once more, if there are tries left. */
static int
ask_again(struct ticket *t, struct err *e)
{
    struct err gave_up = ERR_INIT;

    if (transfer_again(t->engine->transfer, &t->ask.request, e, &gave_up) < 0) {
        *e = gave_up;
        return -1;
    }
    walk_again(t->walk);
    count_out(t);
    return 0;
}

/* The same request with another token, if there is one. */
static int
ask_renewed(struct ticket *t, struct err *e)
{
    struct login *login = t->lane->source->login;

    if (!login || t->is_renewed)
        return -1;
    if (t->lane->source->provider->scope_is_mute && t->lane->renewed > 0 &&
        t->generation == t->lane->renewed) /* one is as good as another */
        return -1;
    if (login_refused(login, t->generation, e) < 0) {
        t->is_login_fault = !login_has_worked(login);
        return -1;
    }
    t->is_renewed = true;
    walk_again(t->walk);
    count_out(t);
    transfer_add(t->engine->transfer, &t->ask.request);
    return 0;
}

static void
note_worked(struct ticket *t)
{
    t->lane->has_worked = true;
    if (t->lane->source->login)
        login_worked(t->lane->source->login, t->generation);
}

/* 1: the same request is under way again, 0: the ticket is used up. */
static int
take(struct ticket *t, struct http_reply *reply)
{
    struct walk *w = t->walk;
    struct err e = reply->error;

    walk_back(w);
    if (w->error.kind != ERR_NONE) {             /* it failed in the meantime */
        if (e.kind == ERR_NONE && walk_keeps(w)) /* else as if it had failed */
            (void)fetcher_page(t->fetcher, w, &t->ask, reply, &e);
        return 0;
    }
    if (t->engine->fault.kind != ERR_NONE) { /* nothing more is taken */
        w->error = t->engine->fault;
        w->is_over = true;
        return 0;
    }
    if (e.kind == ERR_NONE &&
        fetcher_page(t->fetcher, w, &t->ask, reply, &e) == 0) {
        note_worked(t);
        if (walk_wants(w) && !lane_is_full(t->lane))
            ask(t->engine, t->lane, t->fetcher, w);
        return 0;
    }
    if (e.kind == ERR_CUT && ask_again(t, &e) == 0)
        return 1;
    if (e.kind == ERR_AUTH && reply->status == 401 && ask_renewed(t, &e) == 0)
        return 1;
    failure_take(t, &e, reply);
    return 0;
}

static void
on_reply(struct http_request *request, struct http_reply *reply)
{
    struct ticket *t = request->user;
    struct engine *g = t->engine;
    struct lane *lane = t->lane;

    lane->in_flight--;
    lane->was_answered = lane->was_answered || reply->status > 0;
    t->fetcher->in_flight--;
    if (request->attempt > 0)
        t->fetcher->was_asked = true;
    if (take(t, reply) == 0)
        ticket_free(t);
    pump_after(g, lane);
}

static void
work(struct engine *g, struct lane *lane, struct fetcher *f)
{
    struct err e = ERR_INIT;

    if (fetcher_work(f, &e) < 0)
        engine_blame(g, f, &e);
    commit_if_due(g);
    pump_after(g, lane);
}

/* Takes one page. False if there is none. */
static bool
work_one(struct engine *g)
{
    for (size_t i = 0; i < g->in->n && g->fault.kind == ERR_NONE; i++)
        for (size_t k = 0; k < g->lane[i].n; k++) {
            struct fetcher *f = &g->lane[i].fetcher[k];

            if (f->is_over || !fetcher_has_work(f))
                continue;
            work(g, &g->lane[i], f);
            return true;
        }
    return false;
}

/* One thing at a time, when the requests for others are out. */
static bool
on_quiet(void *user)
{
    struct engine *g = user;

    if (finish_one(g))
        return true;
    if (!g->is_committing)
        return work_one(g);
    commit_step(g);
    return true;
}

static int
run_engine(struct engine *g, struct err *e)
{
    int rc;

    for (size_t i = 0; i < g->in->n; i++)
        if (lane_open(&g->lane[i], g->in, i, e) < 0)
            return -1;
    if (transfer_open(&g->transfer, g->in->net, e) < 0)
        return -1;
    transfer_between(g->transfer, on_quiet, g);
    commit_recast(g);
    g->committed_ms = clock_ms();
    pump_all(g);
    rc = transfer_run(g->transfer, e);
    while (finish_one(g))
        ; /* what the end of the run left */
    if (rc < 0)
        return -1;
    g->is_dirty = true;
    commit_all(g);
    commit_tell_unsorted(g);
    if (g->fault.kind != ERR_IO || result_has_fault(g))
        return 0;
    *e = g->fault;
    return -1;
}

int
run(struct run_out *out, const struct run_in *in, struct err *e)
{
    struct engine g = { .in = in };
    int rc;

    *out = (struct run_out){ .result = NULL };
    g.lane = mem_zalloc(in->n * sizeof(*g.lane));
    rc = run_engine(&g, e);
    result_collect(out, &g);
    if (g.transfer) {
        out->net = mem_alloc(sizeof(*out->net));
        *out->net = transfer_counts(g.transfer);
    }
    transfer_close(g.transfer);
    for (size_t i = 0; i < in->n; i++)
        lane_close(&g.lane[i]);
    free(g.lane);
    return rc;
}

void
run_free(struct run_out *out)
{
    for (size_t i = 0; i < out->n; i++)
        vanished_free(&out->result[i].vanished);
    free(out->result);
    free(out->net);
    *out = (struct run_out){ .result = NULL };
}

int
run_preview(struct list *urls, size_t *requests, size_t max,
            const struct run_in *in, const struct source *source,
            const struct category *category, struct err *e)
{
    struct fetcher f = { .source = NULL };
    struct fetcher_in ask = { in, source, category };
    struct buf url = BUF_INIT;
    int rc = fetcher_open(&f, &ask, e);

    if (rc == 0) {
        f.head = f.started = f.plan.n;
        (void)fetcher_next(&f); /* plans the holes, too */
        f.head = f.started = 0;
    }
    *requests = f.plan.n;
    for (size_t i = 0; i < f.plan.n && i < max; i++) {
        struct page_request r = { .provider = source->provider,
                                  .category =
                                      fetcher_asks(&f, &f.plan.window[i]),
                                  .base_url = source->base_url,
                                  .prefix = source->prefix,
                                  .window = &f.plan.window[i],
                                  .page = 1 };

        request_url(&url, &r);
        list_add(urls, buf_str(&url));
    }
    buf_free(&url);
    fetcher_free(&f);
    return rc;
}
