#ifndef STORE_DONE_H
#define STORE_DONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Which records of another table were asked for one by one, and what they
 * looked like then: an id and a print (a hash of some of its columns) for each.
 * About 40 bytes an id. Pure.
 */
struct done_entry {
    uint64_t hash;
    uint32_t at; /* of the id in texts */
    uint32_t n;
    uint32_t print;
};

struct done {
    struct done_entry *entry; /* in the order in which they came */
    size_t n;
    struct buf texts;
    uint32_t *slot; /* entry number + 1, by hash */
    size_t slots;
};

#define DONE_INIT                                                              \
    {                                                                          \
        .n = 0                                                                 \
    }

/* id: characters that need no escape in a URL's path, at least one. Replaces
 * the print of one that is there. */
void done_put(struct done *d, const char *id, size_t n, uint32_t print);
/* The print of an id; false if it is not there. */
bool done_find(uint32_t *print, const struct done *d, const char *id, size_t n);
bool done_has(const struct done *d, const char *id, size_t n, uint32_t print);

/* "16000000005:1a2b3c4d 16000000004:00000007". Returns 0, or -1 if the text is
 * not like that. d is fresh or freed. */
int done_parse(struct done *d, const char *text);
void done_print(struct buf *out, const struct done *d);

void done_free(struct done *d);

#endif
