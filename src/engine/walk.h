#ifndef ENGINE_WALK_H
#define ENGINE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/keyset.h"
#include "engine/plan.h"
#include "net/transfer.h"

struct category;
struct source;

/*
 * One window of one category, page after page. Knows what to ask for next and
 * notices a walk that would never end; what the pages hold is not its
 * business.
 */
struct walk {
    const struct source *source;
    const struct category *category;
    struct window window;
    struct http_request request;
    struct buf url;
    struct buf label;
    struct buf token;     /* of the next page */
    struct keyset tokens; /* seen in this walk, by hash */
    int64_t page;         /* number of the page asked for, from 1 */
    struct buf *held;     /* pages by number - 1; those taken are empty */
    size_t held_n;        /* pages that came */
    size_t taken;         /* the first so many of them went into the table */
    bool is_asked;        /* a request is under way */
    bool is_parked;       /* the next one waits until it is this walk's turn */
    bool is_over;         /* no page will be asked for any more */
    struct err error;     /* why it failed; ERR_NONE */
};

void walk_init(struct walk *w, const struct source *source,
               const struct category *category, const struct window *window);
void walk_free(struct walk *w);
/* Makes w->request the one for the next page. */
void walk_request(struct walk *w, struct budget *budget);
/* After a page that named the token of the next one in w->token: 1 go on, 0
 * it was the last, -1 the same token came before (ERR_DATA). */
int walk_next(struct walk *w, struct err *e);
/* Keeps a page until it is taken; takes the body. */
void walk_hold(struct walk *w, struct buf *body);
size_t walk_held_bytes(const struct walk *w);
/* True if there is a page to take. */
bool walk_has_page(const struct walk *w);
/* Puts "oura/sleep 2024-03-01..2024-03-31 page 3: " in front of the text, or
 * "oura/sleep: skipped: " if a permission is missing. */
void walk_blame(const struct walk *w, int64_t page, struct err *e);

/*
 * What an answer means that came without a transfer error: 0 a page, or -1:
 * ERR_SCOPE, ERR_AUTH (401, 403), ERR_DATA (other statuses).
 */
int walk_status(const struct walk *w, const struct http_reply *reply,
                struct err *e);

#endif
