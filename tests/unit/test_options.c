#include "cmd/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/tm.h"
#include "cmd/command.h"
#include "cmd/help.h"
#include "engine/source.h"

enum { ARGS_MAX = 12 };

/* A command line that is copied, because the parser may write to it. */
struct line {
    char text[400];
    char *argv[ARGS_MAX + 2];
    int argc;
};

/* Words between blanks. */
static void
split(struct line *l, const char *text)
{
    size_t n = strlen(text);

    memset(l, 0, sizeof(*l));
    assert_true(n < sizeof(l->text));
    memcpy(l->text, text, n);
    l->argv[l->argc++] = l->text + n; /* the program: an empty name */
    for (char *p = l->text; *p;) {
        size_t word = strcspn(p, " ");

        assert_true(l->argc <= ARGS_MAX);
        l->argv[l->argc++] = p;
        p += word;
        if (*p)
            *p++ = '\0';
    }
}

static int
parse(struct options *o, struct line *l, const char *text, struct err *e)
{
    split(l, text);
    return options_parse(o, l->argc, l->argv, e);
}

static void
join(struct buf *out, const struct list *l)
{
    for (size_t i = 0; i < l->n; i++)
        buf_addf(out, "%s%s", i ? " " : "", l->item[i]);
}

static const struct {
    const char *name;
    const char *line;
    const char *command; /* NULL: none */
    const char *categories;
    const char *words;
} good[] = {
    { "nothing", "", NULL, "", "" },
    { "a command", "fetch", "fetch", "", "" },
    { "a list of words", "fetch --categories sleep daily_readiness", "fetch",
      "sleep daily_readiness", "" },
    { "with a comma", "fetch --categories sleep,daily_readiness", "fetch",
      "sleep daily_readiness", "" },
    { "with =", "fetch --categories=sleep", "fetch", "sleep", "" },
    { "= and words", "fetch --categories=sleep workout", "fetch",
      "sleep workout", "" },
    { "short", "fetch -c sleep", "fetch", "sleep", "" },
    { "short, joined", "fetch -csleep workout", "fetch", "sleep workout", "" },
    { "twice", "fetch -c sleep -c workout", "fetch", "sleep workout", "" },
    { "words after fetch", "fetch sleep oura/workout", "fetch",
      "sleep oura/workout", "" },
    { "words, an option, words", "fetch sleep --full workout", "fetch",
      "sleep workout", "" },
    { "a word behind an option's value", "fetch --since 2024-03-01 sleep",
      "fetch", "sleep", "" },
    { "list before the command", "--categories sleep workout fetch", "fetch",
      "sleep workout", "" },
    { "a command's name in a list", "fetch --categories sleep status", "fetch",
      "sleep status", "" },
    { "options before and after", "-v --config x fetch -q", "fetch", "", "" },
    { "shortened option", "fetch --categ sleep", "fetch", "sleep", "" },
    { "formats end where names do", "fetch --format csv raw sleep", "fetch",
      "sleep", "" },
    { "behind --", "fetch -- sleep", "fetch", "sleep", "" },
    { "a word of a command", "categories oura --json", "categories", "",
      "oura" },
    { "init takes a folder", "init here", "init", "", "here" },
    { "help of a command", "help fetch", "help", "", "fetch" },
    { "--help takes any line", "status --full --help", "status", "", "" },
};

static void
good_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct options o = OPTIONS_INIT;
        struct err e = ERR_INIT;
        struct buf categories = BUF_INIT, words = BUF_INIT;
        struct line l;
        int rc = parse(&o, &l, good[i].line, &e);

        if (rc < 0)
            fail_msg("%s: %s", good[i].name, e.text);
        join(&categories, &o.categories);
        join(&words, &o.words);
        if (!o.command != !good[i].command ||
            (o.command && !text_is(o.command->name, good[i].command)) ||
            !text_is(buf_str(&categories), good[i].categories) ||
            !text_is(buf_str(&words), good[i].words))
            fail_msg("%s: %s, categories %s, words %s", good[i].name,
                     o.command ? o.command->name : "no command",
                     buf_str(&categories), buf_str(&words));
        buf_free(&categories);
        buf_free(&words);
        options_free(&o);
    }
}

static const struct {
    const char *name;
    const char *line;
    const char *text;
    const char *hint;
} bad[] = {
    { "unknown command", "fech", "unknown command fech",
      "did you mean fetch?" },
    { "unlike anything", "xylophone", "unknown command xylophone",
      "wearchive help lists the commands" },
    { "unknown option", "fetch --catgories sleep", "unknown option --catgories",
      "did you mean --categories?" },
    { "unknown, with a value", "fetch --sinse=2024-01-01",
      "unknown option --sinse", "did you mean --since?" },
    { "unknown letter", "fetch -x", "unknown option -x", "" },
    { "unknown letter among others", "fetch -vxq", "unknown option -x", "" },
    { "ambiguous", "fetch --max 3",
      "option --max is ambiguous: --max-requests, --max-time", "" },
    { "not of this command", "status --full", "status takes no option --full",
      "" },
    { "not of this command, before it", "--since 2024-01-01 status",
      "status takes no option --since", "" },
    { "init has no result to print", "init --json",
      "init takes no option --json", "" },
    { "value missing", "fetch --since",
      "option --since wants a day like 2024-03-01 or a time like "
      "2024-03-01T04:00:00Z",
      "" },
    { "value forgotten", "fetch --max-requests --full",
      "option --max-requests wants a whole number from 1", "" },
    { "value not taken", "fetch --full=yes", "option --full takes no value",
      "" },
    { "no day", "fetch --since yesterday",
      "option --since yesterday: a day like 2024-03-01 or a time like "
      "2024-03-01T04:00:00Z is wanted",
      "" },
    { "no such day", "fetch --until 2024-02-30",
      "option --until 2024-02-30: a day like 2024-03-01 or a time like "
      "2024-03-01T04:00:00Z is wanted",
      "" },
    { "a sweep of a part", "fetch --sweep --since 2024-03-01",
      "--sweep reads whole lists: not with --since, --until or "
      "--lookback-hours",
      "" },
    { "marks of a part", "fetch --mark-vanished --lookback-hours 0",
      "--sweep reads whole lists: not with --since, --until or "
      "--lookback-hours",
      "" },
    { "no number", "fetch --lookback-hours 1.5",
      "option --lookback-hours 1.5: a whole number from 0 is wanted", "" },
    { "zero requests", "fetch --max-requests 0",
      "option --max-requests 0: a whole number from 1 is wanted", "" },
    { "too large", "fetch --max-requests 99999999999",
      "option --max-requests 99999999999: a whole number from 1 is wanted",
      "" },
    { "no span", "fetch --max-time soon",
      "option --max-time soon: a time like 90, 90s, 15m or 6h is wanted", "" },
    { "no time to wait", "fetch --wait=soon",
      "option --wait soon: a time like 90, 90s, 15m or 6h is wanted", "" },
    { "less than no time", "fetch --wait=-1",
      "option --wait -1: a time like 90, 90s, 15m or 6h is wanted", "" },
    { "no time at all", "fetch --max-time 0",
      "option --max-time 0: a time like 90, 90s, 15m or 6h is wanted", "" },
    { "no format", "fetch --format xml",
      "option --format xml: one or several of csv, jsonl, raw is wanted", "" },
    { "one of two is none", "fetch --format csv,xml",
      "option --format csv,xml: one or several of csv, jsonl, raw is wanted",
      "" },
    { "an empty list", "fetch --categories ,",
      "option --categories ,: a list of names is wanted", "" },
    { "an empty path",
      "status --output-dir=", "option --output-dir : a value is wanted", "" },
    { "an empty token", "fetch --token=", "option --token wants a value", "" },
    { "backwards", "fetch --since 2024-03-02 --until 2024-03-01",
      "--since is not before --until", "" },
    { "two tokens", "fetch --token x --token-file y",
      "--token and --token-file: give one", "" },
    { "a word too many", "status oura", "status: one word too many: oura", "" },
    { "two words too many", "categories oura whoop",
      "categories: one word too many: whoop", "" },
};

static void
bad_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct options o = OPTIONS_INIT;
        struct err e = ERR_INIT;
        struct line l;

        if (parse(&o, &l, bad[i].line, &e) == 0)
            fail_msg("%s: accepted", bad[i].name);
        if (e.kind != ERR_USAGE || !text_is(e.text, bad[i].text) ||
            !text_is(e.hint, bad[i].hint))
            fail_msg("%s: %s (%s)", bad[i].name, e.text, e.hint);
        options_free(&o);
    }
}

static void
values(void **state)
{
    struct options o = OPTIONS_INIT;
    struct err e = ERR_INIT;
    struct line l;
    int64_t day;

    (void)state;
    assert_int_equal(
        parse(&o, &l,
              "fetch --since 2024-03-01T04:00:00+01:00 --until 2024-03-31 "
              "--max-time 15m --max-requests 7 --lookback-hours 0 -vv",
              &e),
        0);
    assert_int_equal(tm_parse_day(&day, "2024-03-01"), 0);
    assert_int_equal(o.since, day + 3 * HOUR);
    assert_int_equal(o.until, day + 31 * DAY); /* the 31st counts */
    assert_int_equal(o.max_time_s, 900);
    assert_int_equal(o.max_requests, 7);
    assert_int_equal(o.lookback_hours, 0);
    assert_int_equal(o.verbose, 2);
    assert_false(o.full || o.dry_run || o.json || o.quiet);
    options_free(&o);
}

static void
wait_has_a_value_only_with_an_equals_sign(void **state)
{
    static const struct {
        const char *line;
        int64_t wait_s;
        size_t categories;
    } rows[] = {
        { "fetch", 0, 0 },
        { "fetch --wait", -1, 0 },
        { "fetch --wait=90", 90, 0 },
        { "fetch --wait=0", 0, 0 },
        { "fetch --wait=15m sleep", 900, 1 },
        { "fetch --wait sleep", -1, 1 },
        { "fetch --wait --full", -1, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct options o = OPTIONS_INIT;
        struct err e = ERR_INIT;
        struct line l;

        assert_int_equal(parse(&o, &l, rows[i].line, &e), 0);
        assert_int_equal(o.wait_s, rows[i].wait_s);
        assert_int_equal(o.categories.n, rows[i].categories);
        options_free(&o);
    }
}

static void
not_given(void **state)
{
    struct options o = OPTIONS_INIT;
    struct err e = ERR_INIT;
    struct line l;

    (void)state;
    assert_int_equal(parse(&o, &l, "fetch", &e), 0);
    assert_true(o.since == OPTIONS_NO_TIME && o.until == OPTIONS_NO_TIME);
    assert_int_equal(o.lookback_hours, -1);
    assert_int_equal(o.max_requests, 0);
    assert_int_equal(o.max_time_s, 0);
    assert_int_equal(o.formats, 0);
    assert_null(o.config);
    options_free(&o);
}

static void
formats(void **state)
{
    struct options o = OPTIONS_INIT;
    struct err e = ERR_INIT;
    struct line l;

    (void)state;
    assert_int_equal(parse(&o, &l, "fetch --format csv,raw jsonl", &e), 0);
    assert_int_equal(o.formats, FORMAT_CSV | FORMAT_RAW | FORMAT_JSONL);
    options_free(&o);
}

static void
token_is_hidden(void **state)
{
    static const char *const lines[] = { "fetch --token CANARY",
                                         "fetch --token=CANARY" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct options o = OPTIONS_INIT;
        struct err e = ERR_INIT;
        struct line l;

        assert_int_equal(parse(&o, &l, lines[i], &e), 0);
        assert_string_equal(buf_str(&o.token), "CANARY");
        for (int k = 0; k < l.argc; k++)
            assert_null(strstr(l.argv[k], "CANARY"));
        options_free(&o);
        assert_null(o.token.p);
    }
}

/* Each option of the list is in the help of its command. */
static void
help_is_complete(void **state)
{
    struct buf list = BUF_INIT;
    size_t lines = 0;

    (void)state;
    options_list(&list);
    for (const char *p = buf_str(&list); *p; p = strchr(p, '\n') + 1) {
        char command[20], name[40];
        struct buf text = BUF_INIT;
        const char *tab = strchr(p, '\t');
        const char *long_name = strstr(p, "--");

        (void)snprintf(command, sizeof(command), "%.*s", (int)(tab - p), p);
        (void)snprintf(name, sizeof(name), "%.*s",
                       (int)strcspn(long_name, "\t"), long_name);
        help_text(&text, command_find(command));
        if (!strstr(buf_str(&text), name))
            fail_msg("%s: no %s in its help", command, name);
        buf_free(&text);
        lines++;
    }
    assert_true(lines > 20);
    buf_free(&list);
}

static void
help_fits_a_terminal(void **state)
{
    (void)state;
    for (size_t i = 0; i <= commands_n; i++) {
        struct buf text = BUF_INIT;
        const char *p;

        help_text(&text, i < commands_n ? &commands[i] : NULL);
        for (p = buf_str(&text); *p; p += strcspn(p, "\n") + 1)
            if (strcspn(p, "\n") > 79)
                fail_msg("too wide: %.100s", p);
        buf_free(&text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_lines),
        cmocka_unit_test(bad_lines),
        cmocka_unit_test(values),
        cmocka_unit_test(wait_has_a_value_only_with_an_equals_sign),
        cmocka_unit_test(not_given),
        cmocka_unit_test(formats),
        cmocka_unit_test(token_is_hidden),
        cmocka_unit_test(help_is_complete),
        cmocka_unit_test(help_fits_a_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
