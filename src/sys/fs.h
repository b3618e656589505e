#ifndef SYS_FS_H
#define SYS_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct buf;
struct err;
struct list;

/*
 * Every call that touches files. Failures are ERR_IO and name the path.
 * New files are 0600, new directories 0700: health data.
 */

/* Whole file, added to b. Larger than limit bytes: ERR_DATA; ERR_STOP: it is no
 * file but a pipe, and a signal ended the wait for it. */
int fs_read(struct buf *b, const char *path, size_t limit, struct err *e);
/* The same of the standard input, which may be what cannot be opened by a name:
 * a socket. */
int fs_read_stdin(struct buf *b, size_t limit, struct err *e);
#define FS_STDIN "standard input" /* what errors call it */

/*
 * Replaces a file's content so that a crash leaves old or new: writes
 * PATH.new, fsync, rename, fsync of the directory. Follows a symbolic link.
 * Keeps the mode of an existing file and, as root, its owner.
 */
int fs_replace(const char *path, const char *p, size_t n, struct err *e);

/*
 * Whether fs_replace() with n bytes would find room and the right to write, as
 * far as one can tell: for what could not be had again if it were not stored.
 */
int fs_try_replace(const char *path, size_t n, struct err *e);

/* All of it, however often the kernel takes less; retried on EINTR. */
int fs_write(int fd, const char *path, const char *p, size_t n, struct err *e);

/* Reads up to n bytes at offset; *got is less only at the end of the file. */
int fs_pread(int fd, const char *path, char *p, size_t n, int64_t offset,
             size_t *got, struct err *e);

int fs_sync(int fd, const char *path, struct err *e);
/* A hint: n bytes from offset on are to be on the disk soon, so that fs_sync()
 * does not wait for all of them at once. */
void fs_begin_sync(int fd, int64_t offset, size_t n);
/* Room on the disk for n bytes from offset on, behind the end of the file as a
 * rule, which stays where it is; fs_truncate() gives back what was too much.
 * False if there is none to be had: writing may do without. */
bool fs_take_room(int fd, int64_t offset, int64_t n);
int fs_truncate(int fd, const char *path, int64_t size, struct err *e);
/* open(2) with O_CLOEXEC; mode 0600 when created. Gives the descriptor. */
int fs_open(int *fd, const char *path, int flags, struct err *e);
/* Neither may be a device or a pipe. */
int fs_rename(const char *from, const char *to, struct err *e);
/* Removes a file; it is no error if there was none. */
int fs_remove(const char *path, struct err *e);
/* fsync of the directory that holds path. */
int fs_sync_dir(const char *path, struct err *e);
/* Leaves a file to its owner: takes all rights from others, and the right to
 * run it. Follows a symbolic link. */
int fs_private(const char *path, struct err *e);
/* Creates a directory and its missing parents, 0700. */
int fs_mkdirs(const char *path, struct err *e);
/* The same for the directory that holds path. */
int fs_mkdirs_of(const char *path, struct err *e);
/* 1 and st, 0 if there is nothing, -1. A symbolic link to nothing is an error:
 * its disk may be missing for now, and it is not to be replaced. */
int fs_stat(struct stat *st, const char *path, struct err *e);
/* Adds the names in a directory, sorted, without those that start with a
 * dot. */
int fs_list(struct list *names, const char *path, struct err *e);
/* The path with symbolic links followed, added to out; path itself if it
 * does not exist. */
int fs_real(struct buf *out, const char *path, struct err *e);
/* DIR/NAME in out (cleared first); an absolute name stays as it is. */
const char *fs_join(struct buf *out, const char *dir, const char *name);

#endif
