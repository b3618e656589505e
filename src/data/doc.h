#ifndef DATA_DOC_H
#define DATA_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct cJSON;
struct err;

/*
 * Our own small JSON documents (state, later tokens and plug-in descriptors)
 * as a cJSON tree. Text is read by the strict scanner of data/json, so that
 * trailing rubbish is refused, and numbers are kept as raw items with their
 * digits (cJSON would make doubles of them): what we do not know in somebody
 * else's document is written back as it was.
 */

/* The tree of a text that must be one object; free with doc_free(). NULL and
 * *e on failure (ERR_DATA, ERR_CUT). */
struct cJSON *doc_parse(const char *p, size_t n, struct err *e);
/* Readable: two blanks an indent level, arrays of scalars on one line. */
void doc_print(struct buf *out, const struct cJSON *doc);
void doc_free(struct cJSON *doc); /* NULL is allowed */
void doc_wipe(struct cJSON *doc); /* it held secrets: overwrite, then free */

/* Adds any C string as a JSON string with its quotes. */
void doc_quote(struct buf *out, const char *s);

/* Members by exact name; NULL if absent or of another type. */
struct cJSON *doc_object(const struct cJSON *object, const char *name);
struct cJSON *doc_array(const struct cJSON *object, const char *name);
const char *doc_string(const struct cJSON *object, const char *name);
/* The name of the i-th member, as JSON has it between the quotes; NULL behind
 * the last. */
const char *doc_name(const struct cJSON *object, size_t i);
/* 0 and *out, or -1 if absent or no whole number in range. */
int doc_i64(int64_t *out, const struct cJSON *object, const char *name);

/* Set or replace a member in place (its position is kept). */
void doc_set_string(struct cJSON *object, const char *name, const char *s);
void doc_set_i64(struct cJSON *object, const char *name, int64_t value);
void doc_set_bool(struct cJSON *object, const char *name, bool value);
/* The member as an object or array, made empty if it was absent or of
 * another type. */
struct cJSON *doc_make_object(struct cJSON *object, const char *name);
/* Always a fresh empty array in that place. */
struct cJSON *doc_make_array(struct cJSON *object, const char *name);
void doc_append_string(struct cJSON *array, const char *s);
void doc_remove(struct cJSON *object, const char *name);

#endif
