#ifndef CMD_REPORT_H
#define CMD_REPORT_H

struct category_result;
struct err;
struct run_out;
struct state;

/* What fetch says: progress and failures on stderr, the summary on stdout. */

/* "oura/sleep: 12 new, 3 changed" as soon as a category is finished; user is
 * ignored. For a terminal or -v. */
void report_progress(const struct category_result *r, void *user);

/* A line for each failure, and one for all categories that were given up with
 * their source. said: an error that the caller prints; or NULL. */
void report_failures(const struct run_out *out, const struct err *said);

/* A table, or a JSON document. Returns 0, or -1 if it cannot be written. */
int report_table(const struct run_out *out, struct err *e);
int report_json(const struct run_out *out, int code, struct err *e);

#endif
