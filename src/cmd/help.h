#ifndef CMD_HELP_H
#define CMD_HELP_H

struct buf;
struct command;

/* Adds the text of --help: of one command, or of the program if it is NULL. */
void help_text(struct buf *out, const struct command *command);

/* Adds what is shown to someone who gave no command. */
void help_usage(struct buf *out);

#endif
