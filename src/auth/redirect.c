#include "auth/redirect.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/num.h"

enum { HTTP_PORT = 80 };

/* Where the part begins that is for this machine; NULL if there is none. */
static const char *
our_part(const char *uri)
{
    const char *behind = strstr(uri, "/http://");

    if (strncasecmp(uri, "http://", 7) == 0)
        return uri;
    return behind ? behind + 1 : NULL;
}

/* Sets the port from ":PORT", or nothing. */
static int
read_port(struct redirect *r)
{
    size_t n = (size_t)(r->rest - r->port_at);
    int64_t port = HTTP_PORT;

    if (n > 0 && (num_i64(&port, r->port_at + 1, n - 1) < 0 || port < 1 ||
                  port > UINT16_MAX))
        return -1;
    r->port = (int)port;
    return 0;
}

int
redirect_parse(struct redirect *r, const char *uri)
{
    const char *p = our_part(uri);

    if (!p)
        return -1;
    p += strlen("http://");
    r->uri = uri;
    r->host = p + (*p == '[');
    r->host_n = strcspn(r->host, *p == '[' ? "]" : ":/?#");
    if (r->host != p && r->host[r->host_n] != ']')
        return -1;
    p = r->host + r->host_n;
    r->port_at = p + (*p == ']');
    r->rest =
        r->port_at + (*r->port_at == ':' ? strcspn(r->port_at, "/?#") : 0);
    r->path_n = strcspn(r->rest, "?");
    if (*r->rest && !strchr("/?", *r->rest))
        return -1;
    return strchr(r->rest, '#') ? -1 : read_port(r);
}

void
redirect_add(struct buf *out, const struct redirect *r, int port)
{
    if (port == r->port) {
        buf_adds(out, r->uri);
        return;
    }
    buf_add(out, r->uri, (size_t)(r->port_at - r->uri));
    buf_addf(out, ":%d%s", port, r->rest);
}
