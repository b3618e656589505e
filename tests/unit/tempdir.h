#ifndef TESTS_UNIT_TEMPDIR_H
#define TESTS_UNIT_TEMPDIR_H

/* A fresh directory for one test, removed with everything in it, and small
 * files by name in it. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "sys/fs.h"

static char tempdir[512];

static inline int
tempdir_make(void **state)
{
    const char *base = getenv("TMPDIR");

    (void)state;
    (void)snprintf(tempdir, sizeof(tempdir), "%s/wearchive-XXXXXX",
                   base && *base ? base : "/tmp");
    return mkdtemp(tempdir) ? 0 : -1;
}

static inline void
tempdir_clear(const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    struct buf path = BUF_INIT;

    while (d && (entry = readdir(d))) {
        struct stat st;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        fs_join(&path, dir, entry->d_name);
        if (lstat(buf_str(&path), &st) == 0 && S_ISDIR(st.st_mode)) {
            (void)chmod(buf_str(&path), 0700);
            tempdir_clear(buf_str(&path));
        } else {
            (void)unlink(buf_str(&path));
        }
    }
    buf_free(&path);
    if (d)
        (void)closedir(d);
    (void)rmdir(dir);
}

static inline int
tempdir_remove(void **state)
{
    (void)state;
    (void)chmod(tempdir, 0700);
    tempdir_clear(tempdir);
    return 0;
}

/* The path of a name in the directory; good for the next three calls. */
static inline const char *
in_tempdir(const char *name)
{
    static char path[4][1024];
    static int turn;

    turn = (turn + 1) % 4;
    (void)snprintf(path[turn], sizeof(path[turn]), "%s/%s", tempdir, name);
    return path[turn];
}

static inline void
tempdir_write(const char *name, const char *text)
{
    int fd =
        open(in_tempdir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal((size_t)write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

/* The text of a file, good until the next call; NULL if there is none. */
static inline const char *
tempdir_read(const char *name)
{
    static char text[65536];
    int fd = open(in_tempdir(name), O_RDONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return NULL;
    n = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

static inline bool
tempdir_has(const char *name)
{
    struct stat st;

    return lstat(in_tempdir(name), &st) == 0;
}

#endif
