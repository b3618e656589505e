#include "auth/client.h"

#include <stdlib.h>
#include <string.h>

#include "auth/secret.h"
#include "base/err.h"

void
client_free(struct client *c)
{
    free(c->data_url);
    free(c->authorize_url);
    list_free(&c->token_urls);
    free(c->revoke_url);
    free(c->redirect_uri);
    free(c->scopes);
    *c = (struct client){ .source = NULL };
}

void
server_free(struct server *s)
{
    buf_free(&s->token_url);
    buf_free(&s->issuer);
    buf_free(&s->revoke_url);
    buf_free(&s->nonce_url);
    *s = (struct server)SERVER_INIT;
}

/* Length of scheme and host of an address. */
static size_t
origin(const char *url)
{
    const char *host = strstr(url, "://");
    size_t n = host ? (size_t)(host + 3 - url) : 0;

    return n + strcspn(url + n, "/");
}

/* The provider's address, with something else for its scheme and host. */
static void
move(struct buf *out, const char *url, const char *to, size_t n)
{
    if (!url)
        return;
    buf_add(out, to, n);
    buf_adds(out, url + origin(url));
}

/*
 * The provider's server that an address stands for, and how much of it comes
 * before the path: a proxy, or a test, has the same paths elsewhere. If there
 * is none of that path, the first.
 */
static const struct oauth_server *
like(size_t *before, const struct oauth *spec, const char *token_url)
{
    for (size_t i = 0; i < OAUTH_SERVERS && spec->server[i].token_url; i++) {
        const char *known = spec->server[i].token_url;
        const char *path = known + origin(known);

        if (!text_ends(token_url, path))
            continue;
        *before = strlen(token_url) - strlen(path);
        return &spec->server[i];
    }
    *before = origin(token_url);
    return &spec->server[0];
}

static void
fill(struct server *out, const struct client *c, const char *token_url)
{
    size_t before;
    const struct oauth_server *known = like(&before, c->spec, token_url);

    server_free(out);
    buf_adds(&out->token_url, token_url);
    out->revoke = known->revoke;
    if (!text_is(known->token_url, token_url)) {
        buf_add(&out->issuer, token_url, origin(token_url));
        buf_addc(&out->issuer, '/');
    } else if (known->issuer) {
        buf_adds(&out->issuer, known->issuer);
    }
    if (c->revoke_url)
        buf_adds(&out->revoke_url, c->revoke_url);
    else if (known->revoke_url && *known->revoke_url == '/')
        buf_addf(&out->revoke_url, "%s%s", c->data_url, known->revoke_url);
    else
        move(&out->revoke_url, known->revoke_url, token_url, before);
    if (c->revoke_url && out->revoke == OAUTH_REVOKE_NONE)
        out->revoke = OAUTH_REVOKE_FORM;
    move(&out->nonce_url, c->spec->nonce_url, token_url, before);
}

bool
client_server(struct server *out, const struct client *c, size_t i)
{
    const char *url = NULL;

    if (c->token_urls.n)
        url = i < c->token_urls.n ? c->token_urls.item[i] : NULL;
    else if (i < OAUTH_SERVERS)
        url = c->spec->server[i].token_url;
    if (url)
        fill(out, c, url);
    return url != NULL;
}

void
client_server_at(struct server *out, const struct client *c,
                 const char *token_url)
{
    for (size_t i = 0; token_url && client_server(out, c, i); i++)
        if (text_is(buf_str(&out->token_url), token_url))
            return;
    (void)client_server(out, c, 0); /* there is one */
}

int
client_secret(struct buf *out, const struct client *c, const char *key,
              struct err *e)
{
    const struct secret_query q = {
        .config = c->config,
        .source = c->source,
        .key = key,
    };
    const char *own = text_is(key, "client_id")       ? c->spec->client_id
                      : text_is(key, "client_secret") ? c->spec->client_secret
                                                      : NULL;
    int rc = secret_find(out, &q, e);

    if (rc < 0)
        return err_in(e, "%s", c->source);
    if (rc == 0 && own) {
        buf_adds(out, own);
        (void)buf_str(out);
        rc = 1;
    }
    return rc;
}

int
client_need(struct buf *out, const struct client *c, const char *key,
            struct err *e)
{
    int rc = client_secret(out, c, key, e);

    if (rc != 0)
        return rc < 0 ? -1 : 0;
    (void)err_set(e, ERR_USAGE, "%s: no %s", c->source, key);
    if (c->spec->grant == OAUTH_PASSWORD)
        return err_hint(e, "give email and password_file in [%s] of the config",
                        c->source);
    return err_hint(e,
                    "give %s in [%s] of the config; an application is made "
                    "at %s",
                    key, c->source, c->spec->setup);
}
