#include "net/link.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"

/* Adds one part of the URL; -1 if it has no such part. */
static int
part(struct buf *out, CURLU *url, CURLUPart what)
{
    char *text = NULL;

    if (curl_url_get(url, what, &text, 0) != CURLUE_OK)
        return -1;
    buf_adds(out, text);
    curl_free(text);
    return 0;
}

/* host as curl normalises it: 127.1 has become 127.0.0.1. */
static bool
is_loopback(const char *host)
{
    struct in_addr v4;

    if (strcasecmp(host, "localhost") == 0 || text_is(host, "[::1]"))
        return true;
    return inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

static int
check_parts(bool *is_plain, CURLU *url, struct err *e)
{
    struct buf scheme = BUF_INIT, host = BUF_INIT, user = BUF_INIT;
    int rc = -1;

    if (part(&scheme, url, CURLUPART_SCHEME) < 0) {
        (void)err_set(e, ERR_DATA, "not a complete URL");
        goto out;
    }
    *is_plain = text_is(buf_str(&scheme), "http");
    if (!*is_plain && !text_is(buf_str(&scheme), "https")) {
        (void)err_set(e, ERR_DATA, "%s is refused: use https",
                      buf_str(&scheme));
        goto out;
    }
    if (part(&host, url, CURLUPART_HOST) < 0) {
        (void)err_set(e, ERR_DATA, "not a complete URL");
        goto out;
    }
    if (part(&user, url, CURLUPART_USER) == 0 ||
        part(&user, url, CURLUPART_PASSWORD) == 0) {
        (void)err_set(e, ERR_DATA, "a URL with a user name is refused");
        goto out;
    }
    if (*is_plain && !is_loopback(buf_str(&host)))
        (void)err_set(e, ERR_DATA,
                      "plain http is for loopback addresses only: use https");
    else
        rc = 0;
out:
    buf_free(&scheme);
    buf_free(&host);
    buf_wipe(&user);
    return rc;
}

static CURLU *
parse(const char *text)
{
    CURLU *url = curl_url();

    if (!url || curl_url_set(url, CURLUPART_URL, text,
                             CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
        return url;
    curl_url_cleanup(url);
    return NULL;
}

int
link_check(bool *is_plain, const char *url, struct err *e)
{
    CURLU *parsed = parse(url);
    int rc;

    if (!parsed)
        return err_set(e, ERR_DATA, "not a complete URL");
    rc = check_parts(is_plain, parsed, e);
    curl_url_cleanup(parsed);
    return rc;
}

void
link_host(struct buf *out, const char *url)
{
    CURLU *parsed = parse(url);

    if (!parsed || part(out, parsed, CURLUPART_HOST) < 0)
        buf_adds(out, "elsewhere");
    curl_url_cleanup(parsed);
}
