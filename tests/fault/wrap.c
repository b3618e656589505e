#include "wrap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"

/* The linker makes these: the call itself, and ours in its place. The names
 * with 64 are those that open() and others have with 64-bit offsets. */
ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __real_pwrite64(int fd, const void *p, size_t n, off_t at);
ssize_t __real_read(int fd, void *p, size_t n);
ssize_t __real_pread64(int fd, void *p, size_t n, off_t at);
int __real_fsync(int fd);
int __real_fdatasync(int fd);
int __real_rename(const char *from, const char *to);
int __real_ftruncate64(int fd, off_t n);
int __real_unlink(const char *path);
int __real_open64(const char *path, int flags, ...);
int __real_mkdir(const char *path, mode_t mode);
int __real_fcntl64(int fd, int cmd, ...);
void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *p, size_t n);

ssize_t __wrap_write(int fd, const void *p, size_t n);
ssize_t __wrap_pwrite64(int fd, const void *p, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t __wrap_read(int fd, void *p, size_t n);
ssize_t __wrap_pread64(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread(int fd, void *p, size_t n, off_t at);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_ftruncate64(int fd, off_t n);
int __wrap_ftruncate(int fd, off_t n);
int __wrap_unlink(const char *path);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_fcntl64(int fd, int cmd, ...);
int __wrap_fcntl(int fd, int cmd, ...);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *p, size_t n);

enum { FDS_MAX = 1024, PATH_N_MAX = 1024 };

struct fault_shared *fault_shared;

static struct fault_plan plan;
static bool is_armed;
static bool kill_after; /* the call that is under way is the last one */
static int log_fd = -1;
static char path_of[FDS_MAX][PATH_N_MAX];

static const char *const how_words[HOW_N] = {
    [HOW_NONE] = "none",
    [HOW_KILL_BEFORE] = "kill-before",
    [HOW_KILL_AFTER] = "kill-after",
    [HOW_TORN] = "torn",
    [HOW_SHORT] = "short",
    [HOW_EINTR] = "eintr",
    [HOW_ENOSPC] = "enospc",
    [HOW_EIO] = "eio",
    [HOW_EDQUOT] = "edquot",
    [HOW_FULL] = "full",
    [HOW_GONE] = "gone",
    [HOW_READ_ONLY] = "read-only",
    [HOW_NOMEM] = "nomem",
};

const char *
fault_how_word(enum fault_how how)
{
    return how_words[how];
}

enum fault_how
fault_how_of(const char *word)
{
    for (int i = 0; word && i < HOW_N; i++)
        if (strcmp(how_words[i], word) == 0)
            return (enum fault_how)i;
    if (word && strcmp(word, "rename-unsynced") == 0)
        return HOW_KILL_AFTER;
    return HOW_NONE;
}

const char *
fault_call_word(enum fault_call call)
{
    static const char *const words[] = {
        [CALL_NONE] = "nothing",       [CALL_WRITE] = "write",
        [CALL_READ] = "read",          [CALL_SYNC] = "fsync",
        [CALL_RENAME] = "rename",      [CALL_TRUNCATE] = "ftruncate",
        [CALL_UNLINK] = "unlink",      [CALL_OPEN] = "open",
        [CALL_CREATE] = "open-create", [CALL_MKDIR] = "mkdir",
        [CALL_LOCK] = "fcntl",         [CALL_ALLOC] = "malloc",
    };

    return words[call];
}

static bool
changes_disk(enum fault_call call)
{
    return call == CALL_WRITE || call == CALL_SYNC || call == CALL_RENAME ||
           call == CALL_TRUNCATE || call == CALL_UNLINK ||
           call == CALL_CREATE || call == CALL_MKDIR;
}

static bool
takes_space(enum fault_call call)
{
    return call == CALL_WRITE || call == CALL_SYNC || call == CALL_CREATE ||
           call == CALL_MKDIR;
}

bool
fault_applies(enum fault_how how, enum fault_call call)
{
    switch (how) {
    case HOW_NONE:
    case HOW_N:
        return false;
    case HOW_NOMEM:
        return call == CALL_ALLOC;
    case HOW_KILL_BEFORE:
        return changes_disk(call) || call == CALL_LOCK;
    case HOW_KILL_AFTER:
        return changes_disk(call);
    case HOW_TORN:
        return call == CALL_WRITE;
    case HOW_SHORT:
        return call == CALL_WRITE || call == CALL_READ;
    case HOW_EINTR:
        return call == CALL_WRITE || call == CALL_READ || call == CALL_SYNC ||
               call == CALL_TRUNCATE || call == CALL_OPEN ||
               call == CALL_CREATE || call == CALL_LOCK;
    case HOW_ENOSPC:
    case HOW_EDQUOT:
        return takes_space(call) || call == CALL_RENAME;
    case HOW_EIO:
        return call != CALL_ALLOC;
    case HOW_FULL:
        return takes_space(call);
    case HOW_GONE:
    case HOW_READ_ONLY:
        return changes_disk(call);
    }
    return false;
}

bool
fault_kills(enum fault_how how)
{
    return how == HOW_KILL_BEFORE || how == HOW_KILL_AFTER || how == HOW_TORN;
}

bool
fault_is_harmless(enum fault_how how)
{
    return how == HOW_SHORT || how == HOW_EINTR;
}

void
fault_arm(const struct fault_plan *p)
{
    plan = *p;
    kill_after = false;
    fault_shared->n = 0;
    fault_shared->marks = 0;
    fault_shared->was_hit = false;
    if (plan.log)
        log_fd = __real_open64(plan.log,
                               O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    is_armed = true;
}

void
fault_disarm(void)
{
    is_armed = false;
}

void
fault_mark(void)
{
    fault_shared->marks++;
    if (fault_shared->marks == plan.stop_at_mark)
        _exit(0);
}

static void
die(void)
{
    (void)raise(SIGKILL);
}

static int
error_of(enum fault_how how)
{
    switch (how) {
    case HOW_EINTR:
        return EINTR;
    case HOW_ENOSPC:
    case HOW_FULL:
        return ENOSPC;
    case HOW_EDQUOT:
        return EDQUOT;
    case HOW_READ_ONLY:
        return EROFS;
    case HOW_NOMEM:
        return ENOMEM;
    case HOW_EIO:
    case HOW_GONE:
    case HOW_NONE:
    case HOW_KILL_BEFORE:
    case HOW_KILL_AFTER:
    case HOW_TORN:
    case HOW_SHORT:
    case HOW_N:
        break;
    }
    return EIO;
}

static bool
lasts(enum fault_how how)
{
    return how == HOW_FULL || how == HOW_GONE || how == HOW_READ_ONLY;
}

/* Counts a call. 0: it goes through; 1: half of its bytes do; -1 and errno:
 * it fails. */
static int
step(enum fault_call call)
{
    struct fault_shared *s = fault_shared;

    if (!is_armed || s->n >= FAULT_CALLS_MAX)
        return 0;
    s->call[++s->n] = (unsigned char)call;
    s->is_journal[s->n] = 0;
    if (plan.at == 0 || s->n < plan.at || (s->n > plan.at && !lasts(plan.how)))
        return 0;
    if (plan.how == HOW_READ_ONLY && call == CALL_SYNC)
        return 0;
    if (plan.how == HOW_GONE ? call == CALL_ALLOC
                             : !fault_applies(plan.how, call))
        return 0;
    s->was_hit = true;
    if (plan.how == HOW_KILL_BEFORE)
        die();
    kill_after = fault_kills(plan.how);
    if (plan.how == HOW_TORN || plan.how == HOW_SHORT)
        return 1;
    if (kill_after)
        return 0;
    errno = error_of(plan.how);
    return -1;
}

/* After the call. */
static void
done(void)
{
    if (kill_after)
        die();
}

static const char *
name_of(int fd)
{
    return fd >= 0 && fd < FDS_MAX ? path_of[fd] : "?";
}

static void __attribute__((format(printf, 1, 2))) note(const char *fmt, ...)
{
    char line[2 * PATH_N_MAX + 100];
    va_list args;
    int n;

    if (!is_armed || log_fd < 0)
        return;
    va_start(args, fmt);
    n = vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    if (n > 0 && __real_write(log_fd, line, (size_t)n) != n)
        abort();
}

static bool
is_watched(void)
{
    return is_armed && plan.shadow;
}

/* For the shadow's own calls. */
static void
created(const char *path)
{
    if (!is_watched())
        return;
    is_armed = false;
    disk_created(plan.shadow, path);
    is_armed = true;
}

static void
synced(int fd)
{
    if (!is_watched())
        return;
    is_armed = false;
    disk_synced(plan.shadow, plan.root, fd, name_of(fd));
    is_armed = true;
}

static long long
size_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 ? (long long)st.st_size : -1;
}

static void
note_write(int fd, size_t n, long long at)
{
    long long size;

    if (!is_armed || log_fd < 0)
        return;
    size = size_of(fd);
    if (at < 0)
        at = __real_fcntl64(fd, F_GETFL) & O_APPEND
                 ? size
                 : (long long)lseek(fd, 0, SEEK_CUR);
    note("%s %s %lld %zu\n", at < size ? "change" : "append", name_of(fd), at,
         n);
}

ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
    int rc;
    ssize_t put;

    if (!is_armed || fd <= STDERR_FILENO)
        return __real_write(fd, p, n);
    rc = step(CALL_WRITE);
    if (rc < 0)
        return -1;
    if (rc > 0 && n > 1)
        n /= 2;
    note_write(fd, n, -1);
    put = __real_write(fd, p, n);
    done();
    return put;
}

ssize_t
__wrap_pwrite64(int fd, const void *p, size_t n, off_t at)
{
    int rc;
    ssize_t put;

    if (!is_armed)
        return __real_pwrite64(fd, p, n, at);
    rc = step(CALL_WRITE);
    if (rc < 0)
        return -1;
    if (rc > 0 && n > 1)
        n /= 2;
    note_write(fd, n, (long long)at);
    put = __real_pwrite64(fd, p, n, at);
    done();
    return put;
}

ssize_t
__wrap_pwrite(int fd, const void *p, size_t n, off_t at)
{
    return __wrap_pwrite64(fd, p, n, at);
}

ssize_t
__wrap_read(int fd, void *p, size_t n)
{
    int rc = step(CALL_READ);

    if (rc < 0)
        return -1;
    return __real_read(fd, p, rc > 0 && n > 1 ? n / 2 : n);
}

ssize_t
__wrap_pread64(int fd, void *p, size_t n, off_t at)
{
    int rc = step(CALL_READ);

    if (rc < 0)
        return -1;
    return __real_pread64(fd, p, rc > 0 && n > 1 ? n / 2 : n, at);
}

ssize_t
__wrap_pread(int fd, void *p, size_t n, off_t at)
{
    return __wrap_pread64(fd, p, n, at);
}

static int
sync_it(int fd, int (*real)(int))
{
    int rc;

    if (step(CALL_SYNC) < 0)
        return -1;
    note("fsync %s\n", name_of(fd));
    rc = real(fd);
    if (rc == 0)
        synced(fd);
    done();
    return rc;
}

int
__wrap_fsync(int fd)
{
    return sync_it(fd, __real_fsync);
}

int
__wrap_fdatasync(int fd)
{
    return sync_it(fd, __real_fdatasync);
}

int
__wrap_rename(const char *from, const char *to)
{
    const char *slash = strrchr(to, '/');
    int rc = step(CALL_RENAME);

    if (rc < 0)
        return -1;
    if (is_armed && slash && strcmp(slash, "/journal") == 0)
        fault_shared->is_journal[fault_shared->n] = 1;
    note("rename %s %s\n", from, to);
    rc = __real_rename(from, to);
    done();
    return rc;
}

int
__wrap_ftruncate64(int fd, off_t n)
{
    int rc = step(CALL_TRUNCATE);

    if (rc < 0)
        return -1;
    note("truncate %s %lld %lld\n", name_of(fd), (long long)n, size_of(fd));
    rc = __real_ftruncate64(fd, n);
    done();
    return rc;
}

int
__wrap_ftruncate(int fd, off_t n)
{
    return __wrap_ftruncate64(fd, n);
}

int
__wrap_unlink(const char *path)
{
    int rc = step(CALL_UNLINK);

    if (rc < 0)
        return -1;
    rc = __real_unlink(path);
    if (rc == 0)
        note("unlink %s\n", path);
    done();
    return rc;
}

static int
open_it(const char *path, int flags, mode_t mode)
{
    struct stat st;
    bool was_there = stat(path, &st) == 0;
    int fd;

    if (step(flags & O_CREAT ? CALL_CREATE : CALL_OPEN) < 0)
        return -1;
    fd = __real_open64(path, flags, mode);
    if (fd >= 0 && fd < FDS_MAX)
        (void)snprintf(path_of[fd], PATH_N_MAX, "%s", path);
    if (fd >= 0 && flags & O_CREAT && !was_there)
        created(path);
    if (fd >= 0 && flags & O_TRUNC && was_there && st.st_size > 0)
        note("truncate %s 0 %lld\n", path, (long long)st.st_size);
    done();
    return fd;
}

static mode_t
mode_of(int flags, va_list args)
{
    return flags & O_CREAT ? (mode_t)va_arg(args, unsigned) : 0;
}

int
__wrap_open64(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = mode_of(flags, args);
    va_end(args);
    return is_armed ? open_it(path, flags, mode)
                    : __real_open64(path, flags, mode);
}

int
__wrap_open(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = mode_of(flags, args);
    va_end(args);
    return is_armed ? open_it(path, flags, mode)
                    : __real_open64(path, flags, mode);
}

int
__wrap_mkdir(const char *path, mode_t mode)
{
    int rc = step(CALL_MKDIR);

    if (rc < 0)
        return -1;
    rc = __real_mkdir(path, mode);
    if (rc == 0)
        note("mkdir %s\n", path);
    done();
    return rc;
}

/* The third argument is passed on as the kernel would take it. */
int
__wrap_fcntl64(int fd, int cmd, ...)
{
    va_list args;
    void *arg;

    va_start(args, cmd);
    arg = va_arg(args, void *);
    va_end(args);
    if (step(CALL_LOCK) < 0)
        return -1;
    return __real_fcntl64(fd, cmd, arg);
}

int
__wrap_fcntl(int fd, int cmd, ...)
{
    va_list args;
    void *arg;

    va_start(args, cmd);
    arg = va_arg(args, void *);
    va_end(args);
    if (step(CALL_LOCK) < 0)
        return -1;
    return __real_fcntl64(fd, cmd, arg);
}

void *
__wrap_malloc(size_t n)
{
    return step(CALL_ALLOC) < 0 ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t count, size_t n)
{
    return step(CALL_ALLOC) < 0 ? NULL : __real_calloc(count, n);
}

void *
__wrap_realloc(void *p, size_t n)
{
    return step(CALL_ALLOC) < 0 ? NULL : __real_realloc(p, n);
}
