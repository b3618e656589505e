#include "cmd/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/value.h"

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
    { 0, "sweep", ARG_NONE, AT(sweep), NULL,
      "read whole lists and say what is in them no more", CMD_FETCH },
    { 0, "mark-vanished", ARG_NONE, AT(mark_vanished), NULL,
      "the same, and note that in the history", CMD_FETCH },
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
    { 0, "wait", ARG_WAIT, AT(wait_s), "SPAN",
      "wait for another run to end, at most so long", CMD_FETCH | CMD_VERIFY | CMD_TIDY },
    { 0, "repair", ARG_NONE, AT(repair), NULL,
      "put right what can be put right without loss", CMD_VERIFY },
    { 0, "to", ARG_TEXT, AT(to), "FORMAT",
      "what to make of it: csv or jsonl", CMD_CONVERT },
    { 'o', "output", ARG_TEXT, AT(output), "FILE",
      "write to FILE, not to standard output", CMD_CONVERT },
    { 0, "token-file", ARG_TEXT, AT(token_file), "FILE",
      "read the access token from FILE, - is stdin", CMD_FETCH },
    { 0, "token", ARG_SECRET, AT(token), "TEXT",
      "the access token; others can see it in ps", CMD_FETCH },
    { 0, "no-browser", ARG_NONE, AT(no_browser), NULL,
      "print the address; read what came back", CMD_AUTH },
    { 0, "print-url", ARG_NONE, AT(print_url), NULL,
      "print the address and stop; see --callback-url", CMD_AUTH },
    { 0, "callback-url", ARG_SECRET, AT(callback_url), "URL",
      "where the browser was sent, after --print-url", CMD_AUTH },
    { 0, "timeout", ARG_SPAN, AT(timeout_s), "SPAN",
      "wait so long for a person; default 5m", CMD_AUTH },
    { 0, "listen-port", ARG_PORT, AT(listen_port), "PORT",
      "listen there, not where redirect_uri says", CMD_AUTH },
    { 0, "old-key-file", ARG_TEXT, AT(old_key_file), "FILE",
      "auth rekey: the key until now, - is stdin", CMD_AUTH },
    { 0, "json", ARG_NONE, AT(json), NULL,
      "write the result as JSON",
      CMD_AUTH | CMD_FETCH | CMD_STATUS | CMD_VERIFY | CMD_HISTORY | CMD_PROVIDERS |
          CMD_CATEGORIES },
    { 0, "config", ARG_TEXT, AT(config), "FILE",
      "the config file", CMD_ALL },
    { 0, "output-dir", ARG_TEXT, AT(output_dir), "DIR",
      "the archive; default ./data", CMD_ALL },
    { 0, "state-file", ARG_TEXT, AT(state_file), "FILE",
      "default state.json in the archive", CMD_ALL },
    { 0, "token-store", ARG_TEXT, AT(token_store), "FILE",
      "default tokens.json beside the config", CMD_ALL },
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

/* getopt_long's word for it; an optional value is joined with "=". */
static int
arg_style(const struct option_row *r)
{
    if (r->kind == ARG_WAIT)
        return optional_argument;
    return has_arg(r) ? required_argument : no_argument;
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
        t->longs[i].has_arg = arg_style(&rows[i]);
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

static int
bad_value(const struct option_row *r, const char *value, struct err *e)
{
    if (!value || r->kind == ARG_SECRET)
        return err_set(e, ERR_USAGE, "option --%s wants %s", r->name,
                       value_wanted(r->kind));
    return err_set(e, ERR_USAGE, "option --%s %s: %s is wanted", r->name, value,
                   value_wanted(r->kind));
}

static int
take_option(struct reader *d, const struct option_row *r, char *text,
            struct err *e)
{
    d->seen |= UINT64_C(1) << (r - rows);
    d->taking = r->kind == ARG_LIST || r->kind == ARG_FORMAT ? r : NULL;
    /* "--since --full": the value was forgotten; --token=-x is meant. */
    if (has_arg(r) && text && text == d->argv[optind - 1] && text[0] == '-' &&
        text[1])
        return bad_value(r, NULL, e);
    if (value_set((char *)d->o + r->offset, r->kind, text) < 0)
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
    if (d->taking && (d->taking->kind == ARG_LIST || value_format_bit(word)))
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
        const struct option_row *r = row_of(value);
        int rc;

        if (value == 1)
            rc = take_word(d, optarg, e);
        else if (r)
            rc = take_option(d, r, optarg, e);
        else /* '?' or ':' */
            rc = bad_option(d, value, e);
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
    if ((o->sweep || o->mark_vanished) &&
        (o->since != OPTIONS_NO_TIME || o->until != OPTIONS_NO_TIME ||
         o->lookback_hours >= 0))
        return err_set(e, ERR_USAGE,
                       "--sweep reads whole lists: not with --since, --until "
                       "or --lookback-hours");
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
    buf_wipe(&o->callback_url);
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
    if (r->arg && arg_style(r) == optional_argument)
        buf_addf(out, "[=%s]", r->arg);
    else if (r->arg)
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
