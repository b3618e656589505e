#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"

struct command;
struct err;

#define OPTIONS_NO_TIME INT64_MIN /* --since or --until was not given */

/* The command line, read and checked. Strings are borrowed from argv. */
struct options {
    const struct command *command; /* NULL: none was given */
    struct list words; /* plain words after it; fetch: in categories */

    bool help;
    bool version;
    int verbose; /* times -v was given */
    bool quiet;
    bool json;
    const char *config; /* NULL where absent, also below */
    const char *output_dir;
    const char *state_file;

    struct list categories; /* as typed: sleep, oura/sleep, all */
    struct list sources;    /* names of config sections */
    struct list providers;
    unsigned formats; /* of enum format; 0 = not given */
    int64_t since;    /* UTC */
    int64_t until;    /* UTC, exclusive: a day stands for its end */
    bool full;
    bool sweep;
    bool mark_vanished;
    bool dry_run;
    int64_t lookback_hours; /* -1 = not given */
    int64_t max_requests;   /* 0 = no limit */
    int64_t max_time_s;     /* 0 = no limit */
    bool repair;
    const char *to;     /* convert: name of a format */
    const char *output; /* convert: file; NULL or "-": standard output */
    int64_t wait_s;     /* for the lock: 0 = not, -1 = for ever */
    const char *token_store;
    bool no_browser;
    bool print_url;
    struct buf callback_url;  /* holds a code: wiped by options_free() */
    int64_t timeout_s;        /* auth: for a person; 0 = not given */
    int64_t listen_port;      /* -1 = as the redirect URI says */
    const char *old_key_file; /* auth rekey; "-" = stdin */
    const char *token_file;   /* "-" = stdin */
    struct buf token;         /* --token, wiped by options_free() */
};

#define OPTIONS_INIT                                                           \
    {                                                                          \
        .since = OPTIONS_NO_TIME, .until = OPTIONS_NO_TIME,                    \
        .lookback_hours = -1, .listen_port = -1,                               \
    }

/*
 * Reads the command line. Options and words may stand in any order; a word
 * after a list option belongs to its list. The text of --token is overwritten
 * in argv. ERR_USAGE: unknown command or option (with the nearest), an option
 * that the command does not take, a value that is wrong. Not reentrant
 * (getopt).
 */
int options_parse(struct options *o, int argc, char **argv, struct err *e);
void options_free(struct options *o);

/* Which options --help shows: those of one command only, or those that every
 * command takes. */
enum options_part { OPTIONS_OWN, OPTIONS_COMMON };

/* Adds "  -c, --categories LIST  help" lines; returns how many. */
size_t options_help(struct buf *out, unsigned command_bit,
                    enum options_part part);

/* Adds a line "COMMAND<tab>-c<tab>--categories<tab>LIST<tab>help" for each
 * option of each command; "-" where there is nothing. */
void options_list(struct buf *out);

#endif
