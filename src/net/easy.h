#ifndef NET_EASY_H
#define NET_EASY_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/transfer.h"

/*
 * One try of one request: a curl easy handle with all its options. This module
 * sets them, and outgoing.h those of what is sent; each result is checked.
 */
struct easy {
    struct easy *next;            /* the loop's lists */
    struct http_request *request; /* NULL: idle */
    CURL *curl;
    struct http_reply reply;
    int64_t connections; /* made for this try */
    int64_t bytes;       /* of the body, from the wire */

    const struct net_options *options; /* of the transfer */
    bool is_too_big;
    bool is_encoded;
    bool has_body;
    bool is_head_only;            /* its head came, and nothing since */
    char *heard[NET_HEADERS_MAX]; /* values of request->headers */
    struct curl_slist *headers;
    char message[CURL_ERROR_SIZE];
};

enum easy_end {
    EASY_DONE,  /* an answer, or error says why it is useless to try again */
    EASY_AGAIN, /* network trouble or a passing status: error has the text,
                   its kind is ERR_RATE for 429, otherwise ERR_NET */
};

/* An idle handle. o is copied. ERR_NET if the machine has no more of them. */
int easy_open(struct easy **x, const struct net_options *o, struct err *e);

/* Everything that belongs to this request. -1: it must not go out; the text
 * has no label yet. */
int easy_begin(struct easy *x, struct http_request *request, struct err *e);

/*
 * After the try: fills reply, connections and bytes; wipes the login. reply.
 * status is what the retry table should go by (0 = no whole answer). Texts
 * have no label yet.
 */
enum easy_end easy_finish(struct easy *x, CURLcode code);

/* Makes it idle: what is left of request and reply is freed. */
void easy_reset(struct easy *x);

void easy_close(struct easy *x); /* NULL is allowed */

#endif
