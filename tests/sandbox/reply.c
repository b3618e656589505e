#include "reply.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"

enum { GZIP_FROM = 1024, BLOCK = 64 * 1024, SHORT_BY = 10 };

/* Closing the writing end wakes everyone who waits. */
static int stop_pipe[2] = { -1, -1 };

int
pause_init(void)
{
    return pipe(stop_pipe);
}

void
pause_stop(void)
{
    (void)close(stop_pipe[1]); /* nothing to do if it fails */
}

void
pause_ms(long ms)
{
    struct pollfd fd = { .fd = stop_pipe[0], .events = POLLIN };

    if (ms > 0)
        (void)poll(&fd, 1, (int)ms); /* woken early is fine */
}

void
reply_free(struct reply *r)
{
    buf_free(&r->headers);
    buf_free(&r->body);
}

void
reply_header(struct reply *r, const char *name, const char *format, ...)
{
    char value[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(value, sizeof(value), format, args); /* cut is fine */
    va_end(args);
    buf_add(&r->headers, name, strlen(name) + 1);
    buf_add(&r->headers, value, strlen(value) + 1);
}

void
reply_body(struct reply *r, int status, const char *body)
{
    r->status = status;
    buf_clear(&r->body);
    if (body)
        buf_adds(&r->body, body);
}

void
reply_detail(struct reply *r, int status, const char *detail)
{
    r->status = status;
    buf_clear(&r->body);
    buf_addf(&r->body, "{\"detail\":\"%s\"}", detail);
}

/* What a body callback still has to send. */
struct stream {
    enum delivery delivery;
    struct buf body;
    size_t end; /* bytes after which it stops */
    bool gzip;  /* compress on the way, for SEND_BIG */
    z_stream z;
    bool is_done; /* the last compressed byte is out */
};

static int
gzip_start(z_stream *z)
{
    *z = (z_stream){ .zalloc = Z_NULL };
    /* 15 bits of window, + 16 for the gzip format; the fastest level: the
     * time spent here counts in benchmarks. */
    return deflateInit2(z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static void
stream_free(void *arg)
{
    struct stream *s = arg;

    if (s->gzip)
        (void)deflateEnd(&s->z); /* complains about unfinished streams */
    buf_free(&s->body);
    free(s);
}

/* Plain bytes of the body from pos on: the text, then blanks. */
static size_t
plain_bytes(const struct stream *s, size_t pos, char *to, size_t max)
{
    size_t n = s->end - pos < max ? s->end - pos : max;

    if (pos >= s->body.n) {
        memset(to, ' ', n);
        return n;
    }
    if (n > s->body.n - pos)
        n = s->body.n - pos;
    memcpy(to, s->body.p + pos, n);
    return n;
}

static ssize_t
deflated_bytes(struct stream *s, char *to, size_t max)
{
    char plain[4096];
    size_t room = max < BLOCK ? max : BLOCK;

    s->z.next_out = (unsigned char *)to;
    s->z.avail_out = (unsigned)room;
    while (s->z.avail_out == room && !s->is_done) {
        size_t n = plain_bytes(s, s->z.total_in, plain, sizeof(plain));
        bool is_last = s->z.total_in + n >= s->end;

        s->z.next_in = (unsigned char *)plain;
        s->z.avail_in = (unsigned)n;
        s->is_done =
            deflate(&s->z, is_last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END;
    }
    if (s->z.avail_out == room)
        return MHD_CONTENT_READER_END_OF_STREAM;
    return (ssize_t)(room - s->z.avail_out);
}

static ssize_t
stream_read(void *arg, uint64_t pos, char *to, size_t max)
{
    struct stream *s = arg;

    if (s->gzip)
        return deflated_bytes(s, to, max);
    if (pos >= s->end)
        return s->delivery == SEND_BIG || s->delivery == SEND_DRIP
                   ? MHD_CONTENT_READER_END_OF_STREAM
                   : MHD_CONTENT_READER_END_WITH_ERROR;
    if (s->delivery == SEND_DRIP) {
        if (pos > 0)
            pause_ms(1000);
        max = 1;
    }
    return (ssize_t)plain_bytes(s, (size_t)pos, to, max);
}

static struct MHD_Response *
stream_response(struct reply *r)
{
    struct stream *s = mem_zalloc(sizeof(*s));
    uint64_t size = MHD_SIZE_UNKNOWN;

    s->delivery = r->delivery;
    s->body = r->body;
    r->body = (struct buf)BUF_INIT;
    s->end = r->delivery == SEND_BIG    ? r->big_bytes
             : r->delivery == SEND_DRIP ? s->body.n
                                        : s->body.n / 2;
    if (r->delivery == SEND_BIG && r->is_gzip)
        s->gzip = gzip_start(&s->z) == Z_OK;
    else if (r->delivery != SEND_CUT_CHUNKED && r->delivery != SEND_BIG)
        size = s->body.n;
    return MHD_create_response_from_callback(size, BLOCK, stream_read, s,
                                             stream_free);
}

static struct MHD_Response *
whole_response(struct reply *r)
{
    size_t n = r->body.n;

    return MHD_create_response_from_buffer(n, buf_take(&r->body),
                                           MHD_RESPMEM_MUST_FREE);
}

/* libmicrohttpd will not lie about a length, so this goes around it: MHD_NO
 * then makes it close the connection. */
static int
send_wrong_length(struct MHD_Connection *connection, const struct reply *r)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    size_t n = r->body.n > SHORT_BY ? r->body.n - SHORT_BY : 0, sent = 0;
    struct buf out = BUF_INIT;

    buf_addf(&out,
             "HTTP/1.1 %d OK\r\nContent-Type: application/json\r\n"
             "%sContent-Length: %zu\r\n\r\n",
             r->status, r->is_gzip ? "Content-Encoding: gzip\r\n" : "", n);
    buf_add(&out, r->body.p, r->body.n);
    while (info && sent < out.n) {
        struct pollfd fd = { .fd = info->connect_fd, .events = POLLOUT };
        ssize_t got = send(fd.fd, out.p + sent, out.n - sent, MSG_NOSIGNAL);

        if (got > 0)
            sent += (size_t)got;
        else if (got < 0 && (errno != EAGAIN || poll(&fd, 1, 10000) != 1))
            break; /* the client has gone */
    }
    buf_free(&out);
    return MHD_NO;
}

static void
gzip_body(struct buf *body)
{
    struct buf out = BUF_INIT;
    z_stream z;

    if (gzip_start(&z) != Z_OK)
        return;
    z.next_in = (unsigned char *)body->p;
    z.avail_in = (unsigned)body->n;
    z.avail_out = (unsigned)deflateBound(&z, body->n);
    z.next_out = (unsigned char *)buf_room(&out, z.avail_out);
    (void)deflate(&z, Z_FINISH); /* there is room for all of it */
    out.n = z.total_out;
    (void)deflateEnd(&z);
    buf_free(body);
    *body = out;
}

static void
add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (value)
        (void)MHD_add_response_header(response, name, value);
}

static void
add_limits(struct MHD_Response *response)
{
    char reset[32];

    (void)snprintf(reset, sizeof(reset), "%lld", (long long)time(NULL) + 2);
    add_header(response, "X-RateLimit-Limit", "5000");
    add_header(response, "X-RateLimit-Window", "300");
    add_header(response, "X-RateLimit-Reset", reset);
    add_header(response, "X-RateLimit-Tier", "token");
}

static void
add_headers(struct MHD_Response *response, const struct buf *headers)
{
    for (size_t at = 0; at < headers->n;) {
        const char *name = headers->p + at, *value = name + strlen(name) + 1;

        add_header(response, name, value);
        at = (size_t)(value - headers->p) + strlen(value) + 1;
    }
}

void
reply_pack(struct reply *r)
{
    r->is_gzip = r->body.n > GZIP_FROM || r->delivery == SEND_BIG;
    if (r->is_gzip && r->delivery != SEND_BIG)
        gzip_body(&r->body);
}

int
reply_send(struct MHD_Connection *connection, struct reply *r)
{
    const char *type = r->type ? r->type : "application/json";
    struct MHD_Response *response;
    int rc;

    if (r->body.n == 0)
        type = NULL;
    if (r->delivery == SEND_NOTHING)
        return MHD_NO;
    if (r->delivery == SEND_WRONG_LENGTH)
        return send_wrong_length(connection, r);
    response =
        r->delivery == SEND_WHOLE ? whole_response(r) : stream_response(r);
    if (!response)
        return MHD_NO;
    add_header(response, "Content-Type", type);
    add_header(response, "Content-Encoding", r->is_gzip ? "gzip" : NULL);
    add_header(response, "Retry-After", r->retry_after);
    add_header(response, "Location", r->location);
    add_headers(response, &r->headers);
    if (r->has_limits)
        add_limits(response);
    rc = (int)MHD_queue_response(connection, (unsigned)r->status, response);
    MHD_destroy_response(response);
    return rc;
}
