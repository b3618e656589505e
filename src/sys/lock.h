#ifndef SYS_LOCK_H
#define SYS_LOCK_H

#include <stdint.h>

struct err;

struct lock {
    int fd;
};

#define LOCK_INIT                                                              \
    {                                                                          \
        .fd = -1                                                               \
    }

/*
 * Takes the kernel's write lock on a file (created if missing, and never
 * removed). It goes when the process does, however it dies. While another
 * process holds it, waits up to wait_ms, or as long as it takes if that is
 * negative; then ERR_LOCK with its pid. A signal that asks us to stop ends the
 * waiting with ERR_STOP. No locks on this file system: ERR_IO.
 */
int lock_wait(struct lock *l, const char *path, int64_t wait_ms, struct err *e);
void lock_release(struct lock *l);

#endif
