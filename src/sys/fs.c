/* For sync_file_range(), and realpath(), which is XSI; the build asks for
 * plain POSIX. */
#define _GNU_SOURCE

#include "sys/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename() */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "sys/signal.h"

enum { READ_STEP = 65536 };

/* What was waited for may never come. */
static int
stopped(struct err *e)
{
    return err_set(e, ERR_STOP, "stopped by a signal");
}

static int
read_on(struct buf *b, int fd, const char *path, size_t limit, struct err *e)
{
    size_t total = 0;

    for (;;) {
        size_t left = limit - total;
        size_t want = left < READ_STEP ? left + 1 : READ_STEP;
        ssize_t got = read(fd, buf_room(b, want), want);

        if (got < 0 && errno == EINTR && !signal_stop())
            continue;
        if (got < 0)
            return errno == EINTR ? stopped(e) : err_sys(e, "read %s", path);
        if (got == 0)
            return 0;
        if ((size_t)got > left)
            return err_set(e, ERR_DATA, "%s is larger than %zu bytes", path,
                           limit);
        b->n += (size_t)got;
        total += (size_t)got;
    }
}

/* All, or nothing is added. */
static int
read_all(struct buf *b, int fd, const char *path, size_t limit, struct err *e)
{
    size_t before = b->n;
    int rc = read_on(b, fd, path, limit, e);

    if (rc < 0)
        b->n = before;
    return rc;
}

int
fs_read(struct buf *b, const char *path, size_t limit, struct err *e)
{
    int fd;
    int rc;

    if (fs_open(&fd, path, O_RDONLY, e) < 0)
        return -1;
    rc = read_all(b, fd, path, limit, e);
    (void)close(fd); /* only read: nothing can be lost */
    return rc;
}

int
fs_read_stdin(struct buf *b, size_t limit, struct err *e)
{
    return read_all(b, STDIN_FILENO, FS_STDIN, limit, e);
}

/* Root who works on the files of another user leaves them to that one. Where
 * we may not, the file becomes ours. */
static void
keep_owner(int fd, const struct stat *old)
{
    if (old->st_uid != geteuid() && fchown(fd, old->st_uid, old->st_gid) < 0)
        log_debug("a file of user %ld is ours now", (long)old->st_uid);
}

/* Writes and syncs the new file with the mode and owner of the old one. */
static int
write_new(const char *path, const char *old, const char *p, size_t n,
          struct err *e)
{
    struct stat st;
    int fd;
    int rc = fs_stat(&st, old, e);
    bool is_there = rc > 0;
    mode_t mode = is_there ? st.st_mode & 0777 : 0600;

    if (rc < 0 ||
        fs_open(&fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, e) < 0)
        return -1;
    if (is_there)
        keep_owner(fd, &st);
    rc = -1;
    if (fchmod(fd, mode) < 0) {
        err_sys(e, "chmod %s", path);
        goto out;
    }
    if (fs_write(fd, path, p, n, e) < 0)
        goto out;
    rc = fs_sync(fd, path, e);
out:
    (void)close(fd); /* the sync has told what there is to tell */
    return rc;
}

int
fs_replace(const char *path, const char *p, size_t n, struct err *e)
{
    struct buf real = BUF_INIT;
    struct buf fresh = BUF_INIT;
    int rc = -1;

    if (fs_real(&real, path, e) < 0)
        goto out;
    buf_addf(&fresh, "%s.new", buf_str(&real));
    if (write_new(buf_str(&fresh), buf_str(&real), p, n, e) < 0 ||
        fs_rename(buf_str(&fresh), buf_str(&real), e) < 0) {
        (void)unlink(buf_str(&fresh)); /* the first failure is the news */
        goto out;
    }
    rc = fs_sync_dir(buf_str(&real), e);
out:
    buf_free(&real);
    buf_free(&fresh);
    return rc;
}

int
fs_try_replace(const char *path, size_t n, struct err *e)
{
    struct buf real = BUF_INIT, fresh = BUF_INIT;
    char *zeros = mem_zalloc(n);
    int rc = fs_real(&real, path, e);

    buf_addf(&fresh, "%s.new", buf_str(&real));
    if (rc == 0) {
        rc = write_new(buf_str(&fresh), buf_str(&real), zeros, n, e);
        (void)unlink(buf_str(&fresh)); /* fs_replace() will overwrite it */
    }
    free(zeros);
    buf_free(&real);
    buf_free(&fresh);
    return rc;
}

int
fs_write(int fd, const char *path, const char *p, size_t n, struct err *e)
{
    while (n > 0) {
        ssize_t put = write(fd, p, n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return err_sys(e, "write %s", path);
        p += put;
        n -= (size_t)put;
    }
    return 0;
}

int
fs_pread(int fd, const char *path, char *p, size_t n, int64_t offset,
         size_t *got, struct err *e)
{
    size_t done = 0;

    while (done < n) {
        ssize_t part =
            pread(fd, p + done, n - done, (off_t)offset + (off_t)done);

        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return err_sys(e, "read %s", path);
        if (part == 0)
            break;
        done += (size_t)part;
    }
    *got = done;
    return 0;
}

void
fs_begin_sync(int fd, int64_t offset, size_t n)
{
#ifdef SYNC_FILE_RANGE_WRITE
    /* If it does not take the hint, fs_sync() does all of it. */
    (void)sync_file_range(fd, (off_t)offset, (off_t)n, SYNC_FILE_RANGE_WRITE);
#else
    (void)fd;
    (void)offset;
    (void)n;
#endif
}

bool
fs_take_room(int fd, int64_t offset, int64_t n)
{
#ifdef FALLOC_FL_KEEP_SIZE
    return fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)n) == 0;
#else
    (void)fd;
    (void)offset;
    (void)n;
    return false;
#endif
}

int
fs_sync(int fd, const char *path, struct err *e)
{
    while (fsync(fd) < 0) {
        if (errno != EINTR)
            return err_sys(e, "fsync %s", path);
    }
    return 0;
}

int
fs_truncate(int fd, const char *path, int64_t size, struct err *e)
{
    while (ftruncate(fd, (off_t)size) < 0) {
        if (errno != EINTR)
            return err_sys(e, "truncate %s", path);
    }
    return 0;
}

int
fs_open(int *fd, const char *path, int flags, struct err *e)
{
    do
        *fd = open(path, flags | O_CLOEXEC, 0600);
    while (*fd < 0 && errno == EINTR && !signal_stop());
    if (*fd >= 0)
        return 0;
    if (errno == EINTR) /* nobody has opened the other end of a pipe */
        return stopped(e);
    return err_sys(e, "%s %s", flags & O_CREAT ? "create" : "open", path);
}

/* A link to /dev/null in the place of one of our files is no reason to put a
 * file into the place of /dev/null. */
static int
check_file(const char *path, struct err *e)
{
    struct stat st;

    if (lstat(path, &st) < 0 || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode) ||
        S_ISDIR(st.st_mode))
        return 0; /* what else is wrong with it the call itself tells */
    return err_set(e, ERR_IO, "%s is not a file", path);
}

int
fs_rename(const char *from, const char *to, struct err *e)
{
    if (check_file(from, e) < 0 || check_file(to, e) < 0)
        return -1;
    if (rename(from, to) < 0)
        return err_sys(e, "rename %s to %s", from, to);
    return 0;
}

int
fs_remove(const char *path, struct err *e)
{
    if (unlink(path) < 0 && errno != ENOENT)
        return err_sys(e, "remove %s", path);
    return 0;
}

int
fs_private(const char *path, struct err *e)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return err_sys(e, "stat %s", path);
    if ((st.st_mode & 0177) && chmod(path, st.st_mode & 0600) < 0)
        return err_sys(e, "chmod %s", path);
    return 0;
}

/* Adds the directory that holds path. */
static void
add_parent(struct buf *out, const char *path)
{
    size_t n = strlen(path);

    while (n > 1 && path[n - 1] == '/')
        n--;
    while (n > 0 && path[n - 1] != '/')
        n--;
    while (n > 1 && path[n - 1] == '/')
        n--;
    if (n > 0)
        buf_add(out, path, n);
    else
        buf_addc(out, '.');
}

int
fs_sync_dir(const char *path, struct err *e)
{
    struct buf dir = BUF_INIT;
    int fd;
    int rc;

    add_parent(&dir, path);
    rc = fs_open(&fd, buf_str(&dir), O_RDONLY | O_DIRECTORY, e);
    if (rc < 0)
        goto out;
    do
        rc = fsync(fd);
    while (rc < 0 && errno == EINTR);
    if (rc < 0 && errno == EINVAL)
        rc = 0; /* a file system that cannot sync directories */
    if (rc < 0)
        err_sys(e, "fsync %s", buf_str(&dir));
    (void)close(fd);
out:
    buf_free(&dir);
    return rc;
}

static bool
is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int
make_dir(const char *path, struct err *e)
{
    if (is_dir(path))
        return 0;
    if (mkdir(path, 0700) < 0) {
        int saved = errno;

        if (saved == EEXIST && is_dir(path))
            return 0; /* somebody was faster */
        errno = saved == EEXIST ? ENOTDIR : saved;
        return err_sys(e, "create directory %s", path);
    }
    return fs_sync_dir(path, e);
}

int
fs_mkdirs(const char *path, struct err *e)
{
    char *copy;
    int rc = 0;

    if (is_dir(path))
        return 0;
    copy = mem_strdup(path);
    for (char *p = copy; *p && rc == 0; p++) {
        if (p == copy || *p != '/' || p[-1] == '/')
            continue;
        *p = '\0';
        rc = make_dir(copy, e);
        *p = '/';
    }
    if (rc == 0)
        rc = make_dir(copy, e);
    free(copy);
    return rc;
}

int
fs_mkdirs_of(const char *path, struct err *e)
{
    const char *slash = strrchr(path, '/');
    char *dir;
    int rc;

    if (!slash || slash == path)
        return 0;
    dir = mem_strndup(path, (size_t)(slash - path));
    rc = fs_mkdirs(dir, e);
    free(dir);
    return rc;
}

int
fs_stat(struct stat *st, const char *path, struct err *e)
{
    struct stat link;

    if (stat(path, st) == 0)
        return 1;
    if (errno != ENOENT)
        return err_sys(e, "stat %s", path);
    if (lstat(path, &link) < 0)
        return 0;
    return err_set(e, ERR_IO, "%s is a link to what is not there", path);
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int
fs_list(struct list *names, const char *path, struct err *e)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    int rc = 0;

    if (!dir)
        return err_sys(e, "open %s", path);
    for (errno = 0; (entry = readdir(dir)); errno = 0)
        if (entry->d_name[0] != '.')
            list_add(names, entry->d_name);
    if (errno != 0)
        rc = err_sys(e, "read %s", path);
    (void)closedir(dir); /* only read */
    if (names->n > 0)
        qsort(names->item, names->n, sizeof(*names->item), by_name);
    return rc;
}

int
fs_real(struct buf *out, const char *path, struct err *e)
{
    char *real = realpath(path, NULL);

    if (!real && errno != ENOENT)
        return err_sys(e, "resolve %s", path);
    buf_adds(out, real ? real : path);
    free(real);
    return 0;
}

const char *
fs_join(struct buf *out, const char *dir, const char *name)
{
    buf_clear(out);
    if (name[0] != '/' && dir[0]) {
        buf_adds(out, dir);
        if (out->p[out->n - 1] != '/')
            buf_addc(out, '/');
    }
    buf_adds(out, name);
    return buf_str(out);
}
