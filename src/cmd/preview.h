#ifndef CMD_PREVIEW_H
#define CMD_PREVIEW_H

struct err;
struct options;
struct run_in;

/*
 * What a run would ask for, on stdout: for fetch --dry-run. With --json all
 * URLs by category, else the first few of each.
 */
int preview(const struct run_in *in, const struct options *o, struct err *e);

#endif
