/*
 * Any bytes through data/csvtext, with libcsv as the oracle: where it accepts
 * a text in strict mode, we must find the same rows and cells in it. And what
 * data/csvtext says of itself: cells and delimiters are the whole row, a
 * cell's text written again reads the same.
 *
 * The first byte chooses the delimiter.
 */
#include <csv.h>

#include "base/err.h"
#include "base/text.h"
#include "data/csvscan.h"
#include "data/csvtext.h"
#include "data/csvwiden.h"
#include "data/json.h"
#include "fuzz.h"

/* What was read is one text: each cell with its length, an R for each row. */
static void
add_cell(struct buf *seen, const char *p, size_t n)
{
    buf_addf(seen, "%zu:", n);
    buf_add(seen, p, n);
}

static void
on_cell(void *p, size_t n, void *user)
{
    add_cell(user, p, n);
}

static void
on_row(int end, void *user)
{
    (void)end;
    buf_addc(user, 'R');
}

static int
no_blank(unsigned char c)
{
    (void)c;
    return 0;
}

/* For libcsv a CR ends a row, too. */
static int
is_end(unsigned char c)
{
    return c == '\n';
}

static bool
by_oracle(struct buf *seen, const char *p, size_t n, char delimiter)
{
    struct csv_parser parser;
    bool is_good;

    REQUIRE(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) == 0);
    csv_set_delim(&parser, (unsigned char)delimiter);
    csv_set_space_func(&parser, no_blank);
    csv_set_term_func(&parser, is_end);
    is_good = csv_parse(&parser, p, n, on_cell, on_row, seen) == n &&
              csv_fini(&parser, on_cell, on_row, seen) == 0;
    csv_free(&parser);
    return is_good;
}

/* What a cell says is the same in every profile. */
static void
check_profiles(const struct csv_slice *cell, const struct csv_dialect *d)
{
    struct csv_dialect to = *d;
    struct buf want = BUF_INIT, json = BUF_INIT, out = BUF_INIT;

    csv_cell_json(&want, cell, d);
    for (int i = 0; i < 3; i++) {
        const char *p;
        struct csv_slice other;

        to.profile = (enum csv_profile)i;
        buf_clear(&out);
        buf_clear(&json);
        csv_add_slice(&out, cell, d, &to);
        p = buf_str(&out);
        other = csv_take(&p, out.p + out.n, &to);
        REQUIRE(p == NULL && other.n == out.n);
        csv_cell_json(&json, &other, &to);
        REQUIRE(json.n == want.n);
        REQUIRE(memcmp(buf_str(&json), buf_str(&want), want.n) == 0);
    }
    buf_free(&want);
    buf_free(&json);
    buf_free(&out);
}

static void
check_cell(const struct csv_slice *cell, const struct csv_dialect *d)
{
    struct buf text = BUF_INIT, again = BUF_INIT, json = BUF_INIT;
    struct err e = ERR_INIT;
    struct csv_slice second;
    const char *p;

    csv_cell_text(&text, cell);
    csv_add_text(&again, buf_str(&text), text.n, d);
    p = buf_str(&again);
    second = csv_take(&p, again.p + again.n, d);
    REQUIRE(p == NULL && second.n == again.n);
    buf_clear(&json);
    csv_cell_text(&json, &second);
    REQUIRE(json.n == text.n && memcmp(buf_str(&json), text.p, text.n) == 0);
    buf_clear(&json);
    csv_cell_json(&json, cell, d);
    REQUIRE(json_check(buf_str(&json), json.n, &e) == 0);
    REQUIRE(csv_is_absent(cell) == (cell->n == 0));
    if (csv_is_sound(cell))
        check_profiles(cell, d);
    buf_free(&text);
    buf_free(&again);
    buf_free(&json);
}

static void
read_row(struct buf *seen, const char *p, const char *end,
         const struct csv_dialect *d)
{
    const char *behind = p;
    struct buf text = BUF_INIT;

    while (p) {
        struct csv_slice cell = csv_take(&p, end, d);

        REQUIRE(cell.p == behind && cell.p + cell.n <= end);
        REQUIRE(cell.quoted == (cell.n > 0 && *cell.p == '"'));
        behind = cell.p + cell.n;
        REQUIRE(p ? *behind == d->delimiter && p == behind + 1 : behind == end);
        behind = p;
        check_cell(&cell, d);
        buf_clear(&text);
        csv_cell_text(&text, &cell);
        add_cell(seen, text.p, text.n);
    }
    buf_addc(seen, 'R');
    buf_free(&text);
}

/* libcsv passes over empty lines. */
static void
read_all(struct buf *seen, const char *p, const char *end,
         const struct csv_dialect *d)
{
    while (p < end) {
        const char *stop = csv_row_end(p, end, d);

        REQUIRE(!stop || (stop >= p && stop < end && *stop == '\n'));
        if ((stop ? stop : end) > p)
            read_row(seen, p, stop ? stop : end, d);
        p = stop ? stop + 1 : end;
    }
}

/* As it is done byte by byte: a quote counts at the start of a cell, and
 * there up to the quote that is not doubled. */
static const char *
slow_end(const char *p, const char *end, char delimiter)
{
    bool is_start = true;

    for (; p < end; p++) {
        if (is_start && *p == '"') {
            for (p++; p < end; p++) {
                if (*p == '"' && p + 1 < end && p[1] == '"')
                    p++;
                else if (*p == '"')
                    break;
            }
            is_start = false;
            continue;
        }
        if (*p == '\n')
            return p;
        is_start = *p == delimiter;
    }
    return NULL;
}

typedef size_t ends_fn(uint32_t *ends, size_t max, const char *p, size_t n,
                       const struct csv_dialect *d);

/* All rows at once, and few at a time. */
static void
check_ends(ends_fn *find, const char *p, const char *end,
           const struct csv_dialect *d)
{
    enum { ROOM = 1 << 16 };
    static uint32_t ends[ROOM + CSVSCAN_MORE];
    size_t n, max = (size_t)(end - p) < ROOM ? ROOM : 3;

    for (const char *q = p; q;) {
        n = find(ends, max, q, (size_t)(end - q), d);
        REQUIRE(n < max + CSVSCAN_MORE);
        for (size_t i = 0; i < n; i++) {
            const char *from = i ? q + ends[i - 1] + 1 : q;

            REQUIRE(q + ends[i] == slow_end(from, end, d->delimiter));
        }
        q = n ? q + ends[n - 1] + 1 : q;
        if (n < max) {
            REQUIRE(slow_end(q, end, d->delimiter) == NULL);
            if (max == 3)
                break;
            q = p;
            max = 3;
        }
    }
}

typedef size_t widen_fn(struct buf *out, const char *p, size_t n,
                        const struct csvwiden *w);

/* What was taken is whole rows, each of which became what it does alone. */
static void
check_widen(widen_fn *widen, const char *p, const char *end,
            const struct csvwiden *w)
{
    struct buf have = BUF_INIT, want = BUF_INIT;
    size_t taken = widen(&have, p, (size_t)(end - p), w);

    REQUIRE(taken <= (size_t)(end - p));
    for (end = p + taken; p < end;) {
        const char *stop = slow_end(p, end, w->dialect->delimiter);
        size_t n = stop ? (size_t)(stop - p) : 0, cells;

        REQUIRE(stop);
        n -= n > 0 && p[n - 1] == '\r';
        cells = csv_cells(p, n, w->dialect);
        REQUIRE(n > 0 && cells <= w->from);
        buf_add(&want, p, n);
        for (; cells < w->to; cells++)
            buf_addc(&want, w->dialect->delimiter);
        buf_addc(&want, '\n');
        p = stop + 1;
    }
    REQUIRE(have.n == want.n);
    REQUIRE(memcmp(buf_str(&have), buf_str(&want), want.n) == 0);
    buf_free(&have);
    buf_free(&want);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csv_dialect d = CSV_DIALECT_INIT;
    struct buf want = BUF_INIT, have = BUF_INIT;
    struct list names = LIST_INIT;
    struct err e = ERR_INIT;
    const char *p, *end;

    if (size == 0)
        return 0;
    d.delimiter = ",;\t,"[data[0] % 4];
    p = (const char *)data + 1;
    end = p + size - 1;
    for (const char *q = p; q && q < end;) {
        const char *stop = csv_row_end(q, end, &d);

        REQUIRE(stop == slow_end(q, end, d.delimiter));
        q = stop ? stop + 1 : NULL;
    }
    check_ends(csvscan_ends, p, end, &d);
    check_ends(csvscan_ends_anywhere, p, end, &d);
    check_widen(csvwiden_rows, p, end, &(struct csvwiden){ &d, 3, 5 });
    check_widen(csvwiden_rows_anywhere, p, end, &(struct csvwiden){ &d, 9, 9 });
    read_all(&have, p, end, &d);
    if (by_oracle(&want, p, (size_t)(end - p), d.delimiter)) {
        REQUIRE(want.n == have.n);
        REQUIRE(memcmp(buf_str(&want), buf_str(&have), want.n) == 0);
    }
    if (csv_header(&names, p, (size_t)(end - p), &d, &e) < 0)
        REQUIRE(e.kind == ERR_DATA);
    else
        REQUIRE(names.n > 0);
    list_free(&names);
    buf_free(&want);
    buf_free(&have);
    return 0;
}
