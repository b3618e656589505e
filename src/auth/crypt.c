#include "auth/crypt.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/secret.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"

enum {
    KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    KEY_HEX = 2 * KEY,
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    SALT = crypto_pwhash_argon2id_SALTBYTES,
    CHECK = crypto_generichash_BYTES_MIN,
    /* RFC 9106, 4: the second recommended option, for a small machine. */
    PASSES = 3,
    MEM_KIB = 64 * 1024,
    /* What we put up with in a file. */
    PASSES_MAX = 16,
    MEM_KIB_MIN = 8,
    MEM_KIB_MAX = 1024 * 1024,
};

#define MAGIC "wearchive-sealed "

/* How the key comes from a pass phrase; all 0: it is the key itself. */
struct kdf {
    int64_t passes;
    int64_t mem_kib;
    unsigned char salt[SALT];
};

struct crypt {
    struct buf phrase; /* empty if the key was given */
    bool has_key;      /* for this kdf */
    struct kdf kdf;
    unsigned char key[KEY];
};

/* What stands in front of the encrypted text, and is authenticated with it. */
struct header {
    struct kdf kdf;
    unsigned char check[CHECK]; /* a digest of the key, to know it by */
    unsigned char nonce[NONCE];
    size_t n; /* bytes of it in the file */
};

/* --- the key ------------------------------------------------------------- */

/* 32 bytes in one of the ways to write them; false if it is a pass phrase. */
static bool
is_key(unsigned char key[KEY], const char *p, size_t n)
{
    static const int variants[] = {
        sodium_base64_VARIANT_ORIGINAL,
        sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
        sodium_base64_VARIANT_URLSAFE,
        sodium_base64_VARIANT_URLSAFE_NO_PADDING,
    };
    const size_t variants_n = sizeof(variants) / sizeof(variants[0]);
    size_t got = 0;

    if (n == KEY && secret_is_raw(p, n)) {
        memcpy(key, p, n);
        return true;
    }
    if (n == KEY_HEX && sodium_hex2bin(key, KEY, p, n, NULL, &got, NULL) == 0 &&
        got == KEY)
        return true;
    for (size_t i = 0; i < variants_n; i++)
        if (sodium_base642bin(key, KEY, p, n, NULL, &got, NULL, variants[i]) ==
                0 &&
            got == KEY)
            return true;
    return false;
}

/* Takes the text over. */
static int
make(struct crypt **out, struct buf *text, struct err *e)
{
    struct crypt *c;

    if (sodium_init() < 0) {
        buf_wipe(text);
        return err_set(e, ERR_OTHER, "libsodium does not start");
    }
    c = *out = mem_zalloc(sizeof(*c));
    c->has_key = is_key(c->key, text->p, text->n);
    if (c->has_key)
        buf_wipe(text);
    else
        c->phrase = *text;
    return 0;
}

int
crypt_find(struct crypt **c, const struct config *config, struct err *e)
{
    struct secret_query q = {
        .config = config,
        .source = "archive",
        .key = "token_key",
        .env = "WEARCHIVE_TOKEN_KEY",
        .raw_n = KEY,
    };
    struct buf text = BUF_INIT;
    int rc = secret_find(&text, &q, e);

    *c = NULL;
    if (rc > 0 && make(c, &text, e) < 0)
        return -1;
    return rc;
}

int
crypt_read_file(struct crypt **c, const char *path, struct err *e)
{
    struct buf text = BUF_INIT;
    int rc = secret_read_raw_file(&text, path, KEY, e);

    *c = NULL;
    return rc < 0 ? -1 : make(c, &text, e);
}

void
crypt_free(struct crypt *c)
{
    if (!c)
        return;
    buf_wipe(&c->phrase);
    mem_wipe(c, sizeof(*c));
    free(c);
}

/* Makes c->key the one for that kdf. */
static int
derive(struct crypt *c, const struct kdf *kdf, struct err *e)
{
    if (c->phrase.n == 0 ||
        (c->has_key && memcmp(&c->kdf, kdf, sizeof(*kdf)) == 0))
        return 0;
    c->has_key = false;
    if (crypto_pwhash(c->key, KEY, c->phrase.p, c->phrase.n, kdf->salt,
                      (unsigned long long)kdf->passes,
                      (size_t)kdf->mem_kib * 1024,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        return err_set(e, ERR_OTHER,
                       "no %d MiB of memory for the key of the pass phrase",
                       (int)(kdf->mem_kib / 1024));
    c->kdf = *kdf;
    c->has_key = true;
    return 0;
}

static void
digest(unsigned char out[CHECK], const struct crypt *c)
{
    static const unsigned char text[] = "wearchive token key";

    (void)crypto_generichash(out, CHECK, text, sizeof(text) - 1, c->key, KEY);
}

/* --- the header ---------------------------------------------------------- */

static void
add_hex(struct buf *out, const char *name, const unsigned char *p, size_t n)
{
    buf_adds(out, name);
    (void)sodium_bin2hex(buf_room(out, 2 * n + 1), 2 * n + 1, p, n);
    out->n += 2 * n;
    buf_addc(out, '\n');
}

static void
add_header(struct buf *out, const struct header *h)
{
    buf_adds(out, MAGIC "1\n");
    if (h->kdf.passes == 0) {
        buf_adds(out, "kdf none\n");
    } else {
        buf_addf(out, "kdf argon2id %d %d", (int)h->kdf.passes,
                 (int)h->kdf.mem_kib);
        add_hex(out, " ", h->kdf.salt, SALT);
    }
    add_hex(out, "key ", h->check, CHECK);
    add_hex(out, "nonce ", h->nonce, NONCE);
}

/* A piece of the text. */
struct cursor {
    const char *p;
    const char *end;
};

/* The text between a word and what ends it; moves behind both. */
static struct cursor
take(struct cursor *at, const char *word, char last)
{
    size_t n = strlen(word);
    struct cursor none = { NULL, NULL }, out;
    const char *end;

    if (!at->p || (size_t)(at->end - at->p) < n || memcmp(at->p, word, n) != 0)
        return none;
    out.p = at->p + n;
    end = memchr(out.p, last, (size_t)(at->end - out.p));
    if (!end)
        return none;
    out.end = end;
    at->p = end + 1;
    return out;
}

static bool
take_number(int64_t *out, struct cursor *at, const char *word, int min, int max)
{
    struct cursor text = take(at, word, ' ');

    return text.p && num_i64(out, text.p, (size_t)(text.end - text.p)) == 0 &&
           *out >= min && *out <= max;
}

static bool
take_hex(unsigned char *out, size_t n, struct cursor *at, const char *word)
{
    struct cursor hex = take(at, word, '\n');
    size_t got = 0;

    return hex.p &&
           sodium_hex2bin(out, n, hex.p, (size_t)(hex.end - hex.p), NULL, &got,
                          NULL) == 0 &&
           got == n;
}

static bool
take_kdf(struct kdf *kdf, struct cursor *at)
{
    if (take(at, "kdf none", '\n').p)
        return true;
    return take_number(&kdf->passes, at, "kdf argon2id ", 1, PASSES_MAX) &&
           take_number(&kdf->mem_kib, at, "", MEM_KIB_MIN, MEM_KIB_MAX) &&
           take_hex(kdf->salt, SALT, at, "");
}

static int
read_header(struct header *h, const char *p, size_t n, struct err *e)
{
    struct cursor at = { p, p + n };
    struct cursor version = take(&at, MAGIC, '\n');

    *h = (struct header){ .n = 0 };
    if (version.p && (version.end - version.p != 1 || *version.p != '1'))
        return err_set(e, ERR_DATA, "encrypted by a later version");
    if (!version.p || !take_kdf(&h->kdf, &at) ||
        !take_hex(h->check, CHECK, &at, "key ") ||
        !take_hex(h->nonce, NONCE, &at, "nonce "))
        return err_set(e, ERR_DATA, "encrypted, with a damaged header");
    h->n = (size_t)(at.p - p);
    return 0;
}

/* --- sealing ------------------------------------------------------------- */

bool
crypt_is_sealed(const char *p, size_t n)
{
    return n >= strlen(MAGIC) && memcmp(p, MAGIC, strlen(MAGIC)) == 0;
}

static void
add_base64(struct buf *out, const unsigned char *p, size_t n)
{
    const int how = sodium_base64_VARIANT_ORIGINAL;
    size_t size = sodium_base64_encoded_len(n, how); /* with the NUL */

    (void)sodium_bin2base64(buf_room(out, size), size, p, n, how);
    out->n += size - 1;
    buf_addc(out, '\n');
}

/* As the file that was read says; or afresh. */
static struct kdf
choose_kdf(const struct crypt *c)
{
    struct kdf kdf = { .passes = PASSES, .mem_kib = MEM_KIB };

    if (c->has_key)
        return c->kdf;
    randombytes_buf(kdf.salt, SALT);
    return kdf;
}

int
crypt_seal(struct buf *out, struct crypt *c, const char *p, size_t n,
           struct err *e)
{
    struct header h = { .kdf = choose_kdf(c) };
    struct buf head = BUF_INIT;
    unsigned char *sealed;

    if (derive(c, &h.kdf, e) < 0)
        return -1;
    digest(h.check, c);
    randombytes_buf(h.nonce, NONCE);
    add_header(&head, &h);
    sealed = mem_alloc(n + TAG);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        sealed, NULL, (const unsigned char *)p, n,
        (const unsigned char *)head.p, head.n, NULL, h.nonce, c->key);
    buf_add(out, head.p, head.n);
    add_base64(out, sealed, n + TAG);
    free(sealed);
    buf_free(&head);
    return 0;
}

static int
decrypt(struct buf *out, const struct crypt *c, const struct header *h,
        const char *p, size_t n, struct err *e)
{
    size_t room = n - h->n, got = 0;
    unsigned char *sealed = mem_alloc(room + 1);
    int rc = sodium_base642bin(sealed, room, p + h->n, room, "\r\n", &got, NULL,
                               sodium_base64_VARIANT_ORIGINAL);

    if (rc == 0 && got >= TAG)
        rc = crypto_aead_xchacha20poly1305_ietf_decrypt(
            (unsigned char *)buf_room(out, got), NULL, NULL, sealed, got,
            (const unsigned char *)p, h->n, h->nonce, c->key);
    free(sealed);
    if (rc != 0 || got < TAG)
        return err_set(e, ERR_DATA, "encrypted, and changed since");
    out->n += got - TAG;
    return 0;
}

static int
other_key(struct err *e)
{
    err_set(e, ERR_AUTH, "encrypted with another key");
    return err_hint(e, "give the key that it was encrypted with, or move the "
                       "file away and log in again; it will not be "
                       "overwritten");
}

int
crypt_open(struct buf *out, struct crypt *c, const char *p, size_t n,
           struct err *e)
{
    unsigned char check[CHECK];
    struct header h;
    bool is_ours;

    if (read_header(&h, p, n, e) < 0)
        return -1;
    if (!c) {
        err_set(e, ERR_AUTH, "encrypted, and there is no key");
        return err_hint(e, "say where it is: token_key_file = FILE in "
                           "[archive], or WEARCHIVE_TOKEN_KEY");
    }
    is_ours = (h.kdf.passes > 0) == (c->phrase.n > 0);
    if (is_ours && derive(c, &h.kdf, e) < 0)
        return -1;
    digest(check, c);
    if (!is_ours || sodium_memcmp(check, h.check, CHECK) != 0)
        return other_key(e);
    return decrypt(out, c, &h, p, n, e);
}
