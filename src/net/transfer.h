#ifndef NET_TRANSFER_H
#define NET_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct budget;

/*
 * Requests over HTTP: one event loop around curl's multi interface. Knows no
 * JSON and no provider. TLS is verified; redirects are not followed (they
 * would carry the token away); plain http goes to loopback only and past no
 * proxy; connections are kept; HTTP/2 and gzip are used when offered; bodies
 * are bounded; retries, waits and rate budgets happen inside.
 */

/* How long a request may take. */
struct net_times {
    int64_t connect_s; /* to be connected */
    int64_t stall_s;   /* with less than NET_STALL_BYTES a second */
    int64_t total_s;   /* from start to end */
};

#define NET_TIMES_INIT                                                         \
    {                                                                          \
        .connect_s = 15, .stall_s = 30, .total_s = 300,                        \
    }

struct net_options {
    int64_t wait_max_s; /* longest wait a server may ask for; more gives up */
    int64_t quota_wait_max_s; /* the same for a quota that is used up */
    int64_t deadline_ms;      /* clock_ms() after which nothing is started, in
                                 flight or waited for; 0 = none */
    int64_t requests_max;     /* tries that may go out; 0 = any */
    size_t body_max;          /* bytes of one body, after decompression */
    const char *user_agent;
    bool must_end; /* what is in flight is waited for, whatever asks us to stop:
                      what it does can be done only once */
};

enum { NET_STALL_BYTES = 64, NET_HEADERS_MAX = 8 };

#define NET_USER_AGENT "wearchive/" VERSION

#define NET_OPTIONS_INIT                                                       \
    {                                                                          \
        .wait_max_s = 900, .quota_wait_max_s = 120,                            \
        .body_max = (size_t)256 << 20, .user_agent = NET_USER_AGENT,           \
    }

struct transfer;
struct http_reply;

/*
 * One request. The caller keeps it (and what it points to) until done() was
 * called; done() may reuse or free it, and may call transfer_add().
 */
struct http_request {
    const char *url;
    const char *label;  /* for messages: "GET /v2/sleep", no query */
    const char *method; /* NULL: GET, or POST if there is a body */
    const char *body;   /* sent as it is; NULL: none */
    size_t body_n;
    const char *body_type;      /* NULL: application/x-www-form-urlencoded */
    const char *bearer;         /* token or NULL */
    const char *bearer_header;  /* "api-key": the token goes there, by itself;
                                   NULL: Authorization: Bearer */
    const char *basic_user;     /* HTTP Basic; NULL: none */
    const char *basic_password; /* of basic_user */
    bool may_repeat;            /* of a method other than GET: asking twice
                                   does no harm, it is retried like a GET */
    struct budget *budget;      /* of the source, or NULL */
    const struct net_times *times; /* NULL: NET_TIMES_INIT */
    /* Headers of answers to listen to, any case, NULL at the end, at most
     * NET_HEADERS_MAX; or NULL. heard() has their values, NULL where absent,
     * after every try that was answered and before anything is made of it. */
    const char *const *headers;
    void (*heard)(struct http_request *request, const char *const *value);
    /*
     * Before each try, in the loop: may change what is sent, which has waited
     * in the queue; may take its time. -1 and *e: it is not sent, the error is
     * the answer, as it is. NULL: nothing to do.
     */
    int (*ready)(struct http_request *request, struct err *e);
    /* Once, when the answer is there or given up; see http_reply. */
    void (*done)(struct http_request *request, struct http_reply *reply);
    void *user;
    int attempt; /* private: tries made; 0 in a fresh request */
};

/* False: the loop sends it once, whatever comes of it; see may_repeat. */
bool http_may_repeat(const struct http_request *request);

/*
 * What came of it. error.kind is ERR_NONE if there is an answer that needs
 * no retry (any status but those of the retry table, so also 401 and 404).
 * Otherwise it says why it was given up: ERR_NET, ERR_RATE (429, or a budget
 * of ours), ERR_DATA (redirect, body over the limit), ERR_STOP; the status is
 * there if there was one, and so is the body of a request that is sent once.
 * Its text starts with the label and has neither token nor query. Freed by the
 * loop after done(), except that done() may take the body (set it to BUF_INIT).
 */
struct http_reply {
    int status;            /* 0 if there was none */
    struct buf body;       /* decompressed */
    int64_t retry_after_s; /* -1 if absent */
    int64_t wait_ms; /* given up since it would have had to wait so long; 0 */
    struct err error;
};

struct net_counts {
    int64_t requests; /* tries that went out */
    int64_t retries;
    int64_t bytes;     /* of bodies, as received from the wire */
    int64_t waited_ms; /* time in which only waits were left to do */
    int64_t connections;
};

int transfer_open(struct transfer **t, const struct net_options *o,
                  struct err *e);
/* Queues a request. It starts when its budget lets it. */
void transfer_add(struct transfer *t, struct http_request *request);
/*
 * From within done(): asks again, as after a network failure, because the
 * answer was not whole (ERR_CUT) or was an error in disguise. why says what
 * was wrong. Returns 0 if another try will come (done() is called again), or
 * -1 with *e filled as in http_reply if the tries are used up.
 */
int transfer_again(struct transfer *t, struct http_request *request,
                   const struct err *why, struct err *e);
/*
 * Work that can wait until the next requests are out: work() is called between
 * answers, does one piece of it (which may add requests) and returns true if
 * it did any. NULL: none.
 */
void transfer_between(struct transfer *t, bool (*work)(void *user), void *user);
/*
 * Runs until nothing is queued, in flight, waiting or to be done in between.
 * Stops early on a signal
 * (requests not finished get done() with ERR_STOP). Returns 0; -1 only if the
 * machine fails us.
 */
int transfer_run(struct transfer *t, struct err *e);
struct net_counts transfer_counts(const struct transfer *t);
void transfer_close(struct transfer *t); /* NULL is allowed */

#endif
