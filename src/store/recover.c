#include "store/recover.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/tm.h"
#include "store/journal.h"
#include "store/replay.h"
#include "sys/fs.h"

static int
set_aside(const char *path, const char *dir, int64_t now, struct err *e)
{
    struct buf torn = BUF_INIT, to = BUF_INIT;
    char stamp[21];
    int rc;

    tm_utc(stamp, now);
    buf_addf(&torn, "%s/torn", dir);
    buf_addf(&to, "%s/journal-%s", buf_str(&torn), stamp);
    rc = fs_mkdirs(buf_str(&torn), e);
    if (rc == 0)
        rc = fs_rename(path, buf_str(&to), e);
    if (rc == 0 &&
        (fs_sync_dir(buf_str(&to), e) < 0 || fs_sync_dir(path, e) < 0))
        rc = -1;
    if (rc == 0)
        log_warn("a journal of an earlier run does not fit the tables; it was "
                 "not applied and is kept as %s",
                 buf_str(&to));
    buf_free(&torn);
    buf_free(&to);
    return rc;
}

/* What a person added meanwhile is not to be lost. */
static int
keep_edited(struct replay *r, struct err *e)
{
    struct buf torn = BUF_INIT;
    int rc;

    buf_addf(&torn, "%s/torn", r->dir);
    r->torn = buf_str(&torn);
    rc = replay_run(r, e);
    r->torn = NULL;
    buf_free(&torn);
    return rc;
}

/* Of a kill while a journal was written: it was not committed. */
static int
remove_unfinished(const char *dir, struct err *e)
{
    char *path = journal_path(dir, ".new");
    int rc = fs_remove(path, e);

    free(path);
    return rc;
}

/* What to do with a journal that is there. */
static int
judge(const char *path, struct replay *r, int64_t now, struct err *e)
{
    if (replay_run(r, e) < 0)
        return -1;
    if (!r->is_good || (r->has_other && !r->has_begun))
        return set_aside(path, r->dir, now, e);
    if (r->has_edited && keep_edited(r, e) < 0)
        return -1;
    return replay_apply(r->dir, r->root, e);
}

int
recover_run(const char *dir, const char *root, int64_t now, struct err *e)
{
    struct replay r = { .dir = dir, .root = root };
    char *path = journal_path(dir, "");
    struct stat st;
    int rc = fs_stat(&st, path, e);

    /* A kill may have come before the sync: a journal that power loss takes
     * back must not be applied, nor one that it brings back be done again. */
    if (rc >= 0 && (fs_sync_dir(path, e) < 0 || remove_unfinished(dir, e) < 0))
        rc = -1;
    if (rc == 1) {
        r.written_s = (int64_t)st.st_mtime;
        rc = judge(path, &r, now, e);
    }
    free(path);
    return rc;
}
