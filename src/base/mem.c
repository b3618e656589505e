#include "base/mem.h"

#ifdef __linux__
#include <malloc.h>
#endif
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *
checked(void *p)
{
    static const char text[] = "wearchive: out of memory\n";

    if (p)
        return p;
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(1);
    _exit(1);
}

void
mem_start(void)
{
#ifdef M_MMAP_THRESHOLD
    enum { LARGE = 32 << 20 };

    (void)mallopt(M_MMAP_THRESHOLD, LARGE); /* hints, no more */
    (void)mallopt(M_TRIM_THRESHOLD, LARGE);
#endif
}

void *
mem_alloc(size_t n)
{
    return checked(malloc(n ? n : 1));
}

void *
mem_zalloc(size_t n)
{
    return checked(calloc(1, n ? n : 1));
}

void *
mem_realloc(void *p, size_t n)
{
    return checked(realloc(p, n ? n : 1));
}

void *
mem_resize(void *p, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return checked(NULL);
    return mem_realloc(p, count * size);
}

char *
mem_strndup(const char *p, size_t n)
{
    char *copy = mem_alloc(n + 1);

    memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}

char *
mem_strdup(const char *s)
{
    return s ? mem_strndup(s, strlen(s)) : NULL;
}

void
mem_wipe(void *p, size_t n)
{
    volatile unsigned char *byte = p;

    while (n--)
        *byte++ = 0;
}
