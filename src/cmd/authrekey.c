#include <stdlib.h>

#include "auth/crypt.h"
#include "auth/tokens.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cmd/auth.h"
#include "cmd/exit.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "cmd/setup.h"
#include "sys/lock.h"

enum { LOCK_WAIT_MS = 60 * 1000 };

/* The store as it is now: with the old key, if one is given. */
static int
open_old(struct token_store *old, const struct auth *a, struct err *e)
{
    *old = (struct token_store){
        .path = mem_strdup(a->s->store.path),
        .config = &a->s->config,
        .has_looked = a->o->old_key_file != NULL,
    };
    if (a->o->old_key_file &&
        crypt_read_file(&old->crypt, a->o->old_key_file, e) < 0)
        return err_in(e, "--old-key-file");
    return 0;
}

static int
write_anew(struct token_store *old, const struct auth *a, struct err *e)
{
    struct tokens all = TOKENS_INIT;
    struct lock lock = LOCK_INIT;
    int rc = tokens_lock(&lock, old, LOCK_WAIT_MS, e);

    if (rc == 0)
        rc = tokens_read(&all, old, e);
    if (rc == 0 && !all.doc)
        rc = err_set(e, ERR_USAGE, "%s: there are no logins", old->path);
    if (rc == 0) {
        all.store = &a->s->store;
        rc = tokens_save(&all, e);
    }
    tokens_free(&all);
    lock_release(&lock);
    return rc;
}

int
auth_rekey(struct auth *a, struct err *e)
{
    struct token_store old;
    struct buf text = BUF_INIT;
    int rc = open_old(&old, a, e);

    if (rc == 0)
        rc = write_anew(&old, a, e);
    token_store_free(&old);
    if (rc < 0)
        return -1;
    buf_addf(&text, "%s is %s\n", a->s->store.path,
             a->s->store.crypt ? "encrypted with the key now"
                               : "not encrypted: there is no key");
    rc = out_print(&text, e);
    buf_free(&text);
    return rc < 0 ? -1 : EXIT_OK;
}
