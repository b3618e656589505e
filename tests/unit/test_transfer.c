/* Transfers against a server in this process, on loopback. No test waits:
 * the clock is that of tests/sandbox/clock.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "net/budget.h"
#include "net/transfer.h"
#include "sys/clock.h"
#include "sys/signal.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define TOKEN "CANARY-token"

enum { BODY_MAX = 65536, PATHS = 8, HELD = 4 };

/* {"data":["xxx..."]} with 1000 x */
static const char gzip_page[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x4a\x49\x2c\x49"
    "\x54\xb2\x8a\x56\xaa\x18\x05\xa3\x60\x14\x0c\x7b\xa0\x14\x5b\x0b"
    "\x00\x3f\xcc\x17\xd0\xf5\x03\x00\x00";
/* 256 KB of zeros */
static const char gzip_bomb[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00"
    "\x00\xc2\xa0\xf5\x4f\xed\x6d\x07\xa0\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\xde\x00\x22\xea\x0e\xe2\x00\x00\x04"
    "\x00";

/* The server. */

struct seen {
    char path[64];
    int hits;
};

static struct {
    struct MHD_Daemon *daemon;
    int port;
    pthread_mutex_t lock;
    struct seen seen[PATHS];
    char order[200]; /* paths as they came */
    char auth[64];
    char accept[64];
    struct MHD_Connection *held[HELD];
    int held_n;
    bool is_ending;
} server = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* What to answer to the hits of a path; the last row stays. */
static const struct scene {
    const char *path;
    int hits; /* how many this row answers; 0 = all */
    unsigned status;
    const char *header, *value;
} scenes[] = {
    { "/shaky", 2, 500, NULL, NULL },
    { "/broken", 0, 502, NULL, NULL },
    { "/limited", 1, 429, NULL, NULL },
    { "/limited-7", 1, 429, "rEtRy-aFtEr", " 7 " },
    { "/limited-date", 1, 429, "Retry-After", "Fri, 01 Mar 2024 12:00:30 GMT" },
    { "/limited-long", 0, 429, "Retry-After", "3600" },
    { "/limited-60", 1, 429, "Retry-After", "60" },
    { "/busy-long", 0, 503, "Retry-After", "3600" },
    { "/quota-429", 1, 429, "X-lEFT", " 0 " },
    { "/quota", 0, 200, "X-Left", "0" },
    { "/timeout", 1, 408, NULL, NULL },
    { "/401", 0, 401, NULL, NULL },
    { "/404", 0, 404, NULL, NULL },
    { "/away", 0, 302, "Location", "https://login.example/in?q=CANARY" },
    { "/away-here", 0, 307, "Location", "/target" },
    { "/nowhere", 0, 304, NULL, NULL },
};

static int
hit(const char *path)
{
    size_t i = 0;
    size_t used = strlen(server.order);

    while (i < PATHS - 1 && server.seen[i].hits &&
           strcmp(server.seen[i].path, path) != 0)
        i++;
    (void)snprintf(server.seen[i].path, sizeof(server.seen[i].path), "%s",
                   path);
    (void)snprintf(server.order + used, sizeof(server.order) - used, "%s ",
                   path);
    return ++server.seen[i].hits;
}

static int
hits(const char *path)
{
    int n = 0;

    (void)pthread_mutex_lock(&server.lock);
    for (size_t i = 0; i < PATHS; i++)
        if (strcmp(server.seen[i].path, path) == 0)
            n = server.seen[i].hits;
    (void)pthread_mutex_unlock(&server.lock);
    return n;
}

static enum MHD_Result
answer(struct MHD_Connection *c, unsigned status, const void *p, size_t n,
       const char *header, const char *value)
{
    char *copy = mem_alloc(n);
    struct MHD_Response *r;
    enum MHD_Result rc;

    memcpy(copy, p, n);
    r = MHD_create_response_from_buffer(n, copy, MHD_RESPMEM_MUST_FREE);
    if (header)
        (void)MHD_add_response_header(r, header, value);
    rc = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return rc;
}

static void
hold(struct MHD_Connection *c)
{
    MHD_suspend_connection(c);
    server.held[server.held_n++] = c;
}

static void
release_all(void)
{
    for (int i = 0; i < server.held_n; i++)
        MHD_resume_connection(server.held[i]);
    server.held_n = 0;
}

/* Sends 100 of the bytes promised, then closes. */
static ssize_t
cut_body(void *user, uint64_t at, char *p, size_t n)
{
    (void)user;
    if (at >= 100)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    n = n < 100 ? n : 100;
    memset(p, 'x', n);
    return (ssize_t)n;
}

/* Sends 10 bytes, then nothing more. */
static ssize_t
stalled_body(void *user, uint64_t at, char *p, size_t n)
{
    ssize_t given = 0;

    (void)n;
    (void)pthread_mutex_lock(&server.lock);
    if (server.is_ending) {
        given = MHD_CONTENT_READER_END_WITH_ERROR;
    } else if (at == 0) {
        memset(p, 'x', 10);
        given = 10;
    } else {
        hold(user);
    }
    (void)pthread_mutex_unlock(&server.lock);
    return given;
}

static ssize_t
endless_body(void *user, uint64_t at, char *p, size_t n)
{
    (void)user;
    (void)at;
    memset(p, 'x', n);
    return (ssize_t)n;
}

static enum MHD_Result
stream(struct MHD_Connection *c, uint64_t size,
       MHD_ContentReaderCallback reader)
{
    struct MHD_Response *r =
        MHD_create_response_from_callback(size, 1024, reader, c, NULL);
    enum MHD_Result rc = MHD_queue_response(c, 200, r);

    MHD_destroy_response(r);
    return rc;
}

static enum MHD_Result
answer_sized(struct MHD_Connection *c, size_t n)
{
    char *p = mem_zalloc(n);
    enum MHD_Result rc = answer(c, 200, p, n, NULL, NULL);

    free(p);
    return rc;
}

static enum MHD_Result
route(struct MHD_Connection *c, const char *path, int n)
{
    for (size_t i = 0; i < COUNT(scenes); i++)
        if (strcmp(scenes[i].path, path) == 0 &&
            (scenes[i].hits == 0 || n <= scenes[i].hits))
            return answer(c, scenes[i].status, "no", 2, scenes[i].header,
                          scenes[i].value);
    if (strcmp(path, "/gzip") == 0)
        return answer(c, 200, gzip_page, sizeof(gzip_page) - 1,
                      "Content-Encoding", "gzip");
    if (strcmp(path, "/bomb") == 0)
        return answer(c, 200, gzip_bomb, sizeof(gzip_bomb) - 1,
                      "Content-Encoding", "gzip");
    if (strcmp(path, "/exact") == 0)
        return answer_sized(c, BODY_MAX);
    if (strcmp(path, "/large") == 0)
        return answer_sized(c, BODY_MAX + 1);
    if (strcmp(path, "/endless") == 0)
        return stream(c, MHD_SIZE_UNKNOWN, endless_body);
    if (strcmp(path, "/cut") == 0 && n <= 2)
        return stream(c, 1000, cut_body);
    if (strcmp(path, "/stall") == 0 && n == 1)
        return stream(c, 1000, stalled_body);
    if (strcmp(path, "/drop") == 0 && n == 1)
        return MHD_NO; /* closes without an answer */
    return answer(c, 200, "{\"data\":[]}", 11, NULL, NULL);
}

/* Nobody is answered before all are there. */
static bool
waits_for_others(struct MHD_Connection *c)
{
    if (server.held_n + 1 < HELD) {
        hold(c);
        return true;
    }
    release_all();
    return false;
}

static void
note(char *out, size_t size, struct MHD_Connection *c, const char *name)
{
    const char *value = MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);

    (void)snprintf(out, size, "%s", value ? value : "");
}

static enum MHD_Result
handle(void *user, struct MHD_Connection *c, const char *path,
       const char *method, const char *version, const char *data, size_t *size,
       void **state)
{
    static int is_read, is_held;
    enum MHD_Result rc = MHD_YES;

    (void)user;
    (void)method;
    (void)version;
    (void)data;
    (void)size;
    (void)pthread_mutex_lock(&server.lock);
    if (!*state) { /* an answer this early would close the connection */
        *state = &is_read;
        goto out;
    }
    if (*state == &is_held) {
        rc = answer(c, 200, "held", 4, NULL, NULL);
        goto out;
    }
    *state = &is_held; /* if it comes again */
    note(server.auth, sizeof(server.auth), c, "Authorization");
    note(server.accept, sizeof(server.accept), c, "Accept-Encoding");
    if (text_starts(path, "/stop/")) {
        (void)kill((pid_t)strtol(path + 6, NULL, 10), SIGTERM);
        hold(c);
    } else {
        int n = hit(path);

        if (strcmp(path, "/together") != 0 || !waits_for_others(c))
            rc = route(c, path, n);
    }
out:
    (void)pthread_mutex_unlock(&server.lock);
    return rc;
}

static char waits_path[] = "/tmp/test_transfer.XXXXXX";

static int
start_server(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    const union MHD_DaemonInfo *info;
    sigset_t all, old;

    (void)state;
    memset(server.seen, 0, sizeof(server.seen));
    server.order[0] = '\0';
    server.held_n = 0;
    server.is_ending = false;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    /* Signals are for the thread that runs the transfers. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &old);
    server.daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
        NULL, handle, NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!server.daemon)
        return -1;
    info = MHD_get_daemon_info(server.daemon, MHD_DAEMON_INFO_BIND_PORT);
    server.port = info->port;
    return truncate(waits_path, 0);
}

static int
stop_server(void **state)
{
    (void)state;
    (void)pthread_mutex_lock(&server.lock);
    server.is_ending = true;
    release_all();
    (void)pthread_mutex_unlock(&server.lock);
    MHD_stop_daemon(server.daemon);
    return 0;
}

static void
assert_waits(const char *expected)
{
    char text[200] = "";
    int fd = open(waits_path, O_RDONLY);
    ssize_t n = read(fd, text, sizeof(text) - 1);

    assert_true(n >= 0);
    assert_int_equal(close(fd), 0);
    assert_string_equal(text, expected);
}

/* The client. */

struct call {
    struct http_request request;
    struct transfer *t;
    char url[128], label[64];
    int done;
    int status;
    struct buf body;
    struct err error;
    int64_t told_s, wait_ms;
    int more;              /* how often done() asks again */
    const struct err *why; /* the answer is refused by done() */
    struct call *then;     /* added by done() */
};

static void
on_done(struct http_request *request, struct http_reply *reply)
{
    struct call *call = request->user;

    if (call->why && reply->error.kind == ERR_NONE &&
        transfer_again(call->t, request, call->why, &reply->error) == 0)
        return;
    call->done++;
    call->status = reply->status;
    call->error = reply->error;
    call->told_s = reply->retry_after_s;
    call->wait_ms = reply->wait_ms;
    buf_free(&call->body);
    call->body = reply->body;
    reply->body = (struct buf)BUF_INIT;
    assert_null(strstr(call->error.text, "CANARY"));
    assert_null(strstr(call->error.hint, "CANARY"));
    if (call->more-- > 0)
        transfer_add(call->t, request);
    if (call->then)
        transfer_add(call->t, &call->then->request);
}

/* A test may change it; see test_stall(). */
static struct net_times times = NET_TIMES_INIT;

static struct net_options
small_options(void)
{
    struct net_options o = NET_OPTIONS_INIT;

    o.body_max = BODY_MAX;
    return o;
}

static void
call_init(struct call *call, struct transfer *t, const char *path,
          struct budget *budget)
{
    *call = (struct call){ .t = t };
    (void)snprintf(call->url, sizeof(call->url),
                   "http://127.0.0.1:%d%s?q=CANARY", server.port, path);
    (void)snprintf(call->label, sizeof(call->label), "GET %s", path);
    call->request = (struct http_request){
        .url = call->url,
        .label = call->label,
        .bearer = TOKEN,
        .budget = budget,
        .times = &times,
        .done = on_done,
        .user = call,
    };
}

static struct transfer *
open_with(const struct net_options *o)
{
    struct transfer *t = NULL;
    struct err e = ERR_INIT;

    assert_int_equal(transfer_open(&t, o, &e), 0);
    return t;
}

static void
run(struct transfer *t)
{
    struct err e = ERR_INIT;

    assert_int_equal(transfer_run(t, &e), 0);
}

/* One request with these options; the caller frees the body. */
static struct net_counts
ask(struct call *call, const char *path, const struct net_options *o)
{
    struct transfer *t = open_with(o);
    struct net_counts counts;

    call_init(call, t, path, NULL);
    transfer_add(t, &call->request);
    assert_int_equal(call->done, 0);
    run(t);
    assert_int_equal(call->done, 1);
    counts = transfer_counts(t);
    transfer_close(t);
    return counts;
}

/* One request each: what comes of it. */
static const struct {
    const char *path;
    int status;
    enum err_kind kind;
    const char *error; /* "" = none */
    int hits;
    const char *waits;
} outcomes[] = {
    { "/ok", 200, ERR_NONE, "", 1, "" },
    { "/exact", 200, ERR_NONE, "", 1, "" },
    { "/shaky", 200, ERR_NONE, "", 3, "1000\n2000\n" },
    { "/limited", 200, ERR_NONE, "", 2, "1000\n" },
    { "/limited-7", 200, ERR_NONE, "", 2, "7000\n" },
    { "/timeout", 200, ERR_NONE, "", 2, "1000\n" },
    { "/drop", 200, ERR_NONE, "", 2, "1000\n" },
    { "/cut", 200, ERR_NONE, "", 3, "1000\n2000\n" },
    { "/401", 401, ERR_NONE, "", 1, "" },
    { "/404", 404, ERR_NONE, "", 1, "" },
    { "/broken", 502, ERR_NET, "GET /broken: HTTP 502 (gave up after 5 tries)",
      5, "1000\n2000\n4000\n8000\n" },
    { "/large", 200, ERR_DATA, "GET /large: body larger than 65536 bytes", 1,
      "" },
    { "/endless", 200, ERR_DATA, "GET /endless: body larger than 65536 bytes",
      1, "" },
    { "/bomb", 200, ERR_DATA, "GET /bomb: body larger than 65536 bytes", 1,
      "" },
    { "/away", 302, ERR_DATA,
      "GET /away: HTTP 302 redirect to login.example refused "
      "(it would carry the login away)",
      1, "" },
    { "/away-here", 307, ERR_DATA,
      "GET /away-here: HTTP 307 redirect to 127.0.0.1 refused "
      "(it would carry the login away)",
      1, "" },
    { "/nowhere", 304, ERR_DATA, "GET /nowhere: HTTP 304 is not an answer", 1,
      "" },
};

static void
test_outcomes(void **state)
{
    struct net_options o = small_options();

    (void)state;
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        struct call call;

        assert_int_equal(start_server(NULL), 0);
        (void)ask(&call, outcomes[i].path, &o);
        if (call.status != outcomes[i].status ||
            hits(outcomes[i].path) != outcomes[i].hits ||
            call.error.kind != outcomes[i].kind)
            fail_msg("%s: status %d, %d hits, kind %d %s", outcomes[i].path,
                     call.status, hits(outcomes[i].path), call.error.kind,
                     call.error.text);
        assert_string_equal(call.error.text, outcomes[i].error);
        assert_waits(outcomes[i].waits);
        assert_int_equal(hits("/target"), 0);
        buf_free(&call.body);
        assert_int_equal(stop_server(NULL), 0);
    }
}

static void
test_ok(void **state)
{
    struct net_options o = small_options();
    struct net_counts n;
    struct call call;

    (void)state;
    n = ask(&call, "/ok", &o);
    assert_string_equal(buf_str(&call.body), "{\"data\":[]}");
    assert_int_equal(call.told_s, -1);
    assert_string_equal(server.auth, "Bearer " TOKEN);
    assert_non_null(strstr(server.accept, "gzip"));
    assert_int_equal(n.requests, 1);
    assert_int_equal(n.retries, 0);
    assert_int_equal(n.connections, 1);
    assert_int_equal(n.bytes, 11);
    assert_int_equal(n.waited_ms, 0);
    buf_free(&call.body);
}

static void
test_gzip(void **state)
{
    struct net_options o = small_options();
    struct net_counts n;
    struct call call;

    (void)state;
    n = ask(&call, "/gzip", &o);
    assert_int_equal(call.error.kind, ERR_NONE);
    assert_int_equal(call.body.n, 1013);
    assert_memory_equal(call.body.p, "{\"data\":[\"xxx", 13);
    assert_int_equal(n.bytes, sizeof(gzip_page) - 1);
    buf_free(&call.body);
}

/* A length that is known is allocated once. */
static void
test_one_allocation(void **state)
{
    struct net_options o = small_options();
    struct call call;

    (void)state;
    (void)ask(&call, "/exact", &o);
    assert_int_equal(call.body.n, BODY_MAX);
    assert_true(call.body.room < BODY_MAX + BODY_MAX / 2);
    buf_free(&call.body);
}

static void
test_retry_date(void **state)
{
    struct net_options o = small_options();
    struct net_counts n;
    struct call call;
    char expected[32];
    int64_t left = 1709294430 - clock_now();

    (void)state;
    n = ask(&call, "/limited-date", &o);
    assert_int_equal(call.error.kind, ERR_NONE);
    (void)snprintf(expected, sizeof(expected), "%lld000\n",
                   left > 1 ? (long long)left : 1);
    assert_waits(expected);
    assert_int_equal(n.retries, 1);
    buf_free(&call.body);
}

static void
test_too_long_a_wait(void **state)
{
    struct net_options o = small_options();
    struct call call;

    (void)state;
    (void)ask(&call, "/limited-long", &o);
    assert_int_equal(call.error.kind, ERR_RATE);
    assert_int_equal(call.status, 429);
    assert_int_equal(call.told_s, 3600);
    assert_true(text_starts(call.error.text,
                            "GET /limited-long: HTTP 429: asked to wait "
                            "3600 s; run again after 13:"));
    buf_free(&call.body);
    (void)ask(&call, "/busy-long", &o);
    assert_int_equal(call.error.kind, ERR_NET);
    assert_true(text_starts(call.error.text, "GET /busy-long: HTTP 503: asked "
                                             "to wait 3600 s; run again"));
    assert_waits("");
    buf_free(&call.body);
}

static void
test_stall(void **state)
{
    struct net_options o = small_options();
    struct net_counts n;
    struct call call;

    (void)state;
    times.stall_s = 3; /* the second one may be slow, too */
    n = ask(&call, "/stall", &o);
    times = (struct net_times)NET_TIMES_INIT;
    assert_int_equal(call.error.kind, ERR_NONE);
    assert_int_equal(n.retries, 1);
    assert_waits("1000\n");
    buf_free(&call.body);
}

/* A port where nobody listens, and nobody will before *fd is closed. */
static int
dead_port(int *fd)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof(address);

    *fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(*fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(*fd, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

static void
test_refused(void **state)
{
    struct net_options o = small_options();
    int port = server.port, fd;
    struct call call;

    (void)state;
    server.port = dead_port(&fd);
    (void)ask(&call, "/x", &o);
    server.port = port;
    assert_int_equal(close(fd), 0);
    assert_int_equal(call.status, 0);
    assert_int_equal(call.error.kind, ERR_NET);
    assert_true(text_starts(call.error.text, "GET /x: Failed to connect to "));
    assert_true(text_ends(call.error.text, " (gave up after 5 tries)"));
    assert_waits("1000\n2000\n4000\n8000\n");
    buf_free(&call.body);
}

/* Those that must not go out are not tried. */
static void
test_not_sent(void **state)
{
    static const struct {
        const char *url, *bearer;
        enum err_kind kind;
        const char *error;
    } rows[] = {
        { "http://192.0.2.1/x", TOKEN, ERR_DATA,
          "GET /x: plain http is for loopback addresses only: use https" },
        { "https://me:CANARY@127.0.0.1/x", TOKEN, ERR_DATA,
          "GET /x: a URL with a user name is refused" },
        { "file:///etc/passwd", TOKEN, ERR_DATA,
          "GET /x: file is refused: use https" },
        { "/v2/x", TOKEN, ERR_DATA, "GET /x: not a complete URL" },
        { "http://127.0.0.1:1/x", "a\r\nX-CANARY: b", ERR_AUTH,
          "GET /x: the login has a character that cannot be sent" },
    };
    struct net_options o = small_options();
    struct transfer *t = open_with(&o);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct call call;

        call_init(&call, t, "/x", NULL);
        call.request.url = rows[i].url;
        call.request.bearer = rows[i].bearer;
        transfer_add(t, &call.request);
        run(t);
        assert_int_equal(call.done, 1);
        assert_int_equal(call.error.kind, rows[i].kind);
        assert_string_equal(call.error.text, rows[i].error);
        buf_free(&call.body);
    }
    assert_int_equal(transfer_counts(t).requests, 0);
    transfer_close(t);
    assert_waits("");
}

/* A proxy would see the login of plain http. */
static void
test_no_proxy(void **state)
{
    struct net_options o = small_options();
    struct call call;

    (void)state;
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    assert_int_equal(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
    (void)ask(&call, "/ok", &o);
    assert_int_equal(unsetenv("http_proxy"), 0);
    assert_int_equal(unsetenv("ALL_PROXY"), 0);
    assert_int_equal(call.error.kind, ERR_NONE);
    buf_free(&call.body);
}

static void
test_one_connection(void **state)
{
    struct net_options o = small_options();
    struct transfer *t = open_with(&o);
    struct call call;

    (void)state;
    call_init(&call, t, "/ok", NULL);
    call.more = 9;
    transfer_add(t, &call.request);
    run(t);
    assert_int_equal(call.done, 10);
    assert_int_equal(call.request.attempt, 1);
    assert_int_equal(hits("/ok"), 10);
    assert_int_equal(transfer_counts(t).requests, 10);
    assert_int_equal(transfer_counts(t).connections, 1);
    transfer_close(t);
    buf_free(&call.body);
}

static void
test_parallel(void **state)
{
    struct net_options o = small_options();
    struct budget budget = BUDGET_INIT;
    struct transfer *t = open_with(&o);
    struct call call[HELD];

    (void)state;
    for (size_t i = 0; i < COUNT(call); i++) {
        call_init(&call[i], t, "/together", &budget);
        transfer_add(t, &call[i].request);
    }
    run(t);
    for (size_t i = 0; i < COUNT(call); i++) {
        assert_int_equal(call[i].done, 1);
        assert_int_equal(call[i].error.kind, ERR_NONE);
        buf_free(&call[i].body);
    }
    assert_int_equal(transfer_counts(t).retries, 0);
    assert_int_equal(transfer_counts(t).connections, HELD);
    transfer_close(t);
}

/* What done() adds joins those that are in flight. */
static void
test_add_in_done(void **state)
{
    struct net_options o = small_options();
    struct transfer *t = open_with(&o);
    struct call call[HELD + 1];

    (void)state;
    for (size_t i = 0; i < COUNT(call); i++)
        call_init(&call[i], t, i == 0 ? "/ok" : "/together", NULL);
    call[0].then = &call[HELD];
    for (size_t i = 0; i < HELD; i++)
        transfer_add(t, &call[i].request);
    run(t);
    for (size_t i = 0; i < COUNT(call); i++) {
        assert_int_equal(call[i].done, 1);
        assert_int_equal(call[i].error.kind, ERR_NONE);
        buf_free(&call[i].body);
    }
    transfer_close(t);
}

static void
test_budget_of_source(void **state)
{
    struct net_options o = small_options();
    struct budget budget = { .window = { { .limit = 2, .length_ms = 60000 } },
                             .n = 1 };
    struct transfer *t = open_with(&o);
    struct call call[5];

    (void)state;
    for (size_t i = 0; i < COUNT(call); i++) {
        call_init(&call[i], t, "/ok", &budget);
        transfer_add(t, &call[i].request);
    }
    run(t);
    for (size_t i = 0; i < COUNT(call); i++) {
        assert_int_equal(call[i].error.kind, ERR_NONE);
        buf_free(&call[i].body);
    }
    assert_waits("60000\n60000\n");
    assert_int_equal(transfer_counts(t).waited_ms, 120000);
    transfer_close(t);
}

static void
test_429_pauses_source(void **state)
{
    struct net_options o = small_options();
    struct budget budget = { .window = { { .limit = 1, .length_ms = 5000 } },
                             .n = 1 };
    struct transfer *t = open_with(&o);
    struct call call[3];

    (void)state;
    call_init(&call[0], t, "/limited-60", &budget);
    call_init(&call[1], t, "/a", &budget);
    call_init(&call[2], t, "/b", NULL);
    call[0].request.user = &call[0];
    call[2].then = NULL;
    for (size_t i = 0; i < COUNT(call); i++)
        transfer_add(t, &call[i].request);
    run(t);
    for (size_t i = 0; i < COUNT(call); i++) {
        assert_int_equal(call[i].error.kind, ERR_NONE);
        buf_free(&call[i].body);
    }
    /* The budget alone would let /a go after 5 s. */
    assert_waits("60000\n5000\n");
    assert_non_null(strstr(server.order, "/limited-60 /a "));
    transfer_close(t);
}

static void
test_long_429_ends_source(void **state)
{
    struct net_options o = small_options();
    struct budget budget = { .window = { { .limit = 1, .length_ms = 5000 } },
                             .n = 1 };
    struct transfer *t = open_with(&o);
    struct call call[3];

    (void)state;
    call_init(&call[0], t, "/limited-long", &budget);
    call_init(&call[1], t, "/a", &budget);
    call_init(&call[2], t, "/b", NULL);
    for (size_t i = 0; i < COUNT(call); i++)
        transfer_add(t, &call[i].request);
    run(t);
    assert_int_equal(call[0].error.kind, ERR_RATE);
    assert_int_equal(call[1].error.kind, ERR_RATE);
    assert_true(text_starts(call[1].error.text,
                            "GET /a: not sent, for the rate limit: asked to "
                            "wait 3600 s; run again after "));
    assert_int_equal(call[2].error.kind, ERR_NONE);
    assert_int_equal(hits("/a"), 0);
    assert_waits("");
    for (size_t i = 0; i < COUNT(call); i++)
        buf_free(&call[i].body);
    transfer_close(t);
}

/* A quota that is given back after the seconds in request.user. */
static int64_t given_back_s;

static void
on_quota(struct http_request *request, const char *const *value)
{
    int64_t now = clock_ms();

    assert_null(value[0]);
    if (!value[1])
        return;
    assert_string_equal(value[1], "0");
    budget_told(request->budget, 0, 3, 3, now);
    budget_ends(request->budget, 0, now + given_back_s * 1000, now);
}

static void
quota_init(struct call *call, struct transfer *t, const char *path,
           struct budget *budget)
{
    static const char *const names[] = { "X-Other", "x-left", NULL };

    call_init(call, t, path, budget);
    call->request.headers = names;
    call->request.heard = on_quota;
}

#define QUOTA_OF_AN_HOUR                                                       \
    {                                                                          \
        .window = { { .length_ms = 3600000, .is_told = true } }, .n = 1        \
    }

/* What the quota says goes for the refused request, too. */
static void
test_quota_is_waited_for(void **state)
{
    struct net_options o = small_options();
    struct budget budget = QUOTA_OF_AN_HOUR;
    struct transfer *t = open_with(&o);
    struct call call[2];

    (void)state;
    given_back_s = 40;
    quota_init(&call[0], t, "/quota-429", &budget);
    call[0].then = &call[1];
    quota_init(&call[1], t, "/ok", &budget);
    transfer_add(t, &call[0].request);
    run(t);
    for (size_t i = 0; i < COUNT(call); i++) {
        assert_int_equal(call[i].error.kind, ERR_NONE);
        buf_free(&call[i].body);
    }
    assert_waits("1000\n39000\n");
    assert_int_equal(budget.flying, 0);
    transfer_close(t);
}

static void
test_quota_that_is_far(void **state)
{
    struct net_options o = small_options();
    struct budget budget = QUOTA_OF_AN_HOUR;
    struct transfer *t = open_with(&o);
    struct call call[3];

    (void)state;
    given_back_s = 121; /* 120 would be waited for */
    quota_init(&call[0], t, "/quota", &budget);
    call[0].then = &call[1];
    quota_init(&call[1], t, "/ok", &budget);
    quota_init(&call[2], t, "/ok", NULL);
    transfer_add(t, &call[0].request);
    run(t);
    assert_int_equal(call[0].error.kind, ERR_NONE);
    assert_int_equal(call[1].error.kind, ERR_RATE);
    assert_true(text_starts(call[1].error.text,
                            "GET /ok: not sent, for the rate limit: asked to "
                            "wait 121 s; run again after "));
    assert_int_equal(call[1].wait_ms, 121000);
    assert_int_equal(hits("/ok"), 0);
    budget = (struct budget)QUOTA_OF_AN_HOUR;
    quota_init(&call[2], t, "/quota-429", &budget);
    transfer_add(t, &call[2].request);
    run(t);
    assert_int_equal(call[2].error.kind, ERR_RATE);
    assert_true(text_starts(call[2].error.text,
                            "GET /quota-429: HTTP 429: asked to wait 121 s"));
    assert_int_equal(call[2].wait_ms, 121000);
    assert_int_equal(hits("/quota-429"), 1);
    assert_waits("");
    for (size_t i = 0; i < COUNT(call); i++)
        buf_free(&call[i].body);
    transfer_close(t);
}

static void
test_requests_max(void **state)
{
    struct net_options o = small_options();
    struct transfer *t;
    struct call call[4];

    (void)state;
    o.requests_max = 3;
    t = open_with(&o);
    for (size_t i = 0; i < COUNT(call); i++) {
        call_init(&call[i], t, i == 0 ? "/broken" : "/ok", NULL);
        transfer_add(t, &call[i].request);
    }
    run(t);
    assert_int_equal(call[0].error.kind, ERR_RATE);
    assert_string_equal(call[0].error.text, "GET /broken: HTTP 502: budget of "
                                            "3 requests is spent");
    assert_int_equal(call[1].error.kind, ERR_NONE);
    assert_int_equal(call[2].error.kind, ERR_NONE);
    assert_int_equal(call[3].error.kind, ERR_RATE);
    assert_string_equal(call[3].error.text,
                        "GET /ok: budget of 3 requests is spent");
    assert_int_equal(transfer_counts(t).requests, 3);
    assert_waits("");
    for (size_t i = 0; i < COUNT(call); i++)
        buf_free(&call[i].body);
    transfer_close(t);
}

static void
test_deadline(void **state)
{
    struct budget budget = { .window = { { .limit = 1, .length_ms = 30000 } },
                             .n = 1 };
    struct net_options o = small_options();
    struct transfer *t;
    struct call call[3];

    (void)state;
    o.deadline_ms = clock_ms() + 5000;
    t = open_with(&o);
    call_init(&call[0], t, "/broken", NULL); /* after 1 s, 2 s; 4 s is late */
    call_init(&call[1], t, "/ok", &budget);
    call_init(&call[2], t, "/ok", &budget); /* after 30 s: late */
    for (size_t i = 0; i < COUNT(call); i++)
        transfer_add(t, &call[i].request);
    run(t);
    assert_int_equal(call[0].error.kind, ERR_RATE);
    assert_string_equal(call[0].error.text, "GET /broken: HTTP 502: time is "
                                            "up");
    assert_int_equal(call[1].error.kind, ERR_NONE);
    assert_int_equal(call[2].error.kind, ERR_RATE);
    assert_string_equal(call[2].error.text, "GET /ok: time is up");
    assert_waits("1000\n2000\n");
    for (size_t i = 0; i < COUNT(call); i++)
        buf_free(&call[i].body);

    clock_sleep_ms(2000);
    call_init(&call[0], t, "/late", NULL);
    transfer_add(t, &call[0].request);
    run(t);
    assert_string_equal(call[0].error.text, "GET /late: time is up");
    assert_int_equal(hits("/late"), 0);
    transfer_close(t);
}

static void
test_again(void **state)
{
    struct net_options o = small_options();
    struct transfer *t = open_with(&o);
    struct err why = ERR_INIT;
    struct call call;

    (void)state;
    (void)err_set(&why, ERR_CUT, "JSON ends early");
    call_init(&call, t, "/ok", NULL);
    call.why = &why;
    transfer_add(t, &call.request);
    run(t);
    assert_int_equal(call.done, 1);
    assert_int_equal(call.error.kind, ERR_NET);
    assert_string_equal(call.error.text, "GET /ok: JSON ends early "
                                         "(gave up after 5 tries)");
    assert_int_equal(hits("/ok"), 5);
    assert_waits("1000\n2000\n4000\n8000\n");
    assert_int_equal(transfer_counts(t).retries, 4);
    assert_int_equal(transfer_counts(t).connections, 1);
    transfer_close(t);
    buf_free(&call.body);
}

/* Closing with work left calls nobody and leaks nothing. */
static void
test_close_early(void **state)
{
    struct net_options o = small_options();
    struct transfer *t = open_with(&o);
    struct call call;

    (void)state;
    call_init(&call, t, "/ok", NULL);
    transfer_add(t, &call.request);
    transfer_close(t);
    transfer_close(NULL);
    assert_int_equal(call.done, 0);
}

/*
 * Stopping. In a child, because a stop is for good. Exit 0 if all three
 * requests were stopped: one in flight or about to be tried again, one that
 * its budget holds, and one that done() adds.
 */

static int
stopped_child(const char *path)
{
    struct net_options o = small_options();
    struct budget budget = { .window = { { .limit = 1, .length_ms = 60000 } },
                             .n = 1 };
    struct transfer *t = NULL;
    struct err e = ERR_INIT;
    struct call call[3];
    int bad = 0;

    signal_setup();
    if (transfer_open(&t, &o, &e) < 0)
        return 2;
    call_init(&call[0], t, path, &budget);
    call_init(&call[1], t, "/held", &budget);
    call_init(&call[2], t, "/added", NULL);
    call[0].then = &call[2];
    transfer_add(t, &call[0].request);
    transfer_add(t, &call[1].request);
    if (transfer_run(t, &e) < 0)
        bad++;
    for (size_t i = 0; i < COUNT(call); i++) {
        bad += call[i].done != 1 || call[i].error.kind != ERR_STOP;
        bad += !text_ends(call[i].error.text, ": stopped by SIGTERM");
        buf_free(&call[i].body);
    }
    bad += transfer_counts(t).requests != 1;
    transfer_close(t);
    return bad;
}

/* Knows the port when the server runs, which is after the fork: a thread
 * that holds a lock while we fork would hold it in the child for ever. */
static int
child(int port_fd, const char *path)
{
    char own[64];

    (void)alarm(60); /* a child that hangs does not outlive the test */
    (void)snprintf(own, sizeof(own), "/stop/%ld", (long)getpid());
    if (read(port_fd, &server.port, sizeof(server.port)) != sizeof(server.port))
        return 3;
    return stopped_child(path ? path : own);
}

static void
assert_stops(const char *path)
{
    int status = -1, fd[2];
    pid_t pid;

    assert_int_equal(pipe(fd), 0);
    pid = fork();
    if (pid == 0)
        _exit(child(fd[0], path));
    assert_true(pid > 0);
    assert_int_equal(start_server(NULL), 0);
    assert_int_equal(write(fd[1], &server.port, sizeof(server.port)),
                     sizeof(server.port));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(close(fd[0]), 0);
    assert_int_equal(close(fd[1]), 0);
    assert_int_equal(stop_server(NULL), 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_stop_in_flight(void **state)
{
    (void)state;
    assert_stops(NULL);
    assert_waits("");
    assert_int_equal(hits("/held"), 0);
    assert_int_equal(hits("/added"), 0);
}

static void
test_stop_while_waiting(void **state)
{
    (void)state;
    assert_int_equal(setenv("WEARCHIVE_STOP_AT", "1", 1), 0);
    assert_stops("/limited-60");
    assert_int_equal(unsetenv("WEARCHIVE_STOP_AT"), 0);
    assert_waits("60000\n");
    assert_int_equal(hits("/limited-60"), 1);
    assert_int_equal(hits("/held"), 0);
}

/* Work that is done between two answers. */
struct between {
    struct transfer *t;
    struct call *call;
    int left;
    int64_t requests; /* that were out when it began */
};

static bool
on_between(void *user)
{
    struct between *b = user;

    if (b->call[0].done == 0 || b->left == 0)
        return false;
    if (b->requests == 0)
        b->requests = transfer_counts(b->t).requests;
    if (--b->left == 0)
        transfer_add(b->t, &b->call[2].request);
    return true;
}

/* The next request is out before the work begins, which may add one. */
static void
test_between(void **state)
{
    struct net_options o = small_options();
    struct transfer *t = open_with(&o);
    struct call call[3];
    struct between b = { t, call, 3, 0 };

    (void)state;
    call_init(&call[0], t, "/ok", NULL);
    call_init(&call[1], t, "/ok", NULL);
    call_init(&call[2], t, "/ok", NULL);
    call[0].then = &call[1];
    transfer_between(t, on_between, &b);
    transfer_add(t, &call[0].request);
    run(t);
    assert_int_equal(b.left, 0);
    assert_int_equal(b.requests, 2);
    for (size_t i = 0; i < COUNT(call); i++) {
        assert_int_equal(call[i].done, 1);
        buf_free(&call[i].body);
    }
    transfer_close(t);
}

#define WITH_SERVER(f)                                                         \
    cmocka_unit_test_setup_teardown(f, start_server, stop_server)

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        /* First, because the child's first wait is to be number 1. */
        cmocka_unit_test(test_stop_while_waiting),
        cmocka_unit_test(test_stop_in_flight),
        WITH_SERVER(test_retry_date),
        cmocka_unit_test(test_outcomes),
        WITH_SERVER(test_ok),
        WITH_SERVER(test_gzip),
        WITH_SERVER(test_one_allocation),
        WITH_SERVER(test_too_long_a_wait),
        WITH_SERVER(test_stall),
        WITH_SERVER(test_refused),
        WITH_SERVER(test_not_sent),
        WITH_SERVER(test_no_proxy),
        WITH_SERVER(test_one_connection),
        WITH_SERVER(test_parallel),
        WITH_SERVER(test_add_in_done),
        WITH_SERVER(test_budget_of_source),
        WITH_SERVER(test_429_pauses_source),
        WITH_SERVER(test_long_429_ends_source),
        WITH_SERVER(test_quota_is_waited_for),
        WITH_SERVER(test_quota_that_is_far),
        WITH_SERVER(test_requests_max),
        WITH_SERVER(test_deadline),
        WITH_SERVER(test_again),
        WITH_SERVER(test_between),
        WITH_SERVER(test_close_early),
    };
    int fd = mkstemp(waits_path), rc;

    if (fd < 0 || close(fd) < 0 ||
        setenv("WEARCHIVE_WAITS", waits_path, 1) < 0 ||
        setenv("WEARCHIVE_NOW", "1709294400", 1) < 0)
        return 1;
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(waits_path);
    return rc;
}
