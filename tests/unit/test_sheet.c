#include "engine/sheet.h"
#include "rowmaker.h"
#include "tempdir.h"

static const char *
said(struct sheet *s, int64_t rows)
{
    int saved = dup(STDERR_FILENO);
    int fd = open(in_tempdir("stderr"), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(saved >= 0 && fd >= 0);
    assert_true(dup2(fd, STDERR_FILENO) >= 0);
    sheet_say(s, rows);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(saved);
    (void)close(fd);
    return tempdir_read("stderr");
}

#define LABEL "wearchive: oura/sleep: "

static void
rows_past_the_last_line(void **state)
{
    static const struct {
        int64_t rows;
        const char *want;
    } tries[] = {
        { -1, "" },
        { 0, "" },
        { 1048575, "" },
        { 1048576, LABEL "sleep.csv has 1048576 rows; a spreadsheet leaves "
                         "out what is behind line 1048576\n" },
        { 1048577, "" }, /* said before */
    };
    struct sheet s = { .path = "sleep.csv", .label = "oura/sleep" };

    (void)state;
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
        assert_string_equal(said(&s, tries[i].rows), tries[i].want);
}

/* A record with a text of so many characters, each of so many bytes. */
static void
note(struct sheet *s, const char *character, size_t n)
{
    struct buf json = BUF_INIT;
    struct err e = ERR_INIT;
    struct maker m;

    (void)maker_init(&m, "a b");
    buf_adds(&json, "{\"b\":\"");
    while (n-- > 0)
        buf_adds(&json, character);
    buf_adds(&json, "\"}");
    assert_int_equal(flatten_text(&m, buf_str(&json), json.n, &e), 0);
    sheet_note(s, &m.row);
    maker_free(&m);
    buf_free(&json);
}

static void
cells_past_their_end(void **state)
{
    static const struct {
        const char *name, *character;
        size_t n;
        const char *want;
    } tries[] = {
        { "short", "x", 5, "" },
        { "as long as may be", "x", 32767, "" },
        { "as long, with escapes", "\\n", 32767, "" },
        { "as long, of more bytes", "\xC3\xA9", 32767, "" },
        { "too long, each counts twice", "\xF0\x9F\x98\x80", 16384,
          LABEL "a cell of sleep.csv has 32768 characters; a spreadsheet "
                "cuts it off at 32767\n" },
        { "longer, but it was said", "x", 40000, "" },
    };
    struct sheet s = { .path = "sleep.csv", .label = "oura/sleep" };

    (void)state;
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        note(&s, tries[i].character, tries[i].n);
        if (strcmp(said(&s, -1), tries[i].want) != 0)
            fail_msg("%s: %s", tries[i].name, tempdir_read("stderr"));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_past_the_last_line),
        cmocka_unit_test(cells_past_their_end),
    };

    return cmocka_run_group_tests(tests, tempdir_make, tempdir_remove);
}
