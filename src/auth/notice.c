#include "auth/notice.h"

#include "auth/client.h"
#include "auth/tokens.h"
#include "base/err.h"
#include "base/log.h"
#include "base/tm.h"
#include "spec/oauth.h"
#include "sys/clock.h"
#include "sys/lock.h"

/* The login as it is in the store; empty if there is none. */
static void
look(struct token *t, struct token_store *s, const char *source)
{
    struct tokens all = TOKENS_INIT;
    struct err ignored = ERR_INIT; /* who uses it will tell */

    if (tokens_read(&all, s, &ignored) == 0)
        (void)tokens_get(t, &all, source);
    tokens_free(&all);
}

int64_t
notice_ends_at(const struct client *c, struct token_store *s)
{
    struct token t = TOKEN_INIT;
    int64_t at;

    look(&t, s, c->source);
    at = t.refresh_ends_at;
    if (t.refresh.n == 0 && c->spec->grant == OAUTH_CODE)
        at = t.ends_at;
    token_free(&t);
    return at;
}

bool
notice_is_login(struct token_store *s, const char *source)
{
    struct token t = TOKEN_INIT;
    bool is_there;

    look(&t, s, source);
    is_there = t.access.n > 0 || t.refresh.n > 0;
    token_free(&t);
    return is_there;
}

static int
note_said(bool *is_news, struct token_store *s, const char *source,
          struct err *e)
{
    struct tokens all = TOKENS_INIT;
    struct token t = TOKEN_INIT;
    int64_t now = clock_now();
    int rc = tokens_read(&all, s, e);

    if (rc == 0) {
        (void)tokens_get(&t, &all, source); /* may be none */
        *is_news = t.warned_at <= now - DAY + HOUR || t.warned_at > now;
    }
    if (rc == 0 && *is_news) {
        t.warned_at = now;
        tokens_put(&all, source, &t);
        rc = tokens_save(&all, e);
    }
    token_free(&t);
    tokens_free(&all);
    return rc;
}

bool
notice_say(struct token_store *s, const char *source)
{
    struct lock lock = LOCK_INIT;
    struct err e = ERR_INIT;
    bool is_news = false;
    int rc = tokens_lock(&lock, s, TOKENS_BRIEF_MS, &e);

    if (rc == 0)
        rc = note_said(&is_news, s, source, &e);
    lock_release(&lock);
    if (rc < 0)
        log_info("%s: %s", source, e.text); /* said once more, then */
    return is_news;
}
