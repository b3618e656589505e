/* MAP_ANONYMOUS is not in plain POSIX. */
#define _DEFAULT_SOURCE

#include "subject.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "judge.h"
#include "order.h"
#include "scenario.h"
#include "sys/fs.h"
#include "wrap.h"

enum { SAID_MAX = 1 << 20, LOG_MAX = 16 << 20, CODE_FORK = 71 };

#define JOURNAL ".wearchive/journal"

void *
place_share(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                   -1, 0);

    if (p == MAP_FAILED)
        tree_die("mmap");
    return p;
}

void
place_base(char out[200])
{
    const char *tmp = getenv("TMPDIR");

    if (!tmp || !*tmp)
        tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(out, 200, "%s/wearchive-fault-XXXXXX", tmp);
    if (!mkdtemp(out))
        tree_die(out);
}

void
place_open(struct place *p, const char *base, int number)
{
    (void)snprintf(p->dir, sizeof(p->dir), "%s/%d", base, number);
    (void)snprintf(p->root, sizeof(p->root), "%s/root", p->dir);
    (void)snprintf(p->shadow, sizeof(p->shadow), "%s/shadow", p->dir);
    (void)snprintf(p->log, sizeof(p->log), "%s/log", p->dir);
    (void)snprintf(p->said, sizeof(p->said), "%s/said", p->dir);
    if (mkdir(p->dir, 0700) < 0 || mkdir(p->root, 0700) < 0 ||
        mkdir(p->shadow, 0700) < 0)
        tree_die(p->dir);
    if (!fault_shared)
        place_own_counts();
}

void
place_own_counts(void)
{
    fault_shared = place_share(sizeof(*fault_shared));
}

static void
redirect(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(CODE_FORK);
}

static struct outcome
wait_for(pid_t pid)
{
    struct outcome o = { 0, 0 };
    int status;

    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        tree_die("fork");
    if (WIFSIGNALED(status))
        o.signal = WTERMSIG(status);
    else
        o.code = WEXITSTATUS(status);
    return o;
}

static struct outcome
run_script(const struct place *p, const struct scene *scene, const char *script,
           const struct fault_plan *plan)
{
    pid_t pid = fork();
    int code;

    if (pid == 0) {
        redirect(p->said);
        fault_arm(plan);
        code =
            script ? scene_run(scene, script, p->root) : scene_recover(p->root);
        fault_disarm();
        exit(code);
    }
    return wait_for(pid);
}

struct outcome
place_run(const struct place *p, const struct subject *s,
          const struct fault_plan *plan)
{
    return run_script(p, s->scene, s->scene->script, plan);
}

static char *
read_text(const char *path, size_t limit)
{
    struct buf b = BUF_INIT;
    struct err e = ERR_INIT;
    struct stat st;

    if (stat(path, &st) == 0 && fs_read(&b, path, limit, &e) < 0)
        tree_die(path);
    return buf_take(&b);
}

const char *
place_said(const struct place *p)
{
    static char *text;

    free(text);
    text = read_text(p->said, SAID_MAX);
    return text;
}

const char *
place_said_well(const struct place *p, const struct outcome *o)
{
    const char *said = place_said(p);
    bool is_told = false;

    if (strstr(said, "Sanitizer") || strstr(said, "runtime error:"))
        return "a sanitizer has something to say";
    for (const char *line = said; *line;) {
        const char *end = strchr(line, '\n');

        if (!end ||
            (!text_starts(line, "wearchive: ") && !text_starts(line, "hint: ")))
            return "what it said is not in lines of ours";
        is_told = true;
        line = end + 1;
    }
    return o->signal == 0 && o->code != 0 && !is_told ? "it failed in silence"
                                                      : NULL;
}

/* The order of the calls in the log, which is removed. */
static const char *
check_order(const struct place *p, bool has_journal)
{
    char *log = read_text(p->log, LOG_MAX);
    const char *why = order_check(log, has_journal);

    (void)unlink(p->log);
    free(log);
    return why;
}

/* A journal that was left is part of the tables. */
static const char *
recover(struct tree *now, const struct place *p, const struct subject *s,
        const struct tree *left)
{
    const struct fault_plan none = { .at = 0 };
    struct outcome o;

    if (!tree_find(left, JOURNAL)) {
        tree_copy(now, left);
        return NULL;
    }
    tree_write(left, p->root);
    o = run_script(p, s->scene, NULL, &none);
    tree_read(now, p->root);
    return o.signal == 0 && o.code == 0 ? place_said_well(p, &o)
                                        : "the journal cannot be replayed";
}

static const char *
clean_run(const struct place *p, const struct subject *s,
          const struct tree *left)
{
    const struct fault_plan plan = { .at = 0, .log = p->log };
    struct tree end = TREE_INIT;
    struct outcome o;
    const char *why = NULL;

    tree_write(left, p->root);
    o = place_run(p, s, &plan);
    if (o.signal != 0 || o.code != 0)
        why = "the clean run failed";
    if (!why)
        why = place_said_well(p, &o);
    if (!why) {
        tree_read(&end, p->root);
        why = tree_diff(&end, subject_end(s));
    }
    if (!why)
        why = check_order(p, tree_find(left, JOURNAL) != NULL);
    else
        (void)unlink(p->log);
    tree_free(&end);
    return why;
}

const char *
place_verdict(const struct place *p, const struct subject *s,
              const struct tree *left, size_t promised, bool may_be_torn)
{
    struct tree now = TREE_INIT;
    struct judge_in in = { .now = &now,
                           .mark = s->mark,
                           .marks = s->marks,
                           .promised = promised,
                           .may_be_torn = may_be_torn };
    const char *why = recover(&now, p, s, left);

    if (!why)
        why = judge(&in);
    if (!why)
        why = clean_run(p, s, left);
    tree_free(&now);
    return why;
}

/* ---- without a fault --------------------------------------------------- */

static void
edit_file(const struct place *p, const struct scene *scene)
{
    struct buf path = BUF_INIT;
    struct stat st;
    char *text;
    size_t n;
    int fd;

    fs_join(&path, p->root, scene->file);
    if (!scene->before) { /* there is not even a folder */
        struct err e = ERR_INIT;
        char *slash = strrchr(path.p, '/');

        *slash = '\0';
        if (fs_mkdirs(path.p, &e) < 0)
            tree_die(path.p);
        *slash = '/';
    }
    n = stat(buf_str(&path), &st) == 0 ? (size_t)st.st_size - scene->cut : 0;
    fd = open(buf_str(&path), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    text = mem_strdup(scene->text ? scene->text : "");
    if (fd < 0 || ftruncate(fd, (off_t)n) < 0 ||
        write(fd, text, strlen(text)) < 0)
        tree_die(buf_str(&path));
    (void)close(fd);
    free(text);
    buf_free(&path);
}

/* Picks the call that gives the journal its name, or the next write. */
static void
pick_journal(struct fault_plan *plan, const struct scene *scene)
{
    const struct fault_shared *s = fault_shared;

    plan->how = scene->is_half_done ? HOW_TORN : HOW_KILL_AFTER;
    for (long i = 1; i <= s->n; i++) {
        if (plan->at == 0 && s->is_journal[i])
            plan->at = i;
        if (plan->at > 0 &&
            (!scene->is_half_done || s->call[i] == CALL_WRITE)) {
            plan->at = i;
            return;
        }
    }
}

/* Kills the script there. */
static const char *
leave_journal(const struct place *p, const struct scene *scene)
{
    struct tree start = TREE_INIT;
    struct fault_plan plan = { .at = 0 };
    const char *why = "no journal";

    tree_read(&start, p->root);
    (void)run_script(p, scene, scene->script, &plan);
    pick_journal(&plan, scene);
    tree_write(&start, p->root);
    if (plan.at > 0 &&
        run_script(p, scene, scene->script, &plan).signal == SIGKILL)
        why = NULL;
    tree_free(&start);
    return why;
}

static const char *
make_before(struct subject *s, const struct place *p)
{
    const struct fault_plan plan = { .at = 0 };
    const struct scene *scene = s->scene;
    const char *why = NULL;
    struct outcome o;

    tree_clear_dir(p->root);
    if (scene->before) {
        o = run_script(p, scene, scene->before, &plan);
        if (o.signal != 0 || o.code != 0)
            return "the archive cannot be made";
    }
    if (scene->file)
        edit_file(p, scene);
    if (scene->leaves_journal)
        why = leave_journal(p, scene);
    tree_read(&s->before, p->root);
    return why;
}

static void
add_mark(struct subject *s, const struct place *p)
{
    s->mark = mem_resize(s->mark, s->marks + 1, sizeof(*s->mark));
    s->mark[s->marks] = (struct tree)TREE_INIT;
    tree_read(&s->mark[s->marks++], p->root);
}

/* The run is stopped at each commit, to see what is there then. */
static const char *
make_marks(struct subject *s, const struct place *p, long marks)
{
    const char *why;
    struct tree now = TREE_INIT;

    why = recover(&now, p, s, &s->before);
    tree_write(&now, p->root);
    tree_free(&now);
    add_mark(s, p);
    for (long i = 1; i <= marks && !why; i++) {
        const struct fault_plan plan = { .stop_at_mark = i < marks ? i : 0 };

        tree_write(&s->before, p->root);
        (void)place_run(p, s, &plan);
        add_mark(s, p);
    }
    return why;
}

const char *
subject_make(struct subject *s, const struct scene *scene,
             const struct place *p)
{
    const struct fault_plan plan = { .at = 0, .log = p->log };
    const char *why;
    struct outcome o;
    long marks;

    s->scene = scene;
    why = make_before(s, p);
    if (why)
        return why;
    o = place_run(p, s, &plan);
    s->calls = fault_shared->n;
    s->call = mem_alloc((size_t)s->calls + 1);
    memcpy(s->call, fault_shared->call, (size_t)s->calls + 1);
    marks = fault_shared->marks;
    if (o.signal != 0 || o.code != 0)
        return "it fails";
    why = place_said_well(p, &o);
    if (!why)
        why = check_order(p, tree_find(&s->before, JOURNAL) != NULL);
    if (!why)
        why = make_marks(s, p, marks);
    if (!why) /* and a second run changes nothing */
        why = place_verdict(p, s, subject_end(s), s->marks - 1, false);
    return why;
}

const struct tree *
subject_end(const struct subject *s)
{
    return &s->mark[s->marks - 1];
}

void
subject_free(struct subject *s)
{
    for (size_t i = 0; i < s->marks; i++)
        tree_free(&s->mark[i]);
    free(s->mark);
    free(s->call);
    tree_free(&s->before);
    *s = (struct subject)SUBJECT_INIT;
}
