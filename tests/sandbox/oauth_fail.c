#include "oauth_fail.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "oauth_dialect.h"
#include "reply.h"

enum effect {
    INSTEAD,
    MOVED,   /* the same, and points elsewhere */
    REFUSE,  /* in the words of the dialect */
    DELIVER, /* goes over the wire in a wrong way */
    SHORT,   /* good HTTP, but the text ends early */
    NO_EXPIRES,
    NO_REFRESH,
};

struct fail_kind {
    const char *name;
    enum effect effect;
    int status;
    const char *body, *type, *retry_after;
    enum delivery delivery;
};

#define HTML "text/html; charset=utf-8"
#define REST                                                                   \
    "\"token_type\":\"bearer\",\"expires_in\":3600,"                           \
    "\"refresh_token\":\"CANARY-of-a-bad-answer\"}"

static const struct fail_kind kinds[] = {
    { .name = "unheard", .delivery = SEND_NOTHING },
    { .name = "429", .status = 429, .retry_after = "2" },
    { .name = "429-100", .status = 429, .retry_after = "100" },
    { .name = "429-long", .status = 429, .retry_after = "7200" },
    { .name = "503", .status = 503, .retry_after = "3" },
    { .name = "500", .status = 500, .body = "{\"error\":\"server_error\"}" },
    { .name = "html",
      .status = 200,
      .type = HTML,
      .body = "<!DOCTYPE html><html><body>Please log in</body></html>" },
    { .name = "html-503",
      .status = 503,
      .type = HTML,
      .body = "<html><body>503 Service Unavailable</body></html>" },
    { .name = "error",
      .status = 200,
      .body = "{\"error\":\"temporarily_unavailable\",\"access_token\":"
              "\"CANARY-of-a-bad-answer\"}" },
    { .name = "empty", .status = 200 },
    { .name = "204", .status = 204 },
    { .name = "no-access", .status = 200, .body = "{" REST },
    { .name = "null-access",
      .status = 200,
      .body = "{\"access_token\":null," REST },
    { .name = "empty-access",
      .status = 200,
      .body = "{\"access_token\":\"\"," REST },
    { .name = "number-access",
      .status = 200,
      .body = "{\"access_token\":7," REST },
    { .name = "array", .status = 200, .body = "[]" },
    { .name = "refuse", .effect = REFUSE },
    { .name = "redirect", .effect = MOVED, .status = 307 },
    { .name = "601",
      .status = 200,
      .body = "{\"status\":601,\"body\":{\"wait_seconds\":188},\"error\":"
              "\"Same arguments in less than 10 seconds\"}" },
    { .name = "lost", .effect = DELIVER, .delivery = SEND_NOTHING },
    { .name = "cut", .effect = DELIVER, .delivery = SEND_CUT },
    { .name = "short", .effect = SHORT },
    { .name = "no-expires", .effect = NO_EXPIRES },
    { .name = "no-refresh", .effect = NO_REFRESH },
    { .name = "drip", .effect = DELIVER, .delivery = SEND_DRIP },
    { .name = "big", .effect = DELIVER, .delivery = SEND_BIG },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

struct failure {
    const struct fail_kind *kind;
    const struct dialect *dialect;
    char *grant; /* NULL = any */
    int64_t times, skip, seen;
};

struct failures {
    struct failure *p;
    size_t n;
};

struct failures *
failures_open(void)
{
    return mem_zalloc(sizeof(struct failures));
}

/* Takes away those of a dialect; NULL = all. */
static void
clear(struct failures *f, const struct dialect *d)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->n; i++) {
        if (d && f->p[i].dialect != d)
            f->p[kept++] = f->p[i];
        else
            free(f->p[i].grant);
    }
    f->n = kept;
}

void
failures_close(struct failures *f)
{
    clear(f, NULL);
    free(f->p);
    free(f);
}

static const struct fail_kind *
kind_named(const char *name)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (text_is(kinds[i].name, name))
            return &kinds[i];
    }
    return NULL;
}

static int
read_failure(struct failure *to, const struct list *piece)
{
    if (piece->n == 0 || piece->n > 4 ||
        !(to->kind = kind_named(piece->item[0])))
        return -1;
    if (piece->n > 1 && num_str(&to->times, piece->item[1]) < 0)
        return -1;
    if (piece->n > 3 && num_str(&to->skip, piece->item[3]) < 0)
        return -1;
    if (piece->n > 2 && !text_is(piece->item[2], "any"))
        to->grant = mem_strdup(piece->item[2]);
    return 0;
}

int
failures_add(struct failures *f, const struct dialect *d, const char *spec)
{
    struct failure one = { .dialect = d, .times = 1 };
    struct list piece = LIST_INIT;
    char *text = mem_strdup(spec);
    int rc;

    if (text_is(spec, "none")) {
        clear(f, d);
        free(text);
        return 0;
    }
    for (char *c = text; *c; c++)
        *c = *c == ':' ? ',' : *c;
    list_split(&piece, text);
    rc = read_failure(&one, &piece);
    if (rc == 0) {
        f->p = mem_resize(f->p, f->n + 1, sizeof(*f->p));
        f->p[f->n++] = one;
    }
    list_free(&piece);
    free(text);
    return rc;
}

const struct fail_kind *
failures_next(struct failures *f, const struct dialect *d, const char *grant)
{
    const struct fail_kind *found = NULL;

    for (size_t i = 0; i < f->n; i++) {
        struct failure *one = &f->p[i];

        if (one->dialect != d || (one->grant && !text_is(one->grant, grant)))
            continue;
        one->seen++;
        if (!found && one->seen > one->skip &&
            (one->times == 0 || one->seen <= one->skip + one->times))
            found = one->kind;
    }
    return found;
}

bool
fail_instead(struct reply *r, const struct fail_kind *kind,
             const char *elsewhere)
{
    if (!kind || (kind->effect != INSTEAD && kind->effect != MOVED))
        return false;
    reply_body(r, kind->status, kind->body);
    r->type = kind->type;
    r->retry_after = kind->retry_after;
    r->delivery = kind->delivery;
    if (kind->effect == MOVED)
        r->location = elsewhere;
    return true;
}

bool
fail_refuses(const struct fail_kind *kind)
{
    return kind && kind->effect == REFUSE;
}

bool
fail_keeps_refresh(const struct fail_kind *kind)
{
    return kind && kind->effect == NO_REFRESH;
}

void
fail_pair(struct pair *p, const struct fail_kind *kind)
{
    if (kind && kind->effect == NO_EXPIRES)
        p->has_expiry = false;
    if (kind && kind->effect == NO_REFRESH)
        p->refresh = NULL;
}

void
fail_answer(struct reply *r, const struct fail_kind *kind)
{
    enum { BIG = 20 * 1000 * 1000 };

    if (kind && kind->effect == SHORT)
        r->body.n -= r->body.n / 3;
    if (kind && kind->effect == DELIVER) {
        r->delivery = kind->delivery;
        r->big_bytes = BIG;
    }
}
