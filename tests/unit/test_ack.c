/* Answers whose head comes alone: this program counts the calls that ask the
 * kernel to acknowledge at once, and no body is sent before one was made. */
#define _DEFAULT_SOURCE /* syscall */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "net/transfer.h"

enum { ANSWERS = 3, PATIENCE_MS = 10000 };

static atomic_int asked; /* setsockopt(TCP_QUICKACK) */

/* In place of libc's, for libcurl, too. */
int
setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    if (level == IPPROTO_TCP && name == TCP_QUICKACK)
        asked++;
    return (int)syscall(SYS_setsockopt, fd, level, name, value, size);
}

static struct {
    int fd, port;
    bool is_apart;
    int late; /* heads that nobody acknowledged */
    pthread_t thread;
} server;

static void
send_all(int fd, const char *text)
{
    size_t n = strlen(text);

    assert_int_equal(send(fd, text, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void
read_request(int fd)
{
    char text[2048];
    size_t n = 0;

    do {
        ssize_t got = recv(fd, text + n, sizeof(text) - 1 - n, 0);

        assert_true(got > 0);
        n += (size_t)got;
        text[n] = '\0';
    } while (!strstr(text, "\r\n\r\n"));
}

static void
wait_for_ack(int before)
{
    const struct timespec ms = { .tv_nsec = 1000000 };

    for (int i = 0; i < PATIENCE_MS; i++) {
        if (asked > before)
            return;
        (void)nanosleep(&ms, NULL);
    }
    server.late++;
}

static void *
serve(void *user)
{
    int fd = accept(server.fd, NULL, NULL);

    (void)user;
    assert_true(fd >= 0);
    for (int i = 0; i < ANSWERS; i++) {
        int before = asked;

        read_request(fd);
        if (server.is_apart) {
            send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
            wait_for_ack(before);
            send_all(fd, "{}");
        } else {
            send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        }
    }
    assert_int_equal(close(fd), 0);
    return NULL;
}

static void
start(bool is_apart)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t size = sizeof(at);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(server.fd >= 0);
    assert_int_equal(bind(server.fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(server.fd, 1), 0);
    assert_int_equal(getsockname(server.fd, (struct sockaddr *)&at, &size), 0);
    server.port = ntohs(at.sin_port);
    server.is_apart = is_apart;
    server.late = 0;
    assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

struct call {
    struct http_request request;
    struct transfer *t;
    int answers;
};

static void
on_done(struct http_request *request, struct http_reply *reply)
{
    struct call *call = request->user;

    assert_int_equal(reply->status, 200);
    assert_string_equal(buf_str(&reply->body), "{}");
    if (++call->answers < ANSWERS)
        transfer_add(call->t, request);
}

/* All answers on one connection; returns how often the kernel was asked. */
static int
fetch(bool is_apart)
{
    struct net_options options = NET_OPTIONS_INIT;
    struct net_times times = NET_TIMES_INIT;
    struct err e = ERR_INIT;
    struct call call = { .answers = 0 };
    int before = asked;
    char url[64];

    start(is_apart);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/", server.port);
    call.request = (struct http_request){ .url = url,
                                          .label = "GET /",
                                          .times = &times,
                                          .done = on_done,
                                          .user = &call };
    assert_int_equal(transfer_open(&call.t, &options, &e), 0);
    transfer_add(call.t, &call.request);
    assert_int_equal(transfer_run(call.t, &e), 0);
    transfer_close(call.t);
    assert_int_equal(pthread_join(server.thread, NULL), 0);
    assert_int_equal(close(server.fd), 0);
    assert_int_equal(call.answers, ANSWERS);
    return asked - before;
}

static void
test_head_alone(void **state)
{
    (void)state;
    assert_int_equal(fetch(true), ANSWERS);
    assert_int_equal(server.late, 0);
}

/* Answers as nearly all servers send them cost no call. */
static void
test_head_with_body(void **state)
{
    (void)state;
    assert_int_equal(fetch(false), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head_alone),
        cmocka_unit_test(test_head_with_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
