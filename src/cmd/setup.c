#include "cmd/setup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/tm.h"
#include "cmd/choose.h"
#include "cmd/credential.h"
#include "cmd/lookup.h"
#include "cmd/options.h"
#include "cmd/value.h"
#include "cmd/warn.h"
#include "engine/source.h"
#include "net/transfer.h"
#include "net/url.h"
#include "provider/registry.h"
#include "spec/provider.h"
#include "sys/core.h"
#include "sys/dirs.h"
#include "sys/fs.h"

#define ARCHIVE "archive"
#define TOKENS "tokens.json"

enum { YEARS_10 = 3650, TIMEOUT_MAX_S = 86400 };

static const char start_default[] = "2010-01-01";

static const char *const archive_keys[] = {
    "dir",
    "state_file",
    "format",
    "profile",
    "start_date",
    "connect_timeout",
    "stall_timeout",
    "timeout",
    "token_store",
    "token_key_file",
    "token_key_command",
    NULL,
};

/* Those that this version has no use for are known words: a config that
 * names them is right, and works with a later version. */
static const char *const source_keys[] = {
    "provider",
    "enabled",
    "base_url",
    "path_prefix",
    "auth_url",
    "token_url",
    "categories",
    "start_date",
    "overlap_days",
    "timezone",
    "series",
    "interval",
    "history",
    "format",
    "profile",
    "email",
    "client_id",
    "client_id_file",
    "client_id_command",
    "email_file",
    "email_command",
    "scopes",
    "timeout",
    "connect_timeout",
    "stall_timeout",
    "redirect_uri",
    "revoke_url",
    "client_auth",
    "pkce",
    NULL,
};

static const char *const secret_keys[] = {
    "access_token", "api_key", "password", "client_secret", NULL,
};

/* What a health-sync.toml may have besides. */
static const char *const other_providers[] = {
    "fitbit", "garmin", "google_health", "polar", "plugins", NULL,
};

static const char *const other_keys[] = {
    "overlap_seconds", "page_size",     "since",          "meastypes",
    "approval_prompt", "authorize_url", "client_api_url", NULL,
};

static int
load_config(struct config *c, const struct options *o, struct err *e)
{
    const char *names[64] = { NULL };
    const struct config_rules rules = {
        .archive_keys = archive_keys,
        .source_keys = source_keys,
        .secret_keys = secret_keys,
        .providers = names,
        .others = other_providers,
        .other_keys = other_keys,
    };
    const char *given = o->config ? o->config : dirs_env("WEARCHIVE_CONFIG");
    char *path = NULL;
    int rc;

    for (size_t i = 0; i < registry_n && i < 63; i++)
        names[i] = registry_name(NULL, i);
    rc = config_find(&path, given, e);
    if (rc == 1)
        rc = config_load(c, path, &rules, e);
    free(path);
    return rc < 0 ? -1 : 0;
}

/* A path: option, environment, or config (then relative to its folder). */
static char *
pick_path(const struct config *c, const char *option, const char *env,
          const char *key)
{
    struct lookup g = lookup_one(c, ARCHIVE, key, env);
    char *path = NULL;

    if (option)
        path = mem_strdup(option);
    else if (g.env)
        path = mem_strdup(g.value);
    else if (g.value)
        path = config_path(c, g.value);
    free(g.env);
    return path;
}

static int
read_profile(enum csv_profile *out, const struct config *c,
             const struct lookup *g, struct err *e)
{
    const char *near;

    *out = CSV_PLAIN;
    if (!g->value || profile_find(out, g->value))
        return 0;
    near = text_nearest(g->value, profile_each, NULL);
    (void)lookup_bad(e, c, g, "plain, excel or duckdb is wanted");
    return near ? err_hint(e, "did you mean %s?", near) : -1;
}

int
setup_profile(enum csv_profile *out, const struct setup *s, const char *source,
              struct err *e)
{
    struct lookup g = lookup_source(&s->config, source, "profile");
    int rc = read_profile(out, &s->config, &g, e);

    free(g.env);
    return rc;
}

/* The folder where a config would be, or "." if there can be none: no home, or
 * one that is not to be looked into. */
static void
find_home(struct buf *out)
{
    struct buf dir = BUF_INIT;
    struct err e = ERR_INIT;
    struct stat st;

    if (*dirs_config(&dir))
        (void)fs_join(out, buf_str(&dir), "wearchive");
    if (out->n > 0 && fs_stat(&st, buf_str(out), &e) < 0) {
        log_info("%s", e.text);
        buf_clear(out);
    }
    if (out->n == 0)
        buf_addc(out, '.');
    buf_free(&dir);
}

/* The token store: beside the config, or where a config would be. */
static char *
find_store(const struct setup *s, const struct options *o)
{
    char *path = pick_path(&s->config, o->token_store, "WEARCHIVE_TOKEN_STORE",
                           "token_store");
    struct buf dir = BUF_INIT, made = BUF_INIT;

    if (path)
        return path;
    if (s->config.path)
        return config_path(&s->config, TOKENS);
    find_home(&dir);
    (void)fs_join(&made, buf_str(&dir), TOKENS);
    buf_free(&dir);
    return buf_take(&made);
}

static int
load_paths(struct setup *s, const struct options *o, struct err *e)
{
    enum csv_profile profile;
    struct lookup g = lookup_one(&s->config, ARCHIVE, "profile", NULL);
    struct buf path = BUF_INIT;

    if (read_profile(&profile, &s->config, &g, e) < 0)
        return -1;
    s->dir =
        pick_path(&s->config, o->output_dir, "WEARCHIVE_OUTPUT_DIR", "dir");
    if (!s->dir)
        s->dir = mem_strdup("./data");
    s->state_path = pick_path(&s->config, o->state_file, "WEARCHIVE_STATE_FILE",
                              "state_file");
    s->store.path = find_store(s, o);
    s->store.config = &s->config;
    if (!s->state_path) {
        (void)fs_join(&path, s->dir, "state.json");
        s->state_path = buf_take(&path);
    }
    return 0;
}

static int
load_base_url(struct source *out, const struct config *c, struct err *e)
{
    struct lookup g = lookup_source(c, out->name, "base_url");
    struct err why = ERR_INIT;
    size_t n;
    int rc = 0;

    if (g.value && url_check(g.value, &why) < 0)
        rc =
            strchr(g.value, '@') /* may hold a password: not shown */
                ? err_set(e, ERR_USAGE, "%s: base_url: %s", out->name, why.text)
                : lookup_bad(e, c, &g, why.text);
    if (!g.value)
        g.value = out->provider->base_url;
    n = strlen(g.value);
    while (n > 0 && g.value[n - 1] == '/')
        n--;
    out->base_url = mem_strndup(g.value, n);
    free(g.env);
    return rc;
}

/* "/" is none. */
static int
load_prefix(struct source *out, const struct config *c, struct err *e)
{
    struct lookup g = lookup_source(c, out->name, "path_prefix");
    int rc = 0;

    if (g.value && (g.value[0] != '/' || strpbrk(g.value, "?#% \t")))
        rc = lookup_bad(e, c, &g,
                        "a path like /api/v3 is wanted, or / for none");
    if (g.value) {
        size_t n = strlen(g.value);

        while (n > 0 && g.value[n - 1] == '/')
            n--;
        out->prefix = mem_strndup(g.value, n);
    }
    free(g.env);
    return rc;
}

int
setup_start(int64_t *out, const struct setup *s, const char *source,
            struct err *e)
{
    const struct config *c = &s->config;
    struct lookup g = lookup_source(c, source, "start_date");
    int rc = 0;

    if (tm_parse(out, g.value ? g.value : start_default) < 0)
        rc = lookup_bad(e, c, &g, "a day like 2024-03-01 is wanted");
    free(g.env);
    return rc;
}

static int
load_start(struct source *out, const struct setup *s, struct err *e)
{
    struct lookup g = lookup_source(&s->config, out->name, "start_date");

    out->start_is_given = g.value != NULL;
    free(g.env);
    return setup_start(&out->start, s, out->name, e);
}

int
setup_formats(unsigned *out, const struct setup *s, const char *source,
              struct err *e)
{
    const struct config *c = &s->config;
    struct lookup g = lookup_one(c, source, "format", "WEARCHIVE_FORMAT");
    int rc = 0;

    *out = 0;
    if (!g.value)
        g = lookup_one(c, ARCHIVE, "format", NULL);
    if (value_formats(out, g.value ? g.value : "csv") < 0)
        rc =
            lookup_bad(e, c, &g, "one or several of csv, jsonl, raw is wanted");
    free(g.env);
    return rc;
}

static int
load_formats(struct source *out, const struct setup *s, const struct options *o,
             struct err *e)
{
    out->formats = o->formats;
    return out->formats ? 0 : setup_formats(&out->formats, s, out->name, e);
}

/* The source's own, else that of [archive], else the network's default. */
static int
load_timeout(int64_t *out, const struct config *c, const char *section,
             const char *key, int64_t fallback, struct err *e)
{
    int value = (int)fallback; /* a default of ours: small */

    if (config_int(&value, c, ARCHIVE, key, 1, TIMEOUT_MAX_S, value, e) < 0 ||
        config_int(&value, c, section, key, 1, TIMEOUT_MAX_S, value, e) < 0)
        return -1;
    *out = value;
    return 0;
}

/* Everything of a source but its categories and its token. */
static int
load_source(struct source *out, const struct setup *s, const char *name,
            const struct provider *provider, const struct options *o,
            struct err *e)
{
    const struct config *c = &s->config;
    const struct net_times usual = NET_TIMES_INIT;

    *out = (struct source){ .name = mem_strdup(name), .provider = provider };
    if (load_base_url(out, c, e) < 0 || load_prefix(out, c, e) < 0 ||
        load_start(out, s, e) < 0 || load_formats(out, s, o, e) < 0 ||
        setup_profile(&out->profile, s, name, e) < 0)
        return -1;
    if (config_int(&out->overlap_days, c, name, "overlap_days", 0, YEARS_10, -1,
                   e) < 0)
        return -1;
    if (config_bool(&out->history, c, name, "history", true, e) < 0 ||
        config_bool(&out->series, c, name, "series", false, e) < 0)
        return -1;
    if (load_timeout(&out->times.connect_s, c, name, "connect_timeout",
                     usual.connect_s, e) < 0 ||
        load_timeout(&out->times.stall_s, c, name, "stall_timeout",
                     usual.stall_s, e) < 0)
        return -1;
    return load_timeout(&out->times.total_s, c, name, "timeout", usual.total_s,
                        e);
}

static int
add_source(struct setup *s, const char *name, const struct provider *provider,
           const struct options *o, struct err *e)
{
    s->source = mem_resize(s->source, s->n + 1, sizeof(*s->source));
    s->fault = mem_resize(s->fault, s->n + 1, sizeof(*s->fault));
    s->fault[s->n] = (struct err)ERR_INIT;
    return load_source(&s->source[s->n++], s, name, provider, o, e);
}

static int
add_sections(struct setup *s, const struct options *o, struct err *e)
{
    const struct config *c = &s->config;

    for (size_t i = 0; i < c->source_n; i++) {
        const char *name = c->source[i];
        const char *provider = config_get(c, name, "provider");
        bool is_on;

        if (config_bool(&is_on, c, name, "enabled", true, e) < 0)
            return -1;
        if (is_on &&
            add_source(s, name, registry_find(provider ? provider : name), o,
                       e) < 0)
            return -1;
    }
    return 0;
}

int
setup_one(struct source *out, struct setup *s, const char *name,
          const struct options *o, struct err *e)
{
    const struct config *c = &s->config;
    const char *provider = config_get(c, name, "provider");
    const struct provider *p = registry_find(provider ? provider : name);

    if (p)
        return load_source(out, s, name, p, o, e);
    return choose_unknown_source(s, name, e);
}

static bool
is_named_by(const struct options *o, const struct provider *p)
{
    return list_has(&o->sources, p->name) || list_has(&o->providers, p->name);
}

/* The first provider that was chosen by its name; NULL: none was. */
static const struct provider *
named_provider(const struct options *o)
{
    for (size_t i = 0; i < registry_n; i++)
        if (is_named_by(o, registry[i]))
            return registry[i];
    return NULL;
}

/* Without sections in a config: each provider that we have a token for, or
 * that the token on the command line is for. */
static int
add_bare(struct setup *s, const struct options *o, struct err *e)
{
    const struct provider *named = named_provider(o);
    bool is_named = o->sources.n || o->providers.n;

    for (size_t i = 0; i < registry_n; i++) {
        const struct provider *p = registry[i];
        bool is_meant = is_named ? is_named_by(o, p) : i == 0;

        if ((credential_is_given(o) || named) && !is_meant)
            continue;
        if (add_source(s, p->name, p, o, e) < 0)
            return -1;
        if (credential_is_given(o) || credential_load(s, s->n - 1))
            continue;
        if (s->fault[s->n - 1].kind == ERR_AUTH || !p->categories_n)
            choose_drop(s, s->n - 1); /* nothing there; not a fault */
    }
    return 0;
}

static int
no_source(struct setup *s, const struct options *o, struct err *e)
{
    const struct provider *p = named_provider(o);
    const char *path = s->config.path;

    if (path && s->config.source_n)
        return err_set(e, ERR_USAGE, "%s: no source is enabled", path);
    if (credential_is_given(o) && (o->sources.n || o->providers.n))
        return choose_sources(s, o, e); /* none is known by that name */
    if (credential_is_given(o))
        return err_set(e, ERR_USAGE,
                       "which source is the token for? give --sources");
    if (path)
        (void)err_set(e, ERR_USAGE, "%s: no source and no token", path);
    else
        (void)err_set(e, ERR_USAGE, "no config file and no token");
    if (!p)
        p = registry[0];
    return err_hint(e,
                    "wearchive init writes a config to fill in; or set %s=...; "
                    "or log in: wearchive auth %s",
                    p->token_env, p->name);
}

/* Nothing can be fetched from some providers yet. That must not be taken for
 * "nothing is new". */
static int
drop_unfetchable(struct setup *s, const struct options *o, struct err *e)
{
    bool is_named = o->sources.n || o->providers.n;

    for (size_t i = s->n; i-- > 0;) {
        struct source *source = &s->source[i];

        if (source->provider->categories_n)
            continue;
        warn_of_end(s, source);
        if (is_named || s->n == 1)
            return err_set(e, ERR_USAGE, "%s: %s", source->name,
                           source->provider->note);
        log_warn("%s: %s; enabled = no in [%s] ends this warning", source->name,
                 source->provider->note, source->name);
        choose_drop(s, i);
    }
    return 0;
}

int
setup_load(struct setup *s, const struct options *o, enum setup_depth depth,
           struct err *e)
{
    int rc;

    if (depth == SETUP_TOKENS)
        core_none();
    if (load_config(&s->config, o, e) < 0 || load_paths(s, o, e) < 0)
        return -1;
    if (depth == SETUP_PATHS)
        return 0;
    rc = s->config.source_n ? add_sections(s, o, e) : add_bare(s, o, e);
    if (rc < 0)
        return -1;
    if (s->n == 0)
        return depth == SETUP_TOKENS ? no_source(s, o, e) : 0;
    if (choose_sources(s, o, e) < 0)
        return -1;
    if (depth == SETUP_TOKENS && drop_unfetchable(s, o, e) < 0)
        return -1;
    if (choose_categories(s, o, e) < 0)
        return -1;
    return depth == SETUP_TOKENS ? credential_load_all(s, o, e) : 0;
}

void
setup_free(struct setup *s)
{
    while (s->n)
        choose_drop(s, s->n - 1);
    free(s->source);
    free(s->fault);
    free(s->dir);
    free(s->state_path);
    token_store_free(&s->store);
    config_free(&s->config);
    *s = (struct setup)SETUP_INIT;
}
