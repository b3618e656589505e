#ifndef CMD_OUT_H
#define CMD_OUT_H

#include <stddef.h>

struct buf;
struct cJSON;
struct err;

/* Results on standard output. Everything else goes to stderr. */

/* Makes sure that descriptors 0 to 2 are open, so that no file of the archive
 * becomes "standard output"; writing to one that was closed fails. */
void out_setup(void);

/* Writes all of b. Returns 0, also if the reader has gone away (EPIPE); else
 * -1 with ERR_OTHER. */
int out_print(const struct buf *b, struct err *e);

/* A JSON document and a line end. */
int out_json(const struct cJSON *doc, struct err *e);

/* Aligned columns: rows of n cells each, the first row a heading; columns
 * whose bit in right is set are aligned right. No blanks at a line's end. */
void out_table(struct buf *out, const char *const *cell, size_t rows,
               size_t columns, unsigned right);

#endif
