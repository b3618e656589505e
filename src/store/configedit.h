#ifndef STORE_CONFIGEDIT_H
#define STORE_CONFIGEDIT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;

/* Changes one setting of a config file that config_load() takes, and no other
 * byte: comments, order, blanks, line ends and a byte order mark stay. */

struct config_edit {
    const char *section;
    const char *key;   /* NULL: it is enough that there is the section */
    const char *value; /* plain text, as config_get() would give it */
};

/*
 * Adds the text with the change to out. A key that is there gets the value in
 * its place; else it comes behind the last setting of the section, written
 * like that one; a section that is not there comes at the end. What is
 * commented out stays so. Pure.
 * Returns 1, 0 if all is so already (out has the text all the same), or -1
 * with ERR_USAGE: a value that cannot be written on a line, or a TOML file with
 * a list that does not end.
 */
int configedit_text(struct buf *out, const char *p, size_t n, bool is_toml,
                    const struct config_edit *edit, struct err *e);

/*
 * The same in a file, which is made if there is none: atomic, through a
 * symbolic link to the file it names, and from then on readable for its owner
 * only. Nothing is written if all is so already. Returns 0 or -1.
 */
int configedit_set(const char *path, const struct config_edit *edit,
                   struct err *e);

#endif
