#ifndef AUTH_PROOF_H
#define AUTH_PROOF_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * What proves in a login that both ends mean the same one: random text,
 * digests and signatures. Of libsodium; pure but for proof_random().
 */

/* Adds n random characters of A-Z a-z 0-9 - _ (6 bits each), fit for state
 * and as PKCE verifier (43 to 128, RFC 7636, 4.1). */
void proof_random(struct buf *out, size_t n);
/* Adds base64url without padding (RFC 4648, 5). */
void proof_base64url(struct buf *out, const void *p, size_t n);
/* Adds the S256 challenge of a verifier (RFC 7636, 4.2): 43 characters. */
void proof_challenge(struct buf *out, const char *verifier);
/* Adds HMAC-SHA256 (RFC 2104) as 64 small hexadecimal digits. */
void proof_hmac(struct buf *out, const char *key, const void *p, size_t n);

/* A parameter of a request that is signed. */
struct proof_param {
    const char *name;
    const char *value;
};

/* Adds the HMAC of the values in order of their names (bytewise), commas
 * between: Withings' signature. */
void proof_sign(struct buf *out, const char *key,
                const struct proof_param *param, size_t n);

/* Equal; takes the same time wherever two texts of one length differ. NULL
 * equals nothing. */
bool proof_same(const char *a, const char *b);

#endif
