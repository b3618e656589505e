#ifndef STORE_TOML_H
#define STORE_TOML_H

#include <stddef.h>

struct buf;

/* The little of TOML 1.0 that a health-sync.toml needs; what is a line of
 * "key = value" or a [table] is config.c's business. Pure. */

/*
 * Adds the plain text of a value without a comment: a string "..." (escapes
 * \" \\ \n \t \r) or '...', true, false, a number, a date, or a list of these,
 * which becomes their texts with a blank between. All of p must be used.
 * Returns 0, or -1 if it is something else; out may then hold a part of it.
 */
int toml_value(struct buf *out, const char *p);

/*
 * Cuts a comment off the end of a line; a # in quotes is none. Lines of a
 * list are collected in one: start is where the newest of them begins, open
 * how many brackets were open before it. Returns how many are open now.
 */
int toml_cut(struct buf *line, size_t start, int open);

#endif
