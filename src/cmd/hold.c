#include "cmd/hold.h"

#include "base/buf.h"
#include "base/err.h"
#include "cmd/found.h"
#include "cmd/options.h"
#include "cmd/setup.h"
#include "store/recover.h"
#include "store/sorter.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/lock.h"

int
hold_archive(struct lock *l, const struct setup *s, const struct options *o,
             struct err *e)
{
    int64_t wait_ms = o->wait_s < 0 ? -1 : o->wait_s * 1000;
    struct buf own = BUF_INIT, path = BUF_INIT;
    int rc;

    buf_addf(&own, "%s/.wearchive", s->dir);
    /* A disk that cannot be written is noticed before anything is done. */
    rc = fs_mkdirs(buf_str(&own), e);
    if (rc == 0)
        rc = fs_mkdirs_of(s->state_path, e);
    if (rc == 0)
        rc = lock_wait(l, fs_join(&path, buf_str(&own), "lock"), wait_ms, e);
    if (rc == 0)
        rc = recover_run(buf_str(&own), s->dir, clock_now(), e);
    if (rc == 0)
        rc = sorter_sweep(buf_str(&own), e);
    buf_free(&own);
    buf_free(&path);
    return rc;
}

int
hold_existing(struct lock *l, const struct setup *s, const struct options *o,
              struct err *e)
{
    int rc = found_archive(s->dir, e);

    return rc < 0 ? -1 : hold_archive(l, s, o, e);
}
