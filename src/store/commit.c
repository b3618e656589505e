#include "store/commit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/journal.h"
#include "store/newfile.h"
#include "store/rewrite.h"
#include "sys/fs.h"

struct whole {
    const char *path;
    struct newfile file;
};

struct commit {
    const char *dir;
    const char *root;
    struct journal *journal; /* with the tails so far; NULL: none */
    struct whole *whole;
    size_t n;
};

struct commit *
commit_open(const char *dir, const char *root)
{
    struct commit *c = mem_zalloc(sizeof(*c));

    c->dir = dir;
    c->root = root;
    return c;
}

static int
need_journal(struct commit *c, struct err *e)
{
    return c->journal ? 0 : journal_open(&c->journal, c->dir, c->root, e);
}

int
commit_tail(struct commit *c, const struct rewrite *w, struct err *e)
{
    if (need_journal(c, e) < 0)
        return -1;
    return rewrite_tail(c->journal, w, e);
}

int
commit_whole(struct commit *c, int64_t *size, const struct rewrite *w,
             struct err *e)
{
    struct whole *made;

    c->whole = mem_resize(c->whole, c->n + 1, sizeof(*c->whole));
    made = &c->whole[c->n++];
    *made = (struct whole){ w->path, NEWFILE_INIT };
    if (rewrite_new(&made->file, w, e) < 0)
        return -1;
    *size = made->file.size;
    return 0;
}

/* A link may lead out of the archive, where its journal does not reach. */
static int
is_inside(bool *is, const struct commit *c, const struct whole *w,
          struct err *e)
{
    struct buf real = BUF_INIT;
    int rc = fs_real(&real, c->root, e);

    buf_adds(&real, w->path + strlen(c->root));
    *is = rc == 0 && (strcmp(buf_str(&real), w->file.real.p) == 0 ||
                      strcmp(w->path, w->file.real.p) == 0);
    buf_free(&real);
    return rc;
}

/* The whole files go into the journal, but for those outside: these are
 * changed first, so that a kill leaves work that the next run finds again. */
static int
join(struct commit *c, struct err *e)
{
    for (size_t i = 0; i < c->n; i++) {
        struct whole *w = &c->whole[i];
        bool is = false;

        if (c->dir && is_inside(&is, c, w, e) < 0)
            return -1;
        if (!is && newfile_commit(&w->file, e) < 0)
            return -1;
        if (is && (need_journal(c, e) < 0 ||
                   journal_new(c->journal, w->path, &w->file, e) < 0))
            return -1;
    }
    return 0;
}

int
commit_run(struct commit *c, struct err *e)
{
    int rc = 0;

    if (c->n == 1 && !c->journal)
        return newfile_commit(&c->whole[0].file, e);
    if (c->n > 0 && join(c, e) < 0)
        return -1;
    if (c->journal)
        rc = journal_commit(c->journal, e);
    if (c->journal && journal_counts(c->journal))
        for (size_t i = 0; i < c->n; i++)
            newfile_release(&c->whole[i].file);
    return rc;
}

void
commit_close(struct commit *c)
{
    if (!c)
        return;
    journal_close(c->journal);
    for (size_t i = 0; i < c->n; i++)
        newfile_close(&c->whole[i].file);
    free(c->whole);
    free(c);
}
