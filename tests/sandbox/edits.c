#include "edits.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "oura.h"
#include "person.h"
#include "scenario.h"

/* Puts text in the place of n bytes from at on. */
static void
replace(struct buf *b, size_t at, size_t n, const char *text)
{
    size_t after = b->n - at - n;
    char *tail = mem_strndup(b->p + at + n, after);

    b->n = at;
    buf_adds(b, text);
    buf_add(b, tail, after);
    free(tail);
}

/* Members before the closing bracket of the newest record. */
static void
append(struct buf *b, const char *members, size_t n)
{
    b->n--;
    buf_add(b, members, n);
    buf_addc(b, '}');
}

static bool
has_id(const struct buf *b, size_t start)
{
    static const char id[] = "{\"id\":\"";

    return b->n - start > 44 && memcmp(b->p + start, id, sizeof(id) - 1) == 0;
}

static void
set_id(struct buf *b, size_t start, const char *json)
{
    enum { AT = 6, UUID_AND_QUOTES = 38 };

    if (has_id(b, start))
        replace(b, start + AT, UUID_AND_QUOTES, json);
}

static void
number_id(struct buf *b, size_t start, const struct item *it,
          enum id_style style)
{
    struct buf text = BUF_INIT;
    const char *quote = style == ID_DIGITS ? "\"" : "";

    /* 2^53 + 1 and above: a double cannot hold the odd ones */
    buf_addf(&text, "%s%lld%s", quote,
             9007199254740993LL + (long long)it->day * 64 + it->index * 2,
             quote);
    set_id(b, start, buf_str(&text));
    buf_free(&text);
}

/* The value of the first member with this name, if it is a number or null. */
static void
change_value(struct buf *b, size_t start, const char *key)
{
    struct buf name = BUF_INIT;
    const char *record = buf_str(b) + start, *at;

    buf_addf(&name, "\"%s\":", key);
    at = strstr(record, buf_str(&name));
    if (at) {
        size_t from = (size_t)(at - record) + start + name.n;
        size_t n = strcspn(b->p + from, ",}");
        bool is_same = n == 2 && memcmp(b->p + from, "11", 2) == 0;

        replace(b, from, n, is_same ? "12" : "11");
    }
    buf_free(&name);
}

/* The first record of the newest day that is at least three days old and has
 * any; of the two rings, the second. */
static bool
is_varying(const struct person *p, const struct oura_category *c,
           const struct item *it)
{
    enum { OLD = 3, FAR = 60 };
    struct items list = ITEMS_INIT;
    bool rc = false;

    if (c->filter == BARE)
        return true;
    if (c->filter == BY_NOTHING)
        return it->index == 1;
    for (int back = OLD; back < OLD + FAR && list.n == 0; back++)
        c->list(&list, p, p->today - back);
    if (list.n > 0)
        rc = list.p[0].at == it->at && list.p[0].index == it->index &&
             list.p[0].a == it->a;
    items_free(&list);
    return rc;
}

#define HARD(text) text, sizeof(text) - 1

/* Yesterday gets the first, the day before the second, and so on. */
static const struct {
    const char *id; /* NULL keeps it */
    const char *members;
    size_t n;
} hard[] = {
    { "9007199254740992", HARD(",\"x\":9007199254740992") },
    { "9007199254740993", HARD(",\"x\":9007199254740993") },
    { "12345678901234567890", HARD(",\"x\":-12345678901234567890") },
    { NULL, HARD(",\"x\":75.0,\"small\":1e-7,\"big\":1E+400") },
    { NULL,
      HARD(",\"x\":\"5\",\"five\":5,\"true\":\"true\",\"null\":\"null\"") },
    { NULL, HARD(",\"x\":5,\"five\":\"5\",\"true\":true,\"null\":null") },
    { NULL, HARD(",\"x\":\"a\\nb\\r\\nc\\td\",\"quoted\":\"\\\"q\\\", 'r'\"") },
    { NULL, HARD(",\"x\":\"a,b;c\\u0000d\",\"empty\":\"\",\"blank\":\" \"") },
    { NULL, HARD(",\"x\":\"lone \\ud800 end\",\"pair\":\"\\ud83d\\ude34\"") },
    { NULL, HARD(",\"x\":\"\xf0\x9f\x98\xb4 \xe2\x80\xa8 \xc3\xa9\"") },
    { NULL, HARD(",\"x\":{},\"none\":[],\"in\":{\"in\":{}},\"l\":[{},[]]") },
    { NULL,
      HARD(",\"a.b\":1,\"a\":{\"b\":2,\"c.d\":3},\"e\\\\f\":4,\"g\\\\.h\":5") },
    { NULL, HARD(",\"x\":1,\"x\":2,\"obj\":{\"k\":1,\"k\":\"two\"}") },
    { NULL, HARD(",\"x\":\"bad \xff\xc3 byte\"") },
    { NULL, HARD(",\"x\":[ 1.50 , \"a, b\" ,null ],\"\":\"empty key\"") },
    { NULL, HARD(",\"x\":\"=1+1\",\"y\":\"{}\",\"z\":\"[1]\",\"w\":\"-0\"") },
    { NULL, HARD(",\"x\":-0,\"y\":-0.0,\"z\":1.10,\"w\":0E0") },
    { NULL, HARD(",\"x\":\"@a\",\"y\":\"'=1\",\"z\":\"1234567890123456\","
                 "\"w\":\"-5 degrees, 'tis\",\"=f\":\"'tis\"") },
};

static void
harden(struct buf *b, size_t start, const struct person *p,
       const struct item *it)
{
    int64_t i = p->today - 1 - it->day;

    if (it->index != 0 || i < 0 ||
        i >= (int64_t)(sizeof(hard) / sizeof(hard[0])))
        return;
    append(b, hard[i].members, hard[i].n);
    if (hard[i].id)
        set_id(b, start, hard[i].id);
}

void
edits_apply(struct buf *b, size_t start, const struct person *p,
            const struct oura_category *c, const struct item *it,
            const struct page_edits *edits, size_t page)
{
    static const char extra[] = ",\"extra\":{\"new_field\":7,\"text\":\"x\"}";

    if (edits->hard_text)
        harden(b, start, p, it);
    if (edits->ids != ID_TEXT && it->day % 2 == 0)
        number_id(b, start, it, edits->ids);
    if (edits->has_changed && c->varies && is_varying(p, c, it))
        change_value(b, start, c->varies);
    if (edits->extra_from > 0 && page >= edits->extra_from)
        append(b, extra, sizeof(extra) - 1);
}
