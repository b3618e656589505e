#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/login.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/tm.h"
#include "cmd/command.h"
#include "cmd/exit.h"
#include "cmd/hold.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "cmd/preview.h"
#include "cmd/report.h"
#include "cmd/setup.h"
#include "cmd/warn.h"
#include "engine/run.h"
#include "engine/source.h"
#include "net/transfer.h"
#include "spec/category.h"
#include "store/running.h"
#include "store/state.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/signal.h"

static void
make_run(struct run_in *in, const struct options *o, const struct setup *s)
{
    *in = (struct run_in){
        .source = s->source,
        .n = s->n,
        .fault = s->fault,
        .dir = s->dir,
        .now = clock_now(),
        .since = o->since,
        .until = o->until,
        .lookback_s = o->lookback_hours < 0 ? -1 : o->lookback_hours * HOUR,
        .full = o->full,
        .sweep = o->sweep || o->mark_vanished,
        .mark_vanished = o->mark_vanished,
    };
}

static void
make_net(struct net_options *net, const struct options *o)
{
    *net = (struct net_options)NET_OPTIONS_INIT;
    net->requests_max = o->max_requests;
    if (o->max_time_s > 0) {
        net->deadline_ms = clock_ms() + o->max_time_s * 1000;
        net->wait_max_s = net->quota_wait_max_s = o->max_time_s;
    }
}

/* A person has to log in: that is not one category's trouble. */
static bool
has_lost_login(const struct run_out *out, const struct source *source)
{
    for (size_t i = 0; i < out->n; i++)
        if (out->result[i].source == source &&
            out->result[i].error.kind != ERR_AUTH)
            return false;
    return true;
}

static int
tally(const struct run_out *out)
{
    struct exit_tally t = EXIT_TALLY_INIT;

    t.is_login = true;

    for (size_t i = 0; i < out->n; i++) {
        const struct category_result *r = &out->result[i];

        exit_count(&t,
                   r->outcome == OUTCOME_SKIPPED ? ERR_NONE : r->error.kind);
        t.is_login = t.is_login && (r->error.kind != ERR_AUTH ||
                                    has_lost_login(out, r->source));
    }
    return exit_result(&t);
}

/* What was written then may not be stored. */
static bool
disk_failed(const struct run_out *out)
{
    for (size_t i = 0; i < out->n; i++)
        if (out->result[i].error.kind == ERR_IO)
            return true;
    return false;
}

static int
report(const struct run_out *out, const struct options *o, struct err *e)
{
    int code = tally(out);

    report_failures(out, NULL);
    if (o->json)
        return report_json(out, code, e) < 0 ? -1 : code;
    if (!o->quiet && (o->verbose > 0 || isatty(STDOUT_FILENO)))
        return report_table(out, e) < 0 ? -1 : code;
    return code;
}

/* Logins that are about to end are renewed before all else: what is wrong
 * with one is said once, and not as a failure of a category. */
static void
wake_logins(struct setup *s, const struct net_options *net)
{
    for (size_t i = 0; i < s->n; i++) {
        struct source *source = &s->source[i];
        struct login_token token;

        if (s->fault[i].kind != ERR_NONE)
            continue;
        if (!source->login) {
            warn_of_retired(s, source);
            continue;
        }
        login_limit(source->login, net);
        if (login_token(&token, source->login, &s->fault[i]) == 0)
            warn_of_end(s, source);
    }
}

static int
fetch(const struct options *o, struct setup *s, struct err *e)
{
    struct net_options net;
    struct run_in in;
    struct run_out out;
    struct state *state = NULL;
    struct buf mark = BUF_INIT;
    int rc = -1;

    make_run(&in, o, s);
    make_net(&net, o);
    buf_addf(&mark, "%s/.wearchive/running", s->dir);
    if (state_load(&state, s->state_path, o->full, in.now, e) < 0 ||
        running_mark(&in.was_killed, buf_str(&mark), e) < 0)
        goto out;
    in.state = state;
    in.net = &net;
    wake_logins(s, &net);
    if (!o->quiet && !o->json && (o->verbose > 0 || isatty(STDERR_FILENO)))
        in.finished = report_progress;
    rc = run(&out, &in, e);
    if (rc == 0 && !disk_failed(&out))
        rc = fs_remove(buf_str(&mark), e);
    if (rc == 0)
        rc = report(&out, o, e);
    else
        report_failures(&out, e);
    run_free(&out);
out:
    state_free(state);
    buf_free(&mark);
    return rc;
}

static int
fetch_locked(const struct options *o, struct setup *s, struct err *e)
{
    struct lock lock = LOCK_INIT;
    int rc = hold_archive(&lock, s, o, e);

    if (rc == 0)
        rc = fetch(o, s, e);
    lock_release(&lock);
    return rc;
}

/* What would be asked for; touches neither network nor disk. */
static int
dry_run(const struct options *o, const struct setup *s, struct err *e)
{
    struct run_in in;
    struct state *state = NULL;
    int rc;

    make_run(&in, o, s);
    rc = state_load(&state, s->state_path, false, in.now, e);
    in.state = state;
    if (rc == 0)
        rc = preview(&in, o, e);
    state_free(state);
    return rc;
}

/* A day is there a day earlier than here at most. */
static int
check_start(const struct source *source, int64_t until, int64_t now,
            struct err *e)
{
    if (source->start > now + DAY)
        return err_set(e, ERR_USAGE, "%s: start_date is in the future",
                       source->name);
    if (until == OPTIONS_NO_TIME || until > source->start)
        return 0;
    (void)err_set(e, ERR_USAGE, "%s: --until is before the start_date",
                  source->name);
    return err_hint(e, "--since DAY reads from an earlier day on");
}

/* A year mistyped: there is nothing to read, and that is no success. */
static int
check_range(const struct options *o, const struct setup *s, int64_t now,
            struct err *e)
{
    if (o->since != OPTIONS_NO_TIME)
        return o->since < now
                   ? 0
                   : err_set(e, ERR_USAGE, "--since is in the future");
    for (size_t i = 0; i < s->n; i++)
        if (check_start(&s->source[i], o->until, now, e) < 0)
            return -1;
    return 0;
}

int
cmd_fetch(const struct options *o, struct err *e)
{
    struct setup s = SETUP_INIT;
    int rc = setup_load(&s, o, o->dry_run ? SETUP_SOURCES : SETUP_TOKENS, e);

    if (rc == 0)
        rc = check_range(o, &s, clock_now(), e);
    if (rc == 0)
        rc = o->dry_run ? dry_run(o, &s, e) : fetch_locked(o, &s, e);
    setup_free(&s);
    return rc;
}
