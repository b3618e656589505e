#include "order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { FILES_MAX = 256, PATH_N_MAX = 1024 };

enum kind { TABLE, HISTORY, STATE, JOURNAL, TORN, NEW, PIECES, OTHER };

/* A file or folder that was touched. */
struct touched {
    char path[PATH_N_MAX];
    bool is_dirty;
};

struct order {
    struct touched file[FILES_MAX];
    size_t n;
    bool has_journal;
    char kept[PATH_N_MAX]; /* the torn piece that was kept last */
};

static enum kind
kind_of(const char *path)
{
    if (text_ends(path, ".new"))
        return NEW;
    if (text_ends(path, "/tidy.0") || text_ends(path, "/tidy.1"))
        return PIECES; /* of a sort: have no name, nothing needs them later */
    if (strstr(path, "/.wearchive/torn/"))
        return TORN;
    if (text_ends(path, "/journal"))
        return JOURNAL;
    if (text_ends(path, "/state.json"))
        return STATE;
    if (strstr(path, ".history."))
        return HISTORY;
    if (text_ends(path, ".csv") || text_ends(path, ".jsonl"))
        return TABLE;
    return OTHER;
}

static struct touched *
find(struct order *o, const char *path)
{
    for (size_t i = 0; i < o->n; i++)
        if (strcmp(o->file[i].path, path) == 0)
            return &o->file[i];
    if (o->n == FILES_MAX)
        abort();
    (void)snprintf(o->file[o->n].path, PATH_N_MAX, "%s", path);
    o->file[o->n].is_dirty = false;
    return &o->file[o->n++];
}

static struct touched *
find_dir(struct order *o, const char *path)
{
    char dir[PATH_N_MAX];
    char *slash;

    (void)snprintf(dir, sizeof(dir), "%s", path);
    slash = strrchr(dir, '/');
    if (slash)
        *slash = '\0';
    return find(o, dir);
}

/* The first that is dirty of a kind; OTHER: of folders. */
static const char *
dirty(const struct order *o, enum kind kind)
{
    for (size_t i = 0; i < o->n; i++)
        if (o->file[i].is_dirty && kind_of(o->file[i].path) == kind)
            return o->file[i].path;
    return NULL;
}

static const char *
dirty_any(const struct order *o)
{
    static const enum kind kinds[] = { TABLE, HISTORY, STATE,
                                       TORN,  JOURNAL, OTHER };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (dirty(o, kinds[i]))
            return dirty(o, kinds[i]);
    return NULL;
}

static bool
was_kept(const struct order *o, const char *path, const char *at)
{
    char end[PATH_N_MAX];
    const char *slash = strrchr(path, '/');

    (void)snprintf(end, sizeof(end), "-%s-%s", slash ? slash + 1 : path, at);
    return strstr(o->kept, end) != NULL; /* a number may follow */
}

/* Rows of a table that were there are about to go. */
static const char *
change(struct order *o, const char *path, const char *at, bool is_cut)
{
    enum kind kind = kind_of(path);

    if (kind != TABLE && kind != HISTORY)
        return NULL;
    if (is_cut && was_kept(o, path, at))
        return NULL;
    if (kind == HISTORY)
        return "a history is changed in place";
    if (!o->has_journal)
        return "rows are changed in place without a journal";
    return dirty(o, HISTORY) ? "rows are changed before the history is synced"
                             : NULL;
}

static const char *
rename_to(struct order *o, const char *from, const char *to)
{
    struct touched *old = find(o, from);
    enum kind kind = kind_of(to);
    bool was_dirty = old->is_dirty;

    old->is_dirty = false; /* that name is gone */
    if (was_dirty)
        return "a file is renamed before it is synced";
    if ((kind == TABLE || kind == JOURNAL) && dirty(o, HISTORY))
        return "rows are replaced before the history is synced";
    if (kind == STATE && dirty_any(o))
        return "the state is ahead of what is synced";
    if (kind == STATE && o->has_journal)
        return "the state is ahead of a journal";
    if (kind == JOURNAL && o->has_journal)
        return "a journal takes the place of one that was not done";
    if (kind == JOURNAL)
        o->has_journal = true;
    find(o, to)->is_dirty = false; /* what had that name is gone */
    find_dir(o, to)->is_dirty = true;
    return NULL;
}

static const char *
unlink_it(struct order *o, const char *path)
{
    find(o, path)->is_dirty = false;
    if (kind_of(path) == NEW || kind_of(path) == PIECES)
        return NULL; /* a leftover that does not count */
    if (text_ends(path, "/running"))
        return NULL; /* says that a run was killed; a power loss is none */
    if (kind_of(path) != JOURNAL)
        return "a file of the archive is removed";
    if (dirty(o, TABLE))
        return "a journal goes before its table is synced";
    o->has_journal = false;
    find_dir(o, path)->is_dirty = true;
    return NULL;
}

/* One line, cut into its words. */
static const char *
step(struct order *o, char **word)
{
    const char *what = word[0];
    bool is_sync = strcmp(what, "fsync") == 0;

    if (!is_sync && dirty(o, OTHER))
        return "a folder was not synced before the next step";
    if (is_sync) {
        find(o, word[1])->is_dirty = false;
        if (kind_of(word[1]) == TORN) {
            (void)snprintf(o->kept, sizeof(o->kept), "%s", word[1]);
            find_dir(o, word[1])->is_dirty = true; /* it is a new file */
        }
    } else if (strcmp(what, "mkdir") == 0) {
        find_dir(o, word[1])->is_dirty = true;
    } else if (strcmp(what, "unlink") == 0) {
        return unlink_it(o, word[1]);
    } else if (strcmp(what, "rename") == 0) {
        return rename_to(o, word[1], word[2]);
    } else {
        bool is_cut = strcmp(what, "truncate") == 0;

        if (is_cut && strcmp(word[2], word[3]) == 0)
            return NULL; /* it is of that size */
        find(o, word[1])->is_dirty = true;
        if (strcmp(what, "append") != 0)
            return change(o, word[1], word[2], is_cut);
    }
    return NULL;
}

const char *
order_check(char *log, bool has_journal)
{
    static char text[2 * PATH_N_MAX];
    struct order *o = calloc(1, sizeof(*o));
    const char *why = NULL, *left;

    o->has_journal = has_journal;
    for (char *line = log, *end; !why && (end = strchr(line, '\n'));
         line = end + 1) {
        char *word[4] = { line, NULL, NULL, NULL };

        *end = '\0';
        for (int i = 1; i < 4 && word[i - 1]; i++) {
            word[i] = strchr(word[i - 1], ' ');
            if (word[i])
                *word[i]++ = '\0';
        }
        why = step(o, word);
        if (why)
            (void)snprintf(text, sizeof(text), "%s: %s %s", why, word[0],
                           word[1]);
    }
    left = dirty_any(o);
    if (!why && left)
        (void)snprintf(text, sizeof(text), "not synced at the end: %s", left);
    free(o);
    return why || left ? text : NULL;
}
