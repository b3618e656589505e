#include "data/cell.h"
#include "engine/events.h"
#include "rowmaker.h"
#include "spec/category.h"

static const struct filled names[] = {
    { "lift", { "lift.id", "id" } },
    { "at", { "lift.at", "deleted_at", "type" } },
    { NULL, { NULL } },
};
static const struct feed_of of_lifts = { .category = "lifts",
                                         .type_at = "type",
                                         .gone = "deleted",
                                         .gone_id = "id",
                                         .record_at = "lift" };
static const struct category feed = { .name = "events",
                                      .feed_of = &of_lifts,
                                      .filled = names,
                                      .ids = { "lift", "type", "at" },
                                      .time_col = "at" };

/* Reads an event; quotes are written as '. The text lives as long as it. */
static int
read_event(struct events *ev, struct buf *text, const char *event,
           struct err *e)
{
    struct json_token t;
    struct json j;

    buf_clear(text);
    buf_adds(text, event);
    for (size_t i = 0; i < text->n; i++)
        if (text->p[i] == '\'')
            text->p[i] = '"';
    json_start(&j, buf_str(text), text->n);
    assert_int_equal(json_next(&t, &j, e), 1);
    return events_read(ev, &j, e);
}

static const struct {
    const char *name, *event;
    int want;
    const char *about; /* id that is gone, or the record */
    const char *key;   /* lift,type,at */
} rows[] = {
    { "a deletion", "{'type':'deleted','id':'a','deleted_at':'t2'}", EVENT_GONE,
      "a", "a,deleted,t2" },
    { "an older event about it",
      "{'type':'updated','lift':{'id':'a','at':'t1'}}", EVENT_OLD, "",
      "a,updated,t1" },
    { "a change", "{'lift':{'id':'b','at':'t1'},'type':'updated'}",
      EVENT_RECORD, "{\"id\":\"b\",\"at\":\"t1\"}", "b,updated,t1" },
    { "an older deletion", "{'type':'deleted','id':'b','deleted_at':'t0'}",
      EVENT_OLD, "", "b,deleted,t0" },
    { "a deletion that does not say when", "{'type':'deleted','id':'c'}",
      EVENT_GONE, "c", "c,deleted,deleted" },
    { "a kind that is not known, with a record",
      "{'type':'created','lift':{'id':'d','at':'t'}}", EVENT_RECORD,
      "{\"id\":\"d\",\"at\":\"t\"}", "d,created,t" },
    { "a kind that is not known, without one", "{'type':'shared','id':'e'}",
      EVENT_OTHER, "", "e,shared,shared" },
    { "a change that says when",
      "{'type':'updated','lift':{'id':'f','at':'2026-05-28T10:00:00.1Z'}}",
      EVENT_RECORD, "{\"id\":\"f\",\"at\":\"2026-05-28T10:00:00.1Z\"}",
      "f,updated,2026-05-28T10:00:00.1Z" },
    { "one of the same time",
      "{'type':'updated','lift':{'id':'f','at':'2026-05-28T10:00:00.100Z'}}",
      EVENT_OLD, "", "f,updated,2026-05-28T10:00:00.100Z" },
    { "a newer one out of order",
      "{'type':'deleted','id':'f','deleted_at':'2026-05-28T12:00:00.2+02:00'}",
      EVENT_GONE, "f", "f,deleted,2026-05-28T12:00:00.2+02:00" },
    { "one between the two",
      "{'type':'updated','lift':{'id':'f','at':'2026-05-28T10:00:00.15Z'}}",
      EVENT_OLD, "", "f,updated,2026-05-28T10:00:00.15Z" },
    { "a later one that does not say when", "{'type':'deleted','id':'f'}",
      EVENT_OLD, "", "f,deleted,deleted" },
    { "a change without a record", "{'type':'updated','lift':null}",
      EVENT_OTHER, "", ",updated,updated" },
};

static void
add_cell(struct buf *out, const struct events *ev, const char *name)
{
    int32_t column = columns_find(ev->columns, name, strlen(name));

    if (ev->row.cell[column].type != CELL_NONE)
        cell_text(out, &ev->row.cell[column]);
}

static void
check(const struct events *ev, size_t i, int kind)
{
    struct buf key = BUF_INIT, about = BUF_INIT;

    add_cell(&key, ev, "lift");
    assert_int_equal(events_has_id(ev), key.n > 0);
    buf_addc(&key, ',');
    add_cell(&key, ev, "type");
    buf_addc(&key, ',');
    add_cell(&key, ev, "at");
    if (kind == EVENT_GONE)
        cell_text(&about, &ev->id);
    else if (kind == EVENT_RECORD)
        buf_add(&about, ev->p, ev->n);
    if (kind != rows[i].want || strcmp(buf_str(&key), rows[i].key) != 0 ||
        strcmp(buf_str(&about), rows[i].about) != 0)
        fail_msg("%s: %d %s %s", rows[i].name, kind, key.p, about.p);
    buf_free(&key);
    buf_free(&about);
}

/* In the order in which a feed has them. */
static void
test_feed(void **state)
{
    struct buf text = BUF_INIT;
    struct err e = ERR_INIT;
    struct events ev;
    struct maker m;

    (void)state;
    (void)maker_init(&m, "lift type at id deleted_at");
    events_init(&ev, &feed, m.columns);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(&ev, i, read_event(&ev, &text, rows[i].event, &e));
    events_start(&ev); /* once more from the newest on */
    check(&ev, 0, read_event(&ev, &text, rows[0].event, &e));
    assert_int_equal(
        read_event(&ev, &text, "{'type':'deleted','deleted_at':'t'}", &e), -1);
    assert_string_equal(e.text, "an event without lift");
    events_free(&ev);
    maker_free(&m);
    buf_free(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_feed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
