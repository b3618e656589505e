/*
 * Providers to test against: their APIs on a loopback port, with the data of
 * a synthetic person, and with every misbehaviour a test may want. Each
 * connection has a thread of its own, so that one that waits or drips holds
 * up no other.
 */
#include <fcntl.h>
#include <getopt.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "account.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "base/tm.h"
#include "person.h"
#include "provider.h"
#include "reply.h"
#include "scenario.h"

enum {
    EXIT_BAD_USAGE = 2,
    BODY_MAX = 1 << 20,
    FIRST_NOW = 946684800 /* the year 2000 */
};

struct server {
    int64_t port, now, years, began, latency_ms, page, heartrate_every, threads;
    bool no_gzip;
    int log_fd;       /* -1 = none */
    struct list sets; /* --set */
    const char *dump; /* PROVIDER/CATEGORY; NULL = serve */
    struct world world;
};

/* One request, from its first line to its end. */
struct request {
    char *uri; /* as sent */
    struct buf body;
    bool is_begun; /* its headers are there */
};

static int64_t
now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* this clock is always there */
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void *
on_uri(void *arg, const char *uri, struct MHD_Connection *connection)
{
    struct request *rq = mem_zalloc(sizeof(*rq));

    (void)arg; /* not needed */
    (void)connection;
    rq->uri = mem_strdup(uri);
    return rq;
}

static void
on_completed(void *arg, struct MHD_Connection *connection, void **state,
             enum MHD_RequestTerminationCode code)
{
    struct request *rq = *state;

    (void)arg; /* not needed */
    (void)connection;
    (void)code;
    if (rq) {
        buf_free(&rq->body);
        free(rq->uri);
    }
    free(rq);
    *state = NULL;
}

/* METHOD PATH QUERY STATUS AUTH; AUTH says only whether there was a token. */
static void
log_request(const struct server *s, const char *method, const char *uri,
            int status, bool has_token)
{
    const char *query = strchr(uri, '?');
    size_t n = query ? (size_t)(query - uri) : strlen(uri);
    struct buf line = BUF_INIT;

    if (s->log_fd < 0)
        return;
    buf_addf(&line, "%s %.*s %s %d %s\n", method, (int)n, uri,
             query && query[1] && !strstr(query, "access_token=") ? query + 1
                                                                  : "-",
             status, has_token ? "token" : "-");
    if (write(s->log_fd, line.p, line.n) < 0)
        perror("sandbox: log");
    buf_free(&line);
}

/* Some more of the body. */
static enum MHD_Result
take_body(struct request *rq, const char *upload, size_t *n)
{
    if (rq->body.n + *n > BODY_MAX)
        return MHD_NO;
    buf_add(&rq->body, upload, *n);
    *n = 0;
    return MHD_YES;
}

static void
answer(struct reply *r, struct server *s, struct asked *q)
{
    const char *accepted = asked_header(q, "Accept-Encoding");
    bool has_token = asked_header(q, "Authorization") != NULL ||
                     asked_header(q, "api-key") != NULL;
    int64_t began_us = now_us();

    if (text_starts(q->path, "/sandbox/")) { /* a test, not a client */
        providers_answer(r, &s->world, q);
        return;
    }
    world_enter(&s->world);
    providers_answer(r, &s->world, q);
    if (!s->no_gzip && accepted && strstr(accepted, "gzip"))
        reply_pack(r);
    pause_ms((long)(s->latency_ms - (now_us() - began_us + 500) / 1000));
    log_request(s, q->method, q->uri, r->status, has_token);
    world_leave(&s->world);
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *connection, const char *path,
           const char *method, const char *version, const char *upload,
           size_t *upload_n, void **state)
{
    struct request *rq = *state;
    struct asked q = {
        .connection = connection, .method = method, .path = path, .uri = rq->uri
    };
    struct reply r = REPLY_INIT;
    int rc;

    (void)version; /* HTTP/1.1 or older, which is libmicrohttpd's business */
    if (!rq->is_begun) {
        rq->is_begun = true;
        return MHD_YES;
    }
    if (*upload_n > 0)
        return take_body(rq, upload, upload_n);
    q.body = rq->body; /* lent */
    answer(&r, arg, &q);
    rc = reply_send(connection, &r);
    reply_free(&r);
    return rc ? MHD_YES : MHD_NO;
}

static struct MHD_Daemon *
start_daemon(struct server *s)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)s->port), /* checked when it was read */
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct MHD_Daemon *daemon;
    const union MHD_DaemonInfo *info;

    daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
            MHD_USE_POLL,
        0, NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->threads,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_URI_LOG_CALLBACK,
        on_uri, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
        MHD_OPTION_END);
    if (!daemon)
        return NULL;
    info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    if (info)
        s->port = info->port;
    return daemon;
}

/* One row per option that takes a number. */
struct number_option {
    const char *name;
    size_t at; /* in struct server */
    int64_t min, max;
    const char *help;
};

#define NUMBER(member) offsetof(struct server, member)

static const struct number_option numbers[] = {
    { "port", NUMBER(port), 0, 65535, "N         port, 0 = any free one" },
    { "now", NUMBER(now), FIRST_NOW, INT32_MAX *INT64_C(2),
      "SECONDS    where the data end; default: the real time" },
    { "years", NUMBER(years), 1, MAX_YEARS, "N        of data; default 3" },
    { "began", NUMBER(began), 0, INT32_MAX *INT64_C(2),
      "SECONDS  when the person joined the services but Oura; default: as long "
      "ago as --years" },
    { "latency", NUMBER(latency_ms), 0, 600000,
      "MS     until each answer, from its request; holds up no other" },
    { "page", NUMBER(page), 1, 1000000,
      "N         records on a page; default 1000" },
    { "heartrate-interval", NUMBER(heartrate_every), 10, 86400,
      "S  between samples; default 840, about 104000 in 3 years" },
    { "threads", NUMBER(threads), 1, 1000,
      "N      connections at once, a thread each; default 64" },
};

enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };
enum {
    OPT_TOKEN = NUMBERS,
    OPT_LOG,
    OPT_SCENARIO,
    OPT_SET,
    OPT_WAITS,
    OPT_DUMP,
    OPT_NO_GZIP,
    OPT_HELP
};

static void
print_help(FILE *out)
{
    (void)fprintf(out, "usage: sandbox [OPTION]...\n");
    for (size_t i = 0; i < NUMBERS; i++)
        (void)fprintf(out, "  --%s %s\n", numbers[i].name, numbers[i].help);
    (void)fprintf(
        out,
        "  --token TEXT     the bearer token; default CANARY-sandbox-token\n"
        "  --log FILE       add METHOD PATH QUERY STATUS AUTH per request\n"
        "  --no-gzip        never compress\n"
        "  --waits FILE     where a client with a test clock notes its waits: "
        "time passes\n                   by them when requests are counted\n"
        "  --dump P/CATEGORY  print all its records, an object a line, and "
        "end; "
        "GET\n                   /sandbox/dump?P/CATEGORY while it runs\n"
        "                   (and /sandbox/peak: most requests at a time)\n"
        "  --scenario SPEC  misbehave; may be given more than once\n"
        "  --set P.KEY=VALUE  tell provider P, as POST "
        "/sandbox/set?P.KEY=VALUE "
        "does\n                   while it runs; may be given more than once\n"
        "TOPIC is a CATEGORY of Oura or PROVIDER/CATEGORY; without it a "
        "scenario is for all;\neach counts for itself. PAGE 0 is every page, "
        "TIMES 0 is always. SPEC is one of:\n");
    scenarios_help(out);
    for (size_t i = 0; provider_at(i); i++) {
        if (provider_at(i)->help)
            (void)fprintf(out, "KEY=VALUE of %s:\n%s", provider_at(i)->name,
                          provider_at(i)->help);
    }
    (void)fprintf(out, "KEY=VALUE of an account:\n%s", account_help);
}

static int
set_number(struct server *s, const struct number_option *option,
           const char *text)
{
    int64_t value;

    if (num_str(&value, text) < 0 || value < option->min ||
        value > option->max) {
        (void)fprintf(stderr,
                      "sandbox: --%s %s: not a number from %lld to "
                      "%lld\n",
                      option->name, text, (long long)option->min,
                      (long long)option->max);
        return -1;
    }
    memcpy((char *)s + option->at, &value, sizeof(value));
    return 0;
}

static int
set_log(struct server *s, const char *path)
{
    s->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (s->log_fd < 0)
        perror(path);
    return s->log_fd < 0 ? -1 : 0;
}

static int
set_option(struct server *s, int option, const char *text)
{
    if (option < NUMBERS)
        return set_number(s, &numbers[option], text);
    switch (option) {
    case OPT_TOKEN:
        s->world.token = text;
        return 0;
    case OPT_LOG:
        return set_log(s, text);
    case OPT_SET:
        list_add(&s->sets, text);
        return 0;
    case OPT_WAITS:
        s->world.waits = text;
        return 0;
    case OPT_DUMP:
        s->dump = text;
        return 0;
    case OPT_NO_GZIP:
        s->no_gzip = true;
        return 0;
    case OPT_SCENARIO:
        if (scenarios_add(s->world.scenarios, text) == 0)
            return 0;
        (void)fprintf(stderr, "sandbox: no such scenario: %s\n", text);
        return -1;
    case OPT_HELP:
        print_help(stdout);
        exit(0);
    default: /* '?': getopt has said why */
        return -1;
    }
}

static int
read_options(struct server *s, int argc, char **argv)
{
    struct option options[NUMBERS + 9] = {
        [OPT_TOKEN] = { "token", required_argument, NULL, OPT_TOKEN },
        [OPT_LOG] = { "log", required_argument, NULL, OPT_LOG },
        [OPT_SCENARIO] = { "scenario", required_argument, NULL, OPT_SCENARIO },
        [OPT_SET] = { "set", required_argument, NULL, OPT_SET },
        [OPT_WAITS] = { "waits", required_argument, NULL, OPT_WAITS },
        [OPT_DUMP] = { "dump", required_argument, NULL, OPT_DUMP },
        [OPT_NO_GZIP] = { "no-gzip", no_argument, NULL, OPT_NO_GZIP },
        [OPT_HELP] = { "help", no_argument, NULL, OPT_HELP },
    };
    int option;

    for (int i = 0; i < NUMBERS; i++)
        options[i] =
            (struct option){ numbers[i].name, required_argument, NULL, i };
    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (set_option(s, option, optarg) < 0)
            return -1;
    }
    if (optind < argc)
        (void)fprintf(stderr, "sandbox: unexpected: %s\n", argv[optind]);
    return optind < argc ? -1 : 0;
}

/* Returns when a signal asks for the end. */
static int
serve(struct server *s, const sigset_t *stop)
{
    struct MHD_Daemon *daemon;
    int number;

    if (pause_init() < 0 || !(daemon = start_daemon(s))) {
        perror("sandbox: cannot listen");
        return 1;
    }
    (void)snprintf(s->world.stolen, sizeof(s->world.stolen),
                   "http://localhost:%u/stolen", (unsigned)s->port);
    (void)printf("listening on http://127.0.0.1:%u\n", (unsigned)s->port);
    (void)fflush(stdout); /* a closed stdout is the reader's business */
    (void)sigwait(stop, &number);
    pause_stop();
    MHD_stop_daemon(daemon);
    return 0;
}

/* The person, and everybody who knows something about it. */
static int
open_world(struct server *s)
{
    struct world *w = &s->world;

    w->page = (size_t)s->page;
    (void)pthread_mutex_init(&w->lock, NULL); /* cannot fail on Linux */
    w->started = (int64_t)time(NULL);
    w->span_s = s->years * 365 * DAY;
    w->began = s->began > 0 ? s->began : s->now - w->span_s;
    person_init(&w->person, s->now, (int)s->years, (int)s->heartrate_every);
    providers_open(w);
    for (size_t i = 0; i < s->sets.n; i++) {
        if (providers_set(w, s->sets.item[i]) < 0) {
            (void)fprintf(stderr, "sandbox: --set %s: nobody knows this\n",
                          s->sets.item[i]);
            return -1;
        }
    }
    return 0;
}

static int
dump(struct server *s)
{
    struct buf out = BUF_INIT;
    int rc = providers_dump(&out, &s->world, s->dump);

    if (rc < 0)
        (void)fprintf(stderr, "sandbox: --dump %s: nobody knows this\n",
                      s->dump);
    else if (fwrite(out.p, 1, out.n, stdout) != out.n)
        perror("sandbox: dump");
    buf_free(&out);
    return rc < 0 ? EXIT_BAD_USAGE : 0;
}

int
main(int argc, char **argv)
{
    struct server s = {
        .now = time(NULL),
        .years = 3,
        .page = 1000,
        .heartrate_every = 840,
        .threads = 64,
        .log_fd = -1,
        .world = { .token = "CANARY-sandbox-token",
                   .scenarios = scenarios_open() },
    };
    sigset_t stop;
    int rc = EXIT_BAD_USAGE;

    /* Before the first thread: all of them leave these to sigwait(). */
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTERM);
    (void)sigaddset(&stop, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &stop, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    if (read_options(&s, argc, argv) == 0) {
        if (open_world(&s) == 0)
            rc = s.dump ? dump(&s) : serve(&s, &stop);
        providers_close(&s.world);
    }
    scenarios_close(s.world.scenarios);
    list_free(&s.sets);
    if (s.log_fd >= 0)
        (void)close(s.log_fd);
    return rc;
}
