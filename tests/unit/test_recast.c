#include "rowmaker.h"
#include "store/recast.h"
#include "store/table.h"
#include "tempdir.h"

#define BOM "\xEF\xBB\xBF"
#define PLAIN "id,day,t\na,2024-03-01,=1\nb,,\"- x, y\"\n\nc,1,-5\nd,2,''=1\n"
#define EXCEL                                                                  \
    BOM "id,day,t\r\na,2024-03-01,'=1\r\nb,,\"'- x, y\"\r\n\r\nc,1,-5\r\n"     \
        "d,2,''=1\r\n"
#define DUCKDB                                                                 \
    "\"id\",\"day\",\"t\"\na,2024-03-01,=1\nb,,\"- x, y\"\n\nc,1,-5\n"         \
    "d,2,''=1\n"

enum { PROFILES = 3 };

static int
recast_to(struct recast *r, enum csv_profile profile, struct err *e)
{
    struct maker m;
    struct table_spec spec = {
        .path = in_tempdir("t.csv"),
        .profile = profile,
        .ids = { "id" },
    };
    int rc;

    (void)maker_init(&m, "id day");
    spec.columns = m.columns;
    rc = recast_file(r, &spec, e);
    maker_free(&m);
    return rc;
}

static void
assert_file(const char *name, const char *want)
{
    const char *have = tempdir_read("t.csv");

    if (strcmp(have ? have : "(none)", want) != 0)
        fail_msg("%s: %s instead of %s", name, have ? have : "(none)", want);
    assert_false(tempdir_has("t.csv.new"));
}

static void
files_change_their_profile(void **state)
{
    static const char *const text[PROFILES] = { PLAIN, EXCEL, DUCKDB };

    (void)state;
    for (int from = 0; from < PROFILES; from++)
        for (int to = 0; to < PROFILES; to++) {
            struct err e = ERR_INIT;
            struct recast r;
            struct stat before, after;

            tempdir_write("t.csv", text[from]);
            assert_int_equal(chmod(in_tempdir("t.csv"), 0640), 0);
            assert_int_equal(stat(in_tempdir("t.csv"), &before), 0);
            assert_int_equal(recast_to(&r, (enum csv_profile)to, &e), 0);
            assert_file("there", text[to]);
            assert_int_equal(stat(in_tempdir("t.csv"), &after), 0);
            assert_int_equal(after.st_mode & 0777, 0640);
            assert_int_equal(after.st_ino == before.st_ino, from == to);
            assert_int_equal(r.changed, from != to);
            assert_int_equal(r.rows, 4);
            assert_int_equal(recast_to(&r, (enum csv_profile)from, &e), 0);
            assert_file("and back", text[from]);
        }
}

static void
what_a_person_did_stays(void **state)
{
    static const struct {
        const char *name, *before, *after;
    } rows[] = {
        { "semicolons", "id;day;t\na;1,5;=1;x\n",
          BOM "id;day;t\r\na;1,5;'=1;x\r\n" },
        { "quotes", "\"id\",\"day\"\n\"a\",\"=1\"\n\"b\",\"x\"\n",
          BOM "id,day\r\n\"a\",'=1\r\n\"b\",\"x\"\r\n" },
        { "a mix of line ends", "id,day\r\na,1\nb,\"2\n3\"\r\n",
          BOM "id,day\r\na,1\r\nb,\"2\n3\"\r\n" },
        { "columns in another order", "day,id\n=1,a\n",
          BOM "day,id\r\n'=1,a\r\n" },
        { "rows of other lengths", "id,day\na\nb,1,=2,,\n",
          BOM "id,day\r\na\r\nb,1,'=2,,\r\n" },
        { "rows of both profiles", "id,day\na,=1\nb,'=1\n",
          BOM "id,day\r\na,'=1\r\nb,'=1\r\n" },
        { "a last row without its end", "id,day\na,1\nb,=2",
          BOM "id,day\r\na,1\r\nb,'=2" },
        { "a piece of one", "id,day,t\na,1,\nb,=2",
          BOM "id,day,t\r\na,1,\r\nb,=2" },
        { "a piece with a quote", "id,day\na,1\nb,\"=2",
          BOM "id,day\r\na,1\r\nb,\"=2" },
        { "a header alone", "id,day\n", BOM "id,day\r\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err e = ERR_INIT;
        struct recast r;

        tempdir_write("t.csv", rows[i].before);
        if (recast_to(&r, CSV_EXCEL, &e) < 0)
            fail_msg("%s: %s", rows[i].name, e.text);
        assert_file(rows[i].name, rows[i].after);
        assert_true(r.changed);
    }
}

static void
damaged_files_are_left_alone(void **state)
{
    static const struct {
        const char *name, *text, *why;
    } rows[] = {
        { "no key", "day\n=1\n", "no column \"id\" in its header" },
        { "no header", "id,day", "its header line has no line end" },
        { "an open quote", "id,day\na,\"1\nb,2\nc,3\n",
          "a quote at byte 9 (line 2) is not closed" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err e = ERR_INIT;
        struct recast r;

        tempdir_write("t.csv", rows[i].text);
        assert_int_equal(recast_to(&r, CSV_EXCEL, &e), -1);
        assert_int_equal(e.kind, ERR_FILE);
        if (!strstr(e.text, rows[i].why))
            fail_msg("%s: %s", rows[i].name, e.text);
        assert_file(rows[i].name, rows[i].text);
    }
}

static void
no_file_is_no_failure(void **state)
{
    struct err e = ERR_INIT;
    struct recast r;

    (void)state;
    (void)unlink(in_tempdir("t.csv"));
    assert_int_equal(recast_to(&r, CSV_EXCEL, &e), 0);
    assert_false(r.changed);
    tempdir_write("t.csv", "");
    assert_int_equal(recast_to(&r, CSV_EXCEL, &e), 0);
    assert_file("an empty file", "");
    assert_int_equal(unlink(in_tempdir("t.csv")), 0);
    assert_int_equal(mkdir(in_tempdir("t.csv"), 0700), 0);
    assert_int_equal(recast_to(&r, CSV_EXCEL, &e), -1);
    assert_int_equal(e.kind, ERR_FILE);
    assert_int_equal(rmdir(in_tempdir("t.csv")), 0);
}

static void
long_cells_are_noticed(void **state)
{
    struct buf text = BUF_INIT;
    struct err e = ERR_INIT;
    struct recast r;

    (void)state;
    buf_adds(&text, "id,day\na,\"");
    for (int i = 0; i < 1000; i++)
        buf_adds(&text, "\xC3\xA9,\xF0\x9F\x98\x80\"\""); /* 1 + 1 + 2 + 1 */
    buf_adds(&text, "\"\nb,1\n");
    tempdir_write("t.csv", buf_str(&text));
    assert_int_equal(recast_to(&r, CSV_EXCEL, &e), 0);
    assert_int_equal(r.longest, 5000);
    assert_int_equal(r.rows, 2);
    buf_free(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_change_their_profile),
        cmocka_unit_test(what_a_person_did_stays),
        cmocka_unit_test(damaged_files_are_left_alone),
        cmocka_unit_test(no_file_is_no_failure),
        cmocka_unit_test(long_cells_are_noticed),
    };

    return cmocka_run_group_tests(tests, tempdir_make, tempdir_remove);
}
