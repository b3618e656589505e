#include "net/url.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/link.h"

static bool
is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

void
url_escape(struct buf *out, const char *p, size_t n)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];

        if (is_unreserved(p[i])) {
            buf_addc(out, p[i]);
            continue;
        }
        buf_addc(out, '%');
        buf_addc(out, hex[c >> 4]);
        buf_addc(out, hex[c & 15]);
    }
}

void
url_param(struct buf *url, const char *key, const char *p, size_t n)
{
    bool is_first = url->n == 0 || !memchr(url->p, '?', url->n);

    buf_addc(url, is_first ? '?' : '&');
    buf_adds(url, key);
    buf_addc(url, '=');
    url_escape(url, p, n);
}

int
url_check(const char *url, struct err *e)
{
    bool is_plain;

    /* curl forgives one or three slashes; what we print and compare should
     * be what a person wrote. */
    if (strncasecmp(url, "https://", 8) != 0 &&
        strncasecmp(url, "http://", 7) != 0)
        return err_set(e, ERR_USAGE, "a URL starts with https://");
    if (strpbrk(url, "?#"))
        return err_set(e, ERR_USAGE, "a base URL has no ? and no #");
    if (link_check(&is_plain, url, e) < 0) {
        e->kind = ERR_USAGE;
        return -1;
    }
    return 0;
}
