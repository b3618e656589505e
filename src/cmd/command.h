#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stddef.h>

struct err;
struct options;

/* Commands as bits, for the option table. */
enum command_bit {
    CMD_INIT = 1,
    CMD_FETCH = 2,
    CMD_STATUS = 4,
    CMD_PROVIDERS = 8,
    CMD_CATEGORIES = 16,
    CMD_HELP = 32,
    CMD_VERIFY = 64,
    CMD_CONVERT = 128,
    CMD_TIDY = 256,
    CMD_HISTORY = 512,
    CMD_AUTH = 1024,
    CMD_ALL = 2047,
};

struct command {
    const char *name;
    unsigned bit;        /* of enum command_bit */
    const char *args;    /* "[SOURCE]"; "" if it takes no words */
    size_t words_max;    /* plain words it takes; 0 if they are refused */
    const char *summary; /* one line of the list of commands */
    const char *example; /* lines for its --help */
    /* Does it. Returns the exit code after printing everything, or -1 with
     * *e, which the caller prints and turns into the exit code. */
    int (*run)(const struct options *o, struct err *e);
};

/* All commands, in the order in which they are listed. */
extern const struct command commands[];
extern const size_t commands_n;

/* By name, or NULL. */
const struct command *command_find(const char *name);

/* For text_nearest(): the i-th name, NULL after the last; arg is unused. */
const char *command_name(const void *arg, size_t i);

/* A word that is no command: ERR_USAGE with the nearest; returns -1. */
int command_unknown(const char *word, struct err *e);

/* Makes the process fit for running one: signals, standard descriptors. */
void command_start(void);

/* Does what the command line says, which may also be --help, --version or
 * nothing at all; returns as run above. */
int command_run(const struct options *o, struct err *e);

/* The commands, one file each; see run above. */
int cmd_init(const struct options *o, struct err *e);
int cmd_auth(const struct options *o, struct err *e);
int cmd_fetch(const struct options *o, struct err *e);
int cmd_status(const struct options *o, struct err *e);
int cmd_providers(const struct options *o, struct err *e);
int cmd_categories(const struct options *o, struct err *e);
int cmd_verify(const struct options *o, struct err *e);
int cmd_convert(const struct options *o, struct err *e);
int cmd_tidy(const struct options *o, struct err *e);
int cmd_history(const struct options *o, struct err *e);
int cmd_help(const struct options *o, struct err *e);

#endif
