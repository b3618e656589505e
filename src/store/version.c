#include "store/version.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/tm.h"
#include "data/columns.h"
#include "data/csvtext.h"
#include "data/json.h"
#include "store/layout.h"

static int
read_text(struct instant *t, const struct buf *text)
{
    return text->n > 0 ? tm_instant(t, text->p, text->n) : -1;
}

static int
read_csv(struct instant *t, const struct layout *l, const char *p, size_t n)
{
    const char *name = l->spec->version, *end = p + n;
    int32_t column = columns_find(l->spec->columns, name, strlen(name));
    struct csv_slice cell = { .p = "" };
    struct buf text = BUF_INIT;
    int rc;

    if (column < 0 || (size_t)column >= l->position_n ||
        l->position[column] < 0)
        return -1;
    for (int32_t at = 0; p && at <= l->position[column]; at++)
        cell = csv_take(&p, end, &l->dialect);
    csv_cell_value(&text, &cell);
    rc = read_text(t, &text);
    buf_free(&text);
    return rc;
}

static int
read_json(struct instant *t, const struct layout *l, const char *p, size_t n)
{
    struct err not_json = ERR_INIT;
    struct buf text = BUF_INIT;
    struct json_token token;
    int rc = -1;

    if (json_at(&token, p, n, l->spec->version, &not_json) != 1 ||
        token.type != JSON_STRING)
        return -1;
    json_text(&text, &token);
    rc = read_text(t, &text);
    buf_free(&text);
    return rc;
}

static int
read_version(struct instant *t, const struct layout *l, const char *p, size_t n)
{
    return l->spec->format == TABLE_CSV ? read_csv(t, l, p, n)
                                        : read_json(t, l, p, n);
}

int
version_compare(const struct layout *l, const char *a, size_t a_n,
                const char *b, size_t b_n)
{
    struct instant x, y;

    if (!l->spec->version || read_version(&x, l, a, a_n) < 0 ||
        read_version(&y, l, b, b_n) < 0)
        return 0;
    return tm_compare(&x, &y);
}
