/*
 * Any text as what comes back through the browser, and as a redirect URI. What
 * is taken has a code or an error and nothing that a header could not hold,
 * and written as a query it reads the same.
 */
#include "auth/callback.h"
#include "auth/redirect.h"
#include "base/err.h"
#include "base/mem.h"
#include "fuzz.h"
#include "net/url.h"

static void
check_text(struct buf *text)
{
    REQUIRE(strlen(buf_str(text)) == text->n);
    for (size_t i = 0; i < text->n; i++)
        REQUIRE((unsigned char)text->p[i] >= ' ' && text->p[i] != 0x7f);
}

static void
add(struct buf *query, const char *name, const struct buf *value)
{
    if (value->n > 0)
        url_param(query, name, value->p, value->n);
}

static void
check_again(struct callback *c)
{
    struct callback again = CALLBACK_INIT;
    struct buf query = BUF_INIT;
    struct err e = ERR_INIT;

    add(&query, "state", &c->state);
    add(&query, "code", &c->code);
    add(&query, "scope", &c->scope);
    add(&query, "iss", &c->iss);
    add(&query, "error", &c->error);
    add(&query, "error_description", &c->error_description);
    REQUIRE(callback_parse(&again, buf_str(&query), &e) == 0);
    REQUIRE_SAME(c->code.p, c->code.n, again.code.p, again.code.n);
    REQUIRE_SAME(c->state.p, c->state.n, again.state.p, again.state.n);
    REQUIRE_SAME(c->scope.p, c->scope.n, again.scope.p, again.scope.n);
    REQUIRE_SAME(c->iss.p, c->iss.n, again.iss.p, again.iss.n);
    REQUIRE_SAME(c->error.p, c->error.n, again.error.p, again.error.n);
    callback_free(&again);
    buf_free(&query);
}

static void
check_callback(const char *text)
{
    struct callback c = CALLBACK_INIT;
    struct err e = ERR_INIT;

    if (callback_parse(&c, text, &e) < 0) {
        REQUIRE(e.kind == ERR_USAGE);
    } else {
        REQUIRE((c.code.n > 0) != (c.error.n > 0));
        check_text(&c.code);
        check_text(&c.state);
        check_text(&c.scope);
        check_text(&c.iss);
        check_text(&c.error);
        check_text(&c.error_description);
        check_again(&c);
    }
    callback_free(&c);
}

static void
check_redirect(const char *text)
{
    struct buf same = BUF_INIT, other = BUF_INIT;
    struct redirect r, again;

    if (redirect_parse(&r, text) < 0)
        return;
    REQUIRE(r.port >= 1 && r.port <= 65535);
    redirect_add(&same, &r, r.port);
    REQUIRE(strcmp(buf_str(&same), text) == 0);
    redirect_add(&other, &r, 12345);
    REQUIRE(redirect_parse(&again, buf_str(&other)) == 0);
    REQUIRE(again.port == 12345);
    REQUIRE_SAME(r.host, r.host_n, again.host, again.host_n);
    REQUIRE(strcmp(r.rest, again.rest) == 0);
    buf_free(&same);
    buf_free(&other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_strndup((const char *)data, size);

    check_callback(text);
    check_redirect(text);
    free(text);
    return 0;
}
