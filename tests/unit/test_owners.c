#include <inttypes.h>

#include "base/log.h"
#include "rowmaker.h"
#include "store/table.h"
#include "tempdir.h"

/*
 * Rows in sets, driven by a script of words:
 *
 *   n1=1,2,3  the set of n1: a row for each number, which is its time, too
 *   n1=       an empty one
 *   |  flush  ^  spill  @  from here on it is a page  <  that is taken back
 *   --        close, open again
 */

enum { JSONL = 1, NEWEST = 2 };

struct fixture {
    struct maker m;
    struct table_spec spec;
    struct table *t;
    struct table_counts counts;
    struct table_mark mark;
    struct err e;
};

static char file_path[1024], history_path[1024];

static void
open_table(struct fixture *x, unsigned how)
{
    (void)snprintf(file_path, sizeof(file_path), "%s/t.%s", tempdir,
                   how & JSONL ? "jsonl" : "csv");
    (void)snprintf(history_path, sizeof(history_path), "%s/t.history.%s",
                   tempdir, how & JSONL ? "jsonl" : "csv");
    x->spec = (struct table_spec){
        .path = file_path,
        .history = history_path,
        .label = "oura/t",
        .format = how & JSONL ? TABLE_JSONL : TABLE_CSV,
        .ids = { "night", "at" },
        .owner_ids = 1,
        .time = "at",
        .newest_first = how & NEWEST,
    };
    x->spec.declared = maker_init(&x->m, "night at value");
    x->spec.columns = x->m.columns;
    assert_int_equal(table_open(&x->t, &x->spec, &x->e), 0);
}

static void
close_table(struct fixture *x)
{
    table_close(x->t);
    maker_free(&x->m);
}

static void
flush(struct fixture *x)
{
    assert_int_equal(table_flush(x->t, &x->counts, 0, &x->e), 0);
}

/* "n1=1,2,3" */
static void
add_set(struct fixture *x, const char *word)
{
    const char *equals = strchr(word, '=');
    int name_n = (int)(equals - word);
    struct buf text = BUF_INIT;
    struct list items = LIST_INIT;

    buf_addf(&text, "{'night':'%.*s'}", name_n, word);
    assert_int_equal(table_own(x->t, make_row(&x->m, buf_str(&text)), &x->e),
                     0);
    list_split(&items, equals + 1);
    for (size_t i = 0; i < items.n; i++) {
        const char *item = items.item[i]; /* 3 or 3:new */
        int n = (int)strcspn(item, ":");

        buf_clear(&text);
        buf_addf(&text, "{'night':'%.*s','at':'2024-03-0%.*s','value':'%s'}",
                 name_n, word, n, item, item[n] ? item + n + 1 : "x");
        assert_int_equal(
            table_add(x->t, make_row(&x->m, buf_str(&text)), &x->e), 0);
    }
    list_free(&items);
    buf_free(&text);
}

static void
step(struct fixture *x, const char *word, unsigned how)
{
    if (strchr(word, '=')) {
        add_set(x, word);
    } else if (*word == '|') {
        flush(x);
    } else if (*word == '^') {
        assert_int_equal(table_spill(x->t, 0, &x->e), 0);
    } else if (*word == '@') {
        x->mark = table_mark(x->t);
    } else if (*word == '<') {
        table_rollback(x->t, x->mark);
    } else {
        close_table(x);
        open_table(x, how);
    }
}

/* The file in short: "n1/1 n1/2:new". */
static void
shorten(struct buf *out, const char *path)
{
    FILE *f = fopen(path, "r");
    char line[256];

    if (!f)
        return;
    while (fgets(line, sizeof(line), f)) {
        char *at = strstr(line, "2024-03-0"), *night = strstr(line, "n");
        char *value = at ? at + 11 : NULL, *reason = strrchr(line, ',');

        if (!at)
            continue; /* the header */
        if (*line == '{') {
            night = strstr(line, ":\"n") + 2;
            value = strstr(line, "value\":\"") + 8;
            reason = strstr(line, "_reason");
            reason = reason ? reason + 9 : line;
        }
        buf_addf(out, "%s%.2s/%c", out->n > 0 ? " " : "", night, at[9]);
        if (*value != 'x')
            buf_addf(out, ":%.*s", (int)strcspn(value, ",\"\n"), value);
        if (strstr(path, "history"))
            buf_addf(out, "!%c", reason[1]);
    }
    (void)fclose(f);
}

struct play {
    const char *name;
    unsigned how;
    const char *script;
    const char *want;
    const char *history;
    int removed, changed;
};

static const struct play plays[] = {
    { "two sets", 0, "n1=1,2 n2=3,4 |", "n1/1 n1/2 n2/3 n2/4", "", 0, 0 },
    { "a set again is no change", 0, "n1=1,2 | n1=1,2 |", "n1/1 n1/2", "", 0,
      0 },
    { "a shorter set", 0, "n1=1,2,3 n2=4 | n1=1,3 |", "n1/1 n1/3 n2/4",
      "n1/2!d", 1, 0 },
    { "a longer one", 0, "n1=1,2 n2=4 | n1=1,2,3 |", "n1/1 n1/2 n2/4 n1/3", "",
      0, 0 },
    { "an empty one", 0, "n1=1,2 n2=4 | n1= |", "n2/4", "n1/1!d n1/2!d", 2, 0 },
    { "an empty one of nobody", 0, "n1=1 | n3= |", "n1/1", "", 0, 0 },
    { "changed, gone and new", 0, "n1=1,2,3 | n1=2:b,3,4 |", "n1/2:b n1/3 n1/4",
      "n1/1!d n1/2!u", 1, 1 },
    { "after opening it again", 0, "n1=1,2 n2=3 | -- n1=2 |", "n1/2 n2/3",
      "n1/1!d", 1, 0 },
    { "opened, then flushed twice", 0, "n1=1,2 | -- n2=3 | n3=4 | n1=1 | n2= |",
      "n1/1 n3/4", "n1/2!d n2/3!d", 2, 0 },
    { "the last of two sets wins", 0, "n1=1,2 n2=5 n1=2,3 |", "n1/2 n1/3 n2/5",
      "", 0, 0 },
    { "the first wins where the newest comes first", NEWEST,
      "n1=2,3 n2=5 n1=1,2 |", "n1/2 n1/3 n2/5", "", 0, 0 },
    { "the last of two over the file's", 0, "n1=1 | n1=1,2 n1=3 |", "n1/3",
      "n1/1!d", 1, 0 },
    { "a page that is taken back", 0, "n1=1,2 | n2=3 @ n1= n2=4 < |",
      "n1/1 n1/2 n2/3", "", 0, 0 },
    { "a set after a spill of an earlier one", 0,
      "n1=1,2 | n1=1,2:b n2=3 ^ n1=2:c n2=4 |", "n1/2:c n2/4",
      "n1/2!u n1/1!d n1/2:b!u n2/3!d", 2, 2 },
    { "a set of another length in JSON lines", JSONL,
      "n1=1,2,3 n2=4 | -- n1=1:c,3 |", "n1/1:c n1/3 n2/4", "n1/1!u n1/2!d", 1,
      1 },
};

static void
test_plays(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(plays) / sizeof(*plays); i++) {
        const struct play *p = &plays[i];
        struct fixture x = { .e = ERR_INIT };
        struct buf file = BUF_INIT, history = BUF_INIT;
        char *script = strdup(p->script), *rest = script;

        open_table(&x, p->how);
        while (*rest) {
            char *word = rest;

            rest += strcspn(rest, " ");
            if (*rest)
                *rest++ = '\0';
            step(&x, word, p->how);
        }
        free(script);
        shorten(&file, file_path);
        shorten(&history, history_path);
        if (strcmp(buf_str(&file), p->want) != 0 ||
            strcmp(buf_str(&history), p->history) != 0 ||
            x.counts.removed != p->removed || x.counts.changed != p->changed)
            fail_msg("%s: %s | %s | %d removed, %d changed", p->name,
                     buf_str(&file), buf_str(&history), (int)x.counts.removed,
                     (int)x.counts.changed);
        close_table(&x);
        (void)unlink(file_path);
        (void)unlink(history_path);
        buf_free(&file);
        buf_free(&history);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plays, tempdir_make,
                                        tempdir_remove),
    };

    log_set_level(LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
