#include <inttypes.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/tm.h"
#include "data/csvtext.h"
#include "rowmaker.h"
#include "store/layout.h"
#include "store/probe.h"
#include "store/rewrite.h"
#include "store/table.h"
#include "sys/signal.h"
#include "tempdir.h"

/*
 * A table is driven by a script, one word of it a line:
 *
 *   {'id':..}  add a record     !{..}  add one that is refused
 *   x{'id':..} it was deleted
 *   |          flush            ^      spill
 *   $          end of a window  @      from here on it is a page ...
 *   <          ... that is taken back  --     close, open again
 */

enum {
    JSONL = 1,
    RAW = 2,
    UNIQUE = 4,      /* day is unique */
    NEWEST = 8,      /* newest first */
    INSTANT = 16,    /* at is the key, a time */
    NO_HISTORY = 32, /* of what was replaced */
    NO_TIME = 64,    /* rows have no order */
    NOTED = 128,     /* a fourth column is declared: note */
    SENT = 256,      /* the provider has sent a column: new */
    EXCEL = 512,     /* the profile */
    DUCKDB = 1024,
    VERSIONS = 2048, /* day says when a record changed */
};

#define BOM "\xEF\xBB\xBF"
#define HISTORY_HEAD "id,day,score,_replaced_at,_reason\n"
#define OLD ",1970-01-01T00:00:00Z,updated\n"
#define OLD_JSON(second)                                                       \
    ",\"_replaced_at\":\"1970-01-01T00:00:0" #second "Z\",\"_reason\":"        \
    "\"updated\"}\n"

struct fixture {
    struct maker m;
    struct table_spec spec;
    struct table *t;
    struct table_counts counts;
    struct err e;
    struct table_mark mark;
    size_t mark_columns;
};

static const char *
file_of(unsigned how)
{
    return how & RAW ? "t.raw.jsonl" : how & JSONL ? "t.jsonl" : "t.csv";
}

static const char *
history_of(unsigned how)
{
    return how & RAW     ? "t.raw.history.jsonl"
           : how & JSONL ? "t.history.jsonl"
                         : "t.history.csv";
}

static char file_path[1024], history_path[1024], torn_path[1024];

static void
make_maker(struct fixture *x, unsigned how)
{
    x->spec.declared = maker_init(&x->m, how & INSTANT ? "at source bpm"
                                         : how & NOTED ? "id day score note"
                                                       : "id day score");
    x->spec.columns = x->m.columns;
}

static int
open_table(struct fixture *x, unsigned how)
{
    static char name[] = "new", *names[] = { name };
    static const struct list sent = { .item = names, .n = 1 };

    (void)snprintf(file_path, sizeof(file_path), "%s/%s", tempdir,
                   file_of(how));
    (void)snprintf(history_path, sizeof(history_path), "%s/%s", tempdir,
                   history_of(how));
    (void)snprintf(torn_path, sizeof(torn_path), "%s/torn", tempdir);
    x->spec = (struct table_spec){
        .path = file_path,
        .history = how & NO_HISTORY ? NULL : history_path,
        .torn_dir = torn_path,
        .label = "oura/t",
        .format = how & RAW     ? TABLE_RAW
                  : how & JSONL ? TABLE_JSONL
                                : TABLE_CSV,
        .profile = how & EXCEL    ? CSV_EXCEL
                   : how & DUCKDB ? CSV_DUCKDB
                                  : CSV_PLAIN,
        .ids = { how & INSTANT ? "at" : "id" },
        .instant_id = how & INSTANT,
        .unique = how & UNIQUE ? "day" : NULL,
        .version = how & VERSIONS ? "day" : NULL,
        .time = how & NO_TIME   ? NULL
                : how & INSTANT ? "at"
                                : "day",
        .newest_first = how & NEWEST,
    };
    if (how & INSTANT)
        x->spec.ids[1] = "source";
    if (how & SENT)
        x->spec.sent = &sent;
    make_maker(x, how);
    return table_open(&x->t, &x->spec, &x->e);
}

static void
close_table(struct fixture *x)
{
    table_close(x->t);
    x->t = NULL;
    maker_free(&x->m);
}

static int
flush(struct fixture *x)
{
    return table_flush_all(&x->t, &x->counts, 1, 0, &x->e);
}

static int
add(struct fixture *x, const char *record)
{
    return table_add(x->t, make_row(&x->m, record), &x->e);
}

static int
step(struct fixture *x, const char *word, unsigned how)
{
    switch (word[0]) {
    case '{':
        return add(x, word);
    case '!':
        assert_int_equal(add(x, word + 1), -1);
        return 0;
    case 'x':
        return table_delete(x->t, make_row(&x->m, word + 1), &x->e);
    case '|':
        return flush(x);
    case '^':
        return table_spill(x->t, 0, &x->e);
    case '$':
        table_seal(x->t);
        return 0;
    case '@':
        x->mark = table_mark(x->t);
        x->mark_columns = columns_n(x->m.columns);
        return 0;
    case '<':
        columns_cut(x->m.columns, x->mark_columns);
        flattener_forget(x->m.flattener);
        table_rollback(x->t, x->mark);
        return 0;
    case '-':
        close_table(x);
        return open_table(x, how);
    default:
        fail_msg("'%s' is no step", word);
        return -1;
    }
}

/* Runs a script; -1 and x->e if a step fails. A last flush is added. */
static int
play(struct fixture *x, const char *script, unsigned how)
{
    char *copy = strdup(script), *rest = copy;
    int rc = open_table(x, how);

    while (rc == 0 && *rest) {
        char *end = strchr(rest, '\n');

        if (end)
            *end = '\0';
        rc = step(x, rest, how);
        rest = end ? end + 1 : rest + strlen(rest);
    }
    if (rc == 0)
        rc = flush(x);
    free(copy);
    return rc;
}

struct scene {
    const char *name;
    unsigned how;
    const char *before; /* the file; NULL: none */
    const char *script;
    const char *after;
    const char *history; /* NULL: none */
    int added, changed, unchanged;
    int rows;
};

static void
assert_file(const char *scene, const char *name, const char *want)
{
    const char *have = tempdir_read(name);

    if (!have != !want || (have && strcmp(have, want) != 0))
        fail_msg("%s: %s is\n%s\ninstead of\n%s", scene, name,
                 have ? have : "(none)", want ? want : "(none)");
}

static void
run_scene(const struct scene *s)
{
    struct fixture x = { .e = ERR_INIT };

    if (s->before)
        tempdir_write(file_of(s->how), s->before);
    if (play(&x, s->script, s->how) < 0)
        fail_msg("%s: %s", s->name, x.e.text);
    assert_file(s->name, file_of(s->how), s->after);
    assert_file(s->name, history_of(s->how), s->history);
    if (x.counts.added != s->added || x.counts.changed != s->changed ||
        x.counts.unchanged != s->unchanged)
        fail_msg("%s: %d new, %d changed, %d same", s->name,
                 (int)x.counts.added, (int)x.counts.changed,
                 (int)x.counts.unchanged);
    if (table_rows(x.t) != s->rows)
        fail_msg("%s: %d rows", s->name, (int)table_rows(x.t));
    close_table(&x);
    (void)unlink(in_tempdir(file_of(s->how)));
    (void)unlink(in_tempdir(history_of(s->how)));
}

static void
run_scenes(const struct scene *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        run_scene(&s[i]);
}

#define RUN(scenes) run_scenes(scenes, sizeof(scenes) / sizeof(scenes[0]))

#define DELETED ",1970-01-01T00:00:00Z,deleted\n"

static void
test_deletions(void **state)
{
    static const struct scene scenes[] = {
        { "a row that was deleted goes to the history", 0,
          "id,day,score\na,1,80\nb,2,90\nc,3,70\n", "x{'id':'b'}",
          "id,day,score\na,1,80\nc,3,70\n", HISTORY_HEAD "b,2,90" DELETED, 0, 0,
          0, 2 },
        { "one that is not there is no news", 0, "id,day,score\na,1,80\n",
          "x{'id':'b'}\n{'id':'a','day':1,'score':80}",
          "id,day,score\na,1,80\n", NULL, 0, 0, 1, 1 },
        { "of a table that is not there", 0, NULL, "x{'id':'b'}", NULL, NULL, 0,
          0, 0, 0 },
        { "added and deleted in one flush", 0, "id,day,score\na,1,80\n",
          "{'id':'b','day':2}\nx{'id':'b'}", "id,day,score\na,1,80\n", NULL, 0,
          0, 0, 1 },
        { "changed and deleted in one flush", 0, "id,day,score\na,1,80\n",
          "{'id':'a','day':1,'score':81}\nx{'id':'a'}", "id,day,score\n",
          HISTORY_HEAD "a,1,80" DELETED, 0, 0, 0, 0 },
        { "deleted, then there again", 0, "id,day,score\na,1,80\nb,2,9\n",
          "x{'id':'a'}\n{'id':'a','day':1,'score':81}",
          "id,day,score\na,1,81\nb,2,9\n", HISTORY_HEAD "a,1,80" OLD, 0, 1, 0,
          2 },
        { "deleted in one flush, there again in the next", 0,
          "id,day,score\na,1,80\n",
          "x{'id':'a'}\n|\n{'id':'a','day':1,'score':80}",
          "id,day,score\na,1,80\n", HISTORY_HEAD "a,1,80" DELETED, 1, 0, 0, 1 },
        { "of two in a flush the newest wins where it comes first", NEWEST,
          "id,day,score\na,1,80\n",
          "x{'id':'a'}\n{'id':'a','day':1,'score':81}", "id,day,score\n",
          HISTORY_HEAD "a,1,80" DELETED, 0, 0, 0, 0 },
        { "in JSON lines", JSONL,
          "{\"id\":\"a\",\"day\":1}\n{\"id\":\"b\",\"day\":2}\n", "x{'id':'a'}",
          "{\"id\":\"b\",\"day\":2}\n",
          "{\"id\":\"a\",\"day\":1,\"_replaced_at\":"
          "\"1970-01-01T00:00:00Z\",\"_reason\":\"deleted\"}\n",
          0, 0, 0, 1 },
        { "across a spill", 0, "id,day,score\na,1,80\n",
          "{'id':'b','day':2}\n^\nx{'id':'b'}\nx{'id':'a'}", "id,day,score\n",
          HISTORY_HEAD "a,1,80" DELETED, 0, 0, 0, 0 },
    };
    struct fixture x = { .e = ERR_INIT };

    (void)state;
    RUN(scenes);
    assert_int_equal(open_table(&x, 0), 0);
    assert_int_equal(table_delete(x.t, make_row(&x.m, "{'day':1}"), &x.e), -1);
    assert_string_equal(x.e.text, "a deletion without id");
    close_table(&x);
}

static void
test_upsert(void **state)
{
    static const struct scene scenes[] = {
        { "nothing makes no file", 0, NULL, "", NULL, NULL, 0, 0, 0, 0 },
        { "a first row makes the file", 0, NULL,
          "{'id':'a','day':'2024-03-01','score':80}",
          "id,day,score\na,2024-03-01,80\n", NULL, 1, 0, 0, 1 },
        { "an empty file is no file", 0, "", "{'id':'a','score':8}",
          "id,day,score\na,,8\n", NULL, 1, 0, 0, 1 },
        { "a header alone is a table", 0, "id,day,score\n",
          "{'id':'a','score':8}", "id,day,score\na,,8\n", NULL, 1, 0, 0, 1 },
        { "rows of one flush stand in time order", 0, NULL,
          "{'id':'b','day':2}\n{'id':'a','day':3}\n{'id':'c','day':1}",
          "id,day,score\nc,1,\nb,2,\na,3,\n", NULL, 3, 0, 0, 3 },
        { "rows of one time stand in key order", 0, NULL,
          "{'id':'b','day':2}\n{'id':'a','day':2}",
          "id,day,score\na,2,\nb,2,\n", NULL, 2, 0, 0, 2 },
        { "windows stand in the order they came", 0, NULL,
          "{'id':'c','day':9}\n{'id':'b','day':8}\n$\n"
          "{'id':'d','day':2}\n{'id':'a','day':1}",
          "id,day,score\nb,8,\nc,9,\na,1,\nd,2,\n", NULL, 4, 0, 0, 4 },
        { "without a time rows stand in key order", NO_TIME, NULL,
          "{'id':'b','day':1}\n{'id':'a','day':2}",
          "id,day,score\na,2,\nb,1,\n", NULL, 2, 0, 0, 2 },
        { "a new row goes to the end", 0, "id,day,score\nb,2,\n",
          "{'id':'a','day':1}", "id,day,score\nb,2,\na,1,\n", NULL, 1, 0, 0,
          2 },
        { "the same row again is nothing", 0, "id,day,score\na,1,80\nb,2,90\n",
          "{'id':'b','day':2,'score':90}", "id,day,score\na,1,80\nb,2,90\n",
          NULL, 0, 0, 1, 2 },
        { "a changed row is replaced in its place", 0,
          "id,day,score\na,1,80\nb,2,90\nc,3,70\n",
          "{'id':'b','day':2,'score':91}",
          "id,day,score\na,1,80\nb,2,91\nc,3,70\n", HISTORY_HEAD "b,2,90" OLD,
          0, 1, 0, 3 },
        { "new, same and changed in one flush", 0,
          "id,day,score\na,1,80\nb,2,90\n",
          "{'id':'c','day':3}\n{'id':'b','day':2}\n"
          "{'id':'a','day':1,'score':80}",
          "id,day,score\na,1,80\nb,2,\nc,3,\n", HISTORY_HEAD "b,2,90" OLD, 1, 1,
          1, 3 },
        { "without history only the table changes", NO_HISTORY,
          "id,day,score\na,1,80\n", "{'id':'a','day':1,'score':8}",
          "id,day,score\na,1,8\n", NULL, 0, 1, 0, 1 },
        { "a value that goes away empties the cell", 0,
          "id,day,score\na,1,80\n", "{'id':'a','day':1,'score':null}",
          "id,day,score\na,1,\n", HISTORY_HEAD "a,1,80" OLD, 0, 1, 0, 1 },
        { "the key may be a number", 0, "id,day,score\n7,1,80\n",
          "{'id':7,'day':1,'score':81}", "id,day,score\n7,1,81\n",
          HISTORY_HEAD "7,1,80" OLD, 0, 1, 0, 1 },
        { "large keys are told apart", 0,
          "id,day,score\n9007199254740992,1,1\n",
          "{'id':9007199254740993,'day':1,'score':1}",
          "id,day,score\n9007199254740992,1,1\n9007199254740993,1,1\n", NULL, 1,
          0, 0, 2 },
        { "a key in quotes is the same key", 0,
          "id,day,score\n\"a,b\",1,80\n\"c\",1,80\n",
          "{'id':'a,b','day':1,'score':80}\n"
          "{'id':'c','day':1,'score':81}",
          "id,day,score\n\"a,b\",1,80\nc,1,81\n", HISTORY_HEAD "\"c\",1,80" OLD,
          0, 1, 1, 2 },
        { "a record without a key is refused alone", 0, NULL,
          "{'id':'a'}\n!{'day':1}\n!{'id':null}\n!{'id':''}\n{'id':'b'}",
          "id,day,score\na,,\nb,,\n", NULL, 2, 0, 0, 2 },
        { "changed twice in two flushes, each version is kept", 0,
          "id,day,score\na,1,1\n",
          "{'id':'a','day':1,'score':2}\n|\n{'id':'a','day':1,'score':3}",
          "id,day,score\na,1,3\n", HISTORY_HEAD "a,1,1" OLD "a,1,2" OLD, 0, 2,
          0, 1 },
        { "there and back again, each version is kept", 0,
          "id,day,score\na,1,1\n",
          "{'id':'a','day':1,'score':2}\n|\n--\n{'id':'a','day':1,'score':1}"
          "\n|\n--\n{'id':'a','day':1,'score':2}",
          "id,day,score\na,1,2\n",
          HISTORY_HEAD "a,1,1" OLD "a,1,2" OLD "a,1,1" OLD, 0, 3, 0, 1 },
    };

    (void)state;
    RUN(scenes);
}

static void
test_one_run(void **state)
{
    static const struct scene scenes[] = {
        { "of two versions in a flush the last one wins", 0, NULL,
          "{'id':'a','score':1}\n{'id':'b'}\n{'id':'a','score':2}",
          "id,day,score\na,,2\nb,,\n", NULL, 2, 0, 0, 2 },
        { "the first one, where the newest comes first", NEWEST, NULL,
          "{'id':'a','score':1}\n{'id':'b'}\n{'id':'a','score':2}",
          "id,day,score\na,,1\nb,,\n", NULL, 2, 0, 0, 2 },
        { "the last one, over windows", 0, NULL,
          "{'id':'a','score':1}\n$\n{'id':'a','score':2}",
          "id,day,score\na,,2\n", NULL, 1, 0, 0, 1 },
        { "the first one, over windows", NEWEST, NULL,
          "{'id':'a','score':1}\n$\n{'id':'a','score':2}",
          "id,day,score\na,,1\n", NULL, 1, 0, 0, 1 },
        { "the last one, over spills", 0, "id,day,score\na,,0\n",
          "{'id':'a','score':1}\n^\n{'id':'a','score':2}",
          "id,day,score\na,,2\n", HISTORY_HEAD "a,,0" OLD, 0, 1, 0, 1 },
        { "the first one, over spills", NEWEST, "id,day,score\na,,0\n",
          "{'id':'a','score':1}\n^\n{'id':'a','score':2}",
          "id,day,score\na,,1\n", HISTORY_HEAD "a,,0" OLD, 0, 1, 0, 1 },
        { "a key that was spilled is known", 0, NULL,
          "{'id':'a','score':1}\n^\n{'id':'a','score':1}\n^\n{'id':'b'}",
          "id,day,score\na,,1\nb,,\n", NULL, 2, 0, 1, 2 },
        { "a key that was spilled can change", 0, NULL,
          "{'id':'a','score':1}\n^\n{'id':'a','score':2}",
          "id,day,score\na,,2\n", HISTORY_HEAD "a,,1" OLD, 1, 1, 0, 1 },
        { "known from the flush before", 0, NULL,
          "{'id':'a','score':1}\n|\n{'id':'a','score':1}\n{'id':'b'}\n|\n"
          "{'id':'b'}\n{'id':'c'}",
          "id,day,score\na,,1\nb,,\nc,,\n", NULL, 3, 0, 2, 3 },
        { "known from the third scan on", 0, "id,day,score\na,,1\n",
          "{'id':'b'}\n|\n{'id':'c'}\n|\n{'id':'d'}\n|\n{'id':'b'}\n"
          "{'id':'d'}\n{'id':'a','score':1}",
          "id,day,score\na,,1\nb,,\nc,,\nd,,\n", NULL, 3, 0, 3, 4 },
        { "closing drops what was not flushed", 0, NULL,
          "{'id':'a'}\n|\n{'id':'b'}\n--\n{'id':'c'}",
          "id,day,score\na,,\nc,,\n", NULL, 2, 0, 0, 2 },
        { "a page that is taken back leaves no trace", 0, NULL,
          "{'id':'a'}\n@\n{'id':'b','new':1}\n{'id':'c'}\n<\n{'id':'d'}",
          "id,day,score\na,,\nd,,\n", NULL, 2, 0, 0, 2 },
        { "columns of a page taken back may come again, in another order", 0,
          NULL,
          "{'id':'a','x':1}\n@\n{'id':'b','y':1,'z':2}\n<\n"
          "{'id':'c','z':3,'y':4}",
          "id,day,score,x,z,y\na,,,1,,\nc,,,,3,4\n", NULL, 2, 0, 0, 2 },
        { "a page taken back right away", 0, NULL, "@\n{'id':'b','y':1}\n<",
          NULL, NULL, 0, 0, 0, 0 },
        { "a page taken back behind a sealed window", 0, NULL,
          "{'id':'b','day':2}\n{'id':'a','day':1}\n$\n@\n"
          "{'id':'c','q':1}\n<\n{'id':'d','day':0}",
          "id,day,score\na,1,\nb,2,\nd,0,\n", NULL, 3, 0, 0, 3 },
    };

    (void)state;
    RUN(scenes);
}

static void
test_unique(void **state)
{
    static const struct scene scenes[] = {
        { "a new id for a known day takes the row's place", UNIQUE,
          "id,day,score\na,1,80\nb,2,90\n", "{'id':'x','day':1,'score':81}",
          "id,day,score\nx,1,81\nb,2,90\n", HISTORY_HEAD "a,1,80" OLD, 0, 1, 0,
          2 },
        { "a known id with another day moves", UNIQUE, "id,day,score\na,1,80\n",
          "{'id':'a','day':2,'score':80}", "id,day,score\na,2,80\n",
          HISTORY_HEAD "a,1,80" OLD, 0, 1, 0, 1 },
        { "a known id that takes another's day: one row is left", UNIQUE,
          "id,day,score\na,1,1\nb,2,2\nc,3,3\n", "{'id':'a','day':2,'score':9}",
          "id,day,score\na,2,9\nc,3,3\n", HISTORY_HEAD "a,1,1" OLD "b,2,2" OLD,
          0, 1, 0, 2 },
        { "the same, with the other's row first", UNIQUE,
          "id,day,score\nb,2,2\nc,3,3\na,1,1\n", "{'id':'a','day':2,'score':9}",
          "id,day,score\na,2,9\nc,3,3\n", HISTORY_HEAD "b,2,2" OLD "a,1,1" OLD,
          0, 1, 0, 2 },
        { "two ids for one day in one flush: the last one", UNIQUE, NULL,
          "{'id':'a','day':1}\n{'id':'b','day':1}", "id,day,score\nb,1,\n",
          HISTORY_HEAD "a,1," OLD, 1, 0, 0, 1 },
        { "two ids for one day, the newest first: the first one",
          UNIQUE | NEWEST, NULL, "{'id':'a','day':1}\n{'id':'b','day':1}",
          "id,day,score\na,1,\n", HISTORY_HEAD "b,1," OLD, 1, 0, 0, 1 },
        { "both in every run: nothing more happens", UNIQUE, NULL,
          "{'id':'a','day':1,'score':5}\n{'id':'b','day':1}\n|\n"
          "{'id':'a','day':1,'score':5}\n{'id':'b','day':1}\n|\n--\n"
          "{'id':'a','day':1,'score':5}\n$\n{'id':'b','day':1}",
          "id,day,score\nb,1,\n", HISTORY_HEAD "a,1,5" OLD, 1, 0, 2, 1 },
        { "both in every run, a flush between them", UNIQUE, NULL,
          "{'id':'a','day':1,'score':5}\n|\n{'id':'b','day':1}\n|\n--\n"
          "{'id':'a','day':1,'score':5}\n|\n{'id':'b','day':1}\n|\n"
          "{'id':'a','day':1,'score':5}\n^\n{'id':'b','day':1}",
          "id,day,score\nb,1,\n", HISTORY_HEAD "a,1,5" OLD, 1, 1, 3, 1 },
        { "both in every run, in JSON lines", UNIQUE | JSONL, NULL,
          "{'id':'a','day':1}\n|\n{'id':'b','day':1}\n|\n--\n"
          "{'id':'a','day':1}\n|\n{'id':'b','day':1}\n|\n"
          "{'id':'a','day':1}\n{'id':'b','day':1}",
          "{\"id\":\"b\",\"day\":1}\n",
          "{\"id\":\"a\",\"day\":1,\"_replaced_at\":"
          "\"1970-01-01T00:00:00Z\",\"_reason\":\"updated\"}\n",
          1, 1, 3, 1 },
        { "the other one comes last now", UNIQUE, "id,day,score\nb,1,\n",
          "{'id':'a','day':1}\n{'id':'b','day':1}\n|\n"
          "{'id':'b','day':1}\n{'id':'a','day':1}\n|\n--\n"
          "{'id':'b','day':1}\n{'id':'a','day':1}",
          "id,day,score\na,1,\n", HISTORY_HEAD "a,1," OLD "b,1," OLD, 0, 1, 2,
          1 },
        { "the loser changes", UNIQUE, "id,day,score\nb,1,\n",
          "{'id':'a','day':1,'score':1}\n{'id':'b','day':1}\n|\n"
          "{'id':'a','day':1,'score':2}\n{'id':'b','day':1}",
          "id,day,score\nb,1,\n", HISTORY_HEAD "a,1,1" OLD "a,1,2" OLD, 0, 0, 2,
          1 },
        { "a loser with a new column", UNIQUE, "id,day,score\nb,1,\n",
          "{'id':'a','day':1,'new':1}\n{'id':'b','day':1}\n|\n"
          "{'id':'a','day':1,'new':1}\n{'id':'b','day':1}",
          "id,day,score\nb,1,\n",
          "id,day,score,new,_replaced_at,_reason\na,1,,1" OLD, 0, 0, 2, 1 },
        { "a loser that comes again alone, and then with news", UNIQUE,
          "id,day,score\na,1,5\n",
          "{'id':'b','day':1}\n|\n{'id':'a','day':1,'score':5}\n|\n"
          "{'id':'a','day':1,'score':6}",
          "id,day,score\na,1,6\n", HISTORY_HEAD "a,1,5" OLD "b,1," OLD, 0, 2, 1,
          1 },
        { "a loser of two", UNIQUE, NULL,
          "{'id':'a','day':1}\n{'id':'b','day':1}\n{'id':'a','day':1}\n"
          "{'id':'c','day':1}\n|\n{'id':'a','day':1}\n{'id':'b','day':1}\n"
          "{'id':'a','day':1}\n{'id':'c','day':1}",
          "id,day,score\nc,1,\n", HISTORY_HEAD "b,1," OLD "a,1," OLD, 1, 0, 1,
          1 },
        { "a loser that has a day of its own later", UNIQUE,
          "id,day,score\nb,1,\n",
          "{'id':'a','day':1}\n{'id':'b','day':1}\n|\n{'id':'a','day':2}",
          "id,day,score\nb,1,\na,2,\n", HISTORY_HEAD "a,1," OLD, 1, 0, 1, 2 },
        { "without history the last one wins", UNIQUE | NO_HISTORY, NULL,
          "{'id':'a','day':1}\n{'id':'b','day':1}\n|\n{'id':'a','day':1}",
          "id,day,score\na,1,\n", NULL, 1, 1, 0, 1 },
        { "two ids for one day over spills", UNIQUE, NULL,
          "{'id':'a','day':1}\n^\n{'id':'b','day':1}", "id,day,score\nb,1,\n",
          HISTORY_HEAD "a,1," OLD, 1, 1, 0, 1 },
        { "two ids swap their days", UNIQUE, "id,day,score\na,1,1\nb,2,2\n",
          "{'id':'a','day':2,'score':1}\n{'id':'b','day':1,'score':2}",
          "id,day,score\na,2,1\nb,1,2\n", HISTORY_HEAD "a,1,1" OLD "b,2,2" OLD,
          0, 2, 0, 2 },
        { "no day is not the same as no day", UNIQUE, "id,day,score\na,,1\n",
          "{'id':'b','score':1}", "id,day,score\na,,1\nb,,1\n", NULL, 1, 0, 0,
          2 },
        { "in JSON lines, too", UNIQUE | JSONL, "{\"id\":\"a\",\"day\":1}\n",
          "{'id':'b','day':1}", "{\"id\":\"b\",\"day\":1}\n",
          "{\"id\":\"a\",\"day\":1,\"_replaced_at\":"
          "\"1970-01-01T00:00:00Z\",\"_reason\":\"updated\"}\n",
          0, 1, 0, 1 },
    };

    (void)state;
    RUN(scenes);
}

#define AT "2024-03-01T04:00:0"

static void
test_versions(void **state)
{
#define FIRST "2024-03-01T08:00:00Z"
#define SAME "2024-03-01T09:00:00.000+01:00"
#define SECOND "2024-03-01T08:00:00.5Z"
#define HAS(day) "id,day,score\na," day ",80\n"
#define COMES(day) "{'id':'a','day':'" day "','score':90}"
    static const struct scene scenes[] = {
        { "an older version does not replace a newer one", VERSIONS,
          HAS(SECOND), COMES(FIRST), HAS(SECOND), NULL, 0, 0, 1, 1 },
        { "a newer one does", VERSIONS, HAS(FIRST), COMES(SECOND),
          "id,day,score\na," SECOND ",90\n", HISTORY_HEAD "a," FIRST ",80" OLD,
          0, 1, 0, 1 },
        { "so does one of the same time", VERSIONS, HAS(FIRST), COMES(SAME),
          "id,day,score\na," SAME ",90\n", HISTORY_HEAD "a," FIRST ",80" OLD, 0,
          1, 0, 1 },
        { "and one where there is no time", VERSIONS, HAS(""), COMES(FIRST),
          "id,day,score\na," FIRST ",90\n", HISTORY_HEAD "a,,80" OLD, 0, 1, 0,
          1 },
        { "of two in a flush the newer one", VERSIONS, NULL,
          COMES(SECOND) "\n{'id':'a','day':'" FIRST "','score':1}",
          "id,day,score\na," SECOND ",90\n", NULL, 1, 0, 0, 1 },
        { "and the newer one where the newest comes first", VERSIONS | NEWEST,
          NULL, COMES(FIRST) "\n{'id':'a','day':'" SECOND "','score':1}",
          "id,day,score\na," SECOND ",1\n", NULL, 1, 0, 0, 1 },
        { "of two of one time the last", VERSIONS, NULL,
          COMES(FIRST) "\n{'id':'a','day':'" SAME "','score':1}",
          "id,day,score\na," SAME ",1\n", NULL, 1, 0, 0, 1 },
        { "a deletion has no time", VERSIONS, HAS(SECOND), "x{'id':'a'}",
          "id,day,score\n", HISTORY_HEAD "a," SECOND ",80" DELETED, 0, 0, 0,
          0 },
        { "in JSON lines", VERSIONS | JSONL,
          "{\"id\":\"a\",\"day\":\"" SECOND "\"}\n", COMES(FIRST),
          "{\"id\":\"a\",\"day\":\"" SECOND "\"}\n", NULL, 0, 0, 1, 1 },
        { "in raw records", VERSIONS | RAW,
          "{\"day\":\"" FIRST "\",\"id\":\"a\"}\n", COMES(SECOND),
          "{\"id\":\"a\",\"day\":\"" SECOND "\",\"score\":90}\n",
          "{\"day\":\"" FIRST "\",\"id\":\"a\",\"_replaced_at\":"
          "\"1970-01-01T00:00:00Z\",\"_reason\":\"updated\"}\n",
          0, 1, 0, 1 },
    };

    (void)state;
    RUN(scenes);
}

static void
test_instants(void **state)
{
    static const struct scene scenes[] = {
        { "one instant in two spellings is the same row", INSTANT,
          "at,source,bpm\n" AT "0Z,a,60\n",
          "{'at':'" AT "0.000+00:00','source':'a','bpm':60}",
          "at,source,bpm\n" AT "0Z,a,60\n", NULL, 0, 0, 1, 1 },
        { "in another zone, too", INSTANT, "at,source,bpm\n" AT "0Z,a,60\n",
          "{'at':'2024-03-01T05:00:00+01:00','source':'a','bpm':60}",
          "at,source,bpm\n" AT "0Z,a,60\n", NULL, 0, 0, 1, 1 },
        { "another value takes the new spelling along", INSTANT,
          "at,source,bpm\n" AT "0Z,a,60\n",
          "{'at':'" AT "0.000Z','source':'a','bpm':61}",
          "at,source,bpm\n" AT "0.000Z,a,61\n",
          "at,source,bpm,_replaced_at,_reason\n" AT "0Z,a,60" OLD, 0, 1, 0, 1 },
        { "two spellings in one flush: the last one", INSTANT, NULL,
          "{'at':'" AT "0Z','source':'a','bpm':1}\n"
          "{'at':'" AT "0+00:00','source':'a','bpm':2}",
          "at,source,bpm\n" AT "0+00:00,a,2\n", NULL, 1, 0, 0, 1 },
        { "another source is another row", INSTANT,
          "at,source,bpm\n" AT "0Z,a,60\n",
          "{'at':'" AT "0Z','source':'b','bpm':60}",
          "at,source,bpm\n" AT "0Z,a,60\n" AT "0Z,b,60\n", NULL, 1, 0, 0, 2 },
        { "fractions are told apart and in order", INSTANT, NULL,
          "{'at':'" AT "0.2Z','source':'a'}\n"
          "{'at':'" AT "1Z','source':'a'}\n"
          "{'at':'" AT "0.10Z','source':'a'}\n"
          "{'at':'" AT "0Z','source':'a'}",
          "at,source,bpm\n" AT "0Z,a,\n" AT "0.10Z,a,\n" AT "0.2Z,a,\n" AT
          "1Z,a,\n",
          NULL, 4, 0, 0, 4 },
        { "later than all is new without a look", INSTANT,
          "at,source,bpm\n" AT "0Z,a,60\n",
          "{'at':'" AT "1Z','source':'a'}\n|\n{'at':'" AT "2Z','source':'a'}\n"
          "|\n{'at':'" AT "2Z','source':'a'}\n{'at':'" AT "1Z','source':'b'}\n"
          "{'at':'" AT "3Z','source':'a'}",
          "at,source,bpm\n" AT "0Z,a,60\n" AT "1Z,a,\n" AT "2Z,a,\n" AT
          "1Z,b,\n" AT "3Z,a,\n",
          NULL, 4, 0, 1, 5 },
        { "the latest of all is that of the file", INSTANT,
          "at,source,bpm\n" AT "5Z,a,60\n",
          "{'at':'" AT "1Z','source':'a'}\n|\n"
          "{'at':'" AT "5Z','source':'a','bpm':60}\n|\n"
          "{'at':'" AT "3Z','source':'a'}\n{'at':'" AT "1Z','source':'a'}",
          "at,source,bpm\n" AT "5Z,a,60\n" AT "1Z,a,\n" AT "3Z,a,\n", NULL, 2,
          0, 2, 3 },
        { "a record lacks the second part of its key", INSTANT, NULL,
          "!{'at':'" AT "0Z'}\n!{'source':'a'}\n{'at':'x','source':'y'}",
          "at,source,bpm\nx,y,\n", NULL, 1, 0, 0, 1 },
        { "spellings in JSON lines", INSTANT | JSONL,
          "{\"at\":\"" AT "0Z\",\"source\":\"a\"}\n",
          "{'source':'a','at':'" AT "0.0Z'}",
          "{\"at\":\"" AT "0Z\",\"source\":\"a\"}\n", NULL, 0, 0, 1, 1 },
        { "the newest first, spilled in time order", INSTANT | NEWEST, NULL,
          "{'at':'" AT "1Z','source':'a','bpm':1}\n^\n"
          "{'at':'" AT "1Z','source':'a','bpm':2}",
          "at,source,bpm\n" AT "1Z,a,1\n", NULL, 1, 0, 0, 1 },
    };

    (void)state;
    RUN(scenes);
}

/* Rows of days before those of the batch are hardly looked at. */
static void
test_old_days(void **state)
{
    static const struct scene scenes[] = {
        { "a row of the same instant, two days off as it is written", INSTANT,
          "at,source,bpm\n2024-02-27T00:00:30-23:59,a,60\n"
          "2024-02-28T23:59:59-23:59,a,60\n",
          "{'at':'2024-02-29T23:58:59Z','source':'a','bpm':60}\n"
          "{'at':'2024-02-27T23:59:30Z','source':'a','bpm':60}",
          "at,source,bpm\n2024-02-27T00:00:30-23:59,a,60\n"
          "2024-02-28T23:59:59-23:59,a,60\n",
          NULL, 0, 0, 2, 2 },
        { "a row of the same instant behind older ones", INSTANT,
          "at,source,bpm\n2020-01-01T00:00:00Z,a,1\n"
          "2024-02-29T00:00:00Z,b,2\n2024-02-28T23:30:00-00:30,a,3\n",
          "{'at':'2024-02-29T00:00:00Z','source':'a','bpm':4}",
          "at,source,bpm\n2020-01-01T00:00:00Z,a,1\n"
          "2024-02-29T00:00:00Z,b,2\n2024-02-29T00:00:00Z,a,4\n",
          "at,source,bpm,_replaced_at,_reason\n"
          "2024-02-28T23:30:00-00:30,a,3" OLD,
          0, 1, 0, 3 },
        { "what is quoted, short or blank, among old rows", INSTANT,
          "at,source,bpm\r\n2020-01-01T00:00:00Z,a,1\r\n\"" AT
          "0Z\",a,2\r\n2020,a,3\r\n\r\n"
          "2020-01-02T00:00:00Z,\"a\nb\",5\r\n2020-01-02,a,6",
          "{'at':'" AT "0Z','source':'a','bpm':2}\n"
          "{'at':'" AT "2Z','source':'a','bpm':7}",
          "at,source,bpm\r\n2020-01-01T00:00:00Z,a,1\r\n\"" AT
          "0Z\",a,2\r\n2020,a,3\r\n\r\n"
          "2020-01-02T00:00:00Z,\"a\nb\",5\r\n2020-01-02,a,6\r\n" AT
          "2Z,a,7\r\n",
          NULL, 1, 0, 1, 6 },
        { "later than those, but not later than all", INSTANT,
          "at,source,bpm\n2020-01-01T00:00:00Z,a,1\n"
          "2024-01-01T00:00:00Z,a,2\n",
          "{'at':'" AT "0Z','source':'a'}\n|\n"
          "{'at':'2024-01-01T00:00:00Z','source':'a','bpm':2}\n"
          "{'at':'" AT "0Z','source':'a'}\n{'at':'" AT "1Z','source':'a'}",
          "at,source,bpm\n2020-01-01T00:00:00Z,a,1\n"
          "2024-01-01T00:00:00Z,a,2\n" AT "0Z,a,\n" AT "1Z,a,\n",
          NULL, 2, 0, 2, 4 },
        { "a day for a time, and the first days of all", INSTANT,
          "at,source,bpm\n0000-01-01T00:00:00Z,a,1\n2024-02-27,a,2\n"
          "2024-02-28,a,3\n2024-03-01,a,4\n",
          "{'at':'2024-03-01','source':'a','bpm':4}\n|\n"
          "{'at':'0000-01-01T00:00:00Z','source':'a','bpm':1}",
          "at,source,bpm\n0000-01-01T00:00:00Z,a,1\n2024-02-27,a,2\n"
          "2024-02-28,a,3\n2024-03-01,a,4\n",
          NULL, 0, 0, 2, 4 },
        { "a batch of what is no time", INSTANT,
          "at,source,bpm\n2020-01-01T00:00:00Z,a,1\n10,a,2\n",
          "{'at':'10','source':'a','bpm':2}\n{'at':'x','source':'a'}",
          "at,source,bpm\n2020-01-01T00:00:00Z,a,1\n10,a,2\nx,a,\n", NULL, 1, 0,
          1, 3 },
        { "the last row lacks its line end", INSTANT,
          "at,source,bpm\n2020-01-01T00:00:00Z,a,1\n2020-01-02T00:00:00Z,a,1",
          "{'at':'" AT "0Z','source':'a','bpm':2}",
          "at,source,bpm\n2020-01-01T00:00:00Z,a,1\n2020-01-02T00:00:00Z,a,"
          "1\n" AT "0Z,a,2\n",
          NULL, 1, 0, 0, 3 },
    };

    (void)state;
    RUN(scenes);
}

static void
test_columns(void **state)
{
    static const struct scene scenes[] = {
        { "a field nobody declared is a column at the right", 0,
          "id,day,score\na,1,80\n", "{'id':'b','day':2,'new':{'x':1}}",
          "id,day,score,new.x\na,1,80,\nb,2,,1\n", NULL, 1, 0, 0, 2 },
        { "in a row that is known", 0, "id,day,score\na,1,80\nb,2,\n",
          "{'id':'a','day':1,'score':80,'new':1}",
          "id,day,score,new\na,1,80,1\nb,2,,\n", HISTORY_HEAD "a,1,80" OLD, 0,
          1, 0, 2 },
        { "rows that wait are padded", 0, "id,day,score\nz,0,\n",
          "{'id':'a','day':1}\n^\n{'id':'b','day':2,'new':1}\n"
          "{'id':'c','day':3}",
          "id,day,score,new\nz,0,,\na,1,,\nb,2,,1\nc,3,,\n", NULL, 3, 0, 0, 4 },
        { "rows that were spilled are padded", 0, NULL,
          "{'id':'a','day':1}\n^\n{'id':'b','day':2,'new':1}",
          "id,day,score,new\na,1,,\nb,2,,1\n", NULL, 2, 0, 0, 2 },
        { "a column that is only in an unchanged run's null is none", 0,
          "id,day,score\na,1,80\n", "{'id':'a','day':1,'score':80,'new':null}",
          "id,day,score\na,1,80\n", NULL, 0, 0, 1, 1 },
        { "columns a person moved stay where they are", 0,
          "score,id,day\n80,a,1\n",
          "{'id':'b','day':2,'score':90}\n"
          "{'id':'a','day':1,'score':81}",
          "score,id,day\n81,a,1\n90,b,2\n",
          "score,id,day,_replaced_at,_reason\n80,a,1" OLD, 1, 1, 0, 2 },
        { "a column a person removed comes back at the right", 0,
          "id,day\na,1\n", "{'id':'b','day':2,'score':90}",
          "id,day,score\na,1,\nb,2,90\n", NULL, 1, 0, 0, 2 },
        { "the time column removed comes back, too", 0, "id,score\na,1\n",
          "{'id':'b','day':2,'score':90}", "id,score,day\na,1,\nb,90,2\n", NULL,
          1, 0, 0, 2 },
        { "a column a person added is kept", 0,
          "id,note,day,score\na,was ill,1,80\nb,,2,70\n",
          "{'id':'a','day':1,'score':81}\n{'id':'c','day':3}\n"
          "{'id':'b','day':2,'score':70}",
          "id,note,day,score\na,was ill,1,81\nb,,2,70\nc,,3,\n",
          "id,note,day,score,_replaced_at,_reason\na,was ill,1,80" OLD, 1, 1, 1,
          3 },
        { "a column a person added is no change", 0,
          "id,day,score,note\na,1,80,\"x\ny, z\"\n",
          "{'id':'a','day':1,'score':80}",
          "id,day,score,note\na,1,80,\"x\ny, z\"\n", NULL, 0, 0, 1, 1 },
        { "a column of an earlier run that the provider sends again is its own",
          0, "id,day,score,new\na,1,80,5\nb,2,90,6\n",
          "{'id':'a','day':1,'score':80,'new':7}\n"
          "{'id':'b','day':2,'score':90}",
          "id,day,score,new\na,1,80,7\nb,2,90,\n",
          "id,day,score,new,_replaced_at,_reason\na,1,80,5" OLD "b,2,90,6" OLD,
          0, 2, 0, 2 },
        { "a field that the provider withdraws empties its cells", SENT,
          "id,day,score,note,new\na,1,80,mine,7\n",
          "{'id':'a','day':1,'score':80,'new':null}",
          "id,day,score,note,new\na,1,80,mine,\n",
          "id,day,score,note,new,_replaced_at,_reason\na,1,80,mine,7" OLD, 0, 1,
          0, 1 },
        { "short rows of a person are filled up", 0, "id,day,score\na\nb,2\n",
          "{'id':'c','new':1}", "id,day,score,new\na,,,\nb,2,,\nc,,,1\n", NULL,
          1, 0, 0, 3 },
        { "blank lines are no rows of a wider table", 0,
          "id,day,score\n\na,1,80\n\n\n", "{'id':'c','new':1}",
          "id,day,score,new\na,1,80,\nc,,,1\n", NULL, 1, 0, 0, 2 },
        { "empty cells too many do not move into a new column", 0,
          "id,day,score\na,1,80,,\nb,2,\"x\",\"\",\nd,3\n",
          "{'id':'c','new':1}\n{'id':'d','day':4}",
          "id,day,score,new\na,1,80,\nb,2,\"x\",\nd,4,,\nc,,,1\n",
          HISTORY_HEAD "d,3," OLD, 1, 1, 0, 4 },
        { "a record that is called as its column is", 0,
          "id,day,score\nid,1,80\n", "{'id':'b','day':2}",
          "id,day,score\nid,1,80\nb,2,\n", NULL, 1, 0, 0, 2 },
        { "names with commas and dots", 0, NULL,
          "{'id':'a','x,y':1,'p.q':2,'\\'':3}",
          "id,day,score,\"x,y\",p\\.q,\"\"\"\"\na,,,1,2,3\n", NULL, 1, 0, 0,
          1 },
    };

    (void)state;
    RUN(scenes);
}

static void
test_dialects(void **state)
{
    static const struct scene scenes[] = {
        { "CR LF is kept on append", 0, "id,day,score\r\na,1,80\r\n",
          "{'id':'b','day':2}", "id,day,score\r\na,1,80\r\nb,2,\r\n", NULL, 1,
          0, 0, 2 },
        { "CR LF is kept on rewrite", 0, "id,day,score\r\na,1,80\r\nb,2,\r\n",
          "{'id':'a','day':1,'score':81,'new':1}",
          "id,day,score,new\r\na,1,81,1\r\nb,2,,\r\n",
          HISTORY_HEAD "a,1,80" OLD, 0, 1, 0, 2 },
        { "a byte order mark is kept", 0, BOM "id,day,score\na,1,80\n",
          "{'id':'a','day':1,'score':81}", BOM "id,day,score\na,1,81\n",
          HISTORY_HEAD "a,1,80" OLD, 0, 1, 0, 1 },
        { "semicolons are kept", 0, "id;day;score\na;1;80\n",
          "{'id':'b','day':'2;3','score':7,'l':[1,2]}",
          "id;day;score;l\na;1;80;\nb;\"2;3\";7;[1,2]\n", NULL, 1, 0, 0, 2 },
        { "tabs are kept", 0, "id\tday\tscore\na\t1\t80\n",
          "{'id':'b','day':2}", "id\tday\tscore\na\t1\t80\nb\t2\t\n", NULL, 1,
          0, 0, 2 },
        { "a name of two lines between semicolons", 0,
          BOM "id;day;score;\"my\n\"\"no,te\"\"\"\r\na;1;80;x\r\n",
          "{'id':'b','day':2}",
          BOM "id;day;score;\"my\n\"\"no,te\"\"\"\r\na;1;80;x\r\nb;2;;\r\n",
          NULL, 1, 0, 0, 2 },
        { "a name of two lines behind Excel's first line", 0,
          "sep=;\n\"my\nnote\";id;day;score\n;a;1;80\n", "{'id':'b','new':2}",
          "sep=;\n\"my\nnote\";id;day;score;new\n;a;1;80;\n;b;;;2\n", NULL, 1,
          0, 0, 2 },
        { "bars are kept", 0, "id|day|score\na|1|80\n",
          "{'id':'b','day':'x|y'}", "id|day|score\na|1|80\nb|\"x|y\"|\n", NULL,
          1, 0, 0, 2 },
        { "Excel's first line is kept on append", 0,
          "sep=;\r\nid;day;score\r\na;1;80\r\n", "{'id':'b','day':2}",
          "sep=;\r\nid;day;score\r\na;1;80\r\nb;2;\r\n", NULL, 1, 0, 0, 2 },
        { "Excel's first line is kept on replacing", 0,
          "sep=,\nid,day,score\na,1,80\nb,1,1\nc,1,1\n",
          "{'id':'c','day':1,'score':2}",
          "sep=,\nid,day,score\na,1,80\nb,1,1\nc,1,2\n",
          HISTORY_HEAD "c,1,1" OLD, 0, 1, 0, 3 },
        { "Excel's first line is kept when a column is new", 0,
          BOM "sep=\t\nid\tday\tscore\na\t1\t80\n",
          "{'id':'b','day':'2;3','new':7}\n{'id':'a','day':1,'score':81}",
          BOM "sep=\t\nid\tday\tscore\tnew\na\t1\t81\t\nb\t2;3\t\t7\n",
          HISTORY_HEAD "a,1,80" OLD, 1, 1, 0, 2 },
        { "a first line that another program took for cells is kept", 0,
          "\"sep=\",\"\",\"\"\nid,day,score\na,1,80\n", "{'id':'b','day':2}",
          "\"sep=\",\"\",\"\"\nid,day,score\na,1,80\nb,2,\n", NULL, 1, 0, 0,
          2 },
        { "the delimiter it names decides between two that would do", 0,
          "sep=|\nid|day;x,y|score\na|1|80\n", "{'id':'b','score':2}",
          "sep=|\nid|day;x,y|score\na|1|80\nb||2\n", NULL, 1, 0, 0, 2 },
        { "a file that does not do as its first line says is read", 0,
          "sep=;\nid,day,score\na,1,80\n", "{'id':'b','day':2}",
          "sep=;\nid,day,score\na,1,80\nb,2,\n", NULL, 1, 0, 0, 2 },
        { "a row of semicolons goes to a history of commas", 0,
          "id;day;score\na;1,5;80\n", "{'id':'a','day':'1,5'}",
          "id;day;score\na;1,5;\n", HISTORY_HEAD "a,\"1,5\",80" OLD, 0, 1, 0,
          1 },
        { "a stray quote goes to the history as one that is none", 0,
          "id,day,score\na,1\"x,80\n", "{'id':'a','day':1}",
          "id,day,score\na,1,\n", HISTORY_HEAD "a,\"1\"\"x\",80" OLD, 0, 1, 0,
          1 },
        { "and its lists stay lists", 0,
          "id;day;score\na;1;[1,2]\nb;1;\"[1;2]\"\n",
          "{'id':'a','day':1,'score':5}\n{'id':'b','day':1}",
          "id;day;score\na;1;5\nb;1;\n",
          HISTORY_HEAD "a,1,\"[1,2]\"" OLD "b,1,[1;2]" OLD, 0, 2, 0, 2 },
        { "a row in Windows-1252 goes to the history as UTF-8", 0,
          "id,day,score\na,1,\xFC\x80\xC3\xBC\n", "{'id':'a','day':1}",
          "id,day,score\na,1,\n",
          HISTORY_HEAD "a,1,\xC3\xBC\xE2\x82\xAC\xC3\xBC" OLD, 0, 1, 0, 1 },
        { "a header in quotes", 0, "\"id\",\"day\",\"score\"\n\"a\",1,80\n",
          "{'id':'b'}\n{'id':'a','day':1,'score':80}",
          "\"id\",\"day\",\"score\"\n\"a\",1,80\nb,,\n", NULL, 1, 0, 1, 2 },
        { "cells in other quotes are no change", 0,
          "id,day,score,t,l,s\r\n\"a\",\"1\",\"80\",\"true\",\"[1]\",5\r\n",
          "{'id':'a','day':1,'score':80,'t':true,'l':[1],'s':'5'}",
          "id,day,score,t,l,s\r\n\"a\",\"1\",\"80\",\"true\",\"[1]\",5\r\n",
          NULL, 0, 0, 1, 1 },
        { "an empty text that a spreadsheet dropped is no change", 0,
          "id,day,score\na,1,\n", "{'id':'a','day':1,'score':''}",
          "id,day,score\na,1,\n", NULL, 0, 0, 1, 1 },
        { "cells missing at the right are no change", 0, "id,day,score\na,1\n",
          "{'id':'a','day':1}", "id,day,score\na,1\n", NULL, 0, 0, 1, 1 },
        { "line feeds in cells are no ends of rows", 0,
          "id,day,score\n\"a\nb\",1,\"x\n\"\"\ny\"\nc,2,\n",
          "{'id':'a\\nb','day':1,'score':'x\\n\\'\\ny'}\n{'id':'c','day':"
          "2,'score':1}",
          "id,day,score\n\"a\nb\",1,\"x\n\"\"\ny\"\nc,2,1\n",
          HISTORY_HEAD "c,2," OLD, 0, 1, 1, 2 },
        { "empty lines are passed over", 0, "id,day,score\n\na,1,80\n\n",
          "{'id':'a','day':1,'score':80}\n{'id':'b'}",
          "id,day,score\n\na,1,80\n\nb,,\n", NULL, 1, 0, 1, 2 },
        { "a key that is there twice: one row is left", 0,
          "id,day,score\na,1,1\nb,2,\na,1,1\na,1,2\n",
          "{'id':'a','day':1,'score':1}", "id,day,score\na,1,1\nb,2,\n",
          HISTORY_HEAD "a,1,1" OLD "a,1,2" OLD, 0, 0, 1, 2 },
        { "a key that is there twice and changed", 0,
          "id,day,score\na,1,1\nb,2,\na,1,2\n", "{'id':'a','day':1,'score':2}",
          "id,day,score\na,1,2\nb,2,\n", HISTORY_HEAD "a,1,1" OLD "a,1,2" OLD,
          0, 1, 0, 2 },
        { "a last row without line end gets one", 0, "id,day,score\na,1,80",
          "{'id':'b'}", "id,day,score\na,1,80\nb,,\n", NULL, 1, 0, 0, 2 },
        { "with CR LF, too", 0, "id,day,score\r\na,1,80", "{'id':'b'}",
          "id,day,score\r\na,1,80\r\nb,,\r\n", NULL, 1, 0, 0, 2 },
        { "before a rewrite, too", 0, "id,day,score\nc,1,1\na,1,80",
          "{'id':'b','new':1}\n{'id':'c','day':1,'score':2}",
          "id,day,score,new\nc,1,2,\na,1,80,\nb,,,1\n",
          HISTORY_HEAD "c,1,1" OLD, 1, 1, 0, 3 },
        { "an edit before a last row without line end", 0,
          "id,day,score\nc,1,1\na,1,80", "{'id':'c','day':1,'score':2}",
          "id,day,score\nc,1,2\na,1,80\n", HISTORY_HEAD "c,1,1" OLD, 0, 1, 0,
          2 },
        { "a last row without line end that is known is left alone", 0,
          "id,day,score\na,1,80", "{'id':'a','day':1,'score':80}",
          "id,day,score\na,1,80", NULL, 0, 0, 1, 1 },
        { "a last row without line end that changed", 0, "id,day,score\na,1,80",
          "{'id':'a','day':1,'score':90}", "id,day,score\na,1,90\n",
          HISTORY_HEAD "a,1,80" OLD, 0, 1, 0, 1 },
    };

    (void)state;
    RUN(scenes);
}

#define EXCEL_HEAD BOM "id,day,score\r\n"
#define EXCEL_OLD ",1970-01-01T00:00:00Z,updated\r\n"

static void
test_profiles(void **state)
{
    static const struct scene scenes[] = {
        { "a new table for a spreadsheet", EXCEL, NULL,
          "{'id':'=a','day':1,'score':-5}\n"
          "{'id':'1234567890123456','day':2,'score':'-5'}",
          EXCEL_HEAD "'=a,1,-5\r\n'1234567890123456,2,'-5\r\n", NULL, 2, 0, 0,
          2 },
        { "its rows again are no change", EXCEL,
          EXCEL_HEAD "'=a,1,'@b\r\n'1234567890123456,2,\"'-5\"\r\n",
          "{'id':'=a','day':1,'score':'@b'}\n"
          "{'id':'1234567890123456','day':2,'score':'-5'}",
          EXCEL_HEAD "'=a,1,'@b\r\n'1234567890123456,2,\"'-5\"\r\n", NULL, 0, 0,
          2, 2 },
        { "nor in another run", EXCEL, NULL,
          "{'id':'=a','day':1}\n|\n--\n{'id':'=a','day':1}\n|\n"
          "{'id':'=a','day':1}",
          EXCEL_HEAD "'=a,1,\r\n", NULL, 1, 0, 2, 1 },
        { "a row with a guard is replaced", EXCEL, EXCEL_HEAD "'=a,1,'+1\r\n",
          "{'id':'=a','day':1,'score':'+2'}", EXCEL_HEAD "'=a,1,'+2\r\n",
          BOM "id,day,score,_replaced_at,_reason\r\n'=a,1,'+1" EXCEL_OLD, 0, 1,
          0, 1 },
        { "an apostrophe of the provider's", EXCEL,
          EXCEL_HEAD "''=a,1,'tis\r\n",
          "{'id':'\\u0027=a','day':1,'score':'\\u0027tis'}\n"
          "{'id':'=a','day':2}",
          EXCEL_HEAD "''=a,1,'tis\r\n'=a,2,\r\n", NULL, 1, 0, 1, 2 },
        { "in a plain table, too", 0, "id,day,score\n''=a,1,'tis\n",
          "{'id':'\\u0027=a','day':1,'score':'\\u0027tis'}\n"
          "{'id':'=a','day':2}",
          "id,day,score\n''=a,1,'tis\n=a,2,\n", NULL, 1, 0, 1, 2 },
        { "a plain table has rows of a spreadsheet's", 0,
          "id,day,score\n'=a,1,'+1\n", "{'id':'=a','day':1,'score':'+1'}",
          "id,day,score\n'=a,1,'+1\n", NULL, 0, 0, 1, 1 },
        { "the old row goes to the history by the profile", EXCEL,
          "id,day,score\n=a,1,+1\n", "{'id':'=a','day':1,'score':5}",
          "id,day,score\n'=a,1,5\n",
          BOM "id,day,score,_replaced_at,_reason\r\n'=a,1,'+1" EXCEL_OLD, 0, 1,
          0, 1 },
        { "the second unique column has a guard", EXCEL | UNIQUE,
          EXCEL_HEAD "a,'@1,5\r\n", "{'id':'b','day':'@1','score':6}",
          EXCEL_HEAD "b,'@1,6\r\n",
          BOM "id,day,score,_replaced_at,_reason\r\na,'@1,5" EXCEL_OLD, 0, 1, 0,
          1 },
        { "a source with a guard", EXCEL | INSTANT,
          BOM "at,source,bpm\r\n2024-03-01T00:00:00Z,'-,50\r\n",
          "{'at':'2024-03-01T00:00:00+00:00','source':'-','bpm':50}\n"
          "{'at':'2024-03-01T00:00:01Z','source':'-','bpm':51}",
          BOM "at,source,bpm\r\n2024-03-01T00:00:00Z,'-,50\r\n"
              "2024-03-01T00:00:01Z,'-,51\r\n",
          NULL, 1, 0, 1, 2 },
        { "a name with a guard", EXCEL, EXCEL_HEAD "a,1,5\r\n",
          "{'id':'a','day':1,'score':5,'=x':'+'}\n|\n--\n"
          "{'id':'a','day':1,'score':5,'=x':'+','-y':2}\n|\n--\n"
          "{'id':'a','day':1,'score':5,'=x':'+','-y':2}",
          BOM "id,day,score,'=x,'-y\r\na,1,5,'+,2\r\n",
          BOM "id,day,score,_replaced_at,_reason,'=x\r\n"
              "a,1,5,1970-01-01T00:00:00Z,updated,\r\n"
              "a,1,5,1970-01-01T00:00:00Z,updated,'+\r\n",
          0, 2, 1, 1 },
        { "a new table for DuckDB", DUCKDB, NULL,
          "{'id':'=a','day':1}\n|\n--\n{'id':'b','new':'\\u0027=x'}\n|\n--\n"
          "{'id':'=a','day':2}",
          "\"id\",\"day\",\"score\",\"new\"\n=a,2,,\nb,,,''=x\n",
          "\"id\",\"day\",\"score\",\"new\",\"_replaced_at\",\"_reason\"\n"
          "=a,1,,,1970-01-01T00:00:00Z,updated\n",
          2, 1, 0, 2 },
    };

    (void)state;
    RUN(scenes);
}

static void
test_json_lines(void **state)
{
    static const struct scene scenes[] = {
        { "flattened, digits and lists as received", JSONL, NULL,
          "{'id':'a','c':{'x':1.50},'l':[1, {'y':2}],'n':null,'e':{}}",
          "{\"id\":\"a\",\"c.x\":1.50,\"l\":[1,{\"y\":2}],\"e\":{}}\n", NULL, 1,
          0, 0, 1 },
        { "as received but for blanks", RAW, NULL,
          "{ 'n' : null, 'id':'a b', 'c' : {'x':1e-7} }",
          "{\"n\":null,\"id\":\"a b\",\"c\":{\"x\":1e-7}}\n", NULL, 1, 0, 0,
          1 },
        { "the same line is nothing", RAW, "{\"id\":\"a\",\"x\":[1]}\n",
          "{'x':[ 1 ],'id':'a'}", "{\"id\":\"a\",\"x\":[1]}\n", NULL, 0, 0, 1,
          1 },
        { "a changed line is replaced", RAW,
          "{\"id\":\"a\",\"x\":1}\n{\"id\":\"b\",\"x\":1}\n",
          "{'id':'a','x':{'y':1}}",
          "{\"id\":\"a\",\"x\":{\"y\":1}}\n{\"id\":\"b\",\"x\":1}\n",
          "{\"id\":\"a\",\"x\":1,\"_replaced_at\":\"1970-01-01T00:00:00Z\","
          "\"_reason\":\"updated\"}\n",
          0, 1, 0, 2 },
        { "a new field in JSON lines", JSONL, "{\"id\":\"a\"}\n",
          "{'id':'b','new':1}\n{'id':'a','new':2}",
          "{\"id\":\"a\",\"new\":2}\n{\"id\":\"b\",\"new\":1}\n",
          "{\"id\":\"a\",\"_replaced_at\":\"1970-01-01T00:00:00Z\","
          "\"_reason\":\"updated\"}\n",
          1, 1, 0, 2 },
        { "a value that goes away", JSONL, "{\"id\":\"a\",\"x\":1}\n",
          "{'id':'a','x':null}", "{\"id\":\"a\"}\n",
          "{\"id\":\"a\",\"x\":1,\"_replaced_at\":\"1970-01-01T00:00:00Z\","
          "\"_reason\":\"updated\"}\n",
          0, 1, 0, 1 },
        { "a number that turns into text has changed", JSONL,
          "{\"id\":\"a\",\"x\":5}\n{\"id\":\"b\",\"x\":\"\"}\n",
          "{'id':'a','x':'5'}\n{'id':'b','x':''}",
          "{\"id\":\"a\",\"x\":\"5\"}\n{\"id\":\"b\",\"x\":\"\"}\n",
          "{\"id\":\"a\",\"x\":5,\"_replaced_at\":"
          "\"1970-01-01T00:00:00Z\",\"_reason\":\"updated\"}\n",
          0, 1, 1, 2 },
        { "nothing that turns into an empty text, too", RAW,
          "{\"id\":\"a\",\"x\":null}\n", "{'id':'a','x':''}",
          "{\"id\":\"a\",\"x\":\"\"}\n",
          "{\"id\":\"a\",\"x\":null,\"_replaced_at\":"
          "\"1970-01-01T00:00:00Z\",\"_reason\":\"updated\"}\n",
          0, 1, 0, 1 },
        { "but not a key", JSONL, "{\"id\":5,\"x\":1}\n", "{'id':'5','x':1}",
          "{\"id\":5,\"x\":1}\n", NULL, 0, 0, 1, 1 },
        { "a key in escapes is the same key", JSONL,
          "{\"\\u0069d\":\"\\u0061\",\"x\":1}\n", "{'id':'a','x':1}",
          "{\"\\u0069d\":\"\\u0061\",\"x\":1}\n", NULL, 0, 0, 1, 1 },
        { "a last line without line end gets one", RAW, "{\"id\":\"a\"}",
          "{'id':'b'}", "{\"id\":\"a\"}\n{\"id\":\"b\"}\n", NULL, 1, 0, 0, 2 },
        { "rows in time order", RAW, NULL,
          "{'id':'a','day':2}\n{'id':'b','day':1}",
          "{\"id\":\"b\",\"day\":1}\n{\"id\":\"a\",\"day\":2}\n", NULL, 2, 0, 0,
          2 },
        { "a key twice in the file", JSONL, "{\"id\":\"a\"}\n{\"id\":\"a\"}\n",
          "{'id':'a'}", "{\"id\":\"a\"}\n",
          "{\"id\":\"a\",\"_replaced_at\":\"1970-01-01T00:00:00Z\","
          "\"_reason\":\"updated\"}\n",
          0, 0, 1, 1 },
    };

    (void)state;
    RUN(scenes);
}

/* How a crash in the middle of a write leaves a file. */
static void
test_torn(void **state)
{
    static const struct {
        struct scene scene;
        const char *piece; /* the end of the name it is kept under */
        const char *text;
    } rows[] = {
        { { "a row with too few cells", 0, "id,day,score\na,1,80\nb,2",
            "{'id':'b','day':2,'score':90}", "id,day,score\na,1,80\nb,2,90\n",
            NULL, 1, 0, 0, 2 },
          "t.csv-20",
          "b,2" },
        { { "an open quote", 0, "id,day,score\na,1,80\nb,2,\"9,\n0",
            "{'id':'b','day':2,'score':90}", "id,day,score\na,1,80\nb,2,90\n",
            NULL, 1, 0, 0, 2 },
          "t.csv-20",
          "b,2,\"9,\n0" },
        { { "a cut between two quotes that mean one", 0,
            "id,day,score\na,1,80\nb,2,\"x\"\"", "{'id':'c','day':3}",
            "id,day,score\na,1,80\nc,3,\n", NULL, 1, 0, 0, 2 },
          "t.csv-20",
          "b,2,\"x\"\"" },
        { { "a cut behind a quote that seems to close", 0,
            "id,day,score\na,1,80\nb,2,\"x\"",
            "{'id':'b','day':2,'score':'x\\'y'}",
            "id,day,score\na,1,80\nb,2,\"x\"\"y\"\n", NULL, 0, 1, 0, 2 },
          NULL,
          NULL },
        { { "only a quote", 0, "id,day,score\na,1,80\nb,2,\"", "{'id':'c'}",
            "id,day,score\na,1,80\nc,,\n", NULL, 1, 0, 0, 2 },
          "t.csv-20",
          "b,2,\"" },
        { { "all cells, the last one cut: no version for the history", 0,
            "id,day,score\na,1,80\nb,2,9", "{'id':'b','day':2,'score':90}",
            "id,day,score\na,1,80\nb,2,90\n", NULL, 0, 1, 0, 2 },
          NULL,
          NULL },
        { { "all cells, the last one cut, another row first", 0,
            "id,day,score\na,1,80\nb,2,9",
            "{'id':'c','day':3}\n|\n{'id':'b','day':2,'score':90}",
            "id,day,score\na,1,80\nb,2,90\nc,3,\n", NULL, 1, 1, 0, 3 },
          NULL,
          NULL },
        { { "a cut between CR and LF", 0, "id,day,score\r\na,1,80\r\nb,2,9\r",
            "{'id':'c','day':3}\n{'id':'b','day':2,'score':9}",
            "id,day,score\r\na,1,80\r\nb,2,9\r\nc,3,\r\n", NULL, 2, 0, 0, 3 },
          "t.csv-22",
          "b,2,9\r" },
        { { "more lines in a cell than a row has", 0,
            "id,day,score\na,1,80\nb,2,\"x\n,\nsaid \"\"y\"\", and\n,\"\"\n",
            "{'id':'c'}", "id,day,score\na,1,80\nc,,\n", NULL, 1, 0, 0, 2 },
          "t.csv-20",
          "b,2,\"x\n,\nsaid \"\"y\"\", and\n,\"\"\n" },
        { { "half a line", JSONL, "{\"id\":\"a\"}\n{\"id\":\"b\",\"da",
            "{'id':'b','day':2}", "{\"id\":\"a\"}\n{\"id\":\"b\",\"day\":2}\n",
            NULL, 1, 0, 0, 2 },
          "t.jsonl-11",
          "{\"id\":\"b\",\"da" },
        { { "half of the only line", RAW, "{\"id\":\"b\",\"da", "{'id':'b'}",
            "{\"id\":\"b\"}\n", NULL, 1, 0, 0, 1 },
          "t.raw.jsonl-0",
          "{\"id\":\"b\",\"da" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char name[100];

        run_scene(&rows[i].scene);
        (void)snprintf(name, sizeof(name), "torn/oura-t-%s",
                       rows[i].piece ? rows[i].piece : "");
        if (rows[i].piece)
            assert_file(rows[i].scene.name, name, rows[i].text);
        tempdir_clear(in_tempdir("torn"));
    }
}

/* A piece that is cut at the same place again does not replace the first. */
static void
test_torn_again(void **state)
{
    struct fixture x = { .e = ERR_INIT };

    (void)state;
    for (int i = 0; i < 3; i++) {
        tempdir_write("t.csv", i == 0   ? "id,day,score\na,"
                               : i == 1 ? "id,day,score\nb,"
                                        : "id,day,score\nc,");
        assert_int_equal(play(&x, "{'id':'d'}", 0), 0);
        close_table(&x);
    }
    assert_file("first", "torn/oura-t-t.csv-13", "a,");
    assert_file("second", "torn/oura-t-t.csv-13-2", "b,");
    assert_file("third", "torn/oura-t-t.csv-13-3", "c,");
    tempdir_clear(in_tempdir("torn"));
    (void)unlink(in_tempdir("t.csv"));
}

struct refusal {
    const char *name;
    unsigned how;
    const char *before, *script, *error;
};

static void
test_refused(void **state)
{
    static const struct refusal rows[] = {
        { "a header that lost the key", 0, "day,score\n1,80\n", "",
          "no column \"id\" in its header" },
        { "a header of something else", 0, "hello\n", "",
          "no column \"id\" in its header" },
        { "a header that is no CSV", 0, "id,\"day\"x,score\n", "",
          "no column \"id\" in its header" },
        { "a column twice", 0, "id,day,score,day\n", "",
          "column \"day\" is there twice" },
        { "a line that is no JSON", JSONL, "{\"id\":\"a\"}\nhello\n",
          "{'id':'b'}", "t.jsonl: row at byte 11: not JSON" },
        { "a line that is no object", JSONL, "[\"id\"]\n", "{'id':'b'}",
          "row at byte 0: not an object" },
        { "half a line in the middle", RAW, "{\"id\":\"a\n{\"id\":\"b\"}\n",
          "{'id':'b'}", "row at byte 0: " },
        { "a header without its end", 0, "id,day,sco", "{'id':'b'}",
          "t.csv: its header line has no line end" },
        { "a stray quote in the header", 0, "id,\"day,score\na,1,80\n", "",
          "t.csv: a quote at byte 3 (line 1) is not closed" },
        { "a stray quote in the header behind Excel's line", 0,
          BOM "sep=;\nid;\"day;score\na;1;80\n", "",
          "t.csv: a quote at byte 12 (line 2) is not closed" },
        { "a stray quote in a row behind Excel's line", 0,
          "sep=;\nid;day;score\na;\"1;80\nb;2;90\n", "{'id':'b'}",
          "t.csv: a quote at byte 21 (line 3) is not closed" },
        { "nothing behind Excel's line", 0, "sep=;\n", "",
          "t.csv: it has no header" },
        { "Excel's line names a separator that is no such", 0,
          "sep=:\nid:day:score\n", "",
          "its first line names a separator that is none of comma" },
        { "Excel's line is no header", 0, "sep=,\nday,score\n1,80\n", "",
          "no column \"id\" in its header" },
        { "UTF-16", 0, "\xFF\xFEi", "", "t.csv: its text is UTF-16" },
        { "CR alone at the line ends", 0, "id,day,score\ra,1,80\r", "",
          "t.csv: its lines end with CR alone" },
        { "CR alone behind the header", 0, "id,day,score\na,1,80\rb,2,90\r",
          "{'id':'b'}", "t.csv: from byte 13 (line 2) on its lines end with" },
        { "CR alone in JSON lines", JSONL, "{\"id\":\"a\"}\r{\"id\":\"b\"}\r",
          "{'id':'b'}", "t.jsonl: from byte 0 (line 1) on its lines end with" },
        { "a stray quote before a cell", 0,
          "id,day,score\na,1,80\nb,\"2,90\nc,3,70\n", "{'id':'b'}",
          "t.csv: a quote at byte 22 (line 3) is not closed" },
        { "a stray quote, the last row without line end", 0,
          "id,day,score\n\"a,1,80\nb,2,90", "{'id':'b'}",
          "t.csv: a quote at byte 13 (line 2) is not closed" },
        { "a cell too many where a column is added", 0,
          "id,day,score\na,1,80\nb,2,\"90\",mine\n", "{'id':'c','new':1}",
          "t.csv: row at byte 20 (line 3) has 4 cells, its header 3" },
        { "a cell too many in a row that changes", 0,
          "id,day,score\n\"a\",1,80,mine\n", "{'id':'a','day':1,'score':81}",
          "t.csv: row at byte 13 (line 2) has 4 cells, its header 3" },
        { "a cell too many in a row that goes", UNIQUE,
          "id,day,score\na,1,80\nb,2,90,mine\n", "{'id':'a','day':2}",
          "t.csv: row at byte 20 (line 3) has 4 cells, its header 3" },
        { "a cell too many in a last row without line end", 0,
          "id,day,score\na,1,80\nb,2,90,mine", "{'id':'c'}",
          "t.csv: row at byte 20 (line 3) has 4 cells, its header 3" },
        { "the header again behind it", 0,
          "id,day,score\nid,day,score\na,1,80\n", "{'id':'b'}",
          "t.csv: its header is there again, in line 2" },
        { "the header again in the middle, in quotes", 0,
          "id,day,score\n\"a\nb\",1,80\n\"id\",\"day\"\nb,2,\n", "{'id':'b'}",
          "t.csv: its header is there again, in line 4" },
        { "the header again, where a key is two columns", INSTANT,
          "at,source,bpm\n" AT "0Z,a,1\nat,source,bpm\n",
          "{'at':'2024-03-01T04:00:01Z','source':'c'}",
          "t.csv: its header is there again, in line 3" },
        { "the header again at the end, without line end", 0,
          "id,day,score\na,1,80\nid,day,score", "{'id':'b'}",
          "t.csv: its header is there again, in line 3" },
        { "a history that lost its key", 0, "id,day,score\na,1,80\n",
          "{'id':'a'}", "t.history.csv: no column \"id\"" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture x = { .e = ERR_INIT };

        tempdir_write(file_of(rows[i].how), rows[i].before);
        if (strstr(rows[i].error, "history"))
            tempdir_write("t.history.csv", "day,score\n1,2\n");
        if (play(&x, rows[i].script, rows[i].how) == 0)
            fail_msg("%s: was taken", rows[i].name);
        if (x.e.kind == ERR_DATA || x.e.kind == ERR_CUT ||
            !strstr(x.e.text, rows[i].error) || !strstr(x.e.text, tempdir))
            fail_msg("%s: %s", rows[i].name, x.e.text);
        assert_file(rows[i].name, file_of(rows[i].how), rows[i].before);
        if (!strstr(rows[i].error, "history"))
            assert_file(rows[i].name, history_of(rows[i].how), NULL);
        close_table(&x);
        (void)unlink(in_tempdir(file_of(rows[i].how)));
        (void)unlink(in_tempdir("t.history.csv"));
    }
}

static void
test_refused_record(void **state)
{
    struct fixture x = { .e = ERR_INIT };

    (void)state;
    assert_int_equal(open_table(&x, 0), 0);
    assert_int_equal(add(&x, "{'day':1}"), -1);
    assert_int_equal(x.e.kind, ERR_DATA);
    assert_string_equal(x.e.text, "a record without id");
    close_table(&x);
    assert_int_equal(open_table(&x, INSTANT), 0);
    assert_int_equal(add(&x, "{'at':'1'}"), -1);
    assert_string_equal(x.e.text, "a record without source");
    close_table(&x);
    table_close(NULL);
}

static struct stat
look(const char *name)
{
    struct stat st;

    assert_int_equal(stat(in_tempdir(name), &st), 0);
    return st;
}

/* An unchanged flush does not touch the file. */
static void
test_untouched(void **state)
{
    static const struct timespec long_ago[2] = { { .tv_sec = 1000 },
                                                 { .tv_sec = 1000 } };
    static const unsigned formats[] = { 0, JSONL, RAW };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct fixture x = { .e = ERR_INIT };
        const char *name = file_of(formats[i]);
        struct stat before, after;

        assert_int_equal(play(&x, "{'id':'a','l':[1]}", formats[i]), 0);
        close_table(&x);
        assert_int_equal(utimensat(AT_FDCWD, in_tempdir(name), long_ago, 0), 0);
        before = look(name);
        assert_int_equal(before.st_mode & 0777, 0600);
        assert_int_equal(
            play(&x, "{'l':[ 1 ],'id':'a'}\n|\n{'id':'a','l':[1]}", formats[i]),
            0);
        close_table(&x);
        after = look(name);
        assert_int_equal(before.st_ino, after.st_ino);
        assert_int_equal(after.st_mtim.tv_sec, 1000);
        assert_int_equal(before.st_size, after.st_size);
        assert_int_equal(x.counts.unchanged, 2);
    }
}

/* A journal that knows its archive by nothing but the header could be taken
 * for one of another archive's. */
static void
test_tail_or_whole(void **state)
{
    static const struct {
        const char *what;
        int64_t body, edit, end;
        bool is_tail;
    } rows[] = {
        { "the last of many rows", 20, 900, 1000, true },
        { "one before the middle", 20, 400, 1000, false },
        { "the second of two, under a long header", 200, 210, 220, true },
        { "the only one, under a long header", 200, 200, 210, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct layout l = { .body = rows[i].body, .file_n = 3 };
        struct edit edit = { .offset = rows[i].edit };
        struct probe p = { .edit = &edit, .n = 1 };
        const struct rewrite w = {
            .end = rows[i].end, .layout = &l, .width = 3, .probe = &p
        };

        print_message("%s\n", rows[i].what);
        assert_int_equal(rewrite_is_small(&w), rows[i].is_tail);
    }
}

static void
test_leftover(void **state)
{
    struct fixture x = { .e = ERR_INIT };

    (void)state;
    tempdir_write("t.csv", "id,day,score\na,1,80\n");
    tempdir_write("t.csv.new", "half of it");
    tempdir_write("t.history.csv.new", "half of it");
    assert_int_equal(open_table(&x, 0), 0);
    assert_false(tempdir_has("t.csv.new"));
    assert_false(tempdir_has("t.history.csv.new"));
    close_table(&x);
    assert_file("left over", "t.csv", "id,day,score\na,1,80\n");
    assert_int_equal(mkdir(in_tempdir("t.csv.new"), 0700), 0);
    assert_int_equal(open_table(&x, 0), -1);
    assert_int_equal(x.e.kind, ERR_IO);
    close_table(&x);
}

static void
test_sent(void **state)
{
    struct fixture x = { .e = ERR_INIT };
    struct list names = LIST_INIT;

    (void)state;
    tempdir_write("t.csv", "id,day,score,note,new\n");
    assert_int_equal(play(&x, "{'id':'a','b':{'c':1},'d':null,'score':1}", 0),
                     0);
    table_sent(x.t, &names);
    assert_int_equal(names.n, 1);
    assert_string_equal(names.item[0], "b.c");
    close_table(&x);
    assert_int_equal(play(&x, "{'id':'a','b':{'c':1}}", SENT), 0);
    table_sent(x.t, &names);
    assert_int_equal(names.n, 2);
    assert_string_equal(names.item[1], "new");
    close_table(&x);
    list_free(&names);
    (void)unlink(in_tempdir("t.csv"));
}

/* Mode and symbolic link survive a rewrite. */
static void
test_link_and_mode(void **state)
{
    struct fixture x = { .e = ERR_INIT };
    struct stat st;

    (void)state;
    assert_int_equal(mkdir(in_tempdir("far"), 0700), 0);
    tempdir_write("far/t.csv", "id,day,score\na,1,80\n");
    assert_int_equal(chmod(in_tempdir("far/t.csv"), 0640), 0);
    assert_int_equal(symlink("far/t.csv", in_tempdir("t.csv")), 0);
    assert_int_equal(play(&x, "{'id':'a','new':1}\n|\n{'id':'b'}", 0), 0);
    close_table(&x);
    assert_int_equal(lstat(in_tempdir("t.csv"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_file("link", "far/t.csv", "id,day,score,new\na,,,1\nb,,,\n");
    assert_int_equal(look("far/t.csv").st_mode & 0777, 0640);
    assert_false(tempdir_has("far/t.csv.new"));
}

/* A crash between history and table: the same edit comes again. */
static void
test_history_replay(void **state)
{
    static const struct {
        const char *name;
        unsigned how;
        const char *table, *history, *record, *want;
    } rows[] = {
        { "the same edit again is not added twice", 0, "id,day,score\na,1,80\n",
          HISTORY_HEAD "a,1,80" OLD, "{'id':'a','day':1,'score':81}",
          HISTORY_HEAD "a,1,80" OLD },
        { "written at another time, it is the same", 0,
          "id,day,score\na,1,80\n",
          HISTORY_HEAD "a,1,80,2024-01-01T00:00:00Z,updated\n",
          "{'id':'a','day':1,'score':81}",
          HISTORY_HEAD "a,1,80,2024-01-01T00:00:00Z,updated\n" },
        { "only the newest version of a row counts", 0,
          "id,day,score\na,1,80\n", HISTORY_HEAD "a,1,80" OLD "a,1,79" OLD,
          "{'id':'a','day':1,'score':81}",
          HISTORY_HEAD "a,1,80" OLD "a,1,79" OLD "a,1,80" OLD },
        { "and that is a matter of time, not of order", 0,
          "id,day,score\na,1,80\n",
          HISTORY_HEAD "a,1,79,2024-01-02T00:00:00Z,updated\n"
                       "a,1,80,2024-01-01T00:00:00Z,updated\n",
          "{'id':'a','day':1,'score':81}",
          HISTORY_HEAD "a,1,79,2024-01-02T00:00:00Z,updated\n"
                       "a,1,80,2024-01-01T00:00:00Z,updated\n"
                       "a,1,80" OLD },
        { "in JSON, too", JSONL, "{\"id\":\"a\",\"score\":80}\n",
          "{\"id\":\"a\",\"score\":79" OLD_JSON(
              2) "{\"id\":\"a\",\"score\":80" OLD_JSON(1),
          "{'id':'a','score':81}",
          "{\"id\":\"a\",\"score\":79" OLD_JSON(
              2) "{\"id\":\"a\",\"score\":80" OLD_JSON(1) "{\"id\":\"a\","
                                                          "\"score\":"
                                                          "80" OLD_JSON(0) },
        { "in JSON the newest row is the same", JSONL,
          "{\"id\":\"a\",\"score\":80}\n",
          "{\"id\":\"a\",\"score\":80" OLD_JSON(
              2) "{\"id\":\"a\",\"score\":79" OLD_JSON(1),
          "{'id':'a','score':81}",
          "{\"id\":\"a\",\"score\":80" OLD_JSON(
              2) "{\"id\":\"a\",\"score\":79" OLD_JSON(1) },
        { "other rows do not count", 0, "id,day,score\na,1,80\n",
          HISTORY_HEAD "b,1,80" OLD, "{'id':'a','day':1,'score':81}",
          HISTORY_HEAD "b,1,80" OLD "a,1,80" OLD },
        { "a torn last line is cut off", 0, "id,day,score\na,1,80\n",
          HISTORY_HEAD "b,1,80" OLD "a,1,80,1970-01-",
          "{'id':'a','day':1,'score':81}",
          HISTORY_HEAD "b,1,80" OLD "a,1,80" OLD },
        { "an empty history is none", 0, "id,day,score\na,1,80\n", "",
          "{'id':'a','day':1,'score':81}", HISTORY_HEAD "a,1,80" OLD },
        { "a new column goes behind ours", 0,
          "id,day,score,note\na,1,80,\"x,y\"\n", HISTORY_HEAD "b,1,80" OLD,
          "{'id':'a','day':1,'score':81}",
          "id,day,score,_replaced_at,_reason,note\n"
          "b,1,80,1970-01-01T00:00:00Z,updated,\n"
          "a,1,80,1970-01-01T00:00:00Z,updated,\"x,y\"\n" },
        { "a column that the table lost stays", 0, "id,score\na,80\n",
          HISTORY_HEAD "b,1,80" OLD, "{'id':'a','score':81}",
          HISTORY_HEAD "b,1,80" OLD "a,,80" OLD },
        { "a wider table, the same edit", 0, "id,day,score,note\na,1,80,\n",
          HISTORY_HEAD "a,1,80" OLD, "{'id':'a','day':1,'score':81}",
          "id,day,score,_replaced_at,_reason,note\n"
          "a,1,80,1970-01-01T00:00:00Z,updated,\n" },
        { "line ends of the history are its own", 0, "id,day,score\na,1,80\n",
          "id;day;score;_replaced_at;_reason\r\n",
          "{'id':'a','day':1,'score':81}",
          "id;day;score;_replaced_at;_reason\r\n"
          "a;1;80;1970-01-01T00:00:00Z;updated\r\n" },
        { "JSON lines", RAW, "{\"id\":\"a\",\"x\":1}\n",
          "{\"id\":\"a\",\"x\":1,\"_replaced_at\":\"2024-01-01T00:00:00Z\","
          "\"_reason\":\"updated\"}\n",
          "{'id':'a','x':2}",
          "{\"id\":\"a\",\"x\":1,\"_replaced_at\":\"2024-01-01T00:00:00Z\","
          "\"_reason\":\"updated\"}\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture x = { .e = ERR_INIT };

        tempdir_write(file_of(rows[i].how), rows[i].table);
        tempdir_write(history_of(rows[i].how), rows[i].history);
        if (play(&x, rows[i].record, rows[i].how) < 0)
            fail_msg("%s: %s", rows[i].name, x.e.text);
        assert_int_equal(x.counts.changed, 1);
        assert_file(rows[i].name, history_of(rows[i].how), rows[i].want);
        close_table(&x);
        (void)unlink(in_tempdir(file_of(rows[i].how)));
    }
}

/* Somebody else writes while we run. */
static void
test_changed_by_others(void **state)
{
    static const char other[] = "id,day,score\nother,1,80\n";
    struct fixture x = { .e = ERR_INIT };

    (void)state;
    tempdir_write("t.csv", "id,day,score\na,1,80\n");
    assert_int_equal(open_table(&x, 0), 0);
    assert_int_equal(add(&x, "{'id':'b'}"), 0);
    tempdir_write("t.csv", other);
    assert_int_equal(flush(&x), -1);
    assert_int_equal(x.e.kind, ERR_FILE);
    assert_non_null(strstr(x.e.text, "another program changed it"));
    assert_true(x.e.hint[0]);
    assert_file("others", "t.csv", other);
    close_table(&x);

    (void)unlink(in_tempdir("t.csv"));
    assert_int_equal(open_table(&x, 0), 0);
    assert_int_equal(add(&x, "{'id':'b'}"), 0);
    tempdir_write("t.csv", other);
    assert_int_equal(flush(&x), -1);
    assert_non_null(strstr(x.e.text, "another program changed it"));
    close_table(&x);

    assert_int_equal(open_table(&x, 0), 0);
    assert_int_equal(add(&x, "{'id':'b'}"), 0);
    (void)unlink(in_tempdir("t.csv"));
    assert_int_equal(flush(&x), -1);
    assert_false(tempdir_has("t.csv"));
    close_table(&x);
}

/* An editor saves its own version under the name after rows were appended:
 * they are gone with the old file and must not count as kept. */
static void
test_saved_over_what_was_appended(void **state)
{
    struct fixture x = { .e = ERR_INIT };

    (void)state;
    assert_int_equal(open_table(&x, 0), 0);
    assert_int_equal(add(&x, "{'id':'a'}"), 0);
    assert_int_equal(flush(&x), 0);
    assert_int_equal(add(&x, "{'id':'b'}"), 0);
    assert_int_equal(table_spill(x.t, 0, &x.e), 0);
    tempdir_write("edited", "id,day,score\na,,\n");
    assert_int_equal(rename(in_tempdir("edited"), file_path), 0);
    assert_int_equal(flush(&x), -1);
    assert_non_null(strstr(x.e.text, "another program changed it"));
    close_table(&x);
    (void)unlink(in_tempdir("t.csv"));
}

static void
test_no_folder(void **state)
{
    struct fixture x = { .e = ERR_INIT };

    (void)state;
    assert_int_equal(open_table(&x, 0), 0);
    x.spec.path = in_tempdir("no/t.csv");
    table_close(x.t);
    assert_int_equal(table_open(&x.t, &x.spec, &x.e), 0);
    assert_int_equal(add(&x, "{'id':'b'}"), 0);
    assert_int_equal(flush(&x), -1);
    assert_int_equal(x.e.kind, ERR_IO);
    assert_int_equal(table_bytes(x.t), 0);
    assert_int_equal(x.counts.added, 0);
    close_table(&x);

    assert_int_equal(mkdir(in_tempdir("t.csv"), 0700), 0);
    x.t = NULL;
    assert_int_equal(open_table(&x, 0), -1);
    assert_int_equal(x.e.kind, ERR_FILE);
    close_table(&x);
}

/* The disk is full: the file is as before, and the next try works. */
static void
test_disk_full(void **state)
{
    static const char before[] = "id,day,score\na,1,80\n";
    static const char *const records[] = {
        "{'id':'b','day':2,'score':90}", /* append */
        "{'id':'a','day':1,'score':81}", /* rewrite */
    };
    static const char *const wants[] = {
        "id,day,score\na,1,80\nb,2,90\n",
        "id,day,score\na,1,81\n",
    };
    struct rlimit old, small;

    (void)state;
    signal_setup(); /* no SIGXFSZ */
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 22;
    for (size_t i = 0; i < 2; i++) {
        struct fixture x = { .e = ERR_INIT };
        int rc;

        tempdir_write("t.csv", before);
        assert_int_equal(open_table(&x, NO_HISTORY), 0);
        assert_int_equal(add(&x, records[i]), 0);
        if (i == 1)
            small.rlim_cur = 5;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        rc = flush(&x);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_int_equal(rc, -1);
        assert_int_equal(x.e.kind, ERR_IO);
        assert_non_null(strstr(x.e.text, "File too large"));
        assert_file("full", "t.csv", before);
        assert_false(tempdir_has("t.csv.new"));
        assert_int_equal(add(&x, records[i]), 0);
        if (flush(&x) < 0)
            fail_msg("the next try: %s", x.e.text);
        assert_file("next try", "t.csv", wants[i]);
        close_table(&x);
    }
}

/* The disk gets full while rows are written behind: the failure comes with the
 * next call, what is not durable is taken back, and the next try works. */
static void
test_disk_full_behind(void **state)
{
    enum { SMALL = 1 << 20 };
    struct rlimit old, small;
    struct fixture x = { .e = ERR_INIT };
    char record[1200], before[] = "id,day,score,text\na,1,80,\n";
    int rc = 0;

    (void)state;
    signal_setup();
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = SMALL;
    tempdir_write("t.csv", before);
    assert_int_equal(open_table(&x, NO_HISTORY), 0);
    assert_int_equal(add(&x, "{'id':'a','day':1,'score':80}"), 0);
    assert_int_equal(flush(&x), 0);
    for (int round = 0; round < 2; round++) {
        rc = 0;
        if (round == 0)
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        for (int i = 0; i < 6000 && rc == 0; i++) {
            (void)snprintf(record, sizeof(record),
                           "{'id':'b%d','day':%d,'score':1,'text':'%01000d'}",
                           i, i + 2, i);
            rc = add(&x, record);
            if (rc == 0 && table_is_full(x.t))
                rc = table_spill(x.t, 0, &x.e);
        }
        if (rc == 0)
            rc = flush(&x);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_int_equal(rc, round == 0 ? -1 : 0);
        if (round == 0) {
            assert_int_equal(x.e.kind, ERR_IO);
            assert_non_null(strstr(x.e.text, "File too large"));
            assert_file("full", "t.csv", before);
        }
    }
    assert_int_equal(table_rows(x.t), 6001);
    close_table(&x);
}

/* No room for the history: the table stays as it was. */
static void
test_history_fails(void **state)
{
    static const char before[] = "id,day,score\na,1,80\n";
    struct fixture x = { .e = ERR_INIT };
    struct rlimit old, small;
    int rc;

    (void)state;
    signal_setup();
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 60;
    tempdir_write("t.csv", before);
    tempdir_write("t.history.csv", HISTORY_HEAD "b,1,80" OLD);
    assert_int_equal(open_table(&x, 0), 0);
    assert_int_equal(add(&x, "{'id':'a','day':1,'score':9}"), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    rc = flush(&x);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(rc, -1);
    assert_file("table", "t.csv", before);
    assert_file("history", "t.history.csv", HISTORY_HEAD "b,1,80" OLD);
    close_table(&x);
}

static void
test_tidy(void **state)
{
    static const struct {
        const char *name;
        unsigned how;
        const char *before, *after;
    } rows[] = {
        { "in order already", 0, "id,day,score\na,1,\nb,2,\n", NULL },
        { "one row", 0, "id,day,score\na,1,\n", NULL },
        { "no row", 0, "id,day,score\n", NULL },
        { "backwards", 0,
          "id,day,score\nc,2024-03-03,\nb,2024-03-02,\na,2024-03-01,\n",
          "id,day,score\na,2024-03-01,\nb,2024-03-02,\nc,2024-03-03,\n" },
        { "behind Excel's first line", 0,
          "sep=;\r\nid;day;score\r\nb;2024-03-02;\r\na;2024-03-01;\r\n",
          "sep=;\r\nid;day;score\r\na;2024-03-01;\r\nb;2024-03-02;\r\n" },
        { "ties by key", 0,
          "id,day,score\nb,2024-03-03,\na,2024-03-03,1\nc,2024-03-01,\n",
          "id,day,score\nc,2024-03-01,\na,2024-03-03,1\nb,2024-03-03,\n" },
        { "rows without a time first", 0,
          "id,day,score\nb,2024-03-03,\nz,,\na,2024-03-01,\ny,,\n",
          "id,day,score\ny,,\nz,,\na,2024-03-01,\nb,2024-03-03,\n" },
        { "instants, not spellings", INSTANT,
          "at,source,bpm\n2024-03-01T05:00:00+01:00,a,2\n" AT "0.5Z,a,3\n"
          "2024-03-01T04:30:00+01:00,a,1\n",
          "at,source,bpm\n2024-03-01T04:30:00+01:00,a,1\n"
          "2024-03-01T05:00:00+01:00,a,2\n" AT "0.5Z,a,3\n" },
        { "line feeds in cells, CR LF, a mark", 0,
          BOM "id,day,score\r\nb,2024-03-02,\"x\ny\"\r\na,2024-03-01,\r\n",
          BOM "id,day,score\r\na,2024-03-01,\r\nb,2024-03-02,\"x\ny\"\r\n" },
        { "JSON lines", JSONL,
          "{\"id\":\"b\",\"day\":\"2024-03-02\"}\n"
          "{\"id\":\"a\",\"day\":\"2024-03-01\"}\n",
          "{\"id\":\"a\",\"day\":\"2024-03-01\"}\n"
          "{\"id\":\"b\",\"day\":\"2024-03-02\"}\n" },
        { "a last row without line end", 0,
          "id,day,score\nb,2024-03-02,\na,2024-03-01,7",
          "id,day,score\na,2024-03-01,7\nb,2024-03-02,\n" },
        { "rows without a time cannot be put in order", NO_TIME,
          "id,day,score\nb,2,\na,1,\n", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture x = { .e = ERR_INIT };
        bool moved = true;

        tempdir_write(file_of(rows[i].how), rows[i].before);
        assert_int_equal(open_table(&x, rows[i].how), 0);
        if (table_tidy(x.t, &moved, &x.e) < 0)
            fail_msg("%s: %s", rows[i].name, x.e.text);
        assert_file(rows[i].name, file_of(rows[i].how),
                    rows[i].after ? rows[i].after : rows[i].before);
        if (moved != (rows[i].after != NULL))
            fail_msg("%s: moved %d", rows[i].name, moved);
        /* The table is fit for use afterwards. */
        assert_int_equal(add(&x, rows[i].how & INSTANT
                                     ? "{'at':'2030','source':'q'}"
                                     : "{'id':'q','day':'2030'}"),
                         0);
        if (flush(&x) < 0)
            fail_msg("%s: %s", rows[i].name, x.e.text);
        assert_int_equal(x.counts.added, 1);
        close_table(&x);
        (void)unlink(in_tempdir(file_of(rows[i].how)));
    }
}

/* A piece that a crash left is no row. */
static void
test_tidy_torn(void **state)
{
    struct fixture x = { .e = ERR_INIT };
    bool moved;

    (void)state;
    tempdir_write("t.csv", "id,day,score\nb,2024-03-02,\na,2024-");
    assert_int_equal(open_table(&x, 0), 0);
    assert_int_equal(table_tidy(x.t, &moved, &x.e), 0);
    assert_file("torn", "torn/oura-t-t.csv-27", "a,2024-");
    assert_file("tidy", "t.csv", "id,day,score\nb,2024-03-02,\n");
    close_table(&x);
}

static uint32_t
next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*seed >> 33);
}

static unsigned
below(uint64_t *seed, unsigned n)
{
    return (unsigned)(next_random(seed) % n);
}

/* Ten rows of random times: those of a flush come later than those before
 * them, or earlier, or anywhere. */
static void
add_ten(struct fixture *x, uint64_t *seed, int flush_no)
{
    unsigned way = below(seed, 4);

    for (int i = 0; i < 10; i++) {
        unsigned at = below(seed, 10);
        char record[100];

        at += way == 0   ? 500 + 10U * (unsigned)flush_no
              : way == 1 ? below(seed, 30) == 0 ? 1000 : 100
                         : 500 - 10U * (unsigned)flush_no;
        (void)snprintf(
            record, sizeof(record), "{'id':'%d','day':'%u-01-01%s','score':%u}",
            flush_no * 10 + i, at + 1500,
            way == 3 && i == 7 ? "T06:00:00Z" : "", below(seed, 100));
        assert_int_equal(add(x, record), 0);
    }
}

/* Whole pieces that are moved stand as rows that are sorted do. */
static void
test_tidy_of_one_run(void **state)
{
    static const unsigned formats[] = { 0, JSONL, RAW, EXCEL };
    uint64_t seed = 7;

    (void)state;
    for (int n = 0; n < 60; n++) {
        unsigned how = formats[n % 4];
        struct fixture x = { .e = ERR_INIT };
        char *before, *after;
        bool moved[2];

        assert_int_equal(open_table(&x, how), 0);
        for (int k = 0; k < 2 + n % 5; k++) {
            add_ten(&x, &seed, k);
            assert_int_equal(flush(&x), 0);
        }
        before = strdup(tempdir_read(file_of(how)));
        assert_int_equal(table_tidy(x.t, &moved[0], &x.e), 0);
        after = strdup(tempdir_read(file_of(how)));
        close_table(&x);
        tempdir_write(file_of(how), before);
        assert_int_equal(open_table(&x, how), 0);
        assert_int_equal(table_tidy(x.t, &moved[1], &x.e), 0);
        assert_file("sorted", file_of(how), after);
        assert_int_equal(moved[0], moved[1]);
        close_table(&x);
        free(before);
        free(after);
        (void)unlink(in_tempdir(file_of(how)));
    }
}

/* Rows that are written count with the flush. */
static void
test_write(void **state)
{
    struct fixture x = { .e = ERR_INIT };

    (void)state;
    tempdir_write("t.csv", "id,day,score\na,1,80\n");
    assert_int_equal(open_table(&x, 0), 0);
    assert_false(table_needs_flush(x.t));
    assert_int_equal(add(&x, "{'id':'b','day':2}"), 0);
    assert_int_equal(add(&x, "{'id':'a','day':1,'score':81}"), 0);
    assert_int_equal(table_write_all(&x.t, 1, 0, &x.e), 0);
    assert_int_equal(table_bytes(x.t), 0);
    assert_true(table_needs_flush(x.t));
    assert_true(table_has_changed(x.t));
    assert_file("written", "t.csv", "id,day,score\na,1,81\nb,2,\n");
    assert_int_equal(add(&x, "{'id':'b','day':2}"), 0);
    assert_int_equal(flush(&x), 0);
    assert_int_equal(x.counts.added, 1);
    assert_int_equal(x.counts.changed, 1);
    assert_int_equal(x.counts.unchanged, 1);
    assert_false(table_needs_flush(x.t));
    close_table(&x);
}

/* A flush that fails takes back what was written since the last one. */
static void
test_write_that_is_lost(void **state)
{
    struct fixture x = { .e = ERR_INIT };

    (void)state;
    assert_int_equal(open_table(&x, NO_TIME), 0);
    assert_int_equal(add(&x, "{'id':'a'}"), 0);
    assert_int_equal(flush(&x), 0);
    assert_int_equal(add(&x, "{'id':'b'}"), 0);
    assert_int_equal(table_write_all(&x.t, 1, 0, &x.e), 0);
    assert_file("written", "t.csv", "id,day,score\na,,\nb,,\n");
    assert_int_equal(rename(in_tempdir("t.csv"), in_tempdir("moved.csv")), 0);
    tempdir_write("t.csv", "id,day,score\na,,\n");
    assert_int_equal(add(&x, "{'id':'c'}"), 0);
    assert_int_equal(flush(&x), -1);
    assert_file("taken back", "moved.csv", "id,day,score\na,,\n");
    assert_false(table_needs_flush(x.t));
    close_table(&x);
}

static void
test_tidy_fails(void **state)
{
    struct fixture x = { .e = ERR_INIT };
    bool moved;

    (void)state;
    assert_int_equal(open_table(&x, 0), 0);
    assert_int_equal(table_tidy(x.t, &moved, &x.e), 0); /* no file */
    assert_false(moved);
    close_table(&x);
    tempdir_write("t.csv", "id,day,score\nb,2,\na,1,\n");
    assert_int_equal(open_table(&x, 0), 0);
    tempdir_write("t.csv", "id,day,score\nb,2,\na,11,\n");
    assert_int_equal(table_tidy(x.t, &moved, &x.e), -1);
    assert_non_null(strstr(x.e.text, "another program"));
    close_table(&x);
}

static void
test_facts(void **state)
{
    struct fixture x = { .e = ERR_INIT };

    (void)state;
    tempdir_write("t.csv", "id,day,score\na,2024-03-05,\n");
    assert_int_equal(open_table(&x, 0), 0);
    assert_int_equal(table_rows(x.t), -1);
    assert_null(table_earliest(x.t));
    assert_int_equal(add(&x, "{'id':'b','day':'2024-03-06'}"), 0);
    assert_true(table_bytes(x.t) > 0);
    assert_false(table_is_full(x.t));
    assert_int_equal(flush(&x), 0);
    assert_int_equal(table_bytes(x.t), 0);
    assert_int_equal(table_rows(x.t), 2);
    assert_string_equal(table_earliest(x.t), "2024-03-06");
    assert_int_equal(add(&x, "{'id':'c','day':'2024-03-01'}"), 0);
    assert_int_equal(flush(&x), 0);
    assert_string_equal(table_earliest(x.t), "2024-03-01");
    close_table(&x);
}

/* More rows than the memory that is meant for them. */
static void
test_large(void **state)
{
    enum { ROWS = 60000 };
    struct fixture x = { .e = ERR_INIT };
    char record[300];
    size_t spills = 0;

    (void)state;
    for (int pass = 0; pass < 2; pass++) {
        assert_int_equal(open_table(&x, 0), 0);
        for (int i = 0; i < ROWS; i++) {
            (void)snprintf(record, sizeof(record),
                           "{'id':'%08d','day':'2024-03-01T%02d:%02d:%02dZ',"
                           "'score':%d,'text':'%0100d'}",
                           i, i / 3600, i / 60 % 60, i % 60,
                           pass && i % 1000 == 7 ? 1 : 0, i);
            assert_int_equal(add(&x, record), 0);
            if (table_is_full(x.t)) {
                spills++;
                if (table_spill(x.t, 0, &x.e) < 0)
                    fail_msg("%s", x.e.text);
            }
        }
        if (flush(&x) < 0)
            fail_msg("%s", x.e.text);
        assert_int_equal(table_rows(x.t), ROWS);
        close_table(&x);
    }
    assert_true(spills > 3);
    assert_int_equal(x.counts.added, ROWS);
    assert_int_equal(x.counts.changed, ROWS / 1000);
    assert_int_equal(x.counts.unchanged, ROWS - ROWS / 1000);
}

/*
 * Random operations against a model in memory: what the table should hold.
 * The same steps in all formats, so they must agree with each other, too.
 */

enum { IDS = 40, DAYS = 25, STEPS = 1500 };

struct model {
    int score[IDS]; /* -1: no such row */
    int note[IDS];  /* 0: none */
    int serial;
};

static int
day_of(int id)
{
    return 10 + id % DAYS;
}

static void
model_put(struct model *m, int id, int score, int note, unsigned how)
{
    for (int i = 0; i < IDS; i++)
        if (how & UNIQUE && i != id && day_of(i) == day_of(id))
            m->score[i] = -1;
    m->score[id] = score;
    m->note[id] = note;
}

static void
read_cell(struct model *m, int *id, const char *name, const char *value)
{
    int number = atoi(value + (*value == '"'));

    if (strcmp(name, "id") == 0) {
        *id = number;
        assert_true(number >= 0 && number < IDS);
        if (m->score[number] >= 0)
            fail_msg("id %d is there twice", number);
        m->score[number] = 0;
    } else if (strcmp(name, "score") == 0) {
        m->score[*id] = number;
    } else if (strcmp(name, "note") == 0) {
        m->note[*id] = number;
    } else if (strcmp(name, "day") == 0) {
        assert_int_equal(atoi(value + 9), day_of(*id));
    }
}

static void
read_csv(struct model *m, const char *p)
{
    static const struct csv_dialect commas = CSV_DIALECT_INIT;
    const struct csv_dialect *d = &commas;
    const char *end = p + strlen(p);
    const char *stop = csv_row_end(p, end, d);
    struct list names = LIST_INIT;
    struct buf value = BUF_INIT;
    struct err e = ERR_INIT;

    assert_non_null(stop);
    assert_int_equal(csv_header(&names, p, (size_t)(stop - p), d, &e), 0);
    for (p = stop + 1; p < end; p = stop + 1) {
        size_t cells = 0;
        int id = -1;

        stop = csv_row_end(p, end, d);
        assert_non_null(stop);
        for (; p; cells++) {
            struct csv_slice cell = csv_take(&p, stop, d);

            buf_clear(&value);
            csv_cell_json(&value, &cell, d);
            assert_true(cells < names.n);
            if (!csv_is_absent(&cell))
                read_cell(m, &id, names.item[cells], buf_str(&value));
        }
        assert_int_equal(cells, names.n);
    }
    list_free(&names);
    buf_free(&value);
}

static void
read_json(struct model *m, const char *p)
{
    static const char *const names[] = { "id", "day", "score", "note" };
    struct err e = ERR_INIT;

    for (const char *stop; *p; p = stop + 1) {
        int id = -1;

        stop = strchr(p, '\n');
        assert_non_null(stop);
        for (size_t i = 0; i < 4; i++) {
            struct json_token t;

            if (json_at(&t, p, (size_t)(stop - p), names[i], &e) == 1)
                read_cell(m, &id, names[i], t.p - (t.type == JSON_STRING));
        }
    }
}

static void
compare_model(const struct model *want, unsigned how, int step_number)
{
    const char *text = tempdir_read(file_of(how));
    struct model have;

    memset(&have, 0, sizeof(have));
    for (int i = 0; i < IDS; i++)
        have.score[i] = -1;
    if (text && how & (JSONL | RAW))
        read_json(&have, text);
    else if (text)
        read_csv(&have, text);
    for (int i = 0; i < IDS; i++)
        if (have.score[i] != want->score[i] ||
            (have.score[i] >= 0 && have.note[i] != want->note[i]))
            fail_msg("step %d, format %u, id %d: %d %d instead of %d %d",
                     step_number, how, i, have.score[i], have.note[i],
                     want->score[i], want->note[i]);
}

static void
random_record(char record[100], uint64_t *seed, struct model *m, unsigned how)
{
    int id = (int)(next_random(seed) % IDS);
    int score = (int)(next_random(seed) % 3);
    int note = (int)(next_random(seed) % 20);
    char more[20];

    /* A record that lost its day does not get it back by coming again. */
    if (how & UNIQUE && (id < IDS - DAYS || id >= DAYS))
        score = 3 + m->serial++;
    /* Now and then a field that nobody knows makes the table wider. */
    (void)snprintf(more, sizeof(more), ",'x%d':1", note);
    note = note < 5 ? note : 0;
    (void)snprintf(record, 100, "{'score':%d,'id':%d,'day':'2024-03-%d'%s",
                   score, id, day_of(id), score == 2 ? more : "");
    (void)snprintf(more, sizeof(more), note ? ",'note':%d}" : "}", note);
    (void)strncat(record, more, 20);
    model_put(m, id, score, note, how);
}

static void
random_step(struct fixture *x, uint64_t *seed, struct model *now,
            struct model *flushed, unsigned how)
{
    struct model before = *now;
    char record[100];
    uint32_t dice = next_random(seed) % 16;
    bool is_refused = dice == 6;
    size_t records = next_random(seed) % 6;

    if (dice < 8) {
        if (is_refused)
            (void)step(x, "@", how);
        for (size_t i = 0; i < records; i++) {
            random_record(record, seed, now, how);
            assert_int_equal(add(x, record), 0);
        }
        if (is_refused) {
            (void)step(x, "<", how);
            *now = before;
        }
        return;
    }
    if (dice < 12) {
        if (step(x, dice < 10 ? "^" : "$", how) < 0)
            fail_msg("%s", x->e.text);
        return;
    }
    if (flush(x) < 0 || (dice == 15 && step(x, "--", how) < 0))
        fail_msg("%s", x->e.text);
    *flushed = *now;
}

static void
test_random(void **state)
{
    static const unsigned formats[] = {
        NOTED,          NOTED | JSONL,          NOTED | RAW,
        NOTED | UNIQUE, NOTED | UNIQUE | JSONL, NOTED | NO_HISTORY,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct fixture x = { .e = ERR_INIT };
        struct model now, flushed;
        uint64_t seed = 42 + i;

        memset(&now, 0, sizeof(now));
        for (int id = 0; id < IDS; id++)
            now.score[id] = -1;
        flushed = now;
        assert_int_equal(open_table(&x, formats[i]), 0);
        for (int n = 0; n < STEPS; n++) {
            random_step(&x, &seed, &now, &flushed, formats[i]);
            if (memcmp(&now, &flushed, sizeof(now)) == 0 &&
                table_bytes(x.t) == 0)
                compare_model(&now, formats[i], n);
        }
        assert_int_equal(flush(&x), 0);
        compare_model(&now, formats[i], STEPS);
        close_table(&x);
        tempdir_clear(tempdir);
        assert_int_equal(mkdir(tempdir, 0700), 0);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, tempdir_make, tempdir_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_upsert),
        TEST(test_deletions),
        TEST(test_one_run),
        TEST(test_unique),
        TEST(test_versions),
        TEST(test_instants),
        TEST(test_old_days),
        TEST(test_columns),
        TEST(test_dialects),
        TEST(test_profiles),
        TEST(test_json_lines),
        TEST(test_torn),
        TEST(test_torn_again),
        TEST(test_refused),
        TEST(test_refused_record),
        TEST(test_untouched),
        TEST(test_tail_or_whole),
        TEST(test_leftover),
        TEST(test_link_and_mode),
        TEST(test_history_replay),
        TEST(test_changed_by_others),
        TEST(test_saved_over_what_was_appended),
        TEST(test_sent),
        TEST(test_no_folder),
        TEST(test_disk_full),
        TEST(test_disk_full_behind),
        TEST(test_history_fails),
        TEST(test_tidy),
        TEST(test_tidy_torn),
        TEST(test_tidy_fails),
        TEST(test_tidy_of_one_run),
        TEST(test_write),
        TEST(test_write_that_is_lost),
        TEST(test_facts),
        TEST(test_large),
        TEST(test_random),
    };

    log_set_level(LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
