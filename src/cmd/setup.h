#ifndef CMD_SETUP_H
#define CMD_SETUP_H

#include <stddef.h>
#include <stdint.h>

#include "auth/tokens.h"
#include "data/profile.h"
#include "store/config.h"

struct buf;
struct err;
struct options;
struct source;

/*
 * What a command works with: option, else environment, else config, else
 * default.
 */
struct setup {
    struct config config; /* config.path is NULL without a file */
    char *dir;            /* folder of the archive */
    char *state_path;
    struct token_store store; /* may not exist yet */
    struct source *source;    /* enabled and chosen ones, in config order */
    size_t n;
    /* One for each source: why it cannot be fetched (ERR_AUTH, no token, a
     * secret file that cannot be read), or ERR_NONE. Its text starts with
     * the source's name. */
    struct err *fault;
};

#define SETUP_INIT                                                             \
    {                                                                          \
        .config = CONFIG_INIT                                                  \
    }

/* How much of it is wanted. */
enum setup_depth {
    SETUP_PATHS,   /* config, dir and state_path; no sources */
    SETUP_SOURCES, /* and the sources without tokens; maybe none */
    SETUP_TOKENS,  /* and their tokens: at least one source, each with a token
                      or a fault */
};

/*
 * Loads it. ERR_USAGE: config wrong, a value wrong, an unknown source,
 * provider or category, no source at all. Sources that have none of the
 * categories asked for are left out.
 */
int setup_load(struct setup *s, const struct options *o, enum setup_depth depth,
               struct err *e);
/* The profile of a source's CSV; also of one that is not in the config. */
int setup_profile(enum csv_profile *out, const struct setup *s,
                  const char *source, struct err *e);
/* The formats of a source, as bits of enum format; also of one that is not in
 * the config. */
int setup_formats(unsigned *out, const struct setup *s, const char *source,
                  struct err *e);
/* Where the backfill of a source begins, UTC; also of one that is not (or no
 * longer) in the config. */
int setup_start(int64_t *out, const struct setup *s, const char *source,
                struct err *e);
/*
 * One source for itself, also one that is not enabled, or a provider that has
 * no section; without token and categories. ERR_USAGE: there is none of that
 * name, with the nearest. source_free() it in every case.
 */
int setup_one(struct source *out, struct setup *s, const char *name,
              const struct options *o, struct err *e);
void setup_free(struct setup *s); /* wipes tokens */

#endif
