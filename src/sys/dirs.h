#ifndef SYS_DIRS_H
#define SYS_DIRS_H

struct buf;

/* Where things lie on this machine. */

/* An environment variable that is set and not empty, or NULL. */
const char *dirs_env(const char *name);
/* $XDG_CONFIG_HOME or ~/.config, in out; "" if there is no home. */
const char *dirs_config(struct buf *out);

#endif
