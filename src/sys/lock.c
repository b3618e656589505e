#include "sys/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/signal.h"

/* How often to ask again when the holder goes away between two questions; and
 * how long to wait for one that stays, at first and at most. */
enum { LOCK_TRIES = 5, ASK_SOON_MS = 5, ASK_AGAIN_MS = 100 };

/* No lock, no run: two of them at once would lose rows. */
static int
no_lock(const char *path, struct err *e)
{
    bool has_none = errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS;

    (void)err_sys(e, "lock %s", path);
    if (!has_none)
        return -1;
    return err_hint(e, "this file system has no locks (NFS without its lock "
                       "service, or mounted with nolock?); keep the archive "
                       "on one that has");
}

/* 1 taken, 0 held by somebody who was gone when asked for, -1. */
static int
try_lock(int fd, const char *path, struct err *e)
{
    struct flock want = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    struct flock held = want;
    int rc;

    do
        rc = fcntl(fd, F_SETLK, &want);
    while (rc < 0 && errno == EINTR);
    if (rc == 0)
        return 1;
    if (errno != EACCES && errno != EAGAIN)
        return no_lock(path, e);
    if (fcntl(fd, F_GETLK, &held) < 0)
        return no_lock(path, e);
    if (held.l_type == F_UNLCK)
        return 0;
    if (held.l_pid <= 0) /* on another machine or in another container */
        return err_set(e, ERR_LOCK, "%s is held by another process", path);
    return err_set(e, ERR_LOCK, "%s is held by process %ld", path,
                   (long)held.l_pid);
}

static int
take(struct lock *l, const char *path, struct err *e)
{
    int fd;

    if (fs_open(&fd, path, O_RDWR | O_CREAT, e) < 0)
        return -1;
    for (int i = 0; i < LOCK_TRIES; i++) {
        int rc = try_lock(fd, path, e);

        if (rc > 0) {
            l->fd = fd;
            return 0;
        }
        if (rc < 0) {
            (void)close(fd);
            return -1;
        }
    }
    (void)close(fd);
    return err_set(e, ERR_LOCK, "%s is held by another process", path);
}

int
lock_wait(struct lock *l, const char *path, int64_t wait_ms, struct err *e)
{
    int64_t start = clock_ms(), pause_ms = ASK_SOON_MS;
    bool is_told = false;

    for (;;) {
        struct err held = ERR_INIT; /* is no failure if the next try is good */
        int64_t waited;

        if (take(l, path, &held) == 0)
            return 0;
        if (held.kind != ERR_LOCK) {
            *e = held;
            return -1;
        }
        if (signal_stop())
            return err_set(e, ERR_STOP, "stopped while waiting for the lock");
        waited = clock_ms() - start;
        if (wait_ms >= 0 && waited >= wait_ms) {
            *e = held;
            return wait_ms > 0
                       ? err_in(e, "waited %lld s", (long long)(wait_ms / 1000))
                       : -1;
        }
        if (!is_told)
            log_info("%s; waiting for it", held.text);
        is_told = true;
        clock_sleep_ms(wait_ms >= 0 && wait_ms - waited < pause_ms
                           ? wait_ms - waited
                           : pause_ms);
        pause_ms = pause_ms < ASK_AGAIN_MS / 2 ? pause_ms * 2 : ASK_AGAIN_MS;
    }
}

void
lock_release(struct lock *l)
{
    if (l->fd >= 0)
        (void)close(l->fd); /* the kernel drops the lock with it */
    l->fd = -1;
}
