#ifndef ENGINE_REQUEST_H
#define ENGINE_REQUEST_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct category;
struct provider;
struct window;

/*
 * What a request for a page looks like. Pure.
 *
 * The URL is base_url, the provider's prefix, the category's path with the id
 * of the window's item for "{id}", then the
 * window's parameters, the constant ones and the page's. A base_url whose path
 * ends with the last part of the prefix (.../v2/sandbox/usercollection) has a
 * prefix of its own, and the provider's is left out.
 * For one record by its id the path is by_id, without any parameters.
 */

struct page_request {
    const struct provider *provider;
    const struct category *category;
    const char *base_url;
    const char *prefix; /* instead of the provider's; or NULL */
    const struct window *window;
    const char *token; /* of the page; NULL for the first one */
    size_t token_n;
    int64_t page; /* its number, from 1 */
};

/* Adds what routes stand behind: base_url, and the prefix. */
void request_base(struct buf *out, const struct provider *p,
                  const char *base_url, const char *prefix);

void request_url(struct buf *url, const struct page_request *r);

/* For messages: "GET /v2/usercollection/sleep", without host and query. */
void request_label(struct buf *label, const struct page_request *r);

/* The window for messages: "2024-03-01..2024-03-31" (last day included), the
 * id that it is for, or nothing. */
void request_window(struct buf *text, const struct category *c,
                    const struct window *w);

#endif
