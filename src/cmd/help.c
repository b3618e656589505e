#include "cmd/help.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "cmd/command.h"
#include "cmd/exit.h"
#include "cmd/options.h"
#include "cmd/out.h"

static const char usage_line[] =
    "usage: wearchive [OPTION ...] COMMAND [OPTION ...] [WORD ...]\n";

static void
add_commands(struct buf *out)
{
    for (size_t i = 0; i < commands_n; i++)
        buf_addf(out, "  %-12s%s\n", commands[i].name, commands[i].summary);
}

void
help_usage(struct buf *out)
{
    buf_adds(out, usage_line);
    add_commands(out);
    buf_adds(out, "wearchive help COMMAND says more\n");
}

static void
help_program(struct buf *out)
{
    buf_adds(out, usage_line);
    buf_adds(out, "Keeps a copy of your health data in plain files.\n\n"
                  "Commands:\n");
    add_commands(out);
    buf_adds(out, "\nOptions of every command:\n");
    (void)options_help(out, CMD_ALL, OPTIONS_COMMON);
    buf_adds(out, "\nExit code: 0 ok, 1 other, 2 usage or config, 3 some "
                  "categories failed,\n4 login needed, 5 try again later, "
                  "6 disk, 7 another run is going on,\n130 and 143 stopped.\n"
                  "\nExamples:\n"
                  "  wearchive init\n"
                  "  OURA_PERSONAL_ACCESS_TOKEN=... wearchive fetch\n"
                  "\nwearchive help COMMAND explains a command; see also "
                  "wearchive(1).\n");
}

/* The lines of an example, indented. */
static void
add_example(struct buf *out, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");

        buf_addf(out, "  %.*s\n", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static void
help_command(struct buf *out, const struct command *c)
{
    struct buf own = BUF_INIT;

    buf_addf(out, "usage: wearchive %s [OPTION ...]%s%s\n", c->name,
             c->args[0] ? " " : "", c->args);
    buf_addf(out, "%s\n", c->summary);
    if (options_help(&own, c->bit, OPTIONS_OWN)) {
        buf_adds(out, "\nOptions:\n");
        buf_add(out, own.p, own.n);
    }
    buf_adds(out, "\nOptions of every command:\n");
    (void)options_help(out, c->bit, OPTIONS_COMMON);
    buf_adds(out, "\nExamples:\n");
    add_example(out, c->example);
    buf_free(&own);
}

void
help_text(struct buf *out, const struct command *command)
{
    if (command)
        help_command(out, command);
    else
        help_program(out);
}

int
cmd_help(const struct options *o, struct err *e)
{
    const char *topic = o->words.n ? o->words.item[0] : NULL;
    const struct command *c = topic ? command_find(topic) : NULL;
    struct buf out = BUF_INIT;
    int rc;

    if (topic && strcmp(topic, "options") == 0)
        options_list(&out);
    else if (topic && !c)
        return command_unknown(topic, e);
    else
        help_text(&out, c);
    rc = out_print(&out, e);
    buf_free(&out);
    return rc < 0 ? -1 : EXIT_OK;
}
