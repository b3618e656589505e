/*
 * Prints the registry for scripts/check-specs, one category a line, with tabs
 * between: provider, category, path, from_key, to_key, page_key, records_at
 * ("*": a list for each column), next_at, pages_at, query, the path of by_id,
 * columns of the record (a comma between them). What is absent is "-".
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "provider/registry.h"
#include "spec/category.h"
#include "spec/provider.h"

static const char *
or_dash(const char *s)
{
    return s ? s : "-";
}

/* False: we made it up. */
static bool
is_sent(const struct category *c, const char *column)
{
    for (const struct filled *f = c->filled; f && f->column; f++)
        if (strcmp(f->column, column) == 0)
            return false;
    if (c->per && c->per->index_within && /* Strava's are in its document */
        strcmp(column, c->per->index_col) == 0)
        return false;
    return !c->constant_id || strcmp(column, c->ids[0]) != 0;
}

static void
dump(const struct provider *p, const struct category *c)
{
    bool is_first = true;

    printf("%s\t%s\t%s%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s%s\t", p->name, c->name,
           p->prefix, c->path, or_dash(c->from_key), or_dash(c->to_key),
           or_dash(c->page_key), c->lists_at ? "*" : or_dash(c->records_at),
           or_dash(c->next_at), or_dash(c->pages_at), or_dash(c->query),
           c->by_id ? p->prefix : "", or_dash(c->by_id));
    for (size_t i = 0; c->columns[i]; i++) {
        if (!is_sent(c, c->columns[i]))
            continue;
        printf("%s%s", is_first ? "" : ",", c->columns[i]);
        is_first = false;
    }
    putchar('\n');
}

int
main(void)
{
    for (size_t i = 0; i < registry_n; i++)
        for (size_t k = 0; k < registry[i]->categories_n; k++)
            if (!registry[i]->categories[k].child) /* it has no request */
                dump(registry[i], &registry[i]->categories[k]);
    return fflush(stdout) == 0 ? 0 : 1;
}
