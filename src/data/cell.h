#ifndef DATA_CELL_H
#define DATA_CELL_H

struct buf;
struct cell;
struct json_token;

/* Values of a record as text, added to out. */

/* The text of a string as json_text() has it; other values as they are, without
 * white space; nothing for null. */
void cell_text(struct buf *out, const struct cell *cell);
/* The same of a value that was not flattened: as json_skip() leaves it. */
void cell_token_text(struct buf *out, const struct json_token *value);
/* The JSON value. cell is not CELL_NONE. */
void cell_json(struct buf *out, const struct cell *cell);

#endif
