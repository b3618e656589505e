#ifndef DATA_UTF8_H
#define DATA_UTF8_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* U+FFFD, what stands for a byte that is not UTF-8. */
#define UTF8_BAD "\xEF\xBF\xBD"

/*
 * The length of the UTF-8 character at p (p < end), 1 to 4; 0 if the byte
 * there does not start one: overlong forms, surrogates, code points above
 * 10FFFF and characters cut off at end are not UTF-8 (RFC 3629).
 */
size_t utf8_len(const char *p, const char *end);

/* Adds text that a program may have saved in Windows-1252: each byte that is
 * not UTF-8 as the character that it is there. */
void utf8_add_1252(struct buf *out, const char *p, size_t n);

/* Writes a code point (0 to 10FFFF, no surrogate); returns its length. */
size_t utf8_put(char out[4], uint32_t code);

#endif
