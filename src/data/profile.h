#ifndef DATA_PROFILE_H
#define DATA_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * For whom CSV is written: anybody (plain), a spreadsheet (excel) or DuckDB
 * (DESIGN 2.1). They differ in how a file starts, how its lines end, and in
 * which texts get an apostrophe in front: a guard.
 *
 * One rule reads all of them, so that nobody has to know how a file was
 * written, and one that holds rows of several profiles is read right: of
 * apostrophes in front of a text that is risky, the first one is not part of
 * it. That is why in every profile a text that is risky behind apostrophes of
 * its own gets one more; excel guards the risky ones themselves, duckdb those
 * that are numbers.
 */
enum csv_profile { CSV_PLAIN, CSV_EXCEL, CSV_DUCKDB };

/* The word for it in the configuration and in the state. */
const char *profile_word(enum csv_profile p);
/* The other way; false if there is none of that name. */
bool profile_find(enum csv_profile *p, const char *word);
/* For text_nearest(): all words. */
const char *profile_each(const void *arg, size_t i);

/* True if the text is to be written with an apostrophe in front. A spreadsheet
 * calculates what starts with = + - @, tab, CR or LF; both round what is a
 * number of 16 digits or more, in quotes or not. */
bool profile_guards(enum csv_profile p, const char *text, size_t n);

/* What a spreadsheet has room for: characters in a cell, rows in a sheet with
 * the header. */
enum { PROFILE_CELL_MAX = 32767, PROFILE_ROWS_MAX = 1048576 };

/* The length of a text as a spreadsheet counts, in units of UTF-16. */
size_t profile_length(const char *text, size_t n);

/* True if the apostrophe in front of a text that was read is a guard. */
bool profile_is_guarded(const char *text, size_t n);

#endif
