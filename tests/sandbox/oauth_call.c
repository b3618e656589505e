#include "oauth_call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "provider.h"
#include "reply.h"

bool
call_is_method(const struct oauth_call *c, const char *method)
{
    return text_is(c->q->method, method);
}

void
call_log(const struct oauth_call *c, const char *what, const char *result,
         const struct token *t)
{
    struct buf line = BUF_INIT;

    if (c->o->log_fd < 0)
        return;
    buf_addf(&line, "%s %s %s", c->d->name, what ? what : "-", result);
    if (t)
        buf_addf(&line, " f%zug%" PRId64, t->family + 1, t->generation);
    buf_addc(&line, '\n');
    if (write(c->o->log_fd, line.p, line.n) < 0)
        perror("sandbox: log of grants");
    buf_free(&line);
}

/* Puts the secret where an error is explained to people. */
static void
quote(struct buf *body, const char *secret)
{
    static const char *const places[] = { "\"error_description\":\"",
                                          "\"message\":\"",
                                          "Invalid Params: ", "{" };
    char *text = mem_strdup(buf_str(body));
    const char *at = NULL;
    size_t i = 0;

    while (!(at = strstr(text, places[i])))
        i++; /* there is a brace in all of them */
    at += strlen(places[i]);
    buf_clear(body);
    buf_add(body, text, (size_t)(at - text));
    buf_addf(body,
             *places[i] == '{'
                 ? "\"error_description\":\"Token %s is not good\","
                 : "%s, ",
             secret);
    buf_adds(body, at);
    free(text);
}

void
call_refuse(struct oauth_call *c, enum refusal why, const char *secret)
{
    int status;

    c->server->counts.refused++;
    reply_body(c->r, 200, NULL);
    status = dialect_refuse(&c->r->body, c->d, why, secret);
    c->r->status = status;
    if (c->server->knobs.quotes && secret)
        quote(&c->r->body, secret);
    call_log(c, form_get(&c->form, "grant_type"), "refused", NULL);
}

void
call_kill(struct oauth_call *c, size_t family)
{
    c->server->counts.families_killed += state_kill(c->o, family);
}

/* Which ways the client has used to say who it is. */
static unsigned
ways_used(const struct oauth_call *c, const struct form *basic)
{
    return (basic->n > 0 ? (unsigned)IN_BASIC : 0) |
           (form_get(&c->form, "client_secret") ? (unsigned)IN_BODY : 0) |
           (form_get(&c->form, "signature") ? (unsigned)IN_NONCE : 0);
}

enum refusal
call_check_client(const struct oauth_call *c)
{
    const struct knobs *k = &c->server->knobs;
    const char *header = asked_header(c->q, "Authorization");
    struct form basic = FORM_INIT;
    bool is_broken = header && form_read_basic(&basic, header) < 0;
    unsigned used = ways_used(c, &basic);
    const struct form *from = used == IN_BASIC ? &basic : &c->form;
    enum refusal why = NO_REFUSAL;

    if ((used & (used - 1)) != 0) /* more than one: RFC 6749, 2.3 */
        why = BAD_REQUEST;
    else if (is_broken || (used & c->d->client_auth) == 0)
        why = BAD_CLIENT;
    else if (k->client[0] &&
             (!form_is(from, "client_id", k->client) ||
              (used != IN_NONCE && !form_is(from, "client_secret", k->secret))))
        why = BAD_CLIENT;
    form_free(&basic);
    return why;
}
