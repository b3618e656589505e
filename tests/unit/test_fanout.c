/* Which records are asked for one by one, and what that adds to the answers. */
#include "tempdir.h"

#include "base/err.h"
#include "data/columns.h"
#include "data/flatten.h"
#include "engine/fanout.h"
#include "engine/inject.h"
#include "engine/source.h"
#include "spec/category.h"
#include "spec/provider.h"
#include "store/done.h"

enum {
    NOW = 1709294400 /* 2024-03-01T12:00:00Z */,
    CSV = 1,
    JSONL = 2,
    RAW = 4
};

static const char *const run_columns[] = { "id", "name", "start", "gear_id",
                                           NULL };
static const char *const person_columns[] = { "id", "bikes", "name", NULL };
static const char *const lap_columns[] = { "run_id", "number", NULL };
static const char *const detail_columns[] = { "id", "name", "start", "text",
                                              NULL };
static const char *const print[] = { "name", "start", NULL };

static const struct id_source of_run[] = { { "run", "id", NULL },
                                           { NULL, NULL, NULL } };
static const struct id_source of_gear[] = { { "person", "bikes", "id" },
                                            { "run", "gear_id", NULL },
                                            { NULL, NULL, NULL } };
static const struct per_record detail_per = { .ids = of_run,
                                              .print = print,
                                              .recent_days = 14 };
static const struct per_record lap_per = { .ids = of_run,
                                           .id_col = "run_id",
                                           .index_col = "number",
                                           .is_set = true,
                                           .print = print };
static const struct per_record gear_per = { .ids = of_gear };
static const struct id_source of_bike[] = { { "person", "bikes", "id" },
                                            { NULL, NULL, NULL } };
static const char *const bike_print[] = { "id", "name", NULL };
static const struct per_record bike_per = { .ids = of_bike,
                                            .is_set = true,
                                            .print = bike_print };

enum { PERSON, RUN, DETAIL, LAP, GEAR, BIKE };

static const struct category categories[] = {
    [PERSON] = { .name = "person", .ids = { "id" }, .columns = person_columns },
    [RUN] = { .name = "run",
              .ids = { "id" },
              .time_col = "start",
              .columns = run_columns },
    [DETAIL] = { .name = "detail",
                 .per = &detail_per,
                 .ids = { "id" },
                 .columns = detail_columns },
    [LAP] = { .name = "lap",
              .per = &lap_per,
              .ids = { "run_id", "number" },
              .columns = lap_columns },
    [BIKE] = { .name = "bike",
               .per = &bike_per,
               .ids = { "id" },
               .columns = person_columns },
    [GEAR] = { .name = "gear",
               .per = &gear_per,
               .ids = { "id" },
               .columns = person_columns },
};

static const struct provider acme = { .categories = categories,
                                      .categories_n = 6 };

static char source_name[] = "acme";

static bool
has_done(void *user, const struct fanout_item *item)
{
    return done_has(user, item->id, item->n, item->print);
}

struct fixture {
    struct source source;
    struct done done;
    struct fanout f;
    struct fanout_in in;
};

static void
start(struct fixture *x, int category, unsigned formats)
{
    *x = (struct fixture){
        .source = { .name = source_name, .provider = &acme, .formats = formats }
    };
    x->in = (struct fanout_in){ .dir = tempdir,
                                .source = &x->source,
                                .category = &categories[category],
                                .now = NOW,
                                .since = INT64_MIN,
                                .until = INT64_MIN,
                                .has_done = has_done,
                                .user = &x->done };
    (void)mkdir(in_tempdir("acme"), 0700);
}

static void
read_all(struct fixture *x)
{
    struct err e = ERR_INIT;

    fanout_free(&x->f);
    if (fanout_read(&x->f, &x->in, &e) < 0)
        fail_msg("%s", e.text);
    fanout_choose(&x->f, &x->in);
}

/* The ids to be asked for, in their order. */
static void
assert_todo(const struct fixture *x, const char *want)
{
    char text[200] = "";

    for (size_t i = 0; i < x->f.todo_n; i++) {
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
                       i ? " " : "", x->f.todo[i]->id);
    }
    assert_string_equal(text, want);
}

static void
finish(struct fixture *x)
{
    fanout_free(&x->f);
    done_free(&x->done);
}

static void
set_done(struct fixture *x)
{
    for (size_t i = 0; i < x->f.n; i++)
        done_put(&x->done, x->f.item[i].id, x->f.item[i].n, x->f.item[i].print);
}

static const char runs_csv[] = "id,start,name,gear_id\n"
                               "7,2024-01-02T00:00:00Z,\"a, b\",b1\n"
                               "8,2024-02-28T00:00:00Z,c\xC3\xA9,\n"
                               "9007199254740993,2024-01-05T00:00:00Z,x,b1\n"
                               "5,,\"7\",b2\n";
static const char runs_jsonl[] =
    "{\"id\":7,\"start\":\"2024-01-02T00:00:00Z\",\"name\":\"a, b\","
    "\"gear_id\":\"b1\"}\n"
    "{\"id\":8,\"start\":\"2024-02-28T00:00:00Z\",\"name\":\"c\\u00e9\"}\n"
    "{\"id\":9007199254740993,\"start\":\"2024-01-05T00:00:00Z\",\"name\":"
    "\"x\",\"gear_id\":\"b1\"}\n"
    "{\"id\":5,\"name\":\"7\",\"gear_id\":\"b2\"}\n";

static void
test_newest_first(void **state)
{
    struct fixture x;

    (void)state;
    start(&x, DETAIL, CSV);
    read_all(&x);
    assert_todo(&x, ""); /* there is no list yet */
    tempdir_write("acme/run.csv", runs_csv);
    read_all(&x);
    assert_todo(&x, "8 9007199254740993 7 5");
    assert_int_equal(x.f.n, 4);
    assert_false(x.f.item[0].is_text);
    finish(&x);
}

/* Only what changed is asked for again, whatever format the list is read in. */
static void
test_done(void **state)
{
    struct fixture x;

    (void)state;
    start(&x, DETAIL, CSV | RAW);
    tempdir_write("acme/run.csv", runs_csv);
    read_all(&x);
    set_done(&x);
    read_all(&x);
    assert_todo(&x, "");
    assert_int_equal(x.f.n, 4);
    x.source.formats = JSONL | RAW;
    tempdir_write("acme/run.jsonl", runs_jsonl);
    read_all(&x);
    assert_todo(&x, "");
    x.source.formats = RAW;
    tempdir_write("acme/run.raw.jsonl", runs_jsonl);
    read_all(&x);
    assert_todo(&x, "");
    x.source.formats = CSV;
    tempdir_write("acme/run.csv", "id,start,name,gear_id\n"
                                  "7,2024-01-02T00:00:00Z,\"a, b\",b9\n"
                                  "8,2024-02-28T00:00:00Z,d,\n"
                                  "5,,7,b2\n"
                                  "6,,,\n");
    read_all(&x);
    assert_todo(&x, "8 6 5"); /* another name, a new one, 7 is no "7" */
    finish(&x);
}

static void
test_recent_ones(void **state)
{
    struct fixture x;

    (void)state;
    start(&x, DETAIL, CSV);
    tempdir_write("acme/run.csv", runs_csv);
    read_all(&x);
    set_done(&x);
    x.in.rereads = true;
    read_all(&x);
    assert_todo(&x, "8");
    finish(&x);
}

static void
test_range(void **state)
{
    struct fixture x;

    (void)state;
    start(&x, DETAIL, CSV);
    tempdir_write("acme/run.csv", runs_csv);
    x.in.since = 1704240000; /* 2024-01-03 */
    read_all(&x);
    assert_todo(&x, "8 9007199254740993 5"); /* 5 has no time */
    x.in.until = 1704412800;                 /* 2024-01-05, not with it */
    read_all(&x);
    assert_todo(&x, "5");
    x.in.until++;
    read_all(&x);
    assert_todo(&x, "9007199254740993 5");
    assert_int_equal(x.f.n, 2);
    finish(&x);
}

static void
test_ids_of_several_lists(void **state)
{
    struct fixture x;

    (void)state;
    start(&x, GEAR, CSV);
    tempdir_write("acme/run.csv", runs_csv);
    tempdir_write("acme/person.csv",
                  "id,bikes\n1,\"[{\"\"id\"\":\"\"b3\"\",\"\"x\"\":{}},"
                  "{\"\"x\"\":1},4,{\"\"id\"\":\"\"b1\"\"},{\"\"id\"\":77},"
                  "{\"\"id\"\":\"\"a/b\"\"}]\"\n");
    read_all(&x);
    assert_int_equal(x.f.n, 4); /* b3 b1 77 b2; a/b cannot be sent */
    for (size_t i = 0; i < x.f.n; i++)
        assert_int_equal(x.f.item[i].is_text,
                         strcmp(x.f.item[i].id, "77") != 0);
    set_done(&x);
    read_all(&x);
    assert_int_equal(x.f.todo_n, 4); /* without a print: all, each time */
    tempdir_write("acme/person.csv", "id,bikes\n1,\n");
    tempdir_write("acme/run.csv", "id,gear_id\n1,b1\n2,b2\n3,b1");
    read_all(&x);
    assert_int_equal(x.f.n, 2); /* the last line may be torn */
    finish(&x);
}

/* It looks different when any of the records changes that it stands in; and an
 * id that was asked for is asked for once more when it stands in none. */
static void
test_id_in_several_records(void **state)
{
    struct fixture x;

    (void)state;
    start(&x, BIKE, CSV);
    tempdir_write("acme/person.csv", "id,bikes,name\n"
                                     "1,\"[{\"\"id\"\":\"\"b1\"\"}]\",a\n"
                                     "2,\"[{\"\"id\"\":\"\"b1\"\"},"
                                     "{\"\"id\"\":\"\"b2\"\"}]\",b\n");
    read_all(&x);
    assert_int_equal(x.f.todo_n, 2);
    set_done(&x);
    x.in.known = &x.done;
    read_all(&x);
    assert_int_equal(x.f.todo_n, 0);
    tempdir_write("acme/person.csv", "id,bikes,name\n"
                                     "2,\"[{\"\"id\"\":\"\"b1\"\"},"
                                     "{\"\"id\"\":\"\"b2\"\"}]\",b\n"
                                     "1,\"[{\"\"id\"\":\"\"b1\"\"}]\",c\n");
    read_all(&x);
    assert_todo(&x, "b1");
    set_done(&x);
    tempdir_write("acme/person.csv", "id,bikes,name\n"
                                     "1,\"[{\"\"id\"\":\"\"b1\"\"}]\",c\n");
    read_all(&x);
    assert_int_equal(x.f.todo_n, 2);
    set_done(&x);
    read_all(&x);
    assert_int_equal(x.f.todo_n, 0);
    finish(&x);
}

/* The state is gone; the tables show what was asked for. */
static void
test_rebuild(void **state)
{
    struct done found = DONE_INIT;
    struct err e = ERR_INIT;
    struct fixture x;

    (void)state;
    start(&x, DETAIL, CSV);
    tempdir_write("acme/run.csv", runs_csv);
    tempdir_write("acme/detail.csv", "id,name,start,text\n"
                                     "7,\"a, b\",2024-01-02T00:00:00Z,t\n"
                                     "8,old name,2024-02-28T00:00:00Z,t\n"
                                     "6,not in the list,,t\n");
    read_all(&x);
    assert_int_equal(fanout_rebuild(&found, &x.f, &x.in, &e), 0);
    assert_int_equal(found.n, 2);
    x.in.user = &found;
    fanout_free(&x.f);
    read_all(&x);
    assert_todo(&x, "8 9007199254740993 5"); /* 8 had another name then */
    done_free(&found);
    finish(&x);

    start(&x, LAP, CSV); /* its rows do not tell */
    tempdir_write("acme/lap.csv", "run_id,number\n7,0\n7,1\n8,0\n");
    read_all(&x);
    assert_int_equal(fanout_rebuild(&found, &x.f, &x.in, &e), 0);
    x.in.user = &found;
    fanout_free(&x.f);
    read_all(&x);
    assert_todo(&x, "9007199254740993 5");
    done_free(&found);
    finish(&x);
}

static void
test_damaged_list(void **state)
{
    struct err e = ERR_INIT;
    struct fixture x;

    (void)state;
    start(&x, DETAIL, JSONL);
    tempdir_write("acme/run.jsonl", "{\"id\":7}\n{\"id\":\n{\"id\":8}\n");
    assert_int_equal(fanout_read(&x.f, &x.in, &e), -1);
    assert_int_equal(e.kind, ERR_FILE);
    assert_non_null(strstr(e.text, "run.jsonl: line 2"));
    finish(&x);
}

/* Numbers among the records with the same value. */
static void
test_index_within(void **state)
{
    static const char *const workout[] = { "w1", "w1", "w2", "w1", "w2", "" };
    /* The last one has no value. */
    static const char index[] = "010210";
    static const struct per_record per = { .id_col = "run_id",
                                           .index_col = "number",
                                           .index_within = "workout" };
    static const struct category c = { .per = &per };
    static const struct fanout_item item = { .id = "7", .n = 1 };
    static const char raw[] = "{\"a\":1}";
    struct columns *columns = columns_new();
    struct inject i;

    (void)state;
    (void)columns_add(columns, "run_id", 6);
    (void)columns_add(columns, "number", 6);
    (void)columns_add(columns, "workout", 7);
    inject_init(&i, &c, columns);
    for (int again = 0; again < 2; again++) { /* each id anew */
        inject_start(&i, &item);
        for (size_t k = 0; k < 6; k++) {
            struct row row = ROW_INIT;

            row_fit(&row, 3);
            row.raw = raw;
            row.raw_n = sizeof(raw) - 1;
            row.cell[2] = (struct cell){
                .p = workout[k],
                .n = (uint32_t)strlen(workout[k]),
                .type = CELL_STRING,
            };
            inject_row(&i, &row);
            assert_int_equal(row.cell[1].n, 1);
            if (row.cell[1].p[0] != index[k])
                fail_msg("record %zu is number %c", k, row.cell[1].p[0]);
            row_free(&row);
        }
    }
    inject_free(&i);
    columns_free(columns);
}

/* What was asked for, and the number of the record, go into its row. */
static void
test_inject(void **state)
{
    static const struct {
        const char *raw, *first, *second;
    } rows[] = {
        { "{\"a\":1}", "{\"run_id\":7,\"number\":0,\"a\":1}",
          "{\"run_id\":7,\"number\":1,\"a\":1}" },
        { "{ }", "{\"run_id\":7,\"number\":0}", "{\"run_id\":7,\"number\":1}" },
    };
    static const struct fanout_item item = { .id = "7", .n = 1 };
    struct columns *columns = columns_new();
    struct inject i;

    (void)state;
    (void)columns_add(columns, "run_id", 6);
    (void)columns_add(columns, "number", 6);
    inject_init(&i, &categories[LAP], columns);
    for (size_t k = 0; k < 2; k++) {
        struct row row = ROW_INIT;

        inject_start(&i, &item);
        inject_owner(&i, &row);
        assert_int_equal(row.n, 1);
        assert_int_equal(row.cell[0].type, CELL_NUMBER);
        row.n = 0;
        row.raw = rows[k].raw;
        row.raw_n = strlen(row.raw);
        inject_row(&i, &row);
        assert_int_equal(row.n, 2);
        assert_memory_equal(row.cell[1].p, "0", 1);
        assert_memory_equal(row.raw, rows[k].first, strlen(rows[k].first));
        assert_int_equal(row.raw_n, strlen(rows[k].first));
        row.n = 0;
        row.raw = rows[k].raw;
        row.raw_n = strlen(row.raw);
        inject_row(&i, &row);
        assert_memory_equal(row.raw, rows[k].second, strlen(rows[k].second));
        row_free(&row);
    }
    inject_free(&i);
    columns_free(columns);
}

#define IN_TEMPDIR(f)                                                          \
    cmocka_unit_test_setup_teardown(f, tempdir_make, tempdir_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TEMPDIR(test_newest_first),
        IN_TEMPDIR(test_done),
        IN_TEMPDIR(test_recent_ones),
        IN_TEMPDIR(test_range),
        IN_TEMPDIR(test_ids_of_several_lists),
        IN_TEMPDIR(test_id_in_several_records),
        IN_TEMPDIR(test_rebuild),
        IN_TEMPDIR(test_damaged_list),
        cmocka_unit_test(test_inject),
        cmocka_unit_test(test_index_within),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
