#include "engine/tables.h"

#include <string.h>

#include "data/columns.h"
#include "spec/category.h"
#include "store/table.h"

static void
add_column(struct columns *columns, const char *name)
{
    if (name)
        (void)columns_add(columns, name, strlen(name)); /* far from the limit */
}

size_t
tables_declare(struct columns *columns, const struct category *c)
{
    for (size_t i = 0; c->ids[i]; i++)
        add_column(columns, c->ids[i]);
    add_column(columns, c->time_col);
    for (size_t i = 0; c->columns[i]; i++)
        add_column(columns, c->columns[i]);
    return columns_n(columns);
}

void
tables_describe(struct table_spec *spec, const struct category *c)
{
    for (size_t i = 0; i < TABLE_KEYS_MAX; i++)
        spec->ids[i] = c->ids[i];
    spec->ids[TABLE_KEYS_MAX] = NULL;
    spec->owner_ids = c->child ? c->child->owner_ids : 0;
    if (c->per && c->per->is_set)
        spec->owner_ids = 1;
    spec->instant_id = c->instant_id;
    spec->constant = c->constant_id;
    spec->version = c->version_col;
    spec->unique = c->unique;
    spec->time = c->time_col;
    spec->newest_first = c->newest_first;
}
