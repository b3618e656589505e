#ifndef SANDBOX_REPLY_H
#define SANDBOX_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct MHD_Connection;

/* How a body goes over the wire. */
enum delivery {
    SEND_WHOLE,
    SEND_CUT,          /* Content-Length of the whole, half the bytes, close */
    SEND_CUT_CHUNKED,  /* half the bytes in chunks, close without the last */
    SEND_WRONG_LENGTH, /* Content-Length says ten bytes fewer than there are */
    SEND_DRIP,         /* one byte a second */
    SEND_BIG,          /* the body, then blanks up to big_bytes */
    SEND_NOTHING,      /* close */
};

struct reply {
    int status;
    const char *type; /* NULL = application/json */
    struct buf body;
    const char *retry_after; /* seconds; NULL = none */
    bool has_limits;         /* the X-RateLimit headers of Oura */
    struct buf headers;      /* more of them, by reply_header() */
    const char *location;
    enum delivery delivery;
    size_t big_bytes;
    bool is_gzip; /* the body is, or will be on its way */
};

#define REPLY_INIT                                                             \
    {                                                                          \
        .status = 200                                                          \
    }

void reply_free(struct reply *r);
/* Sets status and a body of {"detail":"..."}. */
void reply_detail(struct reply *r, int status, const char *detail);
/* Sets status and a body without any rule; NULL = empty. */
void reply_body(struct reply *r, int status, const char *body);
/* One more header; its value as by printf. */
void reply_header(struct reply *r, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Makes the body gzip if that is worth it. */
void reply_pack(struct reply *r);
/*
 * Hands the reply to the server. Returns what an access handler returns. r
 * keeps nothing that is still needed.
 */
int reply_send(struct MHD_Connection *connection, struct reply *r);

/* Waits, in the thread of one connection; ends early when the server stops. */
void pause_ms(long ms);
/* The two ends of that: before the first request, and when stopping. */
int pause_init(void);
void pause_stop(void);

#endif
