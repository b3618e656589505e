#ifndef CMD_AUTH_H
#define CMD_AUTH_H

struct err;
struct options;
struct setup;
struct source;
struct token;

/* What a word after "auth" works with. */
struct auth {
    const struct options *o;
    struct setup *s;
    struct source *source; /* with its client; NULL for auth_status() */
};

/* Each returns the exit code, or -1 with *e. */
int auth_log_in(struct auth *a, struct err *e);
int auth_refresh(struct auth *a, struct err *e);
int auth_log_out(struct auth *a, struct err *e);
/* The login of a source that the config no longer has: 1, 0 if there is none,
 * or -1. */
int auth_forget(struct auth *a, const char *source, struct err *e);
int auth_export(struct auth *a, struct err *e);
int auth_import(struct auth *a, struct err *e);
int auth_status(struct auth *a, struct err *e);
/* Writes the token store with the key that is configured, or without one. */
int auth_rekey(struct auth *a, struct err *e);

/*
 * Stores a login that a person has just given us, in place of the one there
 * was, and does what comes with it: says whose account it is, enables the
 * source in the config, warns of what is not as it should be.
 */
int auth_keep(struct auth *a, struct token *t, struct err *e);

#endif
