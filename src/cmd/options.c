#include "cmd/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/tm.h"
#include "cmd/command.h"
#include "engine/source.h"

enum arg_kind {
    ARG_NONE,   /* bool: true when given */
    ARG_TIMES,  /* int: how often it was given */
    ARG_TEXT,   /* const char * */
    ARG_LIST,   /* struct list; takes the words behind it, too */
    ARG_FORMAT, /* unsigned; takes the format names behind it, too */
    ARG_FROM,   /* int64_t: an instant, or the start of a day */
    ARG_TO,     /* int64_t: an instant, or the end of a day */
    ARG_COUNT,  /* int64_t: 1 or more */
    ARG_HOURS,  /* int64_t: 0 or more */
    ARG_SPAN,   /* int64_t: seconds, 1 or more */
    ARG_SECRET, /* struct buf */
};

struct option_row {
    char letter; /* 0: none */
    const char *name;
    enum arg_kind kind;
    size_t offset; /* in struct options */
    const char *arg;
    const char *help;
    unsigned commands; /* of enum command_bit */
};

#define AT(field) offsetof(struct options, field)

/* clang-format off */
static const struct option_row rows[] = {
    { 'c', "categories", ARG_LIST, AT(categories), "LIST",
      "what to fetch: sleep, oura/sleep, all", CMD_FETCH },
    { 0, "sources", ARG_LIST, AT(sources), "LIST",
      "only these sections of the config", CMD_FETCH },
    { 0, "providers", ARG_LIST, AT(providers), "LIST",
      "only the sources of these providers", CMD_FETCH },
    { 0, "since", ARG_FROM, AT(since), "DAY",
      "read only from this day on, 2024-03-01", CMD_FETCH },
    { 0, "until", ARG_TO, AT(until), "DAY",
      "read only up to this day, and with it", CMD_FETCH },
    { 0, "full", ARG_NONE, AT(full), NULL,
      "forget what is proven and read everything again", CMD_FETCH },
    { 0, "lookback-hours", ARG_HOURS, AT(lookback_hours), "N",
      "read again this far back, not as each category says", CMD_FETCH },
    { 0, "dry-run", ARG_NONE, AT(dry_run), NULL,
      "say what would be asked for, and stop", CMD_FETCH },
    { 0, "format", ARG_FORMAT, AT(formats), "LIST",
      "tables to write: csv, jsonl, raw", CMD_FETCH },
    { 0, "max-requests", ARG_COUNT, AT(max_requests), "N",
      "stop after this many requests", CMD_FETCH },
    { 0, "max-time", ARG_SPAN, AT(max_time_s), "SPAN",
      "stop after this time: 90, 90s, 15m, 6h", CMD_FETCH },
    { 0, "token-file", ARG_TEXT, AT(token_file), "FILE",
      "read the access token from FILE, - is stdin", CMD_FETCH },
    { 0, "token", ARG_SECRET, AT(token), "TEXT",
      "the access token; others can see it in ps", CMD_FETCH },
    { 0, "json", ARG_NONE, AT(json), NULL,
      "write the result as JSON",
      CMD_FETCH | CMD_STATUS | CMD_PROVIDERS | CMD_CATEGORIES },
    { 0, "config", ARG_TEXT, AT(config), "FILE",
      "the config file", CMD_ALL },
    { 0, "output-dir", ARG_TEXT, AT(output_dir), "DIR",
      "the archive; default ./data", CMD_ALL },
    { 0, "state-file", ARG_TEXT, AT(state_file), "FILE",
      "default state.json in the archive", CMD_ALL },
    { 'v', "verbose", ARG_TIMES, AT(verbose), NULL,
      "say what is done; twice: each request", CMD_ALL },
    { 'q', "quiet", ARG_NONE, AT(quiet), NULL,
      "say nothing but errors", CMD_ALL },
    { 'h', "help", ARG_NONE, AT(help), NULL,
      "explain the command", CMD_ALL },
    { 'V', "version", ARG_NONE, AT(version), NULL,
      "print the version", CMD_ALL },
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(rows[0]), LONG_BASE = 256 };

/* What is being read. */
struct reader {
    struct options *o;
    char **argv;
    const struct option_row *taking; /* list that words belong to, or NULL */
    uint64_t seen;                   /* rows given, as bits */
};

static bool
has_arg(const struct option_row *r)
{
    return r->kind != ARG_NONE && r->kind != ARG_TIMES;
}

/* getopt_long's arrays, made from the rows. */
struct getopt_tables {
    char letters[2 * ROWS + 3];
    struct option longs[ROWS + 1];
};

static void
make_tables(struct getopt_tables *t)
{
    size_t n = 0;

    memset(t, 0, sizeof(*t));
    t->letters[n++] = '-'; /* words come in order, as options of value 1 */
    t->letters[n++] = ':'; /* a missing argument is told apart */
    for (size_t i = 0; i < ROWS; i++) {
        t->longs[i].name = rows[i].name;
        t->longs[i].has_arg =
            has_arg(&rows[i]) ? required_argument : no_argument;
        t->longs[i].val = LONG_BASE + (int)i;
        if (rows[i].letter == 0)
            continue;
        t->letters[n++] = rows[i].letter;
        if (has_arg(&rows[i]))
            t->letters[n++] = ':';
    }
}

/* The row of a value that getopt_long gave, or NULL. */
static const struct option_row *
row_of(int value)
{
    if (value >= LONG_BASE && value < LONG_BASE + ROWS)
        return &rows[value - LONG_BASE];
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].letter && rows[i].letter == value)
            return &rows[i];
    return NULL;
}

static const struct {
    const char *name;
    enum format bit;
} formats_known[] = {
    { "csv", FORMAT_CSV },
    { "jsonl", FORMAT_JSONL },
    { "raw", FORMAT_RAW },
};

static unsigned
format_bit(const char *name)
{
    size_t n = sizeof(formats_known) / sizeof(formats_known[0]);

    for (size_t i = 0; i < n; i++)
        if (text_is(formats_known[i].name, name))
            return formats_known[i].bit;
    return 0;
}

int
options_formats(unsigned *formats, const char *text)
{
    struct list names = LIST_INIT;
    unsigned all = 0;
    bool is_good = true;

    list_split(&names, text);
    for (size_t i = 0; i < names.n; i++) {
        unsigned bit = format_bit(names.item[i]);

        is_good = is_good && bit;
        all |= bit;
    }
    list_free(&names);
    if (!is_good || all == 0)
        return -1;
    *formats |= all;
    return 0;
}

static int
set_time(int64_t *out, const char *text, int64_t day_adds)
{
    int64_t t;

    if (tm_parse_day(&t, text) == 0)
        t += day_adds;
    else if (tm_parse(&t, text) < 0)
        return -1;
    *out = t;
    return 0;
}

static int
set_number(int64_t *out, const char *text, int64_t low)
{
    int64_t value;

    if (num_str(&value, text) < 0 || value < low || value > INT32_MAX)
        return -1;
    *out = value;
    return 0;
}

static int
set_span(int64_t *out, const char *text)
{
    int64_t seconds;

    if (num_duration(&seconds, text) < 0 || seconds < 1 || seconds > INT32_MAX)
        return -1;
    *out = seconds;
    return 0;
}

static int
set_list(struct list *out, const char *text)
{
    size_t before = out->n;

    list_split(out, text);
    return out->n > before ? 0 : -1;
}

static int
set_text(const char **out, const char *text)
{
    *out = text;
    return *text ? 0 : -1;
}

/* Copies it, and hides it from those who look at the process list later. A
 * control character would break the header that it goes into. */
static int
set_secret(struct buf *out, char *text)
{
    size_t n = strlen(text);
    bool is_good = true;

    buf_wipe(out);
    buf_adds(out, text_trim(text));
    memset(text, '*', n);
    for (size_t i = 0; i < out->n; i++)
        if ((unsigned char)out->p[i] < ' ' || out->p[i] == 0x7f)
            is_good = false;
    return out->n && is_good ? 0 : -1;
}

static int
set_value(struct options *o, const struct option_row *r, char *text)
{
    void *field = (char *)o + r->offset;

    switch (r->kind) {
    case ARG_NONE:
        *(bool *)field = true;
        return 0;
    case ARG_TIMES:
        ++*(int *)field;
        return 0;
    case ARG_TEXT:
        return set_text(field, text);
    case ARG_LIST:
        return set_list(field, text);
    case ARG_FORMAT:
        return options_formats(field, text);
    case ARG_FROM:
        return set_time(field, text, 0);
    case ARG_TO:
        return set_time(field, text, DAY);
    case ARG_COUNT:
        return set_number(field, text, 1);
    case ARG_HOURS:
        return set_number(field, text, 0);
    case ARG_SPAN:
        return set_span(field, text);
    case ARG_SECRET:
        return set_secret(field, text);
    }
    return -1;
}

/* What a kind of argument has to look like. */
static const char *
wanted(enum arg_kind kind)
{
    switch (kind) {
    case ARG_FORMAT:
        return "one or several of csv, jsonl, raw";
    case ARG_FROM:
    case ARG_TO:
        return "a day like 2024-03-01 or a time like 2024-03-01T04:00:00Z";
    case ARG_COUNT:
        return "a whole number from 1";
    case ARG_HOURS:
        return "a whole number from 0";
    case ARG_SPAN:
        return "a time like 90, 90s, 15m or 6h";
    case ARG_LIST:
        return "a list of names";
    case ARG_NONE:
    case ARG_TIMES:
        return "nothing";
    case ARG_TEXT:
    case ARG_SECRET:
        return "a value";
    }
    return "";
}

static int
bad_value(const struct option_row *r, const char *value, struct err *e)
{
    if (!value || r->kind == ARG_SECRET)
        return err_set(e, ERR_USAGE, "option --%s wants %s", r->name,
                       wanted(r->kind));
    return err_set(e, ERR_USAGE, "option --%s %s: %s is wanted", r->name, value,
                   wanted(r->kind));
}

static int
take_option(struct reader *d, const struct option_row *r, char *text,
            struct err *e)
{
    d->seen |= UINT64_C(1) << (r - rows);
    d->taking = r->kind == ARG_LIST || r->kind == ARG_FORMAT ? r : NULL;
    /* "--since --full": the value was forgotten; --token=-x is meant. */
    if (has_arg(r) && text == d->argv[optind - 1] && text[0] == '-' && text[1])
        return bad_value(r, NULL, e);
    if (set_value(d->o, r, text) < 0)
        return bad_value(r, text, e);
    return 0;
}

static int
take_word(struct reader *d, char *word, struct err *e)
{
    struct options *o = d->o;
    const struct command *command = o->command ? NULL : command_find(word);

    if (command) {
        o->command = command;
        d->taking = NULL;
        return 0;
    }
    if (d->taking && (d->taking->kind == ARG_LIST || format_bit(word)))
        return take_option(d, d->taking, word, e);
    if (!o->command)
        return command_unknown(word, e);
    if (o->command->bit == CMD_FETCH)
        list_split(&o->categories, word);
    else
        list_add(&o->words, word);
    return 0;
}

static const char *
option_name(const void *arg, size_t i)
{
    (void)arg; /* there is one list */
    return i < ROWS ? rows[i].name : NULL;
}

/* An option that getopt_long does not know, or knows more than one of. */
static int
unknown_option(const char *text, struct err *e)
{
    size_t n = strcspn(text, "="), found = 0;
    char *name = mem_strndup(text, n);
    const char *near = text_nearest(name, option_name, NULL);
    struct buf several = BUF_INIT;

    for (size_t i = 0; i < ROWS; i++)
        if (text_starts(rows[i].name, name))
            buf_addf(&several, "%s--%s", found++ ? ", " : "", rows[i].name);
    if (found > 1)
        (void)err_set(e, ERR_USAGE, "option --%s is ambiguous: %s", name,
                      buf_str(&several));
    else
        (void)err_set(e, ERR_USAGE, "unknown option --%s", name);
    if (found <= 1 && near)
        (void)err_hint(e, "did you mean --%s?", near);
    buf_free(&several);
    free(name);
    return -1;
}

/* getopt_long's '?' and ':'. */
static int
bad_option(struct reader *d, int what, struct err *e)
{
    const struct option_row *r = row_of(optopt);

    if (what == ':' && r)
        return bad_value(r, NULL, e);
    if (optopt >= LONG_BASE && r)
        return err_set(e, ERR_USAGE, "option --%s takes no value", r->name);
    if (optopt)
        return err_set(e, ERR_USAGE, "unknown option -%c", optopt);
    return unknown_option(d->argv[optind - 1] + strlen("--"), e);
}

static int
read_all(struct reader *d, int argc, struct err *e)
{
    struct getopt_tables t;
    int value;

    make_tables(&t);
    optind = 0; /* glibc: start over, also in the middle of a scan */
    opterr = 0;
    while ((value = getopt_long(argc, d->argv, t.letters, t.longs, NULL)) !=
           -1) {
        int rc;

        if (value == 1)
            rc = take_word(d, optarg, e);
        else if (value == '?' || value == ':')
            rc = bad_option(d, value, e);
        else
            rc = take_option(d, row_of(value), optarg, e);
        if (rc < 0)
            return -1;
    }
    d->taking = NULL;
    while (optind < argc) /* behind "--" */
        if (take_word(d, d->argv[optind++], e) < 0)
            return -1;
    return 0;
}

/* Rules between options and the command. */
static int
check(const struct reader *d, struct err *e)
{
    const struct options *o = d->o;
    const struct command *c = o->command;

    if (!c || o->help || o->version)
        return 0;
    for (size_t i = 0; i < ROWS; i++)
        if ((d->seen >> i & 1) && !(rows[i].commands & c->bit))
            return err_set(e, ERR_USAGE, "%s takes no option --%s", c->name,
                           rows[i].name);
    if (o->words.n > c->words_max)
        return err_set(e, ERR_USAGE, "%s: one word too many: %s", c->name,
                       o->words.item[c->words_max]);
    if (o->since != OPTIONS_NO_TIME && o->until != OPTIONS_NO_TIME &&
        o->since >= o->until)
        return err_set(e, ERR_USAGE, "--since is not before --until");
    if (o->token.n && o->token_file)
        return err_set(e, ERR_USAGE, "--token and --token-file: give one");
    return 0;
}

int
options_parse(struct options *o, int argc, char **argv, struct err *e)
{
    struct reader d = { .o = o, .argv = argv };

    if (read_all(&d, argc, e) < 0)
        return -1;
    return check(&d, e);
}

void
options_free(struct options *o)
{
    list_free(&o->words);
    list_free(&o->categories);
    list_free(&o->sources);
    list_free(&o->providers);
    buf_wipe(&o->token);
}

/* "-c, --categories LIST" */
static void
add_usage(struct buf *out, const struct option_row *r)
{
    if (r->letter)
        buf_addf(out, "-%c, ", r->letter);
    else
        buf_adds(out, "    ");
    buf_addf(out, "--%s", r->name);
    if (r->arg)
        buf_addf(out, " %s", r->arg);
}

size_t
options_help(struct buf *out, unsigned command_bit, enum options_part part)
{
    enum { HELP_COLUMN = 27 };
    size_t n = 0;

    for (size_t i = 0; i < ROWS; i++) {
        bool is_common = rows[i].commands == CMD_ALL;
        size_t start = out->n;

        if (is_common != (part == OPTIONS_COMMON) ||
            !(rows[i].commands & command_bit))
            continue;
        buf_adds(out, "  ");
        add_usage(out, &rows[i]);
        while (out->n - start < HELP_COLUMN)
            buf_addc(out, ' ');
        buf_addf(out, " %s\n", rows[i].help);
        n++;
    }
    return n;
}

void
options_list(struct buf *out)
{
    for (size_t c = 0; c < commands_n; c++)
        for (size_t i = 0; i < ROWS; i++) {
            char letter[] = { '-', rows[i].letter, '\0' };

            if (rows[i].commands & commands[c].bit)
                buf_addf(out, "%s\t%s\t--%s\t%s\t%s\n", commands[c].name,
                         letter, rows[i].name, rows[i].arg ? rows[i].arg : "-",
                         rows[i].help);
        }
}
