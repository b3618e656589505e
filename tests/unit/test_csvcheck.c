#include <csv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "data/csvcheck.h"
#include "data/csvtext.h"

static const struct {
    const char *name;
    const char *row;
    size_t n; /* 0: all of row */
    size_t cells;
    const char *wrong;
} rows[] = {
    { "one cell", "a", 0, 1, NULL },
    { "nothing is one cell", "", 0, 1, NULL },
    { "empty cells", ",,", 0, 3, NULL },
    { "more than eight bytes", "a,bb,ccc,dddd,eeeee,f", 0, 6, NULL },
    { "delimiters in a row of eight", ",,,,,,,,", 0, 9, NULL },
    { "quoted", "\"a,b\",c", 0, 2, NULL },
    { "quotes doubled", "\"a\"\"b\",\"\"", 0, 2, NULL },
    { "a line end in quotes", "\"a\nb\r\n\",c", 0, 2, NULL },
    { "UTF-8", "\xc3\xa4\xe2\x82\xac,\xf0\x9f\x98\x80", 0, 2, NULL },
    { "a tab", "a\tb,c", 0, 2, NULL },
    { "not closed", "a,\"b", 0, 0, "a quoted cell that is not closed" },
    { "only a quote", "\"", 0, 0, "a quoted cell that is not closed" },
    { "a quote inside", "a\"b,c", 0, 0,
      "a quote inside a cell without quotes" },
    { "text behind", "\"a\"b,c", 0, 0, "text behind a closing quote" },
    { "a lone CR", "a\rb,c", 0, 0, "a line end outside quotes" },
    { "Latin-1", "caf\xe9,b", 0, 0, "a byte that is not UTF-8" },
    { "Latin-1 in quotes", "\"caf\xe9\",b", 0, 0, "a byte that is not UTF-8" },
    { "zeros", "a,\0\0\0", 5, 0, "a control character" },
    { "zeros far on", "aaaaaaaaaaaa\0", 13, 0, "a control character" },
};

enum { CELLS = 100 };
static struct csv_slice room[CELLS];

/* The cells are what data/csvtext takes off the row, and are all of it. */
static void
expect_cells(const struct csvcheck *c, const char *row, size_t n,
             const struct csv_dialect *d)
{
    const char *p = row, *end = row + n;
    bool is_plain = true;

    assert_true(c->n <= c->max);
    for (size_t i = 0; i < c->n; i++) {
        struct csv_slice cell = csv_take(&p, end, d);

        if (cell.p != c->cell[i].p || cell.n != c->cell[i].n ||
            cell.quoted != c->cell[i].quoted)
            fail_msg("%.*s: cell %zu is %.*s", (int)n, row, i,
                     (int)c->cell[i].n, c->cell[i].p);
    }
    assert_null(p);
    for (size_t i = 0; i < n; i++)
        if ((signed char)row[i] < ' ' || row[i] == '"' || row[i] == '\\')
            is_plain = false;
    assert_int_equal(is_plain, c->is_plain);
}

static void
table(void **state)
{
    const struct csv_dialect d = CSV_DIALECT_INIT;
    struct csvcheck c = { .cell = room, .max = CELLS };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n = rows[i].n ? rows[i].n : strlen(rows[i].row);
        const char *wrong = csvcheck_row(&c, rows[i].row, n, &d);

        if (!wrong != !rows[i].wrong ||
            (wrong && !text_is(wrong, rows[i].wrong)))
            fail_msg("%s: %s", rows[i].name, wrong ? wrong : "all is well");
        if (!wrong && c.n != rows[i].cells)
            fail_msg("%s: %zu cells", rows[i].name, c.n);
        if (!wrong)
            expect_cells(&c, rows[i].row, n, &d);
    }
}

struct count {
    size_t cells;
    size_t rows;
};

static void
on_cell(void *p, size_t n, void *user)
{
    struct count *count = user;

    (void)p;
    (void)n;
    count->cells++;
}

static void
on_row(int end, void *user)
{
    struct count *count = user;

    (void)end;
    count->rows++;
}

static int
no_blank(unsigned char c)
{
    (void)c;
    return 0;
}

/* What libcsv says: the number of cells, 0 if it is not one row of CSV. */
static size_t
oracle(const char *p, size_t n, char delimiter)
{
    struct csv_parser parser;
    struct count count = { .cells = 0 };
    size_t cells = 0;

    assert_int_equal(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI), 0);
    csv_set_delim(&parser, (unsigned char)delimiter);
    csv_set_space_func(&parser, no_blank);
    if (csv_parse(&parser, p, n, on_cell, on_row, &count) == n &&
        csv_fini(&parser, on_cell, on_row, &count) == 0 && count.rows == 1)
        cells = count.cells;
    csv_free(&parser);
    return cells;
}

/* Random rows of few letters; libcsv has no row for nothing, and takes a line
 * end at the end of a row for the row's own. */
static void
as_libcsv(void **state)
{
    static const char letters[] = "\",;\n\rab\"\",,", ends[] = "\r\n";
    static const char plain[] = ",;abcdefghijkl\\,mno";
    struct csvcheck c = { .cell = room, .max = CELLS };
    unsigned seed = 1;

    (void)state;
    for (int i = 0; i < 300000; i++) {
        const struct csv_dialect d = { .delimiter = i % 2 ? ';' : ',' };
        const char *from = i % 3 ? letters : plain;
        size_t from_n = i % 3 ? sizeof(letters) - 1 : sizeof(plain) - 1;
        size_t longest = i % 3 ? 20 : 70;
        char row[72];
        size_t n = 0, wanted;
        const char *wrong;

        seed = seed * 1103515245 + 12345;
        for (n = 0; n < 1 + (seed >> 16) % longest;) {
            unsigned bits = seed ^ (unsigned)(n * 2654435761U);

            row[n++] = from[(bits >> 7) % from_n];
        }
        wanted = oracle(row, n, d.delimiter);
        wrong = csvcheck_row(&c, row, n, &d);
        if (memchr(ends, row[0], 2) || memchr(ends, row[n - 1], 2))
            continue;
        if ((wrong ? 0 : c.n) != wanted)
            fail_msg("%.*s: %zu cells, libcsv has %zu (%s)", (int)n, row, c.n,
                     wanted, wrong ? wrong : "well");
        if (!wrong)
            expect_cells(&c, row, n, &d);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(as_libcsv),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
