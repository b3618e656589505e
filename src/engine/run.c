#include "engine/run.h"

#include <inttypes.h>
#include <stdlib.h>

#include "auth/login.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/byid.h"
#include "engine/fetcher.h"
#include "engine/lane.h"
#include "engine/plan.h"
#include "engine/quota.h"
#include "engine/request.h"
#include "engine/source.h"
#include "engine/walk.h"
#include "net/transfer.h"
#include "spec/category.h"
#include "spec/provider.h"
#include "store/state.h"
#include "sys/clock.h"

enum {
    COMMIT_MS = 500,        /* at most so much work is lost by a kill */
    COMMIT_BYTES = 1 << 20, /* rows in memory, all categories together */
    COMMIT_ITEMS = 32,      /* records that were asked for one by one */
};

struct engine {
    const struct run_in *in;
    struct lane *lane;
    struct transfer *transfer;
    int64_t committed_ms;
    bool is_committing;  /* category by category, between other things ... */
    size_t commit_at[2]; /* ... from this one on: its lane, and its place */
    struct err fault;    /* the disk or a signal: why everything stops */
    const struct fetcher *fault_by; /* the category where it came up */
    bool is_dirty;                  /* the state has to be saved */
};

/* A request under way: what request.user points to. */
struct ticket {
    struct engine *engine;
    struct lane *lane;
    struct fetcher *fetcher;
    struct walk *walk;
    struct walk_ask ask;
    unsigned generation; /* of the login's tokens: what it was asked with */
    bool is_renewed;     /* it is asked with another token than at first */
    bool is_login_fault; /* there is no token to ask with */
};

static const struct err *
fault_of(const struct engine *g, const struct lane *lane)
{
    if (g->fault.kind != ERR_NONE)
        return &g->fault;
    return lane->fault.kind != ERR_NONE ? &lane->fault : NULL;
}

/* Everything stops; the first reason stays. */
static void
blame(struct engine *g, const struct fetcher *f, const struct err *e)
{
    if (g->fault.kind != ERR_NONE)
        return;
    g->fault = *e;
    g->fault_by = f;
}

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
    fetcher_finish(f, fault_of(g, lane));
    if (is_shared(f, &lane->fault, lane->fault_by) ||
        is_shared(f, &g->fault, g->fault_by))
        r->outcome = OUTCOME_NOT_RUN;
    g->is_dirty = true;
    if (r->error.kind == ERR_IO)
        blame(g, f, &r->error);
    if (g->in->finished)
        g->in->finished(r, g->in->user);
}

/* The files of a category could not be written. */
static void
fail_on_disk(struct engine *g, struct fetcher *f, struct err *e)
{
    (void)err_in(e, "%s/%s", f->source->name, f->category->name);
    f->result.error = *e;
    if (e->kind == ERR_IO)
        blame(g, f, e);
    else
        f->is_closed = true;
}

/* The rows that a category took so far become durable: true if there were any.
 */
static bool
flush_one(struct engine *g, struct fetcher *f)
{
    struct err e = ERR_INIT;

    if (!f->archive || f->is_over || !archive_needs_flush(f->archive))
        return false;
    g->is_dirty = true;
    if (archive_flush(f->archive, &e) < 0)
        fail_on_disk(g, f, &e);
    return true;
}

/* Everything taken so far is durable. */
static void
end_commit(struct engine *g)
{
    struct err e = ERR_INIT;

    if (g->is_dirty && state_save(g->in->state, &e) < 0)
        blame(g, NULL, &e);
    g->is_dirty = g->is_committing = false;
    g->committed_ms = clock_ms();
}

/* Rows of one category, or the state when there is none left: answers do not
 * wait for all of them. */
static void
step_commit(struct engine *g)
{
    size_t *i = &g->commit_at[0], *k = &g->commit_at[1];

    for (; *i < g->in->n; (*i)++, *k = 0)
        while (*k < g->lane[*i].n)
            if (flush_one(g, &g->lane[*i].fetcher[(*k)++]))
                return;
    end_commit(g);
}

static void
start_commit(struct engine *g)
{
    g->is_committing = true;
    g->commit_at[0] = g->commit_at[1] = 0;
}

/* Everything taken so far to disk: rows, then the state. */
static void
commit(struct engine *g)
{
    start_commit(g);
    while (g->is_committing)
        step_commit(g);
}

/* The rows of the category that has most of them leave the memory. */
static void
make_room(struct engine *g)
{
    struct fetcher *most = NULL;
    struct err e = ERR_INIT;

    for (size_t i = 0; i < g->in->n; i++)
        for (size_t k = 0; k < g->lane[i].n; k++) {
            struct fetcher *f = &g->lane[i].fetcher[k];

            if (!f->is_over && archive_needs_flush(f->archive) &&
                (!most ||
                 archive_bytes(f->archive) > archive_bytes(most->archive)))
                most = f;
        }
    if (most && archive_write(most->archive, &e) < 0)
        fail_on_disk(g, most, &e);
}

/* Tables that the configuration wants in another profile than they have. */
static void
recast(struct engine *g)
{
    for (size_t i = 0; i < g->in->n && g->fault.kind == ERR_NONE; i++)
        for (size_t k = 0; k < g->lane[i].n && g->fault.kind == ERR_NONE; k++) {
            struct fetcher *f = &g->lane[i].fetcher[k];
            struct err e = ERR_INIT;
            int rc = archive_recast(f->archive, &e);

            if (rc < 0)
                fail_on_disk(g, f, &e);
            g->is_dirty = g->is_dirty || rc == 1;
        }
    if (g->is_dirty)
        commit(g);
}

static void
commit_if_due(struct engine *g)
{
    size_t bytes = 0, items = 0;

    for (size_t i = 0; i < g->in->n; i++)
        for (size_t k = 0; k < g->lane[i].n; k++) {
            const struct fetcher *f = &g->lane[i].fetcher[k];

            if (f->is_over)
                continue;
            bytes += archive_bytes(f->archive);
            items += fetcher_is_detail(f) ? archive_windows(f->archive) : 0;
        }
    if (bytes > COMMIT_BYTES)
        make_room(g);
    if (!g->is_committing &&
        (items >= COMMIT_ITEMS ||
         clock_ms() - g->committed_ms >= (int64_t)COMMIT_MS))
        start_commit(g);
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

    while (!fault_of(g, lane) && has_place(lane) &&
           (f = is_counted(g) ? lane_pick_alone(g->lane, g->in->n, lane)
                              : lane_pick(lane, run_is_limited(g->in))))
        ask(g, lane, f, fetcher_start(f));
    for (size_t i = 0; i < lane->n && !fault_of(g, lane); i++)
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
           (fault_of(g, lane) ||
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

static void
blame_lane(struct ticket *t, const struct err *e)
{
    if (t->lane->fault.kind != ERR_NONE)
        return;
    t->lane->fault = *e;
    t->lane->fault_by = t->fetcher;
}

/* A token that other categories are asked with is not what is wrong. */
static bool
is_about_token(const struct ticket *t)
{
    const struct login *login = t->lane->source->login;

    return login ? !login_has_worked(login) : !t->lane->has_worked;
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
        blame(t->engine, t->fetcher, e);
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

static void
fail(struct ticket *t, struct err *e, const struct http_reply *reply)
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
    fail(t, &e, reply);
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
        blame(g, f, &e);
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
    step_commit(g);
    return true;
}

static void
add_result(struct run_out *out, const struct category_result *r)
{
    out->result = mem_resize(out->result, out->n + 1, sizeof(*out->result));
    out->result[out->n++] = *r;
}

/* Child tables, behind the records that they come with. */
static void
add_children(struct run_out *out, const struct fetcher *f)
{
    struct category_result child = f->result;

    if (!f->archive || f->result.outcome != OUTCOME_OK)
        return;
    child.pages = -1;
    child.windows = child.windows_done = 0;
    child.vanished = (struct vanished)VANISHED_INIT;
    for (size_t i = 0; (child.category = archive_child(
                            &child.counts, &child.rows, f->archive, i));
         i++)
        add_result(out, &child);
}

static void
collect(struct run_out *out, const struct engine *g)
{
    for (size_t i = 0; i < g->in->n; i++)
        for (size_t k = 0; k < g->lane[i].n; k++) {
            add_result(out, &g->lane[i].fetcher[k].result);
            add_children(out, &g->lane[i].fetcher[k]);
        }
}

/* A full disk is one line: tables that it left without order are put so by the
 * next run that has room. */
static void
tell_unsorted(struct engine *g)
{
    bool is_told = g->fault.kind == ERR_IO;

    for (size_t i = 0; i < g->in->n; i++)
        for (size_t k = 0; k < g->lane[i].n; k++) {
            struct fetcher *f = &g->lane[i].fetcher[k];
            struct category_result *r = &f->result;

            if (!f->is_unsorted || r->outcome != OUTCOME_FAILED)
                continue;
            if (is_told) {
                log_info("%s", r->error.text);
                r->outcome = OUTCOME_OK;
                r->error = (struct err)ERR_INIT;
            }
            is_told = true;
        }
}

/* True if the fault is a category's own result. */
static bool
is_told(const struct engine *g)
{
    for (size_t i = 0; i < g->in->n; i++)
        for (size_t k = 0; k < g->lane[i].n; k++) {
            const struct category_result *r = &g->lane[i].fetcher[k].result;

            if (r->outcome == OUTCOME_FAILED && r->error.kind == ERR_IO)
                return true;
        }
    return false;
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
    recast(g);
    g->committed_ms = clock_ms();
    pump_all(g);
    rc = transfer_run(g->transfer, e);
    while (finish_one(g))
        ; /* what the end of the run left */
    if (rc < 0)
        return -1;
    g->is_dirty = true;
    commit(g);
    tell_unsorted(g);
    if (g->fault.kind != ERR_IO || is_told(g))
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
    collect(out, &g);
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
