/* Where a browser goes: the consent page, and the way back from it. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "oauth_call.h"
#include "provider.h"
#include "reply.h"

static const char prefix[] = "extapi:"; /* of scopes at Oura's new server */

/* What one visit is about. */
struct visit {
    const struct form *form; /* the query; of the page, what it sent */
    struct list scopes;      /* asked for, bare; then: granted */
    const char *error;       /* goes back to the client; NULL = none */
};

static void
add_html(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("&<>\"'", *text))
            buf_addf(out, "&#%d;", *text);
        else
            buf_addc(out, *text);
    }
}

/* A page for the person, who does not go back to the client. */
static void
error_page(struct oauth_call *c, const char *what)
{
    reply_body(c->r, 400,
               "<!DOCTYPE html><title>Error</title><h1>Error</h1>"
               "<p id=\"error\">");
    c->r->type = "text/html; charset=utf-8";
    add_html(&c->r->body, what);
    buf_adds(&c->r->body, "</p>");
    c->server->counts.refused++;
    call_log(c, "authorize", what, NULL);
}

static void
add_param(struct buf *url, const char *name, const char *value)
{
    if (!value)
        return;
    buf_addc(url, memchr(url->p, '?', url->n) ? '&' : '?');
    buf_addf(url, "%s=", name);
    form_escape(url, value);
}

static void
start_redirect(struct buf *url, const struct visit *v)
{
    buf_adds(url, form_get(v->form, "redirect_uri"));
}

static void
end_redirect(struct oauth_call *c, const struct visit *v, struct buf *url)
{
    add_param(url, "state", form_get(v->form, "state"));
    reply_body(c->r, 302, NULL);
    reply_header(c->r, "Location", "%s", buf_str(url));
    buf_free(url);
}

static void
send_back_error(struct oauth_call *c, const struct visit *v)
{
    struct buf url = BUF_INIT;

    c->server->counts.denied++;
    call_log(c, "authorize", v->error, NULL);
    start_redirect(&url, v);
    add_param(&url, "error", v->error);
    add_param(&url, "error_description",
              "The resource owner or authorization server denied the "
              "request.");
    end_redirect(c, v, &url);
}

static char *
joined(const struct list *words, char by, const char *before)
{
    struct buf out = BUF_INIT;

    for (size_t i = 0; i < words->n; i++) {
        if (i > 0)
            buf_addc(&out, by);
        buf_addf(&out, "%s%s", before, words->item[i]);
    }
    return buf_take(&out);
}

/* Whether the login may be renewed: a scope at WHOOP, at Google a parameter
 * and a consent that was asked for, or is the first. */
static bool
lasts(struct oauth_call *c, const struct visit *v)
{
    bool has_consented = c->server->has_consented;

    c->server->has_consented = true;
    if (c->d->offline)
        return list_has(&v->scopes, c->d->offline);
    if (!c->d->keeps_refresh)
        return true;
    return form_is(v->form, "access_type", "offline") &&
           (!has_consented || form_is(v->form, "prompt", "consent"));
}

static void
send_back_code(struct oauth_call *c, const struct visit *v)
{
    bool is_new = c->is_new || c->server->knobs.portal == PORTAL_NEW;
    bool is_oura = text_is(c->d->name, "oura");
    char *bare = joined(&v->scopes, ' ', "");
    char *told = joined(&v->scopes, c->d->scope_by, c->is_new ? prefix : "");
    size_t family = state_family(c->o, c->d, bare);
    struct buf url = BUF_INIT;
    struct token *code;

    c->o->families[family].is_lasting = lasts(c, v);
    c->o->families[family].is_prefixed = is_new && is_oura;
    code = state_issue(c->o, family, TOKEN_CODE, c->server->knobs.code_life);
    code->redirect_uri = mem_strdup(form_get(v->form, "redirect_uri"));
    code->challenge = mem_strdup(form_get(v->form, "code_challenge"));
    c->server->counts.authorized++;
    call_log(c, "authorize", "ok", code);
    start_redirect(&url, v);
    add_param(&url, "code", code->text);
    add_param(&url, "scope", c->d->tells_scope ? told : NULL);
    add_param(&url, "iss", is_oura && is_new ? c->server->knobs.iss : NULL);
    end_redirect(c, v, &url);
    free(told);
    free(bare);
}

static void
add_hidden(struct buf *page, const struct form *form)
{
    for (size_t i = 0; i < form->n; i++) {
        buf_adds(page, "<input type=\"hidden\" name=\"");
        add_html(page, form->p[i].name);
        buf_adds(page, "\" value=\"");
        add_html(page, form->p[i].value);
        buf_adds(page, "\">\n");
    }
}

static void
add_boxes(struct buf *page, const struct list *scopes)
{
    for (size_t i = 0; i < scopes->n; i++) {
        buf_addf(page,
                 "<p><label><input type=\"checkbox\" name=\"granted\" "
                 "id=\"scope-%zu\" checked value=\"",
                 i + 1);
        add_html(page, scopes->item[i]);
        buf_adds(page, "\"> ");
        add_html(page, scopes->item[i]);
        buf_adds(page, "</label></p>\n");
    }
}

static void
consent_page(struct oauth_call *c, const struct visit *v)
{
    struct buf *page = &c->r->body;

    reply_body(c->r, 200, NULL);
    c->r->type = "text/html; charset=utf-8";
    buf_addf(page,
             "<!DOCTYPE html>\n<title>Consent: %s</title>\n"
             "<h1>An application wants to read your data</h1>\n"
             "<form method=\"post\" id=\"consent\">\n",
             c->d->name);
    add_hidden(page, v->form);
    add_boxes(page, &v->scopes);
    buf_adds(page, "<button id=\"allow\" name=\"decision\" value=\"allow\">"
                   "Allow</button>\n"
                   "<button id=\"deny\" name=\"decision\" value=\"deny\">"
                   "Deny</button>\n</form>\n");
    if (c->server->knobs.consent == CONSENT_CLICK)
        buf_adds(page, "<script>document.getElementById('allow').click()"
                       "</script>\n");
}

/* The scopes asked for; an empty list is all of them at Oura. */
static void
read_scopes(const struct oauth_call *c, struct visit *v)
{
    const char *text = form_get(v->form, "scope");
    struct list asked = LIST_INIT, known = LIST_INIT;

    list_split(&known, c->d->scopes);
    list_split(&asked, text ? text : "");
    if (asked.n == 0 && c->d->drops_scopes)
        list_split(&v->scopes, c->d->scopes);
    for (size_t i = 0; i < asked.n; i++) {
        bool has_prefix = text_starts(asked.item[i], prefix);
        const char *bare = asked.item[i] + (has_prefix ? strlen(prefix) : 0);

        if (list_has(&known, bare) && has_prefix == c->is_new)
            list_add(&v->scopes, bare);
        else if (!c->d->drops_scopes)
            v->error = "invalid_scope";
    }
    if (v->scopes.n == 0)
        v->error = "invalid_scope";
    list_free(&asked);
    list_free(&known);
}

static bool
is_challenge_good(const struct form *form)
{
    const char *challenge = form_get(form, "code_challenge");

    if (!challenge)
        return !form_get(form, "code_challenge_method");
    return strlen(challenge) == 43 &&
           form_is(form, "code_challenge_method", "S256");
}

static void
check_visit(const struct oauth_call *c, struct visit *v)
{
    const char *state = form_get(v->form, "state");

    read_scopes(c, v);
    if ((state ? strlen(state) : 0) < c->d->state_min)
        v->error = "invalid_state";
    if (!is_challenge_good(v->form))
        v->error = "invalid_request";
    if (!form_is(v->form, "response_type", "code"))
        v->error = "unsupported_response_type";
}

/* What is wrong in a way that nothing may be sent to the client. */
static const char *
distrust(const struct oauth_call *c, const struct form *form)
{
    const struct knobs *k = &c->server->knobs;
    const char *uri = form_get(form, "redirect_uri");

    if (!form_get(form, "client_id") ||
        (k->client[0] && !form_is(form, "client_id", k->client)))
        return "invalid_client";
    if (!uri || !strchr(uri, ':') || strchr(uri, '#') ||
        (k->redirect[0] && !text_is(uri, k->redirect)))
        return "redirect_uri does not match";
    return NULL;
}

/* Only what the person left ticked. */
static void
untick(struct visit *v)
{
    struct list granted = LIST_INIT;

    for (size_t i = 0; i < v->form->n; i++) {
        const struct form_field *f = &v->form->p[i];

        if (text_is(f->name, "granted") && list_has(&v->scopes, f->value))
            list_add(&granted, f->value);
    }
    list_free(&v->scopes);
    v->scopes = granted;
}

static void
decide(struct oauth_call *c, struct visit *v, bool is_answer)
{
    int64_t consent = c->server->knobs.consent;

    if (is_answer) {
        untick(v);
        if (!form_is(v->form, "decision", "allow") || v->scopes.n == 0)
            v->error = "access_denied";
    } else if (consent == CONSENT_DENY) {
        v->error = "access_denied";
    }
    if (v->error)
        send_back_error(c, v);
    else if (is_answer || consent == CONSENT_ALLOW)
        send_back_code(c, v);
    else
        consent_page(c, v);
}

void
consent_answer(struct oauth_call *c)
{
    bool is_answer = call_is_method(c, "POST");
    struct visit v = {
        .form = is_answer ? &c->form : &c->query,
        .scopes = LIST_INIT,
    };
    const char *distrusted = distrust(c, v.form);

    if (!is_answer && form_repeats(&c->query))
        distrusted = "a parameter is there twice";
    if (distrusted) {
        error_page(c, distrusted);
        return;
    }
    check_visit(c, &v);
    if (v.error)
        send_back_error(c, &v);
    else
        decide(c, &v, is_answer);
    list_free(&v.scopes);
}
