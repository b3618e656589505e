#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "data/json.h"
#include "engine/pager.h"
#include "spec/category.h"

enum shape {
    LIST,    /* {"data":[...],"next_token":...} */
    EMPTY,   /* the same, and {} is an end */
    NESTED,  /* {"body":{"list":[...],"page":{"next":...}}} */
    ONE,     /* the answer is the record */
    NO_NEXT, /* a list in one answer */
    BARE,    /* the answer is the list */
    COUNTED, /* {"page_count":3,"data":[...]} */
    LAST,    /* a bare list whose last record has the token */
    COLUMNS, /* a list for each column */
};

static const struct category categories[] = {
    [LIST] = { .records_at = "data", .next_at = "next_token" },
    [EMPTY] = { .records_at = "data",
                .next_at = "next_token",
                .empty_object_ends = true },
    [NESTED] = { .records_at = "body.list", .next_at = "body.page.next" },
    [ONE] = { .records_at = NULL },
    [NO_NEXT] = { .records_at = "data" },
    [BARE] = { .records_at = "" },
    [LAST] = { .records_at = "",
               .next_at = "cursor.next",
               .next_in_last = true },
    [COLUMNS] = { .lists_at = "data" },
    [COUNTED] = { .records_at = "data", .pages_at = "page_count" },
};

/* Collects the records; the word "bad" in one makes it fail. */
static int
take(void *user, struct json *j, struct err *e)
{
    struct buf *seen = user;
    struct json_token t;
    const char *from = j->p - 1;
    int depth = 1;

    while (depth > 0) {
        if (json_next(&t, j, e) < 0)
            return -1;
        depth += t.type == JSON_OBJECT || t.type == JSON_ARRAY;
        depth -= t.type == JSON_OBJECT_END || t.type == JSON_ARRAY_END;
        if (t.n == 3 && memcmp(t.p, "bad", 3) == 0)
            return err_set(e, ERR_IO, "the disk");
    }
    buf_add(seen, from, (size_t)(j->p - from));
    buf_addc(seen, ';');
    return 0;
}

struct page {
    const char *name;
    enum shape shape;
    const char *text; /* with ' for " */
    const char *records, *next;
    enum err_kind kind;
    const char *error;
};

static const struct page pages[] = {
    { "records and a token", LIST,
      "{'data':[{'a':1},{'b':[]}],'next_token':"
      "'t1'}",
      "{'a':1};{'b':[]};", "t1", ERR_NONE, NULL },
    { "the token first", LIST, "{'next_token':'t1','data':[{}]}", "{};", "t1",
      ERR_NONE, NULL },
    { "blanks everywhere", LIST, " { 'data' : [ ] , 'next_token' : 't' } \n",
      "", "t", ERR_NONE, NULL },
    { "null is the end", LIST, "{'data':[{}],'next_token':null}", "{};", "",
      ERR_NONE, NULL },
    { "no token is the end", LIST, "{'data':[{}]}", "{};", "", ERR_NONE, NULL },
    { "an empty token is the end", LIST, "{'data':[],'next_token':''}", "", "",
      ERR_NONE, NULL },
    { "a number may be a token", LIST,
      "{'data':[],'next_token':9007199254740993}", "", "9007199254740993",
      ERR_NONE, NULL },
    { "a token in escapes", LIST,
      "{'data':[],'next_\\u0074oken':'a\\/b\\u0026'"
      "}",
      "", "a/b&", ERR_NONE, NULL },
    { "the last of two tokens", LIST,
      "{'next_token':'a','data':[],'next_token':'b'}", "", "b", ERR_NONE,
      NULL },
    { "the last of two tokens is null", LIST,
      "{'next_token':'a','data':[],'next_token':null}", "", "", ERR_NONE,
      NULL },
    { "others are passed over", LIST,
      "{'x':{'data':[1],'next_token':5},'data':[],'y':[{'data':2}]}", "", "",
      ERR_NONE, NULL },
    { "a token below another object is none", LIST,
      "{'data':[],'meta':{'next_token':'t'}}", "", "", ERR_NONE, NULL },
    { "nested paths", NESTED,
      "{'status':0,'body':{'list':[{}],'page':{'next':'t','x':1}}}", "{};", "t",
      ERR_NONE, NULL },
    { "nested paths, the end", NESTED, "{'body':{'page':{},'list':[{}]}}",
      "{};", "", ERR_NONE, NULL },
    { "nested paths, null for the page", NESTED,
      "{'body':{'page':null,'list':[]},'list':[1]}", "", "", ERR_NONE, NULL },
    { "the token of the last record", LAST,
      "[{'cursor':{'next':'a'}},{'x':1,'cursor':{'next':'b%3D'}}]",
      "{'cursor':{'next':'a'}};{'x':1,'cursor':{'next':'b%3D'}};", "b%3D",
      ERR_NONE, NULL },
    { "the last record has none", LAST, "[{'cursor':{'next':'a'}},{'x':1}]",
      "{'cursor':{'next':'a'}};{'x':1};", "", ERR_NONE, NULL },
    { "the last record has null", LAST, "[{'cursor':{'next':null}}]",
      "{'cursor':{'next':null}};", "", ERR_NONE, NULL },
    { "no record, no token", LAST, "[]", "", "", ERR_NONE, NULL },
    { "a token that is a list", LAST, "[{'cursor':{'next':[]}}]", NULL, NULL,
      ERR_DATA, "not a page token" },
    { "lists become records", COLUMNS,
      "{'t':{'data':[0,1,3],'n':3},'at':{'x':0,'data':[[1.0, 2],null,[]]}}",
      "{'t':0,'at':[1.0,2]};{'t':1,'at':null};{'t':3,'at':[]};", "", ERR_NONE,
      NULL },
    { "lists in names that need escapes", COLUMNS,
      "{'a\\b':{'data':['\\u0000',true]}}", "{'a\\b':'\\u0000'};{'a\\b':true};",
      "", ERR_NONE, NULL },
    { "digits stay", COLUMNS, "{'t':{'data':[9007199254740993, 1e-7]}}",
      "{'t':9007199254740993};{'t':1e-7};", "", ERR_NONE, NULL },
    { "empty lists", COLUMNS, "{'t':{'data':[]},'h':{'data':[ ]}}", "", "",
      ERR_NONE, NULL },
    { "no lists", COLUMNS, "{'t':{},'h':5,'i':{'data':7}}", "", "", ERR_NONE,
      NULL },
    { "lists of two lengths", COLUMNS,
      "{'t':{'data':[0,1,2]},'h':{'data':[70]},'i':{'data':[]}}",
      "{'t':0,'h':70};{'t':1};{'t':2};", "", ERR_NONE, NULL },
    { "lists of two lengths, the first is short", COLUMNS,
      "{'t':{'data':[0]},'h':{'data':[70,71]}}", "{'t':0,'h':70};{'h':71};", "",
      ERR_NONE, NULL },
    { "a short list, and one that is cut short", COLUMNS,
      "{'t':{'data':[0]},'h':{'data':[70,7", NULL, NULL, ERR_CUT, NULL },
    { "lists, and the answer is one", COLUMNS, "[{'type':'t','data':[1]}]",
      NULL, NULL, ERR_DATA, "not an object" },
    { "lists that are cut short", COLUMNS, "{'t':{'data':[0,1", NULL, NULL,
      ERR_CUT, NULL },
    { "something behind the lists", COLUMNS, "{'t':{'data':[0]}} x", NULL, NULL,
      ERR_DATA, NULL },
    { "the answer is the record", ONE, "{'id':'x','y':{'z':1}}",
      "{'id':'x','y':{'z':1}};", "", ERR_NONE, NULL },
    { "a list in one answer", NO_NEXT, "{'data':[{}],'next_token':'t'}", "{};",
      "", ERR_NONE, NULL },
    { "the answer is a list", BARE, " [{'a':[1]},{}] ", "{'a':[1]};{};", "",
      ERR_NONE, NULL },
    { "an empty list", BARE, "[]", "", "", ERR_NONE, NULL },
    { "pages are counted", COUNTED, "{'page':1,'page_count':3,'data':[{}]}",
      "{};", "", ERR_NONE, NULL },
    { "pages are not counted", COUNTED, "{'data':[],'page_count':null}", "", "",
      ERR_NONE, NULL },
    { "{} where it is declared as an end", EMPTY, "{}", "", "", ERR_NONE,
      NULL },

    { "an object instead of the list", BARE, "{'data':[]}", NULL, NULL,
      ERR_DATA, "the answer is an object, not a list" },
    { "two lists", BARE, "[][]", NULL, NULL, ERR_DATA, "" },
    { "a list of numbers", BARE, "[1]", NULL, NULL, ERR_DATA,
      "record 1 is a number" },
    { "pages in words", COUNTED, "{'page_count':'3','data':[]}", NULL, NULL,
      ERR_DATA, "\"page_count\" is no number of pages" },
    { "half a page", COUNTED, "{'page_count':1.5,'data':[]}", NULL, NULL,
      ERR_DATA, "no number of pages" },
    { "pages below zero", COUNTED, "{'page_count':-1,'data':[]}", NULL, NULL,
      ERR_DATA, "no number of pages" },
    { "pages without end", COUNTED, "{'page_count':1000001,'data':[]}", NULL,
      NULL, ERR_DATA, "no number of pages" },
    { "{} where it is not", LIST, "{}", NULL, NULL, ERR_DATA,
      "the answer has no \"data\": it is {}" },
    { "not quite {}", EMPTY, "{'x':1}", NULL, NULL, ERR_DATA,
      "the answer has no \"data\"" },
    { "no list", LIST, "{'detail':'oops','next_token':null}", NULL, NULL,
      ERR_DATA, "the answer has no \"data\"" },
    { "no list, nested", NESTED, "{'body':[]}", NULL, NULL, ERR_DATA,
      "the answer has no \"body.list\"" },
    { "a list that is null", LIST, "{'data':null}", NULL, NULL, ERR_DATA,
      "\"data\" is null, not a list" },
    { "a list that is an object", LIST, "{'data':{}}", NULL, NULL, ERR_DATA,
      "\"data\" is an object, not a list" },
    { "a list that is a text", LIST, "{'data':'x'}", NULL, NULL, ERR_DATA,
      "\"data\" is a string, not a list" },
    { "a list that is a number", LIST, "{'data':1}", NULL, NULL, ERR_DATA,
      "\"data\" is a number, not a list" },
    { "a list that is true", LIST, "{'data':true}", NULL, NULL, ERR_DATA,
      "\"data\" is true or false, not a list" },
    { "a list that is there twice", LIST, "{'data':[],'data':[]}", NULL, NULL,
      ERR_DATA, "\"data\" is there twice" },
    { "a list of lists", LIST, "{'data':[{},[]]}", NULL, NULL, ERR_DATA,
      "record 2 is a list, not an object" },
    { "a record that is null", LIST, "{'data':[null]}", NULL, NULL, ERR_DATA,
      "record 1 is null, not an object" },
    { "a token that is a list", LIST, "{'data':[],'next_token':['t']}", NULL,
      NULL, ERR_DATA, "\"next_token\" is a list, not a page token" },
    { "a token that is false", LIST, "{'data':[],'next_token':false}", NULL,
      NULL, ERR_DATA, "\"next_token\" is true or false, not a page token" },
    { "a list for an answer", LIST, "[{}]", NULL, NULL, ERR_DATA,
      "the answer is a list, not an object" },
    { "a text for an answer", ONE, "'x'", NULL, NULL, ERR_DATA,
      "the answer is a string, not an object" },
    { "null for an answer", LIST, "null", NULL, NULL, ERR_DATA,
      "the answer is null, not an object" },
    { "HTML", LIST, "<html></html>", NULL, NULL, ERR_DATA,
      "looks like an HTML page" },
    { "nothing", LIST, "", NULL, NULL, ERR_CUT, "JSON ends too early" },
    { "cut in a record", LIST, "{'data':[{'a':1", NULL, NULL, ERR_CUT,
      "JSON ends too early" },
    { "cut behind the list", LIST, "{'data':[{}]", NULL, NULL, ERR_CUT,
      "JSON ends too early" },
    { "bytes behind the end", LIST, "{'data':[]}x", NULL, NULL, ERR_DATA,
      "not JSON at byte 11" },
    { "two answers", LIST, "{'data':[]}{'data':[]}", NULL, NULL, ERR_DATA,
      "not JSON at byte 11" },
    { "bytes behind the one record", ONE, "{'id':1}]", NULL, NULL, ERR_DATA,
      "not JSON at byte 8" },
    { "rubbish in what is passed over", LIST, "{'data':[],'x':[01]}", NULL,
      NULL, ERR_DATA, "not JSON at byte 17" },
};

static char *
quoted(const char *text)
{
    char *copy = mem_strdup(text);

    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    return copy;
}

static void
run_page(const struct page *row, bool with_records)
{
    char *text = quoted(row->text),
         *want = quoted(row->records ? row->records : "");
    size_t n = strlen(text);
    char *exact = mem_alloc(n ? n : 1);
    struct buf seen = BUF_INIT, next = BUF_INIT;
    struct page_in in = { .category = &categories[row->shape],
                          .p = exact,
                          .n = n,
                          .record = with_records ? take : NULL,
                          .user = &seen };
    struct err e = ERR_INIT;
    struct page_out out = { .next = &next };
    int64_t count = 0;

    memcpy(exact, text, n);
    buf_adds(&next, "left over");
    if (pager_read(&out, &in, &e) != (row->kind ? -1 : 0))
        fail_msg("%s: %s", row->name, e.text);
    if (e.kind != row->kind || (row->error && !strstr(e.text, row->error)))
        fail_msg("%s: %s", row->name, e.text);
    if (row->next && strcmp(buf_str(&next), row->next) != 0)
        fail_msg("%s: the token is '%s'", row->name, next.p);
    if (row->kind == ERR_NONE && with_records &&
        strcmp(buf_str(&seen), want) != 0)
        fail_msg("%s: records %s", row->name, seen.p);
    for (const char *c = want; *c; c++)
        count += *c == ';';
    if (row->kind == ERR_NONE)
        assert_int_equal(out.records, count);
    free(text);
    free(want);
    free(exact);
    buf_free(&seen);
    buf_free(&next);
}

static void
test_pages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        run_page(&pages[i], true);
        run_page(&pages[i], false);
    }
}

/* What a record's taker says goes through as it is. */
static void
test_record_fails(void **state)
{
    static const struct page row = { "a taker that fails",
                                     LIST,
                                     "{'data':[{},{'a':'bad'}]}",
                                     NULL,
                                     NULL,
                                     ERR_IO,
                                     "the disk" };

    (void)state;
    run_page(&row, true);
}

/* Every cut of a page is called cut, none is an end. */
static void
test_cuts(void **state)
{
    static const char page[] = "{\"data\":[{\"a\":\"\\u00e9\",\"b\":-1.5e3},"
                               "{\"c\":[true,null]}],\"next_token\":\"t\"}";

    (void)state;
    for (size_t n = 0; n < sizeof(page) - 1; n++) {
        char *exact = mem_strndup(page, n);
        struct page_in in = { .category = &categories[EMPTY],
                              .p = exact,
                              .n = n };
        struct buf next = BUF_INIT;
        struct err e = ERR_INIT;
        struct page_out out = { .next = &next };

        assert_int_equal(pager_read(&out, &in, &e), -1);
        if (e.kind != ERR_CUT)
            fail_msg("%zu bytes: %s", n, e.text);
        free(exact);
        buf_free(&next);
    }
}

static void
test_counts(void **state)
{
    static const struct {
        const char *text;
        int64_t pages;
    } rows[] = {
        { "{\"page\":1,\"page_count\":3,\"data\":[]}", 3 },
        { "{\"data\":[{}],\"page_count\":0}", 0 },
        { "{\"data\":[],\"page_count\":null}", 0 },
        { "{\"data\":[]}", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct page_in in = { .category = &categories[COUNTED],
                              .p = rows[i].text,
                              .n = strlen(rows[i].text) };
        struct page_out out = { .pages = 7 };
        struct err e = ERR_INIT;

        assert_int_equal(pager_read(&out, &in, &e), 0);
        assert_int_equal(out.pages, rows[i].pages);
    }
}

/* An answer about one record of a list. */
static void
test_record(void **state)
{
    static const char text[] = "{\"data\":[1],\"next_token\":\"t\"}";
    struct buf seen = BUF_INIT;
    struct page_in in = { .category = &categories[LIST],
                          .p = text,
                          .n = sizeof(text) - 1,
                          .is_record = true,
                          .record = take,
                          .user = &seen };
    struct page_out out = { .next = NULL };
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(pager_read(&out, &in, &e), 0);
    assert_int_equal(out.records, 1);
    assert_string_equal(buf_str(&seen), "{\"data\":[1],\"next_token\":\"t\"};");
    buf_free(&seen);
    in.p = "[]";
    in.n = 2;
    assert_int_equal(pager_read(&out, &in, &e), -1);
    assert_int_equal(e.kind, ERR_DATA);
}

/* One record inside of an answer. */
static void
test_single(void **state)
{
    static const struct category person = { .records_at = "data",
                                            .is_single = true };
    static const struct {
        const char *text, *error;
    } rows[] = {
        { "{\"data\":{\"id\":1}}", NULL },
        { "{\"data\":null}", "\"data\" is null, not an object" },
        { "{\"id\":1}", "the answer has no \"data\"" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct page_in in = { .category = &person,
                              .p = rows[i].text,
                              .n = strlen(rows[i].text) };
        struct page_out out = { .next = NULL };
        struct err e = ERR_INIT;

        assert_int_equal(pager_read(&out, &in, &e), rows[i].error ? -1 : 0);
        assert_int_equal(out.records, rows[i].error ? 0 : 1);
        if (rows[i].error)
            assert_string_equal(e.text, rows[i].error);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),  cmocka_unit_test(test_record_fails),
        cmocka_unit_test(test_cuts),   cmocka_unit_test(test_counts),
        cmocka_unit_test(test_record), cmocka_unit_test(test_single),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
