#include "store/met.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "data/columns.h"
#include "data/flatten.h"

static void
make(struct met *m, size_t n)
{
    if (n <= m->n)
        return;
    m->column = mem_resize(m->column, n, sizeof(*m->column));
    while (m->n < n)
        m->column[m->n++] = false;
}

void
met_note(struct met *m, const struct row *row, size_t declared)
{
    make(m, row->n);
    for (size_t i = declared; i < row->n; i++)
        if (row->cell[i].type != CELL_NONE)
            m->column[i] = true;
}

void
met_recall(struct met *m, const struct columns *columns,
           const struct list *sent)
{
    for (size_t i = 0; sent && i < sent->n; i++) {
        int32_t column =
            columns_find(columns, sent->item[i], strlen(sent->item[i]));

        if (column < 0)
            continue;
        make(m, (size_t)column + 1);
        m->column[column] = true;
    }
}

void
met_cut(struct met *m, size_t n)
{
    if (m->n > n)
        m->n = n;
}

void
met_list(struct list *names, const struct met *m, const struct columns *columns,
         size_t declared)
{
    for (size_t i = declared; i < m->n; i++) {
        const char *name = columns_name(columns, i);

        if (m->column[i] && !list_has(names, name))
            list_add(names, name);
    }
}

void
met_free(struct met *m)
{
    free(m->column);
    *m = (struct met){ .column = NULL };
}
