#ifndef SANDBOX_PUT_H
#define SANDBOX_PUT_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

/*
 * Writes compact JSON. Commas come by themselves: one is written unless the
 * text ends with an opening bracket. key is NULL inside an array.
 */

void put_open(struct buf *b, const char *key, char bracket);
void put_close(struct buf *b, char bracket);
void put_int(struct buf *b, const char *key, int64_t value);
/* value / 10^digits with the fewest digits, but at least one: 75.0, 13.685. */
void put_dec(struct buf *b, const char *key, int64_t value, int digits);
void put_bool(struct buf *b, const char *key, bool value);
void put_null(struct buf *b, const char *key);
/* text is escaped; NULL is written as null. */
void put_text(struct buf *b, const char *key, const char *text);
/* A date, "2024-03-01"; day counts from 1970-01-01. */
void put_day(struct buf *b, const char *key, int64_t day);
/* "2024-03-01T04:00:00+01:00", or with ".000" before the offset. */
void put_local(struct buf *b, const char *key, int64_t unix_s, int offset_s,
               bool has_fraction);
/* "2024-03-01T04:00:00.000Z" */
void put_utc(struct buf *b, const char *key, int64_t unix_s);
/* The same with its milliseconds. */
void put_utc_ms(struct buf *b, const char *key, int64_t ms);
/* "2024-03-01T04:00:00Z" */
void put_stamp(struct buf *b, const char *key, int64_t unix_s);
/* A name; its value comes with the key NULL. */
void put_key(struct buf *b, const char *key);
/* Text that is JSON already. */
void put_raw(struct buf *b, const char *key, const char *json);

#endif
