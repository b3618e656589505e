#include "cmd/client.h"

#include <stdlib.h>
#include <string.h>

#include "auth/client.h"
#include "base/err.h"
#include "base/mem.h"
#include "cmd/lookup.h"
#include "engine/request.h"
#include "engine/source.h"
#include "net/url.h"
#include "spec/provider.h"
#include "store/config.h"

enum { TOKEN_MAX_S = 60 }; /* others wait for the lock meanwhile */

static const struct {
    const char *name;
    enum oauth_client auth;
} auth_words[] = {
    { "body", OAUTH_CLIENT_BODY },
    { "basic", OAUTH_CLIENT_BASIC },
    { "signature", OAUTH_CLIENT_SIGNED },
};

/* An address that a login goes to. */
static int
check_url(const struct config *c, const struct lookup *g, const char *url,
          struct err *e)
{
    struct err why = ERR_INIT;

    if (url_check(url, &why) == 0)
        return 0;
    if (strchr(url, '@')) /* may hold a password: not shown */
        return err_set(e, ERR_USAGE, "[%s] %s: %s", g->section, g->key,
                       why.text);
    return lookup_bad(e, c, g, why.text);
}

/* NULL if nothing is configured and there is no fallback. */
static int
load_url(char **out, const struct config *c, const char *source,
         const char *key, const char *fallback, struct err *e)
{
    struct lookup g = lookup_source(c, source, key);
    int rc = g.value ? check_url(c, &g, g.value, e) : 0;

    *out = mem_strdup(g.value ? g.value : fallback);
    free(g.env);
    return rc;
}

static int
load_servers(struct list *out, const struct config *c, const char *source,
             struct err *e)
{
    struct lookup g = lookup_source(c, source, "token_url");
    int rc = 0;

    if (g.value)
        list_split(out, g.value);
    for (size_t i = 0; i < out->n && rc == 0; i++)
        rc = check_url(c, &g, out->item[i], e);
    free(g.env);
    return rc;
}

/* The provider may know it by any scheme; it only has to be one address. */
static int
load_redirect(char **out, const struct config *c, const char *source,
              const char *fallback, struct err *e)
{
    struct lookup g = lookup_source(c, source, "redirect_uri");
    int rc = 0;

    if (g.value && (!strchr(g.value, ':') || strpbrk(g.value, " \t#")))
        rc = lookup_bad(e, c, &g,
                        "an address like "
                        "http://localhost:8080/callback is wanted");
    *out = mem_strdup(g.value ? g.value : fallback);
    free(g.env);
    return rc;
}

static void
load_scopes(char **out, const struct config *c, const char *source,
            const char *fallback)
{
    struct lookup g = lookup_source(c, source, "scopes");
    struct list words = LIST_INIT;
    struct buf text = BUF_INIT;

    list_split(&words, g.value ? g.value : fallback ? fallback : "");
    for (size_t i = 0; i < words.n; i++)
        buf_addf(&text, "%s%s", i ? " " : "", words.item[i]);
    *out = mem_strdup(buf_str(&text));
    buf_free(&text);
    list_free(&words);
    free(g.env);
}

static int
load_auth(enum oauth_client *out, const struct config *c, const char *source,
          struct err *e)
{
    struct lookup g = lookup_source(c, source, "client_auth");
    int rc = g.value ? -1 : 0;

    for (size_t i = 0; rc < 0 && i < sizeof(auth_words) / sizeof(*auth_words);
         i++)
        if (text_is(g.value, auth_words[i].name)) {
            *out = auth_words[i].auth;
            rc = 0;
        }
    if (rc < 0)
        rc = lookup_bad(e, c, &g, "body, basic or signature is wanted");
    free(g.env);
    return rc;
}

static int
check_signature(const struct client *out, struct err *e)
{
    if (out->auth != OAUTH_CLIENT_SIGNED || out->spec->nonce_url)
        return 0;
    return err_set(e, ERR_USAGE,
                   "[%s] client_auth = signature: %s does not know signatures",
                   out->source, out->provider);
}

int
client_load(struct client *out, const struct config *c, const char *source,
            const struct provider *p, struct err *e)
{
    const struct oauth *spec = p->login;

    *out = (struct client){
        .source = source,
        .provider = p->name,
        .spec = spec,
        .config = c,
        .auth = spec->client,
    };
    load_scopes(&out->scopes, c, source, spec->scopes);
    if (load_url(&out->authorize_url, c, source, "auth_url",
                 spec->authorize_url, e) < 0 ||
        load_url(&out->revoke_url, c, source, "revoke_url", NULL, e) < 0 ||
        load_servers(&out->token_urls, c, source, e) < 0 ||
        load_redirect(&out->redirect_uri, c, source, spec->redirect_uri, e) <
            0 ||
        load_auth(&out->auth, c, source, e) < 0)
        return -1;
    if (config_bool(&out->pkce, c, source, "pkce", spec->pkce, e) < 0)
        return -1;
    return check_signature(out, e);
}

int
client_of(struct source *source, const struct config *c, struct err *e)
{
    struct buf url = BUF_INIT;

    if (source->client)
        return 0;
    source->client = mem_zalloc(sizeof(*source->client));
    if (client_load(source->client, c, source->name, source->provider, e) < 0)
        return -1;
    request_base(&url, source->provider, source->base_url, source->prefix);
    source->client->data_url = buf_take(&url);
    source->client->times = source->times;
    if (source->times.total_s > TOKEN_MAX_S)
        source->client->times.total_s = TOKEN_MAX_S;
    return 0;
}
