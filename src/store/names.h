#ifndef STORE_NAMES_H
#define STORE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "store/table.h"

/* What the tables of each format are called. */
struct names {
    const char *word;    /* in the state and on the command line */
    const char *suffix;  /* of the file, behind the category's name */
    const char *history; /* of the file that keeps what was replaced */
};

enum { NAMES_FORMATS = 3 };

const struct names *names_of(enum table_format format);

/*
 * What a file's name says by its end: its format, and whether it is a
 * history. Returns the length of what stands before that end; 0 if it is none
 * of ours.
 */
size_t names_split(enum table_format *format, bool *is_history,
                   const char *name);

#endif
