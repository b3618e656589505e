#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "base/tm.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows[0]))

static void
test_num(void **state)
{
    static const struct {
        const char *text;
        int rc;
        int64_t value;
    } rows[] = {
        { "0", 0, 0 },
        { "7", 0, 7 },
        { "-7", 0, -7 },
        { "-0", 0, 0 },
        { "007", 0, 7 },
        { "9223372036854775807", 0, INT64_MAX },
        { "-9223372036854775808", 0, INT64_MIN },
        { "9223372036854775808", -1, 0 },
        { "-9223372036854775809", -1, 0 },
        { "99999999999999999999", -1, 0 },
        { "", -1, 0 },
        { "-", -1, 0 },
        { "--1", -1, 0 },
        { "+1", -1, 0 },
        { " 1", -1, 0 },
        { "1 ", -1, 0 },
        { "1.0", -1, 0 },
        { "1e3", -1, 0 },
        { "0x10", -1, 0 },
        { "1\n", -1, 0 },
    };
    int64_t value;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        value = 42;
        if (num_str(&value, rows[i].text) != rows[i].rc ||
            value != (rows[i].rc ? 42 : rows[i].value))
            fail_msg("'%s': %lld", rows[i].text, (long long)value);
    }
    assert_int_equal(num_i64(&value, "123", 2), 0);
    assert_int_equal(value, 12);
}

static void
test_duration(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: refused */
    } rows[] = {
        { "90", 90 },
        { "90s", 90 },
        { "15m", 900 },
        { "6h", 21600 },
        { "2d", 172800 },
        { "0", 0 },
        { "0d", 0 },
        { "", -1 },
        { "d", -1 },
        { "-1h", -1 },
        { "1.5h", -1 },
        { "1w", -1 },
        { "1 h", -1 },
        { "1hh", -1 },
        { "106751991167301d", -1 },
        { "9223372036854775807", INT64_MAX },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t seconds = -1;
        int rc = num_duration(&seconds, rows[i].text);

        if (rc != (rows[i].seconds < 0 ? -1 : 0) ||
            (rc == 0 && seconds != rows[i].seconds))
            fail_msg("'%s': %lld", rows[i].text, (long long)seconds);
    }
}

static const char *
get_word(const void *arg, size_t i)
{
    static const char *const words[] = { "sleep",   "daily_sleep", "heartrate",
                                         "workout", "vo2_max",     NULL };

    (void)arg;
    return words[i];
}

static void
test_nearest(void **state)
{
    static char long_word[300];
    static const struct {
        const char *word, *want;
    } rows[] = {
        { "sleep", "sleep" },
        { "slep", "sleep" },
        { "SLEEP", "sleep" },
        { "sleeep", "sleep" },
        { "hartrate", "heartrate" },
        { "heart_rate", "heartrate" },
        { "daily-sleep", "daily_sleep" },
        { "workouts", "workout" },
        { "VO2max", "vo2_max" },
        { "banana", NULL },
        { "", NULL },
        { long_word, NULL },
    };

    (void)state;
    memset(long_word, 'x', sizeof(long_word) - 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *found = text_nearest(rows[i].word, get_word, NULL);

        if (!text_is(found, rows[i].want) && found != rows[i].want)
            fail_msg("'%s': %s", rows[i].word, found ? found : "(none)");
    }
}

static void
test_lists(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "", "" },
        { " ,, \t", "" },
        { "a", "a|" },
        { "a,b", "a|b|" },
        { " a , b\tc\n", "a|b|c|" },
        { ",a,,b,", "a|b|" },
    };
    struct list l = LIST_INIT;
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&b);
        list_split(&l, rows[i].text);
        for (size_t k = 0; k < l.n; k++)
            buf_addf(&b, "%s|", l.item[k]);
        assert_string_equal(buf_str(&b), rows[i].want);
        list_free(&l);
    }
    list_add(&l, "x");
    list_split(&l, "y z");
    assert_true(list_has(&l, "x") && list_has(&l, "z"));
    assert_false(list_has(&l, "X"));
    list_free(&l);
    list_free(&l);
    buf_free(&b);
}

static void
test_words(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "", "" },       { " \t\r\n", "" },
        { "a", "a" },     { "  a b \n", "a b" },
        { "a\r\n", "a" }, { "\ta", "a" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *copy = mem_strdup(rows[i].text);

        assert_string_equal(text_trim(copy), rows[i].want);
        free(copy);
    }
    assert_true(text_is("a", "a"));
    assert_false(text_is("a", "b") || text_is(NULL, "a") || text_is("a", NULL));
    assert_false(text_is(NULL, NULL));
    assert_true(text_starts("sleep", "sl") && text_starts("sleep", ""));
    assert_false(text_starts("sl", "sleep"));
    assert_true(text_ends("sleep", "eep") && text_ends("sleep", ""));
    assert_false(text_ends("eep", "sleep") || text_ends("sleep", "e"));
    assert_true(text_has_nocase("no SCOPE here", 13, "scope"));
    assert_true(text_has_nocase("scope", 5, "SCOPE"));
    assert_false(text_has_nocase("scope", 4, "scope"));
    assert_false(text_has_nocase("", 0, "scope"));
}

static void
test_instants(void **state)
{
    static const struct {
        const char *text;
        int64_t sec;
        int32_t nsec; /* -1: refused */
    } rows[] = {
        { "1970-01-01", 0, 0 },
        { "1970-01-01T00:00:00Z", 0, 0 },
        { "1969-12-31T23:59:59Z", -1, 0 },
        { "2024-03-01T04:05:06Z", 1709265906, 0 },
        { "2024-03-01 04:05:06", 1709265906, 0 },
        { "2024-03-01t04:05:06z", 1709265906, 0 },
        { "2024-03-01T04:05:06.5Z", 1709265906, 500000000 },
        { "2024-03-01T04:05:06,25Z", 1709265906, 250000000 },
        { "2024-03-01T04:05:06.000000001+00:00", 1709265906, 1 },
        { "2024-03-01T04:05:06.120", 1709265906, 120000000 },
        { "2024-03-01T05:05:06+01:00", 1709265906, 0 },
        { "2024-03-01T05:05:06+0100", 1709265906, 0 },
        { "2024-02-29T18:35:06-09:30", 1709265906, 0 },
        { "2024-03-01T04:05:60Z", 1709265960, 0 }, /* a leap second */
        { "2024-02-29", 1709164800, 0 },
        { "2000-02-29", 951782400, 0 },
        { "2023-02-29", 0, -1 },
        { "1900-02-29", 0, -1 },
        { "1600-02-29", -11670998400, 0 },
        { "0000-02-29", -62162121600, 0 },
        { "9999-12-31T23:59:59Z", 253402300799, 0 },
        { "2024-04-31", 0, -1 },
        { "2024-12-31", 1735603200, 0 },
        { "2024-00-01", 0, -1 },
        { "2024-13-01", 0, -1 },
        { "2024-01-00", 0, -1 },
        { "2024-01-32", 0, -1 },
        { "2024-1-1", 0, -1 },
        { "20240301", 0, -1 },
        { "2024/03/01", 0, -1 },
        { "2024-03-0x", 0, -1 },
        { "-024-03-01", 0, -1 },
        { "2024-03-01T", 0, -1 },
        { "2024-03-01T04:05", 0, -1 },
        { "2024-03-01T04:05:06.Z", 0, -1 },
        { "2024-03-01T04:05:06.", 0, -1 },
        { "2024-03-01T24:00:00Z", 0, -1 },
        { "2024-03-01T04:60:00Z", 0, -1 },
        { "2024-03-01T04:05:61Z", 0, -1 },
        { "2024-03-01T04.05.06Z", 0, -1 },
        { "2024-03-01x04:05:06Z", 0, -1 },
        { "2024-03-01T04:05:06ZZ", 0, -1 },
        { "2024-03-01T04:05:06Z ", 0, -1 },
        { "2024-03-01T04:05:06+1", 0, -1 },
        { "2024-03-01T04:05:06+24:00", 0, -1 },
        { "2024-03-01T04:05:06+01:60", 0, -1 },
        { "2024-03-01T04:05:06+01.00", 0, -1 },
        { "2024-03-01T04:05:06 01:00", 0, -1 },
        { "", 0, -1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t n = strlen(rows[i].text);
        char *exact = mem_alloc(n ? n : 1); /* no byte behind it */
        struct instant t = { 0, 0 };
        int rc;

        memcpy(exact, rows[i].text, n);
        rc = tm_instant(&t, exact, n);
        free(exact);
        if (rc != (rows[i].nsec < 0 ? -1 : 0) ||
            (rc == 0 && (t.sec != rows[i].sec || t.nsec != rows[i].nsec)))
            fail_msg("%s: %d, %lld.%09d", rows[i].text, rc, (long long)t.sec,
                     (int)t.nsec);
    }
}

/* Every day of four centuries there and back. */
static void
test_days(void **state)
{
    int64_t from = -11676096000, unix_s = 0; /* 1600-01-01 */
    char text[21], before[21] = "";

    (void)state;
    for (int64_t t = from; t < from + (int64_t)400 * 366 * DAY; t += DAY) {
        tm_day(text, t);
        assert_true(strcmp(before, text) < 0);
        memcpy(before, text, sizeof(text));
        assert_int_equal(tm_parse_day(&unix_s, text), 0);
        assert_true(unix_s == t);
        tm_day(text, t + DAY - 1);
        assert_string_equal(text, before);
        assert_true(tm_floor_day(t) == t && tm_floor_day(t + DAY - 1) == t);
    }
    tm_utc(text, 1709265906);
    assert_string_equal(text, "2024-03-01T04:05:06Z");
    tm_utc(text, -1);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
    tm_utc(text, (int64_t)400000000000);
    assert_true(strncmp(text, "9999-", 5) == 0);
    assert_int_equal(tm_parse(&unix_s, "2024-03-01T05:05:06.9+01:00"), 0);
    assert_int_equal(unix_s, 1709265906);
    assert_int_equal(tm_parse(&unix_s, "today"), -1);
    assert_int_equal(tm_parse_day(&unix_s, "2024-03-01T00:00:00Z"), -1);
    assert_int_equal(tm_parse_day(&unix_s, "2024-03-1"), -1);
}

static void
test_compare(void **state)
{
    static const struct instant a = { 5, 1 }, b = { 5, 2 }, c = { 6, 0 };

    (void)state;
    assert_int_equal(tm_compare(&a, &a), 0);
    assert_int_equal(tm_compare(&a, &b), -1);
    assert_int_equal(tm_compare(&b, &a), 1);
    assert_int_equal(tm_compare(&b, &c), -1);
    assert_int_equal(tm_compare(&c, &b), 1);
}

static void
test_http_dates(void **state)
{
    static const struct {
        const char *text;
        int64_t unix_s; /* -1: refused */
    } rows[] = {
        { "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
        { "Thu, 29 Feb 2024 23:59:59 GMT", 1709251199 },
        { "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 }, /* a leap second */
        { "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
        { "Saturday, 28-Nov-26 19:03:28 GMT", 1795892608 },
        { "Sun Nov  6 08:49:37 1994", 784111777 },
        { "Sat Nov 28 19:03:28 2026", 1795892608 },
        { "Sun, 06 Nov 1994 08:49:37 UTC", 784111777 },
        { "Sun, 06 Nov 1994 08:49:37 +0000", 784111777 },
        { "Sun, 06 Nov 1994 08:49:37 -0000", 784111777 },
        { "Sun, 06 Nov 1994 08:49:37 +0100", -1 },
        { "Sun, 06 Nov 1994 08:49:37 GMT ", -1 },
        { "Sun, 06 Nov 1994 08:49:37", -1 },
        { "Sun Nov  6 08:49:37 19942", -1 },
        { "Sun Nov 31 08:49:37 1994", -1 },
        { "Sunday, 06-Nov-94 08:49", -1 },
        { "Sun, 06 N", -1 },
        { "06 Nov 1994 08:49:37 GMT", -1 },
        { "Sun, 06 nov 1994 08:49:37 GMT", -1 },
        { "Sun, 00 Nov 1994 08:49:37 GMT", -1 },
        { "Sun, 31 Nov 1994 08:49:37 GMT", -1 },
        { "Wed, 29 Feb 2023 08:49:37 GMT", -1 },
        { "Sun, 06 Nov 1994 24:49:37 GMT", -1 },
        { "Sun, 06 Nov 1994 08:60:37 GMT", -1 },
        { "Sun, 06 Nov 1994 08:49:61 GMT", -1 },
        { "Sun, 06 Nov 1994 08-49-37 GMT", -1 },
        { "Sun, 06-Nov-1994 08:49:37 GMT", -1 },
        { "Sun, 06 Nov  994 08:49:37 GMT", -1 },
        { "120", -1 },
        { "", -1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t t = -1;
        int rc = tm_parse_http(&t, rows[i].text);

        if (rc != (rows[i].unix_s < 0 ? -1 : 0) ||
            (rc == 0 && t != rows[i].unix_s))
            fail_msg("%s: %d %lld", rows[i].text, rc, (long long)t);
    }
}

static void
test_err(void **state)
{
    struct err e = ERR_INIT;
    char longer[2 * sizeof(e.text)];

    (void)state;
    assert_int_equal(err_set(&e, ERR_DATA, "row %d", 3), -1);
    assert_string_equal(e.text, "row 3");
    assert_int_equal(err_hint(&e, "look at %s", "it"), -1);
    assert_int_equal(err_in(&e, "%s/%s", "oura", "sleep"), -1);
    assert_int_equal(err_in(&e, "run"), -1);
    assert_string_equal(e.text, "run: oura/sleep: row 3");
    assert_string_equal(e.hint, "look at it");
    assert_int_equal(e.kind, ERR_DATA);

    errno = ENOENT;
    assert_int_equal(err_sys(&e, "open %s", "a"), -1);
    assert_string_equal(e.text, "open a: No such file or directory");
    assert_int_equal(e.kind, ERR_IO);
    assert_string_equal(e.hint, "");

    (void)err_set(&e, ERR_DATA, "a\nb\r\tc\x1b[31m\x7f\xC3\xA9");
    assert_string_equal(e.text, "a?b??c?[31m?\xC3\xA9");
    (void)err_in(&e, "x\ny");
    assert_string_equal(e.text, "x?y: a?b??c?[31m?\xC3\xA9");
    (void)err_hint(&e, "1\n2");
    assert_string_equal(e.hint, "1?2");

    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    (void)err_set(&e, ERR_DATA, "%s", longer);
    assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
    (void)err_in(&e, "where");
    assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
    assert_memory_equal(e.text, "where: xxx", 10);
    (void)err_in(&e, "%s", longer);
    assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
    errno = ENOENT;
    (void)err_sys(&e, "%s", longer);
    assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

static void
test_buf(void **state)
{
    static const int64_t numbers[] = { 0, 7, -7, 10, INT64_MAX, INT64_MIN };
    struct buf b = BUF_INIT;
    char *taken;

    (void)state;
    buf_free(&b);
    assert_string_equal(buf_str(&b), "");
    buf_add(&b, NULL, 0);
    buf_adds(&b, "ab");
    buf_addc(&b, '\0');
    buf_addf(&b, "%s-%d", "c", 7);
    buf_addf(&b, "%s", "");
    assert_int_equal(b.n, 6);
    assert_memory_equal(buf_str(&b), "ab\0c-7", 7);
    for (int i = 0; i < 10000; i++)
        buf_addf(&b, "%d,", i);
    assert_int_equal(b.n, 6 + 48890);
    assert_string_equal(buf_str(&b) + b.n - 5, "9999,");
    taken = buf_take(&b);
    assert_null(b.p);
    assert_int_equal(b.n, 0);
    free(taken);
    memcpy(buf_room(&b, 3), "xyz", 3);
    assert_int_equal(b.n, 0);
    b.n += 3;
    assert_string_equal(buf_str(&b), "xyz");
    buf_clear(&b);
    assert_string_equal(buf_str(&b), "");
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        buf_addi(&b, numbers[i]);
        buf_addc(&b, ' ');
    }
    assert_string_equal(buf_str(&b), "0 7 -7 10 9223372036854775807 "
                                     "-9223372036854775808 ");
    buf_wipe(&b);
    buf_wipe(&b);
    assert_null(b.p);
    taken = buf_take(&b);
    assert_string_equal(taken, "");
    free(taken);
}

/* More memory than there can be ends the program with one line and code 1. */
static void
test_no_memory(void **state)
{
    int ends[2], status;
    char text[100] = "";
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        free(mem_resize(NULL, SIZE_MAX / 2, 3));
        _exit(0);
    }
    (void)close(ends[1]);
    assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
    (void)close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_string_equal(text, "wearchive: out of memory\n");
}

static int
sign(int n)
{
    return (n > 0) - (n < 0);
}

/* As memcmp() has it, and then by length. */
static void
test_text_order(void **state)
{
    static const char texts[] = "2024-03-01T00:00:00Z-and-more-of-it";
    char a[40], b[40];

    (void)state;
    for (size_t n = 0; n < sizeof(texts); n++)
        for (size_t m = 0; m < sizeof(texts); m++)
            for (size_t k = 0; k < sizeof(texts); k++) {
                size_t both = n < m ? n : m;
                int order;

                memcpy(a, texts, sizeof(texts));
                memcpy(b, texts, sizeof(texts));
                b[k] = (char)(k % 2 ? '\xFF' : 1);
                order = memcmp(a, b, both);
                if (order == 0)
                    order = (n > m) - (n < m);
                assert_int_equal(sign(text_order(a, n, b, m)), sign(order));
                assert_int_equal(sign(text_order(b, m, a, n)), -sign(order));
            }
    assert_int_equal(text_order(NULL, 0, NULL, 0), 0);
    assert_true(text_order("a", 1, NULL, 0) > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_num),       cmocka_unit_test(test_duration),
        cmocka_unit_test(test_nearest),   cmocka_unit_test(test_text_order),
        cmocka_unit_test(test_lists),     cmocka_unit_test(test_words),
        cmocka_unit_test(test_instants),  cmocka_unit_test(test_days),
        cmocka_unit_test(test_compare),   cmocka_unit_test(test_http_dates),
        cmocka_unit_test(test_err),       cmocka_unit_test(test_buf),
        cmocka_unit_test(test_no_memory), cmocka_unit_test(test_text_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
