#include <stdio.h>
#include <stdlib.h>

#include "auth/client.h"
#include "auth/tokens.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/tm.h"
#include "cmd/auth.h"
#include "cmd/choose.h"
#include "cmd/client.h"
#include "cmd/credential.h"
#include "cmd/exit.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "cmd/setup.h"
#include "data/doc.h"
#include "engine/source.h"
#include "provider/registry.h"
#include "spec/oauth.h"
#include "spec/provider.h"
#include "sys/clock.h"
#include "sys/fs.h"

static const char *const heading[] = {
    "SOURCE", "LOGIN",       "TOKEN ENDS", "RENEWED",
    "RENEWS", "NOT ALLOWED", "ACCOUNT",
};

enum { COLUMNS = sizeof(heading) / sizeof(*heading) };

/* What there is of one source. */
struct state {
    const char *source;
    const struct provider *provider;
    const char *kind; /* "none": no login */
    struct token t;
    struct list missing; /* scopes */
};

/* What is built up: one of the two. */
struct listing {
    struct auth *a;
    const struct tokens *all;
    struct cJSON *json;
    struct list *cells;
    struct buf *allowed; /* last lines of the table */
    const char *only;    /* a source; NULL: all */
    size_t n;
};

/* Scopes that the source asks for, as it is configured now, and has not. */
static int
find_missing(struct state *out, const struct listing *l, struct err *e)
{
    struct client c = { .source = NULL };
    struct list asked = LIST_INIT, given = LIST_INIT;
    int rc = client_load(&c, &l->a->s->config, out->source, out->provider, e);

    if (rc == 0 && out->t.scope.n) {
        list_split(&asked, c.scopes);
        list_split(&given, out->t.scope.p);
        for (size_t i = 0; i < asked.n; i++)
            if (!list_has(&given, asked.item[i]))
                list_add(&out->missing, asked.item[i]);
    }
    list_free(&asked);
    list_free(&given);
    client_free(&c);
    return rc;
}

static int
look(struct state *out, const struct listing *l, struct err *e)
{
    const struct source source = {
        .name = mem_strdup(out->source),
        .provider = out->provider,
    };
    struct buf text = BUF_INIT;
    int rc = credential_static(&text, l->a->s, &source, e);

    buf_wipe(&text);
    free(source.name);
    if (rc < 0)
        return -1;
    out->kind = "none";
    if (rc > 0)
        out->kind = "token"; /* it comes before the store */
    if (!out->provider->login)
        return 0;
    (void)tokens_get(&out->t, l->all, out->source); /* may be none */
    if (rc == 0 && (out->t.access.n || out->t.refresh.n))
        out->kind = oauth_grant_word(out->provider->login->grant);
    return find_missing(out, l, e);
}

static void
add_time(struct list *cells, int64_t t)
{
    char text[21] = "-";

    if (t)
        tm_utc(text, t);
    list_add(cells, text);
}

static void
add_words(struct buf *out, const struct list *words)
{
    for (size_t i = 0; i < words->n; i++)
        buf_addf(out, "%s%s", i ? " " : "", words->item[i]);
}

static void
add_row(struct list *cells, struct buf *allowed, struct state *s)
{
    struct buf missing = BUF_INIT;

    add_words(&missing, &s->missing);
    list_add(cells, s->source);
    list_add(cells, s->kind);
    add_time(cells, s->t.ends_at);
    add_time(cells, s->t.got_at);
    list_add(cells, s->t.refresh.n ? "yes" : "no");
    list_add(cells, missing.n ? buf_str(&missing) : "-");
    list_add(cells, buf_str(&s->t.account));
    if (s->t.scope.n)
        buf_addf(allowed, "%s is allowed: %s\n", s->source,
                 buf_str(&s->t.scope));
    buf_free(&missing);
}

static void
set_time(struct cJSON *object, const char *name, int64_t t)
{
    char text[21];

    if (!t)
        return;
    tm_utc(text, t);
    doc_set_string(object, name, text);
}

static void
set_words(struct cJSON *object, const char *name, const struct list *words)
{
    struct cJSON *array = doc_make_array(object, name);

    for (size_t i = 0; i < words->n; i++)
        doc_append_string(array, words->item[i]);
}

static void
set_object(struct cJSON *object, struct state *s)
{
    struct list given = LIST_INIT;

    list_split(&given, buf_str(&s->t.scope));
    doc_set_string(object, "provider", s->provider->name);
    doc_set_string(object, "kind", s->kind);
    doc_set_bool(object, "has_access_token", s->t.access.n > 0);
    doc_set_bool(object, "has_refresh_token", s->t.refresh.n > 0);
    set_time(object, "expires_at", s->t.ends_at);
    set_time(object, "refreshed_at", s->t.got_at);
    set_time(object, "login_at", s->t.login_at);
    set_time(object, "refresh_expires_at", s->t.refresh_ends_at);
    doc_set_bool(object, "is_expired",
                 s->t.ends_at && s->t.ends_at <= clock_now());
    set_words(object, "scopes", &given);
    set_words(object, "missing_scopes", &s->missing);
    if (s->t.account.n)
        doc_set_string(object, "account", buf_str(&s->t.account));
    list_free(&given);
}

static int
list_one(struct listing *l, const char *name, const struct provider *p,
         struct err *e)
{
    struct state s = { .source = name, .provider = p, .t = TOKEN_INIT };
    int rc;

    if (l->only && !text_is(l->only, name))
        return 0;
    l->n++;
    rc = look(&s, l, e);
    if (rc == 0 && l->json)
        set_object(doc_make_object(doc_object(l->json, "sources"), name), &s);
    if (rc == 0 && l->cells)
        add_row(l->cells, l->allowed, &s);
    token_free(&s.t);
    list_free(&s.missing);
    return rc;
}

/* Those of the config, then what else has a login, or a token in the
 * environment. */
static int
list_all(struct listing *l, struct err *e)
{
    const struct config *c = &l->a->s->config;
    const char *name;

    for (size_t i = 0; i < c->source_n; i++) {
        const char *p = config_get(c, c->source[i], "provider");

        if (list_one(l, c->source[i], registry_find(p ? p : c->source[i]), e) <
            0)
            return -1;
    }
    for (size_t i = 0; (name = tokens_source(l->all, i)); i++) {
        if (config_has_source(c, name))
            continue;
        if (!registry_find(name))
            log_warn("%s: a login of a source that is not in the config; "
                     "wearchive auth logout %s forgets it",
                     name, name);
        else if (list_one(l, name, registry_find(name), e) < 0)
            return -1;
    }
    if (l->only && l->n == 0 && registry_find(l->only))
        return list_one(l, l->only, registry_find(l->only), e);
    if (l->only && l->n == 0)
        return choose_unknown_source(l->a->s, l->only, e);
    return 0;
}

/* "0600", or "" without a file. */
static int
file_mode(char out[8], const char *path, struct err *e)
{
    struct stat st;
    int rc = fs_stat(&st, path, e);

    out[0] = '\0';
    if (rc > 0)
        (void)snprintf(out, 8, "%04o", (unsigned)st.st_mode & 07777);
    return rc < 0 ? -1 : 0;
}

static int
print_json(struct listing *l, const char *mode, struct err *e)
{
    struct cJSON *store;
    int rc;

    l->json = out_object();
    (void)doc_make_object(l->json, "sources");
    rc = list_all(l, e);
    store = doc_make_object(l->json, "token_store");
    doc_set_string(store, "file", l->a->s->store.path);
    if (*mode)
        doc_set_string(store, "mode", mode);
    doc_set_bool(store, "encrypted", l->all->is_sealed);
    if (rc == 0)
        rc = out_json(l->json, e);
    doc_free(l->json);
    return rc;
}

static int
print_text(struct listing *l, const char *mode, struct err *e)
{
    struct list cells = LIST_INIT;
    struct buf out = BUF_INIT, allowed = BUF_INIT;
    int rc;

    for (size_t i = 0; i < COLUMNS; i++)
        list_add(&cells, heading[i]);
    l->cells = &cells;
    l->allowed = &allowed;
    rc = list_all(l, e);
    out_table(&out, &cells, COLUMNS, 0);
    buf_addc(&out, '\n');
    buf_add(&out, allowed.p, allowed.n);
    buf_free(&allowed);
    buf_addf(&out, "%s: %s%s%s\n", l->a->s->store.path,
             *mode ? "mode " : "not there", mode,
             l->all->is_sealed ? ", encrypted" : "");
    if (rc == 0)
        rc = out_print(&out, e);
    buf_free(&out);
    list_free(&cells);
    return rc;
}

int
auth_status(struct auth *a, struct err *e)
{
    struct tokens all = TOKENS_INIT;
    struct listing l = {
        .a = a,
        .all = &all,
        .only = a->o->words.n > 1 ? a->o->words.item[1] : NULL,
    };
    char mode[8];
    int rc;

    tokens_settle(&a->s->store);
    rc = tokens_read(&all, &a->s->store, e);
    if (rc == 0)
        rc = file_mode(mode, a->s->store.path, e);
    if (rc == 0)
        rc = a->o->json ? print_json(&l, mode, e) : print_text(&l, mode, e);
    tokens_free(&all);
    return rc < 0 ? -1 : EXIT_OK;
}
