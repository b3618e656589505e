#include "sys/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "sys/clock.h"
#include "sys/signal.h"

enum {
    OUTPUT_MAX = 65536,
    WAIT_STEP_MS = 2,
};

#define TOO_LONG "%s: took too long"

extern char **environ;

/* A running command: the leader of a process group of its own. */
struct child {
    pid_t pid;
    int fd; /* its output */
    int64_t deadline_ms;
    const char *name; /* for messages */
};

static bool
needs_shell(const char *command)
{
    return strpbrk(command, "\"'\\$`|&;<>()*?[]{}~#!=\n") != NULL;
}

/* Opens /dev/null for a descriptor of the child. */
static int
add_null(posix_spawn_file_actions_t *files, int fd, int how)
{
    return posix_spawn_file_actions_addopen(files, fd, "/dev/null", how, 0);
}

/* posix_spawn() gives its error as the result. out_fd -1: no output, and no
 * errors either. */
static int
spawn(struct child *c, char *const *argv, int out_fd)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t usual;
    int rc;

    (void)sigemptyset(&usual);
    (void)sigaddset(&usual, SIGPIPE); /* we ignore them, it should not */
    (void)sigaddset(&usual, SIGXFSZ);
    rc = posix_spawn_file_actions_init(&files);
    if (rc)
        return rc;
    rc = posix_spawnattr_init(&attr);
    if (rc)
        goto out;
    rc = add_null(&files, STDIN_FILENO, O_RDONLY);
    if (!rc && out_fd >= 0)
        rc = posix_spawn_file_actions_adddup2(&files, out_fd, STDOUT_FILENO);
    if (!rc && out_fd < 0)
        rc = add_null(&files, STDOUT_FILENO, O_WRONLY);
    if (!rc && out_fd < 0)
        rc = add_null(&files, STDERR_FILENO, O_WRONLY);
    if (!rc)
        rc = posix_spawnattr_setsigdefault(&attr, &usual);
    if (!rc)
        rc = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
                                                 POSIX_SPAWN_SETSIGDEF);
    if (!rc)
        rc = posix_spawnp(&c->pid, argv[0], &files, &attr, argv, environ);
    (void)posix_spawnattr_destroy(&attr);
out:
    (void)posix_spawn_file_actions_destroy(&files);
    return rc;
}

static int
start(struct child *c, char *const *argv, struct err *e)
{
    int ends[2];
    int rc;

    if (pipe(ends) < 0)
        return err_sys(e, "pipe");
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC); /* fails for no open fd */
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    rc = spawn(c, argv, ends[1]);
    (void)close(ends[1]);
    c->fd = ends[0];
    if (!rc)
        return 0;
    (void)close(ends[0]);
    return err_set(e, ERR_OTHER, "%s: %s", c->name, strerror(rc));
}

/* Milliseconds left, or -1: too late, or told to stop. */
static int
time_left(const struct child *c, struct err *e)
{
    int64_t left = c->deadline_ms - clock_ms();

    if (signal_stop())
        return err_set(e, ERR_STOP, "stopped by a signal");
    if (left <= 0)
        return err_set(e, ERR_OTHER, TOO_LONG, c->name);
    return (int)left;
}

/* Reads to the end of the output, at most OUTPUT_MAX bytes. */
static int
read_output(char *p, size_t *n, const struct child *c, struct err *e)
{
    struct pollfd wait = { .fd = c->fd, .events = POLLIN };

    *n = 0;
    for (;;) {
        int left = time_left(c, e);
        ssize_t got;

        if (left < 0)
            return -1;
        switch (poll(&wait, 1, left)) {
        case 0:
            return err_set(e, ERR_OTHER, TOO_LONG, c->name);
        case -1:
            continue; /* a signal: time_left() looks at it */
        }
        got = read(c->fd, p + *n, OUTPUT_MAX + 1 - *n);
        if (got < 0 && errno != EINTR)
            return err_sys(e, "%s: read", c->name);
        if (got == 0)
            return 0;
        if (got > 0)
            *n += (size_t)got;
        if (*n > OUTPUT_MAX)
            return err_set(e, ERR_OTHER, "%s: more than %d bytes of output",
                           c->name, OUTPUT_MAX);
    }
}

/* Waits for the end of the command and judges it. */
static int
finish(struct child *c, struct err *e)
{
    int left = time_left(c, e);
    pid_t pid;
    int status;

    while ((pid = waitpid(c->pid, &status, WNOHANG)) != c->pid) {
        if (pid < 0 && errno != EINTR)
            return err_sys(e, "%s: wait", c->name);
        if (left < 0 || time_left(c, e) < 0)
            return -1;
        if (left == 0)
            return err_set(e, ERR_OTHER, TOO_LONG, c->name);
        (void)poll(NULL, 0, WAIT_STEP_MS);
        left = left > WAIT_STEP_MS ? left - WAIT_STEP_MS : 0;
    }
    c->pid = 0;
    if (WIFSIGNALED(status))
        return err_set(e, ERR_OTHER, "%s: ended by signal %d", c->name,
                       WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return err_set(e, ERR_OTHER, "%s: exit status %d", c->name,
                       WEXITSTATUS(status));
    return 0;
}

static int
run_argv(struct buf *out, struct child *c, char *const *argv, struct err *e)
{
    size_t n = 0;
    char *p;
    int rc;

    if (start(c, argv, e) < 0)
        return -1;
    p = mem_alloc(OUTPUT_MAX + 1); /* never moved: it holds a secret */
    rc = read_output(p, &n, c, e);
    (void)close(c->fd);
    if (rc == 0)
        rc = finish(c, e);
    if (rc < 0 && c->pid > 0) {
        (void)kill(-c->pid, SIGKILL);
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    while (n > 0 && (p[n - 1] == '\n' || p[n - 1] == '\r'))
        n--;
    if (rc == 0 && n == 0)
        rc = err_set(e, ERR_OTHER, "%s: no output", c->name);
    if (rc == 0)
        buf_add(out, p, n);
    mem_wipe(p, OUTPUT_MAX + 1);
    free(p);
    return rc;
}

/* Cuts text into words, in place. The array ends with NULL. */
static char **
cut_words(char *text)
{
    static const char blank[] = " \t\r";
    char **word = mem_alloc((strlen(text) / 2 + 2) * sizeof(*word));
    size_t n = 0;

    for (text += strspn(text, blank); *text; text += strspn(text, blank)) {
        word[n++] = text;
        text += strcspn(text, blank);
        if (*text)
            *text++ = '\0';
    }
    word[n] = NULL;
    return word;
}

int
run_output(struct buf *out, const char *command, int timeout_s, struct err *e)
{
    char shell[] = "/bin/sh", option[] = "-c";
    struct child c = {
        .deadline_ms = clock_ms() + (int64_t)timeout_s * 1000,
        .name = "the command", /* it may hold a secret itself */
    };
    char *text = mem_strdup(command);
    char *line[] = { shell, option, text, NULL };
    char **word;
    int rc;

    if (needs_shell(command)) {
        rc = run_argv(out, &c, line, e);
    } else {
        word = cut_words(text);
        c.name = word[0];
        rc = word[0] ? run_argv(out, &c, word, e)
                     : err_set(e, ERR_OTHER, "no command");
        free(word);
    }
    mem_wipe(text, strlen(command));
    free(text);
    return rc;
}

int
run_detached(const char *program, const char *arg, struct err *e)
{
    struct child c = { .name = program };
    char *argv[] = { mem_strdup(program), mem_strdup(arg), NULL };
    int rc = spawn(&c, argv, -1);

    free(argv[0]);
    free(argv[1]);
    return rc ? err_set(e, ERR_OTHER, "%s: %s", program, strerror(rc)) : 0;
}
