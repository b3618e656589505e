#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/exit.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "provider/registry.h"
#include "spec/category.h"
#include "spec/oauth.h"
#include "spec/provider.h"
#include "sys/dirs.h"
#include "sys/fs.h"

static const char config_default[] = "./wearchive.conf";

/* What was asked for: option, environment, default. */
struct init {
    const char *config;
    struct buf dir; /* absolute */
};

static int
absolute(struct buf *out, const char *path, struct err *e)
{
    char here[PATH_MAX];

    if (path[0] != '/') {
        if (!getcwd(here, sizeof(here)))
            return err_sys(e, "current directory");
        if (path[0] == '.' && path[1] == '/')
            path += 2;
        buf_addf(out, "%s/", text_is(here, "/") ? "" : here);
    }
    buf_adds(out, path);
    return 0;
}

static int
find_places(struct init *in, const struct options *o, struct err *e)
{
    const char *dir = o->words.n ? o->words.item[0] : o->output_dir;

    if (o->words.n && o->output_dir)
        return err_set(e, ERR_USAGE,
                       "init: a folder and --output-dir: give one");
    in->config = o->config ? o->config : dirs_env("WEARCHIVE_CONFIG");
    if (!in->config)
        in->config = config_default;
    if (!dir)
        dir = dirs_env("WEARCHIVE_OUTPUT_DIR");
    if (dir && strpbrk(dir, "\r\n"))
        return err_set(e, ERR_USAGE, "init: %s: no line ends in a name", dir);
    return absolute(&in->dir, dir ? dir : "data", e);
}

static void
add_categories(struct buf *out, const struct provider *p)
{
    enum { WIDTH = 72 };
    size_t start = out->n;

    buf_adds(out, "# There are:");
    for (size_t i = 0; i < p->categories_n; i++) {
        const char *name = p->categories[i].name;

        if (category_parent(&p->categories[i]))
            continue;
        if (out->n - start + strlen(name) > WIDTH) {
            buf_adds(out, "\n#  ");
            start = out->n;
        }
        buf_addf(out, " %s", name);
    }
    buf_adds(out, "\n");
}

static bool
has_on_demand(const struct provider *p)
{
    for (size_t i = 0; i < p->categories_n; i++)
        if (p->categories[i].on_demand)
            return true;
    return false;
}

static bool
has_series(const struct provider *p)
{
    for (size_t i = 0; i < p->categories_n; i++)
        if (p->categories[i].child && p->categories[i].child->start_at)
            return true;
    return false;
}

/* What wearchive auth needs. */
static void
add_login(struct buf *out, const struct provider *p)
{
    if (!p->login || p->login->grant != OAUTH_CODE)
        return;
    buf_addf(out,
             "# An application, to log in with: wearchive auth %s. One is made "
             "at\n# %s\n#client_id =\n#client_secret =\n\n",
             p->name, p->login->setup);
}

static void
add_credential(struct buf *out, const struct provider *p)
{
    if (p->login && p->login->grant == OAUTH_KEY)
        buf_addf(out,
                 "# wearchive auth %s asks for the key, which is had at\n# "
                 "%s\n# Or give it here, in a file of its own, from a command, "
                 "or in the\n# environment as %s.\n",
                 p->name, p->login->setup, p->token_env);
    else
        buf_addf(out,
                 "# Or the token itself: in this file, in one of its own, from "
                 "a command, or in\n# the environment as %s.\n",
                 p->token_env);
    buf_addf(out,
             "#%s =\n#%s_file = /run/secrets/%s_token\n"
             "#%s_command = pass show %s\n\n",
             p->token_key, p->token_key, p->name, p->token_key, p->name);
}

static void
add_source(struct buf *out, const struct provider *p)
{
    if (p == registry[0])
        buf_addf(out, "\n# %s\n[%s]\n", p->title, p->name);
    else
        buf_addf(out, "\n# %s: take away the # before [%s] to have it\n#[%s]\n",
                 p->title, p->name, p->name);
    add_login(out, p);
    add_credential(out, p);
    buf_adds(out, has_on_demand(p)
                      ? "# What to fetch; if it is not given, all but those "
                        "that are many requests or\n# rows (see wearchive "
                        "categories), which \"all\" takes, too.\n"
                      : "# What to fetch; all if it is not given.\n");
    add_categories(out, p);
    buf_addf(out, "#categories = %s\n", p->categories[0].name);
    if (has_series(p))
        buf_adds(out, "# Series (heart rate of a night) also as tables of "
                      "their own, a row for each\n# sample.\n#series = no\n");
    buf_adds(out, "#enabled = yes\n");
}

static void
add_config(struct buf *out, const char *dir)
{
    buf_addf(out,
             "# wearchive; see wearchive.conf(5). A line that begins with # "
             "is a comment.\n\n[archive]\ndir = %s\n"
             "# Tables to write: csv, jsonl, raw, or several.\n#format = csv\n"
             "# Whom CSV is for: plain (anybody), excel or duckdb.\n"
             "#profile = plain\n"
             "# How far back the first runs go.\n#start_date = 2010-01-01\n",
             dir);
    for (size_t i = 0; i < registry_n; i++)
        if (registry[i]->categories_n)
            add_source(out, registry[i]);
}

static int
refuse_existing(const char *path, struct err *e)
{
    struct stat st;
    int rc = fs_stat(&st, path, e);

    if (rc != 1)
        return rc;
    return err_set(e, ERR_USAGE, "%s exists already", path);
}

static int
make_archive(struct init *in, struct err *e)
{
    struct buf path = BUF_INIT;
    int rc = fs_mkdirs(fs_join(&path, buf_str(&in->dir), ".wearchive"), e);

    buf_free(&path);
    return rc;
}

static int
make_parent(const char *path, struct err *e)
{
    const char *slash = strrchr(path, '/');
    struct buf dir = BUF_INIT;
    int rc;

    if (!slash || slash == path)
        return 0;
    buf_add(&dir, path, (size_t)(slash - path));
    rc = fs_mkdirs(buf_str(&dir), e);
    buf_free(&dir);
    return rc;
}

/* Fails, too, if the file came into being meanwhile. */
static int
write_config(struct init *in, struct err *e)
{
    struct buf text = BUF_INIT;
    struct err ignored = ERR_INIT; /* the first failure is the one to tell */
    int fd, rc;

    if (make_parent(in->config, e) < 0 ||
        fs_open(&fd, in->config, O_WRONLY | O_CREAT | O_EXCL, e) < 0)
        return -1;
    add_config(&text, buf_str(&in->dir));
    rc = fs_write(fd, in->config, text.p, text.n, e);
    if (rc == 0)
        rc = fs_sync(fd, in->config, e);
    (void)close(fd); /* it is synced, or has failed already */
    if (rc == 0)
        rc = fs_sync_dir(in->config, e);
    else
        (void)fs_remove(in->config, &ignored);
    buf_free(&text);
    return rc;
}

static int
tell(struct init *in, const struct options *o, struct err *e)
{
    struct buf out = BUF_INIT, where = BUF_INIT;
    int rc = 0;

    buf_addf(&out, "wrote the config %s\n", in->config);
    buf_addf(&out, "created the archive %s\n", buf_str(&in->dir));
    if (!text_is(in->config, config_default))
        buf_addf(&where, " --config %s", in->config);
    buf_addf(&out,
             "next: put client_id and client_secret of an application into the "
             "config, then\nrun: wearchive auth %s%s\n"
             "or put %s into it; then run: wearchive fetch%s\n",
             registry[0]->name, buf_str(&where), registry[0]->token_key,
             buf_str(&where));
    buf_free(&where);
    if (!o->quiet)
        rc = out_print(&out, e);
    buf_free(&out);
    return rc;
}

int
cmd_init(const struct options *o, struct err *e)
{
    struct init in = { .dir = BUF_INIT };
    int rc = find_places(&in, o, e);

    if (rc == 0)
        rc = refuse_existing(in.config, e);
    if (rc == 0)
        rc = make_archive(&in, e);
    if (rc == 0)
        rc = write_config(&in, e);
    if (rc == 0)
        rc = tell(&in, o, e);
    buf_free(&in.dir);
    return rc < 0 ? -1 : EXIT_OK;
}
