#include "store/running.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/fs.h"

int
running_mark(bool *was_killed, const char *path, struct err *e)
{
    struct stat st;
    int fd, rc = fs_stat(&st, path, e);

    *was_killed = rc == 1;
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (fs_open(&fd, path, O_WRONLY | O_CREAT, e) < 0)
        return -1;
    (void)close(fd); /* empty */
    return 0;
}
