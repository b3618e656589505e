#ifndef TESTS_UNIT_ROWMAKER_H
#define TESTS_UNIT_ROWMAKER_H

/* Rows from JSON text, and table specs to lay them out by. Quotes in the
 * records of tests are written as ' (make_row() turns them around). */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "data/columns.h"
#include "data/flatten.h"
#include "data/json.h"

struct maker {
    struct columns *columns;
    struct flattener *flattener;
    struct row row;
    struct buf json; /* that row points into */
};

/* names: declared columns, with blanks between them. Returns how many. */
static inline size_t
maker_init(struct maker *m, const char *names)
{
    struct list list = LIST_INIT;

    *m = (struct maker){ .columns = columns_new() };
    list_split(&list, names);
    for (size_t i = 0; i < list.n; i++)
        (void)columns_add(m->columns, list.item[i], strlen(list.item[i]));
    list_free(&list);
    m->flattener = flattener_new(m->columns);
    return columns_n(m->columns);
}

static inline void
maker_free(struct maker *m)
{
    flattener_free(m->flattener);
    columns_free(m->columns);
    row_free(&m->row);
    buf_free(&m->json);
}

/* Flattens a record that stands as it is. */
static inline int
flatten_text(struct maker *m, const char *p, size_t n, struct err *e)
{
    struct json j;
    struct json_token t;

    buf_clear(&m->json);
    buf_add(&m->json, p, n);
    json_start(&j, buf_str(&m->json), n);
    if (json_next(&t, &j, e) < 0)
        return -1;
    assert_int_equal(t.type, JSON_OBJECT);
    if (flatten(&m->row, m->flattener, &j, e) < 0)
        return -1;
    return json_next(&t, &j, e);
}

/* The row of a record that is known to be good. */
static inline const struct row *
make_row(struct maker *m, const char *record)
{
    struct err e = ERR_INIT;
    struct buf json = BUF_INIT;

    buf_adds(&json, record);
    for (size_t i = 0; i < json.n; i++)
        if (json.p[i] == '\'')
            json.p[i] = '"';
    if (flatten_text(m, buf_str(&json), json.n, &e) < 0)
        fail_msg("%s: %s", buf_str(&json), e.text);
    buf_free(&json);
    return &m->row;
}

#endif
