#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What does not hold is a bug: says where, and ends the program. */
#define REQUIRE(fact)                                                          \
    do {                                                                       \
        if (!(fact)) {                                                         \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #fact);   \
            abort();                                                           \
        }                                                                      \
    } while (0)

#define REQUIRE_SAME(a, an, b, bn)                                             \
    REQUIRE((an) == (bn) && ((an) == 0 || memcmp((a), (b), (an)) == 0))

/* A folder of this process, in memory where there is such a place; removed at
 * the end. */
const char *scratch_dir(void);
/* The path of a name in it; the place is the caller's, to be freed. */
char *scratch_path(const char *name);
void scratch_write(const char *name, const void *p, size_t n);
/* Reads a whole file into b, cleared first; false if there is none. */
bool scratch_read(struct buf *b, const char *name);
bool scratch_has(const char *name);
/* Removes everything in the folder. */
void scratch_clear(void);
/* A file without a name that holds these bytes, to be read only; the next call
 * changes it. */
int scratch_fd(const void *p, size_t n);

#endif
