/*
 * Prints the registry for scripts/check-specs, one category a line, with tabs
 * between: provider, category, path, from_key, to_key, page_key, records_at,
 * next_at, columns (a comma between them). What is absent is "-".
 */
#include <stdio.h>

#include "provider/registry.h"
#include "spec/category.h"
#include "spec/provider.h"

static const char *
or_dash(const char *s)
{
    return s ? s : "-";
}

static void
dump(const struct provider *p, const struct category *c)
{
    printf("%s\t%s\t%s%s\t%s\t%s\t%s\t%s\t%s\t", p->name, c->name, p->prefix,
           c->path, or_dash(c->from_key), or_dash(c->to_key),
           or_dash(c->page_key), or_dash(c->records_at), or_dash(c->next_at));
    for (size_t i = 0; c->columns[i]; i++)
        printf("%s%s", i ? "," : "", c->columns[i]);
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
