/* For sched_getaffinity(); the build asks for plain POSIX. */
#define _GNU_SOURCE

#include <inttypes.h>
#include <sched.h>

#include "base/mem.h"
#include "rowmaker.h"
#include "store/batch.h"
#include "store/halves.h"
#include "store/layout.h"
#include "store/probe.h"
#include "store/rows.h"
#include "tempdir.h"

/* What two threads find in a file is what one finds. */

struct fixture {
    struct maker m;
    struct table_spec spec;
    struct layout layout;
    struct batch batch;
    struct probe_in in;
    struct buf found;
    int splits; /* passes of two halves that were one */
};

static char file_path[1024];

static void
add_key(struct fixture *x, const char *row)
{
    struct line line = { .p = row, .n = strlen(row) };
    struct err e = ERR_INIT;

    assert_int_equal(key_of_line(&batch_new_entry(&x->batch)->key,
                                 &x->batch.keys, &x->layout, &line, &e),
                     0);
}

/* A batch of the ids k5, k15, k25 ... */
static void
start(struct fixture *x, const char *text, size_t n)
{
    struct err e = ERR_INIT;
    char row[64];

    (void)snprintf(file_path, sizeof(file_path), "%s/t.csv", tempdir);
    assert_int_equal(fs_replace(file_path, text, n, &e), 0);
    *x = (struct fixture){ .spec = { .path = file_path,
                                     .label = "oura/t",
                                     .ids = { "id" },
                                     .time = "at" } };
    x->spec.declared = maker_init(&x->m, "id at note");
    x->spec.columns = x->m.columns;
    assert_int_equal(fs_open(&x->in.fd, file_path, O_RDONLY, &e), 0);
    if (layout_read(&x->layout, &x->spec, x->in.fd, &e) < 0)
        fail_msg("%s", e.text);
    for (int i = 5; i < 1000; i += 10) {
        (void)snprintf(row, sizeof(row), "k%d,2024,", i);
        add_key(x, row);
    }
    batch_index(&x->batch, false);
    x->in.layout = &x->layout;
    x->in.batch = &x->batch;
}

static void
end(struct fixture *x)
{
    (void)close(x->in.fd);
    layout_free(&x->layout);
    batch_free(&x->batch);
    buf_free(&x->found);
    maker_free(&x->m);
}

static int
note(void *arg, const struct line *line, long hit, struct err *e)
{
    struct fixture *x = arg;

    buf_addf(&x->found, "%" PRId64 ":%.*s=%ld ", line->offset, (int)line->n,
             line->p, hit);
    return hit == HIT_HEADER ? err_set(e, ERR_FILE, "header again") : 0;
}

static void
add_seen(struct buf *b, const struct seen *seen)
{
    buf_addf(b, "rows %" PRId64 " end %" PRId64 " torn %" PRId64, seen->rows,
             seen->end, seen->torn_at);
    if (seen->lacks_end)
        buf_addf(b, " unended %" PRId64, seen->unended_at);
    buf_addf(b, " latest %.*s", (int)seen->latest.n, seen->latest.p);
}

/* Where the second half began is a row, and so many are before it. */
static void
check_split(const struct fixture *x, const struct seen *seen)
{
    struct err e = ERR_INIT;
    struct rows rows;
    struct line line;
    int64_t n = 0;

    rows_start(&rows, x->in.fd, file_path, &x->layout.dialect, x->layout.body);
    while (rows_next(&line, &rows, &e) == 1 && line.offset < seen->split)
        n += line.n > 0;
    rows_free(&rows);
    assert_int_equal(line.offset, seen->split);
    assert_int_equal(n, seen->split_rows);
}

/* All that comes of a pass, as text. */
static const char *
look(struct fixture *x, int64_t large)
{
    struct look look = {
        .in = &x->in, .hit = note, .arg = x, .from = x->layout.body, .stop = -1
    };
    struct seen seen = SEEN_INIT;
    struct err e = ERR_INIT;
    int rc;

    buf_clear(&x->found);
    x->in.large = large;
    rc = halves_run(&seen, &look, &e);
    if (rc < 0)
        buf_addf(&x->found, "failed: %s", e.text);
    else
        add_seen(&x->found, &seen);
    if (seen.split > 0) {
        x->splits++;
        check_split(x, &seen);
    }
    buf_free(&seen.latest);
    return buf_str(&x->found);
}

static void
test_small(void **state)
{
    static const struct {
        const char *name, *rows, *want;
    } rows[] = {
        { "one on each side", "k5,2024,x\nk6,2025,x\nk7,2023,x\nk15,2022,x\n",
          "11:k5,2024,x=0 41:k15,2022,x=1 rows 4 end 52 torn -1 latest 2025" },
        { "the same twice", "k5,2024,x\nk6,2025,x\nk7,2023,x\nk5,2022,y\n",
          "11:k5,2024,x=0 41:k5,2022,y=0 rows 4 end 51 torn -1 latest 2025" },
        { "nothing to be found", "k1,2024,x\nk2,2024,x\n",
          "rows 2 end 31 torn -1 latest 2024" },
        { "rows in a cell at the middle",
          "k1,2024,x\nk2,2024,\"\nk5,2099,x\nk15,2099,x\n\"\nk25,2023,x\n",
          "54:k25,2023,x=2 rows 3 end 65 torn -1 latest 2024" },
        { "a cell up to the end of the file",
          "k5,2024,x\nk2,2024,\"\nk5,2099,x\nk15,2099,x\n",
          "11:k5,2024,x=0 rows 1 end 21 torn 21 latest 2024" },
        { "a torn row", "k5,2024,x\nk6,2024,x\nk15,20",
          "11:k5,2024,x=0 rows 2 end 31 torn 31 latest 2024" },
        { "a whole row without line end",
          "k5,2024,x\nk6,2024,x\nk7,2024,x\nk15,2024,x",
          "11:k5,2024,x=0 41:k15,2024,x=1 rows 4 end 51 torn -1 unended 41 "
          "latest 2024" },
        { "one row, of two halves", "k5,2024,\"one long\n\nnote\"\n",
          "11:k5,2024,\"one long\n\nnote\"=0 rows 1 end 36 torn -1 latest "
          "2024" },
        { "the header again in the second half",
          "k5,2024,x\nk6,2024,x\nk7,2024,x\nid,at,note\nk15,2024,x\n",
          "11:k5,2024,x=0 41:id,at,note=-3 failed: header again" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf text = BUF_INIT;
        struct fixture x;

        buf_addf(&text, "id,at,note\n%s", rows[i].rows);
        start(&x, text.p, text.n);
        for (int64_t large = 0; large < 2; large++) {
            const char *found = look(&x, large ? INT64_MAX : 0);

            if (strcmp(found, rows[i].want) != 0)
                fail_msg("%s, %s: %s", rows[i].name, large ? "alone" : "halves",
                         found);
        }
        end(&x);
        buf_free(&text);
    }
}

static uint32_t
pick(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 16) % n;
}

/* Rows of all kinds, notes with line ends among them. */
static void
make(struct buf *b, uint32_t *seed, bool crlf)
{
    static const char *const notes[] = { "",          "x",   "\"\n\"",
                                         "\"a\nb\"",  "y\"", "\"\"\"\n",
                                         "\"k5\nk5\"" };
    const char *ends = crlf ? "\r\n" : "\n";
    uint32_t n = 1 + pick(seed, 300), kinds = 1 + pick(seed, 7);

    buf_clear(b);
    buf_addf(b, "id,at,note%s", ends);
    for (uint32_t i = 0; i < n; i++)
        buf_addf(b, "k%u,20%02u,%s%s", pick(seed, 1000), pick(seed, 100),
                 notes[pick(seed, kinds)], ends);
    if (pick(seed, 3) == 0)
        b->n -= pick(seed, 8);
}

/* One processor alone looks at no halves. */
static bool
has_one_processor(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) < 2;
}

static void
test_any(void **state)
{
    struct buf text = BUF_INIT;
    uint32_t seed = 1;
    int splits = 0;

    (void)state;
    for (int i = 0; i < 400; i++) {
        struct fixture x;
        char *alone;

        make(&text, &seed, i % 5 == 0);
        start(&x, text.p, text.n);
        alone = mem_strdup(look(&x, INT64_MAX));
        if (strcmp(look(&x, 0), alone) != 0)
            fail_msg("%s\nis not\n%s\nin\n%s", x.found.p, alone,
                     buf_str(&text));
        free(alone);
        splits += x.splits;
        end(&x);
    }
    assert_true(splits > 0 || has_one_processor());
    buf_free(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_any),
    };

    return cmocka_run_group_tests(tests, tempdir_make, tempdir_remove);
}
