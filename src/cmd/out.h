#ifndef CMD_OUT_H
#define CMD_OUT_H

#include <stddef.h>

struct buf;
struct cJSON;
struct err;
struct list;

/* Results on standard output. Everything else goes to stderr. */

/* Makes sure that descriptors 0 to 2 are open, so that no file of the archive
 * becomes "standard output"; writing to one that was closed fails. */
void out_setup(void);

/* Writes all of b. Returns 0, also if the reader has gone away (EPIPE); else
 * -1 with ERR_OTHER. */
int out_print(const struct buf *b, struct err *e);

/* An empty JSON object to fill with the functions of data/doc; doc_free(). */
struct cJSON *out_object(void);
/* A JSON document and a line end. */
int out_json(const struct cJSON *doc, struct err *e);

/* Adds aligned columns. cells holds row after row, the first one a heading; a
 * column whose bit in right is set is aligned right. No blanks at a line's
 * end. */
void out_table(struct buf *out, const struct list *cells, size_t columns,
               unsigned right);

#endif
