#ifndef ENGINE_WALK_H
#define ENGINE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/keyset.h"
#include "engine/pages.h"
#include "engine/plan.h"
#include "net/transfer.h"

struct category;
struct page_out;
struct source;

/* A page that waits to be taken. */
struct walk_page {
    struct buf body;
    bool came;
    bool is_missing; /* there is none: nothing to take */
};

/*
 * One window of one category, page after page. Knows what to ask for next and
 * notices a walk that would never end; what the pages hold is not its
 * business.
 */
struct walk {
    const struct source *source;
    const struct category *category;
    struct window window;
    struct buf label;
    struct pages pages;
    struct buf token;       /* of the next page */
    struct keyset tokens;   /* seen in this walk, by hash */
    struct walk_page *held; /* in order, round after round */
    size_t held_n;
    size_t round_at;    /* where the pages of this round begin */
    size_t taken;       /* the first so many of them went into the table */
    size_t held_bytes;  /* of pages that wait */
    bool is_whole;      /* nothing is taken before its last page has come */
    bool is_over;       /* no page will be asked for any more */
    bool is_none;       /* there is nothing for its item */
    bool is_for_source; /* what it failed of is so for the whole source */
    struct err error;   /* why it failed; ERR_NONE */
};

/* A request for one of its pages. */
struct walk_ask {
    struct http_request request;
    struct buf url;
    int64_t page;
    bool is_check;  /* asked for again, only to see if it is as it was */
    bool was_empty; /* as the last page is not; asked for again for that */
};

void walk_init(struct walk *w, const struct source *source,
               const struct category *category, const struct window *window);
void walk_free(struct walk *w);
/* True if a page can be asked for now. */
bool walk_wants(const struct walk *w);
/* Makes ask the one for the next page; done and user stay as they are. */
void walk_ask(struct walk_ask *ask, struct walk *w, struct budget *budget);
void walk_ask_free(struct walk_ask *ask);
/* The request is no more under way, whatever came of it. */
void walk_back(struct walk *w);
/* The same request goes out again. */
void walk_again(struct walk *w);
/*
 * After walk_back(): a page came that was read as out says; keeps its body
 * until it is taken. -1 with ERR_DATA: the same token came before, or the list
 * is not whole; what came before is stored all the same.
 */
int walk_came(struct walk *w, const struct walk_ask *ask,
              const struct page_out *out, struct buf *body, struct err *e);
/* There is nothing for its item, and that is no error. */
void walk_none(struct walk *w);
/* There is no such page, and that is no error by itself. */
int walk_missing(struct walk *w, const struct walk_ask *ask, struct err *e);
/* True if there is a page to take, and it is time to. */
bool walk_has_page(struct walk *w);
/* Takes it: moves the body out. Returns its number. */
int64_t walk_take(struct walk *w, struct buf *body);
/* It could not go on, but pages of before that are still to come count: how far
 * it came is remembered. */
bool walk_keeps(const struct walk *w);
/* Nothing is under way and nothing will be asked for. */
bool walk_is_done(const struct walk *w);
/* Puts "oura/sleep 2024-03-01..2024-03-31 page 3: " in front of the text, or
 * "oura/sleep: skipped: " if a permission is missing. */
void walk_blame(const struct walk *w, int64_t page, struct err *e);

/*
 * What an answer means that came without a transfer error: 1 a page, 0 there
 * is no such page (see missing_ends) or nothing for the item, or -1: ERR_SCOPE,
 * ERR_AUTH (401, 402, 403), ERR_DATA (other statuses).
 */
int walk_status(struct walk *w, const struct http_reply *reply, struct err *e);

#endif
