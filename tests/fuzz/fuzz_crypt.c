/*
 * Any bytes as an encrypted file: they open with the key only as they were
 * sealed, and sealed anew they open again.
 */
#include "auth/crypt.h"
#include "base/buf.h"
#include "base/err.h"
#include "fuzz.h"

static const char key_text[] =
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

static void
check_again(struct crypt *key, struct buf *plain)
{
    struct buf sealed = BUF_INIT, again = BUF_INIT;
    struct err e = ERR_INIT;

    REQUIRE(crypt_seal(&sealed, key, plain->p, plain->n, &e) == 0);
    REQUIRE(crypt_is_sealed(sealed.p, sealed.n));
    REQUIRE(crypt_open(&again, key, sealed.p, sealed.n, &e) == 0);
    REQUIRE_SAME(plain->p, plain->n, again.p, again.n);
    sealed.p[sealed.n / 2] ^= 1;
    REQUIRE(crypt_open(&again, key, sealed.p, sealed.n, &e) < 0);
    buf_free(&sealed);
    buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct crypt *key;
    struct buf plain = BUF_INIT;
    struct err e = ERR_INIT;

    if (!key) {
        char *path = scratch_path("key");

        scratch_write("key", key_text, sizeof(key_text) - 1);
        REQUIRE(crypt_read_file(&key, path, &e) == 0);
        free(path);
    }
    if (crypt_open(&plain, key, (const char *)data, size, &e) < 0) {
        REQUIRE(e.kind == ERR_DATA || e.kind == ERR_AUTH);
        REQUIRE(plain.n == 0);
        buf_add(&plain, data, size);
    }
    check_again(key, &plain);
    buf_free(&plain);
    return 0;
}
