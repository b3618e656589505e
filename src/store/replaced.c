#include "store/replaced.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/tm.h"
#include "data/columns.h"
#include "data/csvtext.h"
#include "store/layout.h"
#include "store/table.h"

/* The name as we write it behind the members of a JSON row; NULL if it is not
 * there. */
static const char *
find_name(const char *p, size_t n)
{
    static const char name[] = "\"" REPLACED_AT "\":\"";
    const size_t name_n = sizeof(name) - 1;

    for (const char *c = p + n; c > p; c--)
        if ((size_t)(p + n - c) >= name_n && memcmp(c, name, name_n) == 0)
            return c;
    return NULL;
}

static bool
is_at(const struct layout *l, size_t i)
{
    const char *name = columns_name(l->spec->columns, (size_t)l->order[i]);

    return strcmp(name, REPLACED_AT) == 0;
}

static void
take_at(struct buf *out, const struct layout *l, const char *p, size_t n)
{
    const char *end = p + n, *at = NULL;

    if (l->spec->format != TABLE_CSV) {
        at = find_name(p, n);
        at = at ? at + strlen("\"" REPLACED_AT "\":\"") : end;
        for (; at < end && *at != '"'; at++)
            buf_addc(out, *at);
        return;
    }
    for (size_t i = 0; p && i < l->n; i++) {
        struct csv_slice cell = csv_take(&p, end, &l->dialect);

        if (is_at(l, i))
            csv_cell_value(out, &cell);
    }
}

int64_t
replaced_at(const struct layout *l, const char *p, size_t n)
{
    struct buf text = BUF_INIT;
    struct instant t = { .sec = INT64_MIN };

    take_at(&text, l, p, n);
    if (tm_instant(&t, buf_str(&text), text.n) < 0)
        t.sec = INT64_MIN;
    buf_free(&text);
    return t.sec;
}

void
replaced_core(struct buf *out, const struct layout *l, const char *p, size_t n)
{
    const char *end = p + n;

    if (l->spec->format != TABLE_CSV) {
        const char *name = find_name(p, n);

        buf_add(out, p, name ? (size_t)(name - p) : n);
        return;
    }
    for (size_t i = 0; p && i < l->n; i++) {
        struct csv_slice cell = csv_take(&p, end, &l->dialect);

        if (is_at(l, i))
            continue;
        csv_cell_value(out, &cell);
        buf_addc(out, '\n');
    }
    while (out->n > 0 && out->p[out->n - 1] == '\n')
        out->n--;
}
