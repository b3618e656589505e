#include "net/transfer.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/ack.h"
#include "net/budget.h"
#include "net/easy.h"
#include "net/limit.h"
#include "net/pool.h"
#include "net/queue.h"
#include "net/retry.h"
#include "sys/clock.h"
#include "sys/signal.h"

/* Longest time without a look at the stop flag. */
enum { POLL_MAX_MS = 1000 };

struct transfer {
    struct net_options options;
    char *agent; /* what options.user_agent points to */
    struct net_counts counts;
    CURLM *multi;
    struct queue queue;
    struct pool pool;
    int64_t in_flight;
    struct err trouble;       /* the machine fails us; ends the run */
    bool (*work)(void *user); /* see transfer_between() */
    void *user;
    bool is_handing_out;
    bool is_ending; /* start nothing */
};

int
transfer_open(struct transfer **t, const struct net_options *o, struct err *e)
{
    struct transfer *made;
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

    if (code != CURLE_OK)
        return err_set(e, ERR_OTHER, "libcurl: %s", curl_easy_strerror(code));
    made = mem_zalloc(sizeof(*made));
    made->options = *o;
    made->agent = mem_strdup(o->user_agent);
    made->options.user_agent = made->agent;
    made->multi = curl_multi_init();
    if (!made->multi) {
        transfer_close(made);
        return err_set(e, ERR_OTHER, "libcurl: cannot start");
    }
    *t = made;
    return 0;
}

void
transfer_close(struct transfer *t)
{
    if (!t)
        return;
    /* No harm to those that are not in flight. */
    for (size_t i = 0; i < t->pool.n; i++)
        (void)curl_multi_remove_handle(t->multi, t->pool.all[i]->curl);
    pool_free(&t->pool);
    queue_free(&t->queue);
    (void)curl_multi_cleanup(t->multi); /* nothing is in it any more */
    free(t->agent);
    free(t);
    curl_global_cleanup();
}

void
transfer_between(struct transfer *t, bool (*work)(void *user), void *user)
{
    t->work = work;
    t->user = user;
}

bool
http_may_repeat(const struct http_request *request)
{
    return request->may_repeat || (!request->method && !request->body);
}

struct net_counts
transfer_counts(const struct transfer *t)
{
    return t->counts;
}

/* Answers. */

static void
call_done(struct transfer *t, struct http_request *request,
          struct http_reply *reply)
{
    t->is_handing_out = true;
    request->done(request, reply);
    t->is_handing_out = false;
    buf_free(&reply->body);
}

/* For a request that is not in flight. */
static void
give_up(struct transfer *t, struct http_request *request, int64_t wait_ms,
        const struct err *why)
{
    struct http_reply reply = { .retry_after_s = -1,
                                .wait_ms = wait_ms,
                                .error = *why };

    (void)err_in(&reply.error, "%s", request->label);
    call_done(t, request, &reply);
}

static void
hand_out(struct transfer *t)
{
    struct easy *x;

    while ((x = pool_finished(&t->pool))) {
        struct http_request *request = x->request;
        struct http_reply reply = x->reply;

        x->reply.body = (struct buf)BUF_INIT;
        /* First, so that done() may start the next request with it. */
        pool_put(&t->pool, x);
        call_done(t, request, &reply);
    }
}

/* Trying again. */

/* The wait is too long for this run. */
static int
refuse_wait(struct http_reply *reply, int64_t wait_ms)
{
    reply->wait_ms = wait_ms;
    return limit_asked(&reply->error, wait_ms);
}

/* Of a quota that a refusal says is used up; 0 = none is known to be. It need
 * not say which one: then it is refusals in a row that show it, and the last
 * try is for when the quota is given back. */
static int64_t
quota_wait(struct http_request *request, const struct http_reply *reply,
           int64_t now)
{
    if (reply->status != 429 || !request->budget)
        return 0;
    if (reply->retry_after_s < 0 && request->attempt + 1 >= RETRY_TRIES)
        budget_refused(request->budget, now);
    return budget_quota_wait(request->budget, now);
}

static int64_t
quota_patience(const struct http_request *request, const struct net_options *o,
               int64_t now)
{
    return request->budget->kept_percent > 0 ? limit_kept_ms(o, now)
                                             : limit_quota_ms(o, now);
}

/*
 * Queues the request for another try if there may be one. Otherwise -1, and
 * reply->error, which has what was wrong, says why there is none.
 */
static int
try_again(struct transfer *t, struct http_request *request,
          struct http_reply *reply)
{
    const struct net_options *o = &t->options;
    int64_t told_s = reply->retry_after_s, now = clock_ms();
    struct retry r = retry_after(reply->status, request->attempt, told_s,
                                 (int)clock_random(1000));
    bool is_told = told_s > 0 && r.wait_ms >= told_s * 1000;
    int64_t quota = quota_wait(request, reply, now);
    struct err *e = &reply->error, limit = ERR_INIT;

    if (reply->status == 429 && request->budget)
        budget_pause(request->budget, now + r.wait_ms);
    if (is_told && r.wait_ms > limit_wait_ms(o, now))
        return refuse_wait(reply, r.wait_ms);
    if (quota > 0 && quota > quota_patience(request, o, now))
        return refuse_wait(reply, quota);
    reply->wait_ms = quota;
    if (r.give_up)
        return limit_because(e, " (gave up after %d tries)", request->attempt);
    if (limit_start(o, t->counts.requests, now + r.wait_ms, &limit) < 0) {
        e->kind = limit.kind;
        return limit_because(e, ": %s", limit.text);
    }
    log_info("%s: %s; next try in %" PRId64 ".%" PRId64 " s", request->label,
             e->text, r.wait_ms / 1000, r.wait_ms % 1000 / 100);
    queue_later(&t->queue, request, now + r.wait_ms);
    return 0;
}

int
transfer_again(struct transfer *t, struct http_request *request,
               const struct err *why, struct err *e)
{
    struct http_reply reply = { .retry_after_s = -1, .error = *why };

    if (reply.error.kind == ERR_CUT)
        reply.error.kind = ERR_NET;
    if (try_again(t, request, &reply) == 0)
        return 0;
    *e = reply.error;
    return err_in(e, "%s", request->label);
}

/* In flight. */

/* Sends the request, or finishes it if it must not go out. */
static void
start(struct transfer *t, struct http_request *request)
{
    struct easy *x = pool_take(&t->pool, &t->options, &t->trouble);
    CURLMcode code;

    if (!x) {
        queue_add(&t->queue, request); /* it shares the end of the run */
        return;
    }
    x->request = request;
    if (request->ready && request->ready(request, &x->reply.error) < 0) {
        pool_finish(&t->pool, x);
        return;
    }
    if (easy_begin(x, request, &x->reply.error) < 0) {
        (void)err_in(&x->reply.error, "%s", request->label);
        pool_finish(&t->pool, x);
        return;
    }
    code = curl_multi_add_handle(t->multi, x->curl);
    if (code != CURLM_OK) {
        (void)err_set(&x->reply.error, ERR_NET, "%s: libcurl: %s",
                      request->label, curl_multi_strerror(code));
        pool_finish(&t->pool, x);
        return;
    }
    log_debug("%s", request->label);
    t->in_flight++;
    t->counts.requests++;
    t->counts.retries += request->attempt > 0;
    request->attempt++;
    if (request->budget)
        budget_spend(request->budget, clock_ms());
}

static void
start_all(struct transfer *t)
{
    const struct net_options *o = &t->options;
    struct http_request *request;
    struct err ignored = ERR_INIT; /* drop_refused() tells it */
    int64_t now = clock_ms();

    while (!t->trouble.kind &&
           limit_start(o, t->counts.requests, now, &ignored) == 0 &&
           (request = queue_next(&t->queue, now)))
        start(t, request);
}

void
transfer_add(struct transfer *t, struct http_request *request)
{
    int64_t before = t->in_flight;

    request->attempt = 0;
    queue_add(&t->queue, request);
    if (!t->is_handing_out || t->is_ending || signal_stop())
        return;
    /* The next page is under way while done() works on the last one. If this
     * fails, the loop's own call fails again and says so. */
    start_all(t);
    if (t->in_flight > before)
        (void)curl_multi_perform(t->multi, &(int){ 0 });
}

static void
land(struct transfer *t, struct easy *x)
{
    (void)curl_multi_remove_handle(t->multi, x->curl); /* it is in there */
    t->in_flight--;
    if (x->request->budget)
        budget_land(x->request->budget);
}

static void
collect_one(struct transfer *t, struct easy *x, CURLcode code)
{
    struct http_reply *reply = &x->reply;
    enum easy_end end = easy_finish(x, code);

    t->counts.connections += x->connections;
    t->counts.bytes += x->bytes;
    if (x->request->heard && reply->status > 0)
        x->request->heard(x->request, (const char *const *)x->heard);
    if (end == EASY_AGAIN && http_may_repeat(x->request) &&
        try_again(t, x->request, reply) == 0) {
        pool_put(&t->pool, x);
        return;
    }
    if (reply->error.kind)
        (void)err_in(&reply->error, "%s", x->request->label);
    pool_finish(&t->pool, x);
}

static void
collect(struct transfer *t)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(t->multi, &left))) {
        CURLcode code = message->data.result;
        struct easy *x = NULL;

        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &x) !=
                CURLE_OK)
            continue;
        land(t, x); /* message is not valid from here on */
        collect_one(t, x, code);
    }
}

/* The end of a run, and of hopes. */

static void
drop_queued(struct transfer *t, const struct err *why)
{
    struct http_request *request;

    while ((request = queue_any(&t->queue)))
        give_up(t, request, 0, why);
}

/* Nothing is left after it, whatever done() adds. */
static void
drop_all(struct transfer *t, const struct err *why)
{
    struct http_request *request;

    t->is_ending = true;
    hand_out(t);
    for (size_t i = 0; i < t->pool.n; i++) {
        struct easy *x = t->pool.all[i];

        if (!x->request)
            continue;
        request = x->request;
        land(t, x);
        pool_put(&t->pool, x);
        give_up(t, request, 0, why);
    }
    drop_queued(t, why);
    t->is_ending = false;
}

/* Those whose budget stays closed for longer than we may wait. */
static void
drop_hopeless(struct transfer *t)
{
    int64_t now = clock_ms(), wait;
    const struct queue_patience p = { limit_wait_ms(&t->options, now),
                                      limit_quota_ms(&t->options, now),
                                      limit_kept_ms(&t->options, now) };
    struct http_request *request;

    while ((request = queue_hopeless(&t->queue, now, &p, &wait))) {
        struct err why = ERR_INIT;

        (void)limit_refuse(&t->options, wait, &why);
        give_up(t, request, wait, &why);
    }
}

static void
drop_refused(struct transfer *t)
{
    struct err why = ERR_INIT;

    if (limit_start(&t->options, t->counts.requests, clock_ms(), &why) < 0)
        drop_queued(t, &why);
    else
        drop_hopeless(t);
}

/* The loop. */

static void
sleep_until_due(struct transfer *t)
{
    int64_t start_ms = clock_ms(), wait = queue_wait(&t->queue, start_ms);

    if (wait <= 0)
        return;
    clock_sleep_ms(wait);
    t->counts.waited_ms += clock_ms() - start_ms;
}

static int
check_multi(struct transfer *t, CURLMcode code)
{
    if (code == CURLM_OK)
        return 0;
    return err_set(&t->trouble, ERR_OTHER, "libcurl: %s",
                   curl_multi_strerror(code));
}

/* One piece of the work that waited for a moment like this. */
static bool
work(struct transfer *t)
{
    bool did;

    if (!t->work)
        return false;
    t->is_handing_out = true;
    did = t->work(t->user);
    t->is_handing_out = false;
    return did;
}

/* True once for each. */
static bool
has_lone_head(struct transfer *t)
{
    bool has = false;

    for (size_t i = 0; i < t->pool.n; i++) {
        has = has || t->pool.all[i]->is_head_only;
        t->pool.all[i]->is_head_only = false;
    }
    return has;
}

static int
move_bytes(struct transfer *t)
{
    int64_t wait;

    if (check_multi(t, curl_multi_perform(t->multi, &(int){ 0 })) < 0)
        return -1;
    if (has_lone_head(t))
        ack_at_once(t->multi);
    collect(t);
    if (t->pool.finished || t->in_flight == 0 || work(t))
        return 0;
    wait = queue_wait(&t->queue, clock_ms());
    if (wait < 0 || wait > POLL_MAX_MS)
        wait = POLL_MAX_MS;
    /* A signal ends it early. */
    return check_multi(t, curl_multi_poll(t->multi, NULL, 0, (int)wait, NULL));
}

static bool
has_work(const struct transfer *t)
{
    return t->in_flight > 0 || t->pool.finished ||
           queue_wait(&t->queue, clock_ms()) >= 0;
}

static void
turn(struct transfer *t)
{
    drop_refused(t);
    start_all(t);
    if (t->in_flight > 0)
        (void)move_bytes(t); /* leaves its trouble in t */
    else if (!t->pool.finished && !work(t))
        sleep_until_due(t);
    hand_out(t);
}

/* A signal asks us to, and nothing stands against it. */
static bool
must_stop(const struct transfer *t)
{
    return signal_stop() && !(t->options.must_end && t->in_flight > 0);
}

int
transfer_run(struct transfer *t, struct err *e)
{
    struct err stopped = ERR_INIT;

    while (!t->trouble.kind && (has_work(t) || work(t))) {
        if (!must_stop(t)) {
            turn(t);
            continue;
        }
        (void)err_set(&stopped, ERR_STOP, "stopped by %s",
                      signal_stop() == SIGINT ? "SIGINT" : "SIGTERM");
        drop_all(t, &stopped);
    }
    if (!t->trouble.kind)
        return 0;
    drop_all(t, &t->trouble);
    *e = t->trouble;
    t->trouble = (struct err)ERR_INIT;
    return -1;
}
