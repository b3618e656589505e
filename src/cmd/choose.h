#ifndef CMD_CHOOSE_H
#define CMD_CHOOSE_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct options;
struct setup;

/* Part of setup: which sources and categories the command line means. */

/* Leaves the sources that --sources and --providers name. An unknown name:
 * ERR_USAGE with the nearest. */
int choose_sources(struct setup *s, const struct options *o, struct err *e);

/*
 * Chooses the categories of each source: --categories, else its own
 * `categories`, else all; in the provider's order. A bare name counts in
 * every source that has it. Sources that have none of them are dropped. A name
 * that no source has: ERR_USAGE with the nearest, and all names as the hint.
 */
int choose_categories(struct setup *s, const struct options *o, struct err *e);

/* For a word that names no source and no provider: ERR_USAGE with the nearest
 * of both; returns -1. */
int choose_unknown_source(const struct setup *s, const char *name,
                          struct err *e);

/* Does the word, "sleep", "all" or "oura/sleep", mean this category of this
 * source? */
bool choose_means(const char *word, const char *source, const char *category);

/* Removes and frees the i-th source. */
void choose_drop(struct setup *s, size_t i);

#endif
