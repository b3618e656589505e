#include "data/cell.h"
#include "engine/child.h"
#include "rowmaker.h"
#include "spec/category.h"

/* What the sink was given: "own a; a,1,5;" */
struct got {
    struct buf text;
    size_t fail_at; /* the so-manieth row is refused; 0: none */
    size_t rows;
};

static void
add_row(struct buf *out, const struct row *row)
{
    for (size_t i = 0; i < row->n; i++) {
        if (i > 0)
            buf_addc(out, ',');
        if (row->cell[i].type == CELL_STRING)
            buf_addc(out, '\'');
        if (row->cell[i].type != CELL_NONE)
            cell_text(out, &row->cell[i]);
    }
    buf_adds(out, "; ");
}

static int
on_own(void *user, const struct row *row, struct err *e)
{
    struct got *got = user;

    (void)e;
    buf_adds(&got->text, "own ");
    add_row(&got->text, row);
    return 0;
}

static int
on_add(void *user, const struct row *row, struct err *e)
{
    struct got *got = user;

    if (++got->rows == got->fail_at)
        return err_set(e, ERR_IO, "full");
    add_row(&got->text, row);
    return 0;
}

static const struct inherited from_id[] = { { "owner", "id" }, { NULL, NULL } };
static const struct child_of objects = { .parent = "lift",
                                         .list_at = "list",
                                         .inherited = from_id,
                                         .owner_ids = 1,
                                         .index_col = "i" };
static const struct child_of values = { .parent = "lift",
                                        .list_at = "list",
                                        .inherited = from_id,
                                        .owner_ids = 1,
                                        .index_col = "i",
                                        .value_col = "v" };
static const struct child_of series = { .parent = "lift",
                                        .list_at = "list",
                                        .inherited = from_id,
                                        .owner_ids = 1,
                                        .value_col = "v",
                                        .start_at = "s.at",
                                        .interval_at = "s.step" };

static const struct inherited from_outer[] = {
    { "name", "title" }, { "ss", "sid" }, { "ss", "sids" }, { NULL, NULL }
};
static const struct inner_list sets = { .list_at = "sets",
                                        .index_col = "k",
                                        .inherited = from_outer };
static const struct inherited other_names[] = { { "kind", "type" },
                                                { NULL, "noise" },
                                                { NULL, NULL } };
static const struct child_of numbered = { .parent = "lift",
                                          .list_at = "list",
                                          .inherited = from_id,
                                          .owner_ids = 1,
                                          .index_col = "i",
                                          .index_at = "index",
                                          .renamed = other_names };
static const struct child_of nested = { .parent = "lift",
                                        .list_at = "list",
                                        .inherited = from_id,
                                        .owner_ids = 1,
                                        .inner = &sets,
                                        .index_col = "i",
                                        .index_at = "index",
                                        .renamed = other_names };

static const struct category renamed = { .name = "lifts", .child = &numbered };
static const struct category in_lists = { .name = "sets", .child = &nested };
static const struct category lists = { .name = "sets", .child = &objects };
static const struct category plain = { .name = "tags", .child = &values };
static const struct category samples = { .name = "pulse",
                                         .child = &series,
                                         .time_col = "t" };

struct scene {
    const char *name;
    const struct category *category;
    const char *columns;
    const char *record;
    int rc;
    const char *want;
};

#define SERIES(list, at, step)                                                 \
    "{'id':'a','list':" list ",'s':{'at':" at ",'step':" step "}}"
#define AT "'2024-03-01T22:59:00+02:00'"

static const struct scene scenes[] = {
    { "objects", &lists, "owner i x",
      "{'id':'a','list':[{'x':1.50},null,{'x':'t','y':[1, 2]}]}", 1,
      "own 'a,,; 'a,0,1.50; 'a,2,'t,[1,2]; " },
    { "objects in objects", &lists, "owner i x.y",
      "{'id':'a','list':[{'x':{'y':{}}}]}", 1, "own 'a,,; 'a,0,{}; " },
    { "an item's own member does not hide its owner", &lists, "owner i",
      "{'id':'a','list':[{'owner':'b','i':7}]}", 1, "own 'a,; 'a,0; " },
    { "items that are no objects are left out", &lists, "owner i x",
      "{'id':'a','list':[5,{'x':2},[{'x':3}]]}", 0, "own 'a,,; 'a,1,2; " },
    { "an empty list", &lists, "owner i x", "{'id':'a','list':[]}", 1,
      "own 'a,,; " },
    { "no list", &lists, "owner i x", "{'id':'a','list':null}", 1,
      "own 'a,,; " },
    { "something else than a list", &lists, "owner i x",
      "{'id':'a','list':'none'}", 0, "" },
    { "members by other names, or none", &renamed, "owner i kind x",
      "{'id':'a','list':[{'type':'w','x':1,'noise':[2],'type2':3}]}", 1,
      "own 'a,,,; 'a,0,'w,1,3; " },
    { "items that say their numbers", &renamed, "owner i kind",
      "{'id':'a','list':[{'index':4},{'index':2},null]}", 1,
      "own 'a,,; 'a,4,; 'a,2,; " },
    { "two items of one number are counted", &renamed, "owner i kind",
      "{'id':'a','list':[{'index':4},{'index':4}]}", 1,
      "own 'a,,; 'a,0,; 'a,1,; " },
    { "so are items of which one says none", &renamed, "owner i kind",
      "{'id':'a','list':[{'index':4},{'index':null},{'index':'5'}]}", 1,
      "own 'a,,; 'a,0,; 'a,1,; 'a,2,; " },
    { "lists in lists", &in_lists, "owner k i name ss kind",
      "{'id':'a','list':[{'index':0,'title':'squat','sids':7,'sets':["
      "{'index':0,'type':'w'},{'index':1}]},{'index':1,'title':'row',"
      "'sets':[{'index':0}]}]}",
      1,
      "own 'a,,,,,; 'a,0,0,'squat,7,'w; 'a,0,1,'squat,7,; "
      "'a,1,0,'row,,; " },
    { "outer items that are counted", &in_lists, "owner k i name ss kind",
      "{'id':'a','list':[{'sid':1,'sets':[{}]},null,{'sets':[{},{}]}]}", 1,
      "own 'a,,,,,; 'a,0,0,,1,; 'a,2,0,,,; 'a,2,1,,,; " },
    { "lists that are missing", &in_lists, "owner k i name ss kind",
      "{'id':'a','list':[{},{'sets':null},{'sets':[]}]}", 1, "own 'a,,,,,; " },
    { "inner lists that are none", &in_lists, "owner k i name ss kind",
      "{'id':'a','list':[{'sets':'x'},5,{'sets':[7,{}]}]}", 0,
      "own 'a,,,,,; 'a,2,1,,,; " },
    { "plain values", &plain, "owner i v", "{'id':'a','list':['x',5,true,[]]}",
      1, "own 'a,,; 'a,0,'x; 'a,1,5; 'a,2,true; 'a,3,[]; " },
    { "samples", &samples, "owner t v", SERIES("[5,null,7.0]", AT, "30"), 1,
      "own 'a,,; 'a,'2024-03-01T22:59:00+02:00,5; "
      "'a,'2024-03-01T23:00:00+02:00,7.0; " },
    { "all samples are missing", &samples, "owner t v",
      SERIES("[null]", "null", "0"), 1, "own 'a,,; " },
    { "a series without start", &samples, "owner t v",
      SERIES("[5]", "null", "30"), 0, "" },
    { "a start that is none", &samples, "owner t v",
      SERIES("[5]", "'noon'", "30"), 0, "" },
    { "an interval of nothing", &samples, "owner t v", SERIES("[5]", AT, "0"),
      0, "" },
    { "a sample that is an object", &samples, "owner t v",
      SERIES("[{'x':1},6]", AT, "60"), 0,
      "own 'a,,; 'a,'2024-03-01T23:00:00+02:00,6; " },
    { "time ends", &samples, "owner t v", SERIES("[1,2]", AT, "1e13"), 0,
      "own 'a,,; 'a,'2024-03-01T22:59:00+02:00,1; " },
};

static int
read_one(struct got *got, const struct scene *s, struct err *e)
{
    struct child_sink sink = { on_own, on_add, got };
    struct maker parent, own;
    struct child *child;
    int rc;

    (void)maker_init(&parent, "id list s.at s.step");
    (void)maker_init(&own, s->columns);
    child = child_new(s->category, own.columns, parent.columns);
    rc = child_read(child, make_row(&parent, s->record), &sink, e);
    child_free(child);
    maker_free(&parent);
    maker_free(&own);
    return rc;
}

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scenes) / sizeof(*scenes); i++) {
        const struct scene *s = &scenes[i];
        struct got got = { .rows = 0 };
        struct err e = ERR_INIT;
        int rc = read_one(&got, s, &e);

        if (rc != s->rc || strcmp(buf_str(&got.text), s->want) != 0)
            fail_msg("%s: %d %s", s->name, rc, buf_str(&got.text));
        buf_free(&got.text);
    }
}

static void
test_refused(void **state)
{
    struct got got = { .fail_at = 2 };
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(read_one(&got, &scenes[0], &e), -1);
    assert_string_equal(e.text, "full");
    buf_free(&got.text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
