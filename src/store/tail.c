#include "store/tail.h"

#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "sys/fs.h"

static int
read_piece(struct buf *piece, int fd, const char *path, int64_t at,
           struct err *e)
{
    struct stat st;
    size_t n, got;

    if (fstat(fd, &st) < 0)
        return err_sys(e, "%s", path);
    n = st.st_size > at ? (size_t)(st.st_size - at) : 0;
    if (fs_pread(fd, path, buf_room(piece, n), n, at, &got, e) < 0)
        return -1;
    piece->n = got;
    return 0;
}

int
tail_cut(int fd, const char *path, int64_t at, const char *dir,
         const char *label, struct err *e)
{
    const char *slash = strrchr(path, '/');
    struct buf piece = BUF_INIT, name = BUF_INIT;
    int rc = -1;

    buf_addf(&name, "%s/", dir);
    for (const char *c = label; *c; c++)
        buf_addc(&name, *c == '/' ? '-' : *c);
    buf_addf(&name, "-%s-%lld", slash ? slash + 1 : path, (long long)at);
    if (read_piece(&piece, fd, path, at, e) < 0 || fs_mkdirs(dir, e) < 0 ||
        fs_replace(buf_str(&name), piece.p, piece.n, e) < 0 ||
        fs_truncate(fd, path, at, e) < 0 || fs_sync(fd, path, e) < 0)
        goto out;
    log_warn("%s: the last line of %s was incomplete; it was cut off and "
             "kept as %s",
             label, slash ? slash + 1 : path, buf_str(&name));
    rc = 0;
out:
    buf_free(&piece);
    buf_free(&name);
    return rc;
}
