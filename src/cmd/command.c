#include "cmd/command.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd/exit.h"
#include "cmd/help.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "store/table.h"
#include "sys/signal.h"

enum { ANY_NUMBER = 10000 };

const struct command commands[] = {
    {
        .name = "init",
        .bit = CMD_INIT,
        .args = "[DIR]",
        .words_max = 1,
        .summary = "write a config to fill in and create the archive",
        .example = "wearchive init\n"
                   "wearchive init --config ~/.config/wearchive/wearchive.conf"
                   " ~/health",
        .run = cmd_init,
    },
    {
        .name = "auth",
        .bit = CMD_AUTH,
        .args = "SOURCE | ACTION [SOURCE]",
        .words_max = 2,
        .summary = "log in to a provider, and look after the logins",
        .example = "wearchive auth oura\n"
                   "wearchive auth oura --no-browser\n"
                   "wearchive auth status\n"
                   "wearchive auth refresh oura\n"
                   "wearchive auth logout oura\n"
                   "wearchive auth export oura | ssh nas wearchive auth import "
                   "oura\n"
                   "wearchive auth rekey",
        .run = cmd_auth,
    },
    {
        .name = "fetch",
        .bit = CMD_FETCH,
        .args = "[CATEGORY ...]",
        .words_max = ANY_NUMBER,
        .summary = "fetch what is new or missing, once",
        .example = "wearchive fetch\n"
                   "wearchive fetch --categories sleep daily_readiness\n"
                   "wearchive fetch heartrate --since 2024-03-01 "
                   "--until 2024-03-31",
        .run = cmd_fetch,
    },
    {
        .name = "status",
        .bit = CMD_STATUS,
        .args = "",
        .summary = "show what the archive holds: rows, coverage, errors",
        .example = "wearchive status\n"
                   "wearchive status --json --output-dir ~/health",
        .run = cmd_status,
    },
    {
        .name = "verify",
        .bit = CMD_VERIFY,
        .args = "[CATEGORY ...]",
        .words_max = ANY_NUMBER,
        .summary = "read every table and say what is damaged",
        .example = "wearchive verify\n"
                   "wearchive verify sleep oura/heartrate --json\n"
                   "wearchive verify --repair",
        .run = cmd_verify,
    },
    {
        .name = "convert",
        .bit = CMD_CONVERT,
        .args = "TABLE",
        .words_max = 1,
        .summary = "write a table in another format",
        .example = "wearchive convert oura/sleep --to jsonl -o sleep.jsonl\n"
                   "wearchive convert old/oura/sleep.raw.jsonl --to csv",
        .run = cmd_convert,
    },
    {
        .name = "tidy",
        .bit = CMD_TIDY,
        .args = "[CATEGORY ...]",
        .words_max = ANY_NUMBER,
        .summary = "put the rows of tables in order of time",
        .example = "wearchive tidy\n"
                   "wearchive tidy sleep -v",
        .run = cmd_tidy,
    },
    {
        .name = "history",
        .bit = CMD_HISTORY,
        .args = "CATEGORY KEY ...",
        .words_max = 1 + TABLE_KEYS_MAX,
        .summary = "show the versions of a record, newest first",
        .example = "wearchive history sleep 4f1c8a3e-2d70-5c1b-9b1e-"
                   "0c9d2f7a6b35\n"
                   "wearchive history heartrate 2024-03-01T04:00:00Z awake",
        .run = cmd_history,
    },
    {
        .name = "providers",
        .bit = CMD_PROVIDERS,
        .args = "",
        .summary = "list the providers and how each lets us in",
        .example = "wearchive providers",
        .run = cmd_providers,
    },
    {
        .name = "categories",
        .bit = CMD_CATEGORIES,
        .args = "[SOURCE]",
        .words_max = 1,
        .summary = "list the categories that can be fetched",
        .example = "wearchive categories\n"
                   "wearchive categories oura --json",
        .run = cmd_categories,
    },
    {
        .name = "help",
        .bit = CMD_HELP,
        .args = "[COMMAND | options]",
        .words_max = 1,
        .summary = "explain a command",
        .example = "wearchive help fetch\n"
                   "wearchive help options",
        .run = cmd_help,
    },
};
const size_t commands_n = sizeof(commands) / sizeof(commands[0]);

const struct command *
command_find(const char *name)
{
    for (size_t i = 0; i < commands_n; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

const char *
command_name(const void *arg, size_t i)
{
    (void)arg; /* there is one list */
    return i < commands_n ? commands[i].name : NULL;
}

int
command_unknown(const char *word, struct err *e)
{
    const char *near = text_nearest(word, command_name, NULL);

    (void)err_set(e, ERR_USAGE, "unknown command %s", word);
    if (near)
        return err_hint(e, "did you mean %s?", near);
    return err_hint(e, "wearchive help lists the commands");
}

void
command_start(void)
{
    mem_start();
    out_setup();
    signal_setup();
}

static int
no_command(void)
{
    struct buf text = BUF_INIT;

    help_usage(&text);
    (void)fputs(buf_str(&text), stderr); /* nobody left to tell */
    buf_free(&text);
    return EXIT_USAGE;
}

static enum log_level
level(int verbose)
{
    if (verbose > 1)
        return LOG_DEBUG;
    return verbose ? LOG_INFO : LOG_WARN;
}

int
command_run(const struct options *o, struct err *e)
{
    struct buf out = BUF_INIT;
    int rc;

    log_set_level(o->quiet ? LOG_QUIET : level(o->verbose));
    if (!o->command && !o->version && !o->help)
        return no_command();
    if (o->command && !o->version && !o->help)
        return o->command->run(o, e);
    if (o->version)
        buf_adds(&out, "wearchive " VERSION "\n");
    else
        help_text(&out, o->command);
    rc = out_print(&out, e);
    buf_free(&out);
    return rc < 0 ? -1 : EXIT_OK;
}
