#ifndef CMD_LOOKUP_H
#define CMD_LOOKUP_H

struct config;
struct err;

/* A value from the environment or the config, and where it was given, for
 * messages. */
struct lookup {
    const char *value; /* NULL: nowhere, or empty */
    char *env;         /* variable, free() it; NULL: in the config, at key */
    const char *section;
    const char *key;
};

/* The variable of a key of a source, OURA_BASE_URL; free() it. */
char *lookup_env(const char *section, const char *key);

/* From the variable env (may be NULL), else from the config. */
struct lookup lookup_one(const struct config *c, const char *section,
                         const char *key, const char *env);

/* From the variable SECTION_KEY, else from the section, else from
 * [archive]. */
struct lookup lookup_source(const struct config *c, const char *section,
                            const char *key);

/* ERR_USAGE that says where the value is and what is wrong with it. */
int lookup_bad(struct err *e, const struct config *c, const struct lookup *g,
               const char *what);

#endif
