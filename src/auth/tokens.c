#include "auth/tokens.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "auth/crypt.h"
#include "auth/unfinished.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/doc.h"
#include "sys/fs.h"
#include "sys/lock.h"

enum {
    STORE_MAX = 16 << 20,
    MORE = 16384, /* bytes that a login may add */
};

/* Members of a source, and where they are in struct token. */
static const struct {
    const char *name;
    size_t at;
} texts[] = {
    { "access_token", offsetof(struct token, access) },
    { "refresh_token", offsetof(struct token, refresh) },
    { "previous_access_token", offsetof(struct token, old_access) },
    { "previous_refresh_token", offsetof(struct token, old_refresh) },
    { "scope", offsetof(struct token, scope) },
    { "asked_scope", offsetof(struct token, asked) },
    { "token_url", offsetof(struct token, token_url) },
    { "user_id", offsetof(struct token, user) },
    { "account", offsetof(struct token, account) },
    { "client_id", offsetof(struct token, client_id) },
    { "client_secret", offsetof(struct token, client_secret) },
};

static const struct {
    const char *name;
    size_t at;
} times[] = {
    { "obtained_at", offsetof(struct token, got_at) },
    { "expires_at", offsetof(struct token, ends_at) },
    { "refresh_expires_at", offsetof(struct token, refresh_ends_at) },
    { "login_at", offsetof(struct token, login_at) },
    { "replaced_at", offsetof(struct token, replaced_at) },
    { "retry_at", offsetof(struct token, retry_at) },
    { "warned_at", offsetof(struct token, warned_at) },
};

enum {
    TEXTS = sizeof(texts) / sizeof(*texts),
    TIMES = sizeof(times) / sizeof(*times),
};

static int
damaged(const char *path, struct err *e)
{
    e->kind = ERR_FILE;
    (void)err_in(e, "%s: the token store is damaged", path);
    return err_hint(e, "put it right, or move it away and log in again; it "
                       "will not be overwritten");
}

/* Somebody has made it readable for others: a copy from elsewhere, say. */
static void
make_private(const char *path, const struct stat *st)
{
    struct err e = ERR_INIT;

    if (!S_ISREG(st->st_mode) || (st->st_mode & 077) == 0)
        return;
    if (fs_private(path, &e) < 0)
        log_warn("%s holds logins and others can read it; %s", path, e.text);
    else
        log_warn("%s held logins and others could read it (mode %04o); now it "
                 "is yours alone",
                 path, (unsigned)(st->st_mode & 0777));
}

/* The file's text; empty if there is none. */
static int
read_file(struct buf *text, const char *path, struct err *e)
{
    struct stat st;
    int rc = fs_stat(&st, path, e);

    if (rc <= 0)
        return rc;
    make_private(path, &st);
    (void)buf_room(text, (size_t)st.st_size + 4096); /* no copy left behind */
    if (fs_read(text, path, STORE_MAX, e) < 0)
        return -1;
    return text->n > 0 ? 1 : err_set(e, ERR_DATA, "it is empty");
}

void
token_store_free(struct token_store *s)
{
    free(s->path);
    crypt_free(s->crypt);
    *s = (struct token_store){ .path = NULL };
}

/* The key, looked for once and only if it is needed. */
static int
find_key(struct token_store *s, struct err *e)
{
    if (s->has_looked)
        return 0;
    if (crypt_find(&s->crypt, s->config, e) < 0)
        return err_in(e, "key of the token store");
    s->has_looked = true;
    return 0;
}

/* 0 and the plain text in its place, or -1. */
static int
unseal(struct buf *text, struct tokens *t, struct err *e)
{
    struct buf plain = BUF_INIT;
    int rc = find_key(t->store, e);

    (void)buf_room(&plain, text->n);
    if (rc == 0)
        rc = crypt_open(&plain, t->store->crypt, text->p, text->n, e);
    buf_wipe(text);
    *text = plain;
    return rc;
}

static int
parse(struct tokens *t, struct buf *text, struct err *e)
{
    t->is_sealed = crypt_is_sealed(text->p, text->n);
    if (t->is_sealed && unseal(text, t, e) < 0)
        return -1;
    t->doc = doc_parse(text->p, text->n, e);
    if (!t->doc)
        return -1;
    if (!doc_object(t->doc, "sources"))
        return err_set(e, ERR_DATA, "it has no \"sources\"");
    return 0;
}

int
tokens_read(struct tokens *t, struct token_store *s, struct err *e)
{
    struct buf text = BUF_INIT;
    int rc = read_file(&text, s->path, e);

    t->store = s;
    if (rc > 0)
        rc = parse(t, &text, e);
    buf_wipe(&text);
    if (rc == 0)
        return 0;
    if (e->kind == ERR_DATA || e->kind == ERR_CUT)
        return damaged(s->path, e);
    return err_in(e, "%s", s->path);
}

int
tokens_lock(struct lock *l, const struct token_store *s, int64_t wait_ms,
            struct err *e)
{
    struct buf name = BUF_INIT;
    int rc = fs_mkdirs_of(s->path, e);

    buf_addf(&name, "%s.lock", s->path);
    if (rc == 0)
        rc = lock_wait(l, buf_str(&name), wait_ms, e);
    if (rc == 0)
        unfinished_settle(s);
    buf_free(&name);
    return rc;
}

void
tokens_settle(const struct token_store *s)
{
    struct lock lock = LOCK_INIT;
    struct err ignored = ERR_INIT; /* somebody is just writing it */

    if (unfinished_is_there(s))
        (void)tokens_lock(&lock, s, 0, &ignored);
    lock_release(&lock);
}

static void
start(struct tokens *t)
{
    struct err ignored = ERR_INIT; /* it is JSON */

    if (t->doc)
        return;
    t->doc = doc_parse("{}", 2, &ignored);
    doc_set_i64(t->doc, "version", 1);
    (void)doc_make_object(t->doc, "sources");
}

static int
seal(struct buf *text, struct crypt *key, struct err *e)
{
    struct buf sealed = BUF_INIT;
    int rc = crypt_seal(&sealed, key, text->p, text->n, e);

    buf_wipe(text);
    *text = sealed;
    return rc;
}

int
tokens_save(struct tokens *t, struct err *e)
{
    struct buf text = BUF_INIT;
    int rc;

    start(t);
    if (find_key(t->store, e) < 0)
        return -1;
    (void)buf_room(&text, STORE_MAX / 16); /* no copy is left behind */
    doc_print(&text, t->doc);
    rc = t->store->crypt ? seal(&text, t->store->crypt, e) : 0;
    if (rc == 0)
        rc = fs_replace(t->store->path, text.p, text.n, e);
    buf_wipe(&text);
    return rc < 0 ? err_in(e, "the token store") : 0;
}

int
tokens_try_save(const struct token_store *s, struct err *e)
{
    struct err ignored = ERR_INIT; /* the next call will tell */
    struct stat st = { .st_size = 0 };

    (void)fs_stat(&st, s->path, &ignored);
    if (fs_try_replace(s->path, (size_t)st.st_size + MORE, e) < 0)
        return err_in(e, "the token store");
    return 0;
}

void
tokens_free(struct tokens *t)
{
    doc_wipe(t->doc);
    *t = (struct tokens)TOKENS_INIT;
}

static struct cJSON *
source_of(const struct tokens *t, const char *source)
{
    struct cJSON *all = t->doc ? doc_object(t->doc, "sources") : NULL;

    return all ? doc_object(all, source) : NULL;
}

static struct buf *
text_at(struct token *t, size_t i)
{
    return (struct buf *)((char *)t + texts[i].at);
}

static int64_t *
time_at(struct token *t, size_t i)
{
    return (int64_t *)((char *)t + times[i].at);
}

void
token_set(struct buf *member, const char *text)
{
    buf_wipe(member);
    (void)buf_room(member, strlen(text) + 1);
    buf_adds(member, text);
    (void)buf_str(member);
}

static void
get_text(struct buf *out, const struct cJSON *object, const char *name)
{
    const char *s = doc_string(object, name);

    if (s)
        token_set(out, s);
}

void
token_read(struct token *out, const struct cJSON *object)
{
    for (size_t i = 0; i < TEXTS; i++)
        get_text(text_at(out, i), object, texts[i].name);
    for (size_t i = 0; i < TIMES; i++)
        if (doc_i64(time_at(out, i), object, times[i].name) < 0)
            *time_at(out, i) = 0;
}

void
token_write(struct cJSON *object, const struct token *in)
{
    struct token copy = *in; /* for text_at(); owns nothing */

    for (size_t i = 0; i < TEXTS; i++) {
        const struct buf *text = text_at(&copy, i);

        if (text->n)
            doc_set_string(object, texts[i].name, text->p);
        else
            doc_remove(object, texts[i].name);
    }
    for (size_t i = 0; i < TIMES; i++)
        if (*time_at(&copy, i))
            doc_set_i64(object, times[i].name, *time_at(&copy, i));
        else
            doc_remove(object, times[i].name);
}

bool
tokens_get(struct token *out, const struct tokens *t, const char *source)
{
    const struct cJSON *object = source_of(t, source);

    if (object)
        token_read(out, object);
    return object != NULL;
}

void
tokens_put(struct tokens *t, const char *source, const struct token *in)
{
    start(t);
    token_write(doc_make_object(doc_object(t->doc, "sources"), source), in);
}

void
token_detach(struct token *t)
{
    buf_wipe(&t->old_access);
    buf_wipe(&t->old_refresh);
    t->replaced_at = 0;
    t->retry_at = 0;
    t->warned_at = 0;
}

bool
token_fits(const struct buf *text)
{
    for (size_t i = 0; i < text->n; i++)
        if ((unsigned char)text->p[i] <= ' ' ||
            (unsigned char)text->p[i] >= 0x7f)
            return false;
    return true;
}

bool
tokens_remove(struct tokens *t, const char *source)
{
    if (!source_of(t, source))
        return false;
    doc_remove(doc_object(t->doc, "sources"), source);
    return true;
}

const char *
tokens_source(const struct tokens *t, size_t i)
{
    struct cJSON *all = t->doc ? doc_object(t->doc, "sources") : NULL;

    return all ? doc_name(all, i) : NULL;
}

void
token_free(struct token *t)
{
    for (size_t i = 0; i < TEXTS; i++)
        buf_wipe(text_at(t, i));
    *t = (struct token)TOKEN_INIT;
}

bool
tokens_pending(struct pending *out, const struct tokens *t, const char *source)
{
    const struct cJSON *object = source_of(t, source);
    const struct cJSON *pending = object ? doc_object(object, "pending") : NULL;

    if (!pending)
        return false;
    get_text(&out->state, pending, "state");
    get_text(&out->verifier, pending, "code_verifier");
    get_text(&out->redirect_uri, pending, "redirect_uri");
    return doc_i64(&out->made_at, pending, "made_at") == 0 && out->state.n;
}

void
tokens_set_pending(struct tokens *t, const char *source,
                   const struct pending *p)
{
    struct cJSON *object;

    start(t);
    object = doc_make_object(doc_object(t->doc, "sources"), source);
    doc_remove(object, "pending");
    if (!p)
        return;
    object = doc_make_object(object, "pending");
    doc_set_string(object, "state", p->state.p);
    if (p->verifier.n)
        doc_set_string(object, "code_verifier", p->verifier.p);
    doc_set_string(object, "redirect_uri", p->redirect_uri.p);
    doc_set_i64(object, "made_at", p->made_at);
}

void
pending_free(struct pending *p)
{
    buf_wipe(&p->state);
    buf_wipe(&p->verifier);
    buf_free(&p->redirect_uri);
    *p = (struct pending)PENDING_INIT;
}
