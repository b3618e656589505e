#include "auth/answer.h"

#include <stdbool.h>
#include <string.h>

#include "auth/said.h"
#include "auth/tokens.h"
#include "base/err.h"
#include "base/num.h"
#include "base/text.h"
#include "data/json.h"
#include "spec/oauth.h"

/* A longer life is as good as for ever; sums with the time stay in range. */
#define LIFETIME_MAX_S (INT64_C(100) * 366 * 86400)

enum { TOKEN_MAX = 16384 };

/* The value at a path of the text, if it is of that type. */
static bool
find(struct json_token *t, const struct answer_in *in, const char *path,
     enum json_type type)
{
    struct err ignored = ERR_INIT; /* the text is JSON; this is not in it */

    return path && json_at(t, in->p, in->n, path, &ignored) == 1 &&
           t->type == type;
}

/* The part of the text that is the token answer. */
static bool
inner(struct answer_in *out, const struct answer_in *in)
{
    struct json_token t;

    *out = *in;
    if (!in->spec->answer_at)
        return true;
    if (!find(&t, in, in->spec->answer_at, JSON_OBJECT))
        return false;
    out->p = t.p;
    out->n = t.n;
    return true;
}

static bool
get_string(struct buf *out, const struct answer_in *in, const char *path)
{
    struct json_token t;

    if (find(&t, in, path, JSON_STRING)) {
        (void)buf_room(out, t.n + 1); /* no copy is left behind */
        json_text(out, &t);
    }
    (void)buf_str(out);
    return out->n > 0;
}

/* Also a number: some write the same as either. */
static bool
get_text(struct buf *out, const struct answer_in *in, const char *path)
{
    struct json_token t;

    if (find(&t, in, path, JSON_NUMBER))
        buf_add(out, t.p, t.n);
    return get_string(out, in, path);
}

/* A whole number, also with a fraction of nothing or in quotes. */
static bool
get_number(int64_t *out, const struct answer_in *in, const char *path)
{
    struct buf text = BUF_INIT;
    const char *point;
    size_t n;
    bool has = get_text(&text, in, path);

    point = has ? memchr(text.p, '.', text.n) : NULL;
    n = point ? (size_t)(point - text.p) : text.n;
    has = has && num_i64(out, text.p, n) == 0;
    buf_free(&text);
    return has;
}

/* A text, or a list of texts. */
static bool
get_words(struct buf *out, const struct answer_in *in, const char *path)
{
    struct err ignored = ERR_INIT; /* it is JSON */
    struct json_token t;
    struct json j;

    if (!find(&t, in, path, JSON_ARRAY))
        return get_text(out, in, path);
    json_start(&j, t.p, t.n);
    (void)json_next(&t, &j, &ignored); /* its bracket */
    while (json_next(&t, &j, &ignored) == 1 && t.type == JSON_STRING) {
        json_text(out, &t);
        buf_addc(out, ' ');
    }
    return out->n > 0;
}

void
answer_scopes(struct buf *out, const struct oauth *spec, const char *text)
{
    struct list words = LIST_INIT, seen = LIST_INIT;

    list_split(&words, text);
    for (size_t i = 0; i < words.n; i++) {
        const char *word = words.item[i];

        if (spec->scope_prefix && text_starts(word, spec->scope_prefix))
            word += strlen(spec->scope_prefix);
        if (list_has(&seen, word))
            continue;
        list_add(&seen, word);
        if (out->n)
            buf_addc(out, ' ');
        buf_adds(out, word);
    }
    (void)buf_str(out);
    list_free(&words);
    list_free(&seen);
}

static bool
fits(const struct buf *token)
{
    return token->n <= TOKEN_MAX && token_fits(token);
}

/* The sooner of the two ways to say it. Nobody gives what has ended: then a
 * clock is wrong. */
static int64_t
lifetime(const struct answer_in *in, const char *span, const char *end,
         int64_t fallback)
{
    int64_t s = LIFETIME_MAX_S, t;
    bool has = false;

    if (get_number(&t, in, span) && t > 0) {
        has = true;
        s = t < s ? t : s;
    }
    if (get_number(&t, in, end) && t > in->now) {
        has = true;
        s = t - in->now < s ? t - in->now : s;
    }
    return has ? s : fallback;
}

/* 0, or -1: there is no token in it. */
static int
read_token(struct answer *a, const struct answer_in *in)
{
    struct buf scope = BUF_INIT;

    if (!get_string(&a->access, in, "access_token") || !fits(&a->access))
        return -1;
    if (get_string(&a->refresh, in, "refresh_token") && !fits(&a->refresh))
        return -1;
    if (get_words(&scope, in, "scope"))
        answer_scopes(&a->scope, in->spec, buf_str(&scope));
    buf_free(&scope);
    (void)get_text(&a->user, in, in->spec->user_at);
    a->lifetime_s =
        lifetime(in, "expires_in", "expires_at", in->spec->lifetime_s);
    a->refresh_s =
        lifetime(in, "refresh_token_expires_in", "refresh_token_expires_at", 0);
    return 0;
}

/* Numbers and spans of them: "522 3000-3016". */
static bool
is_among(const char *list, int64_t n)
{
    while (*list) {
        size_t length = strcspn(list, " "), dash = strcspn(list, " -");
        size_t to_at = dash < length ? dash + 1 : 0;
        int64_t from, to;

        if (num_i64(&from, list, dash) == 0 &&
            num_i64(&to, list + to_at, length - to_at) == 0 && n >= from &&
            n <= to)
            return true;
        list += length + strspn(list + length, " ");
    }
    return false;
}

static bool
has_word(const struct answer_in *in, const struct oauth_word *w)
{
    struct err ignored = ERR_INIT;
    struct json_token t;
    int64_t n;

    if (*w->word >= '0' && *w->word <= '9')
        return get_number(&n, in, w->at) && is_among(w->word, n);
    return json_at(&t, in->p, in->n, w->at, &ignored) == 1 &&
           text_has_nocase(t.p, t.n, w->word);
}

/* A refusal in words that we know. */
static bool
find_word(enum oauth_meaning *meaning, const struct answer_in *in)
{
    static const struct oauth_word common[] = {
        { "error", "invalid_grant", OAUTH_DEAD },
        { "errors", "invalid_grant", OAUTH_DEAD },
        { "error", "temporarily_unavailable", OAUTH_LATER },
        { "error", "server_error", OAUTH_LATER },
        { NULL, NULL, OAUTH_DEAD },
    };
    const struct oauth_word *const list[] = { common, in->spec->words };

    for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
        for (const struct oauth_word *w = list[i]; w && w->at; w++)
            if (has_word(in, w)) {
                *meaning = w->meaning;
                return true;
            }
    return false;
}

static int
say(struct err *e, enum err_kind kind, const struct answer_in *in,
    const char *what)
{
    struct buf text = BUF_INIT;
    int64_t status;

    buf_addf(&text, "HTTP %d", in->status);
    if (get_number(&status, in, in->spec->status_at))
        buf_addf(&text, " status %lld", (long long)status);
    buf_adds(&text, what);
    said_add(&text, in->p, in->n);
    (void)err_set(e, kind, "%s", buf_str(&text));
    buf_free(&text);
    return -1;
}

static enum answer_kind
later(struct answer *a, const struct answer_in *in, struct err *e)
{
    int64_t s;

    if (get_number(&s, in, in->spec->wait_at) && s >= 0)
        a->wait_s = s < LIFETIME_MAX_S ? s : LIFETIME_MAX_S;
    (void)say(e, in->status == 429 || in->status == 200 ? ERR_RATE : ERR_NET,
              in, "");
    return ANSWER_LATER;
}

static enum answer_kind
refused(struct answer *a, const struct answer_in *in, struct err *e)
{
    enum oauth_meaning meaning;

    if (find_word(&meaning, in)) {
        if (meaning == OAUTH_LATER)
            return later(a, in, e);
        (void)say(e, ERR_AUTH, in, "");
        return ANSWER_DEAD;
    }
    if (in->status == 408 || in->status == 429 || in->status >= 500)
        return later(a, in, e);
    (void)say(e, ERR_AUTH, in, "");
    return ANSWER_REFUSED;
}

/* A page of who knows whom, or half an answer: the login may be alive. What
 * was lost on its way is asked for again. */
static enum answer_kind
no_json(const struct answer_in *in, bool is_cut, struct err *e)
{
    bool is_html = in->n > 0 && in->p[0] == '<';

    if (is_cut && in->status >= 200 && in->status <= 299) {
        (void)err_set(e, ERR_NET, "HTTP %d, but the answer is cut off",
                      in->status);
        return ANSWER_LATER;
    }
    if (in->status == 408 || in->status == 429 || in->status >= 500) {
        (void)err_set(e, in->status == 429 ? ERR_RATE : ERR_NET, "HTTP %d",
                      in->status);
        return ANSWER_LATER;
    }
    if (in->status >= 400 && !is_html) {
        (void)err_set(e, ERR_AUTH, "HTTP %d", in->status);
        return ANSWER_REFUSED;
    }
    (void)err_set(e, ERR_NET, "HTTP %d with %s instead of a token", in->status,
                  is_html ? "a web page" : "something else");
    return ANSWER_BAD;
}

/* Does the answer say itself that it is a success? */
static bool
is_success(const struct answer_in *in)
{
    struct json_token t;
    int64_t status;

    if (in->status < 200 || in->status > 299)
        return false;
    if (in->spec->status_at)
        return get_number(&status, in, in->spec->status_at) && status == 0;
    return !find(&t, in, "error", JSON_STRING) &&
           !find(&t, in, "error", JSON_OBJECT) &&
           !find(&t, in, "errors", JSON_ARRAY);
}

enum answer_kind
answer_read(struct answer *a, const struct answer_in *in, struct err *e)
{
    struct err not_json = ERR_INIT;
    struct answer_in body;

    *a = (struct answer)ANSWER_INIT;
    if (in->n == 0)
        return no_json(in, true, e);
    if (json_check(in->p, in->n, &not_json) < 0)
        return no_json(in, not_json.kind == ERR_CUT, e);
    if (!is_success(in))
        return refused(a, in, e);
    if (inner(&body, in) && read_token(a, &body) == 0)
        return ANSWER_TOKEN;
    answer_free(a);
    (void)say(e, ERR_NET, in, ", but there is no token in the answer");
    return ANSWER_BAD;
}

void
answer_free(struct answer *a)
{
    buf_wipe(&a->access);
    buf_wipe(&a->refresh);
    buf_free(&a->scope);
    buf_free(&a->user);
    *a = (struct answer)ANSWER_INIT;
}
