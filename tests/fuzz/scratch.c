/* Files for the fuzz targets; they are made thousands of times a second. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

static char dir[64];

/* The folder holds files and folders of files, no deeper. */
static void
clear(const char *path, int depth)
{
    DIR *d = opendir(path);
    struct dirent *entry;

    REQUIRE(d);
    while ((entry = readdir(d)) != NULL) {
        struct buf inner = BUF_INIT;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        buf_addf(&inner, "%s/%s", path, entry->d_name);
        if (unlink(buf_str(&inner)) != 0 && depth > 0) {
            clear(buf_str(&inner), depth - 1);
            REQUIRE(rmdir(buf_str(&inner)) == 0);
        }
        buf_free(&inner);
    }
    (void)closedir(d);
}

static void
remove_dir(void)
{
    clear(dir, 2);
    (void)rmdir(dir);
}

const char *
scratch_dir(void)
{
    struct stat st;

    if (!dir[0]) {
        (void)snprintf(dir, sizeof(dir), "%s/wearchive-fuzz-XXXXXX",
                       stat("/dev/shm", &st) == 0 ? "/dev/shm" : "/tmp");
        REQUIRE(mkdtemp(dir));
        REQUIRE(atexit(remove_dir) == 0);
    }
    return dir;
}

void
scratch_clear(void)
{
    clear(scratch_dir(), 2);
}

char *
scratch_path(const char *name)
{
    struct buf path = BUF_INIT;

    buf_addf(&path, "%s/%s", scratch_dir(), name);
    return buf_take(&path);
}

static void
write_all(int fd, const void *p, size_t n)
{
    REQUIRE(ftruncate(fd, 0) == 0);
    if (n > 0)
        REQUIRE(pwrite(fd, p, n, 0) == (ssize_t)n);
}

void
scratch_write(const char *name, const void *p, size_t n)
{
    char *path = scratch_path(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    REQUIRE(fd >= 0);
    write_all(fd, p, n);
    (void)close(fd);
    free(path);
}

bool
scratch_read(struct buf *b, const char *name)
{
    char *path = scratch_path(name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    free(path);
    buf_clear(b);
    if (fd < 0)
        return false;
    REQUIRE(fstat(fd, &st) == 0);
    if (st.st_size > 0) {
        size_t n = (size_t)st.st_size;

        REQUIRE(read(fd, buf_room(b, n), n) == (ssize_t)n);
        b->n = n;
    }
    (void)close(fd);
    return true;
}

bool
scratch_has(const char *name)
{
    char *path = scratch_path(name);
    struct stat st;
    bool has = lstat(path, &st) == 0;

    free(path);
    return has;
}

int
scratch_fd(const void *p, size_t n)
{
    static int fd = -1;

    if (fd < 0) {
        char *path = scratch_path("bytes");

        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        REQUIRE(fd >= 0 && unlink(path) == 0);
        free(path);
    }
    write_all(fd, p, n);
    return fd;
}
