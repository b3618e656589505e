#include "cmd/command.h"

#include <string.h>

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
