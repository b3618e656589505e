#ifndef CMD_FOUND_H
#define CMD_FOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "store/table.h"

struct category;
struct err;
struct list;
struct setup;
struct state;

/* The tables that an archive has, whatever wrote them: files in the folders
 * of sources, configured or not, that are named like a known category. */

struct found {
    char *source; /* its folder */
    const struct category *category;
    enum table_format format;
    char *name;    /* oura/sleep.csv, for messages */
    char *path;    /* where it is, or was */
    char *history; /* where its history is, if it has one */
    char *history_name;
    char *label; /* oura/sleep */
    bool has_table;
    bool has_history;
    bool is_wanted;           /* its source is to be written in this format */
    enum csv_profile profile; /* that its source is to be written in */
};

struct found_list {
    struct found *item;
    size_t n;
    char *root;
    char *own_dir; /* .wearchive */
    char *torn_dir;
};

#define FOUND_INIT                                                             \
    {                                                                          \
        .item = NULL                                                           \
    }

/* That there is one; else an error with what to do. */
int found_archive(const char *dir, struct err *e);

/*
 * By source, then in the provider's order of categories. Those that the words
 * mean ("sleep", "oura/sleep", "all"; with commas, too), or all without words;
 * a word that means none: ERR_USAGE. A table that is gone is among them if the
 * state has rows of it. state may be NULL.
 */
int found_load(struct found_list *out, const struct setup *s,
               const struct list *words, const struct state *state,
               struct err *e);
void found_free(struct found_list *f);

/* The table as store/ wants to have it; borrows from both. columns gets the
 * category's. */
struct table_spec found_spec(const struct found_list *f, const struct found *t,
                             struct columns *columns);

#endif
