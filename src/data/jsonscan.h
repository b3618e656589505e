#ifndef DATA_JSONSCAN_H
#define DATA_JSONSCAN_H

#include <stdbool.h>
#include <stdint.h>

/* The part of data/json that looks at many bytes at once. Only for json.c. */

enum { JSONSCAN_BLOCK = 64 };

/*
 * A bit for each of the 64 bytes at p that is odd in a string: a quote, a
 * backslash, a control character, not ASCII. What lies behind end is odd, too.
 */
uint64_t jsonscan_odd_bits(const char *p, const char *end);

/* Returned by value, so that the caller's variables stay in registers. */
struct jsonscan_odd {
    const char *p;       /* behind what was read; the wrong byte, or end */
    unsigned flags : 31; /* of enum json_flag */
    unsigned is_wrong : 1;
};

/* Reads the odd bytes of a string at p, and those that follow directly, up to
 * the closing quote. */
struct jsonscan_odd jsonscan_odd(const char *p, const char *end);

/*
 * Long arrays hold plain numbers: from one comma in an array to a later one
 * (or the same), as far as there is nothing but correct numbers of digits
 * and dots in between. What is wrong or rare is left to the caller.
 */
const char *jsonscan_numbers(const char *comma, const char *end);

#endif
