#include "base/mem.h"
#include "rowmaker.h"
#include "store/batch.h"
#include "store/layout.h"
#include "store/probe.h"
#include "store/rewrite.h"
#include "store/rows.h"
#include "tempdir.h"

/* A file with more columns, and edits among its rows, against the same made
 * row by row; by one thread, or by two from a split on. */

struct fixture {
    struct maker m;
    struct table_spec spec;
    struct layout layout;
    struct batch batch;
    struct probe probe;
    struct rewrite w;
    struct buf want;
};

static char file_path[1024];

static uint32_t
pick(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 16) % n;
}

/* Rows of all kinds, most of them plain; one in 500 is longer than what is read
 * at once. */
static void
make(struct buf *b, uint32_t *seed, bool crlf)
{
    static const char *const rows[] = {
        "id,2024-01-01,some note",
        "id,2024-01-01,3",
        "id,,",
        "id,2024,\"a\nb, c\"",
        "id,2024,\"\"",
        "id,2024",
        "id",
        "",
        "id,2024,a \"quote\"",
        "id,2024,x,,\"\"",
    };
    const char *ends = crlf ? "\r\n" : "\n";
    uint32_t n = pick(seed, 20000), odd = 1 + pick(seed, 100);
    uint32_t kinds = 3 + pick(seed, 8);

    buf_clear(b);
    buf_addf(b, "id,at,note%s", ends);
    for (uint32_t i = 0; i < n; i++) {
        buf_addf(b, "%s", rows[pick(seed, pick(seed, odd) ? 3 : kinds)]);
        if (pick(seed, 500) == 0 && pick(seed, 20) == 0)
            for (int k = 0; k < 20000; k++)
                buf_adds(b, " more of it");
        buf_adds(b, ends);
    }
}

static void
start(struct fixture *x, const struct buf *text)
{
    struct err e = ERR_INIT;
    int fd;

    (void)snprintf(file_path, sizeof(file_path), "%s/t.csv", tempdir);
    assert_int_equal(fs_replace(file_path, text->p, text->n, &e), 0);
    *x = (struct fixture){
        .spec = { .path = file_path, .label = "oura/t", .ids = { "id" } }
    };
    x->spec.declared = maker_init(&x->m, "id at note new newer");
    x->spec.columns = x->m.columns;
    assert_int_equal(fs_open(&fd, file_path, O_RDONLY, &e), 0);
    if (layout_read(&x->layout, &x->spec, fd, &e) < 0)
        fail_msg("%s", e.text);
    x->w = (struct rewrite){ .path = file_path,
                             .fd = fd,
                             .end = (int64_t)text->n,
                             .layout = &x->layout,
                             .width = 5,
                             .probe = &x->probe,
                             .batch = &x->batch };
}

static void
end(struct fixture *x)
{
    (void)close(x->w.fd);
    layout_free(&x->layout);
    batch_free(&x->batch);
    probe_free(&x->probe);
    buf_free(&x->want);
    maker_free(&x->m);
}

/* A row that goes, or that a new one takes the place of. */
static void
add_edit(struct fixture *x, const struct line *line, bool is_replaced)
{
    struct probe *p = &x->probe;

    p->edit = mem_resize(p->edit, p->n + 1, sizeof(*p->edit));
    p->edit[p->n] = (struct edit){ .offset = line->offset,
                                   .full = line->full,
                                   .entry = is_replaced ? (long)p->n : -1 };
    p->n++;
    (void)batch_new_entry(&x->batch);
    buf_addf(&x->batch.rows, "edit %zu", p->n);
    x->batch.entry[p->n - 1].row_n =
        (uint32_t)(x->batch.rows.n - x->batch.entry[p->n - 1].row);
    x->batch.entry[p->n - 1].width = 1;
    if (is_replaced)
        buf_addf(&x->want, "edit %zu,,,,", p->n);
}

static void
want_row(struct fixture *x, const struct line *line)
{
    struct line cut = *line;
    struct err e = ERR_INIT;
    size_t width;

    assert_int_equal(layout_width(&width, &x->layout, &cut, x->w.fd, &e), 0);
    buf_add(&x->want, cut.p, cut.n);
    layout_add_pad(&x->want, &x->layout, 5 - width);
}

/* The second half begins at the first row from near on, or at the first line,
 * which may be one of a cell. */
static void
split_at(struct fixture *x, int64_t near, bool is_row)
{
    struct seen *seen = &x->probe.seen;
    struct err e = ERR_INIT;
    struct rows rows;
    struct line line;
    int rc;

    rows_start(&rows, x->w.fd, file_path, is_row ? &x->layout.dialect : NULL,
               x->layout.body);
    while ((rc = rows_next(&line, &rows, &e)) == 1 && line.offset < near)
        seen->split_rows += line.n > 0;
    assert_true(rc >= 0);
    rows_free(&rows);
    seen->split = rc == 1 ? line.offset : 0;
}

/* Anywhere or nowhere, with the right number of rows before it or not. */
static void
choose_split(struct fixture *x, uint32_t *seed)
{
    int64_t n = x->w.end - x->layout.body;

    if (pick(seed, 4) == 0)
        return;
    split_at(x, x->layout.body + n * pick(seed, 1000) / 1000, pick(seed, 4));
    x->probe.seen.split_rows += pick(seed, 4) == 0;
}

/* Chooses edits, and makes what is wanted. One row in so many is edited. */
static void
choose(struct fixture *x, uint32_t *seed, uint32_t rarity)
{
    struct err e = ERR_INIT;
    struct rows rows;
    struct line line;
    int rc;

    layout_add_header(&x->want, &x->layout, 5);
    rows_start(&rows, x->w.fd, file_path, &x->layout.dialect, x->layout.body);
    while ((rc = rows_next(&line, &rows, &e)) == 1) {
        size_t before = x->want.n;

        if (line.n > 0 && pick(seed, rarity) == 0)
            add_edit(x, &line, pick(seed, 2));
        else if (line.n > 0)
            want_row(x, &line);
        if (x->want.n > before)
            layout_add_end(&x->want, &x->layout);
    }
    assert_int_equal(rc, 0);
    rows_free(&rows);
}

static void
compare(const struct fixture *x, int64_t size, int turn)
{
    struct buf have = BUF_INIT;
    struct err e = ERR_INIT;

    assert_int_equal(fs_read(&have, file_path, 1 << 30, &e), 0);
    assert_int_equal((size_t)size, have.n);
    for (size_t i = 0; i < have.n && i < x->want.n; i++)
        if (have.p[i] != x->want.p[i])
            fail_msg("file %d: at byte %zu '%.80s' instead of '%.80s'", turn, i,
                     have.p + i, x->want.p + i);
    assert_int_equal(have.n, x->want.n);
    buf_free(&have);
}

static void
test_wider(void **state)
{
    static const uint32_t rarities[] = { 2, 100, 3000, 1 << 30 };
    struct buf text = BUF_INIT;
    uint32_t seed = 1;

    (void)state;
    for (int i = 0; i < 60; i++) {
        struct err e = ERR_INIT;
        struct fixture x;
        int64_t size;

        make(&text, &seed, i % 5 == 0);
        /* the last one without line end */
        text.n -= i % 3 == 0 ? (i % 5 == 0 ? 2 : 1) : 0;
        start(&x, &text);
        choose(&x, &seed, rarities[i % 4]);
        choose_split(&x, &seed);
        if (rewrite_whole(&size, &x.w, &e) < 0)
            fail_msg("%s", e.text);
        compare(&x, size, i);
        end(&x);
    }
    buf_free(&text);
}

/* A file of many pieces keeps no more room on the disk than it needs. */
static void
check_large(bool is_split)
{
    struct buf text = BUF_INIT;
    struct err e = ERR_INIT;
    struct fixture x;
    struct stat st;
    uint32_t seed = 1;
    int64_t size;

    buf_adds(&text, "id,at,note\n");
    for (int i = 0; i < 300000; i++)
        buf_addf(&text, "%d,2024-01-01,a note of some length\n", i);
    start(&x, &text);
    choose(&x, &seed, 5000);
    if (is_split)
        split_at(&x, (int64_t)text.n / 2, true);
    if (rewrite_whole(&size, &x.w, &e) < 0)
        fail_msg("%s", e.text);
    compare(&x, size, is_split);
    assert_int_equal(stat(file_path, &st), 0);
    assert_true((int64_t)st.st_blocks * 512 < size + (1 << 20));
    end(&x);
    buf_free(&text);
}

static void
test_large(void **state)
{
    (void)state;
    check_large(false);
    check_large(true);
}

/* The first half ends in a row, and has the length of a whole one. */
static void
test_split_in_cell(void **state)
{
    struct buf text = BUF_INIT;
    struct err e = ERR_INIT;
    struct fixture x;
    uint32_t seed = 1;
    int64_t size;

    (void)state;
    buf_adds(&text, "id,at,note\n");
    for (int i = 0; i < 100; i++)
        buf_adds(&text, "x,2024,x\n");
    buf_adds(&text, "x,2024,\"a\nid,b,c\nid,d,e\"\nx,2024,x\n");
    start(&x, &text);
    choose(&x, &seed, 1 << 30);
    x.probe.seen.split = 11 + 100 * 9 + 10;
    x.probe.seen.split_rows = 100 - 10 / 2;
    if (rewrite_whole(&size, &x.w, &e) < 0)
        fail_msg("%s", e.text);
    compare(&x, size, 0);
    end(&x);
    buf_free(&text);
}

/* Not even one of very many rows may lose a cell. */
static void
test_too_wide(void **state)
{
    static const struct {
        int bad, worse, split;
        const char *want;
    } rows[] = {
        { 4000, 4500, 0, "row at byte 36011 (line 4002) has 4 cells" },
        { 4000, 4500, 2000, "row at byte 36011 (line 4002) has 4 cells" },
        { 1000, 4500, 2000, "row at byte 9011 (line 1002) has 4 cells" },
        { 1000, 1500, 2000, "row at byte 9011 (line 1002) has 4 cells" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf text = BUF_INIT;
        struct err e = ERR_INIT;
        struct fixture x;
        int64_t size;

        buf_adds(&text, "id,at,note\n");
        for (int k = 0; k < 5000; k++)
            buf_addf(&text, "x,2024,x%s\n",
                     k == rows[i].bad || k == rows[i].worse ? ",mine" : "");
        start(&x, &text);
        if (rows[i].split)
            split_at(&x, rows[i].split * 9, true);
        assert_int_equal(rewrite_whole(&size, &x.w, &e), -1);
        assert_int_equal(e.kind, ERR_FILE);
        if (!strstr(e.text, rows[i].want))
            fail_msg("%zu: %s", i, e.text);
        assert_false(tempdir_has("t.csv.new"));
        end(&x);
        buf_free(&text);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, tempdir_make, tempdir_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_wider),
        TEST(test_large),
        TEST(test_split_in_cell),
        TEST(test_too_wide),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
