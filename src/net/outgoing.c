#include "net/outgoing.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "net/transfer.h"

static int
checked(CURLcode code, struct err *e)
{
    if (code == CURLE_OK)
        return 0;
    return err_set(e, ERR_NET, "libcurl: request: %s",
                   curl_easy_strerror(code));
}

static int
add_line(struct curl_slist **headers, const char *line, struct err *e)
{
    struct curl_slist *longer = curl_slist_append(*headers, line);

    if (!longer)
        return err_set(e, ERR_NET, "libcurl: out of memory");
    *headers = longer;
    return 0;
}

/* A line end in it would begin a header of its own. */
static bool
can_be_sent(const char *login)
{
    for (const char *c = login; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f)
            return false;
    return true;
}

static int
add_login(struct curl_slist **headers, const struct http_request *r,
          struct err *e)
{
    struct buf line = BUF_INIT;
    int rc;

    if (!r->bearer)
        return 0;
    if (!can_be_sent(r->bearer))
        return err_set(e, ERR_AUTH,
                       "the login has a character "
                       "that cannot be sent");
    /* Once, so that no copy is left behind. */
    (void)buf_room(&line, strlen(r->bearer) + 100);
    if (r->bearer_header)
        buf_addf(&line, "%s: ", r->bearer_header);
    else
        buf_adds(&line, "Authorization: Bearer ");
    buf_adds(&line, r->bearer);
    rc = add_line(headers, buf_str(&line), e);
    buf_wipe(&line);
    return rc;
}

static int
add_type(struct curl_slist **headers, const struct http_request *r,
         struct err *e)
{
    struct buf line = BUF_INIT;
    int rc;

    if (!r->body || !r->body_type)
        return 0; /* curl itself says that it is a form */
    buf_addf(&line, "Content-Type: %s", r->body_type);
    rc = add_line(headers, buf_str(&line), e);
    buf_free(&line);
    return rc;
}

static int
set_body(CURL *c, const struct http_request *r, struct err *e)
{
    CURLcode code[] = {
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_n),
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body), /* not copied */
        curl_easy_setopt(c, CURLOPT_POST, 1L),
    };

    for (size_t i = 0; i < sizeof(code) / sizeof(*code); i++)
        if (checked(code[i], e) < 0)
            return -1;
    return 0;
}

static int
set_basic(CURL *c, const struct http_request *r, struct err *e)
{
    if (checked(curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BASIC), e) < 0 ||
        checked(curl_easy_setopt(c, CURLOPT_USERNAME, r->basic_user), e) < 0)
        return -1;
    return checked(curl_easy_setopt(c, CURLOPT_PASSWORD, r->basic_password), e);
}

int
outgoing_set(CURL *curl, struct curl_slist **headers,
             const struct http_request *r, struct err *e)
{
    bool is_once = !http_may_repeat(r);

    if (add_line(headers, "Accept: application/json", e) < 0 ||
        add_login(headers, r, e) < 0 || add_type(headers, r, e) < 0)
        return -1;
    if (r->body && set_body(curl, r, e) < 0)
        return -1;
    if (r->basic_user && set_basic(curl, r, e) < 0)
        return -1;
    if (checked(curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, r->method), e) <
        0)
        return -1;
    /* On a connection that turns out to be dead curl itself would send it a
     * second time. */
    if (checked(
            curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, is_once ? 1L : 0L),
            e) < 0)
        return -1;
    return checked(curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers), e);
}

void
outgoing_drop(CURL *curl, struct curl_slist **headers)
{
    for (struct curl_slist *h = *headers; h; h = h->next)
        mem_wipe(h->data, strlen(h->data));
    /* To nothing: these cannot fail. */
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
    (void)curl_easy_setopt(curl, CURLOPT_USERNAME, NULL);
    (void)curl_easy_setopt(curl, CURLOPT_PASSWORD, NULL);
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, NULL);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    curl_slist_free_all(*headers);
    *headers = NULL;
}
