#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "engine/pages.h"
#include "spec/category.h"

enum { AT_ONCE = 4, LONG = 1000 };

static const char UNPROVEN[] = "the list has an end that proves nothing";

static const struct category numbered = { .page = PAGE_NUMBER };
static const struct category sized = { .page = PAGE_NUMBER, .page_full = 9 };
static const struct category counted = { .page = PAGE_NUMBER,
                                         .counted_by = "count" };
static const struct category tokens = { .page = PAGE_TOKEN };
static const struct category full = { .page = PAGE_TOKEN, .even_pages = true };
static const struct category one = { .page = PAGE_ONE };

/*
 * Answers come in the order in which they were asked for: "10/3" has 10
 * records and says that there are 3 pages, "10" says nothing, "+" has a token,
 * "404"; "!" behind it: the text is another one than before. A "c" in asked is
 * a page that is only looked at.
 */
static const struct row {
    const char *name;
    const struct category *category;
    const char *answers, *asked, *error;
} rows[] = {
    { "one page", &one, "1", "1", NULL },
    { "tokens, one after the other", &tokens, "5+ 5+ 5", "1 2 3", NULL },
    { "no token", &tokens, "5", "1", NULL },
    { "pages of one size", &full, "5+ 5+ 2", "1 2 3", NULL },
    { "no records", &full, "0", "1", NULL },
    { "a short page with a token", &full, "5+ 4+ 2 5+ 5+ 2", "1 2 3 1 2 3",
      NULL },
    { "a short page, again and again", &full, "5+ 4+ 2 5+ 4+ 2 5+ 4+ 2",
      "1 2 3 1 2 3 1 2 3", "page 2 has 4 records where the first one has 5" },
    { "pages smaller than they may be", &full, "3+ 3+ 2", "1 2 3", NULL },
    { "a short first page", &full, "3+ 5+ 2 5+ 5+ 2", "1 2 3 1 2 3", NULL },
    { "a last page longer than the first", &full, "3+ 4 3+ 4 3+ 4",
      "1 2 1 2 1 2", "page 2 has 4 records where the first one has 3" },
    { "a token that leads to nothing, once", &full, "5+ 0 5+ 2", "1 2 1 2",
      NULL },
    { "a token that leads to nothing", &full, "5+ 0 5+ 0 5+ 0", "1 2 1 2 1 2",
      UNPROVEN },
    { "an empty page with a token", &full, "5+ 0+ 1 5+ 0+ 1 5+ 0+ 1",
      "1 2 3 1 2 3 1 2 3", "page 2 has 0 records where the first one has 5" },
    { "up to an empty page", &numbered, "5 5 0", "1 2 3", NULL },
    { "an empty list", &numbered, "0", "1", NULL },
    { "up to HTTP 404", &numbered, "5 5 404", "1 2 3", NULL },
    { "HTTP 404 at once", &numbered, "404", "1", NULL },
    { "a short page is no end where nothing tells it", &numbered, "5 2 5 0",
      "1 2 3 4", NULL },
    { "a full page, then the end", &sized, "9 0 0", "1 2 c3", NULL },
    { "a full page, then HTTP 404", &sized, "9 9 0 404", "1 2 3 c4", NULL },
    { "a page that is not full, then the end", &sized, "9 8 0", "1 2 3", NULL },
    { "pages of another size, full as well", &sized, "5 5 0 0", "1 2 3 c4",
      NULL },
    { "one page of another size", &sized, "5 0", "1 2", NULL },
    { "a page that is lost once", &sized, "9 0 4 9 9 4 0", "1 2 c3 1 2 3 4",
      NULL },
    { "a page that stays lost", &sized, "9 0 4 9 0 4 9 0 4",
      "1 2 c3 1 2 c3 1 2 c3", "page 2 is empty, and page 3 is not" },
    { "one page of one", &numbered, "5/1", "1", NULL },
    { "an empty list that is counted", &numbered, "0/0", "1", NULL },
    { "an empty list of one page", &numbered, "0/1", "1", NULL },
    { "two pages, then a look at both", &numbered, "5/2 3/2 5/2 3/2",
      "1 2 c1 c2", NULL },
    { "several at once", &numbered, "5/6 5/6 5/6 5/6 5/6 2/6 5/6 2/6",
      "1 2 3 4 5 6 c1 c6", NULL },
    { "another first page: all is read again", &numbered,
      "5/2 3/2 5/2! 3/2 5/2! 4/2 5/2! 4/2", "1 2 c1 c2 1 2 c1 c2", NULL },
    { "another last page", &numbered, "5/2 3/2 5/2 3/2! 5/2 2/2 5/2 2/2",
      "1 2 c1 c2 1 2 c1 c2", NULL },
    { "the last page went away meanwhile", &numbered, "5/2 1/2 5/1 404 5/1",
      "1 2 c1 c2 1", NULL },
    { "one page more", &numbered, "5/2 5/3 1/3 5/3 5/3 1/3 5/3 1/3",
      "1 2 3 1 2 3 c1 c3", NULL },
    { "fewer pages", &numbered, "5/3 5/2 404 5/2 5/2 5/2 5/2",
      "1 2 3 1 2 c1 c2", NULL },
    { "it never rests", &numbered,
      "5/2 3/2 5/2! 3/2 5/2 3/2 5/2! 3/2 5/2 3/2 5/2! 3/2",
      "1 2 c1 c2 1 2 c1 c2 1 2 c1 c2", "the list changed each of the 3 times" },
    { "a short page", &numbered, "5/3 4/3 5/3 5/3 4/3 5/3 5/3 4/3 5/3",
      "1 2 3 1 2 3 1 2 3",
      "page 2 of 3 has 4 records where the first one has 5" },
    { "a short page, but only once", &numbered,
      "5/3 4/3 5/3 5/3 5/3 5/3 5/3 5/3", "1 2 3 1 2 3 c1 c3", NULL },
    { "where others count, no page is asked for twice", &counted, "5/3 4/3 404",
      "1 2 3", NULL },
    { "and the list may grow", &counted, "5/2 5/3 5/3", "1 2 3", NULL },
    { "an empty page in between", &numbered,
      "5/3 0/3 5/3 5/3 0/3 5/3 5/3 0/3 5/3", "1 2 3 1 2 3 1 2 3",
      "page 2 of 3 has 0 records where the first one has 5" },
    { "an empty first page", &numbered, "0/2 5/2 0/2 5/2 0/2 5/2",
      "1 2 1 2 1 2", "page 1 of 2 has 0 records" },
    { "a page that is lost", &numbered, "5/3 404 5/3 5/3 404 5/3 5/3 404 5/3",
      "1 2 3 1 2 3 1 2 3", "page 2 of 3 is missing: HTTP 404" },
};

/* The same from page 4 on. */
static const struct row from_4[] = {
    { "pages that follow", &counted, "5/6 5/6 2/6", "4 5 6", NULL },
    { "a page that is there no more", &counted, "404", "4", NULL },
    { "nobody counts: nothing to compare it with", &numbered, "5/5 2/5", "4 5",
      NULL },
    { "a short page: from the beginning", &numbered,
      "5/6 4/6 2/6 5/2 2/2 5/2 2/2", "4 5 6 1 2 c1 c2", NULL },
};

/* Reads the next answer of the row. */
static const char *
read_answer(struct page_told *told, bool *is_404, const char *text)
{
    long records = 0, pages = 0;
    int used = 0;

    if (sscanf(text, "%ld%n", &records, &used) < 1)
        fail_msg("no answer left");
    text += used;
    *is_404 = records == 404;
    if (*text == '/' && sscanf(text, "/%ld%n", &pages, &used) == 1)
        text += used;
    told->records = records;
    told->pages = pages;
    told->has_next = *text == '+';
    told->mark = (uint64_t)(LONG * told->page + (*text == '!'));
    return text + strcspn(text, " ") + (strchr(text, ' ') != NULL);
}

struct queue {
    int64_t page[AT_ONCE];
    bool is_check[AT_ONCE];
    int n;
};

static void
ask(struct pages *p, struct queue *q, struct buf *asked)
{
    while (pages_want(p) && q->n < AT_ONCE) {
        q->page[q->n] = pages_ask(p, &q->is_check[q->n]);
        buf_addf(asked, "%s%s%ld", asked->n ? " " : "",
                 q->is_check[q->n] ? "c" : "", (long)q->page[q->n]);
        q->n++;
    }
}

static void
run_row(const struct row *row, int64_t first)
{
    struct buf asked = BUF_INIT;
    struct queue q = { .n = 0 };
    const char *answers = row->answers;
    struct err e = ERR_INIT;
    struct pages p;
    int rc = 0;

    pages_init(&p, row->category, first);
    for (ask(&p, &q, &asked); q.n > 0 && rc >= 0; ask(&p, &q, &asked)) {
        struct page_told told = { .page = q.page[0],
                                  .is_check = q.is_check[0] };
        bool is_404;

        answers = read_answer(&told, &is_404, answers);
        q.n--;
        memmove(q.page, q.page + 1, sizeof(q.page) - sizeof(q.page[0]));
        memmove(q.is_check, q.is_check + 1,
                sizeof(q.is_check) - sizeof(q.is_check[0]));
        pages_back(&p);
        rc = is_404 ? pages_missing(&p, told.page, told.is_check, &e)
                    : pages_came(&p, &told, &e);
    }
    if (strcmp(buf_str(&asked), row->asked) != 0 || *answers)
        fail_msg("%s: asked for %s, left: %s", row->name, asked.p, answers);
    if (p.is_unproven)
        err_set(&e, ERR_DATA, "%s", UNPROVEN);
    if ((rc < 0) != (row->error != NULL && row->error != UNPROVEN) ||
        (row->error && !strstr(e.text, row->error)))
        fail_msg("%s: %d '%s'", row->name, rc, e.text);
    assert_int_equal(p.phase, PAGES_OVER);
    assert_int_equal(p.under_way, 0);
    buf_free(&asked);
}

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        run_row(&rows[i], 1);
    for (size_t i = 0; i < sizeof(from_4) / sizeof(from_4[0]); i++)
        run_row(&from_4[i], 4);
}

/* A new round is told: what comes then is behind the rest. */
static void
test_round_is_told(void **state)
{
    struct page_told told = { .page = 1, .records = 5, .pages = 2 };
    struct err e = ERR_INIT;
    struct pages p;
    bool is_check;

    (void)state;
    pages_init(&p, &numbered, 1);
    assert_int_equal(pages_ask(&p, &is_check), 1);
    assert_false(pages_want(&p)); /* how many there are is not known */
    pages_back(&p);
    assert_int_equal(pages_came(&p, &told, &e), 0);
    assert_int_equal(pages_ask(&p, &is_check), 2);
    pages_back(&p);
    told = (struct page_told){ .page = 2, .records = 1, .pages = 3 };
    assert_int_equal(pages_came(&p, &told, &e), 0);
    assert_int_equal(pages_ask(&p, &is_check), 3);
    pages_back(&p);
    assert_int_equal(pages_missing(&p, 3, false, &e), 1);
    assert_int_equal(p.round, 1);
    assert_int_equal(pages_ask(&p, &is_check), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_round_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
