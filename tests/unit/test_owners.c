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
    assert_int_equal(table_flush_all(&x->t, &x->counts, 1, 0, &x->e), 0);
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

/* Cuts a word off. */
static char *
next_word(char **rest)
{
    char *word = *rest;

    *rest += strcspn(*rest, " ");
    if (**rest)
        *(*rest)++ = '\0';
    return word;
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
        while (*rest)
            step(&x, next_word(&rest), p->how);
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

/* Nights of which no two have a day, and their rows: "a1=1,2" is night a of
 * day 1; "xa1" its deletion; "|" a flush. */
struct family {
    struct fixture child;
    struct maker m;
    struct table_spec spec;
    struct table *t;
};

static void
open_family(struct family *f)
{
    static char path[1024], history[1024];

    (void)snprintf(path, sizeof(path), "%s/n.csv", tempdir);
    (void)snprintf(history, sizeof(history), "%s/n.history.csv", tempdir);
    open_table(&f->child, 0);
    f->spec = (struct table_spec){
        .path = path,
        .history = history,
        .root = tempdir,
        .label = "oura/n",
        .ids = { "id" },
        .unique = "day",
        .time = "day",
    };
    f->spec.declared = maker_init(&f->m, "id day");
    f->spec.columns = f->m.columns;
    assert_int_equal(table_open(&f->t, &f->spec, &f->child.e), 0);
    table_follow(f->child.t, f->t);
}

static void
family_step(struct family *f, const char *word)
{
    struct buf text = BUF_INIT;
    bool is_deletion = *word == 'x';
    struct table *both[] = { f->t, f->child.t };
    struct table_counts counts[2] = { { 0 } };
    struct err *e = &f->child.e;

    if (*word == '|') {
        assert_int_equal(table_flush_all(both, counts, 2, 0, e), 0);
        return;
    }
    word += is_deletion;
    buf_addf(&text, "{'id':'n%c','day':'2024-03-0%c'}", word[0], word[1]);
    if (is_deletion) {
        assert_int_equal(table_delete(f->t, make_row(&f->m, buf_str(&text)), e),
                         0);
    } else {
        assert_int_equal(table_add(f->t, make_row(&f->m, buf_str(&text)), e),
                         0);
        buf_clear(&text);
        buf_addf(&text, "n%c%s", word[0], word + 2);
        add_set(&f->child, buf_str(&text));
    }
    buf_free(&text);
}

static const struct play families[] = {
    { "two nights", 0, "a1=1,2 b2=3 |", "na/1 na/2 nb/3", "", 0, 0 },
    { "another night of that day", 0, "a1=1,2 b2=3 | c1=4 |", "nb/3 nc/4",
      "na/1!d na/2!d", 0, 0 },
    { "two of a day at once", 0, "a1=1,2 c1=4 b2=3 |", "nb/3 nc/4", "", 0, 0 },
    { "the loser comes again and again", 0,
      "a1=1,2 c1=4 | a1=1,2 c1=4 | a1=1,2 c1=4 |", "nc/4", "", 0, 0 },
    { "the loser alone", 0, "a1=1,2 c1=4 | a1=1,2 |", "nc/4", "", 0, 0 },
    { "a deletion", 0, "a1=1,2 b2=3 | xa1 |", "nb/3", "na/1!d na/2!d", 0, 0 },
    { "deleted, then there again", 0, "a1=1,2 b2=3 | xa1 a1=2 |", "na/2 nb/3",
      "na/1!d", 0, 0 },
    { "a night that moves to another day", 0, "a1=1,2 b2=3 | a3=1,2 |",
      "na/1 na/2 nb/3", "", 0, 0 },
};

static void
test_families(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
        const struct play *p = &families[i];
        struct family f = { .child = { .e = ERR_INIT } };
        struct buf file = BUF_INIT, history = BUF_INIT;
        char *script = strdup(p->script), *rest = script;

        open_family(&f);
        while (*rest)
            family_step(&f, next_word(&rest));
        free(script);
        shorten(&file, file_path);
        shorten(&history, history_path);
        if (strcmp(buf_str(&file), p->want) != 0 ||
            strcmp(buf_str(&history), p->history) != 0)
            fail_msg("%s: %s | %s", p->name, buf_str(&file), buf_str(&history));
        table_close(f.t);
        maker_free(&f.m);
        close_table(&f.child);
        (void)unlink(file_path);
        (void)unlink(history_path);
        (void)unlink(f.spec.path);
        (void)unlink(f.spec.history);
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
        cmocka_unit_test_setup_teardown(test_families, tempdir_make,
                                        tempdir_remove),
    };

    log_set_level(LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
