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

enum { CELLS = 400 };
static struct csv_slice room[CELLS];

/* The cells are what data/csvtext takes off the row, and are all of it. */
static void
expect_cells(const struct csvcheck *c, const char *row, size_t n,
             const struct csv_dialect *d)
{
    const char *p = row, *end = row + n;
    bool is_plain = true, is_simple = true;

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
    for (size_t i = 0; i < n; i++)
        if ((signed char)row[i] < ' ' || row[i] == '\\')
            is_simple = false;
    for (size_t i = 0; i < c->n; i++) {
        const struct csv_slice *cell = &c->cell[i];

        if (cell->n > 0 && *cell->p == '\'')
            is_plain = false;
        if (cell->quoted && memchr(cell->p + 1, '"', cell->n - 2))
            is_simple = false;
    }
    assert_int_equal(is_simple, c->is_simple);
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
        char row[100 + CSVCHECK_MORE];
        const char *wrong;

        memset(row, '"', sizeof(row));
        memcpy(row, rows[i].row, n);
        wrong = csvcheck_row(&c, row, n, &d);

        if (!wrong != !rows[i].wrong ||
            (wrong && !text_is(wrong, rows[i].wrong)))
            fail_msg("%s: %s", rows[i].name, wrong ? wrong : "all is well");
        if (!wrong && c.n != rows[i].cells)
            fail_msg("%s: %zu cells", rows[i].name, c.n);
        if (!wrong)
            expect_cells(&c, row, n, &d);
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

static bool
is_line_end(char c)
{
    return c == '\r' || c == '\n';
}

/* libcsv has no row for nothing, and takes a line end at the end of a row for
 * the row's own. */
static void
expect_as_libcsv(const char *row, size_t n, char delimiter)
{
    const struct csv_dialect d = { .delimiter = delimiter };
    struct csvcheck c = { .cell = room, .max = CELLS };
    size_t wanted = oracle(row, n, delimiter);
    const char *wrong = csvcheck_row(&c, row, n, &d);

    if (n == 0 || is_line_end(row[0]) || is_line_end(row[n - 1]))
        return;
    if ((wrong ? 0 : c.n) != wanted)
        fail_msg("%.*s: %zu cells, libcsv has %zu (%s)", (int)n, row, c.n,
                 wanted, wrong ? wrong : "well");
    if (!wrong)
        expect_cells(&c, row, n, &d);
}

static unsigned seed = 1;

static unsigned
any(unsigned n)
{
    seed = seed * 1103515245 + 12345;
    return (seed >> 16) % n;
}

enum { ROW_MAX = 320 };

/* Random rows of few letters. */
static void
as_libcsv(void **state)
{
    static const char letters[] = "\",;\n\rab\"\",,";
    static const char plain[] = ",;abcdefghijkl\\,mno'";
    char row[ROW_MAX + CSVCHECK_MORE];

    (void)state;
    for (unsigned i = 0; i < 300000; i++) {
        const char *from = i % 3 ? letters : plain;
        unsigned from_n = i % 3 ? sizeof(letters) - 1 : sizeof(plain) - 1;
        size_t n = 1 + any(i % 3 ? 20 : 70);

        memset(row, i % 2 ? '"' : ',', sizeof(row));
        for (size_t at = 0; at < n; at++)
            row[at] = from[any(from_n)];
        expect_as_libcsv(row, n, i % 2 ? ';' : ',');
    }
}

/* Rows of several blocks of 64 bytes, of sound cells; in half of them one byte
 * is changed. */
static void
long_rows(void **state)
{
    static const char *const pieces[] = {
        "",     "a",    "\"\"",       "\"a,b\"",           "\"x\"\"y\"",
        "'b",   "c'd",  "\"\"\"\"",   "\"\n\r\n\"",        "\"\"\",\"\"\"",
        "e\\f", "1234", "2024-03-01", "\"[\"\"a\"\",1]\"",
    };
    static const char changes[] = "\",\n\ra";
    char row[ROW_MAX + CSVCHECK_MORE];

    (void)state;
    for (int i = 0; i < 200000; i++) {
        size_t longest = 1 + any(ROW_MAX - 100), n = 0;

        memset(row, any(2) ? '"' : ',', sizeof(row));
        while (n < longest) {
            const char *piece = pieces[any(sizeof(pieces) / sizeof(*pieces))];
            size_t filler = any(8) ? 0 : any(70);

            while (*piece)
                row[n++] = *piece++;
            if (n == 0 || row[n - 1] != '"') {
                memset(row + n, 'x', filler);
                n += filler;
            }
            row[n++] = ',';
        }
        if (any(2))
            row[any((unsigned)n)] = changes[any(sizeof(changes) - 1)];
        expect_as_libcsv(row, n - any(2), ',');
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(as_libcsv),
        cmocka_unit_test(long_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
