#include "judge.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "tree.h"

enum { CELLS_MAX = 64, PATH_N_MAX = 1024 };

static char why[2 * PATH_N_MAX];

static int __attribute__((format(printf, 1, 2))) bad(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(why, sizeof(why), fmt, args);
    va_end(args);
    return -1;
}

/* A row without what may differ in its spelling: cells that hold something,
 * with their names; without _replaced_at and _reason. */
struct record {
    char *key;
    char *text;
};

struct records {
    struct record *record; /* by key, then text */
    size_t n;
    size_t room;
};

static void
add(struct records *r, const char *key, const char *text)
{
    if (r->n == r->room) {
        r->room = r->room ? r->room * 2 : 64;
        r->record = mem_resize(r->record, r->room, sizeof(*r->record));
    }
    r->record[r->n++] = (struct record){ mem_strdup(key), mem_strdup(text) };
}

static void
records_free(struct records *r)
{
    for (size_t i = 0; i < r->n; i++) {
        free(r->record[i].key);
        free(r->record[i].text);
    }
    free(r->record);
    *r = (struct records){ .n = 0 };
}

static int
by_key(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    return order ? order : strcmp(x->text, y->text);
}

/* ---- CSV --------------------------------------------------------------- */

struct cells {
    char *cell[CELLS_MAX];
    size_t n;
};

static void
cells_free(struct cells *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->cell[i]);
    c->n = 0;
}

/* A cell and the byte behind it; -1: a quote where none may be; 0: the text
 * ends within (a file that grew before a power loss may end in zeros). */
static int
take_cell(struct buf *out, const char **p, const char *end)
{
    const char *c = *p;
    bool is_quoted = c < end && *c == '"';

    buf_clear(out);
    if (is_quoted)
        c++;
    for (;; c++) {
        if (c == end || *c == '\0')
            return 0;
        if (is_quoted && *c == '"') {
            if (++c == end)
                return 0;
            if (*c == '\0')
                return 0;
            if (*c != '"')
                break;
        } else if (!is_quoted && (*c == ',' || *c == '\n' || *c == '\r')) {
            break;
        } else if (!is_quoted && *c == '"') {
            return -1;
        }
        buf_addc(out, *c);
    }
    if (*c == '\r' && ++c == end)
        return 0;
    *p = c + 1;
    return *c == ',' ? ',' : *c == '\n' ? '\n' : -1;
}

/* 1, 0: the text ends within the row, -1. */
static int
take_row(struct cells *row, const char **p, const char *end)
{
    struct buf cell = BUF_INIT;
    int rc;

    cells_free(row);
    do {
        rc = row->n == CELLS_MAX ? -1 : take_cell(&cell, p, end);
        if (rc > 0)
            row->cell[row->n++] = buf_take(&cell);
    } while (rc == ',');
    buf_free(&cell);
    return rc == '\n' ? 1 : rc;
}

/* Rows that are children of a record are named by it and their number. */
static void
add_named(struct records *r, const char *first, const char *second_name,
          const char *second, const char *text)
{
    struct buf key = BUF_INIT;

    buf_adds(&key, first);
    if (second_name && second && text_ends(second_name, "_index"))
        buf_addf(&key, "/%s", second);
    add(r, buf_str(&key), text);
    buf_free(&key);
}

/* What a spreadsheet would calculate has an apostrophe in front, maybe. */
static void
add_csv(struct records *r, const struct cells *head, const struct cells *row)
{
    struct buf text = BUF_INIT;

    for (size_t i = 0; i < row->n; i++)
        if (row->cell[i] && row->cell[i][0] && head->cell[i][0] != '_')
            buf_addf(&text, "%s=%s\n", head->cell[i],
                     row->cell[i] + (strncmp(row->cell[i], "'=", 2) == 0));
    add_named(r, row->cell[0], row->n > 1 ? head->cell[1] : NULL, row->cell[1],
              buf_str(&text));
    buf_free(&text);
}

static int
read_csv(struct records *r, const struct node *file, bool may_be_torn)
{
    const char *p = file->p, *end = p + file->n;
    struct cells head = { .n = 0 }, row = { .n = 0 };
    int rc;

    if (file->n > 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    rc = take_row(&head, &p, end);

    while (rc > 0 && p < end) {
        rc = take_row(&row, &p, end);
        if (rc > 0 && row.n != head.n)
            rc = bad("%s: a row has %zu cells, not %zu", file->path, row.n,
                     head.n);
        else if (rc > 0)
            add_csv(r, &head, &row);
        else if (rc < 0)
            (void)bad("%s: not CSV", file->path);
    }
    if (rc == 0 && !may_be_torn)
        rc = bad("%s: torn", file->path);
    cells_free(&head);
    cells_free(&row);
    return rc < 0 ? -1 : 0;
}

/* ---- JSON -------------------------------------------------------------- */

static int
add_json(struct records *r, const char *p, size_t n)
{
    const char *end = NULL;
    cJSON *object = cJSON_ParseWithLengthOpts(p, n, &end, 0), *first, *item;
    struct buf text = BUF_INIT;
    char *value;
    int rc = -1;

    first = object ? object->child : NULL;
    if (cJSON_IsObject(object) && end == p + n && cJSON_IsString(first)) {
        cJSON_ArrayForEach(item, object)
        {
            value = cJSON_PrintUnformatted(item);
            if (item->string[0] != '_')
                buf_addf(&text, "%s=%s\n", item->string, value);
            cJSON_free(value);
        }
        item = first->next;
        value = item ? cJSON_PrintUnformatted(item) : NULL;
        add_named(r, first->valuestring, item ? item->string : NULL, value,
                  buf_str(&text));
        cJSON_free(value);
        rc = 0;
    }
    buf_free(&text);
    cJSON_Delete(object);
    return rc;
}

static int
read_json(struct records *r, const struct node *file, bool may_be_torn)
{
    const char *p = file->p, *end = p + file->n;

    while (p < end) {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));

        if (!line_end)
            return may_be_torn ? 0 : bad("%s: torn", file->path);
        if (add_json(r, p, (size_t)(line_end - p)) < 0)
            return bad("%s: not a line of JSON", file->path);
        p = line_end + 1;
    }
    return 0;
}

/* No such file: no records. */
static int
read_table(struct records *r, const struct tree *t, const char *path,
           bool may_be_torn)
{
    const struct node *file = tree_find(t, path);
    int rc = 0;

    if (file)
        rc = text_ends(path, ".csv") ? read_csv(r, file, may_be_torn)
                                     : read_json(r, file, may_be_torn);
    if (r->n > 0)
        qsort(r->record, r->n, sizeof(*r->record), by_key);
    return rc;
}

/* ---- what the state says ----------------------------------------------- */

/* "made/night.raw.jsonl" is the format raw of night of made. */
static void
name_parts(char source[64], char category[64], char format[8], const char *path)
{
    size_t n = strcspn(path, "/"), m = strcspn(path + n + 1, ".");
    const char *end = path + n + 1 + m;

    (void)snprintf(source, 64, "%.*s", (int)n, path);
    (void)snprintf(category, 64, "%.*s", (int)m, path + n + 1);
    (void)snprintf(format, 8, "%s",
                   strncmp(end, ".raw", 4) == 0 ? "raw" : end + 1);
}

static const cJSON *
member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* The coverage of a table, as text; "" if there is none; NULL: the state is
 * damaged. To be freed. */
static char *
coverage_of(const struct tree *t, const char *path)
{
    const struct node *file = tree_find(t, "state.json");
    char source[64], category[64], format[8];
    const cJSON *item;
    cJSON *doc;
    char *text;

    if (!file)
        return mem_strdup("");
    doc = cJSON_ParseWithLength(file->p, file->n);
    if (!doc) {
        (void)bad("state.json does not parse");
        return NULL;
    }
    name_parts(source, category, format, path);
    item = member(member(doc, "sources"), source);
    item = member(member(item, "categories"), category);
    item = member(member(item, "tables"), format);
    item = member(item, "coverage");
    text = item && cJSON_GetArraySize(item) > 0 ? cJSON_PrintUnformatted(item)
                                                : mem_strdup("");
    cJSON_Delete(doc);
    return text;
}

/* The first mark whose state says the same of a table as this one. */
static int
mark_of_state(size_t *mark, const struct judge_in *in, const char *path)
{
    char *now = coverage_of(in->now, path);
    bool is_found = false;

    for (*mark = 0; now && !is_found && *mark < in->marks; *mark += !is_found) {
        char *then = coverage_of(&in->mark[*mark], path);

        is_found = then && strcmp(now, then) == 0;
        free(then);
    }
    if (now && !is_found)
        (void)bad("state.json: what it says of %s was never so", path);
    free(now);
    return is_found ? 0 : -1;
}

/* ---- the verdict ------------------------------------------------------- */

static const struct record *
find(const struct records *r, const char *key)
{
    size_t low = 0, high = r->n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(r->record[middle].key, key);

        if (order == 0)
            return &r->record[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool
has(const struct records *r, const struct record *want)
{
    return r->n > 0 &&
           bsearch(want, r->record, r->n, sizeof(*want), by_key) != NULL;
}

struct case_file {
    const struct judge_in *in;
    const char *path;
    struct records now;
    struct records history;
    struct records *mark;
};

static void
history_path(char out[PATH_N_MAX], const char *path)
{
    const char *dot = strrchr(path, '.');

    (void)snprintf(out, PATH_N_MAX, "%.*s.history%s", (int)(dot - path), path,
                   dot);
}

static int
check_rows(const struct case_file *c)
{
    for (size_t i = 0; i < c->now.n; i++) {
        bool is_known = false;

        if (i > 0 &&
            strcmp(c->now.record[i].key, c->now.record[i - 1].key) == 0)
            return bad("%s: %s is there twice", c->path, c->now.record[i].key);
        for (size_t k = 0; k < c->in->marks && !is_known; k++)
            is_known = has(&c->mark[k], &c->now.record[i]);
        if (!is_known)
            return bad("%s: %s was never so", c->path, c->now.record[i].key);
    }
    return 0;
}

/* What was there at a mark is there, or was replaced by what came later. */
static int
check_kept(const struct case_file *c, size_t promised)
{
    const struct records *then = &c->mark[promised];

    for (size_t i = 0; i < then->n; i++) {
        const struct record *row = &then->record[i];
        const struct record *now = find(&c->now, row->key);
        bool is_later = false;

        if (now && strcmp(now->text, row->text) == 0)
            continue;
        for (size_t k = promised + 1; k < c->in->marks && !is_later; k++)
            is_later =
                now ? has(&c->mark[k], now) : !find(&c->mark[k], row->key);
        if (!is_later)
            return bad("%s: %s of mark %zu is %s", c->path, row->key, promised,
                       now ? "an older one" : "lost");
        /* What convert wrote is no table of the archive. */
        if (!strstr(c->path, "/copy.") && !has(&c->history, row))
            return bad("%s: %s went without history", c->path, row->key);
    }
    return 0;
}

static int
check_history(const struct case_file *c, const char *path, size_t promised)
{
    struct records then = { .n = 0 };
    int rc = read_table(&then, &c->in->mark[promised], path, true);

    for (size_t i = 0; i < then.n && rc == 0; i++)
        if (!has(&c->history, &then.record[i]))
            rc = bad("%s: %s is lost", path, then.record[i].key);
    records_free(&then);
    return rc;
}

static int
check_table(const struct judge_in *in, const char *path)
{
    struct case_file c = { .in = in, .path = path };
    char history[PATH_N_MAX];
    size_t promised;
    int rc = -1;

    c.mark = mem_zalloc(in->marks * sizeof(*c.mark));
    history_path(history, path);
    if (mark_of_state(&promised, in, path) < 0)
        goto out;
    if (promised < in->promised)
        promised = in->promised;
    for (size_t i = 0; i < in->marks; i++)
        if (read_table(&c.mark[i], &in->mark[i], path, true) < 0)
            goto out;
    if (read_table(&c.now, in->now, path, in->may_be_torn) < 0 ||
        read_table(&c.history, in->now, history, in->may_be_torn) < 0 ||
        check_rows(&c) < 0 || check_kept(&c, promised) < 0)
        goto out;
    rc = check_history(&c, history, promised);
out:
    for (size_t i = 0; i < in->marks; i++)
        records_free(&c.mark[i]);
    free(c.mark);
    records_free(&c.now);
    records_free(&c.history);
    return rc;
}

static bool
is_table(const char *path)
{
    return (text_ends(path, ".csv") || text_ends(path, ".jsonl")) &&
           !strstr(path, ".history.") && !text_starts(path, ".wearchive/");
}

/* The number behind a name in the text of a row: "reps=5"; -1 = none. */
static long
number(const char *text, const char *name)
{
    const char *at = strstr(text, name);

    return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

/* Each child says what its record says: they changed together. */
static int
check_children(const struct judge_in *in, const char *path,
               const char *children)
{
    struct records lifts = { .n = 0 }, sets = { .n = 0 };
    int rc = 0;

    if (read_table(&lifts, in->now, path, in->may_be_torn) < 0 ||
        read_table(&sets, in->now, children, in->may_be_torn) < 0)
        rc = -1;
    for (size_t i = 0; i < sets.n && rc == 0; i++) {
        char id[2] = { sets.record[i].key[0], '\0' };
        const struct record *lift = find(&lifts, id);

        if (lift && number(lift->text, "score=") !=
                        number(sets.record[i].text, "reps="))
            rc = bad("%s: %s changed without its record", children,
                     sets.record[i].key);
    }
    records_free(&lifts);
    records_free(&sets);
    return rc;
}

const char *
judge(const struct judge_in *in)
{
    const struct tree *end = &in->mark[in->marks - 1];

    for (size_t i = 0; i < end->n; i++)
        if (is_table(end->node[i].path) &&
            check_table(in, end->node[i].path) < 0)
            return why;
    for (size_t i = 0; i < in->now->n; i++)
        if (is_table(in->now->node[i].path) &&
            !tree_find(end, in->now->node[i].path))
            return "a table that should not be";
    if (check_children(in, "made/lift.csv", "made/lift_sets.csv") < 0 ||
        check_children(in, "made/lift.jsonl", "made/lift_sets.jsonl") < 0)
        return why;
    return NULL;
}
