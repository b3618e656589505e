/*
 * Every way to fail, at every step of every scene.
 *
 *   fault [-d] [-j WORKERS] [-e N] [SCENE ...]
 *                                           all of it; with -e each Nth point;
 *                                           with -d also two faults, a kill and
 *                                           a power loss, at any two steps
 *   fault before SCENE DIR                  makes the archive of a scene
 *   fault run SCENE DIR                     runs a scene on it; FAULT_AT and
 *                                           FAULT_HOW pick a failure, FAULT_LOG
 *                                           names a file for the order of calls
 *
 * The calls of a clean run are counted. Then, for each call and each way in
 * which that one can fail: the archive as it was, a run with the failure, a
 * look at what is left, and a clean run, after which the archive has to be
 * the one that a run without a failure makes, byte for byte.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "disk.h"
#include "realdisk.h"
#include "scenario.h"
#include "subject.h"
#include "tree.h"
#include "wrap.h"

enum { WORKERS_MAX = 9, SHOWN_MAX = 10 };

struct totals {
    long points;
    long failed;
};

struct options {
    long workers;
    long each;
    bool is_deep;
    char **scene;
    int scene_n;
};

static struct totals *totals; /* shared, one for each worker */

static void
count(struct totals *t, const struct place *p, const struct subject *s,
      const char *what, const char *why)
{
    t->points++;
    if (!why)
        return;
    t->failed++;
    if (t->failed <= SHOWN_MAX)
        (void)fprintf(stderr, "FAILED  %s: %s: %s\n%s", s->scene->name, what,
                      why, place_said(p));
}

static void
describe(char out[200], const struct subject *s, long at, const char *how,
         const char *more)
{
    const char *call = at >= 1 && at <= s->calls
                           ? fault_call_word((enum fault_call)s->call[at])
                           : "the end";

    (void)snprintf(out, 200, "FAULT_AT=%ld FAULT_HOW=%s (%s)%s", at, how, call,
                   more);
}

/* How the run with the failure may end. */
static const char *
check_end(const struct outcome *o, enum fault_how how)
{
    if (o->signal != 0)
        return o->signal == SIGKILL && fault_kills(how) ? NULL
                                                        : "died of a signal";
    if (fault_kills(how) && fault_shared->was_hit)
        return "it should be dead";
    if (how == HOW_NOMEM && fault_shared->was_hit)
        return o->code == EXIT_FAILURE ? NULL : "exit code is not 1";
    if (fault_is_harmless(how))
        return o->code == 0 ? NULL : "exit code is not 0";
    return o->code == 0 || o->code == 6 ? NULL : "exit code is not 0 or 6";
}

/* One call fails in one way. */
static void
try_fault(struct totals *t, struct place *p, const struct subject *s, long at,
          enum fault_how how)
{
    struct fault_plan plan = { .at = at, .how = how };
    struct tree after = TREE_INIT;
    struct outcome o;
    const char *why;
    char what[200];

    tree_write(&s->before, p->root);
    o = place_run(p, s, &plan);
    tree_read(&after, p->root);
    why = check_end(&o, how);
    if (!why)
        why = place_said_well(p, &o);
    if (!why && o.signal == 0 && o.code == 0)
        why = tree_diff(&after, subject_end(s));
    if (!why)
        why = place_verdict(p, s, &after, (size_t)fault_shared->marks,
                            s->scene->file || fault_kills(how) ||
                                how == HOW_GONE || how == HOW_READ_ONLY);
    describe(what, s, at, fault_how_word(how), "");
    count(t, p, s, what, why);
    tree_free(&after);
}

/* The machine loses what was not synced, in each way that makes a
 * difference. */
static void
try_losses(struct totals *t, struct place *p, const struct subject *s,
           size_t promised, const char *what)
{
    struct tree left[LOSS_N];

    for (int i = 0; i < LOSS_N; i++) {
        left[i] = (struct tree)TREE_INIT;
        disk_lose(&left[i], p->shadow, p->root, (enum disk_loss)i);
    }
    for (int i = 0; i < LOSS_N; i++) {
        bool is_new = true;
        char text[300];

        for (int k = 0; k < i && is_new; k++)
            is_new = tree_diff(&left[i], &left[k]) != NULL;
        if (!is_new)
            continue;
        (void)snprintf(text, sizeof(text), "%s, power loss: %s", what,
                       disk_loss_word((enum disk_loss)i));
        count(t, p, s, text, place_verdict(p, s, &left[i], promised, true));
    }
    for (int i = 0; i < LOSS_N; i++)
        tree_free(&left[i]);
}

/* The power goes right before the call; the last time: at the end. */
static void
try_power(struct totals *t, struct place *p, const struct subject *s, long at)
{
    struct fault_plan plan = {
        .at = at, .how = HOW_KILL_BEFORE, .root = p->root, .shadow = p->shadow
    };
    char what[200];

    tree_write(&s->before, p->root);
    tree_clear_dir(p->shadow);
    disk_start(p->shadow, p->root);
    (void)place_run(p, s, &plan);
    describe(what, s, at, "kill-before", "");
    try_losses(t, p, s, (size_t)fault_shared->marks, what);
}

/* A kill right after the call, or a sync that fails; a clean run, and then the
 * power goes: what the first one left unsynced counts, too. */
static void
try_power_later(struct totals *t, struct place *p, const struct subject *s,
                long at)
{
    struct fault_plan plan = { .at = at,
                               .how = s->call[at] == CALL_SYNC ? HOW_EIO
                                                               : HOW_KILL_AFTER,
                               .root = p->root,
                               .shadow = p->shadow };
    struct outcome o;
    char what[200];

    describe(what, s, at, fault_how_word(plan.how), ", then a clean run");

    tree_write(&s->before, p->root);
    tree_clear_dir(p->shadow);
    disk_start(p->shadow, p->root);
    (void)place_run(p, s, &plan);
    plan.at = 0;
    o = place_run(p, s, &plan);
    if (o.signal != 0 || o.code != 0)
        count(t, p, s, what, "the clean run failed");
    else
        try_losses(t, p, s, s->marks - 1, what);
}

/* A kill right after the call, with the shadow of the disk as it is then. */
static void
kill_after(struct place *p, const struct subject *s, long at)
{
    const struct fault_plan plan = {
        .at = at, .how = HOW_KILL_AFTER, .root = p->root, .shadow = p->shadow
    };

    tree_write(&s->before, p->root);
    tree_clear_dir(p->shadow);
    disk_start(p->shadow, p->root);
    (void)place_run(p, s, &plan);
}

/* And in the next run the power goes right before a call: what is built on
 * something unsynced falls with it. */
static void
try_power_soon(struct totals *t, struct place *p, const struct subject *s,
               long at, long then)
{
    const struct fault_plan plan = {
        .at = then, .how = HOW_KILL_BEFORE, .root = p->root, .shadow = p->shadow
    };
    char what[200], more[64];

    kill_after(p, s, at);
    (void)place_run(p, s, &plan);
    (void)snprintf(more, sizeof(more), ", then kill-before at %ld", then);
    describe(what, s, at, "kill-after", more);
    try_losses(t, p, s, 0, what);
}

static bool
may_try(const struct subject *s, long at, enum fault_how how)
{
    return fault_applies(how, (enum fault_call)s->call[at]) &&
           !(s->scene->is_large && how == HOW_NOMEM);
}

static bool
leaves_unsynced(enum fault_call call)
{
    return call == CALL_WRITE || call == CALL_RENAME || call == CALL_UNLINK ||
           call == CALL_TRUNCATE;
}

/* Counts the calls of the run after a kill, then tries each. */
static void
work_twice(struct totals *t, struct place *p, const struct subject *s, long at,
           long *i, long every)
{
    const struct fault_plan plan = { .at = 0 };
    unsigned char *call;
    long calls;

    kill_after(p, s, at);
    (void)place_run(p, s, &plan);
    calls = fault_shared->n;
    call = mem_alloc((size_t)calls + 1);
    memcpy(call, fault_shared->call, (size_t)calls + 1);
    for (long then = 1; then <= calls; then++)
        if (fault_applies(HOW_KILL_AFTER, (enum fault_call)call[then]) &&
            (*i)++ % every == 0)
            try_power_soon(t, p, s, at, then);
    free(call);
}

static void
work(struct totals *t, struct place *p, const struct subject *s,
     const struct options *o, long turn)
{
    long every = o->workers * o->each, i = turn * o->each;

    for (long at = 1; at <= s->calls; at++) {
        for (int how = 1; how < HOW_N; how++)
            if (may_try(s, at, (enum fault_how)how) && i++ % every == 0)
                try_fault(t, p, s, at, (enum fault_how)how);
        if (fault_applies(HOW_KILL_AFTER, (enum fault_call)s->call[at])) {
            if (i++ % every == 0)
                try_power(t, p, s, at);
            if (i++ % every == 0)
                try_power_later(t, p, s, at);
        }
        if (o->is_deep && leaves_unsynced((enum fault_call)s->call[at]))
            work_twice(t, p, s, at, &i, every);
    }
    if (i % every == 0)
        try_power(t, p, s, s->calls + 1);
}

/* All the points of a scene, shared among the workers. */
static int
test_scene(const struct scene *scene, struct place *place,
           const struct options *o)
{
    struct subject s = SUBJECT_INIT;
    struct totals sum = { 0, 0 };
    pid_t pid[WORKERS_MAX];
    const char *why = subject_make(&s, scene, &place[0]);
    int rc = 0;

    if (why) {
        (void)fprintf(stderr, "FAILED  %s: without a fault: %s\n%s",
                      scene->name, why, place_said(&place[0]));
        rc = -1;
    }
    for (long i = 0; rc == 0 && i < o->workers; i++) {
        totals[i] = (struct totals){ 0, 0 };
        pid[i] = fork();
        if (pid[i] < 0)
            tree_die("fork");
        if (pid[i] == 0) {
            place_own_counts();
            work(&totals[i], &place[i], &s, o, i);
            _exit(0); /* what the parent would print is not ours */
        }
    }
    for (long i = 0; rc == 0 && i < o->workers; i++) {
        int status;

        if (waitpid(pid[i], &status, 0) != pid[i] || status != 0)
            rc = -1; /* has told why */
    }
    for (long i = 0; i < o->workers; i++) {
        sum.points += totals[i].points;
        sum.failed += totals[i].failed;
        totals[i] = (struct totals){ 0, 0 };
    }
    sum.failed += rc < 0;
    (void)printf("%-24s %5ld calls %6ld fault points %4ld failed\n",
                 scene->name, s.calls, sum.points, sum.failed);
    (void)fflush(stdout); /* a fork would print it again */
    totals[WORKERS_MAX].points += sum.points;
    totals[WORKERS_MAX].failed += sum.failed;
    subject_free(&s);
    return rc;
}

static bool
is_wanted(const struct scene *scene, const struct options *o)
{
    for (int i = 0; i < o->scene_n; i++)
        if (strcmp(o->scene[i], scene->name) == 0)
            return true;
    return o->scene_n == 0;
}

static void
real_disks(struct place *place, const struct options *o)
{
    struct real_counts counts = { 0, 0 };

    for (size_t i = 0; i < scenes_n; i++) {
        struct subject s = SUBJECT_INIT;

        if (!is_wanted(&scenes[i], o) || scenes[i].is_large)
            continue;
        if (!subject_make(&s, &scenes[i], place))
            real_scene(&counts, &s, place);
        subject_free(&s);
    }
    (void)printf("%-24s %12s %6ld fault points %4ld failed\n",
                 "real file systems", "", counts.points, counts.failed);
    totals[WORKERS_MAX].points += counts.points;
    totals[WORKERS_MAX].failed += counts.failed;
}

static int
test_all(const struct options *o)
{
    struct place place[WORKERS_MAX];
    char base[200];

    totals = place_share((WORKERS_MAX + 1) * sizeof(*totals));
    place_base(base);
    for (long i = 0; i < o->workers; i++)
        place_open(&place[i], base, (int)i);
    for (size_t i = 0; i < scenes_n; i++)
        if (is_wanted(&scenes[i], o))
            (void)test_scene(&scenes[i], place, o);
    real_disks(&place[0], o);
    (void)printf("%ld fault points, %ld failed\n", totals[WORKERS_MAX].points,
                 totals[WORKERS_MAX].failed);
    tree_clear_dir(base);
    (void)rmdir(base);
    return totals[WORKERS_MAX].failed == 0 && totals[WORKERS_MAX].points > 0
               ? 0
               : 1;
}

static int
run_one(const char *name, const char *dir)
{
    const char *at = getenv("FAULT_AT");
    struct fault_plan plan = { .at = at ? strtol(at, NULL, 10) : 0,
                               .how = fault_how_of(getenv("FAULT_HOW")),
                               .log = getenv("FAULT_LOG") };
    const struct scene *scene = scene_find(name);
    int code;

    if (!scene || (plan.at && plan.how == HOW_NONE)) {
        (void)fprintf(stderr, "fault: no such scene, or no FAULT_HOW\n");
        return 2;
    }
    fault_shared = place_share(sizeof(*fault_shared));
    fault_arm(&plan);
    code = scene_run(scene, scene->script, dir);
    fault_disarm();
    (void)printf("exit code %d after %ld calls and %ld commits\n", code,
                 fault_shared->n, fault_shared->marks);
    return code;
}

static int
before_one(const char *name, const char *dir)
{
    const struct scene *scene = scene_find(name);
    struct subject s = SUBJECT_INIT;
    struct place place;
    char base[200];

    if (!scene)
        return 2;
    place_base(base);
    place_open(&place, base, 0);
    (void)subject_make(&s, scene, &place);
    tree_write(&s.before, dir);
    subject_free(&s);
    tree_clear_dir(base);
    (void)rmdir(base);
    return 0;
}

int
main(int argc, char **argv)
{
    struct options o = { .workers = sysconf(_SC_NPROCESSORS_ONLN), .each = 1 };
    int c;

    if (argc == 4 && strcmp(argv[1], "run") == 0)
        return run_one(argv[2], argv[3]);
    if (argc == 4 && strcmp(argv[1], "before") == 0)
        return before_one(argv[2], argv[3]);
    while ((c = getopt(argc, argv, "dj:e:")) != -1) {
        long n = c == 'd' ? 1 : c == '?' ? 0 : strtol(optarg, NULL, 10);

        if (n < 1) {
            (void)fprintf(stderr,
                          "usage: fault [-d] [-j N] [-e N] [SCENE ...]\n");
            return 2;
        }
        if (c == 'd')
            o.is_deep = true;
        else
            *(c == 'j' ? &o.workers : &o.each) = n;
    }
    if (o.workers < 1 || o.workers > WORKERS_MAX)
        o.workers = WORKERS_MAX;
    o.scene = argv + optind;
    o.scene_n = argc - optind;
    return test_all(&o);
}
