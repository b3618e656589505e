#ifndef STORE_CONFIG_H
#define STORE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct err;

/*
 * wearchive.conf: INI as libinih reads it (no inline comments, so that a
 * secret may hold any character; lines of any length), and the simple subset
 * of TOML that a health-sync.toml uses. Sections and keys are checked against
 * the rules; what they mean is the reader's business.
 */

/* Which keys may stand where. Lists end with NULL. */
struct config_rules {
    const char *const *archive_keys; /* of [archive] */
    const char *const *source_keys;  /* of any source section */
    /* Secret keys of a source: x is allowed as x, x_file and x_command. */
    const char *const *secret_keys;
    const char *const *providers; /* names of providers that exist */
    /* Provider names that are known to come in a health-sync.toml but are not
     * supported: such a section is left out with a warning there. */
    const char *const *others;
    const char *const *other_keys; /* of it that have no use here, likewise */
};

struct setting {
    char *section;
    char *key;
    char *value;
    int line;
};

struct config {
    char *path; /* NULL: there is no config file */
    struct setting *setting;
    size_t n;
    char **source; /* section names other than [archive], in file order */
    size_t source_n;
};

#define CONFIG_INIT                                                            \
    {                                                                          \
        .path = NULL                                                           \
    }

/*
 * Loads a file; the name's end .toml chooses the dialect. Unknown sections
 * and keys, a key given twice, a line that is neither: ERR_USAGE with file,
 * line and the nearest known word. In TOML, [app] is left out with a note. A
 * section that is not a provider's name needs provider = NAME. Warns if the
 * file holds a secret (not x_file or x_command) and others may read it.
 */
int config_load(struct config *c, const char *path,
                const struct config_rules *rules, struct err *e);

/*
 * The file to use: given (must exist), else ./wearchive.conf, else
 * $XDG_CONFIG_HOME/wearchive/wearchive.conf, else ./health-sync.toml.
 * Returns 1 and *path (owned by the caller), 0 if there is none, or -1.
 */
int config_find(char **path, const char *given, struct err *e);

/* Has it a section of that name, other than [archive]? */
bool config_has_source(const struct config *c, const char *name);
/* The value, or NULL if the section or key is absent. */
const char *config_get(const struct config *c, const char *section,
                       const char *key);
/* yes/no, true/false, on/off, 1/0; fallback if absent. 0 or -1. */
int config_bool(bool *out, const struct config *c, const char *section,
                const char *key, bool fallback, struct err *e);
/* A whole number from low to high; fallback if absent. 0 or -1. */
int config_int(int *out, const struct config *c, const char *section,
               const char *key, int low, int high, int fallback, struct err *e);
/* For a reader that finds a value wrong: sets ERR_USAGE with "FILE line N:
 * [SECTION] KEY = VALUE: what", without the value if the key is secret. */
int config_bad(struct err *e, const struct config *c, const char *section,
               const char *key, const char *what);
/* A path given in the config: relative to the folder of the config file.
 * Caller frees. */
char *config_path(const struct config *c, const char *value);
void config_free(struct config *c); /* wipes the values */

#endif
