#ifndef STORE_RECAST_H
#define STORE_RECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct table_spec;

/* What was found in a file on its way to another profile. */
struct recast {
    bool changed; /* it has a new version */
    int64_t rows;
    size_t longest; /* characters of the longest cell, if excel is wanted */
};

/*
 * Puts a CSV file, of a table or a history, into the profile of the spec with
 * one atomic rewrite: byte order mark, line ends, guards. Its delimiter stays,
 * and so do cells that need no other guard, and an incomplete last row. A file
 * that is in that profile already, or not there, is left alone: so it does no
 * harm to do it again when a crash came before that was noted anywhere.
 * ERR_FILE: it is no table, or a quote in it is not closed. spec has fresh
 * columns.
 */
int recast_file(struct recast *r, const struct table_spec *spec, struct err *e);

#endif
