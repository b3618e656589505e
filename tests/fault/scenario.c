#include "scenario.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/tm.h"
#include "cmd/command.h"
#include "cmd/exit.h"
#include "cmd/options.h"
#include "engine/archive.h"
#include "engine/plan.h"
#include "engine/source.h"
#include "spec/category.h"
#include "spec/provider.h"
#include "store/recover.h"
#include "store/running.h"
#include "store/sorter.h"
#include "store/state.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "wrap.h"

enum { WINDOW_DAYS = 20, FAT_N = 100000 };

static const int64_t now = 1780000000, first_day = 1767225600; /* 2026 */

static const char *const night_columns[] = { "score", "note", NULL };
static const char *const pulse_columns[] = { "score", NULL };
static const char *const lift_columns[] = { "score", "sets", NULL };
static const char *const sets_columns[] = { "reps", NULL };

static const struct inherited inherited[] = {
    { "lift_id", "id" },
    { "day", "day" },
    { NULL, NULL },
};
static const struct child_of sets = {
    .parent = "lift",
    .list_at = "sets",
    .inherited = inherited,
    .owner_ids = 1,
    .index_col = "set_index",
};

#define LIST .page = PAGE_TOKEN, .next_at = "next", .records_at = "data"

static const struct category categories[] = {
    {
        .name = "night",
        .window = WINDOW_DAY,
        LIST,
        .ids = { "id" },
        .time_col = "day",
        .time_style = TIME_DAY,
        .columns = night_columns,
    },
    {
        .name = "daily",
        .window = WINDOW_DAY,
        LIST,
        .ids = { "id" },
        .unique = "day",
        .time_col = "day",
        .time_style = TIME_DAY,
        .columns = night_columns,
    },
    {
        .name = "newest",
        .window = WINDOW_DAY,
        LIST,
        .ids = { "id" },
        .time_col = "day",
        .time_style = TIME_DAY,
        .newest_first = true,
        .columns = night_columns,
    },
    {
        .name = "pulse",
        .window = WINDOW_TIME,
        LIST,
        .ids = { "day" },
        .instant_id = true,
        .time_col = "day",
        .time_style = TIME_RFC3339,
        .columns = pulse_columns,
    },
    {
        .name = "lift",
        .window = WINDOW_DAY,
        LIST,
        .ids = { "id" },
        .time_col = "day",
        .time_style = TIME_DAY,
        .columns = lift_columns,
    },
    {
        .name = "lift_sets",
        .child = &sets,
        .ids = { "lift_id", "set_index" },
        .time_col = "day",
        .time_style = TIME_DAY,
        .columns = sets_columns,
    },
};

enum { CATEGORIES = sizeof(categories) / sizeof(categories[0]) };

static const struct provider provider = {
    .name = "made",
    .title = "Made up",
    .categories = categories,
    .categories_n = CATEGORIES,
};

/* Each category on its way to disk. */
struct track {
    struct archive *archive; /* NULL: not used */
    struct category_state *state;
    struct buf records; /* of the next page */
    struct err error;
};

struct run {
    const char *dir;
    struct source source;
    struct state *state;
    struct track part[CATEGORIES];
    struct track *current;
    bool was_killed; /* the run before */
    int windows;
    struct err fault; /* why nothing more is taken */
};

static void
add_record(struct run *r, const char *text)
{
    struct buf *b = &r->current->records;

    if (b->n > 0)
        buf_addc(b, ',');
    for (; *text; text++)
        buf_addc(b, *text == '\'' ? '"' : *text);
}

/* Notes need quotes in CSV; fat ones make files of several writes. */
static void
add_rows(struct run *r, const char *words, size_t fat)
{
    char *end;
    long from = strtol(words, &end, 10), to = strtol(end, &end, 10);
    long score = strtol(end, NULL, 10);
    struct buf b = BUF_INIT;

    for (long i = from; i <= to; i++) {
        char day[11];

        tm_day(day, first_day + i * DAY);
        buf_clear(&b);
        buf_addf(&b,
                 "{'id':'n%02ld','day':'%s','score':%ld,"
                 "'note':'line %ld,\\nand %ld",
                 i, day, score, i, i * i);
        for (size_t k = 0; k < fat; k++)
            buf_addc(&b, 'x');
        buf_adds(&b, "'}");
        add_record(r, buf_str(&b));
    }
    buf_free(&b);
}

/* The first failure of a part is its result; one of the disk stops all. */
static void
blame(struct run *r, struct track *p, const struct err *e)
{
    if (p->error.kind == ERR_NONE)
        p->error = *e;
    if (r->fault.kind == ERR_NONE)
        r->fault = *e;
}

static void recast(struct run *r, struct track *p);

static void
use(struct run *r, const char *name)
{
    for (size_t i = 0; i < CATEGORIES; i++) {
        struct track *p = &r->part[i];
        struct archive_in in = { r->dir,   &r->source, &categories[i],
                                 r->state, now,        r->was_killed };
        struct err e = ERR_INIT;

        if (strcmp(categories[i].name, name) != 0)
            continue;
        r->current = p;
        if (p->archive || r->fault.kind != ERR_NONE)
            return;
        p->state = state_category(r->state, "made", name);
        if (archive_open(&p->archive, &in, &e) < 0)
            blame(r, p, &e);
        else
            recast(r, p);
        return;
    }
    abort();
}

static void
give_page(struct run *r, bool is_recent)
{
    struct track *p = r->current;
    struct window w = { .is_recent = is_recent };
    struct buf page = BUF_INIT;
    struct err e = ERR_INIT;

    w.span.from = first_day + r->windows++ * WINDOW_DAYS * DAY;
    w.span.to = w.span.from + WINDOW_DAYS * DAY;
    buf_addf(&page, "{\"data\":[%s],\"next\":null}", buf_str(&p->records));
    buf_clear(&p->records);
    if (r->fault.kind == ERR_NONE) {
        if (archive_page(p->archive, page.p, page.n, false, &e) < 0)
            blame(r, p, &e);
        else
            archive_window_done(p->archive, &w);
    }
    buf_free(&page);
}

/* A commit of a run that goes as it should returned. */
static void
mark(const struct run *r)
{
    if (r->fault.kind == ERR_NONE)
        fault_mark();
}

static void
save(struct run *r)
{
    struct err e = ERR_INIT;

    if (state_save(r->state, &e) == 0)
        mark(r);
    else if (r->fault.kind == ERR_NONE)
        r->fault = e;
}

/* As engine/run does it before the first page. */
static void
recast(struct run *r, struct track *p)
{
    struct err e = ERR_INIT;
    int rc = archive_recast(p->archive, &e);

    if (rc < 0)
        blame(r, p, &e);
    else if (rc > 0)
        save(r);
}

static void
set_profile(struct run *r, const char *word)
{
    if (!profile_find(&r->source.profile, word))
        abort();
}

static void
flush(struct run *r, struct track *p)
{
    struct err e = ERR_INIT;

    if (!p->archive || !archive_needs_flush(p->archive))
        return;
    if (archive_flush(p->archive, &e) < 0)
        blame(r, p, &e);
    else
        mark(r);
}

/* The memory is full: rows go to the file, and are not durable yet. */
static void
make_room(struct run *r)
{
    struct err e = ERR_INIT;

    if (r->fault.kind == ERR_NONE && archive_needs_flush(r->current->archive) &&
        archive_write(r->current->archive, &e) < 0)
        blame(r, r->current, &e);
}

/* As engine/run does it: a failure of one does not keep the others. */
static void
commit(struct run *r)
{
    for (size_t i = 0; i < CATEGORIES; i++)
        flush(r, &r->part[i]);
    save(r);
}

static void
finish_part(struct run *r, struct track *p)
{
    struct err e = ERR_INIT;

    if (!p->archive)
        return;
    if (r->fault.kind == ERR_NONE && archive_tidy(p->archive, &e) < 0)
        blame(r, p, &e);
    flush(r, p);
    archive_note_open(p->archive, r->fault.kind == ERR_NONE);
    p->state->last_fetch = now;
    if (p->error.kind == ERR_NONE && r->fault.kind == ERR_NONE) {
        p->state->last_success = now;
        state_set_error(p->state, NULL, 0);
    } else {
        state_set_error(p->state, p->error.text, now);
    }
}

/* The table of nights in the other format, beside it. */
static void
convert(struct run *r)
{
    struct options o = OPTIONS_INIT;
    struct buf from = BUF_INIT, out = BUF_INIT;
    struct err e = ERR_INIT;

    if (r->fault.kind != ERR_NONE)
        return;
    buf_addf(&from, "%s/made/night.csv", r->dir);
    buf_addf(&out, "%s/made/copy.jsonl", r->dir);
    list_add(&o.words, buf_str(&from));
    o.to = "jsonl";
    o.output = buf_str(&out);
    if (cmd_convert(&o, &e) < 0)
        blame(r, r->current, &e);
    else
        mark(r);
    options_free(&o);
    buf_free(&from);
    buf_free(&out);
}

static void
step(struct run *r, const char *line)
{
    if (line[0] == '{')
        add_record(r, line);
    else if (strncmp(line, "rows ", 5) == 0)
        add_rows(r, line + 5, 0);
    else if (strncmp(line, "fat ", 4) == 0)
        add_rows(r, line + 4, FAT_N);
    else if (strncmp(line, "use ", 4) == 0)
        use(r, line + 4);
    else if (strncmp(line, "profile ", 8) == 0)
        set_profile(r, line + 8);
    else if (strcmp(line, "commit") == 0)
        commit(r);
    else if (strcmp(line, "write") == 0)
        make_room(r);
    else if (strcmp(line, "convert") == 0)
        convert(r);
    else
        give_page(r, strcmp(line, "recent") == 0);
}

static void
play(struct run *r, const char *script)
{
    char *copy = mem_strdup(script);

    if (strncmp(copy, "use ", 4) != 0 && strncmp(copy, "profile ", 8) != 0)
        use(r, "night");
    for (char *line = copy, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        if (*end)
            *end++ = '\0';
        step(r, line);
    }
    free(copy);
}

static void
run_close(struct run *r)
{
    for (size_t i = 0; i < CATEGORIES; i++) {
        archive_close(r->part[i].archive);
        buf_free(&r->part[i].records);
    }
    state_free(r->state);
}

/* As cmd/hold does it. */
static int
hold(struct lock *lock, const char *dir, struct err *e)
{
    struct buf own = BUF_INIT, path = BUF_INIT;
    int rc;

    buf_addf(&own, "%s/.wearchive", dir);
    rc = fs_mkdirs(buf_str(&own), e);
    if (rc == 0)
        rc = lock_wait(lock, fs_join(&path, buf_str(&own), "lock"), 0, e);
    if (rc == 0)
        rc = recover_run(buf_str(&own), dir, now, e);
    if (rc == 0)
        rc = sorter_sweep(buf_str(&own), e);
    buf_free(&own);
    buf_free(&path);
    return rc;
}

static int
tell(const struct err *e)
{
    if (e->kind != ERR_NONE)
        exit_print(e);
    return exit_code(e->kind);
}

static void
fetch(struct run *r, const char *script)
{
    struct buf path = BUF_INIT;

    fs_join(&path, r->dir, "state.json");
    if (state_load(&r->state, buf_str(&path), false, now, &r->fault) < 0)
        goto out;
    fs_join(&path, r->dir, ".wearchive/running");
    if (running_mark(&r->was_killed, buf_str(&path), &r->fault) < 0)
        goto out;
    play(r, script);
    for (size_t i = 0; i < CATEGORIES; i++)
        finish_part(r, &r->part[i]);
    commit(r);
    if (r->fault.kind == ERR_NONE)
        (void)fs_remove(buf_str(&path), &r->fault);
out:
    buf_free(&path);
}

int
scene_run(const struct scene *s, const char *script, const char *dir)
{
    char name[] = "made";
    struct run r = { .dir = dir,
                     .source = { .name = name,
                                 .provider = &provider,
                                 .formats = s->formats,
                                 .history = true } };
    struct lock lock = LOCK_INIT;

    if (hold(&lock, dir, &r.fault) == 0)
        fetch(&r, script);
    run_close(&r);
    lock_release(&lock);
    return tell(&r.fault);
}

int
scene_recover(const char *dir)
{
    struct lock lock = LOCK_INIT;
    struct err e = ERR_INIT;

    (void)hold(&lock, dir, &e);
    lock_release(&lock);
    return tell(&e);
}

/* ---- the scenes -------------------------------------------------------- */

#define CSV FORMAT_CSV
#define ALL (FORMAT_CSV | FORMAT_JSONL | FORMAT_RAW)
#define N20 "rows 1 20 5\nrecent\n"
#define ROW(id, day, score)                                                    \
    "{'id':'" id "','day':'" day "','score':" score "}\n"
/* Each set has as many reps as its lift has score: they change together. */
#define SET(n) "{'reps':" n "}"
#define SET_3(n) SET(n) "," SET(n) "," SET(n)
#define LIFT(id, day, n, sets)                                                 \
    "{'id':'" id "','day':'" day "','score':" n ",'sets':[" sets "]}\n"
#define LIFTS                                                                  \
    "use lift\n" LIFT("a", "2026-01-02", "5", SET_3("5"))                      \
        LIFT("b", "2026-01-03", "6", SET_3("6"))                               \
            LIFT("c", "2026-01-04", "7", SET_3("7")) "recent\n"
#define FORMULA(i) "{'id':'n03','day':'2026-01-04','note':'=" #i "'}\n"
#define LAST ROW("n20", "2026-01-21", "77")
#define FIRST ROW("n01", "2026-01-02", "77")
#define NIGHT "made/night.csv"
#define HISTORY "made/night.history.csv"

const struct scene scenes[] = {
    { .name = "first-fetch", .formats = CSV, .script = N20 },
    { .name = "first-fetch-nothing", .formats = CSV, .script = "recent\n" },
    { .name = "append",
      .formats = CSV,
      .before = N20,
      .script = "rows 15 25 5\nrecent\n" },
    { .name = "write-newest-first",
      .formats = ALL,
      .script = "rows 15 20 5\nrecent\nwrite\nrows 8 14 5\nrecent\nwrite\n"
                "rows 1 7 5\nrecent\n" },
    { .name = "write-then-tail",
      .formats = CSV,
      .before = N20,
      .script = "rows 21 23 5\nrecent\nwrite\n" LAST "recent\n" },
    { .name = "unchanged", .formats = CSV, .before = N20, .script = N20 },
    { .name = "tail",
      .formats = CSV,
      .before = N20,
      .script = LAST "rows 21 23 5\nrecent\n" },
    { .name = "row-1",
      .formats = CSV,
      .before = N20,
      .script = FIRST "recent\n" },
    { .name = "widen",
      .formats = CSV,
      .before = N20,
      .script = "{'id':'w','day':'2026-02-01','more':{'a':1,'b':'x,y'}}\n"
                "recent\n" },
    { .name = "widen-and-change",
      .formats = CSV,
      .before = N20,
      .script = "{'id':'n20','day':'2026-01-21','more':1}\nrecent\n" },
    { .name = "history",
      .formats = CSV,
      .before = N20 "commit\n" FIRST LAST "recent\n",
      .script = ROW("n01", "2026-01-02", "78") ROW("n05", "2026-01-06", "78")
          LAST "recent\n" },
    { .name = "history-wider",
      .formats = CSV,
      .before = N20 "commit\n" FIRST "recent\ncommit\n"
                    "{'id':'n20','day':'2026-01-21','more':1}\nrecent\n",
      .script = ROW("n20", "2026-01-21", "78") "recent\n" },
    { .name = "torn-tail",
      .formats = CSV,
      .before = N20,
      .file = NIGHT,
      .text = "n21,2026-01-22,5,\"line 2",
      .script = "rows 15 25 5\nrecent\n" },
    { .name = "torn-tail-and-change",
      .formats = CSV,
      .before = N20,
      .file = NIGHT,
      .text = "n21,2026-0",
      .script = LAST "rows 21 23 5\nrecent\n" },
    { .name = "torn-history",
      .formats = CSV,
      .before = N20 "commit\n" FIRST "recent\n",
      .file = HISTORY,
      .text = "n20,2026-01-",
      .script = LAST "recent\n" },
    { .name = "torn-json",
      .formats = FORMAT_JSONL | FORMAT_RAW,
      .before = N20 "commit\n" FIRST "recent\n",
      .file = "made/night.raw.jsonl",
      .cut = 9,
      .script = LAST "rows 20 23 5\nrecent\n" },
    { .name = "no-last-line-end",
      .formats = CSV,
      .before = N20,
      .file = NIGHT,
      .cut = 1,
      .script = LAST "rows 21 23 5\nrecent\n" },
    { .name = "no-last-line-end-append",
      .formats = CSV,
      .before = N20,
      .file = NIGHT,
      .cut = 1,
      .script = "rows 15 25 5\nrecent\n" },
    { .name = "several-commits",
      .formats = CSV,
      .before = N20,
      .script = "rows 21 30 5\nrecent\ncommit\n" LAST "recent\ncommit\n"
                "rows 31 40 5\nrecent\ncommit\n" FIRST "recent\ncommit\n"
                "rows 41 50 5\nrecent\ncommit\n" },
    { .name = "three-formats",
      .formats = ALL,
      .before = N20,
      .script = LAST "rows 21 23 5\n{'id':'w','day':'2026-02-01','more':1}\n"
                     "recent\n" },
    { .name = "profile",
      .formats = CSV,
      .before = N20 "commit\n" FORMULA(4) FIRST
      "recent\ncommit\n" FORMULA(5) "recent\n",
      .script =
          "profile excel\nuse night\n" FORMULA(6) "rows 21 23 5\nrecent\n" },
    { .name = "profile-back",
      .formats = CSV,
      .before = "profile excel\nuse night\n" N20
                "commit\n" FORMULA(4) "recent\ncommit\n" FORMULA(5) "recent\n",
      .script = FORMULA(6) "rows 21 23 5\nrecent\n" },
    { .name = "profile-torn",
      .formats = CSV,
      .before = N20,
      .file = NIGHT,
      .text = "n21,2026-01-22,5,\"line 2",
      .script = "profile excel\nuse night\n" FORMULA(4) "recent\n" },
    { .name = "profile-large",
      .formats = CSV,
      .before = "fat 1 12 5\n" FORMULA(4) "recent\n",
      .script = "profile excel\nuse night\nrecent\n",
      .is_large = true },
    { .name = "tidy",
      .formats = CSV,
      .before = "rows 31 40 5\nrecent\n",
      .script = "rows 41 45 5\nrecent\ncommit\nrows 1 10 5\nhole\ncommit\n"
                "rows 11 20 5\nhole\n" },
    { .name = "tidy-formats",
      .formats = FORMAT_CSV | FORMAT_JSONL,
      .before = "rows 31 40 5\nrecent\n",
      .script = "rows 1 10 5\nhole\n" },
    { .name = "two-categories",
      .formats = CSV,
      .before = N20 "use daily\n" N20,
      .script = LAST "recent\nuse daily\n" LAST "recent\n" },
    { .name = "two-categories-mixed",
      .formats = FORMAT_CSV | FORMAT_JSONL,
      .before = N20 "use daily\n" N20,
      .script = LAST "rows 21 23 5\nrecent\nuse daily\n" FIRST "recent\n"
                     "commit\nuse night\nrows 24 26 5\nrecent\n" },
    { .name = "other-id",
      .formats = CSV,
      .before = "use daily\n" N20,
      .script = "use daily\n" ROW("x", "2026-01-21", "9")
          ROW("y", "2026-01-11", "9") "recent\n" },
    { .name = "newest-first",
      .formats = CSV,
      .before = "use newest\n" N20,
      .script = "use newest\n" LAST ROW("n20", "2026-01-21", "1")
          ROW("n21", "2026-01-22", "3") "recent\n" },
    { .name = "by-time",
      .formats = CSV,
      .before = "use pulse\n{'day':'2026-01-01T00:00:00Z','score':1}\n"
                "{'day':'2026-01-01T00:01:00Z','score':2}\n"
                "{'day':'2026-01-01T00:02:00Z','score':3}\nrecent\n",
      .script = "use pulse\n{'day':'2026-01-01T01:02:00+01:00','score':4}\n"
                "{'day':'2026-01-01T00:03:00Z','score':5}\nrecent\n" },
    { .name = "state-only",
      .formats = CSV,
      .before = N20,
      .script = "recent\ncommit\nrecent\n" },
    { .name = "convert",
      .formats = CSV,
      .before = N20,
      .script = "rows 21 23 5\nrecent\ncommit\nconvert\n" },
    { .name = "convert-again",
      .formats = CSV,
      .before = N20 "commit\nconvert\n",
      .script = LAST "rows 21 23 5\nrecent\ncommit\nconvert\n" },
    { .name = "children-first", .formats = CSV, .script = LIFTS },
    { .name = "children",
      .formats = CSV,
      .before = LIFTS,
      .script = "use lift\n" LIFT("b", "2026-01-03", "8", SET("8"))
          LIFT("d", "2026-01-05", "4", SET_3("4")) "recent\n" },
    { .name = "children-last",
      .formats = CSV,
      .before = LIFTS,
      .script = "use lift\n" LIFT("c", "2026-01-04", "8",
                                  SET_3("8") "," SET("8")) "recent\n" },
    { .name = "children-none",
      .formats = CSV,
      .before = LIFTS,
      .script = "use lift\n" LIFT("a", "2026-01-02", "8", "") "recent\n" },
    { .name = "children-wider",
      .formats = CSV,
      .before = LIFTS,
      .script = "use lift\n" LIFT("a", "2026-01-02", "8",
                                  "{'reps':8,'kg':2.50}") "recent\n" },
    { .name = "children-formats",
      .formats = FORMAT_CSV | FORMAT_JSONL,
      .before = LIFTS,
      .script = "use lift\n" LIFT("a", "2026-01-02", "8", SET("8"))
          LIFT("c", "2026-01-04", "9", SET_3("9")) "recent\n" },
    { .name = "children-profile",
      .formats = CSV,
      .before = LIFTS,
      .script = "profile excel\nuse lift\n" LIFT("b", "2026-01-03", "8",
                                                 SET("8")) "recent\n" },
    { .name = "children-replay",
      .formats = CSV,
      .before = LIFTS,
      .leaves_journal = true,
      .script =
          "use lift\n" LIFT("c", "2026-01-04", "8", SET("8")) "recent\n" },
    { .name = "replay",
      .formats = CSV,
      .before = N20,
      .leaves_journal = true,
      .script = LAST "rows 21 23 5\nrecent\n" },
    { .name = "replay-json",
      .formats = FORMAT_JSONL,
      .before = N20,
      .leaves_journal = true,
      .script = ROW("n19", "2026-01-20", "7") LAST "recent\n" },
    { .name = "replay-half",
      .formats = CSV,
      .before = N20,
      .leaves_journal = true,
      .is_half_done = true,
      .script = ROW("n19", "2026-01-20", "123456") LAST "recent\n" },
    { .name = "replay-and-more",
      .formats = CSV,
      .before = N20 "use daily\n" N20,
      .leaves_journal = true,
      .script = LAST "recent\nuse daily\n" LAST "recent\n" },
    { .name = "large",
      .formats = CSV,
      .before = "fat 1 30 5\nrecent\n",
      .script = ROW("n17", "2026-01-18", "6") "fat 31 42 5\nrecent\n",
      .is_large = true },
};

const size_t scenes_n = sizeof(scenes) / sizeof(scenes[0]);

const struct scene *
scene_find(const char *name)
{
    for (size_t i = 0; i < scenes_n; i++)
        if (strcmp(scenes[i].name, name) == 0)
            return &scenes[i];
    return NULL;
}
