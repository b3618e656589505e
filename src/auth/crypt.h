#ifndef AUTH_CRYPT_H
#define AUTH_CRYPT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct config;
struct err;

/*
 * Encryption of a small file at rest: XChaCha20-Poly1305 of libsodium, in the
 * text form that wearchive-files(5) describes. The key is 32 bytes, as such,
 * as 64 hexadecimal digits or as base64; any other text is a pass phrase, and
 * the key is derived from it with Argon2id.
 */
struct crypt;

/*
 * Finds the key as secret_find() does: $WEARCHIVE_TOKEN_KEY, token_key_file or
 * token_key_command in [archive], token_key in $CREDENTIALS_DIRECTORY or in
 * /run/secrets. Returns 1, 0 and NULL if there is none, or -1 and NULL.
 */
int crypt_find(struct crypt **c, const struct config *config, struct err *e);
/* Reads it from a file, "-" for stdin. 0, or -1 and NULL. */
int crypt_read_file(struct crypt **c, const char *path, struct err *e);
void crypt_free(struct crypt *c); /* wipes it; NULL does nothing */

/* What crypt_seal() made, of whatever version. */
bool crypt_is_sealed(const char *p, size_t n);
/* Adds the encrypted form of n bytes to out. Deriving a key takes 64 MiB and
 * a fraction of a second, once for each *c. 0, or -1 and ERR_OTHER: no memory
 * for that. */
int crypt_seal(struct buf *out, struct crypt *c, const char *p, size_t n,
               struct err *e);
/*
 * Adds what was sealed to out (buf_wipe() it); no other copy is left. 0, or
 * -1: ERR_AUTH if c is NULL (no key) or another key than it was sealed with,
 * ERR_DATA if it was changed since or is of a later version. Who gets -1 must
 * not write the file.
 */
int crypt_open(struct buf *out, struct crypt *c, const char *p, size_t n,
               struct err *e);

#endif
