#ifndef AUTH_SECRET_H
#define AUTH_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct config;
struct err;

/* Where to look for one secret of a source. */
struct secret_query {
    const struct config *config; /* may be without a file */
    const char *source;          /* section: "oura" */
    const char *key;             /* "access_token" */
    const char *env;             /* OURA_PERSONAL_ACCESS_TOKEN; or NULL */
    /* A file of so many bytes that is no text is the secret as it is, such as
     * a key of 32 random bytes; 0: a secret is always text. */
    size_t raw_n;
};

/*
 * Finds a secret, adds it to out without blanks or line ends around it
 * (buf_wipe() it), with a NUL behind it. First of:
 *   the environment: env, then SOURCE_KEY in capitals (OURA_ACCESS_TOKEN);
 *   the config: KEY, KEY_file, KEY_command;
 *   $CREDENTIALS_DIRECTORY/NAME, then /run/secrets/NAME, where NAME is
 *   SOURCE_KEY, env in small letters, or KEY.
 * Returns 1, 0 if there is none, or -1: two of KEY, KEY_file and KEY_command
 * given, an unreadable or empty file, a command that fails, a secret with a
 * control character (it would break the header). No text names the secret.
 */
int secret_find(struct buf *out, const struct secret_query *q, struct err *e);

/* Reads one from a file, "-" for stdin, by the same rules. */
int secret_read_file(struct buf *out, const char *path, struct err *e);
/* The same with raw_n as above. */
int secret_read_raw_file(struct buf *out, const char *path, size_t raw_n,
                         struct err *e);

/* n bytes that are no text: not UTF-8, or a control character in it that is no
 * blank or line end at an end. */
bool secret_is_raw(const char *p, size_t n);

#endif
