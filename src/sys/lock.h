#ifndef SYS_LOCK_H
#define SYS_LOCK_H

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
 * removed). It goes when the process does, however it dies. Held by another
 * process: ERR_LOCK with its pid. No locks on this file system: ERR_IO.
 */
int lock_take(struct lock *l, const char *path, struct err *e);
void lock_release(struct lock *l);

#endif
