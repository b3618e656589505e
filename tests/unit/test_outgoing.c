/* What a request takes along, as a server in this process gets it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "net/transfer.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

enum { MOST = 16 };

static struct {
    struct MHD_Daemon *daemon;
    int port;
    int hits;
    char seen[MOST][300]; /* "POST /x type=... auth=... key=... body=..." */
    struct buf body;
} server;

static const char *
header(struct MHD_Connection *c, const char *name)
{
    const char *value = MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);

    return value ? value : "-";
}

static enum MHD_Result
answer(struct MHD_Connection *c, const char *path)
{
    static char text[] = "{\"error\":\"busy\"}";
    struct MHD_Response *r = MHD_create_response_from_buffer(
        strlen(text), text, MHD_RESPMEM_PERSISTENT);
    unsigned status = text_is(path, "/busy")                       ? 503
                      : text_is(path, "/once") && server.hits == 1 ? 503
                                                                   : 200;
    enum MHD_Result rc;

    if (text_is(path, "/drop")) {
        MHD_destroy_response(r);
        return MHD_NO;
    }
    rc = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return rc;
}

static enum MHD_Result
handle(void *user, struct MHD_Connection *c, const char *path,
       const char *method, const char *version, const char *data, size_t *size,
       void **state)
{
    (void)user;
    (void)version;
    if (!*state) {
        *state = &server;
        buf_clear(&server.body);
        return MHD_YES;
    }
    if (*size) {
        buf_add(&server.body, data, *size);
        *size = 0;
        return MHD_YES;
    }
    (void)snprintf(server.seen[server.hits++ % MOST], sizeof(server.seen[0]),
                   "%s %s type=%s auth=%s key=%s body=%s", method, path,
                   header(c, "Content-Type"), header(c, "Authorization"),
                   header(c, "api-key"), buf_str(&server.body));
    return answer(c, path);
}

static int
start_server(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET };

    (void)state;
    memset(&server, 0, sizeof(server));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle,
                         NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    if (!server.daemon)
        return -1;
    server.port =
        MHD_get_daemon_info(server.daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    return 0;
}

static int
stop_server(void **state)
{
    (void)state;
    MHD_stop_daemon(server.daemon);
    buf_free(&server.body);
    return 0;
}

struct answer {
    int calls, status;
    char body[64];
    struct err error;
};

static void
on_done(struct http_request *request, struct http_reply *reply)
{
    struct answer *a = request->user;

    a->calls++;
    a->status = reply->status;
    a->error = reply->error;
    (void)snprintf(a->body, sizeof(a->body), "%s", buf_str(&reply->body));
}

/* The requests go out one after the other, with one handle. */
static void
ask(struct answer *a, struct http_request *request, const char *path, size_t n)
{
    struct net_options o = NET_OPTIONS_INIT;
    struct transfer *t = NULL;
    struct err e = ERR_INIT;
    char url[100];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", server.port,
                   path);
    assert_int_equal(transfer_open(&t, &o, &e), 0);
    for (size_t i = 0; i < n; i++) {
        a[i] = (struct answer){ 0 };
        request[i].url = url;
        request[i].label = "X";
        request[i].done = on_done;
        request[i].user = &a[i];
        transfer_add(t, &request[i]);
        assert_int_equal(transfer_run(t, &e), 0);
        assert_int_equal(a[i].calls, 1);
    }
    transfer_close(t);
}

#define FORM "application/x-www-form-urlencoded"

static const struct {
    const char *name;
    struct http_request request;
    const char *seen;
} sent[] = {
    { "a form",
      { .body = "a=1&b=%20", .body_n = 9 },
      "POST /x type=" FORM " auth=- key=- body=a=1&b=%20" },
    { "nothing is left of it",
      { .bearer = "CANARY" },
      "GET /x type=- auth=Bearer CANARY key=- body=" },
    { "another header for the key",
      { .bearer = "CANARY", .bearer_header = "api-key" },
      "GET /x type=- auth=- key=CANARY body=" },
    { "a form with Basic",
      { .body = "a=1&b",
        .body_n = 3,
        .basic_user = "id",
        .basic_password = "secret" },
      "POST /x type=" FORM " auth=Basic aWQ6c2VjcmV0 key=- body=a=1" },
    { "and nothing of that",
      { .url = NULL },
      "GET /x type=- auth=- key=- body=" },
    { "JSON",
      { .body = "{}", .body_n = 2, .body_type = "application/json" },
      "POST /x type=application/json auth=- key=- body={}" },
    { "a form with a token",
      { .body = "", .bearer = "CANARY" },
      "POST /x type=" FORM " auth=Bearer CANARY key=- body=" },
    { "a removal",
      { .method = "DELETE", .bearer = "CANARY" },
      "DELETE /x type=- auth=Bearer CANARY key=- body=" },
    { "and a plain one at last",
      { .url = NULL },
      "GET /x type=- auth=- key=- body=" },
};

static void
test_sent(void **state)
{
    struct http_request request[COUNT(sent)];
    struct answer a[COUNT(sent)];

    (void)state;
    for (size_t i = 0; i < COUNT(sent); i++)
        request[i] = sent[i].request;
    ask(a, request, "/x", COUNT(sent));
    for (size_t i = 0; i < COUNT(sent); i++)
        if (strcmp(server.seen[i], sent[i].seen) != 0 || a[i].status != 200)
            fail_msg("%s: HTTP %d %s", sent[i].name, a[i].status,
                     server.seen[i]);
}

/* Who spends something must know what came of it. */
static const struct {
    const char *name, *path;
    struct http_request request;
    int hits, status;
    enum err_kind kind;
    const char *text, *body;
} tries[] = {
    { "once",
      "/busy",
      { .body = "a=1", .body_n = 3 },
      1,
      503,
      ERR_NET,
      "X: HTTP 503",
      "{\"error\":\"busy\"}" },
    { "a removal",
      "/busy",
      { .method = "DELETE" },
      1,
      503,
      ERR_NET,
      "X: HTTP 503",
      "{\"error\":\"busy\"}" },
    { "as a get",
      "/once",
      { .body = "a=1", .body_n = 3, .may_repeat = true },
      2,
      200,
      ERR_NONE,
      "",
      "{\"error\":\"busy\"}" },
    { "a get",
      "/once",
      { .url = NULL },
      2,
      200,
      ERR_NONE,
      "",
      "{\"error\":\"busy\"}" },
    { "an answer that is lost",
      "/drop",
      { .body = "a=1", .body_n = 3 },
      1,
      0,
      ERR_NET,
      "X: Empty reply from server",
      "" },
};

static void
test_tries(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(tries); i++) {
        struct http_request request = tries[i].request;
        struct answer a;

        server.hits = 0;
        ask(&a, &request, tries[i].path, 1);
        if (server.hits != tries[i].hits || a.status != tries[i].status ||
            a.error.kind != tries[i].kind)
            fail_msg("%s: %d hits, HTTP %d, kind %d", tries[i].name,
                     server.hits, a.status, a.error.kind);
        assert_string_equal(a.error.text, tries[i].text);
        assert_string_equal(a.body, tries[i].body);
    }
}

/* curl itself repeats what it sent on a connection that was kept and turns
 * out to be closed. */
static void
test_kept_connection(void **state)
{
    struct http_request request[2] = {
        { .body = "a=1", .body_n = 3, .may_repeat = true },
        { .body = "a=1", .body_n = 3 },
    };
    struct net_options o = NET_OPTIONS_INIT;
    struct answer a[2] = { 0 };
    struct transfer *t = NULL;
    struct err e = ERR_INIT;
    char url[100];

    (void)state;
    assert_int_equal(transfer_open(&t, &o, &e), 0);
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", server.port,
                       i ? "/drop" : "/x");
        request[i].url = url;
        request[i].label = "X";
        request[i].done = on_done;
        request[i].user = &a[i];
        transfer_add(t, &request[i]);
        assert_int_equal(transfer_run(t, &e), 0);
    }
    assert_int_equal(a[1].error.kind, ERR_NET);
    assert_int_equal(server.hits, 2);
    transfer_close(t);
}

static void
test_bad_login(void **state)
{
    struct http_request request = { .bearer = "CANARY\r\nX: y",
                                    .bearer_header = "api-key" };
    struct answer a;

    (void)state;
    ask(&a, &request, "/x", 1);
    assert_int_equal(server.hits, 0);
    assert_int_equal(a.error.kind, ERR_AUTH);
    assert_null(strstr(a.error.text, "CANARY"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sent, start_server, stop_server),
        cmocka_unit_test_setup_teardown(test_tries, start_server, stop_server),
        cmocka_unit_test_setup_teardown(test_kept_connection, start_server,
                                        stop_server),
        cmocka_unit_test_setup_teardown(test_bad_login, start_server,
                                        stop_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
