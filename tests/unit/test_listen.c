#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "auth/callback.h"
#include "auth/listen.h"
#include "auth/redirect.h"
#include "base/buf.h"
#include "base/err.h"
#include "sys/loopback.h"
#include "sys/signal.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define STATE "CANARY-state"
#define HTTP " HTTP/1.1\r\nHost: localhost\r\n"
#define GOOD "GET /back?code=CANARY-code&state=" STATE HTTP "\r\n"

/* --- a browser ----------------------------------------------------------- */

/* A connection to a port of this machine, or -1. */
static int
connect_to(const char *ip, int port)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
                               .sin6_port = htons((uint16_t)port),
                               .sin6_addr = in6addr_loopback };
    bool is_v6 = strchr(ip, ':') != NULL;
    int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

    if (!is_v6)
        assert_int_equal(inet_pton(AF_INET, ip, &v4.sin_addr), 1);
    if (fd >= 0 &&
        connect(fd, is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4,
                is_v6 ? sizeof(v6) : sizeof(v4)) < 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* Sends a request and adds all of the answer. */
static void
visit(struct buf *answer, const char *ip, int port, const char *request)
{
    int fd = connect_to(ip, port);
    ssize_t n;

    if (fd < 0) {
        buf_adds(answer, "no connection");
        return;
    }
    n = write(fd, request, strlen(request));
    (void)n; /* it may refuse to take all */
    while ((n = read(fd, buf_room(answer, 4096), 4096)) > 0)
        answer->n += (size_t)n;
    (void)close(fd);
}

/* A process that visits in turn; then the answers are to be read from *fd,
 * each behind a line "--". */
static pid_t
send_browser(int *fd, const char *ip, int port, const char *const *requests)
{
    int ends[2];
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        struct buf answers = BUF_INIT;

        for (; *requests; requests++) {
            buf_adds(&answers, "--\n");
            visit(&answers, ip, port, *requests);
        }
        _exit(write(ends[1], answers.p, answers.n) != (ssize_t)answers.n);
    }
    (void)close(ends[1]);
    *fd = ends[0];
    return pid;
}

/* What the listener gives while that browser visits; its answers. */
static int
listen_to(struct callback *out, struct buf *answers, const char *uri,
          const char *ip, const char *const *requests, struct err *e)
{
    struct listener *l;
    struct redirect r;
    pid_t pid;
    ssize_t n;
    int fd, rc;

    if (listen_open(&l, uri, 0, e) < 0)
        fail_msg("%s: %s", e->text, e->hint);
    assert_int_equal(redirect_parse(&r, listen_uri(l)), 0);
    pid = send_browser(&fd, ip, r.port, requests);
    rc = listen_wait(out, l, STATE, 60, e);
    listen_close(l); /* or connections that nobody serves would stay */
    while ((n = read(fd, buf_room(answers, 4096), 4096)) > 0)
        answers->n += (size_t)n;
    (void)close(fd);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    (void)buf_str(answers);
    return rc;
}

static bool
can_connect(const char *ip, int port)
{
    int fd = connect_to(ip, port);

    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

static bool
has_v6(void)
{
    struct loopback l;
    struct err e = ERR_INIT;
    bool yes = loopback_open(&l, "::1", 0, &e) == 0;

    loopback_close(&l);
    return yes;
}

/* --- tests --------------------------------------------------------------- */

static void
test_good(void **state)
{
    static const struct {
        const char *uri, *ip, *request;
    } rows[] = {
        { "http://localhost:1/back", "127.0.0.1", GOOD },
        { "HTTP://LocalHost/back", "127.0.0.1", GOOD },
        { "http://127.0.0.1:8080/back?a=b", "127.0.0.1", GOOD },
        { "http://127.0.0.1", "127.0.0.1",
          "GET /?state=" STATE "&code=CANARY-code" HTTP "\r\n" },
        { "https://example.org/http://localhost:1/back", "127.0.0.1", GOOD },
        { "http://localhost:1/back", "::1", GOOD },
        { "http://[::1]:8080/back", "::1", GOOD },
    };
    static const char *const headers[] = {
        "HTTP/1.1 200 OK\r\n",
        "Content-Type: text/html; charset=utf-8\r\n",
        "Cache-Control: no-store\r\n",
        "Referrer-Policy: no-referrer\r\n",
        "Content-Security-Policy: default-src 'none';",
        "may be closed",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const requests[] = { rows[i].request, NULL };
        struct callback c = CALLBACK_INIT;
        struct buf answers = BUF_INIT;
        struct err e = ERR_INIT;

        if (strchr(rows[i].ip, ':') && !has_v6())
            continue;
        if (listen_to(&c, &answers, rows[i].uri, rows[i].ip, requests, &e) < 0)
            fail_msg("%s: %s", rows[i].uri, e.text);
        assert_string_equal(buf_str(&c.code), "CANARY-code");
        for (size_t k = 0; k < COUNT(headers); k++)
            if (!strstr(buf_str(&answers), headers[k]))
                fail_msg("no '%s' in %s", headers[k], buf_str(&answers));
        assert_null(strstr(buf_str(&answers), "CANARY"));
        callback_free(&c);
        buf_free(&answers);
    }
}

/* One browser that does all of this, and then comes back properly. */
static void
test_disturbed(void **state)
{
    static const struct {
        const char *request;
        const char *want; /* the answer starts so */
    } rows[] = {
        { "GET /" HTTP "\r\n", "HTTP/1.1 404 " },
        { "GET /favicon.ico" HTTP "\r\n", "HTTP/1.1 404 " },
        { "GET /back/?code=x&state=" STATE HTTP "\r\n", "HTTP/1.1 404 " },
        { "HEAD /back" HTTP "\r\n", "HTTP/1.1 200 " },
        { "HEAD /back?code=x&state=" STATE HTTP "\r\n", "HTTP/1.1 200 " },
        { "HEAD /other" HTTP "\r\n", "HTTP/1.1 404 " },
        { "GET /back" HTTP "\r\n", "HTTP/1.1 400 " },
        { "GET /back?code=CANARY" HTTP "\r\n", "HTTP/1.1 400 " },
        { "GET /back?code=CANARY&state=x" HTTP "\r\n", "HTTP/1.1 400 " },
        { "GET /back?state=" STATE HTTP "\r\n", "HTTP/1.1 400 " },
        { "GET /back?code=&state=" STATE HTTP "\r\n", "HTTP/1.1 400 " },
        { "GET /back?error=access_denied&state=x" HTTP "\r\n",
          "HTTP/1.1 400 " },
        { "GET /back?code=a&code=b&state=" STATE HTTP "\r\n", "HTTP/1.1 400 " },
        { "POST /back?code=x&state=" STATE HTTP "Content-Length: 3\r\n\r\na=b",
          "HTTP/1.1 405 " },
        { "OPTIONS /back" HTTP "\r\n", "HTTP/1.1 405 " },
        { "GET /back?code=x&state=" STATE HTTP "Content-Length: 3\r\n\r\na=b",
          "HTTP/1.1 413 " },
        { "GET /back?code=x&state=" STATE HTTP
          "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "HTTP/1.1 413 " },
        { "\x16\x03\x01\x02no HTTP at all\r\n\r\n", "" },
        { GOOD, "HTTP/1.1 200 " },
    };
    const char *requests[COUNT(rows) + 1] = { NULL };
    struct callback c = CALLBACK_INIT;
    struct buf answers = BUF_INIT;
    struct err e = ERR_INIT;
    const char *at;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        requests[i] = rows[i].request;
    assert_int_equal(listen_to(&c, &answers, "http://127.0.0.1/back",
                               "127.0.0.1", requests, &e),
                     0);
    assert_string_equal(buf_str(&c.code), "CANARY-code");
    at = buf_str(&answers);
    for (size_t i = 0; i < COUNT(rows); i++) {
        at += strlen("--\n");
        if (strncmp(at, rows[i].want, strlen(rows[i].want)) != 0)
            fail_msg("%s%.200s", rows[i].request, at);
        at = strstr(at, "--\n");
        assert_true(at || i + 1 == COUNT(rows));
    }
    assert_null(strstr(buf_str(&answers), "CANARY"));
    callback_free(&c);
    buf_free(&answers);
}

/* Connections that say nothing, and a request without end. */
static void
test_scanner(void **state)
{
    struct buf large = BUF_INIT;
    const char *requests[] = { NULL, GOOD, NULL };
    struct callback c = CALLBACK_INIT;
    struct err e = ERR_INIT;
    struct listener *l;
    struct redirect r;
    int silent[10];
    pid_t pid;
    int fd;

    (void)state;
    buf_adds(&large, "GET /back?code=x&state=" STATE HTTP "Cookie: ");
    for (int i = 0; i < 40000; i++)
        buf_addc(&large, 'x');
    buf_adds(&large, "\r\n\r\n");
    requests[0] = buf_str(&large);
    assert_int_equal(listen_open(&l, "http://127.0.0.1/back", 0, &e), 0);
    assert_int_equal(redirect_parse(&r, listen_uri(l)), 0);
    for (size_t i = 0; i < COUNT(silent); i++)
        silent[i] = connect_to("127.0.0.1", r.port);
    pid = send_browser(&fd, "127.0.0.1", r.port, requests);
    assert_int_equal(listen_wait(&c, l, STATE, 60, &e), 0);
    assert_string_equal(buf_str(&c.code), "CANARY-code");
    listen_close(l);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    (void)close(fd);
    for (size_t i = 0; i < COUNT(silent); i++)
        (void)close(silent[i]);
    callback_free(&c);
    buf_free(&large);
}

static void
test_error(void **state)
{
    static const char *const requests[] = {
        "GET /back?error=access_denied&state=" STATE
        "&error_description=No,%20%22thanks%22%20%3Cb%3E%20CANARY-1" HTTP
        "\r\n",
        NULL
    };
    struct callback c = CALLBACK_INIT;
    struct buf answers = BUF_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(listen_to(&c, &answers, "http://127.0.0.1/back",
                               "127.0.0.1", requests, &e),
                     0);
    assert_string_equal(buf_str(&c.error), "access_denied");
    assert_string_equal(buf_str(&c.error_description),
                        "No, \"thanks\" <b> CANARY-1");
    assert_non_null(strstr(buf_str(&answers),
                           "access_denied (No, &quot;thanks&quot; ... ...)"));
    assert_null(strstr(buf_str(&answers), "CANARY"));
    callback_free(&c);
    buf_free(&answers);
}

static void
test_timeout(void **state)
{
    struct callback c = CALLBACK_INIT;
    struct err e = ERR_INIT;
    struct listener *l;

    (void)state;
    assert_int_equal(listen_open(&l, "http://127.0.0.1/back", 0, &e), 0);
    assert_int_equal(listen_wait(&c, l, STATE, 1, &e), -1);
    assert_int_equal(e.kind, ERR_AUTH);
    assert_non_null(strstr(e.text, "/back within 1 s"));
    assert_non_null(strstr(e.hint, "--no-browser"));
    listen_close(l);
    listen_close(NULL);
}

static void
test_taken(void **state)
{
    struct loopback other;
    struct err e = ERR_INIT;
    struct listener *l;
    char uri[100];

    (void)state;
    assert_int_equal(loopback_open(&other, "127.0.0.1", 0, &e), 0);
    (void)snprintf(uri, sizeof(uri), "http://localhost:%d/back", other.port);
    assert_int_equal(listen_open(&l, uri, -1, &e), -1);
    assert_null(l);
    assert_int_equal(e.kind, ERR_OTHER);
    assert_non_null(strstr(e.text, uri));
    assert_non_null(strstr(e.text, "in use"));
    assert_non_null(strstr(e.hint, "port"));
    loopback_close(&other);
    assert_int_equal(listen_open(&l, uri, -1, &e), 0);
    assert_string_equal(listen_uri(l), uri);
    listen_close(l);
}

/* Who listens on what: from other addresses of this machine there is no
 * connection. */
static void
test_interfaces(void **state)
{
    static const struct {
        const char *host;
        bool v4, v6;
    } rows[] = {
        { "localhost", true, true },
        { "127.0.0.1", true, false },
        { "::1", false, true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct loopback l;
        struct err e = ERR_INIT;

        if (!rows[i].v4 && !has_v6())
            continue;
        assert_int_equal(loopback_open(&l, rows[i].host, 0, &e), 0);
        assert_int_equal(can_connect("127.0.0.1", l.port), rows[i].v4);
        assert_int_equal(can_connect("127.0.0.2", l.port), false);
        assert_int_equal(can_connect("::1", l.port), rows[i].v6 && has_v6());
        loopback_close(&l);
        assert_int_equal(can_connect("127.0.0.1", l.port), false);
    }
}

static void
test_not_here(void **state)
{
    static const char *const uris[] = {
        "https://localhost:8080/back",
        "http://example.org/back",
        "http://0.0.0.0:8080/back",
        "http://[::]:8080/back",
        "http://128.0.0.1/",
        "http://localhost.example.org/",
        "http://a@localhost/",
        "http://localhost:0/",
        "http://localhost:65536/",
        "http://localhost:x/",
        "http://localhost:/",
        "http://localhost/#x",
        "http://[::1/",
        "http://[::1]x/",
        "http://",
        "wearchive://back",
        "localhost:8080",
        "",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(uris); i++) {
        struct err e = ERR_INIT;
        struct listener *l;

        if (listen_open(&l, uris[i], -1, &e) == 0)
            fail_msg("%s", uris[i]);
        assert_null(l);
        assert_int_equal(e.kind, ERR_USAGE);
        assert_non_null(strstr(e.hint, "--no-browser"));
    }
}

static void
test_redirect(void **state)
{
    struct redirect none;
    static const struct {
        const char *uri;
        int port;
        const char *want;
    } rows[] = {
        { "http://localhost/cb", 80, "http://localhost/cb" },
        { "http://localhost/cb", 81, "http://localhost:81/cb" },
        { "http://LOCALHOST:081/cb/", 81, "http://LOCALHOST:081/cb/" },
        { "http://[::1]:9/cb?a=b:1", 81, "http://[::1]:81/cb?a=b:1" },
        { "http://127.0.0.1:9", 81, "http://127.0.0.1:81" },
        { "https://example.org:1/http://localhost:2/cb", 81,
          "https://example.org:1/http://localhost:81/cb" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct redirect r;
        struct buf out = BUF_INIT;

        assert_int_equal(redirect_parse(&r, rows[i].uri), 0);
        redirect_add(&out, &r, rows[i].port);
        assert_string_equal(buf_str(&out), rows[i].want);
        buf_free(&out);
    }
    assert_int_equal(redirect_parse(&none, "http://[::1"), -1);
}

/* The last test, as the flag stays set. */
static void
test_stop(void **state)
{
    struct callback c = CALLBACK_INIT;
    struct err e = ERR_INIT;
    struct listener *l;
    pid_t pid;

    (void)state;
    signal_setup();
    assert_int_equal(listen_open(&l, "http://localhost/back", 0, &e), 0);
    pid = fork();
    if (pid == 0) {
        (void)poll(NULL, 0, 50);
        _exit(kill(getppid(), SIGTERM) != 0);
    }
    assert_int_equal(listen_wait(&c, l, STATE, 30, &e), -1);
    assert_int_equal(e.kind, ERR_STOP);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    listen_close(l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),       cmocka_unit_test(test_disturbed),
        cmocka_unit_test(test_scanner),    cmocka_unit_test(test_error),
        cmocka_unit_test(test_timeout),    cmocka_unit_test(test_taken),
        cmocka_unit_test(test_interfaces), cmocka_unit_test(test_not_here),
        cmocka_unit_test(test_redirect),   cmocka_unit_test(test_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
