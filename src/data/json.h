#ifndef DATA_JSON_H
#define DATA_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct buf;

/*
 * A strict scanner for RFC 8259 text that allocates nothing and hands out
 * slices of the text it was given. Numbers are never converted.
 *
 * Accepted: exactly one value with white space around it. Refused with
 * ERR_DATA: everything else that RFC 8259 does not allow, a byte order mark,
 * a control character in a string, a byte that is not UTF-8 outside a string,
 * more than JSON_DEPTH_MAX open brackets. Text that ends in the middle of a
 * value is ERR_CUT. Bytes that are not UTF-8 inside a string are accepted and
 * flagged JSON_BAD_UTF8; lone surrogate escapes are JSON_ESCAPED like others.
 */

enum { JSON_DEPTH_MAX = 128 };

enum json_type {
    JSON_END, /* after the last token of the text */
    JSON_OBJECT,
    JSON_OBJECT_END,
    JSON_ARRAY,
    JSON_ARRAY_END,
    JSON_KEY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
};

enum json_flag {
    JSON_ESCAPED = 1,  /* the string holds a backslash */
    JSON_BAD_UTF8 = 2, /* the string holds a byte that is not UTF-8 */
    JSON_SPACED = 4,   /* slice of json_skip(): white space outside strings */
    JSON_QUOTES = 8,   /* slice of json_skip(): a string is in it */
};

/* One token. For JSON_KEY and JSON_STRING, p and n are the raw text between
 * the quotes; otherwise the token's own text. Valid as long as the text. */
struct json_token {
    enum json_type type;
    unsigned flags; /* of enum json_flag */
    const char *p;
    size_t n;
};

struct json {
    const char *start;
    const char *p; /* next byte to read */
    const char *end;
    const char *limit; /* can be read up to here */
    int depth;         /* open brackets */
    /* Private. */
    unsigned expect;                         /* what may come next */
    uint64_t is_object[JSON_DEPTH_MAX / 64]; /* by depth: object or array */
    const char *block;                       /* 64 bytes of which odd has a */
    uint64_t odd;                            /* bit if odd in a string */
};

void json_start(struct json *j, const char *p, size_t n);
/* Quicker for short texts, where so many bytes behind them can be read, too,
 * whatever they are. */
enum { JSON_MORE = 64 };
void json_start_more(struct json *j, const char *p, size_t n);

/* The next token: 1, or 0 with type JSON_END at the end of the text, or -1. */
int json_next(struct json_token *t, struct json *j, struct err *e);

/*
 * To be called right after json_next() gave the first token of a value: reads
 * on to its end, checking everything. t becomes the whole value: type as it
 * was; for objects and arrays p and n are the text from bracket to bracket
 * and flags are those of everything inside. A scalar stays as it is.
 * Returns 0 or -1.
 */
int json_skip(struct json_token *t, struct json *j, struct err *e);

/*
 * For callers that read some of the text by themselves and know that it is
 * correct: goes on at p, behind a value that stands in depth brackets. Those
 * of them that were not open before are objects.
 */
void json_go_on(struct json *j, const char *p, int depth);
/* The same at p before the value of a member, which is read: as json_next()
 * and json_skip() do. Returns 0 or -1. */
int json_value_at(struct json_token *t, struct json *j, const char *p,
                  int depth, struct err *e);

/*
 * The value at a path of member names, "a.b", in the text of an object; names
 * are compared with their escapes undone; the last of duplicate members wins.
 * The text must have been checked (a slice of json_skip()) or is checked on
 * the way. Returns 1 found (t as from json_skip()), 0 not there, -1 error.
 */
int json_at(struct json_token *t, const char *p, size_t n, const char *path,
            struct err *e);

/* The whole of p must be one JSON value. Returns 0 or -1. */
int json_check(const char *p, size_t n, struct err *e);

/* Adds a checked value without white space outside strings; in strings each
 * byte that is not UTF-8 becomes U+FFFD. Everything else stays as it is; a
 * JSON_STRING or JSON_KEY gets its quotes. */
void json_compact(struct buf *out, const struct json_token *value);

/*
 * The text of a string (DESIGN 2.1): escapes undone to UTF-8; a control
 * character other than tab, CR and LF, and a lone surrogate, as its escape
 * text in lower case (\u0000, \ud83d); a run of literal backslashes that
 * stands right before such an escape text, or before a literal u and four hex
 * digits, doubled; a byte that is not UTF-8 as U+FFFD. Adds to out.
 */
void json_text(struct buf *out, const struct json_token *string);

/* The reverse: text as json_text() makes it, added to out as a JSON string
 * with its quotes. Bytes that are not UTF-8 become U+FFFD. */
void json_quote(struct buf *out, const char *p, size_t n);

/* True if p is exactly one JSON number. */
bool json_is_number(const char *p, size_t n);

#endif
