#include "auth/proof.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

void
proof_random(struct buf *out, size_t n)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789-_";
    char *p = buf_room(out, n);

    randombytes_buf(p, n); /* ends the program if the system has none */
    for (size_t i = 0; i < n; i++)
        p[i] = letters[(unsigned char)p[i] % (sizeof(letters) - 1)];
    out->n += n;
}

void
proof_base64url(struct buf *out, const void *p, size_t n)
{
    const int how = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    size_t size = sodium_base64_encoded_len(n, how); /* with the NUL */

    (void)sodium_bin2base64(buf_room(out, size), size, p, n, how);
    out->n += size - 1;
}

void
proof_challenge(struct buf *out, const char *verifier)
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    (void)crypto_hash_sha256(hash, (const unsigned char *)verifier,
                             strlen(verifier)); /* cannot fail */
    proof_base64url(out, hash, sizeof(hash));
}

void
proof_hmac(struct buf *out, const char *key, const void *p, size_t n)
{
    unsigned char hash[crypto_auth_hmacsha256_BYTES];
    enum { SIZE = 2 * sizeof(hash) + 1 };
    crypto_auth_hmacsha256_state state;

    (void)crypto_auth_hmacsha256_init(&state, (const unsigned char *)key,
                                      strlen(key)); /* none of them fails */
    (void)crypto_auth_hmacsha256_update(&state, p, n);
    (void)crypto_auth_hmacsha256_final(&state, hash);
    mem_wipe(&state, sizeof(state)); /* as good as the key */
    (void)sodium_bin2hex(buf_room(out, SIZE), SIZE, hash, sizeof(hash));
    out->n += SIZE - 1;
}

static int
by_name(const void *a, const void *b)
{
    const struct proof_param *left = a, *right = b;

    return strcmp(left->name, right->name);
}

void
proof_sign(struct buf *out, const char *key, const struct proof_param *param,
           size_t n)
{
    struct proof_param *sorted = mem_resize(NULL, n, sizeof(*sorted));
    struct buf text = BUF_INIT;

    memcpy(sorted, param, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), by_name);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_addc(&text, ',');
        buf_adds(&text, sorted[i].value);
    }
    proof_hmac(out, key, text.p, text.n);
    buf_free(&text);
    free(sorted);
}

bool
proof_same(const char *a, const char *b)
{
    size_t n;

    if (!a || !b)
        return false;
    n = strlen(a);
    return n == strlen(b) && sodium_memcmp(a, b, n) == 0;
}
