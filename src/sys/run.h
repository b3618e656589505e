#ifndef SYS_RUN_H
#define SYS_RUN_H

struct buf;
struct err;

/*
 * Runs a command line for its output (a password manager, say) and adds what
 * it prints, without the line end, to out. Without a shell unless the line
 * needs one (quotes, $, |, ...). At most timeout_s seconds and 64 KiB; the
 * command has no stdin, and our stderr. Fails if it exits with other than 0
 * or prints nothing. The text of a failure never holds the output.
 */
int run_output(struct buf *out, const char *command, int timeout_s,
               struct err *e);

/*
 * Starts a program with one argument and leaves it alone: it has a process
 * group of its own and neither our input nor our output. -1 if there is none
 * of that name.
 */
int run_detached(const char *program, const char *arg, struct err *e);

#endif
