#include "auth/secret.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "data/utf8.h"
#include "store/config.h"
#include "sys/dirs.h"
#include "sys/fs.h"
#include "sys/run.h"

enum {
    SECRET_MAX = 65536,
    COMMAND_S = 10,
};

/* SOURCE_KEY, as the name of a variable (upper) or of a file. */
static const char *
long_name(struct buf *out, const struct secret_query *q, bool is_upper)
{
    buf_clear(out);
    buf_addf(out, "%s_%s", q->source, q->key);
    for (size_t i = 0; is_upper && i < out->n; i++) {
        char c = out->p[i];

        if (c >= 'a' && c <= 'z')
            out->p[i] = (char)(c - ('a' - 'A'));
        else if (c == '-')
            out->p[i] = '_';
    }
    return buf_str(out);
}

static const char *
lower_name(struct buf *out, const char *name)
{
    buf_clear(out);
    buf_adds(out, name);
    for (size_t i = 0; i < out->n; i++)
        if (out->p[i] >= 'A' && out->p[i] <= 'Z')
            out->p[i] = (char)(out->p[i] + ('a' - 'A'));
    return buf_str(out);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Cuts blanks off both ends. */
static const char *
trim(const char *p, size_t *n)
{
    while (*n > 0 && is_blank(p[*n - 1]))
        (*n)--;
    while (*n > 0 && is_blank(*p)) {
        p++;
        (*n)--;
    }
    return p;
}

static bool
is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

bool
secret_is_raw(const char *p, size_t n)
{
    const char *end;

    p = trim(p, &n);
    for (end = p + n; p < end;) {
        size_t length = utf8_len(p, end);

        if (length == 0 || is_control(*p))
            return true;
        p += length;
    }
    return false;
}

/* Adds the text without blanks around it. from is where it came from. */
static int
add_secret(struct buf *out, const char *p, size_t n, const char *from,
           struct err *e)
{
    p = trim(p, &n);
    if (n == 0)
        return err_set(e, ERR_USAGE, "%s is empty", from);
    for (size_t i = 0; i < n; i++)
        if (is_control(p[i]))
            return err_set(e, ERR_USAGE,
                           "%s holds a control character or several lines",
                           from);
    (void)buf_room(out, n + 1); /* once, so that no copy is left behind */
    buf_add(out, p, n);
    (void)buf_str(out); /* it is sent as a string */
    return 1;
}

/* As add_secret(): 1 or -1. path may be "-". */
static int
add_file(struct buf *out, const char *path, size_t raw_n, struct err *e)
{
    bool is_stdin = strcmp(path, "-") == 0;
    struct buf text = BUF_INIT;
    int rc;

    (void)buf_room(&text, SECRET_MAX + 1); /* not moved while it grows */
    rc = is_stdin ? fs_read_stdin(&text, SECRET_MAX, e)
                  : fs_read(&text, path, SECRET_MAX, e);
    if (rc < 0) {
        e->kind = e->kind == ERR_STOP ? ERR_STOP : ERR_USAGE;
    } else if (raw_n > 0 && text.n == raw_n && secret_is_raw(text.p, text.n)) {
        (void)buf_room(out, raw_n + 1);
        buf_add(out, text.p, text.n);
        rc = 1;
    } else {
        rc = add_secret(out, text.p, text.n, is_stdin ? FS_STDIN : path, e);
    }
    buf_wipe(&text);
    return rc;
}

/* A file that a person chose; the system's own folders of secrets have modes
 * of their own. */
static void
warn_if_open(const char *path)
{
    struct err ignored = ERR_INIT; /* reading it will tell */
    struct stat st;

    if (!text_starts(path, "/run/secrets/") &&
        fs_stat(&st, path, &ignored) == 1 && S_ISREG(st.st_mode) &&
        (st.st_mode & (S_IRGRP | S_IROTH)))
        log_warn("%s holds a secret and others can read it (mode %04o); "
                 "chmod 600 it",
                 path, (unsigned)st.st_mode & 07777);
}

static int
from_variable(struct buf *out, const char *name, struct err *e)
{
    const char *value = dirs_env(name);

    return value ? add_secret(out, value, strlen(value), name, e) : 0;
}

static int
from_environment(struct buf *out, const struct secret_query *q, struct err *e)
{
    struct buf name = BUF_INIT;
    int rc = q->env ? from_variable(out, q->env, e) : 0;

    if (rc == 0)
        rc = from_variable(out, long_name(&name, q, true), e);
    buf_free(&name);
    return rc;
}

/* The value of KEY + end; empty is as good as absent. */
static const char *
config_value(const struct secret_query *q, const char *end, struct buf *key)
{
    const char *value;

    buf_clear(key);
    buf_addf(key, "%s%s", q->key, end);
    value = config_get(q->config, q->source, buf_str(key));
    return value && *value ? value : NULL;
}

static int
from_command(struct buf *out, const struct secret_query *q, const char *command,
             struct err *e)
{
    struct buf text = BUF_INIT;
    int rc = run_output(&text, command, COMMAND_S, e);

    if (rc == 0)
        rc = add_secret(out, text.p, text.n, "the output", e);
    else if (e->kind != ERR_STOP)
        e->kind = ERR_AUTH; /* a person has to look, at a locked vault say */
    if (rc < 0)
        err_in(e, "[%s] %s_command", q->source, q->key);
    if (rc < 0 && e->kind == ERR_AUTH)
        (void)err_hint(e,
                       "run it yourself to see why: it has to print the "
                       "secret within %d s and end with exit status 0",
                       COMMAND_S);
    buf_wipe(&text);
    return rc;
}

static int
from_config(struct buf *out, const struct secret_query *q, struct err *e)
{
    struct buf name = BUF_INIT;
    const char *plain = config_value(q, "", &name);
    const char *command = config_value(q, "_command", &name);
    const char *file = config_value(q, "_file", &name);
    char *path = NULL;
    int rc = 0;

    if ((plain != NULL) + (file != NULL) + (command != NULL) > 1) {
        rc = config_bad(e, q->config, q->source, q->key,
                        "only one of it, _file and _command can be given");
    } else if (plain) {
        buf_clear(&name);
        buf_addf(&name, "[%s] %s", q->source, q->key);
        rc = add_secret(out, plain, strlen(plain), buf_str(&name), e);
    } else if (file) {
        path = config_path(q->config, file);
        warn_if_open(path);
        rc = add_file(out, path, q->raw_n, e);
        if (rc < 0)
            err_in(e, "[%s] %s_file", q->source, q->key);
        free(path);
    } else if (command) {
        rc = from_command(out, q, command, e);
    }
    buf_free(&name);
    return rc;
}

static int
from_name(struct buf *out, const char *dir, const char *name, size_t raw_n,
          struct err *e)
{
    struct buf path = BUF_INIT;
    struct stat st;
    int rc;

    fs_join(&path, dir, name);
    rc = fs_stat(&st, buf_str(&path), e);
    if (rc < 0) {
        log_debug("%s", e->text); /* a folder that is not for us */
        rc = 0;
    } else if (rc > 0) {
        rc = add_file(out, buf_str(&path), raw_n, e);
    }
    buf_free(&path);
    return rc;
}

static int
from_folder(struct buf *out, const char *dir, const struct secret_query *q,
            struct err *e)
{
    struct buf name = BUF_INIT;
    int rc = from_name(out, dir, long_name(&name, q, false), q->raw_n, e);

    if (rc == 0 && q->env)
        rc = from_name(out, dir, lower_name(&name, q->env), q->raw_n, e);
    if (rc == 0)
        rc = from_name(out, dir, q->key, q->raw_n, e);
    buf_free(&name);
    return rc;
}

int
secret_find(struct buf *out, const struct secret_query *q, struct err *e)
{
    const char *credentials = dirs_env("CREDENTIALS_DIRECTORY");
    int rc = from_environment(out, q, e);

    if (rc == 0)
        rc = from_config(out, q, e);
    if (rc == 0 && credentials)
        rc = from_folder(out, credentials, q, e);
    if (rc == 0)
        rc = from_folder(out, "/run/secrets", q, e);
    return rc;
}

int
secret_read_raw_file(struct buf *out, const char *path, size_t raw_n,
                     struct err *e)
{
    if (strcmp(path, "-") != 0)
        warn_if_open(path);
    return add_file(out, path, raw_n, e) < 0 ? -1 : 0;
}

int
secret_read_file(struct buf *out, const char *path, struct err *e)
{
    return secret_read_raw_file(out, path, 0, e);
}
