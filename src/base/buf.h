#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A growing run of bytes. A fresh or freed one is empty and owns nothing. */
struct buf {
    char *p;
    size_t n;    /* bytes in use */
    size_t room; /* bytes allocated */
};

#define BUF_INIT                                                               \
    {                                                                          \
        .p = NULL                                                              \
    }

static inline void buf_add(struct buf *b, const void *p, size_t n);
static inline void buf_addc(struct buf *b, char c);
void buf_adds(struct buf *b, const char *s);
void buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));
void buf_addi(struct buf *b, int64_t n); /* in decimal */
/* Makes room for n more bytes and returns where they go; n grows only when
 * the caller adds to b->n. */
static inline char *buf_room(struct buf *b, size_t n);
/* The text with a NUL behind it; valid until the next change. Never NULL. */
const char *buf_str(struct buf *b);
/* Gives the allocation away as a string (free() it); b is empty again. */
char *buf_take(struct buf *b);
void buf_clear(struct buf *b); /* n = 0, keeps the memory */
void buf_fit(struct buf *b);   /* gives back memory that is not in use */
void buf_free(struct buf *b);
void buf_wipe(struct buf *b); /* held a secret: overwrite, then free */

/* The rest is here to be inlined: rows are made of these, a few bytes at a
 * time. */
char *buf_grow(struct buf *b, size_t n); /* buf_room() without room */

static inline char *
buf_room(struct buf *b, size_t n)
{
    return n < b->room - b->n ? b->p + b->n : buf_grow(b, n);
}

/* gcc's analyzer takes a buffer without memory for one that has room. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-null-argument"
#endif
static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
    if (n == 0)
        return;
    memcpy(buf_room(b, n), p, n);
    b->n += n;
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

static inline void
buf_addc(struct buf *b, char c)
{
    *buf_room(b, 1) = c;
    b->n++;
}

#endif
