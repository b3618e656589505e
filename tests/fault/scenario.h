#ifndef TESTS_FAULT_SCENARIO_H
#define TESTS_FAULT_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What a run does to an archive, without a network and with a clock that
 * stands still: pages of made-up categories go to engine/archive as they do in
 * a fetch, in the same order of commits.
 *
 * A script has a step on each line:
 *
 *   profile WORD     CSV is written in it; before all else
 *   use NAME         the category that the next lines speak of; "night" first
 *   rows A B SCORE   records A to B, one a day, for the next page
 *   fat A B SCORE    the same, each of 100 KB
 *   {'id':..}        one more record
 *   recent           the page is given, and was the last one of its window
 *   hole             the same, in a window of the backfill
 *   commit           everything to disk, then the state
 *   convert          the table of night to JSON lines, beside it
 */
struct scene {
    const char *name;
    unsigned formats;   /* of enum format */
    const char *before; /* made without a fault; NULL: nothing */
    /* Then the last so many bytes of a file are cut off, and a text is added;
     * NULL: none. */
    const char *file;
    size_t cut;
    const char *text;
    /* And the script runs, up to where its journal has its name, or is half
     * done. */
    bool leaves_journal;
    bool is_half_done;
    const char *script;
    bool is_large; /* only calls of the system fail */
};

extern const struct scene scenes[];
extern const size_t scenes_n;

const struct scene *scene_find(const char *name);

/* Does it; returns the exit code of the program. */
int scene_run(const struct scene *s, const char *script, const char *dir);
/* Only what every run does first: lock and journal. */
int scene_recover(const char *dir);

#endif
