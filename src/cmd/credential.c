#include "cmd/credential.h"

#include <stdlib.h>

#include "auth/client.h"
#include "auth/login.h"
#include "auth/secret.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/client.h"
#include "cmd/lookup.h"
#include "cmd/options.h"
#include "cmd/setup.h"
#include "engine/source.h"
#include "spec/provider.h"

bool
credential_is_given(const struct options *o)
{
    return o->token.n || o->token_file;
}

/* Is it the only source of its provider, or named like it? Then the variable
 * that is named after the provider is meant for it. */
static bool
owns_env(const struct setup *s, const struct source *source)
{
    const struct provider *p = source->provider;
    size_t n = 0;

    for (size_t k = 0; k < s->config.source_n; k++) {
        const char *name = s->config.source[k];
        const char *other = config_get(&s->config, name, "provider");

        n += text_is(other ? other : name, p->name);
    }
    return n < 2 || text_is(source->name, p->name);
}

/* The variable that holds the token of a source; free() it. */
static char *
token_env(const struct setup *s, const struct source *source)
{
    const struct provider *p = source->provider;

    return owns_env(s, source) ? mem_strdup(p->token_env)
                               : lookup_env(source->name, p->token_key);
}

int
credential_static(struct buf *out, const struct setup *s,
                  const struct source *source, struct err *e)
{
    char *env = token_env(s, source);
    const struct secret_query q = {
        .config = &s->config,
        .source = source->name,
        .key = source->provider->token_key,
        .env = env,
    };
    int rc = secret_find(out, &q, e);

    free(env);
    return rc < 0 ? err_in(e, "%s", source->name) : rc;
}

static void
no_token(const struct setup *s, const struct source *source, struct err *e)
{
    const struct provider *p = source->provider;
    char *env = token_env(s, source);

    (void)err_set(e, ERR_AUTH, "%s: no access token and no login",
                  source->name);
    if (p->login)
        (void)err_hint(e, "wearchive auth %s; or give %s in [%s], or %s=...",
                       source->name, p->token_key, source->name, env);
    else
        (void)err_hint(e, "give %s in [%s], or %s=...: %s", p->token_key,
                       source->name, env, p->token_help);
    free(env);
}

/* The login of a source that has one in the token store: 1, 0 if there is none,
 * or -1. Its client is there in both cases. */
static int
open_login(struct source *source, struct setup *s, struct err *e)
{
    if (!source->provider->login)
        return 0;
    if (client_of(source, &s->config, e) < 0)
        return -1;
    return login_open(&source->login, source->client, &s->store, e);
}

/* 1, or 0 with the fault filled. */
int
credential_load(struct setup *s, size_t i)
{
    struct source *source = &s->source[i];
    struct err *fault = &s->fault[i];
    int rc = credential_static(&source->token, s, source, fault);

    if (rc == 0)
        rc = open_login(source, s, fault);
    if (rc == 0)
        no_token(s, source, fault);
    return rc == 1;
}

/* The token on the command line is for the one source that was chosen. */
static int
take_token(struct setup *s, const struct options *o, struct err *e)
{
    struct buf *token = &s->source[0].token;

    if (s->n > 1)
        return err_set(e, ERR_USAGE,
                       "which source is the token for? choose one with "
                       "--sources");
    buf_wipe(token);
    s->fault[0] = (struct err)ERR_INIT;
    if (o->token_file)
        return secret_read_file(token, o->token_file, e) < 0 ? -1 : 0;
    log_warn("--token: others on this machine can see it in ps; "
             "--token-file or %s is better",
             s->source[0].provider->token_env);
    buf_add(token, o->token.p, o->token.n);
    (void)buf_str(token); /* it is read as a string, too */
    return 0;
}

int
credential_load_all(struct setup *s, const struct options *o, struct err *e)
{
    if (credential_is_given(o))
        return take_token(s, o, e);
    for (size_t i = 0; i < s->n; i++)
        if (s->source[i].token.n == 0 && !s->source[i].login &&
            s->fault[i].kind == ERR_NONE)
            (void)credential_load(s, i); /* the fault tells */
    return 0;
}
