#include "net/easy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/link.h"
#include "net/outgoing.h"
#include "net/retry.h"
#include "sys/clock.h"
#include "sys/dirs.h"
#include "sys/fs.h"

static const struct {
    CURLoption option;
    long value;
} long_options[] = {
    { CURLOPT_NOSIGNAL, 1 },
    { CURLOPT_NOPROGRESS, 1 },
    { CURLOPT_QUICK_EXIT, 1 }, /* a stop does not wait for the resolver */
    { CURLOPT_HTTPGET, 1 },
    { CURLOPT_FOLLOWLOCATION, 0 }, /* a redirect would carry the login away */
    { CURLOPT_UNRESTRICTED_AUTH, 0 },
    { CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
    { CURLOPT_HEADEROPT, CURLHEADER_SEPARATE }, /* a proxy gets no login */
    { CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
    { CURLOPT_NETRC, CURL_NETRC_IGNORED },
    { CURLOPT_SSL_VERIFYPEER, 1 },
    { CURLOPT_SSL_VERIFYHOST, 2 },
    { CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
    { CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS },
    { CURLOPT_HTTP09_ALLOWED, 0 },
    { CURLOPT_TCP_KEEPALIVE, 1 },
    { CURLOPT_BUFFERSIZE, 64L * 1024 },
    { CURLOPT_LOW_SPEED_LIMIT, NET_STALL_BYTES },
};

static const struct {
    CURLoption option;
    const char *value;
} text_options[] = {
    { CURLOPT_PROTOCOLS_STR, "http,https" },
    { CURLOPT_ACCEPT_ENCODING, "" }, /* all that this libcurl can undo */
};

/* Within what libcurl takes for a time. */
static long
as_long(int64_t n)
{
    enum { LARGEST = 1000000000 };

    return n < 0 ? 0 : n > LARGEST ? LARGEST : (long)n;
}

static int
checked(CURLcode code, const char *what, struct err *e)
{
    if (code == CURLE_OK)
        return 0;
    return err_set(e, ERR_NET, "libcurl: %s: %s", what,
                   curl_easy_strerror(code));
}

static size_t
on_body(char *p, size_t size, size_t n, void *user)
{
    struct easy *x = user;
    struct buf *body = &x->reply.body;
    curl_off_t length = -1;

    (void)size; /* always 1 */
    if (n > x->options->body_max - body->n) {
        x->is_too_big = true;
        return 0;
    }
    if (!x->has_body && !x->is_encoded &&
        curl_easy_getinfo(x->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                          &length) == CURLE_OK &&
        length > 0 && (uint64_t)length <= x->options->body_max)
        (void)buf_room(body, (size_t)length);
    x->has_body = true;
    x->is_head_only = false;
    buf_add(body, p, n);
    return n;
}

/* If the line is a header of that name: its value, trimmed in place. */
static const char *
header_value(char *line, const char *name)
{
    size_t n = strlen(name);

    if (strncasecmp(line, name, n) != 0 || line[n] != ':')
        return NULL;
    return text_trim(line + n + 1);
}

static void
forget_heard(struct easy *x)
{
    for (size_t i = 0; i < NET_HEADERS_MAX; i++) {
        free(x->heard[i]);
        x->heard[i] = NULL;
    }
}

static void
listen_to(struct easy *x, char *line)
{
    const char *const *name = x->request->headers;

    for (size_t i = 0; name && i < NET_HEADERS_MAX && name[i]; i++) {
        const char *text = header_value(line, name[i]);

        if (!text)
            continue;
        free(x->heard[i]);
        x->heard[i] = mem_strdup(text);
        return;
    }
}

static size_t
on_header(char *p, size_t size, size_t n, void *user)
{
    struct easy *x = user;
    char line[256];
    size_t used = n < sizeof(line) ? n : sizeof(line) - 1;
    const char *text;

    (void)size; /* always 1 */
    memcpy(line, p, used);
    line[used] = '\0';
    if (text_starts(line, "HTTP/")) { /* a 100 may come before the answer */
        x->reply.retry_after_s = -1;
        x->is_encoded = false;
        forget_heard(x);
    }
    text = header_value(line, "Retry-After");
    if (text)
        x->reply.retry_after_s = retry_parse(text, clock_now());
    if (header_value(line, "Content-Encoding"))
        x->is_encoded = true;
    listen_to(x, line);
    if (text_is(line, "\r\n"))
        x->is_head_only = true;
    return n;
}

/*
 * With a CA directory set, as Debian's libcurl has it by default, the parsed
 * CA bundle is not kept and every TLS connection costs 16 ms more.
 */
static int
set_ca(CURL *curl, struct err *e)
{
    const char *bundle = curl_version_info(CURLVERSION_NOW)->cainfo;
    const char *own = dirs_env("SSL_CERT_FILE");
    struct err ignored = ERR_INIT; /* no bundle: the directory stays */
    struct stat st;

    if (own &&
        checked(curl_easy_setopt(curl, CURLOPT_CAINFO, own), "CAINFO", e) < 0)
        return -1;
    if (own)
        bundle = own;
    if (!bundle || fs_stat(&st, bundle, &ignored) != 1)
        return 0;
    return checked(curl_easy_setopt(curl, CURLOPT_CAPATH, NULL), "CAPATH", e);
}

static int
set_constants(CURL *curl, struct err *e)
{
    for (size_t i = 0; i < sizeof(long_options) / sizeof(*long_options); i++)
        if (checked(curl_easy_setopt(curl, long_options[i].option,
                                     long_options[i].value),
                    "number", e) < 0)
            return -1;
    for (size_t i = 0; i < sizeof(text_options) / sizeof(*text_options); i++)
        if (checked(curl_easy_setopt(curl, text_options[i].option,
                                     text_options[i].value),
                    "text", e) < 0)
            return -1;
    return set_ca(curl, e);
}

static int
set_options(struct easy *x, const struct net_options *o, struct err *e)
{
    CURL *c = x->curl;
    CURLcode code[] = {
        curl_easy_setopt(c, CURLOPT_USERAGENT, o->user_agent),
        curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->message),
        curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body),
        curl_easy_setopt(c, CURLOPT_WRITEDATA, x),
        curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header),
        curl_easy_setopt(c, CURLOPT_HEADERDATA, x),
        curl_easy_setopt(c, CURLOPT_PRIVATE, x),
    };

    for (size_t i = 0; i < sizeof(code) / sizeof(*code); i++)
        if (checked(code[i], "options", e) < 0)
            return -1;
    return set_constants(c, e);
}

int
easy_open(struct easy **x, const struct net_options *o, struct err *e)
{
    struct easy *made = mem_zalloc(sizeof(*made));

    made->options = o;
    made->reply.retry_after_s = -1;
    made->curl = curl_easy_init();
    if (!made->curl) {
        easy_close(made);
        return err_set(e, ERR_NET, "libcurl: no more handles");
    }
    if (set_options(made, o, e) < 0) {
        easy_close(made);
        return -1;
    }
    *x = made;
    return 0;
}

/* Nothing is in flight any longer than the deadline. */
static int64_t
total_ms(const struct easy *x, const struct net_times *times)
{
    int64_t total = times->total_s * 1000, left;

    if (x->options->deadline_ms == 0 || x->options->must_end)
        return total;
    left = x->options->deadline_ms - clock_ms();
    if (left < 1)
        left = 1;
    return left < total ? left : total;
}

static int
set_times(struct easy *x, const struct http_request *request, struct err *e)
{
    static const struct net_times usual = NET_TIMES_INIT;
    const struct net_times *t = request->times ? request->times : &usual;
    CURL *c = x->curl;
    CURLcode code[] = {
        curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, as_long(t->connect_s)),
        curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, as_long(t->stall_s)),
        curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, as_long(total_ms(x, t))),
    };

    for (size_t i = 0; i < sizeof(code) / sizeof(*code); i++)
        if (checked(code[i], "timeouts", e) < 0)
            return -1;
    return 0;
}

int
easy_begin(struct easy *x, struct http_request *request, struct err *e)
{
    CURL *c = x->curl;
    bool is_plain;

    x->request = request;
    if (link_check(&is_plain, request->url, e) < 0)
        return -1;
    if (set_times(x, request, e) < 0 ||
        outgoing_set(c, &x->headers, request, e) < 0)
        return -1;
    if (checked(curl_easy_setopt(c, CURLOPT_URL, request->url), "URL", e) < 0)
        return -1;
    /* No proxy of the environment sees a login in clear. */
    if (checked(curl_easy_setopt(c, CURLOPT_NOPROXY, is_plain ? "*" : NULL),
                "NOPROXY", e) < 0)
        return -1;
    /* Plain http has no streams to wait for; it would only start late. */
    return checked(curl_easy_setopt(c, CURLOPT_PIPEWAIT, is_plain ? 0L : 1L),
                   "PIPEWAIT", e);
}

static void
refuse_redirect(struct easy *x)
{
    struct buf host = BUF_INIT;
    char *url = NULL;

    if (curl_easy_getinfo(x->curl, CURLINFO_REDIRECT_URL, &url) != CURLE_OK ||
        !url) {
        (void)err_set(&x->reply.error, ERR_DATA, "HTTP %d is not an answer",
                      x->reply.status);
        return;
    }
    link_host(&host, url);
    (void)err_set(&x->reply.error, ERR_DATA,
                  "HTTP %d redirect to %.200s refused "
                  "(it would carry the login away)",
                  x->reply.status, buf_str(&host));
    (void)err_hint(&x->reply.error, "check base_url of the source");
    buf_free(&host);
}

static void
read_info(struct easy *x)
{
    long status = 0, connects = 0;
    curl_off_t bytes = 0;

    /* These three fail only for handles that are none. */
    (void)curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(x->curl, CURLINFO_NUM_CONNECTS, &connects);
    (void)curl_easy_getinfo(x->curl, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
    x->reply.status = (int)status;
    x->connections = connects;
    x->bytes = bytes;
}

static void
too_big(struct easy *x)
{
    bool is_small = x->options->body_max < (size_t)1 << 20;

    (void)err_set(&x->reply.error, ERR_DATA, "body larger than %zu %s",
                  is_small ? x->options->body_max : x->options->body_max >> 20,
                  is_small ? "bytes" : "MB");
}

/* No whole answer came. */
static enum easy_end
fail(struct easy *x, CURLcode code)
{
    struct http_reply *reply = &x->reply;

    if (x->is_too_big) {
        too_big(x);
        return EASY_DONE;
    }
    /* A 429 or 5xx has said all before its body; others need the rest. */
    if (reply->status != 429 && reply->status < 500)
        reply->status = 0;
    (void)err_set(&reply->error, reply->status == 429 ? ERR_RATE : ERR_NET,
                  "%s", x->message[0] ? x->message : curl_easy_strerror(code));
    if (code != CURLE_PEER_FAILED_VERIFICATION &&
        code != CURLE_SSL_CACERT_BADFILE)
        return EASY_AGAIN;
    (void)err_hint(&reply->error, "check the clock, the CA certificates, and "
                                  "who answers for the server here");
    return EASY_DONE;
}

enum easy_end
easy_finish(struct easy *x, CURLcode code)
{
    int status;

    outgoing_drop(x->curl, &x->headers);
    read_info(x);
    if (code != CURLE_OK)
        return fail(x, code);
    status = x->reply.status;
    if (status >= 300 && status < 400) {
        refuse_redirect(x);
        return EASY_DONE;
    }
    if (retry_after(status, 1, -1, 0).give_up)
        return EASY_DONE;
    (void)err_set(&x->reply.error, status == 429 ? ERR_RATE : ERR_NET,
                  "HTTP %d", status);
    return EASY_AGAIN;
}

void
easy_reset(struct easy *x)
{
    outgoing_drop(x->curl, &x->headers);
    buf_free(&x->reply.body);
    forget_heard(x);
    x->reply = (struct http_reply){ .retry_after_s = -1 };
    x->request = NULL;
    x->is_too_big = false;
    x->is_encoded = false;
    x->has_body = false;
    x->is_head_only = false;
    x->message[0] = '\0';
}

void
easy_close(struct easy *x)
{
    if (!x)
        return;
    if (x->curl)
        easy_reset(x);
    curl_easy_cleanup(x->curl);
    free(x);
}
