#include "store/done.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"

enum { SLOTS_MIN = 64, PRINT_DIGITS = 8 };

static bool
is_id_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c && strchr("-._~%", c));
}

/* The slot of an id, or the free one where it would go. */
static size_t
find_slot(const struct done *d, const char *id, size_t n, uint64_t hash)
{
    size_t i = (size_t)hash & (d->slots - 1);

    for (; d->slot[i]; i = (i + 1) & (d->slots - 1)) {
        const struct done_entry *entry = &d->entry[d->slot[i] - 1];

        if (entry->hash == hash && entry->n == n &&
            memcmp(d->texts.p + entry->at, id, n) == 0)
            break;
    }
    return i;
}

/* At least half of the slots stay free. */
static void
make_room(struct done *d)
{
    if (2 * (d->n + 1) <= d->slots)
        return;
    d->slots = d->slots ? 2 * d->slots : SLOTS_MIN;
    free(d->slot);
    d->slot = mem_zalloc(d->slots * sizeof(*d->slot));
    d->entry = mem_resize(d->entry, d->slots / 2, sizeof(*d->entry));
    for (size_t i = 0; i < d->n; i++) {
        const struct done_entry *entry = &d->entry[i];

        d->slot[find_slot(d, d->texts.p + entry->at, entry->n, entry->hash)] =
            (uint32_t)i + 1;
    }
}

void
done_put(struct done *d, const char *id, size_t n, uint32_t print)
{
    uint64_t hash = XXH3_64bits(id, n);
    size_t at;

    make_room(d);
    at = find_slot(d, id, n, hash);
    if (d->slot[at]) {
        d->entry[d->slot[at] - 1].print = print;
        return;
    }
    d->entry[d->n++] = (struct done_entry){
        .hash = hash,
        .at = (uint32_t)d->texts.n,
        .n = (uint32_t)n,
        .print = print,
    };
    d->slot[at] = (uint32_t)d->n;
    buf_add(&d->texts, id, n);
}

bool
done_find(uint32_t *print, const struct done *d, const char *id, size_t n)
{
    size_t at;

    if (d->n == 0)
        return false;
    at = find_slot(d, id, n, XXH3_64bits(id, n));
    if (!d->slot[at])
        return false;
    *print = d->entry[d->slot[at] - 1].print;
    return true;
}

bool
done_has(const struct done *d, const char *id, size_t n, uint32_t print)
{
    uint32_t known;

    return done_find(&known, d, id, n) && known == print;
}

/* Reads the digits behind the colon; their end, or NULL. */
static const char *
read_print(uint32_t *print, const char *p)
{
    static const char digits[] = "0123456789abcdef";

    *print = 0;
    for (int i = 0; i < PRINT_DIGITS; i++, p++) {
        const char *digit = *p ? strchr(digits, *p) : NULL;

        if (!digit)
            return NULL;
        *print = *print << 4 | (uint32_t)(digit - digits);
    }
    return p;
}

int
done_parse(struct done *d, const char *text)
{
    const char *p = text;

    while (*p) {
        const char *id = p;
        uint32_t print;
        size_t n;

        while (is_id_char(*p))
            p++;
        if (p == id || *p != ':')
            return -1;
        n = (size_t)(p - id);
        p = read_print(&print, p + 1);
        if (!p || (*p && *p != ' '))
            return -1;
        done_put(d, id, n, print);
        if (*p == ' ' && !*++p)
            return -1;
    }
    return 0;
}

void
done_print(struct buf *out, const struct done *d)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct done_entry *entry = &d->entry[i];

        if (i > 0)
            buf_addc(out, ' ');
        buf_add(out, d->texts.p + entry->at, entry->n);
        buf_addf(out, ":%08x", entry->print);
    }
}

void
done_free(struct done *d)
{
    free(d->entry);
    free(d->slot);
    buf_free(&d->texts);
    *d = (struct done)DONE_INIT;
}
