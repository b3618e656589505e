#include "cmd/lookup.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/config.h"
#include "sys/dirs.h"

char *
lookup_env(const char *section, const char *key)
{
    struct buf name = BUF_INIT;

    buf_addf(&name, "%s_%s", section, key);
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (c >= 'a' && c <= 'z')
            name.p[i] = (char)(c - 'a' + 'A');
        else if (c == '-')
            name.p[i] = '_';
    }
    return buf_take(&name);
}

struct lookup
lookup_one(const struct config *c, const char *section, const char *key,
           const char *env)
{
    struct lookup g = { .section = section, .key = key };

    g.value = env ? dirs_env(env) : NULL;
    if (g.value)
        g.env = mem_strdup(env);
    else
        g.value = config_get(c, section, key);
    if (g.value && !*g.value)
        g.value = NULL; /* "key =" is as good as none */
    return g;
}

struct lookup
lookup_source(const struct config *c, const char *section, const char *key)
{
    char *env = lookup_env(section, key);
    struct lookup g = lookup_one(c, section, key, env);

    free(env);
    if (!g.value)
        g = lookup_one(c, "archive", key, NULL);
    return g;
}

int
lookup_bad(struct err *e, const struct config *c, const struct lookup *g,
           const char *what)
{
    if (g->env)
        return err_set(e, ERR_USAGE, "%s = %s: %s", g->env, g->value, what);
    return config_bad(e, c, g->section, g->key, what);
}
