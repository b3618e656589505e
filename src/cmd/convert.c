#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/exit.h"
#include "cmd/found.h"
#include "cmd/options.h"
#include "cmd/out.h"
#include "cmd/setup.h"
#include "data/columns.h"
#include "engine/tables.h"
#include "provider/registry.h"
#include "spec/provider.h"
#include "store/convert.h"
#include "store/names.h"
#include "store/newfile.h"
#include "sys/fs.h"

enum { PRINT_AT = 1 << 20 };

/* The table that is converted. */
struct source_table {
    char *path;
    enum table_format format;
    enum csv_profile profile;        /* of its source */
    const struct category *category; /* NULL: none that we know */
};

/* --- which table -------------------------------------------------------- */

/* The name of the folder that a file is in; empty if it is not said. */
static char *
folder_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *folder = path;

    for (const char *at = path; slash && at < slash; at++)
        if (*at == '/')
            folder = at + 1;
    return mem_strndup(folder, slash ? (size_t)(slash - folder) : 0);
}

/* What the names of a file and its folder say. */
static const struct category *
category_of(const struct setup *s, const char *source, const char *path,
            size_t stem_n)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *known = config_get(&s->config, source, "provider");
    const struct provider *p = registry_find(known ? known : source);
    const struct category *c = NULL;
    char *text = mem_strndup(name, stem_n - (size_t)(name - path));

    if (p)
        c = provider_category(p, text);
    free(text);
    return c;
}

/* A file that was named. */
static int
take_file(struct source_table *t, const struct setup *s, const char *path,
          size_t stem_n, struct err *e)
{
    char *source = folder_of(path);
    int rc = setup_profile(&t->profile, s, source, e);

    t->path = mem_strdup(path);
    t->category = category_of(s, source, path, stem_n);
    free(source);
    return rc;
}

/* A table or history of the archive: SOURCE/CATEGORY.csv below its folder. */
static int
is_of_archive(bool *is, const struct setup *s, const char *path, struct err *e)
{
    struct buf root = BUF_INIT, real = BUF_INIT;
    enum table_format format;
    bool is_history;
    size_t stem_n;
    char *source;
    int rc = fs_real(&root, s->dir, e);

    if (rc == 0)
        rc = fs_real(&real, path, e);
    stem_n = names_split(&format, &is_history, buf_str(&real));
    source = folder_of(buf_str(&real));
    buf_addf(&root, "/%s/", source);
    *is = rc == 0 && stem_n > 0 &&
          text_starts(buf_str(&real), buf_str(&root)) &&
          category_of(s, source, buf_str(&real), stem_n);
    free(source);
    buf_free(&root);
    buf_free(&real);
    return rc;
}

/* Rows that only a table has would be gone, without a history of them. */
static int
check_output(const struct setup *s, const char *path, struct err *e)
{
    struct stat st;
    bool is = false;
    int rc = path && strcmp(path, "-") != 0 ? fs_stat(&st, path, e) : 0;

    if (rc == 1)
        rc = is_of_archive(&is, s, path, e);
    if (rc < 0 || !is)
        return rc < 0 ? -1 : 0;
    (void)err_set(e, ERR_USAGE, "%s is a table of the archive", path);
    return err_hint(e, "name another file, or move that one away first");
}

/* The format that is best to read for what is wanted; -1 = none. */
static int
rank(enum table_format from, enum table_format to)
{
    if (from == to)
        return -1;
    return from == TABLE_RAW ? 0 : 1;
}

static int
pick(struct source_table *t, const struct found_list *found, const char *word,
     enum table_format to, struct err *e)
{
    const struct found *best = NULL;

    for (size_t i = 0; i < found->n; i++) {
        const struct found *other = &found->item[i];

        if (best && strcmp(best->source, other->source) != 0) {
            (void)err_set(e, ERR_USAGE, "%s and %s are there: which one?",
                          best->label, other->label);
            return -1;
        }
        if (other->has_table && rank(other->format, to) >= 0 &&
            (!best || rank(other->format, to) > rank(best->format, to)))
            best = other;
    }
    if (!best)
        return err_set(e, ERR_OTHER, "no table of %s to make %s from", word,
                       names_of(to)->word);
    t->path = mem_strdup(best->path);
    t->format = best->format;
    t->profile = best->profile;
    t->category = best->category;
    return 0;
}

static int
find_table(struct source_table *t, const struct setup *s,
           const struct options *o, enum table_format to, struct err *e)
{
    const char *word = o->words.item[0];
    struct found_list found = FOUND_INIT;
    bool is_history;
    size_t stem_n = names_split(&t->format, &is_history, word);
    int rc;

    if (stem_n > 0) {
        if (t->format == to)
            return err_set(e, ERR_USAGE, "%s is %s already", word,
                           names_of(to)->word);
        return take_file(t, s, word, stem_n, e);
    }
    rc = found_load(&found, s, &o->words, NULL, e);
    if (rc == 0)
        rc = pick(t, &found, word, to, e);
    found_free(&found);
    return rc;
}

/* --- where to ----------------------------------------------------------- */

static int
put_file(void *user, struct err *e)
{
    return newfile_put(user, e);
}

/* A table that does not fit there is lost as one is that does not fit on the
 * disk. */
static int
print(struct buf *b, struct err *e)
{
    if (out_print(b, e) < 0) {
        e->kind = ERR_IO;
        return -1;
    }
    buf_clear(b);
    return 0;
}

static int
put_stdout(void *user, struct err *e)
{
    struct buf *b = user;

    return b->n < PRINT_AT ? 0 : print(b, e);
}

/* Whatever is wrong with the table is known before the first byte goes out. */
static int
to_stdout(int64_t *rows, const struct convert *c, struct err *e)
{
    struct buf b = BUF_INIT;
    struct convert_sink sink = { .b = &b, .put = put_stdout, .user = &b };
    int rc = convert_check(c, e);

    if (rc == 0)
        rc = convert_run(rows, c, &sink, e);
    if (rc == 0)
        rc = print(&b, e);
    buf_free(&b);
    return rc;
}

/* The descriptor of the file that is replaced, for its mode; -1 = none. */
static int
open_old(int *fd, const struct convert *c, const char *path, struct err *e)
{
    struct stat old, in;
    int rc = fs_stat(&old, path, e);

    *fd = -1;
    if (rc <= 0)
        return rc;
    if (fstat(c->fd, &in) < 0)
        return err_sys(e, "%s", c->path);
    if (old.st_dev == in.st_dev && old.st_ino == in.st_ino)
        return err_set(e, ERR_USAGE, "%s is what is read", path);
    if (!S_ISREG(old.st_mode))
        return err_set(e, ERR_USAGE, "%s is not a file", path);
    return fs_open(fd, path, O_RDONLY, e);
}

/* 1 if a column came up that is not in the header: then nothing is written,
 * and it goes better the next time. */
static int
write_file(int64_t *rows, const struct convert *c, const char *path, int old,
           struct err *e)
{
    struct newfile f = NEWFILE_INIT;
    struct convert_sink sink = { .b = &f.b, .put = put_file, .user = &f };
    size_t known = columns_n(c->columns);
    int rc = newfile_open(&f, path, old, e);

    if (rc == 0)
        rc = convert_run(rows, c, &sink, e);
    if (rc == 0 && c->to == TABLE_CSV && columns_n(c->columns) > known)
        rc = 1;
    if (rc == 0)
        rc = newfile_commit(&f, e);
    newfile_close(&f);
    return rc;
}

static int
to_file(int64_t *rows, const struct convert *c, const char *path, struct err *e)
{
    int old, rc = open_old(&old, c, path, e);

    if (rc == 0 && c->to == TABLE_CSV && columns_n(c->columns) == 0)
        rc = convert_peek(c, e); /* for the header */
    if (rc == 0)
        rc = write_file(rows, c, path, old, e);
    if (rc == 1)
        rc = write_file(rows, c, path, old, e);
    if (old >= 0)
        (void)close(old); /* only its mode was asked for */
    return rc;
}

static int
convert(const struct source_table *t, enum table_format to, const char *path,
        struct err *e)
{
    struct convert c = {
        .path = t->path, .from = t->format, .to = to, .profile = t->profile
    };
    int64_t rows = 0;
    int rc;

    if (fs_open(&c.fd, t->path, O_RDONLY, e) < 0)
        return -1;
    c.columns = columns_new();
    if (t->category && t->format != TABLE_CSV)
        (void)tables_declare(c.columns, t->category);
    if (path && strcmp(path, "-") != 0)
        rc = to_file(&rows, &c, path, e);
    else
        rc = to_stdout(&rows, &c, e);
    if (rc == 0)
        log_info("%s: %lld rows", t->path, (long long)rows);
    else if (e->kind == ERR_DATA) {
        (void)err_in(e, "%s", t->path);
        e->kind = ERR_FILE;
        (void)err_hint(e, "put the line right by hand, or take it out");
    }
    columns_free(c.columns);
    (void)close(c.fd); /* only read */
    return rc;
}

/* --- the command -------------------------------------------------------- */

static int
read_format(enum table_format *to, const char *text, struct err *e)
{
    if (!text)
        return err_set(e, ERR_USAGE, "convert: --to csv or jsonl is wanted");
    if (text_is(text, names_of(TABLE_RAW)->word)) {
        (void)err_set(e, ERR_USAGE, "option --to raw: csv or jsonl is wanted");
        return err_hint(e, "raw is what the provider sent; fetch --format raw "
                           "--full gets it");
    }
    for (int i = 0; i < NAMES_FORMATS; i++)
        if (text_is(text, names_of((enum table_format)i)->word)) {
            *to = (enum table_format)i;
            return 0;
        }
    return err_set(e, ERR_USAGE, "option --to %s: csv or jsonl is wanted",
                   text);
}

int
cmd_convert(const struct options *o, struct err *e)
{
    struct setup s = SETUP_INIT;
    struct source_table t = { .path = NULL };
    enum table_format to = TABLE_CSV;
    int rc = setup_load(&s, o, SETUP_PATHS, e);

    if (rc == 0 && o->words.n == 0)
        rc = err_set(e, ERR_USAGE,
                     "convert: a table is wanted, such as oura/sleep or "
                     "sleep.csv");
    if (rc == 0)
        rc = read_format(&to, o->to, e);
    if (rc == 0)
        rc = find_table(&t, &s, o, to, e);
    if (rc == 0)
        rc = check_output(&s, o->output, e);
    if (rc == 0)
        rc = convert(&t, to, o->output, e);
    free(t.path);
    setup_free(&s);
    return rc < 0 ? -1 : EXIT_OK;
}
