#include "auth/listen.h"

#include <limits.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/callback.h"
#include "auth/page.h"
#include "auth/proof.h"
#include "auth/redact.h"
#include "auth/redirect.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "sys/clock.h"
#include "sys/loopback.h"
#include "sys/signal.h"

enum {
    REQUEST_MAX = 32 * 1024, /* cookies of other programs on localhost too */
    CONNECTIONS_MAX = 64,
    IDLE_S = 10,        /* of a connection that says nothing */
    LAST_PAGE_MS = 100, /* and up to so many times this for it to get out */
    LAST_PAGE_STEPS = 20,
    HTTP_PORT = 80,
};

struct listener {
    struct loopback at;
    struct MHD_Daemon *daemon[LOOPBACK_MAX];
    char *uri;
    char *path; /* the only one that is answered */
    /* Of the wait that is going on. */
    const char *state;
    struct callback *out;
    bool is_done;         /* out is what was waited for */
    const char *answered; /* the request that it came with */
    bool is_sent;         /* and the browser has its page */
    int refused;          /* callbacks that were not for us */
};

/* --- where it listens ---------------------------------------------------- */

static void
set_uri(struct listener *l, const struct redirect *r)
{
    struct buf uri = BUF_INIT;

    redirect_add(&uri, r, l->at.port);
    l->uri = buf_take(&uri);
    l->path = r->path_n > 0 ? mem_strndup(r->rest, r->path_n) : mem_strdup("/");
}

static int
open_port(struct listener *l, const char *uri, int port, struct err *e)
{
    struct redirect r;
    char *host;
    int rc;

    if (redirect_parse(&r, uri) < 0) {
        rc = err_set(e, ERR_USAGE, "not http:// to this machine");
    } else {
        host = mem_strndup(r.host, r.host_n);
        rc = loopback_open(&l->at, host, port < 0 ? r.port : port, e);
        free(host);
    }
    if (rc == 0) {
        set_uri(l, &r);
        return 0;
    }
    if (e->kind == ERR_USAGE)
        err_hint(e, "without a browser on this machine: --no-browser");
    return err_in(e, "redirect URI %s", uri);
}

/* --- requests ------------------------------------------------------------ */

struct answer {
    unsigned status;
    const char *heading;
    const char *text;
};

static enum MHD_Result
send_page(struct MHD_Connection *to, const struct answer *a)
{
    static const char *const headers[][2] = {
        { "Content-Type", "text/html; charset=utf-8" },
        { "Cache-Control", "no-store" },
        { "Referrer-Policy", "no-referrer" },
        { "X-Content-Type-Options", "nosniff" },
        { "Content-Security-Policy",
          "default-src 'none'; img-src data:; base-uri 'none'; "
          "form-action 'none'; frame-ancestors 'none'" },
        { "Allow", "GET, HEAD" },
        { "Connection", "close" },
    };
    struct buf page = BUF_INIT;
    struct MHD_Response *response;
    enum MHD_Result rc = MHD_YES;

    page_add(&page, a->heading, a->text);
    response =
        MHD_create_response_from_buffer(page.n, page.p, MHD_RESPMEM_MUST_COPY);
    buf_free(&page);
    if (!response)
        return MHD_NO;
    for (size_t i = 0; rc && i < sizeof(headers) / sizeof(headers[0]); i++)
        rc = MHD_add_response_header(response, headers[i][0], headers[i][1]);
    if (rc)
        rc = MHD_queue_response(to, a->status, response);
    MHD_destroy_response(response);
    return rc;
}

static enum MHD_Result
send_refusal(struct MHD_Connection *to, struct callback *c)
{
    struct buf text = BUF_INIT;
    struct answer a = { MHD_HTTP_OK, "No login", NULL };
    enum MHD_Result rc;

    buf_adds(&text, "The provider says: ");
    redact(&text, c->error.p, c->error.n);
    if (c->error_description.n > 0) {
        buf_adds(&text, " (");
        redact(&text, c->error_description.p, c->error_description.n);
        buf_addc(&text, ')');
    }
    buf_adds(&text, ". This page may be closed.");
    a.text = buf_str(&text);
    rc = send_page(to, &a);
    buf_free(&text);
    return rc;
}

/* The callback, if it is the one that was waited for. */
static enum MHD_Result
take_callback(struct listener *l, struct MHD_Connection *to, const char *query)
{
    static const struct answer welcome = {
        MHD_HTTP_OK, "wearchive has the answer",
        "This page may be closed. The terminal says how it went on."
    };
    static const struct answer wrong = {
        MHD_HTTP_BAD_REQUEST, "This is no answer to the login that was started",
        "Use the address that the terminal shows, once more."
    };
    struct callback c = CALLBACK_INIT;
    struct err e = ERR_INIT;
    enum MHD_Result rc;

    if (callback_parse(&c, query, &e) < 0 ||
        !proof_same(buf_str(&c.state), l->state)) {
        l->refused++;
        callback_free(&c);
        return send_page(to, &wrong);
    }
    rc = c.error.n > 0 ? send_refusal(to, &c) : send_page(to, &welcome);
    *l->out = c;
    l->is_done = true;
    return rc;
}

/* MHD: the request line, as it came. Its copy goes with the request. */
static void *
keep_query(void *user, const char *uri, struct MHD_Connection *from)
{
    const char *query = strchr(uri, '?');

    (void)user;
    (void)from;
    return mem_strdup(query ? query : "?");
}

static bool
has_body(struct MHD_Connection *from)
{
    const char *n = MHD_lookup_connection_value(from, MHD_HEADER_KIND,
                                                MHD_HTTP_HEADER_CONTENT_LENGTH);

    return (n && strcmp(n, "0") != 0) ||
           MHD_lookup_connection_value(from, MHD_HEADER_KIND,
                                       MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

/* MHD: the headers are there. */
static enum MHD_Result
on_request(void *user, struct MHD_Connection *from, const char *path,
           const char *method, const char *version, const char *body,
           size_t *body_n, void **query)
{
    static const struct answer absent = { MHD_HTTP_NOT_FOUND, "Nothing here",
                                          "" };
    static const struct answer not_so = { MHD_HTTP_METHOD_NOT_ALLOWED,
                                          "Not like this", "" };
    static const struct answer too_much = { MHD_HTTP_CONTENT_TOO_LARGE,
                                            "Too much", "" };
    static const struct answer here = { MHD_HTTP_OK, "wearchive", "" };
    struct listener *l = user;
    bool is_head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;

    (void)version;
    (void)body;
    (void)body_n;
    if (l->is_done || strcmp(path, l->path) != 0)
        return send_page(from, &absent);
    if (!is_head && strcmp(method, MHD_HTTP_METHOD_GET) != 0)
        return send_page(from, &not_so);
    if (has_body(from))
        return send_page(from, &too_much);
    if (is_head)
        return send_page(from, &here);
    l->answered = *query;
    return take_callback(l, from, *query);
}

/* MHD: a request is answered, or its connection is gone. */
static void
forget_query(void *user, struct MHD_Connection *from, void **query,
             enum MHD_RequestTerminationCode how)
{
    struct listener *l = user;
    char *text = *query;

    (void)from;
    (void)how;
    if (!text)
        return;
    if (l->is_done && text == l->answered)
        l->is_sent = true;
    mem_wipe(text, strlen(text));
    free(text);
    *query = NULL;
}

/* --- the server ---------------------------------------------------------- */

/* Takes the socket over. */
static int
start(struct listener *l, size_t i, struct err *e)
{
    l->daemon[i] = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, on_request, l, MHD_OPTION_LISTEN_SOCKET,
        l->at.fd[i], MHD_OPTION_URI_LOG_CALLBACK, keep_query, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, forget_query, l,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_MAX,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_END);
    if (!l->daemon[i])
        return err_set(e, ERR_OTHER, "%s: the web server does not start",
                       l->uri);
    l->at.fd[i] = -1;
    return 0;
}

int
listen_open(struct listener **out, const char *redirect_uri, int port,
            struct err *e)
{
    struct listener *l = mem_zalloc(sizeof(*l));
    int rc = open_port(l, redirect_uri, port, e);

    for (size_t i = 0; rc == 0 && i < l->at.n; i++)
        rc = start(l, i, e);
    *out = rc < 0 ? NULL : l;
    if (rc < 0)
        listen_close(l);
    return rc;
}

const char *
listen_uri(const struct listener *l)
{
    return l->uri;
}

/* Waits and serves what has come; 0 if all of the time went by. */
static int
serve(struct listener *l, int64_t wait_ms)
{
    struct pollfd input[LOOPBACK_MAX] = { { .fd = -1 } };
    int64_t ms = wait_ms;
    int rc;

    for (size_t i = 0; i < l->at.n; i++) {
        const union MHD_DaemonInfo *info =
            MHD_get_daemon_info(l->daemon[i], MHD_DAEMON_INFO_EPOLL_FD);
        MHD_UNSIGNED_LONG_LONG due; /* to end connections that are silent */

        input[i] = (struct pollfd){ .fd = info->epoll_fd, .events = POLLIN };
        if (MHD_get_timeout(l->daemon[i], &due) && due < (uint64_t)ms)
            ms = (int64_t)due;
    }
    rc = poll(input, (nfds_t)l->at.n, ms < INT_MAX ? (int)ms : INT_MAX);
    for (size_t i = 0; i < l->at.n; i++)
        (void)MHD_run(l->daemon[i]); /* fails for other kinds of daemons */
    return rc != 0 || ms < wait_ms;
}

static int
too_late(const struct listener *l, int timeout_s, struct err *e)
{
    err_set(e, ERR_AUTH, "no answer came to %s within %d s", l->uri, timeout_s);
    if (l->refused > 0)
        return err_hint(e,
                        "%d came that did not belong to this login; use the "
                        "address that is shown, and only once",
                        l->refused);
    return err_hint(e, "if the browser ended at an address that it could not "
                       "open, begin again with --no-browser and paste it");
}

int
listen_wait(struct callback *out, struct listener *l, const char *state,
            int timeout_s, struct err *e)
{
    int64_t deadline_ms = clock_ms() + (int64_t)timeout_s * 1000;

    l->out = out;
    l->state = state;
    while (!l->is_done) {
        int64_t left = deadline_ms - clock_ms();

        if (signal_stop())
            return err_set(e, ERR_STOP, "stopped by a signal");
        if (left <= 0 || serve(l, left) == 0)
            return too_late(l, timeout_s, e);
    }
    for (int i = 0; i < LAST_PAGE_STEPS && !l->is_sent; i++)
        (void)serve(l, LAST_PAGE_MS);
    return 0;
}

void
listen_close(struct listener *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->at.n; i++)
        if (l->daemon[i])
            MHD_stop_daemon(l->daemon[i]);
    loopback_close(&l->at);
    free(l->uri);
    free(l->path);
    free(l);
}
