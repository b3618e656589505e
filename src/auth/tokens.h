#ifndef AUTH_TOKENS_H
#define AUTH_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct cJSON;
struct config;
struct crypt;
struct err;
struct lock;

/*
 * The token store: one JSON document (wearchive-files(5)), 0600, replaced as
 * a whole and durable when tokens_save() returns. What we do not know in it
 * stays. Who changes it holds its lock from reading to writing.
 */
struct token_store {
    char *path;
    const struct config *config; /* where its key is looked for; borrowed */
    struct crypt *crypt;         /* the key, once it was needed */
    bool has_looked;
};

void token_store_free(struct token_store *s); /* wipes the key */

/* What is in it. */
struct tokens {
    struct token_store *store;
    struct cJSON *doc; /* NULL: there is no file yet */
    bool is_sealed;    /* it is encrypted */
};

#define TOKENS_INIT                                                            \
    {                                                                          \
        .store = NULL                                                          \
    }

/* The login of a source. Times are UTC; 0: not known. */
struct token {
    struct buf access;
    struct buf refresh;    /* may be empty */
    struct buf old_access; /* what was replaced, until the new one has worked */
    struct buf old_refresh;
    struct buf scope;     /* granted, blanks between */
    struct buf asked;     /* scopes asked for */
    struct buf token_url; /* where it was had */
    struct buf user;      /* the person's number */
    struct buf account;   /* whose it is, for people */
    struct buf client_id; /* of an imported login, where the config has none */
    struct buf client_secret;
    int64_t got_at;  /* when the access token came */
    int64_t ends_at; /* when it ends; 0: never */
    int64_t refresh_ends_at;
    int64_t login_at;    /* when a person logged in */
    int64_t replaced_at; /* when the old pair was */
    int64_t retry_at;    /* no login with the password before */
    int64_t warned_at;   /* when we last said that a person will be needed */
};

#define TOKEN_INIT                                                             \
    {                                                                          \
        .got_at = 0                                                            \
    }

/*
 * Reads the store. No file is an empty store; one that others can read is made
 * private, with a warning. A file that is damaged: ERR_FILE
 * with path and hint; it is never written then. ERR_AUTH: it is encrypted, and
 * there is no key, or another one.
 */
int tokens_read(struct tokens *t, struct token_store *s, struct err *e);
/* Makes the folder (0700) if it is missing. Waits while another process
 * renews a login, up to wait_ms; TOKENS_WAIT_MS is as long as two others in a
 * row may take, TOKENS_BRIEF_MS is for what can as well be written by the next
 * run. What a killed writer left is settled then; see unfinished.h. */
enum { TOKENS_WAIT_MS = 600 * 1000, TOKENS_BRIEF_MS = 2000 };
int tokens_lock(struct lock *l, const struct token_store *s, int64_t wait_ms,
                struct err *e);
/* The same for who only reads, if nobody has the lock. */
void tokens_settle(const struct token_store *s);
/* Encrypted, if there is a key. Durable when it returns. */
int tokens_save(struct tokens *t, struct err *e);
/* Whether it could be saved, as far as one can tell, with one more login in
 * it: before something is spent that cannot be had again. Under the lock. */
int tokens_try_save(const struct token_store *s, struct err *e);
void tokens_free(struct tokens *t); /* wipes it */

/* Copies the login of a source to out (fresh); false if there is none. */
bool tokens_get(struct token *out, const struct tokens *t, const char *source);
void tokens_put(struct tokens *t, const char *source, const struct token *in);
/* Everything of a source; false if there was nothing. */
bool tokens_remove(struct tokens *t, const char *source);
/* The i-th source that has a login, NULL behind the last. */
const char *tokens_source(const struct tokens *t, size_t i);

/* The members of a login, from and to an object of a document; what else is in
 * it stays. */
void token_read(struct token *out, const struct cJSON *object);
void token_write(struct cJSON *object, const struct token *in);
/* Takes out what belongs to where it was until now: the pair before, and what
 * was said and refused there. */
void token_detach(struct token *t);
/* Can it be sent in a header? A line end or blank would break it. */
bool token_fits(const struct buf *text);

/* Puts a text in the place of one of its members, and leaves no copy. */
void token_set(struct buf *member, const char *text);

void token_free(struct token *t); /* wipes it */

/* A login in two steps: what must come back. */
struct pending {
    struct buf state;
    struct buf verifier; /* empty: without PKCE */
    struct buf redirect_uri;
    int64_t made_at;
};

#define PENDING_INIT                                                           \
    {                                                                          \
        .made_at = 0                                                           \
    }

bool tokens_pending(struct pending *out, const struct tokens *t,
                    const char *source);
/* NULL takes it away. */
void tokens_set_pending(struct tokens *t, const char *source,
                        const struct pending *p);
void pending_free(struct pending *p); /* wipes it */

#endif
