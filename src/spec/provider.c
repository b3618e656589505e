#include "spec/provider.h"

#include "base/text.h"
#include "spec/category.h"

const char *
category_parent(const struct category *c)
{
    if (c->feed_of)
        return c->feed_of->category;
    return c->child ? c->child->parent : NULL;
}

const struct category *
provider_category(const struct provider *p, const char *name)
{
    for (size_t i = 0; i < p->categories_n; i++)
        if (text_is(p->categories[i].name, name))
            return &p->categories[i];
    return NULL;
}
