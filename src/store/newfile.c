#include "store/newfile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "sys/behind.h"
#include "sys/fs.h"

/* Behind so many bytes a thread is worth its while, and so is room on the disk
 * before it is written to: a file system that looks for it only when pages go
 * there takes twice as long, and ext4's rename() waits for it. For smaller ones
 * the second buffer would count. */
enum { WRITE_AT = 1 << 20, LARGE_BYTES = 16 << 20, ROOM_BYTES = 32 << 20 };

int
newfile_open(struct newfile *f, const char *path, int old_fd, struct err *e)
{
    struct stat st;

    if (fs_real(&f->real, path, e) < 0)
        return -1;
    buf_addf(&f->path, "%s.new", buf_str(&f->real));
    if (fs_open(&f->fd, buf_str(&f->path), O_WRONLY | O_CREAT | O_TRUNC, e) < 0)
        return -1;
    if (old_fd >= 0 && fstat(old_fd, &st) == 0)
        (void)fchmod(f->fd, st.st_mode & 07777); /* else 0600, which is safe */
    return 0;
}

static void
take_room(struct newfile *f)
{
    int64_t n = f->size + ROOM_BYTES - f->room;

    if (f->size <= f->room || f->has_no_room)
        return;
    f->has_no_room = !fs_take_room(f->fd, f->room, n);
    f->room += f->has_no_room ? 0 : n;
}

int
newfile_flush(struct newfile *f, struct err *e)
{
    size_t n = f->b.n;
    int64_t from = f->size;

    if (n == 0)
        return 0;
    f->size += (int64_t)n;
    if (f->size > LARGE_BYTES)
        take_room(f);
    if (f->size > LARGE_BYTES && !f->behind && !f->has_branch)
        f->behind = behind_new(f->fd, buf_str(&f->path), from);
    if (f->behind)
        return behind_write(f->behind, &f->b, e);
    if (fs_write(f->fd, buf_str(&f->path), f->b.p, n, e) < 0)
        return -1;
    fs_begin_sync(f->fd, from, n);
    buf_clear(&f->b);
    return 0;
}

static int
stop_behind(struct newfile *f, struct err *e)
{
    int rc = f->behind ? behind_wait(f->behind, e) : 0;

    behind_free(f->behind);
    f->behind = NULL;
    return rc;
}

int
newfile_put(struct newfile *f, struct err *e)
{
    return f->b.n < WRITE_AT ? 0 : newfile_flush(f, e);
}

static int
go_to(struct newfile *f, int64_t at, struct err *e)
{
    f->size = at;
    if (lseek(f->fd, (off_t)at, SEEK_SET) < 0)
        return err_sys(e, "%s", buf_str(&f->path));
    return 0;
}

int
newfile_branch(struct newfile *branch, struct newfile *f, int64_t at,
               struct err *e)
{
    buf_add(&branch->path, f->path.p, f->path.n);
    branch->has_branch = f->has_branch = true;
    branch->room = at;
    if (fs_open(&branch->fd, buf_str(&branch->path), O_WRONLY, e) < 0)
        return -1;
    return go_to(branch, at, e);
}

int
newfile_join(struct newfile *f, struct newfile *branch, bool is_good,
             struct err *e)
{
    if (branch->fd >= 0)
        (void)close(branch->fd); /* f syncs what it wrote */
    buf_free(&branch->path);
    buf_free(&branch->b);
    f->has_branch = false;
    f->room = is_good ? branch->room : 0;
    if (!is_good && fs_truncate(f->fd, buf_str(&f->path), 0, e) < 0)
        return -1;
    return go_to(f, is_good ? branch->size : 0, e);
}

int
newfile_finish(struct newfile *f, struct err *e)
{
    if (f->is_durable)
        return 0;
    if (newfile_flush(f, e) < 0 || stop_behind(f, e) < 0)
        return -1;
    if (f->room > f->size &&
        fs_truncate(f->fd, buf_str(&f->path), f->size, e) < 0)
        return -1;
    if (fs_sync(f->fd, buf_str(&f->path), e) < 0)
        return -1;
    f->is_durable = true;
    return 0;
}

int
newfile_commit(struct newfile *f, struct err *e)
{
    if (newfile_finish(f, e) < 0 ||
        fs_rename(buf_str(&f->path), buf_str(&f->real), e) < 0)
        return -1;
    newfile_release(f);
    return fs_sync_dir(buf_str(&f->real), e);
}

void
newfile_release(struct newfile *f)
{
    if (f->fd >= 0)
        (void)close(f->fd); /* synced */
    f->fd = -1;
}

void
newfile_close(struct newfile *f)
{
    struct err ignored = ERR_INIT;

    (void)stop_behind(f, &ignored);
    if (f->fd >= 0) {
        (void)close(f->fd); /* given up */
        (void)fs_remove(buf_str(&f->path), &ignored);
    }
    buf_free(&f->real);
    buf_free(&f->path);
    buf_free(&f->b);
    f->fd = -1;
}
