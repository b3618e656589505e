#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/*
 * Ordinary allocation. Each call ends the program with one line and exit
 * code 1 if there is no memory: what is on disk is safe at every moment, so
 * nothing is gained by going on. Sizes from outside are bounded by the caller.
 */

/* Once at the start: memory that is freed is kept for the next page or table,
 * because getting it from the system again costs more than what is done in
 * it. */
void mem_start(void);

void *mem_alloc(size_t n);
void *mem_zalloc(size_t n);                 /* zeroed */
void *mem_realloc(void *p, size_t n);       /* p may be NULL */
char *mem_strdup(const char *s);            /* NULL gives NULL */
char *mem_strndup(const char *p, size_t n); /* adds the NUL */
/* count * size without overflow; p may be NULL. */
void *mem_resize(void *p, size_t count, size_t size);
/* Overwrites n bytes in a way that the compiler does not remove. */
void mem_wipe(void *p, size_t n);

#endif
