#include "scenario.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "oura.h"
#include "provider.h"
#include "reply.h"

enum effect {
    REPLY, /* a fixed reply */
    SCOPE, /* the reply of a missing scope */
    ECHO,  /* the same, with the token in its words */
    MOVED, /* a redirect */
    SPOIL, /* the page goes over the wire in a wrong way */
    SHORT, /* the page ends early, in good HTTP */
    SLOW,  /* later */
    EDIT,  /* other records or another token */
};

/* What follows the category; the defaults are in the table and in --help. */
enum arg {
    ARG_NONE,
    ARG_TIMES, /* only the first so many requests */
    ARG_PAGE,  /* only this page; and TIMES, 0 = always */
    ARG_FROM,  /* from this page on */
    ARG_AFTER, /* after so many requests */
    ARG_MB,
    ARG_MS,
    ARG_STYLE, /* number or string */
};

struct scenario_kind {
    const char *name;
    enum effect effect;
    enum arg arg;
    int64_t value; /* of ARG if it is not given */
    int status;
    const char *type;
    const char *body;
    const char *retry_after;
    enum delivery delivery;
    size_t edit; /* offset of a bool in struct page_edits, or of another */
    const char *help;
};

#define HTML "text/html; charset=utf-8"
#define EDIT_OF(member) offsetof(struct page_edits, member)

static const struct scenario_kind kinds[] = {
    { .name = "429",
      .arg = ARG_TIMES,
      .value = 1,
      .status = 429,
      .retry_after = "2",
      .help = "first TIMES (1) requests, Retry-After: 2" },
    { .name = "429-bare",
      .arg = ARG_TIMES,
      .value = 1,
      .status = 429,
      .help = "the same (1) without any header" },
    { .name = "429-long",
      .status = 429,
      .retry_after = "7200",
      .help = "always, Retry-After: 7200" },
    { .name = "500",
      .arg = ARG_TIMES,
      .value = 2,
      .status = 500,
      .body = "{\"detail\":\"Internal Server Error\"}",
      .help = "first TIMES (2) requests" },
    { .name = "500-always",
      .arg = ARG_PAGE,
      .status = 500,
      .body = "{\"detail\":\"Internal Server Error\"}",
      .help = "every request" },
    { .name = "503-html",
      .arg = ARG_TIMES,
      .status = 503,
      .type = HTML,
      .body = "<html><body>503 Service Unavailable</body></html>",
      .help = "an HTML page; 0 TIMES, the default, is always" },
    { .name = "401-token",
      .arg = ARG_PAGE,
      .status = 401,
      .help = "empty body" },
    { .name = "401-scope",
      .effect = SCOPE,
      .status = 401,
      .help = "names the missing scope, always" },
    { .name = "401-scope-token",
      .effect = ECHO,
      .status = 401,
      .help = "the same, and repeats the token that was sent" },
    { .name = "403",
      .status = 403,
      .body = "{\"status\":403,\"title\":\"Forbidden\","
              "\"detail\":\"Membership has lapsed.\"}",
      .help = "always" },
    { .name = "404",
      .status = 404,
      .body = "{\"detail\":\"Not Found\"}",
      .help = "always" },
    { .name = "html",
      .arg = ARG_PAGE,
      .status = 200,
      .type = HTML,
      .body = "<!DOCTYPE html><html><body>Please log in</body></html>",
      .help = "200 with an HTML page" },
    { .name = "empty-object",
      .arg = ARG_PAGE,
      .status = 200,
      .body = "{}",
      .help = "{}" },
    { .name = "wrong-shape",
      .arg = ARG_PAGE,
      .status = 200,
      .body = "{\"data\":{\"x\":1},\"next_token\":null}",
      .help = "data is an object" },
    { .name = "missing-data",
      .arg = ARG_PAGE,
      .status = 200,
      .body = "{\"next_token\":null}",
      .help = "no data" },
    { .name = "null-data",
      .arg = ARG_PAGE,
      .status = 200,
      .body = "{\"data\":null,\"next_token\":null}",
      .help = "data is null" },
    { .name = "redirect",
      .effect = MOVED,
      .status = 302,
      .help = "302 to /stolen on another host name of this server" },
    { .name = "cut",
      .effect = SPOIL,
      .arg = ARG_TIMES,
      .value = 1,
      .delivery = SEND_CUT,
      .help = "TIMES 1: closed before Content-Length is reached" },
    { .name = "cut-chunked",
      .effect = SPOIL,
      .arg = ARG_TIMES,
      .value = 1,
      .delivery = SEND_CUT_CHUNKED,
      .help = "TIMES 1: closed without the last chunk" },
    { .name = "cut-json",
      .effect = SHORT,
      .arg = ARG_PAGE,
      .help = "good HTTP, but the text ends early; once if no PAGE is given" },
    { .name = "wrong-length",
      .effect = SPOIL,
      .arg = ARG_PAGE,
      .delivery = SEND_WRONG_LENGTH,
      .help = "Content-Length is 10 less than what is sent" },
    { .name = "drip",
      .effect = SPOIL,
      .arg = ARG_PAGE,
      .delivery = SEND_DRIP,
      .help = "one byte a second" },
    { .name = "big",
      .effect = SPOIL,
      .arg = ARG_MB,
      .value = 300,
      .delivery = SEND_BIG,
      .help = "the page, then blanks up to MB (300) million bytes" },
    { .name = "slow",
      .effect = SLOW,
      .arg = ARG_MS,
      .value = 1000,
      .help = "MS (1000) later, always" },
    { .name = "same-token",
      .effect = EDIT,
      .edit = EDIT_OF(same_token),
      .help = "the same next_token without end" },
    { .name = "repeat-ids",
      .effect = EDIT,
      .edit = EDIT_OF(repeat_last),
      .help = "a page begins with the last record of the one before" },
    { .name = "short-page",
      .effect = EDIT,
      .arg = ARG_PAGE,
      .edit = EDIT_OF(is_short),
      .help = "the last records of the page are missing" },
    { .name = "empty-page",
      .effect = EDIT,
      .arg = ARG_PAGE,
      .edit = EDIT_OF(is_empty),
      .help = "a page without records, and nothing behind it" },
    { .name = "halved",
      .effect = EDIT,
      .edit = EDIT_OF(is_halved),
      .help = "every second record is not in the list" },
    { .name = "changing",
      .effect = EDIT,
      .arg = ARG_AFTER,
      .edit = EDIT_OF(has_changed),
      .help = "one record of 3 or more days ago has another score (or the "
              "like), after AFTER (0) requests" },
    { .name = "hard-text",
      .effect = EDIT,
      .edit = EDIT_OF(hard_text),
      .help = "members that are hard to store in the last 18 days but today" },
    { .name = "new-field",
      .effect = EDIT,
      .arg = ARG_FROM,
      .value = 2,
      .edit = EDIT_OF(extra_from),
      .help =
          "\"extra\":{\"new_field\":7,\"text\":\"x\"} from page FROM (2) on" },
    { .name = "id-number",
      .effect = EDIT,
      .arg = ARG_STYLE,
      .value = ID_NUMBER,
      .edit = EDIT_OF(ids),
      .help = "every second day's ids are numbers above 2^53; STYLE is "
              "number, or string for the same digits" },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const char *const arg_names[] = {
    [ARG_NONE] = "",
    [ARG_TIMES] = "[:TIMES]",
    [ARG_PAGE] = "[:PAGE[:TIMES]]",
    [ARG_FROM] = "[:FROM]",
    [ARG_AFTER] = "[:AFTER]",
    [ARG_MB] = "[:MB]",
    [ARG_MS] = "[:MS]",
    [ARG_STYLE] = "[:STYLE]",
};

struct scenario {
    const struct scenario_kind *kind;
    char *topic; /* NULL = all */
    int64_t value;
    int64_t times; /* 0 = always */
    int64_t seen;  /* matching requests so far */
};

struct scenarios {
    pthread_mutex_t lock; /* for seen */
    struct scenario *p;
    size_t n;
};

struct scenarios *
scenarios_open(void)
{
    struct scenarios *s = mem_zalloc(sizeof(*s));

    (void)pthread_mutex_init(&s->lock, NULL); /* cannot fail on Linux */
    return s;
}

void
scenarios_close(struct scenarios *s)
{
    (void)pthread_mutex_destroy(&s->lock);
    for (size_t i = 0; i < s->n; i++)
        free(s->p[i].topic);
    free(s->p);
    free(s);
}

void
scenarios_help(FILE *out)
{
    for (size_t i = 0; i < KINDS; i++) {
        struct buf name = BUF_INIT;

        buf_addf(&name, "%s[:TOPIC]%s", kinds[i].name, arg_names[kinds[i].arg]);
        (void)fprintf(out, "  %-36s %s\n", buf_str(&name), kinds[i].help);
        buf_free(&name);
    }
}

static const struct scenario_kind *
kind_named(const char *name)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (text_is(kinds[i].name, name))
            return &kinds[i];
    }
    return NULL;
}

static int
read_arg(struct scenario *sc, const char *text)
{
    if (sc->kind->arg == ARG_NONE)
        return -1;
    if (sc->kind->arg == ARG_STYLE) {
        sc->value = text_is(text, "string") ? ID_DIGITS : ID_NUMBER;
        return text_is(text, "string") || text_is(text, "number") ? 0 : -1;
    }
    return num_str(&sc->value, text) == 0 && sc->value >= 0 ? 0 : -1;
}

/* The pieces behind the name. */
static int
read_pieces(struct scenario *sc, char *const *piece, size_t n)
{
    if (n > 0) {
        if (providers_have(piece[0])) {
            sc->topic = mem_strdup(piece[0]);
            piece++;
            n--;
        }
    }
    if (n > 0 && read_arg(sc, piece[0]) < 0)
        return -1;
    if (sc->kind->effect == SHORT)
        sc->times = n == 0; /* asking again helps */
    if (sc->kind->arg == ARG_TIMES)
        sc->times = sc->value;
    if (n < 2)
        return 0;
    return n == 2 && sc->kind->arg == ARG_PAGE ? num_str(&sc->times, piece[1])
                                               : -1;
}

int
scenarios_add(struct scenarios *s, const char *spec)
{
    struct scenario sc = { .kind = NULL };
    struct list piece = LIST_INIT;
    char *text = mem_strdup(spec);
    int rc = -1;

    for (char *c = text; *c; c++)
        *c = *c == ':' ? ',' : *c;
    list_split(&piece, text);
    if (piece.n > 0)
        sc.kind = kind_named(piece.item[0]);
    if (sc.kind) {
        sc.value = sc.kind->value;
        rc = read_pieces(&sc, piece.item + 1, piece.n - 1);
    }
    if (rc == 0) {
        s->p = mem_resize(s->p, s->n + 1, sizeof(*s->p));
        s->p[s->n++] = sc;
    }
    list_free(&piece);
    free(text);
    return rc;
}

static bool
applies(struct scenario *sc, const char *topic, size_t page)
{
    if (sc->topic && !text_is(sc->topic, topic))
        return false;
    if (sc->kind->arg == ARG_PAGE && sc->value > 0 && (size_t)sc->value != page)
        return false;
    sc->seen++;
    if (sc->kind->arg == ARG_AFTER)
        return sc->seen > sc->value;
    return sc->times == 0 || sc->seen <= sc->times;
}

static void
add_edit(struct page_edits *edits, const struct scenario *sc)
{
    if (sc->kind->arg == ARG_FROM)
        edits->extra_from = (size_t)sc->value;
    else if (sc->kind->arg == ARG_STYLE)
        edits->ids = (enum id_style)sc->value;
    else
        *(bool *)((char *)edits + sc->kind->edit) = true;
}

static void
add_misdeed(struct misdeed *m, const struct scenario *sc)
{
    enum { MB = 1000 * 1000 };

    switch (sc->kind->effect) {
    case REPLY:
    case SCOPE:
    case ECHO:
    case MOVED:
        if (!m->reply)
            m->reply = sc->kind;
        break;
    case SPOIL:
    case SHORT:
        if (!m->body)
            m->body = sc->kind;
        m->big_bytes = (size_t)sc->value * MB;
        break;
    case SLOW:
        m->wait_ms += (long)sc->value;
        break;
    case EDIT:
        add_edit(&m->edits, sc);
        break;
    }
}

static void
judge(struct misdeed *out, struct scenarios *s, const char *topic, size_t page)
{
    *out = (struct misdeed){ .reply = NULL };
    (void)pthread_mutex_lock(&s->lock); /* cannot fail: not recursive */
    for (size_t i = 0; i < s->n; i++) {
        if (applies(&s->p[i], topic, page))
            add_misdeed(out, &s->p[i]);
    }
    (void)pthread_mutex_unlock(&s->lock);
}

/* The reply that stands for the page. */
static void
reply_instead(struct reply *r, const struct scenario_kind *kind,
              const struct world *w, const char *scope)
{
    reply_body(r, kind->status, kind->body);
    r->type = kind->type;
    r->retry_after = kind->retry_after;
    r->has_limits = kind->retry_after != NULL;
    if (kind->effect == SCOPE || kind->effect == ECHO)
        oura_refuse_scope(r, scope, kind->effect == ECHO ? w->token : NULL);
    if (kind->effect == MOVED)
        r->location = w->stolen;
}

bool
misdeed_takes(struct reply *r, struct misdeed *m, const struct world *w,
              const char *topic, const char *scope, size_t page)
{
    judge(m, w->scenarios, topic, page);
    pause_ms(m->wait_ms);
    if (m->reply)
        reply_instead(r, m->reply, w, scope);
    return m->reply != NULL;
}

void
misdeed_spoil(struct reply *r, const struct misdeed *m)
{
    if (!m->body || r->status != 200)
        return;
    if (m->body->effect == SHORT) {
        r->body.n -= r->body.n / 3 + 1;
        return;
    }
    r->delivery = m->body->delivery;
    r->big_bytes = m->big_bytes;
    if (r->delivery == SEND_BIG && r->big_bytes < r->body.n)
        r->big_bytes = r->body.n;
}
